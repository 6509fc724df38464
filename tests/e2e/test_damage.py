"""What is damaged, missing or of another split is told in one line that names it, by every verb that
reads it; what one verb of the project passed on under a fresh checksum is never passed on again."""

import collections
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import time
import zlib

import pytest

import damage
from conftest import FIXTURES, GOLDEN, STRATEGIES, golden_and_real

MAGIC = 403881646


def run(splitscope, *arguments) -> subprocess.CompletedProcess:
    """As Program does it, but with bytes: names need not be text."""
    return subprocess.run([splitscope.binary, *arguments], capture_output=True, timeout=120, check=False)


def verbs_on(index, out) -> dict[str, list]:
    """Every verb that looks into `index`, a split or an index folder."""
    query = '{"term": {"field": "text", "text": "x"}}'
    verbs = {
        "merge": ["merge", index, index, "-o", out],
        "search": ["search", index, "--query", query],
        "listing": ["inspect", index, "--listing"],
        "inspect": ["inspect", index],
        "inspect --json": ["inspect", index, "--json"],
    }
    if pathlib.Path(os.fsdecode(index)).is_dir():
        verbs["convert"] = ["convert", index, "-o", out]
    else:
        verbs["extract"] = ["extract", index, "-o", out]
    return verbs


def refused_by_all(splitscope, index, tmp_path, *words) -> list[str]:
    out = tmp_path / "refused-out"
    out.mkdir(exist_ok=True)
    lines = []
    for verb, arguments in verbs_on(index, out / "made").items():
        line = splitscope.refuses(*arguments)
        for word in words:
            assert word in line, (verb, line)
        assert not list(out.iterdir()), verb
        lines.append(line)
    return lines


def rebuilt(data: bytes, change) -> bytes:
    """The split with its files as `change` leaves them; its hotcache stays."""
    layout = damage.layout_of(data)
    files = {name: data[start:end] for name, (start, end) in
             sorted(layout.files.items(), key=lambda item: item[1])}
    files = change(files) or files
    places, at = {}, 0
    for name, content in files.items():
        places[name] = {"start": at, "end": at + len(content)}
        at += len(content)
    metadata = struct.pack("<II", MAGIC, 1) + json.dumps({"files": places}).encode()
    hotcache = data[slice(*layout.hotcache)]
    return (b"".join(files.values()) + metadata + struct.pack("<I", len(metadata)) + hotcache
            + struct.pack("<I", len(hotcache)))


def name_of(files, extension: str) -> str:
    return next(name for name in files if name.endswith("." + extension))


def with_body(file: bytes, body: bytes) -> bytes:
    """A segment file of the same writer with another body, and the right checksum of that."""
    (length,) = struct.unpack("<I", file[-8:-4])
    footer = json.loads(file[-8 - length:-8])
    footer["crc"] = zlib.crc32(body)
    text = json.dumps(footer, separators=(",", ":")).encode()
    return body + text + struct.pack("<II", len(text), 1337)


def body_of(file: bytes) -> bytes:
    (length,) = struct.unpack("<I", file[-8:-4])
    return file[:-8 - length]


@pytest.fixture
def pair(tmp_path) -> list[pathlib.Path]:
    """Two golden splits of one schema, to write to."""
    parts = sorted(GOLDEN.glob("part-*.split"))[:2]
    return [pathlib.Path(shutil.copy(part, tmp_path / f"{letter}.split"))
            for part, letter in zip(parts, "ab")]


@pytest.fixture
def folder(splitscope, pair, tmp_path) -> pathlib.Path:
    splitscope("extract", pair[0], "-o", tmp_path / "index")
    return tmp_path / "index"


def test_single_bits(splitscope, tmp_path):
    """A small part of what damage.py tries."""
    counts = collections.Counter()
    for subject in damage.subjects(splitscope.binary, FIXTURES, tmp_path):
        for verb, component, offset, bit, outcome in damage.experiment(subject, 24, seed=3):
            assert outcome != damage.MISSED, (subject.name, verb, component, offset, bit)
            counts[verb, outcome] += 1
    for verb in damage.VERBS:
        assert counts[verb, damage.REFUSED] > 40, counts


def with_flipped_byte(split: pathlib.Path, extension: str) -> bytes:
    """One bit of the body of that file is another; its checksum is the old one."""
    def change(files):
        name = name_of(files, extension)
        middle = len(body_of(files[name])) // 2
        files[name] = damage.flipped(files[name], middle, 2)
    return rebuilt(split.read_bytes(), change)


@pytest.mark.parametrize("extension", ["term", "idx", "pos", "store", "fast"])
def test_a_wrong_checksum_is_told_by_every_verb(splitscope, pair, tmp_path, extension):
    pair[0].write_bytes(with_flipped_byte(pair[0], extension))
    refused_by_all(splitscope, pair[0], tmp_path, "a.split", "." + extension, "CRC-32")


@pytest.mark.parametrize("name, words", [
    ("launder-in.split", [".store", "CRC-32", "4016820258", "2862347902"]),
    ("pos-bit-flipped-bad-crc.split", [".pos", "CRC-32"]),
    ("missing-pos.split", [".pos", "positions", '"text"']),
    ("max-doc-41-store-40.split", [".store", "40 documents", "41"]),
])
def test_reported_splits(splitscope, fixtures, tmp_path, name, words):
    refused_by_all(splitscope, fixtures / "reported" / name, tmp_path, name.split(".")[0], *words)


@pytest.fixture
def laundered(tmp_path) -> pathlib.Path:
    """A golden split with another byte in a stored document, which it would be easy to pass on."""
    split = tmp_path / "launder-in.split"

    def change(files):
        name = name_of(files, "store")
        assert files[name].count(b"note ") > 1
        files[name] = files[name].replace(b"note ", b"nite ", 1)
    split.write_bytes(rebuilt((GOLDEN / "kinds-2.split").read_bytes(), change))
    return split


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_damaged_byte_is_never_merged_away(splitscope, laundered, tmp_path, strategy):
    inputs = [laundered, GOLDEN / "kinds-0.split"]
    line = splitscope.refuses("merge", *inputs, "-o", tmp_path / "m.split", "--strategy", strategy)
    assert "launder-in.split" in line and ".store" in line and "CRC-32" in line
    # Whoever insists gets it.
    splitscope("merge", *inputs, "-o", tmp_path / "m.split", "--strategy", strategy, "--no-checksums")
    assert b"nite " in (tmp_path / "m.split").read_bytes()


def test_every_golden_index_is_good(splitscope):
    """What tantivy takes is taken: no check is stricter than what tantivy writes is."""
    good = sorted(GOLDEN.glob("*.split")) + [meta.parent for meta in GOLDEN.glob("*/meta.json")]
    assert len(good) > 15
    for path in good:
        splitscope("inspect", path)


def test_every_good_split_stays_good(splitscope, fixtures):
    """Nor than the files of others are."""
    reported = ("deletes.", "extra-files-", "facet.", "ip-all.", "json-no-values.", "launder-other",
                "loss-", "qw-")
    good = sorted((fixtures / "splits").glob("*/*.split")) + [
        path for path in sorted((fixtures / "reported").glob("*.split"))
        if path.name.startswith(reported)]
    assert len(good) > 30
    for path in good:
        splitscope("inspect", path)


def refuses_index(splitscope, index, tmp_path, *words):
    out = tmp_path / "out"
    out.mkdir()
    for verb in ("merge", "convert", "listing"):
        line = splitscope.refuses(*verbs_on(index, out / "made.split")[verb])
        for word in (index.name, *words):
            assert word in line, (verb, line)
        assert not list(out.iterdir())


@pytest.mark.parametrize("old, new, words", [
    ('"docstore_compression": "lz4"', '"docstore_compression": "brotli"', ["meta.json", "brotli"]),
    ('"fast": true', '"fast": "single"', ["meta.json", "single", "format version"]),
])
def test_settings_of_tantivys_long_ago(splitscope, tmp_path, old, new, words):
    index = pathlib.Path(shutil.copytree(GOLDEN / "one", tmp_path / "old-index"))
    meta = (index / "meta.json").read_text("utf-8")
    assert old in meta
    (index / "meta.json").write_text(meta.replace(old, new), "utf-8")
    refuses_index(splitscope, index, tmp_path, *words)


@pytest.mark.parametrize("name, words", [
    ("brotli-settings", ["meta.json", "brotli"]),
    ("fast-single-meta", ["meta.json", "single", "format version"]),
    ("fst-unity-asset-search", [".term", "FST"]),
])
def test_indexes_that_cannot_be_read(splitscope, fixtures, tmp_path, name, words):
    refuses_index(splitscope, fixtures / "reported" / name, tmp_path, *words)


@pytest.mark.parametrize("index", golden_and_real([GOLDEN / "fst"], "tantivy_index/index_v*"))
def test_a_dictionary_that_quickwit_does_not_open(splitscope, index, tmp_path):
    refuses_index(splitscope, index, tmp_path, ".term", "FST")
    line = splitscope.refuses("convert", index, "-o", tmp_path / "x.split", "--verify")
    assert "FST" in line and "SSTable" in line and "Quickwit" in line


# Files of another split, under the right names and with the right checksums of their own.
def swap(extension):
    def change(files, other):
        name, content = name_of(files, extension), other[name_of(other, extension)]
        if files[name] == content:
            pytest.skip(f"the .{extension} of both splits are the same")
        files[name] = content
    return change


def exchange(one, another):
    def change(files, _):
        a, b = name_of(files, one), name_of(files, another)
        files[a], files[b] = files[b], files[a]
    return change


def foreign_meta(files, other):
    files["meta.json"] = other["meta.json"]


def empty(extension):
    def change(files, _):
        files[name_of(files, extension)] = b""
    return change


def cut(extension):
    def change(files, _):
        name = name_of(files, extension)
        files[name] = files[name][:-1]
    return change


def without(extension):
    def change(files, _):
        del files[name_of(files, extension)]
    return change


def renamed(files, _):
    name = name_of(files, "store")
    files[name.replace(".store", ".stope")] = files.pop(name)


SWAPS = {
    **{f"{extension} of another split": swap(extension)
       for extension in ("term", "idx", "store", "fast")},
    "idx and pos exchanged": exchange("idx", "pos"),
    "term and idx exchanged": exchange("term", "idx"),
    "meta.json of another split": foreign_meta,
    **{f"empty {extension}": empty(extension)
       for extension in ("term", "idx", "pos", "fieldnorm", "store", "fast")},
    **{f"{extension} cut by a byte": cut(extension) for extension in ("term", "store", "json")},
    **{f"no {extension}": without(extension)
       for extension in ("term", "idx", "pos", "fieldnorm", "store", "fast", "json")},
    "store under another name": renamed,
}


@pytest.mark.parametrize("change", SWAPS.values(), ids=SWAPS.keys())
def test_files_that_do_not_belong_together(splitscope, pair, tmp_path, change):
    other = {}
    rebuilt(pair[1].read_bytes(), lambda files: other.update(files))
    good = pair[0].read_bytes()
    pair[0].write_bytes(rebuilt(good, lambda files: None))
    splitscope("inspect", pair[0])
    pair[0].write_bytes(rebuilt(good, lambda files: change(files, other)))
    refused_by_all(splitscope, pair[0], tmp_path, "a.split")


def test_bytes_that_belong_to_no_file(splitscope, pair, tmp_path):
    data = pair[0].read_bytes()
    layout = damage.layout_of(data)
    pair[0].write_bytes(rebuilt(data, lambda files: {"a": b"gap", **files}).replace(
        b'"a": {"start": 0, "end": 3}, ', b" " * 29))
    assert len(layout.files) == 9
    refused_by_all(splitscope, pair[0], tmp_path, "a.split", "belong to no file")


def no_positions(files):
    name = name_of(files, "pos")
    files[name] = with_body(files[name], b"\x80" + struct.pack("<I", 1))
    return [name, '"text"']


def fewer_rows(files):
    name = name_of(files, "fast")
    body = bytearray(body_of(files[name]))
    (rows,) = struct.unpack("<I", body[-12:-8])
    body[-12:-8] = struct.pack("<I", rows - 1)
    files[name] = with_body(files[name], bytes(body))
    return [name, f"{rows - 1} rows", f"{rows} documents"]


def other_writer(files):
    name = name_of(files, "idx")
    files[name] = files[name].replace(b'"minor":', b'"minor":1')
    (length,) = struct.unpack("<I", files[name][-8:-4])
    files[name] = files[name][:-8] + struct.pack("<II", length + 1, 1337)
    return [name, "one writer"]


def more_documents(files):
    text = files["meta.json"].decode()
    found = re.search(r'"max_doc":\s*(\d+)', text)
    docs = int(found[1])
    files["meta.json"] = (text[:found.start(1)] + str(docs + 1) + text[found.end(1):]).encode()
    return [name_of(files, "store"), f"{docs} documents", f"{docs + 1}"]


def not_managed(files):
    name = name_of(files, "idx")
    files[".managed.json"] = files[".managed.json"].replace(name.encode(), b"x" * len(name))
    return [".managed.json", name]


@pytest.mark.parametrize("change", [no_positions, fewer_rows, other_writer, more_documents, not_managed])
def test_folders_whose_checksums_are_right_and_whose_files_are_not(splitscope, folder, tmp_path, change):
    files = damage.contents(folder)
    words = change(files)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    refused_by_all(splitscope, folder, tmp_path, "index", *words)


def test_a_name_that_is_one_bit_off(splitscope, pair, tmp_path):
    data = pair[0].read_bytes()
    pair[0].write_bytes(data.replace(b'"split_fields"', b'"split_fielts"'))
    refused_by_all(splitscope, pair[0], tmp_path, "a.split", "split_fielts", "split_fields")


def test_a_hotcache_that_says_something_else(splitscope, pair, tmp_path):
    data = pair[0].read_bytes()
    at = data.index(b'"segment_id"', damage.layout_of(data).hotcache[0])
    pair[0].write_bytes(damage.flipped(data, at + 3, 0))
    refused_by_all(splitscope, pair[0], tmp_path, "a.split:hotcache", "meta.json")


def names_in(splitscope, split) -> list[str]:
    return [entry["name"] for entry in
            json.loads(splitscope("inspect", split, "--files", "--json").stdout)]


@pytest.fixture
def with_extra_files(splitscope, pair, tmp_path) -> list[pathlib.Path]:
    """Two splits with more files, as other writers have them: one the same in both, one not."""
    splits = []
    for number, part in enumerate(pair, 1):
        folder = tmp_path / f"with-{number}"
        splitscope("extract", part, "-o", folder)
        (folder / "_doc_mapping.json").write_text('{"of": "both"}')
        (folder / "_parquet_manifest.json").write_text(f'{{"of": {number}}}')
        splits.append(tmp_path / f"extra-files-{number}.split")
        splitscope("convert", folder, "-o", splits[-1])
    return splits


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_files_that_merge_does_not_know(splitscope, with_extra_files, tmp_path, strategy):
    splits = with_extra_files
    out = tmp_path / "m.split"
    line = splitscope.refuses("merge", *splits, "-o", out, "--strategy", strategy)
    for word in ("_parquet_manifest.json", "extra-files-1.split", "extra-files-2.split",
                 "--drop-unknown"):
        assert word in line
    splitscope("merge", *splits, "-o", out, "--strategy", strategy, "--drop-unknown", "--verify")
    assert not [name for name in names_in(splitscope, out) if name.startswith("_")]
    agreed = []
    for split in splits:
        folder = tmp_path / split.stem
        splitscope("extract", split, "-o", folder)
        (folder / "_parquet_manifest.json").unlink()
        (folder / "split_recovery_metadata").write_bytes(b"same")
        agreed.append(tmp_path / f"agreed-{split.name}")
        splitscope("convert", folder, "-o", agreed[-1])
    splitscope("merge", *agreed, "-o", out, "--strategy", strategy, "--verify")
    splitscope("extract", out, "-o", tmp_path / "merged")
    assert (tmp_path / "merged" / "_doc_mapping.json").read_bytes() == (
        tmp_path / "extra-files-1" / "_doc_mapping.json").read_bytes()
    assert (tmp_path / "merged" / "split_recovery_metadata").read_bytes() == b"same"
    # One that only one of them has.
    splitscope("extract", agreed[0], "-o", tmp_path / "one")
    (tmp_path / "one" / "_doc_mapping.json").unlink()
    line = splitscope.refuses("merge", tmp_path / "one", agreed[1], "-o", tmp_path / "n.split")
    assert "_doc_mapping.json" in line and "not in" in line
    assert not (tmp_path / "n.split").exists()


def test_names_that_are_not_utf8(splitscope, pair, tmp_path):
    split = os.path.join(os.fsencode(tmp_path), b"na\xff\xc3me.split")
    shutil.copy(pair[0], split)
    done = run(splitscope, "inspect", split, "--json")
    assert done.returncode == 0, done
    told = json.loads(done.stdout.decode("utf-8"))
    assert bytes.fromhex(told["path_bytes"]) == split
    assert told["path"].endswith(r"na\xff\xc3me.split")
    for arguments in (["inspect", split], ["inspect", split, "--files"],
                      ["inspect", split, "--listing"],
                      ["merge", split, os.fsencode(pair[1]), "-o", split + b".merged", "--verify"],
                      ["extract", split, "-o", split + b".index", "--verify"],
                      ["convert", split + b".index", "-o", split + b".again", "--verify"],
                      ["search", split, "--query", '{"term": {"field": "text", "text": "x"}}']):
        done = run(splitscope, *arguments)
        assert done.returncode == 0, (arguments, done)
    # In a folder, and in messages.
    open(os.path.join(split + b".index", b"e\xfextra"), "wb").close()
    told = json.loads(run(splitscope, "inspect", split + b".index", "--json").stdout.decode("utf-8"))
    assert bytes.fromhex(told["path_bytes"]) == split + b".index"
    assert b"e\xfextra" in [bytes.fromhex(file.get("name_bytes", "")) for file in told["files"]]
    for arguments in (["convert", split + b".index", "-o", split + b".again"],
                      ["inspect", split + b".none", "--json"]):
        done = run(splitscope, *arguments)
        assert done.returncode == 1 and done.stderr.count(b"\n") == 1, done
        assert b"json.exception" not in done.stderr


def test_inputs_of_the_wrong_kind(splitscope, tmp_path):
    made = {name: tmp_path / name for name in ("fifo", "socket", "empty", "folder", "loop", "none")}
    os.mkfifo(made["fifo"])
    made["empty"].touch()
    made["folder"].mkdir()
    made["loop"].symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(made["socket"]))
        for name, path in [*made.items(), ("null", pathlib.Path("/dev/null"))]:
            out = tmp_path / "out"
            out.mkdir(exist_ok=True)
            for arguments in [*verbs_on(path, out / "made").values(),
                              ["extract", path, "-o", out / "made"],
                              ["convert", path, "-o", out / "made"],
                              ["inspect", path, "--files"]]:
                if name == "folder" and "--files" in arguments:
                    continue
                line = splitscope.refuses(*arguments)
                assert name in line or "/dev/null" in line, line
                assert not list(out.iterdir())


def test_an_input_without_permission(splitscope, pair, tmp_path):
    pair[0].chmod(0)
    try:
        pair[0].read_bytes()
    except PermissionError:
        refused_by_all(splitscope, pair[0], tmp_path, "a.split", "Permission denied")
    else:
        pytest.skip("this user may read everything")


def listing_of(splitscope, split) -> str:
    return splitscope("inspect", split, "--listing").stdout


def test_an_input_that_changes_meanwhile_is_never_merged(splitscope, tmp_path):
    """Stops a merge at many moments, changes a byte of an input while it stands, lets it go on: the
    output is that of the old input or there is none."""
    splitscope("generate", "--profile", "logs", "--size", "4MB", "--count", 2, "--seed", 5,
               "-o", tmp_path / "in")
    a, b = tmp_path / "in" / "split-0.split", tmp_path / "in" / "split-1.split"
    out = tmp_path / "out" / "m.split"
    out.parent.mkdir()
    started = time.monotonic()
    splitscope("merge", a, b, "-o", out, "--no-sync")
    whole = time.monotonic() - started
    good = out.read_bytes()
    out.unlink()
    data = a.read_bytes()
    seen = collections.Counter()
    # Until both ends were seen, which takes a few of the rounds.
    for i in range(60):
        process = subprocess.Popen([splitscope.binary, "merge", a, b, "-o", out, "--no-sync"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(whole * (0.05 + 0.9 * (i * 0.618 % 1)))
        process.send_signal(signal.SIGSTOP)
        times = a.stat()
        with open(a, "r+b") as file:
            file.seek(len(data) // 3)
            file.write(bytes([data[len(data) // 3] ^ 1]))
        # One who covers the traces.
        os.utime(a, ns=(times.st_atime_ns, times.st_mtime_ns))
        process.send_signal(signal.SIGCONT)
        _, told = process.communicate(timeout=60)
        if process.returncode == 0:
            assert out.read_bytes() == good
            out.unlink()
            seen["whole"] += 1
        else:
            assert process.returncode == 1 and told.count(b"\n") == 1, told
            assert b"split-0.split" in told
            seen["changed" if b"changed while it was read" in told else "damaged"] += 1
        assert not list(out.parent.iterdir())
        a.write_bytes(data)
        if i >= 15 and seen["changed"]:
            break
    assert seen["changed"], seen


def test_deletes_that_meta_json_does_not_know_of(splitscope, tmp_path):
    splitscope("extract", GOLDEN / "deletes.split", "-o", tmp_path / "index")
    meta = tmp_path / "index" / "meta.json"
    splitscope("inspect", tmp_path / "index")
    meta.write_text(meta.read_text().replace('"num_deleted_docs": 2', '"num_deleted_docs": 3'))
    refused_by_all(splitscope, tmp_path / "index", tmp_path, "index", ".del", "18 of 20", "3 of them")


def test_a_run_checks_its_inputs_before_the_first_sample(splitscope, laundered, tmp_path):
    line = splitscope.refuses("run", "--workload", "extract", "--strategy", "streaming",
                              "--input", laundered, "--repetitions", 1, "--cache-dir", tmp_path / "cache",
                              "--out", tmp_path / "out")
    assert "launder-in.split" in line and "CRC-32" in line
    assert not (tmp_path / "out" / "results.json").exists()
