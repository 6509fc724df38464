"""One verb under one strategy, with an old output or without: made ready, tried, judged, put back."""

from __future__ import annotations

import ctypes
import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import injector
import sandbox
import verbs
from sandbox import PREFIX

# On a machine that is busy with other things a report may take longer.
TIMEOUT_S = int(os.environ.get("SPLITSCOPE_FAULTS_TIMEOUT", "60"))
# Calls that Linux ends early when a signal comes; a program goes on as if nothing had happened.
RESTARTED = {"open", "read", "pread", "write", "copy_file_range", "fsync", "ftruncate", "send",
             "recv"}
# Of these the ones after the rename can fail too; then the output is the new one, whole.
AFTER_THE_RENAME = {"fsync", "unlink", "close"}
# Names of libraries and types that mean nothing to a user.
RAW = re.compile(r"bad_alloc|std::|basic_ios|iostream error|json\.exception|terminate called|"
                 r"vector::|basic_string|Traceback")
SAYS_WHAT = re.compile(r" while |standard output|\.split|\.json|\.so\b|\bout\b|index|/|127\.0\.0\.1| in \.:"
                       r"|sync \.:|cannot \w+ the ")
# What a library's constructor says before anything of ours runs.
NOT_OURS = re.compile(r"^Error in GnuTLS initialization")


@dataclasses.dataclass(frozen=True)
class Try:
    verb: str
    strategy: str
    old: bool
    plan: injector.Plan

    def __str__(self) -> str:
        return f"{self.verb}|{self.strategy}|{'old' if self.old else 'none'}|{self.plan}"

    @staticmethod
    def parse(text: str) -> "Try":
        verb, strategy, old, plan = text.split("|")
        return Try(verb, strategy, old == "old", injector.Plan.parse(plan))


@dataclasses.dataclass
class Outcome:
    code: int | None  # None: it hung
    out: bytes
    err: str
    state: sandbox.State


class Server:
    """`splitscope s3-server` on loopback, without the injector, as long as the worker lives."""

    def __init__(self, box: sandbox.Sandbox):
        self.box = box
        self.store = box.root / "store"
        box.variables.update(SPLITSCOPE_S3_ACCESS_KEY="faults", SPLITSCOPE_S3_SECRET_KEY="faults-key",
                             AWS_EC2_METADATA_DISABLED="true")
        self.uploads = 0
        self.port = "0"
        self._start()

    def _start(self) -> None:
        self.process = subprocess.Popen(
            [sandbox.binary(), "s3-server", "--folder", str(self.store), "--minimum-part", "1KiB",
             "--port", self.port],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self.box.variables, text=True,
            # A worker that is killed takes its server along.
            preexec_fn=lambda: ctypes.CDLL(None).prctl(1, 15))
        self.endpoint = self.process.stdout.readline().split()[-1]
        self.port = self.endpoint.rsplit(":", 1)[1]

    def restart(self) -> None:
        self.close()
        shutil.rmtree(self.store, ignore_errors=True)
        self._start()

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()


class Series:
    """Owns the box's at/ while it lives."""

    def __init__(self, box: sandbox.Sandbox, verb: verbs.Verb, strategy: str, old: bool,
                 server: Server, only_count: bool = False):
        self.box, self.verb, self.strategy, self.old, self.server = box, verb, strategy, old, server
        shutil.rmtree(box.at)
        box.at.mkdir()
        shutil.rmtree(box.root / "kept", ignore_errors=True)
        if old and not verb.uploads:
            self._put_old()
        # The first fills caches, in the box too; then it begins.
        for _ in range(2 if verb.keeps_finished else 1):
            self._clean_run()
        if verb.output:
            sandbox._remove(box.at / verb.output)
            if old:
                self._put_old()
        self.begin = box.keep("kept")
        self.reset(self.begin)
        self.before = self.observe()
        if only_count:
            return
        self.good = self._clean_run()
        self.reset(self.good.state)
        again = self._clean_run()
        self.reset(again.state)
        if self.good.code != again.code:
            raise RuntimeError(f"{verb.name}: exit codes {self.good.code} and {again.code}, no fault")
        expected = 3 if verb.name == "gate" else 0
        if self.good.code != expected:
            raise RuntimeError(f"{verb.name}: exit {self.good.code} without a fault: {self.good.err}")
        self.varying = {name for name, one in self.good.state.items()
                        if again.state.get(name) != one}
        self.out_varies = self.good.out != again.out or verb.keeps_finished
        if verb.keeps_finished:
            # Figures that happen to be the same twice.
            self.varying.add("at/out/results.json")

    def _put_old(self) -> None:
        place = self.box.at / self.verb.output
        if self.verb.old == verbs.FILE:
            place.write_bytes(b"the old output\n" * 40)
        elif self.verb.old == verbs.EMPTY:
            place.mkdir()
        elif self.verb.old == verbs.FOLDER and self.verb.keeps_finished:
            place.mkdir()
            shutil.copy(self.box.inputs / "results.json", place / "results.json")
        elif self.verb.old == verbs.FOLDER:
            shutil.copytree(self.box.inputs / "index", place)
            (place / "more").write_bytes(b"of the old output\n")

    def words(self) -> list[str]:
        words = list(self.verb.words)
        if self.old:
            words += self.verb.old_words
        known = {"strategy": self.strategy, "prefix": self.prefix(),
                 "endpoint": self.server.endpoint}
        return [re.sub(r"\{(strategy|prefix|endpoint)\}", lambda m: known[m[1]], w) for w in words]

    def prefix(self) -> str:
        return "same-" if self.old else f"new{self.server.uploads}-"

    def observe(self) -> sandbox.State:
        state = self.box.picture()
        if self.verb.uploads:
            # Each try without an old object has a key of its own.
            for name, one in sandbox.picture(self.server.store).items():
                if name.startswith(".incoming") or self.prefix() in name:
                    state["store/" + name.replace(self.prefix(), "")] = one
        return state

    def reset(self, now: sandbox.State) -> None:
        """Back to the beginning."""
        inside = {name: one for name, one in now.items() if not name.startswith("store/")}
        if inside != self.begin:
            self.box.restore("kept", self.begin, inside)
        if not self.verb.uploads:
            return
        self.server.uploads += 1
        if any(name.startswith("store/.incoming/") for name in now):
            # An upload that stays open would be in the way of all that follow.
            self.server.restart()
            now = {}
        if self.old and (not hasattr(self, "before") or now != self.before):
            self.box.made("upload", "../in/old/a.split", "--endpoint", self.server.endpoint,
                          "--bucket", "bucket", "--prefix", self.prefix())

    def attempt(self, extra: dict[str, str]) -> Outcome:
        try:
            done = self.box.run(*self.words(), extra=extra, timeout=TIMEOUT_S)
            code, out, err = done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")
        except subprocess.TimeoutExpired as hung:
            code, out, err = None, hung.stdout or b"", (hung.stderr or b"").decode("utf-8", "replace")
        return Outcome(code, out.replace(self.prefix().encode(), b""), err, self.observe())

    def _clean_run(self) -> Outcome:
        return self.attempt({})

    def count(self, begin: str) -> dict[str, int]:
        """How often each call is made when nothing fails."""
        extra = injector.environment(f"count:{begin}", self.box.note, self.verb.program)
        outcome = self.attempt(extra)
        self.reset(outcome.state)
        return injector.read_note(self.box.note).counts

    def run(self, plan: injector.Plan) -> tuple[injector.Note, list[str], Outcome]:
        memory = sandbox.shared_memory()
        outcome = self.attempt(injector.environment(plan, self.box.note, self.verb.program))
        note = injector.read_note(self.box.note)
        problems = self.problems(plan, note, outcome)
        left = self.left_in_memory(memory)
        if left:
            if not self.is_for_the_next_start(plan, left):
                problems.append(f"left in /dev/shm: {left}")
            for name in left:
                place = pathlib.Path("/dev/shm", name)
                if place.is_dir():
                    shutil.rmtree(place)
                else:
                    place.unlink(missing_ok=True)
        self.reset(outcome.state)
        return note, problems, outcome

    @staticmethod
    def left_in_memory(before: set[str]) -> list[str]:
        """What is still there a moment later: another worker may be about to lock what it made."""
        for pause in (0.2, 0):
            left = [name for name in sandbox.shared_memory() - before if "splitscope" in name]
            if not left:
                break
            time.sleep(pause)
        return left

    def is_for_the_next_start(self, plan: injector.Plan, left: list[str]) -> bool:
        """What could not be removed because nothing could be: the next start does it."""
        if plan.call not in ("unlink", "open") or plan.mode != "always":
            return False
        subprocess.run([sandbox.binary(), "exec", "--", "true"], capture_output=True, check=False)
        return not set(left) & set(os.listdir("/dev/shm"))

    def problems(self, plan: injector.Plan, note: injector.Note, found: Outcome) -> list[str]:
        if found.code is None:
            return ["hung"]
        if found.code < 0 and self.verb.name == "report" and "matplotlib" in found.err:
            return self._failed(plan, found)  # ft2font aborts when its file's close fails
        if found.code == -6 and plan.call == "malloc" and "Fatal Python error" in found.err:
            return self._failed(plan, found)  # Python's own end without memory
        if found.code < 0:
            return [f"died of signal {-found.code}: {found.err.strip()[:200]}"]
        if found.code == self.good.code:
            return self._succeeded(plan, found)
        problems = []
        if found.code not in self.verb.failed:
            problems.append(f"exit code {found.code}")
        if note.fired and plan.mode == "once" and self.verb.program == "splitscope":
            # The C++ library opens folders and streams by itself, and does not go on.
            own = not note.what.startswith(("openat ", "fopen "))
            if plan.what == "short" or (plan.what == "EINTR" and plan.call in RESTARTED and own):
                problems.append("did not go on after " + plan.what)
        return problems + self._failed(plan, found)

    def _succeeded(self, plan: injector.Plan, found: Outcome) -> list[str]:
        problems = []
        wrong = [line for line in sandbox.difference(self.good.state, found.state)
                 if line.split(": ", 1)[1] not in self.varying or not line.startswith("changed")]
        lasting = plan.call in ("unlink", "open") and plan.mode == "always"
        if self.verb.program != "splitscope" and lasting:
            wrong = [line for line in wrong if PREFIX not in line]
        if self.verb.uploads and plan.call == "unlink" and plan.mode == "always":
            # The record of an upload that is over; the next one finds that out and removes it.
            wrong = [line for line in wrong if not re.search(r"/uploads/[^/]*$", line)]
        # A verdict stands whether its text could be written or not.
        if self.verb.name == "gate" and sandbox.difference(self.before, found.state) == []:
            wrong = []
        if self.verb.keeps_finished and plan.call == "unlink" and plan.mode == "always":
            # What was measured stands; the work folder goes with the next start.
            wrong = [line for line in wrong if PREFIX not in line]
        if self.verb.keeps_finished and plan.call in ("open", "read", "unlink"):
            # What cannot be read is not known to be covered, so that it is kept, as is what cannot
            # be removed; the last line names it.
            wrong = [line for line in wrong if not self._is_the_old_result(line, found)]
        if wrong:
            problems.append(f"exit {found.code}, but wrong: {wrong[:5]}")
        problems += self._unreadable(found)
        if found.out != self.good.out and not self.out_varies and self.verb.name != "gate":
            problems.append(f"exit {found.code}, but another output: {len(found.out)} bytes for "
                            f"{len(self.good.out)}")
        return problems

    def _is_the_old_result(self, line: str, found: Outcome) -> bool:
        name = re.fullmatch(r"new: (at/out/results\.before-[\w-]+\.json)", line)
        old = self.box.inputs / "results.json"
        return (name is not None and os.path.basename(name[1]) in found.err
                and (self.box.box / name[1]).read_bytes() == old.read_bytes())

    def _unreadable(self, found: Outcome) -> list[str]:
        """Results that vary from run to run are at least whole."""
        for name in found.state:
            place = self.box.box / name
            ours = name.startswith("at/") and PREFIX not in name
            if ours and name.endswith(".json") and place.is_file():
                try:
                    json.loads(place.read_bytes())
                except ValueError as error:
                    return [f"{name} is not JSON: {error}"]
        return []

    def _failed(self, plan: injector.Plan, found: Outcome) -> list[str]:
        problems = []
        left = sandbox.difference(self.before, found.state)
        if self.verb.keeps_finished:
            problems += self._unreadable(found)
            left = [line for line in left if not re.search(
                r"at/out($|/results(\.before-\w+)?\.json$)", line)]
        lasting = ("unlink", "open") if self.verb.program == "splitscope" else (
            "unlink", "open", "close")
        # matplotlib's ft2font breaks off when the close of a font's file fails.
        broken_off = self.verb.name == "report" and found.code == -signal.SIGSEGV
        if (plan.call in lasting and plan.mode == "always") or broken_off:
            # What cannot be removed, or looked into, stays; the next start does it.
            left = [line for line in left if PREFIX not in line]
        if self.verb.uploads and plan.call in ("send", "recv", "malloc") and plan.mode == "always":
            # The answer that the object is there, or the abort, cannot arrive: an upload stays open
            # on the server, which the next one says.
            left = [line for line in left if not re.search(r"store/|/uploads/[^/]*$", line)]
        if self.verb.uploads and plan.call == "malloc":
            # Reading the server's answer takes memory, and the object is there then: no old one can
            # come back.
            if not [line for line in sandbox.difference(self.good.state, found.state)
                    if not re.search(r"store/\.incoming|/uploads/[^/]*$", line)]:
                left = []
        # Of verbs in Python a write may be that of the console, after the output had its place.
        said_last = plan.call == "write" and self.verb.program != "splitscope"
        # The folder is opened for its sync when the output has its place.
        if left and (plan.call in AFTER_THE_RENAME or said_last or plan.call == "open"):
            if not [line for line in sandbox.difference(self.good.state, found.state)
                    if not (PREFIX in line and plan.mode == "always")]:
                left = []
        if left:
            problems.append(f"exit {found.code}, but {left[:5]}")
        if self.verb.program == "splitscope":
            problems += self._unclear(plan, found)
        return problems

    def _unclear(self, plan: injector.Plan, found: Outcome) -> list[str]:
        lines = [line for line in found.err.splitlines() if not NOT_OURS.search(line)]
        if plan.call == "write" and plan.mode == "always":
            # Standard error is written to as well.
            return [f"raw: {line}" for line in lines if RAW.search(line)]
        if self.verb.uploads and plan.call in ("send", "recv", "malloc") and len(lines) > 1:
            # What stays open, or did in an earlier try, is said in a line of its own.
            lines = [line for line in lines
                     if not re.search("stays open|open upload|uploads? of .* open already", line)]
        if self.verb.keeps_finished:
            # Progress and tables are theirs.
            lines = [line for line in lines if line.startswith("splitscope:") or RAW.search(line)]
            # Google Benchmark ends the process itself when it cannot read what it wants to know of
            # the machine; its last line says which file.
            lines += [line for line in found.err.splitlines()
                      if re.match("Fail(ed|ure) ", line)][-1:]
            if found.code == 2:
                return [f"raw: {line}" for line in lines if RAW.search(line)]
        if len(lines) != 1:
            return [f"{len(lines)} lines on stderr: {lines[:4]}"]
        if not re.match("splitscope: |Fail(ed|ure) ", lines[0]) or RAW.search(lines[0]):
            return [f"unclear: {lines[0]}"]
        if not SAYS_WHAT.search(lines[0]):
            return [f"names nothing: {lines[0]}"]
        return []


def furnish(box: sandbox.Sandbox) -> None:
    """The inputs of all verbs."""
    made = box.root / "made"
    box.made("generate", "--profile", "logs", "--size", "60KB", "--count", "2", "--seed", "7", "-o",
             made)
    shutil.copy(made / "split-0.split", box.inputs / "a.split")
    shutil.copy(made / "split-1.split", box.inputs / "b.split")
    shutil.copytree(made / "index-0", box.inputs / "index")
    (box.inputs / "old").mkdir()
    shutil.copy(made / "split-1.split", box.inputs / "old" / "a.split")
    suite = {"about": "one small case", "strategies": ["streaming"], "repetitions": 1,
             "timeout_s": 60,
             "cases": [{"workload": "extract", "input": {"profile": "logs", "size": "60KB"}}]}
    (box.inputs / "suite.json").write_text(json.dumps(suite))


def furnish_results(box: sandbox.Sandbox) -> None:
    """Results, a baseline of them, and results that are worse."""
    box.made("run", "--suite", "../in/suite.json", "--input", "../in/a.split", "--out",
             box.root / "measured")
    results = json.loads((box.root / "measured" / "results.json").read_text())
    (box.inputs / "results.json").write_text(json.dumps(results))
    box.made("baseline", "save", "../in/results.json", "-o", "../in/baseline.json")

    def grown(value, key=""):
        if isinstance(value, dict):
            return {name: grown(one, name) for name, one in value.items()}
        if isinstance(value, list):
            return [grown(one, key) for one in value]
        if key.startswith("peak_heap_bytes") and isinstance(value, (int, float)):
            return value * 2
        return value

    (box.inputs / "worse.json").write_text(json.dumps(grown(results)))


def new_sandbox(root: pathlib.Path) -> sandbox.Sandbox:
    box = sandbox.Sandbox(root)
    furnish(box)
    if os.environ.get("SPLITSCOPE_FAULTS_NO_RESULTS") is None:
        furnish_results(box)
    return box
