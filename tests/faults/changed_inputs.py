"""Inputs that change while a verb reads them: the program is held in its Nth call, the file is cut,
grown, replaced or written over, and the program goes on."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import random
import shutil
import subprocess
import time

import injector
import sandbox
import verbs

WAIT_S = 60
HELD_IN = ("open", "read", "pread", "mmap", "copy_file_range", "close")
VERBS = ["merge", "convert", "extract", "search", "inspect --listing"]


def cut_in_half(path: pathlib.Path, other: bytes) -> None:
    os.truncate(path, path.stat().st_size // 2)


def cut_to_nothing(path: pathlib.Path, other: bytes) -> None:
    os.truncate(path, 0)


def cut_last_byte(path: pathlib.Path, other: bytes) -> None:
    os.truncate(path, path.stat().st_size - 1)


def grow(path: pathlib.Path, other: bytes) -> None:
    with open(path, "ab") as file:
        file.write(bytes(5000))


def replace(path: pathlib.Path, other: bytes) -> None:
    beside = path.with_name("beside")
    beside.write_bytes(other)
    os.rename(beside, path)


def write_over(path: pathlib.Path, other: bytes) -> None:
    with open(path, "r+b") as file:
        middle = path.stat().st_size // 3
        file.seek(middle)
        old = file.read(64)
        file.seek(middle)
        file.write(bytes(byte ^ 0x55 for byte in old))


def write_other_over(path: pathlib.Path, other: bytes) -> None:
    """As `cp other path` does: cut, then written anew."""
    path.write_bytes(other)


CHANGES = [cut_in_half, cut_to_nothing, cut_last_byte, grow, replace, write_over, write_other_over]


@dataclasses.dataclass(frozen=True)
class Case:
    verb: str
    strategy: str
    change: str
    file: str  # below in/
    call: str
    n: int

    def __str__(self) -> str:
        return f"{self.verb}|{self.strategy}|{self.change}|{self.file}|{self.call}:{self.n}"


class Changer:
    """Runs cases in one box, whose inputs it puts back after each."""

    def __init__(self, box: sandbox.Sandbox, verb: verbs.Verb, strategy: str):
        self.box, self.verb = box, verb
        self.words = [word.replace("{strategy}", strategy) for word in verb.words]
        self.strategy = strategy
        if verb.output and verb.old == verbs.FILE:
            (box.at / "out").write_bytes(b"the old output\n" * 40)
        shutil.rmtree(box.root / "kept", ignore_errors=True)
        self.begin = box.keep("kept")
        self.good = self._result(box.run(*self.words))
        if self.good[0] != 0:
            raise RuntimeError(f"{verb.name} fails without any change: {self.good}")
        self._restore()
        extra = injector.environment("count:main", box.note)
        box.run(*self.words, extra=extra)
        self.counts = injector.read_note(box.note).counts
        self._restore()

    def _restore(self) -> None:
        self.box.restore("kept", self.begin, self.box.picture())

    def _result(self, done) -> tuple:
        """Exit code, standard output, and the output place by content."""
        state = {name: one for name, one in self.box.picture().items() if name.startswith("at/")}
        return done.returncode, done.stdout, state

    def files(self) -> list[str]:
        if self.verb.name == "convert":
            return [f"index/{name}" for name in sorted(os.listdir(self.box.inputs / "index"))]
        return ["a.split"]

    def cases(self, rng: random.Random, of_each: int) -> list[Case]:
        found = []
        for change in CHANGES:
            for call in HELD_IN:
                numbers = list(range(1, self.counts[call] + 1))
                for n in sorted(rng.sample(numbers, min(of_each, len(numbers)))):
                    found.append(Case(self.verb.name, self.strategy, change.__name__,
                                      rng.choice(self.files()), call, n))
        return found

    def _other(self, file: str) -> bytes:
        """Another file of the same kind: whole, and not of the inputs."""
        if file.endswith(".split"):
            return (self.box.inputs / "old" / "a.split").read_bytes()
        return (self.box.inputs / file).read_bytes()[::-1]

    def run(self, case: Case) -> list[str]:
        path = self.box.inputs / case.file
        change = {one.__name__: one for one in CHANGES}[case.change]
        other = self._other(case.file)
        change(path, other)
        of_new = self._result(self.box.run(*self.words))
        self._restore()

        gate = self.box.root / "gate"
        for suffix in (".paused", ".resume"):
            gate.with_name("gate" + suffix).unlink(missing_ok=True)
        plan = injector.Plan(case.call, case.n, "pause")
        extra = injector.environment(plan, self.box.note, pause=gate)
        # To files: nobody reads a pipe while the program is held.
        with open(self.box.root / "out", "w+b") as out, open(self.box.root / "err", "w+b") as err:
            process = subprocess.Popen([sandbox.binary(), *self.words], cwd=self.box.at,
                                       env={**self.box.variables, **extra}, stdout=out, stderr=err,
                                       stdin=subprocess.DEVNULL, close_fds=False)
            end = time.monotonic() + WAIT_S
            while not gate.with_name("gate.paused").exists() and process.poll() is None:
                if time.monotonic() > end:
                    break
                time.sleep(0.0005)
            change(path, other)
            changed = self.box.picture()
            gate.with_name("gate.resume").touch()
            try:
                code = process.wait(timeout=WAIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                self._restore()
                return ["hung"]
            out.seek(0)
            err.seek(0)
            done = subprocess.CompletedProcess([], code, out.read(), err.read())
        problems = self._problems(case, done, of_new, changed)
        self._restore()
        return problems

    def _problems(self, case: Case, done, of_new: tuple, changed: sandbox.State) -> list[str]:
        if done.returncode < 0:
            return [f"died of signal {-done.returncode}: {done.stderr[:200]!r}"]
        result = self._result(done)
        if done.returncode == 0:
            if result == self.good or result == of_new:
                return []
            return ["exit 0, and the output is neither of the old nor of the new input"]
        problems = []
        if done.returncode != 1:
            problems.append(f"exit code {done.returncode}")
        lines = done.stderr.decode("utf-8", "replace").splitlines()
        if len(lines) != 1 or not lines[0].startswith("splitscope: "):
            problems.append(f"{len(lines)} lines: {lines[:3]}")
        elif pathlib.Path(case.file).name not in lines[0]:
            problems.append(f"does not name {case.file}: {lines[0]}")
        # The staging is there while the program is held; its old output is as before.
        wanted = {name: one for name, one in self.begin.items() if name.startswith("at/")}
        if result[2] != wanted:
            problems.append(f"left: {sandbox.difference(wanted, result[2])[:4]}")
        rest = {name: one for name, one in changed.items() if not name.startswith("at/")}
        now = {name: one for name, one in self.box.picture().items() if not name.startswith("at/")}
        if rest != now:
            problems.append(f"elsewhere: {sandbox.difference(rest, now)[:4]}")
        return problems
