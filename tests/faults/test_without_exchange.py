"""A folder takes another one's place where the file system cannot exchange two names: the old one
steps aside first, and comes back or is still there whatever happens in between."""

from __future__ import annotations

import pathlib
import shutil
import signal
import subprocess
import time

import injector
import pytest
import sandbox

WORDS = ["extract", "../in/a.split", "-o", "out", "--overwrite"]
PATIENCE_S = 60


def folder(place: pathlib.Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in place.iterdir()}


class Replacing:
    """extract over an old index folder, and what both are."""

    def __init__(self, box):
        self.box = box
        self.words = WORDS
        box.done(*WORDS)
        self.new = folder(box.at / "out")
        self.put_old()
        self.old = folder(box.at / "out")
        self.extra = {"SPLITSCOPE_FAULT_NO_EXCHANGE": "1"}

    def put_old(self) -> None:
        shutil.rmtree(self.box.at)
        self.box.at.mkdir()
        shutil.copytree(self.box.inputs / "index", self.box.at / "out")
        (self.box.at / "out" / "more").write_bytes(b"of the old output\n")

    def run(self, plan: injector.Plan | str):
        return self.box.run(*self.words, extra={
            **injector.environment(plan, self.box.note), **self.extra})

    def renames(self) -> int:
        done = self.run("count:main")
        assert done.returncode == 0, done.stderr
        assert folder(self.box.at / "out") == self.new
        self.box.no_stagings()
        count = injector.read_note(self.box.note).counts["rename"]
        # Over nothing, the exchange, the lock's name, the old one aside, the new one in, the lock's.
        assert count >= 6
        return count

    def held(self, n: int) -> tuple[subprocess.Popen, pathlib.Path]:
        """A process that stands in its nth rename, and the gate that lets it go on."""
        gate = self.box.root / "gate"
        for suffix in (".paused", ".resume"):
            gate.with_name("gate" + suffix).unlink(missing_ok=True)
        plan = injector.Plan("rename", n, "pause")
        process = subprocess.Popen(
            [sandbox.binary(), *self.words], cwd=self.box.at, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**self.box.variables, **self.extra,
                 **injector.environment(plan, self.box.note, pause=gate)})
        deadline = time.monotonic() + PATIENCE_S
        while not gate.with_name("gate.paused").exists():
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.005)
        return process, gate


@pytest.fixture
def replacing(box) -> Replacing:
    return Replacing(box)


def test_every_rename_that_fails_leaves_the_old_or_the_new_one(replacing):
    for n in range(1, replacing.renames() + 1):
        replacing.put_old()
        done = replacing.run(injector.Plan("rename", n, "EIO"))
        found = folder(replacing.box.at / "out")
        assert found == (replacing.new if done.returncode == 0 else replacing.old), (n, done.stderr)
        assert done.returncode in (0, 1)
        replacing.box.no_stagings()


@pytest.mark.parametrize("name", ["TERM", "INT", "HUP", "KILL"])
def test_a_signal_in_every_rename_leaves_the_old_or_the_new_one(replacing, name):
    number = getattr(signal, f"SIG{name}")
    for n in range(1, replacing.renames() + 1):
        replacing.put_old()
        process, gate = replacing.held(n)
        process.send_signal(number)
        if name != "KILL":
            # Some wait until the two names have changed.
            time.sleep(0.05)
            gate.with_name("gate.resume").touch()
        process.communicate(timeout=PATIENCE_S)
        assert process.returncode in (0, -number if name == "KILL" else 128 + number), n
        out = replacing.box.at / "out"
        if name == "KILL":
            # The next start puts nothing where it may not; the old one is there, whole, somewhere.
            replacing.box.done("extract", "../in/b.split", "-o", "another")
            places = [out, *replacing.box.at.glob(f"{sandbox.PREFIX}*/old")]
            found = [folder(place) for place in places if place.is_dir()]
            assert replacing.old in found or replacing.new in found, n
            assert replacing.old in found or folder(out) == replacing.new, n
        else:
            assert folder(out) in (replacing.old, replacing.new), n
            replacing.box.no_stagings()


def test_an_old_folder_that_cannot_be_put_back_is_named_and_kept(replacing):
    last_but_one = replacing.renames() - 1
    replacing.put_old()
    done = replacing.run(injector.Plan("rename", last_but_one, "EIO", "always"))
    assert done.returncode == 1
    said = done.stderr.decode()
    assert "put back" in said and "it lies at" in said
    kept = replacing.box.at / said.strip().rpartition("it lies at ")[2].rstrip(")")
    assert folder(kept) == replacing.old
    replacing.box.done("extract", "../in/b.split", "-o", "another")
    assert folder(kept) == replacing.old
