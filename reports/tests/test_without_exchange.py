"""A report takes an old one's place where the file system cannot exchange two names: the old one steps
aside first, and comes back or is still there whatever happens in between."""

import errno
import os
import signal
import subprocess
import sys

import pytest

from splitscope_reports import report_folder, staging
from splitscope_reports.errors import ReportError
from splitscope_reports.report_folder import report_folder as open_folder

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# No file system knows this flag, so the call is refused as where there is no exchange.
NO_EXCHANGE = 1 << 20


@pytest.fixture(autouse=True)
def no_exchange(monkeypatch):
    monkeypatch.setattr(report_folder, "_RENAME_EXCHANGE", NO_EXCHANGE)


def make(target, text):
    with open_folder(str(target)) as (folder, _, commit):
        with open(os.path.join(folder, "index.html"), "w") as file:
            file.write(text)
        commit()


def text_in(folder):
    page = folder / "index.html"
    return page.read_text() if page.exists() else None


def names(folder):
    return sorted(path.name for path in folder.iterdir())


class Renames:
    """Counts renames, and does what it is told in one of them."""

    def __init__(self, monkeypatch, nth=0, act=None):
        self.count = 0
        real = os.rename

        def rename(source, target):
            self.count += 1
            if act is not None and self.count >= nth:
                act(self.count)
            real(source, target)

        monkeypatch.setattr(os, "rename", rename)


def renames_of_replacing(tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        make(tmp_path / "counted", "old")
        counted = Renames(patch)
        make(tmp_path / "counted", "new")
    assert text_in(tmp_path / "counted") == "new"
    # Over nothing, the lock's name, the old one aside, the new one in, the lock's name.
    assert counted.count == 5
    return counted.count


def test_the_new_one_is_there_and_nothing_beside_it(tmp_path):
    make(tmp_path / "out", "old")
    make(tmp_path / "out", "new")
    assert text_in(tmp_path / "out") == "new" and names(tmp_path) == ["out"]


def test_every_rename_that_fails_leaves_the_old_or_the_new_one(tmp_path):
    for n in range(1, renames_of_replacing(tmp_path) + 1):
        place = tmp_path / str(n)
        place.mkdir()
        make(place / "out", "old")

        def fail(count, n=n):
            if count == n:
                raise OSError(errno.EIO, os.strerror(errno.EIO))

        with pytest.MonkeyPatch.context() as patch:
            Renames(patch, n, fail)
            try:
                make(place / "out", "new")
                expected = "new"
            except ReportError:
                expected = "old"
        assert text_in(place / "out") == expected, n
        assert names(place) == ["out"], n


def test_an_old_one_that_cannot_be_put_back_is_named_and_kept(tmp_path):
    make(tmp_path / "out", "old")

    def fail(_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with pytest.MonkeyPatch.context() as patch, pytest.raises(ReportError) as caught:
        Renames(patch, 4, fail)
        make(tmp_path / "out", "new")
    message = str(caught.value)
    assert "put back" in message and "it lies at " in message
    kept = tmp_path / message.rpartition("it lies at ")[2].rstrip(")")
    assert text_in(kept) == "old"
    staging.remove_dead(str(tmp_path))
    assert text_in(kept) == "old"


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from splitscope_reports import death, report_folder
report_folder._RENAME_EXCHANGE = int(sys.argv[3])
death.install()
left = int(sys.argv[4])
real = os.rename
def rename(source, target):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), int(sys.argv[5]))
    real(source, target)
os.rename = rename
with report_folder.report_folder(sys.argv[2]) as (folder, _, commit):
    with open(os.path.join(folder, "index.html"), "w") as file:
        file.write("new")
    commit()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_signal_at_every_rename_loses_nothing(tmp_path, number):
    for n in range(1, renames_of_replacing(tmp_path) + 1):
        place = tmp_path / str(n)
        place.mkdir()
        out = place / "out"
        make(out, "old")
        done = subprocess.run(
            [sys.executable, "-B", "-c", KILLED, ROOT, str(out), str(NO_EXCHANGE), str(n),
             str(int(number))], capture_output=True, text=True, check=False)  # fmt: skip
        # Nobody catches Interrupted here, so Python ends with 1.
        assert done.returncode == (-number if number == signal.SIGKILL else 1), (n, done.stderr)
        # The next one in the same place sweeps what dead ones left.
        staging.remove_dead(str(place))
        if number == signal.SIGTERM:
            assert text_in(out) in ("old", "new") and names(place) == ["out"], n
            continue
        places = [out, *place.glob(f"{staging.PREFIX}*/old")]
        found = [text_in(one) for one in places]
        assert "old" in found or text_in(out) == "new", (n, names(place))
