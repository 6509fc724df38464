#!/usr/bin/env python3
"""Kills splitscope's processes at random instants and looks at what is left.

For each victim and each signal so many tries. Right after a signal that asks, and after the next
start when there was none to ask (SIGKILL), no process, file, folder, shared memory, cgroup or
multipart upload may be left; exit codes say 128 + signal; outputs are the old or the new one, whole;
the samples that were finished are there.

    tests/faults/kills.py [--tries 100 | --per-role 100] [--seed N] [--case NAME] [--signal TERM]
"""

from __future__ import annotations

import argparse
import os
import pathlib
import random
import secrets
import shutil
import signal
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import kill_box  # noqa: E402
import kill_cases  # noqa: E402
from kill_cases import Case  # noqa: E402

# Nothing asks anybody to be quicker than this; the longest that was seen is printed.
GONE_WITHIN_S = 10


class Tries:
    """All tries of one case in one box, which is clean between them."""

    def __init__(self, box: kill_box.Box, case: Case):
        self.box = box
        self.case = case
        self.slowest_s = 0.0
        self.new: bytes | None = None
        self.shared = box.shared_memory()
        self.uploads: set[str] = set()
        self._prepare()
        begin = time.monotonic()
        code, _, err = box.run(case.words)
        self.lasts_s = time.monotonic() - begin
        assert code == 0, (case.name, code, err)
        out = box.at / "out"
        if out.is_file():
            self.new = out.read_bytes()
        elif out.is_dir():
            self.new = kill_cases.folder_bytes(out)
        self._prepare()
        self.names = box.names()

    def _prepare(self) -> None:
        for path in self.box.at.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        if self.case.cold:
            shutil.rmtree(self.box.root / "cache")
            (self.box.root / "cache").mkdir()
        self.case.before(self.box)

    def one(self, name: str, instant: float) -> str | None:
        """What is wrong, "" when all is well, None when it had ended before its instant came."""
        number = getattr(signal, f"SIG{name}")
        self._prepare()
        self.uploads = set(self.box.open_uploads())
        process = self.box.start(self.case.words)
        try:
            hit = self._strike(process, number, instant)
            try:
                out, err = process.communicate(timeout=kill_box.PATIENCE_S)
            except kill_box.subprocess.TimeoutExpired:
                return "it hangs"
            if not hit:
                return None
            return self._judge(name, number, process.returncode, out, err.decode(errors="replace"))
        finally:
            self.box.end_all()
            if process.poll() is None:
                process.kill()
                process.communicate()

    def _strike(self, process, number: int, instant: float) -> bool:
        begin = time.monotonic()
        time.sleep(instant)
        while True:
            victim = kill_cases.find_victim(self.case, process.pid, self.box)
            if victim is not None and (victim != process.pid or process.poll() is None):
                try:
                    os.kill(victim, number)
                    return True
                except ProcessLookupError:
                    pass
            if process.poll() is not None or time.monotonic() - begin > kill_box.PATIENCE_S:
                return False

    def _judge(self, name: str, number: int, code: int, out: bytes, err: str) -> str:
        problems = []
        left, took = self.box.settle(GONE_WITHIN_S)
        self.slowest_s = max(self.slowest_s, took)
        if left:
            problems.append(f"processes left: {[kill_box.words_of(pid)[:3] for pid in left]}")
        problems += self._wrong_end(name, number, code, err)
        problem = self.case.whole(self.box, self.new)
        if problem:
            problems.append(problem)
        if self.case.samples:
            problems += self._missing_samples(err)
        if name == "KILL":
            # Everything but the output, which may lie half-way between two renames of a folder.
            code, _, err = self.box.run([*self.case.words[:1], *self.case.next_words,
                                         *self.case.words[1:]])
            if code != 0:
                problems.append(f"the next start ends with {code}: {err.strip()[-200:]}")
        problems += self._left_over()
        return "; ".join(problems)

    def _wrong_end(self, name: str, number: int, code: int, err: str) -> list[str]:
        lines = err.strip().splitlines()
        if any("terminate called" in line or "Traceback" in line for line in lines):
            return [f"says {lines[-1]!r}"]
        if not self.case.passes_on:
            return [] if code in self.case.codes else [f"exit code {code}: {lines[-1:]}"]
        # Before it had set itself up, or after all was done.
        if code in (-number, 0):
            return []
        if code != 128 + number:
            return [f"exit code {code}, expected {128 + number}: {lines[-1:]}"]
        if self.case.victim == "itself" and name == "KILL":
            return [] if code == -number else [f"exit code {code} after SIGKILL"]
        said = "SIGKILL" if name == "KILL" else f"SIG{name}"
        if sum(said in line for line in lines) != 1:
            return [f"no line about {said}: {lines[-2:]}"]
        return []

    def _missing_samples(self, err: str) -> list[str]:
        count = self.box.at / "count"
        if count.exists():
            # The one that was struck is not finished.
            finished = len(count.read_text().splitlines()) - 1
        else:
            finished = sum(line.lstrip().startswith("[") and " ... " not in line
                           for line in err.splitlines())
        there = kill_box.samples_in(self.box.at / "out" / "results.json") or 0
        return [] if there >= finished else [f"{there} samples kept of {finished} finished"]

    def _left_over(self) -> list[str]:
        problems = []
        left, _ = self.box.settle(GONE_WITHIN_S)
        if left:
            problems.append(f"processes left: {[kill_box.words_of(pid)[:3] for pid in left]}")
        names = self.box.names()
        new = [name for name in sorted(names - self.names)
               if not name.startswith(self.case.makes or ("\0",)) or ".splitscope-" in name]
        if new:
            problems.append(f"left: {new[:4]}")
        for what, found in (("cgroups", self.box.cgroups()),
                            ("shared memory", self.box.shared_memory() - self.shared),
                            ("open uploads", set(self.box.open_uploads()) - self.uploads)):
            if found:
                problems.append(f"{what} left: {sorted(found)[:4]}")
        return problems


class Totals:
    """Tried and bad by role and signal."""

    def __init__(self):
        self.rows: dict[tuple[str, str], list[int]] = {}

    def add(self, role: str, name: str, tried: int, bad: int) -> None:
        for key in ((role, name), (role, "all"), ("all", "all")):
            row = self.rows.setdefault(key, [0, 0])
            row[0] += tried
            row[1] += bad

    def print(self, out) -> None:
        print(f"{'role':24} {'signal':6} {'tried':>5} {'good':>5} {'bad':>5}", file=out)
        for (role, name), (tried, bad) in sorted(self.rows.items(),
                                                 key=lambda row: (row[0][0] == "all", row[0])):
            print(f"{role:24} {name:6} {tried:5} {tried - bad:5} {bad:5}", file=out)

    def bad(self) -> int:
        return self.rows.get(("all", "all"), [0, 0])[1]


def tries_of(cases: list[Case], per_role: int) -> dict[str, int]:
    """Of each case and signal, so that each role comes to so many in all."""
    pairs: dict[str, int] = {}
    for case in cases:
        pairs[case.role] = pairs.get(case.role, 0) + len(case.signals)
    return {role: -(-per_role // count) for role, count in pairs.items()}


def kill_all(box: kill_box.Box, tries: int, seed: int, only_cases=(), only_signals=(), per_role=0,
             out=sys.stdout) -> int:
    """Prints the tables; how many tries were bad."""
    rng = random.Random(seed)
    cases = [case for case in kill_cases.cases(box) if not only_cases or case.name in only_cases]
    wanted = tries_of(cases, per_role) if per_role else {}
    print(f"seed {seed}, {f'{per_role} tries of each role' if per_role else f'{tries} of each'}",
          file=out)
    print(f"{'victim':24} {'signal':6} {'tried':>5} {'good':>5} {'bad':>5} {'slowest':>8}", file=out)
    totals = Totals()
    for case in cases:
        struck = Tries(box, case)
        for name in case.signals:
            if only_signals and name not in only_signals:
                continue
            struck.slowest_s = 0.0
            tried = 0
            wrong = []
            most = wanted.get(case.role, tries)
            # Some instants lie behind the end, and then nothing was tried.
            for _ in range(3 * most):
                if tried == most:
                    break
                instant = rng.uniform(0, struck.lasts_s)
                problem = struck.one(name, instant)
                if problem is None:
                    continue
                tried += 1
                if problem:
                    wrong.append(f"at {instant:.4f} s: {problem}")
            totals.add(case.role, name, tried, len(wrong))
            print(f"{case.name:24} {name:6} {tried:5} {tried - len(wrong):5} {len(wrong):5} "
                  f"{struck.slowest_s:6.2f} s", file=out, flush=True)
            for line in wrong[:5]:
                print(f"    {line}", file=out, flush=True)
    totals.print(out)
    return totals.bad()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tries", type=int, default=100, help="of each victim and signal")
    parser.add_argument("--per-role", type=int, default=0,
                        help="instead: so many in all of parents, children, servers and verbs each")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    parser.add_argument("--case", action="append", default=[])
    parser.add_argument("--signal", action="append", default=[])
    given = parser.parse_args()
    # Told to end, it clears its box all the same.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    box = kill_box.Box(pathlib.Path(tempfile.mkdtemp(prefix="splitscope-kills-")) / "box")
    try:
        kill_cases.furnish(box)
        return 1 if kill_all(box, given.tries, given.seed, given.case, given.signal,
                             given.per_role) else 0
    finally:
        box.close()
        box.root.parent.rmdir()


if __name__ == "__main__":
    sys.exit(main())
