"""What goes wrong is said in one line, and nothing half-written is left."""

import json
import os
import pathlib
import shutil
import struct
import subprocess

import pytest

from conftest import STRATEGIES

MAGIC = 403881646


def split_with(names: dict[str, tuple[int, int]], body: bytes) -> bytes:
    """A split file whose bundle metadata says `names`; its hotcache is empty."""
    listing = json.dumps(
        {"files": {name: {"start": a, "end": b} for name, (a, b) in names.items()}}).encode()
    metadata = struct.pack("<II", MAGIC, 1) + listing
    return body + metadata + struct.pack("<I", len(metadata)) + struct.pack("<I", 0)


def left_in(folder: pathlib.Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def split(generated, tmp_path) -> pathlib.Path:
    folder = tmp_path / "input"
    folder.mkdir()
    return pathlib.Path(shutil.copy(generated / "split-0.split", folder / "a.split"))


@pytest.fixture
def out(tmp_path) -> pathlib.Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("keep", [0, 1, 7, 100, 500_000, -1])
def test_truncated_splits(splitscope, split, out, keep):
    data = split.read_bytes()
    split.write_bytes(data[:keep])
    message = splitscope.refuses("extract", split, "-o", out / "x")
    assert "a.split" in message
    assert left_in(out) == []


def test_footer_lengths_beyond_the_file(splitscope, split, out):
    data = split.read_bytes()
    split.write_bytes(data[:-4] + struct.pack("<I", 0xFFFFFFF0))
    message = splitscope.refuses("extract", split, "-o", out / "x")
    assert "a.split" in message and "hotcache" in message
    assert left_in(out) == []


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/b", "..", ""])
def test_names_that_climb_out(splitscope, tmp_path, out, name):
    bad = tmp_path / "bad.split"
    bad.write_bytes(split_with({name: (0, 4), "meta.json": (4, 4)}, b"abcd"))
    message = splitscope.refuses("extract", bad, "-o", out / "x")
    assert "bad.split" in message
    assert left_in(out) == []


def test_duplicate_names(splitscope, tmp_path, out):
    listing = b'{"files":{"a":{"start":0,"end":2},"a":{"start":2,"end":4}}}'
    metadata = struct.pack("<II", MAGIC, 1) + listing
    bad = tmp_path / "bad.split"
    bad.write_bytes(b"abcd" + metadata + struct.pack("<I", len(metadata)) + struct.pack("<I", 0))
    message = splitscope.refuses("extract", bad, "-o", out / "x")
    assert "twice" in message or "duplicate" in message
    assert left_in(out) == []


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_flipped_bits_are_found_or_harmless(splitscope, generated, tmp_path, out, strategy):
    """Under every strategy a damaged input ends with one line or, where the damage hits what a merge
    copies without looking, with a split that verify refuses or proves equal."""
    data = (generated / "split-1.split").read_bytes()
    for offset in range(1000, len(data), len(data) // 12):
        bad = tmp_path / "flipped.split"
        bad.write_bytes(data[:offset] + bytes([data[offset] ^ 0x55]) + data[offset + 1:])
        done = subprocess.run(
            [splitscope.binary, "merge", bad, generated / "split-0.split", "-o", out / "m.split",
             "--strategy", strategy], capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode in (0, 1), (offset, done)
        if done.returncode == 1:
            assert len(done.stderr.strip().splitlines()) == 1, done.stderr
            assert left_in(out) == []
        else:
            (out / "m.split").unlink()


@pytest.mark.parametrize("words", [["merge", "-o", "x"], ["merge", "-o", "x", "--no-checksums"],
                                   ["run", "--suite", "quick", "--workload", "merge", "--strategy",
                                    "streaming", "--out", "x"]])
@pytest.mark.parametrize("keep", [0, 500_000])
def test_inputs_of_one_name_are_told_apart(splitscope, generated, tmp_path, words, keep):
    data = (generated / "split-0.split").read_bytes()
    for name, length in [("good", len(data)), ("bad", keep)]:
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.split").write_bytes(data[:length])
    inputs = ["good/a.split", "bad/a.split"]
    if words[0] == "run":
        inputs = [word for name in inputs for word in ("--input", name)]
    said = splitscope.refuses(*words, *inputs, cwd=tmp_path,
                              env={"SPLITSCOPE_CACHE": str(tmp_path / "cache")})
    assert "bad/a.split: " in said and "good" not in said


def test_missing_inputs(splitscope, tmp_path, out):
    for verb in ("merge", "extract", "inspect", "convert"):
        arguments = [verb, tmp_path / "none"] + ([] if verb == "inspect" else ["-o", out / "x"])
        message = splitscope.refuses(*arguments)
        assert "none" in message and "no such" in message.lower()
    assert left_in(out) == []


def test_a_folder_without_meta_json(splitscope, tmp_path, out):
    (tmp_path / "empty").mkdir()
    message = splitscope.refuses("convert", tmp_path / "empty", "-o", out / "x.split")
    assert "meta.json" in message
    assert left_in(out) == []


def test_an_output_folder_that_is_not_there(splitscope, split, tmp_path):
    message = splitscope.refuses("extract", split, "-o", tmp_path / "no" / "such" / "folder")
    assert "No such file" in message


def test_an_output_folder_without_permission(splitscope, generated, tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    try:
        (folder / "probe").touch()
    except PermissionError:
        pass
    else:
        (folder / "probe").unlink()
        if os.geteuid() != 0 or shutil.which("setpriv") is None:
            pytest.skip("this user may write everywhere and setpriv is missing")
        # Root may write everywhere: become nobody, who may read the inputs.
        tmp = folder.parent
        while tmp != tmp.parent and tmp.stat().st_uid == os.geteuid():
            tmp.chmod(tmp.stat().st_mode | 0o055)
            tmp = tmp.parent
        shared = tmp_path / "in.split"
        shutil.copy(generated / "split-0.split", shared)
        shared.chmod(0o644)
        probe = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", splitscope.binary,
                                "--version"], capture_output=True, check=False)
        if probe.returncode != 0:
            pytest.skip("another user cannot run the program where it lies")
        done = subprocess.run(
            ["setpriv", "--reuid=65534", "--clear-groups", splitscope.binary, "merge", shared, shared,
             "-o", folder / "x.split"], capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "Permission denied" in done.stderr and len(done.stderr.strip().splitlines()) == 1
        assert left_in(folder) == []
        return
    message = splitscope.refuses("merge", generated / "split-0.split", generated / "split-1.split",
                                 "-o", folder / "x.split")
    assert "Permission denied" in message
    assert left_in(folder) == []


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 512 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", folder],
                             capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("a small tmpfs cannot be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_full_disk(splitscope, generated, small_disk, strategy):
    for arguments in (
        ["merge", generated / "split-0.split", generated / "split-1.split", "-o",
         small_disk / "x.split"],
        ["convert", generated / "index-0", "-o", small_disk / "x.split"],
        ["extract", generated / "split-0.split", "-o", small_disk / "x"],
    ):
        message = splitscope.refuses(*arguments, "--strategy", strategy)
        assert "No space left" in message
        assert left_in(small_disk) == []


@pytest.mark.parametrize("arguments, words", [
    (["merge", "a", "b", "-o", "c", "--strategy", "zerocopy"], ["zerocopy", "mmap-view"]),
    (["merge", "a", "b", "-o", "c", "--strategy", "lazy-mmap:windw=1MiB"], ["windw", "window"]),
    (["merge", "a", "b", "-o", "c", "--strategy", "lazy-mmap:window=lots"], ["lots"]),
    (["run", "--suite", "nightly"], ["nightly", "quick"]),
    (["run", "--suite", "quick", "--strategy", "nothing"], ["nothing"]),
    (["run", "--suite", "quick", "--workload", "nothing"], ["nothing"]),
    (["run", "--suite", "quick", "--allocator", "nothing"], ["nothing", "jemalloc"]),
    (["generate", "--size", "50XB", "-o", "x"], ["50XB", "XB"]),
    (["generate", "--profile", "nothing", "-o", "x"], ["nothing"]),
    (["generate", "--size", "100", "-o", "x"], ["100", "one document"]),
    (["nothing"], ["nothing"]),
    (["merge", "a", "b", "-o", "c", "--nothing"], ["--nothing"]),
])
def test_unknown_words(splitscope, tmp_path, arguments, words):
    message = splitscope.refuses(*arguments, cwd=tmp_path)
    for word in words:
        assert word in message
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
