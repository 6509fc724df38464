"""Outputs come into being whole, and nothing that others made is touched."""

import fcntl
import os
import stat
import subprocess
import sys

import pytest

from splitscope_reports import outputs, report_folder, staging
from splitscope_reports.errors import ReportError
from splitscope_reports.outputs import write_text
from splitscope_reports.report_folder import report_folder as open_folder
from splitscope_reports.sources import read_source
from splitscope_reports.staging import Staging, remove_dead


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_staging_is_marked_locked_and_removed(tmp_path):
    with Staging(str(tmp_path)) as made:
        status = os.stat(made.path)
        assert stat.S_IMODE(status.st_mode) == 0o700
        with open(os.path.join(made.path, "lock")) as lock:
            assert lock.read() == f"splitscope {status.st_dev}:{status.st_ino}\n"
            with pytest.raises(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.makedirs(os.path.join(made.path, "made", "deep"))
        remove_dead(str(tmp_path))
        assert os.path.isdir(made.path)
    assert names(tmp_path) == []


def dead_staging(parent):
    """What a killed process leaves."""
    code = (
        "import os, signal, sys; sys.path.insert(0, sys.argv[1])\n"
        "from splitscope_reports.staging import Staging\n"
        "made = Staging(sys.argv[2]).__enter__()\n"
        "open(made.path + '/half', 'w').write('x'); print(made.path, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    done = subprocess.run([sys.executable, "-B", "-c", code, root, str(parent)],
                          capture_output=True, text=True, check=False)  # fmt: skip
    return done.stdout.strip()


def test_only_what_a_dead_one_left_is_swept(tmp_path):
    dead = dead_staging(tmp_path)
    assert os.path.exists(dead + "/half")
    user = tmp_path / ".splitscope-0123456789abcdef"
    user.mkdir()
    (user / "lock").write_text("splitscope 1:2\n")
    unmarked = tmp_path / ".splitscope-fedcba9876543210"
    unmarked.mkdir()
    other = tmp_path / ".splitscope-short"
    other.mkdir()
    link = tmp_path / ".splitscope-0000000000000000"
    link.symlink_to(user)
    # A copy of a dead one has the mark of another folder.
    copied = tmp_path / ".splitscope-1111111111111111"
    copied.mkdir()
    (copied / "lock").write_bytes(open(dead + "/lock", "rb").read())
    (copied / "letter").write_text("dear")
    write_text(str(tmp_path / "x"), "text")
    assert not os.path.exists(dead)
    assert names(tmp_path) == sorted(
        [user.name, unmarked.name, other.name, link.name, copied.name, "x"]
    )
    assert (copied / "letter").exists() and (user / "lock").exists()


def test_a_name_carries_its_check():
    # The same as base/staging.cc computes.
    assert staging._with_check(0) == 0
    for value in (0x123456789ABC0000, 2**64 - 1):
        checked = staging._with_check(value)
        assert checked >> 16 == value >> 16 and staging._with_check(checked) == checked


def test_a_failing_write_keeps_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / "b.json"
    target.write_text("good")
    target.chmod(0o640)
    for call in ("fsync", "rename", "chmod", "mkdir"):
        with monkeypatch.context() as patched:
            def fail(*_arguments, **_options):
                raise OSError(28, "No space left on device")

            patched.setattr(outputs.os, call, fail)
            with pytest.raises(ReportError, match="b.json: cannot be written: No space left"):
                write_text(str(target), "new")
        assert target.read_text() == "good" and names(tmp_path) == ["b.json"]
    write_text(str(target), "new")
    assert target.read_text() == "new" and stat.S_IMODE(target.stat().st_mode) == 0o640


def test_missing_parents_are_made_and_taken_back(tmp_path):
    write_text(str(tmp_path / "a" / "b" / "c.md"), "x")
    assert (tmp_path / "a" / "b" / "c.md").read_text() == "x"
    with pytest.raises(ReportError):
        write_text(str(tmp_path / "d" / "e" / ("n" * 256)), "x")
    assert names(tmp_path) == ["a"]


def test_inputs_and_odd_files_are_refused(tmp_path):
    (tmp_path / "in.json").write_text("{}")
    source = read_source(tmp_path / "in.json")
    (tmp_path / "hard").hardlink_to(tmp_path / "in.json")
    (tmp_path / "soft").symlink_to("in.json")
    os.mkfifo(tmp_path / "pipe")
    os.chdir(tmp_path)
    for target, text in (
        ("in.json", "is the input"), ("./in.json", "is the input"), ("hard", "is the input"),
        ("soft", "is the input"), ("pipe", "is a pipe"), (".", "name a file"), ("x/", "name a file"),
        ("/dev/null", "is a device"), ("/", "name a file"), ("", "name a file"), ("/tmp", "a folder"),
        ("a\0b", "cannot be written"),
    ):  # fmt: skip
        with pytest.raises(ReportError, match=text):
            write_text(target, "x", [source])
    assert (tmp_path / "in.json").read_text() == "{}"
    assert names(tmp_path) == ["hard", "in.json", "pipe", "soft"]


def test_a_folder_stays_until_the_new_one_is_whole(tmp_path):
    target = tmp_path / "out"

    def make(files, fail=False):
        with open_folder(str(target)) as (folder, scratch, commit):
            assert os.path.isdir(scratch)
            for name, text in files.items():
                path = os.path.join(folder, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w") as file:
                    file.write(text)
            if fail:
                raise OSError(28, "No space left on device")
            commit()

    make({"index.html": "1", "plots/a.png": "a"})
    with pytest.raises(ReportError, match="out: cannot be written: No space"):
        make({"index.html": "2"}, fail=True)
    assert names(target) == ["index.html", "manifest.json", "plots"]
    make({"index.html": "3"})
    assert names(target) == ["index.html", "manifest.json"] and names(tmp_path) == ["out"]
    (target / "empty").mkdir()
    with pytest.raises(ReportError, match="holds empty"):
        make({"index.html": "4"})
    (target / "empty").rmdir()
    (target / "link").symlink_to("index.html")
    with pytest.raises(ReportError, match="holds link"):
        make({"index.html": "4"})
    assert (target / "index.html").read_text() == "3"


def test_what_comes_into_the_folder_at_the_last_moment_is_kept(tmp_path, monkeypatch):
    target = tmp_path / "out"
    for text in ("1", "2"):
        exchange = report_folder._exchange

        def late(*arguments):
            (target / "letter").write_text("dear")
            return exchange(*arguments)

        if text == "2":
            monkeypatch.setattr(report_folder, "_exchange", late)
        try:
            with open_folder(str(target)) as (folder, _, commit):
                with open(os.path.join(folder, "index.html"), "w") as file:
                    file.write(text)
                commit()
        except ReportError as error:
            assert text == "2" and "letter" in str(error)
    assert (target / "letter").read_text() == "dear" and (target / "index.html").read_text() == "1"
    assert names(tmp_path) == ["out"]


def test_folders_that_cannot_be_replaced(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    for target in (".", "..", "", "/", str(tmp_path), "/proc", "file", "/dev/null"):
        with pytest.raises(ReportError), open_folder(target):
            pytest.fail(target)
    assert names(tmp_path) == ["file"]
