"""Every verb under every strategy, every kind of call, every fault, the Nth call for N from 1 until
nothing fails any more. Prints a table: tried, of how many, bad; exits 1 when one was bad.

    matrix.py                   every call, but of the kinds with thousands of them some by chance
    matrix.py --limit 0         every call: some two million tries
    matrix.py --quick           a minute
    matrix.py --try 'merge|streaming|old|read:3:EIO:once:main'   one, and what it said
"""

from __future__ import annotations

import argparse
import collections
import ctypes
import dataclasses
import json
import multiprocessing
import os
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback

import injector
import sandbox
import series
import verbs

ERRORS = ("EIO", "ENOSPC", "ENOMEM", "EINTR")
LASTING = ("EIO", "ENOSPC")
CHUNK = 100
# What a series has thousands of, it is asked for by chance; everything else is tried.
LIMITS = {"pread": 40, "malloc": 40}
# Of each series of a verb that is a program in Python.
FOREIGN_LIMIT = 8
# --quick: of each verb and kind of call.
QUICK_PER_CALL = 4


@dataclasses.dataclass(frozen=True)
class Line:
    """One row of what is tried: a verb, a strategy, a call, a fault; N runs over all its calls."""

    verb: str
    strategy: str
    old: bool
    call: str
    what: str
    mode: str
    begin: str

    def plan(self, n: int) -> injector.Plan:
        return injector.Plan(self.call, n, self.what, self.mode, self.begin)


def faults_of(verb: verbs.Verb, call: str) -> list[tuple[str, str, str]]:
    """(what, mode, begin) of a kind of call. EINTR for ever is no fault but a broken kernel."""
    if verb.program != "splitscope":
        # Another one's program starts by some hundred calls of each kind, which are not ours.
        error = "ENOMEM" if call == "malloc" else "EIO"
        return [(error, "once", "main"), ("ENOSPC", "always", "main")][:1 if call == "malloc" else 2]
    if call == "malloc":
        return [("ENOMEM", "once", "start"), ("ENOMEM", "always", "start")]
    faults = [(error, "once", "main") for error in ERRORS]
    faults += [(error, "always", "main") for error in LASTING]
    if call in injector.MOVES_BYTES:
        faults += [("short", "once", "main"), ("short", "always", "main")]
    return faults


def lines_of(verb: verbs.Verb, strategy: str, calls: list[str]) -> list[Line]:
    found = []
    for call in calls:
        if verb.calls is not None and call not in verb.calls:
            continue
        for what, mode, begin in faults_of(verb, call):
            for old in ([True, False] if verb.old else [False]):
                found.append(Line(verb.name, strategy, old, call, what, mode, begin))
    return found


class Worker:
    """A sandbox, a server and the series that stands in it."""

    def __init__(self, root: pathlib.Path):
        self.box = series.new_sandbox(root)
        self.server = series.Server(self.box)
        self.key = None
        self.series: series.Series | None = None

    def stand(self, verb: str, strategy: str, old: bool) -> series.Series:
        if self.key != (verb, strategy, old):
            self.key = None
            self.series = series.Series(self.box, verbs.named(verb), strategy, old, self.server)
            self.key = (verb, strategy, old)
        return self.series


_worker: Worker | None = None


def _start(root: str, counter) -> None:
    global _worker
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG: no worker without its driver
    with counter.get_lock():
        counter.value += 1
        number = counter.value
    sandbox.own_shared_memory()
    pathlib.Path(root).mkdir(parents=True, exist_ok=True)
    try:
        _worker = Worker(pathlib.Path(root) / f"worker-{number}")
    except Exception:
        traceback.print_exc()
        os._exit(1)  # the pool would start another one for ever


def _count(key) -> tuple:
    verb, strategy, old = key
    try:
        _worker.key = None
        stand = series.Series(_worker.box, verbs.named(verb), strategy, old, _worker.server,
                              only_count=True)
        return key, stand.count("main"), stand.count("start"), None
    except Exception as error:
        return key, {}, {}, f"{type(error).__name__}: {error}"


def _try(job) -> list[tuple]:
    """Tries the numbers of a job's lines; after the last counted one goes on while something
    fails."""
    results = []
    line = job[0][0]
    try:
        stand = _worker.stand(line.verb, line.strategy, line.old)
        pending = collections.deque(job)
        while pending:
            line, n, last = pending.popleft()
            note, problems, _ = stand.run(line.plan(n))
            results.append((line, n, note.fired > 0, note.what, problems))
            # Threads and retries may make more calls than were counted.
            if note.fired and last < n < last + 50:
                pending.append((line, n + 1, last))
    except Exception:
        _worker.key = None
        results.append((line, 0, True, "", ["the driver failed: " + traceback.format_exc()]))
    return results


def numbers_of(line: Line, n: int, args: argparse.Namespace, rng: random.Random) -> list[int]:
    """All numbers and the one after; fewer where there is a limit."""
    limit = args.limit
    if limit is None:
        limit = LIMITS.get(line.call, 0)
        if verbs.named(line.verb).program != "splitscope":
            limit = FOREIGN_LIMIT
    numbers = range(1, n + 1)
    if limit and n > limit:
        return sorted(rng.sample(numbers, limit))
    return [*numbers, n + 1] if n else []


def jobs_of(lines: list[Line], counts: dict, args: argparse.Namespace,
            rng: random.Random) -> tuple[list, dict]:
    """Tries in groups that share a series, and of each line how many there are."""
    totals = {}
    by_call = collections.defaultdict(list)
    for line in lines:
        counted = counts.get((line.verb, line.strategy, line.old), {"main": {}, "start": {}})
        n = totals[line] = counted["start" if line.begin == "start" else "main"].get(line.call, 0)
        by_call[(line.verb, line.call)] += [(line, number, n) for number in
                                            numbers_of(line, n, args, rng)]
    by_series = collections.defaultdict(list)
    for (verb, call), tries in by_call.items():
        wanted = args.per_call and args.per_call * (6 if call == "malloc" else 1)
        if verbs.named(verb).program != "splitscope":
            wanted = min(wanted, 2)
        if wanted and len(tries) > wanted:
            tries = rng.sample(tries, wanted)
        for one in tries:
            line = one[0]
            by_series[(line.verb, line.strategy, line.old)].append(one)
    jobs = []
    for tries in by_series.values():
        jobs += [tries[at:at + CHUNK] for at in range(0, len(tries), CHUNK)]
    return jobs, totals


class Table:
    def __init__(self, totals: dict):
        self.rows = collections.defaultdict(lambda: [0, 0, 0])
        self.bad: list[tuple[str, str, list[str]]] = []
        for line, n in totals.items():
            self.rows[(line.verb, line.call)][1] += n

    def add(self, results: list[tuple]) -> None:
        for line, n, fired, what, problems in results:
            row = self.rows[(line.verb, line.call)]
            if fired:
                row[0] += 1
            if problems:
                row[2] += 1
                one = series.Try(line.verb, line.strategy, line.old, line.plan(n))
                self.bad.append((str(one), what, problems))

    def text(self) -> str:
        order = {verb.name: place for place, verb in enumerate(verbs.VERBS)}
        calls = {call: place for place, call in enumerate(injector.CALLS)}
        lines = [f"{'verb':22} {'call':16} {'tried':>8} {'of':>8} {'good':>8} {'bad':>6}"]
        sums = collections.defaultdict(lambda: [0, 0, 0])
        for (verb, call), (tried, of, bad) in sorted(
                self.rows.items(), key=lambda item: (order[item[0][0]], calls[item[0][1]])):
            if of == 0 and tried == 0:
                continue
            lines.append(f"{verb:22} {call:16} {tried:8} {of:8} {tried - bad:8} {bad:6}")
            for key in ("malloc" if call == "malloc" else "input and output", "all"):
                for place, value in enumerate((tried, of, bad)):
                    sums[key][place] += value
        for key in ("input and output", "malloc", "all"):
            tried, of, bad = sums[key]
            lines.append(f"{key:39} {tried:8} {of:8} {tried - bad:8} {bad:6}")
        return "\n".join(lines)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--verb", action="append", help="only this one; may be repeated")
    parser.add_argument("--strategy", action="append", help="only this one; may be repeated")
    parser.add_argument("--call", action="append", choices=injector.CALLS, help="may be repeated")
    parser.add_argument("--limit", type=int, default=None,
                        help="calls of each series; 0: all; default: all but of "
                        + ", ".join(f"{call} {most}" for call, most in LIMITS.items())
                        + f", of verbs in Python {FOREIGN_LIMIT}")
    parser.add_argument("--per-call", type=int, default=0,
                        help="tries of each verb and kind of call (allocations: six times that)")
    parser.add_argument("--quick", action="store_true", help=f"--per-call {QUICK_PER_CALL}")
    parser.add_argument("--seed", type=int, default=None, help="of the choice under --limit")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=0, help="stop after; says what was left out")
    parser.add_argument("--json", type=pathlib.Path, help="write rows and bad ones there")
    parser.add_argument("--show", type=int, default=40, help="bad ones to print")
    parser.add_argument("--try", dest="one", help="one try, as the list of bad ones names it")
    return parser.parse_args()


def try_one(text: str, root: pathlib.Path) -> int:
    one = series.Try.parse(text)
    worker = Worker(root / "worker")
    try:
        stand = worker.stand(one.verb, one.strategy, one.old)
        note, problems, outcome = stand.run(one.plan)
        print(f"fired: {note.fired} at {note.what or 'nothing'}\nexit: {outcome.code}\n"
              f"stdout: {outcome.out[:2000]!r}\nstderr: {outcome.err}")
        print("good" if not problems else "bad: " + "\n     ".join(problems))
        return 1 if problems else 0
    finally:
        worker.server.close()


def chosen(args: argparse.Namespace) -> list[Line]:
    found = []
    for verb in verbs.VERBS:
        if args.verb and verb.name not in args.verb:
            continue
        for strategy in verb.strategies:
            if args.strategy and strategy not in args.strategy and strategy != "-":
                continue
            found += lines_of(verb, strategy, args.call or injector.CALLS)
    return found


def run_all(args: argparse.Namespace, root: pathlib.Path) -> int:
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(1 << 32)
    rng = random.Random(seed)
    if args.quick:
        args.per_call = QUICK_PER_CALL
    began = time.monotonic()
    lines = chosen(args)
    print(f"faults: seed {seed}, of each series {'the usual' if args.limit is None else args.limit}"
          f" calls, of each verb and kind {args.per_call or 'all'}, {len(lines)} series", flush=True)
    failures = []
    with multiprocessing.Pool(args.jobs, _start, (str(root), multiprocessing.Value("i", 0))) as pool:
        counts = {}
        keys = list(dict.fromkeys((line.verb, line.strategy, line.old) for line in lines))
        for key, main, start, error in pool.imap_unordered(_count, keys):
            counts[key] = {"main": main, "start": start}
            if error:
                failures.append(f"{key}: {error}")
        jobs, totals = jobs_of(lines, counts, args, rng)
        table = Table(totals)
        left_out = len(jobs)
        print(f"faults: {sum(map(len, jobs))} tries in {len(jobs)} groups after "
              f"{time.monotonic() - began:.0f} s", flush=True)
        try:
            # In order, so that a worker seldom makes another series ready.
            for results in pool.imap_unordered(_try, jobs):
                table.add(results)
                left_out -= 1
                if args.seconds and time.monotonic() - began > args.seconds:
                    break
        except KeyboardInterrupt:
            pass
        pool.terminate()
        pool.join()
    print(table.text())
    for one, what, problems in table.bad[:args.show]:
        print(f"bad: scripts/faults --try '{one}'   # at {what}")
        for problem in problems:
            print(f"     {problem}")
    if len(table.bad) > args.show:
        print(f"... and {len(table.bad) - args.show} more bad ones (--show, --json)")
    for failure in failures:
        print(f"cannot begin: {failure}")
    if left_out:
        print(f"stopped early: {left_out} of {len(jobs)} groups were not tried")
    print(f"faults: {sum(row[0] for row in table.rows.values())} tried, {len(table.bad)} bad, "
          f"seed {seed}, {time.monotonic() - began:.0f} s", flush=True)
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps({
            "seed": seed, "rows": [[*key, *row] for key, row in table.rows.items()],
            "bad": table.bad, "failures": failures}, indent=1))
    return 1 if table.bad or failures else 0


def _interrupt(*_) -> None:
    raise KeyboardInterrupt


def main() -> int:
    args = options()
    # What was tried until then is worth a table.
    signal.signal(signal.SIGTERM, _interrupt)
    # In memory where that can be, since a sync to the disk takes longer than all else.
    parent = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    root = pathlib.Path(tempfile.mkdtemp(prefix="faults-", dir=parent))
    try:
        return try_one(args.one, root) if args.one else run_all(args, root)
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
