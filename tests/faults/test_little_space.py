"""Folders that may not be written, file size limits and full disks leave all as it was."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
import sandbox
import verbs
from conftest import OLD

A, B = "../in/a.split", "../in/b.split"


def as_nobody(box, *words):
    """The words as an ordinary user, for whom a folder can be read-only."""
    program = [sandbox.binary(), *words]
    if os.geteuid() == 0:
        # What the harness of a test keeps private is in the way of another user, not the program.
        for folder in [box.root, *box.root.parents]:
            if folder.stat().st_uid == 0 and folder != folder.parent and folder.name != "tmp":
                folder.chmod(folder.stat().st_mode | 0o555)
        program = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *program]
    return subprocess.run(program, cwd=box.at, env=box.variables, capture_output=True, timeout=60,
                          check=False)


@pytest.mark.skipif(os.geteuid() == 0 and shutil.which("setpriv") is None,
                    reason="root without setpriv: no folder is read-only")
@pytest.mark.parametrize("old", [True, False])
@pytest.mark.parametrize("words", [["merge", A, B], ["convert", "../in/index"], ["extract", A],
                                   ["generate", "--size", "60KB", "--count", "1"]])
def test_a_read_only_folder(box, words, old):
    if old and words[0] in ("merge", "convert"):
        (box.at / "out").write_bytes(OLD)
    box.at.chmod(0o555)
    before = box.picture()
    try:
        done = as_nobody(box, *words, "-o", "out")
        lines = done.stderr.decode().splitlines()
        assert done.returncode == 1, done
        assert len(lines) == 1 and lines[0].startswith("splitscope: "), lines
        assert "ermission" in lines[0], lines
        assert sandbox.difference(before, box.picture()) == []
    finally:
        box.at.chmod(0o755)


SPACE_WORDS = [["merge", A, B], ["convert", "../in/index"], ["extract", A],
               ["generate", "--size", "60KB", "--count", "1"]]
# `generate` takes no strategy: once is enough.
SPACE_CASES = [(words, strategy) for words in SPACE_WORDS for strategy in verbs.STRATEGIES
               if words[0] != "generate" or strategy == "streaming"]


@pytest.mark.parametrize("old", [True, False])
@pytest.mark.parametrize("words, strategy", SPACE_CASES)
def test_a_file_size_limit_that_is_too_low(box, words, strategy, old):
    import resource
    if old and words[0] in ("merge", "convert"):
        (box.at / "out").write_bytes(OLD)
    more = [] if words[0] == "generate" else ["--strategy", strategy]

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))

    before = box.picture()
    done = subprocess.run([sandbox.binary(), *words, "-o", "out", *more], cwd=box.at,
                          env=box.variables, capture_output=True, timeout=60, preexec_fn=limit,
                          check=False)
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 1, done
    assert len(lines) == 1 and lines[0].startswith("splitscope: "), lines
    assert sandbox.difference(before, box.picture()) == []


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory):
    """A file system of 64 KiB, where root may mount one."""
    place = tmp_path_factory.mktemp("small")
    if os.geteuid() != 0 or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "small", str(place)],
            capture_output=True, check=False).returncode != 0:
        pytest.skip("no small file system can be mounted; RLIMIT_FSIZE stands for it above")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=False)


@pytest.mark.parametrize("words, strategy", SPACE_CASES)
def test_a_full_disk(box, small_disk, words, strategy):
    more = [] if words[0] == "generate" else ["--strategy", strategy]
    out = small_disk / "out"
    if words[0] in ("merge", "convert"):
        out.write_bytes(OLD)
    (small_disk / "filler").write_bytes(bytes(32768))
    before = sandbox.picture(small_disk)
    line = box.refuses(*words, "-o", out, *more)
    assert "space" in line, line
    assert sandbox.picture(small_disk) == before
    for one in small_disk.iterdir():
        one.unlink()


def test_a_good_baseline_survives_a_full_disk(box_with_results, small_disk):
    box = box_with_results
    out = small_disk / "baseline.json"
    good = b"{}" * 4096
    out.write_bytes(good)
    room = os.statvfs(small_disk)
    (small_disk / "filler").write_bytes(bytes(room.f_bavail * room.f_bsize))
    done = box.run("baseline", "save", "../in/results.json", "-o", str(out))
    assert done.returncode == 1, done
    assert out.read_bytes() == good
    assert sorted(os.listdir(small_disk)) == ["baseline.json", "filler"]
    for one in small_disk.iterdir():
        one.unlink()
