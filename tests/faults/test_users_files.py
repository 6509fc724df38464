"""What the verbs do to a user's files: nothing but their one output, and that only when all is well.
Rows of what users reported, beside others of their kind."""

from __future__ import annotations

import os
import shutil
import socket
import stat

import pytest
import verbs
from conftest import OLD

A, B = "../in/a.split", "../in/b.split"
# What writes a file: words, without the output. Each has inputs that its output could be.
WRITES_FILE = {"merge": (["merge", A, B], "a.split"),
               "convert": (["convert", "../in/index"], "index/meta.json"),
               "merge --verify": (["merge", A, B, "--verify"], "b.split"),
               "convert --verify": (["convert", "../in/index", "--verify"], "index/meta.json")}


def words_of(name: str, strategy: str = "streaming") -> list[str]:
    return [*WRITES_FILE[name][0], "--strategy", strategy]


# Output is an input, by every spelling.

def spell_plain(box, target):
    return os.path.relpath(target, box.at)


def spell_absolute(box, target):
    return str(target)


def spell_dots(box, target):
    return "./.././at/../" + str(target.relative_to(box.box))


def spell_symlink(box, target):
    (box.at / "link").symlink_to(target)
    return "link"


def spell_two_symlinks(box, target):
    (box.at / "first").symlink_to("second")
    (box.at / "second").symlink_to(target)
    return "first"


def spell_hard_link(box, target):
    os.link(target, box.at / "hard")
    return "hard"


def spell_linked_folder(box, target):
    (box.at / "folder").symlink_to(target.parent)
    return "folder/" + target.name


SPELLINGS = [spell_plain, spell_absolute, spell_dots, spell_symlink, spell_two_symlinks,
             spell_hard_link, spell_linked_folder]


@pytest.mark.parametrize("spell", SPELLINGS)
@pytest.mark.parametrize("verb", WRITES_FILE)
def test_an_output_that_is_an_input_is_refused(box, verb, spell):
    output = spell(box, box.inputs / WRITES_FILE[verb][1])
    box.refuses(*words_of(verb), "-o", output)


@pytest.mark.parametrize("strategy", verbs.STRATEGIES)
def test_an_output_that_is_an_input_is_refused_under_every_strategy(box, strategy):
    shutil.copy(box.inputs / "a.split", box.at / "a")
    box.refuses("merge", "a", B, "-o", "./a", "--strategy", strategy)


def test_an_output_that_is_an_input_through_proc_is_refused(box):
    with open(box.inputs / "a.split", "rb") as file:
        os.set_inheritable(file.fileno(), True)
        box.refuses("merge", A, B, "-o", f"/proc/self/fd/{file.fileno()}",
                    pass_fds=[file.fileno()])


def test_every_file_of_an_index_is_an_input_of_convert(box):
    for name in sorted(os.listdir(box.inputs / "index")):
        box.refuses("convert", "../in/index", "-o", f"../in/index/{name}")


def test_an_input_of_merge_twice_is_no_reason_to_lose_it(box):
    box.refuses("merge", A, A, "-o", A)


@pytest.mark.parametrize("strategy", verbs.STRATEGIES)
@pytest.mark.parametrize("where", ["at", "below", "link"])
def test_overwrite_of_a_folder_that_holds_the_input_is_refused(box, strategy, where):
    home = box.at / "home" / ("deep" if where == "below" else "")
    home.mkdir(parents=True)
    shutil.copy(box.inputs / "a.split", home / "a.split")
    target = "home"
    if where == "link":
        (box.at / "way").symlink_to("home")
        target = "way"
    given = os.path.relpath(home / "a.split", box.at)
    box.refuses("extract", given, "-o", target, "--overwrite", "--strategy", strategy)


def test_overwrite_of_a_folder_with_a_hard_link_of_the_input_keeps_the_input(box):
    (box.at / "home").mkdir()
    os.link(box.inputs / "a.split", box.at / "home" / "other name")
    content = (box.inputs / "a.split").read_bytes()
    box.run("extract", A, "-o", "home", "--overwrite")
    assert (box.inputs / "a.split").read_bytes() == content


def test_overwrite_of_the_current_folder_or_one_above_is_refused(box):
    shutil.copy(box.inputs / "a.split", box.at / "a.split")
    for target in (".", "..", "/"):
        box.refuses("extract", "a.split", "-o", target, "--overwrite")


# Failure leaves the old output.

def missing_input(box):
    (box.inputs / "b.split").unlink()
    return ["merge", A, B]


def damaged_input(box):
    data = bytearray((box.inputs / "b.split").read_bytes())
    data[-200:] = bytes(200)
    (box.inputs / "b.split").write_bytes(data)
    return ["merge", A, B]


def empty_input(box):
    (box.inputs / "b.split").write_bytes(b"")
    return ["merge", A, B]


def folder_as_input(box):
    return ["merge", A, "../in"]


def incomplete_index(box):
    for one in (box.inputs / "index").glob("*.idx"):
        one.unlink()
    return ["convert", "../in/index"]


def index_without_meta(box):
    (box.inputs / "index" / "meta.json").unlink()
    return ["convert", "../in/index"]


def damaged_index_verified(box):
    [store] = (box.inputs / "index").glob("*.store")
    data = bytearray(store.read_bytes())
    data[len(data) // 3] ^= 0xFF
    store.write_bytes(data)
    return ["convert", "../in/index", "--verify"]


FAILURES = [missing_input, damaged_input, empty_input, folder_as_input, incomplete_index,
            index_without_meta, damaged_index_verified]


@pytest.mark.parametrize("old", [True, False])
@pytest.mark.parametrize("strategy", verbs.STRATEGIES)
@pytest.mark.parametrize("make", FAILURES)
def test_a_failure_leaves_the_old_output_and_nothing_else(box, make, strategy, old):
    words = make(box)
    if old:
        (box.at / "out").write_bytes(OLD)
    box.refuses(*words, "-o", "out", "--strategy", strategy)


@pytest.mark.parametrize("strategy", verbs.STRATEGIES)
def test_a_failed_extract_leaves_the_old_folder(box, strategy):
    (box.inputs / "a.split").write_bytes((box.inputs / "a.split").read_bytes()[:-100])
    (box.at / "out").mkdir()
    (box.at / "out" / "old").write_bytes(OLD)
    box.refuses("extract", A, "-o", "out", "--overwrite", "--strategy", strategy)
    box.refuses("extract", A, "-o", "new", "--strategy", strategy)


# What is no regular file is no output.

def make_device(place):
    os.mknod(place, stat.S_IFCHR | 0o666, os.makedev(1, 3))


def make_fifo(place):
    os.mkfifo(place)


def make_socket(place):
    # The name of a socket has at most 107 bytes, so it is bound from beside it.
    here = os.getcwd()
    os.chdir(place.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(place.name)
    finally:
        os.chdir(here)


def make_folder(place):
    place.mkdir()


def make_full_folder(place):
    place.mkdir()
    (place / "file").write_bytes(OLD)


def make_dangling(place):
    place.symlink_to("nowhere/at all")


def make_loop(place):
    place.symlink_to(place.name)


def make_link_to_fifo(place):
    os.mkfifo(place.parent / "behind")
    place.symlink_to("behind")


KINDS = [make_device, make_fifo, make_socket, make_folder, make_full_folder, make_dangling,
         make_loop, make_link_to_fifo]


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("verb", WRITES_FILE)
def test_only_a_regular_file_is_replaced(box, verb, make):
    try:
        make(box.at / "out")
    except PermissionError as error:
        pytest.skip(f"{make.__name__}: {error}")
    box.refuses(*words_of(verb), "-o", "out")
    if make is not make_dangling:
        assert os.lstat(box.at / "out")


@pytest.mark.parametrize("words", [["extract", A], ["generate", "--size", "60KB", "--count", "1"]])
def test_a_folder_is_made_behind_a_link_that_leads_nowhere_yet(box, words):
    make_dangling(box.at / "out")
    box.done(*words, "-o", "out")
    assert os.readlink(box.at / "out") == "nowhere/at all"
    assert os.listdir(box.at / "nowhere" / "at all")
    box.no_stagings()


@pytest.mark.parametrize("make", [make_device, make_fifo, make_socket, make_loop])
@pytest.mark.parametrize("words", [["extract", A], ["extract", A, "--overwrite"],
                                   ["generate", "--size", "60KB", "--count", "1"]])
def test_only_a_folder_is_replaced_by_a_folder(box, words, make):
    try:
        make(box.at / "out")
    except PermissionError as error:
        pytest.skip(f"{make.__name__}: {error}")
    box.refuses(*words, "-o", "out")


def test_a_file_is_not_replaced_by_a_folder(box):
    (box.at / "out").write_bytes(OLD)
    box.refuses("extract", A, "-o", "out")
    box.refuses("extract", A, "-o", "out", "--overwrite")
    box.refuses("generate", "--size", "60KB", "--count", "1", "-o", "out")


@pytest.mark.parametrize("verb", WRITES_FILE)
def test_a_symlink_to_a_regular_file_stays_a_symlink(box, verb):
    (box.box / "tmp" / "real").write_bytes(OLD)
    (box.at / "out").symlink_to("../tmp/real")
    box.done(*words_of(verb), "-o", "out")
    assert os.readlink(box.at / "out") == "../tmp/real"
    box.done(*words_of(verb), "-o", "plain")
    assert (box.box / "tmp" / "real").read_bytes() == (box.at / "plain").read_bytes()
    box.no_stagings()


def test_a_symlink_to_a_folder_is_extracted_through(box):
    (box.box / "tmp" / "real").mkdir()
    (box.at / "out").symlink_to("../tmp/real")
    box.done("extract", A, "-o", "out")
    assert os.path.islink(box.at / "out")
    assert "meta.json" in os.listdir(box.at / "out")
    box.no_stagings()


# What we did not make stays.

@pytest.mark.parametrize("name", [".out.merging", ".out.split.merging", ".out.tmp-0000001-00000",
                                  "out.part", ".splitscope-0123456789abcdef",
                                  ".splitscope-fedcba9876543210"])
@pytest.mark.parametrize("verb", ["merge", "convert"])
def test_folders_of_the_users_survive(box, verb, name):
    (box.at / name).mkdir()
    (box.at / name / "mine").write_bytes(OLD)
    for output in ("out", "out.split"):
        box.done(*words_of(verb), "-o", output)
        box.done("extract", A, "-o", output + "-folder")
    assert (box.at / name / "mine").read_bytes() == OLD


def test_a_folder_named_as_ours_with_a_lock_of_another_survives(box):
    place = box.at / ".splitscope-0123456789abcdef"
    place.mkdir()
    (place / "lock").write_text("my lock\n")
    (place / "mine").write_bytes(OLD)
    # The mark of another folder: copied with cp -a from where it was ours.
    other = box.at / ".splitscope-00000000000000aa"
    other.mkdir()
    (other / "lock").write_text("splitscope 1:2\n")
    box.done("merge", A, B, "-o", "out")
    assert (place / "mine").read_bytes() == OLD
    assert (other / "lock").exists()


def test_generate_leaves_a_folder_that_is_not_empty(box):
    (box.at / "out").mkdir()
    (box.at / "out" / "mine").write_bytes(OLD)
    box.refuses("generate", "--size", "60KB", "--count", "1", "-o", "out")


# Names.

NAMES = {"255 bytes": b"n" * 255, "not UTF-8": b"\xff\xfe\xe4.split", "newline": b"two\nlines",
         "blank and quotes": b" '\"$(x) ", "cyrillic": "сплит".encode(),
         "cyrillic of 254 bytes": "я".encode() * 127, "backslash": b"a\\nb", "dots": b"...",
         "escape": b"\x1b[31mred", "percent": b"%s%n"}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_outputs_and_inputs_have_any_name(box, name):
    output = box.path(name)
    for words in (["merge", A, B], ["convert", "../in/index"]):
        box.done(*words, "-o", os.fsdecode(name))
        assert os.path.getsize(output) > 1000
    for words in (["inspect"], ["inspect", "--files"], ["inspect", "--json"],
                  ["inspect", "--files", "--json"], ["inspect", "--listing"]):
        box.done(*words, os.fsdecode(name))
    box.done("search", os.fsdecode(name), "--query", verbs.QUERY)
    box.done("merge", os.fsdecode(name), B, "-o", "merged")
    os.unlink(output)
    box.done("extract", A, "-o", os.fsdecode(name))
    assert os.path.isdir(output)
    shutil.rmtree(output)
    box.done("generate", "--size", "60KB", "--count", "1", "-o", os.fsdecode(name))
    box.no_stagings()


def test_a_name_that_is_too_long_is_one_line(box):
    box.refuses("merge", A, B, "-o", "n" * 256)
    box.refuses("extract", A, "-o", "n" * 256)
    box.refuses("merge", A, B, "-o", "x/" * 3000 + "out")


def test_names_that_begin_with_a_dash(box):
    shutil.copy(box.inputs / "a.split", box.at / "-a.split")
    box.done("merge", "-o", "out", "--", "-a.split", B)
    box.done("inspect", "--", "-a.split")
    box.done("extract", "-o", "folder", "--", "-a.split")
    box.done("merge", A, B, "-o", "./-out")
    box.done("merge", A, B, "--output=-out")
    assert (box.at / "-out").is_file()


@pytest.mark.parametrize("name", ["", "no/such/folder/out", "../in/a.split/out", "out/", "."])
def test_places_that_cannot_be(box, name):
    box.refuses("merge", A, B, "-o", name)
    box.refuses("convert", "../in/index", "-o", name)


def test_json_of_a_name_that_is_not_utf8_is_json(box):
    import json
    name = os.fsdecode(b"\xff\xfe.split")
    shutil.copy(box.inputs / "a.split", box.path(name))
    done = box.done("inspect", "--json", name)
    json.loads(done.stdout.decode("utf-8"))
