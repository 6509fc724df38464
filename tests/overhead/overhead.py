#!/usr/bin/env python3
"""Writes docs/overhead.md: what measuring costs, by splitscope and by others, on programs that
allocate a lot, start a lot of processes, or do real work.

    overhead.py --splitscope BINARY --programs FOLDER --library SHIM [--rounds N] [--page FILE]

Each way is run in turns with the plain command (plain, way, plain, way, ...), and each run gives a
ratio to the plain one before it, so that a machine whose speed drifts drifts under both.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
import dataclasses
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

PYTHON_LOOP = "x = [str(i) * 9 for i in range(400000)]; y = [bytes(i % 999) for i in range(400000)]"


@dataclasses.dataclass(frozen=True)
class Load:
    name: str
    words: list[str]
    # For what is tens of times slower.
    short: list[str] | None = None
    forks: bool = False


@dataclasses.dataclass(frozen=True)
class Way:
    """`before` goes before the command's words. `plain` is the environment that it is compared
    with: that of the same allocator without profiling."""

    name: str
    before: list[str] = dataclasses.field(default_factory=list)
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    plain: dict[str, str] = dataclasses.field(default_factory=dict)
    slow: bool = False
    absent: str = ""
    only: str = ""


@dataclasses.dataclass
class Times:
    wall: float
    processor: float


def timed(words: list[str], environment: dict[str, str], folder: pathlib.Path) -> Times:
    """Of the command with all that it waited for; it must succeed."""
    begin = time.monotonic()
    child = subprocess.Popen(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, env={**os.environ, **environment})
    said = child.stderr.read() if child.stderr else b""
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - begin
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {child.returncode}: {said.decode()[-300:]}")
    return Times(wall, usage.ru_utime + usage.ru_stime)


def merge(given: argparse.Namespace, folder: pathlib.Path, size: str, count: int) -> list[str]:
    made = folder / size
    subprocess.run([given.splitscope, "generate", "--profile", "logs", "--size", size, "--count",
                    str(count), "-o", str(made)], check=True, capture_output=True)
    splits = sorted(str(path) for path in made.rglob("*.split"))
    return [given.splitscope, "merge", "--no-sync", *splits, "-o", str(folder / "merged.split")]


def loads(given: argparse.Namespace, folder: pathlib.Path) -> list[Load]:
    loop = str(given.programs / "overhead_loop")
    made = [Load(f"loop, {threads} thread{'s' if threads > 1 else ''}",
                 [loop, given.millions, str(threads)], [loop, "0.1", str(threads)]) for threads in (1, 2, 4)]
    script = "i=0; while [ $i -lt {} ]; do /bin/true; i=$((i + 1)); done"
    made.append(Load("shell script, 500 processes", ["sh", "-c", script.format(500)],
                     ["sh", "-c", script.format(5)], forks=True))
    made.append(Load("merge of 5 x 20 MB", merge(given, folder, "20MB", 5),
                     merge(given, folder, "1MB", 2)))
    made.append(Load("python3, lists of texts", ["/usr/bin/python3", "-c", PYTHON_LOOP],
                     ["/usr/bin/python3", "-c", PYTHON_LOOP.replace("400000", "10000")]))
    return made


def library(name: str) -> str:
    known = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=False)
    for line in known.stdout.splitlines():
        if line.split() and line.split()[0] == name:
            return line.split()[-1]
    return ""


def tool(name: str) -> str:
    return "" if shutil.which(name) else f"{name} is not installed"


def ways(given: argparse.Namespace, folder: pathlib.Path) -> list[Way]:
    shim = str(given.library)
    window = str(given.programs / "liboverhead_window.so")
    jemalloc = library("libjemalloc.so.2")
    tcmalloc = library("libtcmalloc.so.4")
    execute = [given.splitscope, "exec", "--stdin", "null"]
    profile = "prof:true,prof_final:true,prof_prefix:" + str(folder / "je")
    return [
        # Nothing against nothing: what other programs on the machine make of a ratio of 1.
        Way("nothing"),
        Way("heap shim, idle", environment={"LD_PRELOAD": shim}),
        Way("heap shim, window open", environment={"LD_PRELOAD": f"{shim}:{window}"}),
        Way("`exec`: tree and heap", [*execute, "--"]),
        Way("`exec --heap off`: tree", [*execute, "--heap", "off", "--"]),
        Way("heaptrack", ["heaptrack", "-o", str(folder / "heaptrack")], slow=True,
            absent=tool("heaptrack")),
        Way("valgrind massif", ["valgrind", "-q", "--tool=massif", "--trace-children=yes",
                                f"--massif-out-file={folder}/massif.%p"], slow=True,
            absent=tool("valgrind")),
        Way("valgrind dhat", ["valgrind", "-q", "--tool=dhat", "--trace-children=yes",
                              f"--dhat-out-file={folder}/dhat.%p"], slow=True,
            absent=tool("valgrind")),
        Way("memray", [shutil.which("memray") or "", "run", "-q", "-f", "-o", str(folder / "memray")],
            absent=tool("memray"), only="python3"),
        Way("jemalloc's profiler, against jemalloc",
            environment={"LD_PRELOAD": jemalloc, "MALLOC_CONF": profile},
            plain={"LD_PRELOAD": jemalloc}, absent="" if jemalloc else "jemalloc is not installed"),
        Way("gperftools' profiler, against tcmalloc",
            environment={"LD_PRELOAD": tcmalloc, "HEAPPROFILE": str(folder / "gperftools")},
            plain={"LD_PRELOAD": tcmalloc}, slow=True,
            absent="" if tcmalloc else "tcmalloc is not installed"),
    ]


def words_of(way: Way, load: Load, short: bool) -> list[str]:
    words = load.short if short and load.short else load.words
    if way.name == "memray":
        return [*way.before, "-c", words[2]]
    return [*way.before, *words]


@dataclasses.dataclass
class Row:
    load: Load
    way: Way
    short: bool
    plain: list[Times] = dataclasses.field(default_factory=list)
    measured: list[Times] = dataclasses.field(default_factory=list)
    failed: str = ""

    def ratios(self, what: str) -> list[float]:
        return [getattr(b, what) / getattr(a, what) for a, b in zip(self.plain, self.measured)]


def measure(given: argparse.Namespace, folder: pathlib.Path,
            so_far: Callable[[list[Row]], None]) -> list[Row]:
    rows = []
    for load in loads(given, folder):
        for way in ways(given, folder):
            if way.absent or (way.only and way.only not in load.name):
                continue
            rows.append(Row(load, way, way.slow and load.short is not None))
    for turn in range(given.rounds):
        for row in rows:
            # The slow ones differ by so much that few rounds say it.
            if row.failed or (row.way.slow and turn >= given.slow_rounds):
                continue
            try:
                plain = row.load.short if row.short and row.load.short else row.load.words
                row.plain.append(timed(plain, row.way.plain, folder))
                row.measured.append(timed(words_of(row.way, row.load, row.short),
                                          row.way.environment, folder))
            except (OSError, RuntimeError) as error:
                row.failed = str(error)
                print(row.failed, file=sys.stderr)
            clear(folder)
        print(f"round {turn + 1} of {given.rounds}", file=sys.stderr)
        so_far(rows)
    return rows


def clear(folder: pathlib.Path) -> None:
    """Profiles go; inputs stay."""
    for path in folder.iterdir():
        if path.is_file():
            path.unlink()


def spread(values: list[float]) -> str:
    if not values:
        return "-"
    return f"{min(values):.3f} / **{statistics.median(values):.3f}** / {max(values):.3f}"


INTRODUCTION = """# What measuring costs

Made by `scripts/overhead`. Ratios to the same command without anything, as min / **median** / max of
pairs that ran one after the other; 1.02 is 2 % more. Processor time is that of the command and of all
that measures it, the start of `exec` included; wall time also holds what other programs took meanwhile.

- The loop allocates and frees 16 to 4112 bytes with 4096 blocks live in each thread, {millions} million times.
- heaptrack, valgrind and gperftools' profiler run less of the same instead (a loop of 100,000, a script
  of 5 processes, a merge of 2 MB), against plain runs of that; their start weighs more there.
- The script starts `/bin/true` over and over: nothing but fork, exec and exit.
- Profilers of allocators are compared with the same allocator without them. jemalloc's samples every
  512 KiB, gperftools' takes the stack of every allocation.
"""


def start_of_exec(given: argparse.Namespace, folder: pathlib.Path) -> float:
    """Seconds of processor time that `exec -- true` takes more than `true`."""
    command = [given.splitscope, "exec", "--stdin", "null", "--", "/bin/true"]
    more = [timed(command, {}, folder).processor - timed(["/bin/true"], {}, folder).processor
            for _ in range(10)]
    return statistics.median(more)


# Way, load, and the most that the median of the processor time may be.
GOALS = [("heap shim, window open", "loop, 1 thread", 1.05),
         ("heap shim, window open", "merge of 5 x 20 MB", 1.01),
         ("`exec`: tree and heap", "loop, 1 thread", 1.02),
         ("`exec`: tree and heap", "merge of 5 x 20 MB", 1.02),
         ("`exec`: tree and heap", "python3, lists of texts", 1.02),
         ("`exec --heap off`: tree", "loop, 1 thread", 1.02),
         ("`exec --heap off`: tree", "merge of 5 x 20 MB", 1.02)]


def goals(medians: dict[tuple[str, str], float]) -> str:
    text = ("\n## Goals\n\n| measured by | load | at most | median | |\n"
            "| --- | --- | --: | --: | --- |\n")
    for way, load, most in GOALS:
        if (way, load) in medians:
            value = medians[way, load]
            text += (f"| {way} | {load} | {most:.2f} | {value:.3f} | "
                     f"{'reached' if value <= most else 'not reached'} |\n")
    return text


def page(rows: list[Row], missing: list[str], start: float) -> str:
    text = INTRODUCTION
    text += (f"- Of `exec`, its start and end are {1000 * start:.1f} ms of processor time.\n"
             f"\nLinux {platform.release().split('-')[0]}, {os.cpu_count()} processors, load average "
             f"{os.getloadavg()[1]:.1f} at the end: the more others run, the wider the spread, and the "
             "median and the least say more than the most.\n")
    for name in dict.fromkeys(row.load.name for row in rows):
        of_load = [row for row in rows if row.load.name == name]
        plain = [one.processor for row in of_load if not row.short and not row.way.plain
                 for one in row.plain]
        text += f"\n## {name[0].upper()}{name[1:]}\n\n"
        if plain:
            text += f"Plain: {statistics.median(plain):.2f} s of processor time.\n\n"
        text += "| measured by | processor time | wall time | pairs |\n| --- | --- | --- | --: |\n"
        for row in of_load:
            if row.failed:
                text += f"| {row.way.name} | failed | | |\n"
                continue
            text += (f"| {row.way.name} | {spread(row.ratios('processor'))} | "
                     f"{spread(row.ratios('wall'))} | {len(row.measured)} |\n")
    text += goals({(row.way.name, row.load.name): statistics.median(row.ratios("processor"))
                   for row in rows if row.measured and not row.failed})
    for name in missing:
        text += f"\nNot measured: {name}.\n"
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splitscope", required=True)
    parser.add_argument("--programs", required=True, type=pathlib.Path)
    parser.add_argument("--library", required=True, type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--slow-rounds", type=int, default=3)
    parser.add_argument("--millions", default="8", help="How often the loop goes round")
    parser.add_argument("--page", type=pathlib.Path)
    given = parser.parse_args()
    given.splitscope = str(pathlib.Path(given.splitscope).resolve())
    given.programs = given.programs.resolve()
    given.library = given.library.resolve()
    with tempfile.TemporaryDirectory(prefix="overhead-") as place:
        folder = pathlib.Path(place)
        missing = [f"{way.name}: {way.absent}" for way in ways(given, folder) if way.absent]
        start = start_of_exec(given, folder)

        def write(rows: list[Row]) -> None:
            text = page(rows, missing, start).replace("{millions}", given.millions)
            if given.page:
                given.page.write_text(text, encoding="utf-8")
            else:
                print(text)

        rows = measure(given, folder, write)
    return 1 if any(row.failed for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
