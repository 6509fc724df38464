#!/usr/bin/env python3
"""Runs programs that know what they do under `splitscope exec` and `run`, and compares every figure
with what they say of themselves. Exit status 1 when a figure lies outside.

    truth.py --splitscope BINARY --programs FOLDER [--repetitions N] [--only WORD] [--page FILE]
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

import page
import programs

# What an error may be: the larger of these two.
MOST_BYTES = 256 << 10
MOST_SHARE = 0.005


@dataclasses.dataclass
class Figure:
    """One measure of one program over all repetitions."""

    truth: int = 0
    error: int = 0
    repetitions: int = 0
    outside: list[str] = dataclasses.field(default_factory=list)
    judged: str = "near"

    def allowed(self) -> str:
        return {"exact": "0", "near": "0.5 % or 256 KiB", "at least": "at least"}[self.judged]

    def add(self, truth: int, measured: int, judged: str, resolution: int = 0) -> None:
        error = measured - truth
        self.repetitions += 1
        if self.repetitions == 1 or abs(error) > abs(self.error):
            self.truth, self.error = truth, error
        self.judged = judged
        room = 0 if judged == "exact" else max(MOST_BYTES, truth * MOST_SHARE, resolution)
        if error > room or (error < -room and judged != "at least"):
            self.outside.append(f"measured {measured}, truth {truth}")


Table = dict[tuple[str, str, str], Figure]


def told(path: pathlib.Path) -> dict[str, int]:
    """What the program said; the last word counts."""
    lines = path.read_text(encoding="ascii").split("\n")[:-1] if path.exists() else []
    return {key: int(value) for key, value in (line.split() for line in lines)}


def row_of(folder: pathlib.Path) -> dict:
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    (row,) = [row for row in results["benchmarks"] if row["run_type"] == "iteration"]
    return {**row, "resolution": results["context"].get("rss_resolution_bytes", 0)}


class Judge:
    """Collects figures; `complaints` are what is wrong beside them."""

    def __init__(self) -> None:
        self.table: Table = collections.defaultdict(Figure)
        self.complaints: list[str] = []

    def compare(self, verb: str, program: programs.Program, truth: dict[str, int],
                row: dict) -> None:
        where = f"{verb} {program.name}"
        if row["status"] != program.status:
            self.complaints.append(f"{where}: status {row['status']}: {row['message']}")
            return
        if not truth:
            self.complaints.append(f"{where}: the program told nothing")
        for measure, value in truth.items():
            name, _, pid = measure.partition("@")
            if pid:
                self.compare_process(verb, program, int(pid), value, row)
            elif name in program.absent:
                self.check_absent(where, name, program.absent[name], row)
            else:
                self.compare_measure(verb, program, name, value, row)

    def check_absent(self, where: str, measure: str, word: str, row: dict) -> None:
        reason = row["absent"].get(measure, "")
        if row[measure] is not None or word not in reason:
            self.complaints.append(f"{where}: {measure} should be null because of {word!r}, is "
                                   f"{row[measure]} because of {reason!r}")

    def compare_measure(self, verb: str, program: programs.Program, measure: str, truth: int,
                        row: dict) -> None:
        measured = row[measure]
        judged = "near"
        if measure in programs.EXACT and not (program.heap_is_sum and measure != "processes"):
            judged = "exact"
        if measure in program.unseen:
            judged = "at least"
            if measure not in row["at_least"]:
                self.complaints.append(f"{verb} {program.name}: {measure} is not said to be at least")
        if measured is None:
            self.complaints.append(f"{verb} {program.name}: {measure} is null: "
                                   f"{row['absent'].get(measure)}")
            return
        resolution = row["resolution"] if program.mark_only and judged == "near" else 0
        self.table[verb, program.name, measure].add(truth, measured, judged, resolution)

    def compare_process(self, verb: str, program: programs.Program, pid: int, truth: int,
                        row: dict) -> None:
        rows = [one for one in row["process_rows"] if one["pid"] == pid]
        if len(rows) != 1 or rows[0]["peak_rss_bytes"] is None:
            self.complaints.append(f"{verb} {program.name}: no row of process {pid}")
            return
        figure = self.table[verb, program.name, "peak_rss_bytes of a process"]
        figure.add(truth, rows[0]["peak_rss_bytes"], "near")


def measure_exec(splitscope: str, folder: pathlib.Path, program: programs.Program,
                 judge: Judge) -> None:
    with tempfile.TemporaryDirectory(prefix="truth-") as place:
        truth = pathlib.Path(place) / "truth"
        out = pathlib.Path(place) / "out"
        done = subprocess.run(
            [splitscope, "exec", "--timeout", "120", "--stdin", "null", *program.options, "--out",
             str(out), "--", str(folder / program.binary), str(truth), *program.words],
            capture_output=True, text=True, check=False)
        try:
            row = row_of(out)
        except (OSError, ValueError):
            judge.complaints.append(f"exec {program.name}: no result: {done.stderr.strip()}")
            return
        judge.compare("exec", program, told(truth), row)


class Runs:
    """`run` of the plugin's strategy, each with options of its own, over the same small input."""

    SUITE = {"about": "of known behaviour", "repetitions": 1, "strategies": ["streaming"], "cases": [
        {"workload": "extract",
         "input": {"profile": "logs", "size": "1MB", "count": 1, "seed": 42}}]}

    def __init__(self, splitscope: str, plugin: pathlib.Path, place: pathlib.Path) -> None:
        self.splitscope = splitscope
        self.place = place
        self.plugin = place / plugin.name
        shutil.copy(plugin, self.plugin)
        (place / "suite.json").write_text(json.dumps(self.SUITE), encoding="utf-8")

    def run(self, options: str) -> tuple[dict, dict[str, int]]:
        """Its row and what it told."""
        truth = pathlib.Path(f"{self.plugin}.truth")
        truth.unlink(missing_ok=True)
        strategy = f"truth:{options}" if options else "truth"
        subprocess.run(
            [self.splitscope, "run", "--suite", str(self.place / "suite.json"), "--plugin",
             str(self.plugin), "--strategy", strategy, "--cache-dir", str(self.place / "cache"),
             "--out", str(self.place / "out")], capture_output=True, text=True, check=True)
        return row_of(self.place / "out"), told(truth)

    def measure(self, strategy: programs.Strategy, judge: Judge) -> None:
        base_row, base_told = self.run(strategy.base)
        row, truth = self.run(strategy.options)
        if not truth:
            judge.complaints.append(f"run {strategy.name}: it told nothing")
        for word, value in truth.items():
            measure = word.lstrip("+")
            if word.startswith("+"):
                value += base_row[measure] - base_told.get(word, 0)
            judged = "exact" if measure in programs.EXACT else "near"
            judge.table["run", strategy.name, measure].add(value, row[measure], judged)


def footprint(splitscope: str, repetitions: int) -> dict[str, float]:
    """What `true` takes more with the heap shim than without, by kind; medians."""
    kinds = ("peak_rss_bytes", *programs.KINDS)
    taken: dict[str, dict[str, list[int]]] = {heap: {kind: [] for kind in kinds}
                                              for heap in ("on", "off")}
    for _ in range(repetitions):
        for heap, figures in taken.items():
            with tempfile.TemporaryDirectory(prefix="truth-") as place:
                subprocess.run([splitscope, "exec", "--heap", heap, "--out", place, "--", "/bin/true"],
                               capture_output=True, check=True)
                row = row_of(pathlib.Path(place))
            for kind, values in figures.items():
                values.append(row[kind])
    return {kind: statistics.median(taken["on"][kind]) - statistics.median(taken["off"][kind])
            for kind in kinds}


def cannot_follow(splitscope: str) -> str:
    """Why trees are only sampled here; then no peak of theirs is exact."""
    done = subprocess.run([splitscope, "exec", "--", "/bin/true"], capture_output=True, text=True,
                          check=True)
    lines = [line for line in done.stderr.splitlines() if "not followed" in line]
    return lines[0] if lines else ""


def percent(figure: Figure) -> str:
    return f"{100 * figure.error / figure.truth:+.3f} %" if figure.truth else "-"


def lines_of(table: Table) -> list[list[str]]:
    return [[verb, name, measure, f"{figure.truth:,}", f"{figure.error:+,}", percent(figure),
             figure.allowed(), str(figure.repetitions), str(len(figure.outside))]
            for (verb, name, measure), figure in table.items()]


HEADINGS = ["verb", "program", "measure", "truth", "worst error", "of it", "allowed", "repetitions",
            "outside"]


def show(table: Table) -> None:
    lines = [HEADINGS, *lines_of(table)]
    widths = [max(map(len, column)) for column in zip(*lines)]
    for line in lines:
        cells = [cell.ljust(width) if i < 3 else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(line, widths))]
        print("  ".join(cells).rstrip())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splitscope", required=True)
    parser.add_argument("--programs", required=True, type=pathlib.Path)
    parser.add_argument("--plugin", required=True, type=pathlib.Path)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--only", default="", help="Programs whose name has this in it")
    parser.add_argument("--page", type=pathlib.Path, help="Writes docs/accuracy.md there")
    given = parser.parse_args()
    if reason := cannot_follow(given.splitscope):
        print(f"SKIPPED: {reason}")
        return 0
    judge = Judge()
    chosen = [one for one in programs.EXEC if given.only in one.name]
    skipped = [one for one in chosen if not (given.programs / one.binary).exists()]
    for one in skipped:
        print(f"SKIPPED: {one.name}: {one.binary} could not be built here")
    # In turns, so that what else goes on meets all of them alike.
    with tempfile.TemporaryDirectory(prefix="truth-") as place:
        runs = Runs(given.splitscope, given.plugin, pathlib.Path(place))
        for _ in range(given.repetitions):
            for one in chosen:
                if one not in skipped:
                    measure_exec(given.splitscope, given.programs, one, judge)
            for strategy in programs.RUN:
                if given.only in strategy.name:
                    runs.measure(strategy, judge)
    show(judge.table)
    if given.page:
        shim = footprint(given.splitscope, given.repetitions)
        unseen = [(one.name, measure, one.why) for one in chosen for measure in one.unseen]
        unseen += [(one.name, measure, f"no shim: {word}") for one in chosen
                   for measure, word in list(one.absent.items())[:1]]
        given.page.write_text(page.page(
            judge.table, judge.complaints, [f"{one.name} ({one.binary} could not be built)"
                                            for one in skipped],
            unseen, shim, given.repetitions), encoding="utf-8")
    for complaint, count in collections.Counter(judge.complaints).items():
        print(f"WRONG ({count}): {complaint}")
    for (verb, name, measure), figure in judge.table.items():
        for text in figure.outside[:1]:
            print(f"OUTSIDE ({len(figure.outside)} of {figure.repetitions}): {verb} {name}: "
                  f"{measure}: {text}")
    return 1 if judge.complaints or any(one.outside for one in judge.table.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
