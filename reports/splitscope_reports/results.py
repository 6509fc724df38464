"""Loads results.json: validates it against the schema and returns plain dataclasses.

The format is described in harness/result/result_format.md. Medians, minima and maxima are those of
the file's aggregate rows, which the program has computed; a file in which they contradict its samples
is refused.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from splitscope_reports.checks import Place, first_schema_error, named, parse_json
from splitscope_reports.errors import ReportError
from splitscope_reports.sources import read_source

SCHEMA_VERSION = 1

Number = float  # an int stays an int: byte counts above 2^53 keep their last digit

# Row keys that are numbers or null without being measures.
_NOT_MEASURES = frozenset({
    "family_index", "per_family_instance_index", "repetitions", "repetition_index", "threads",
    "iterations", "real_time", "cpu_time", "samples", "expected_peak_bytes", "input_bytes",
    "output_bytes", "output_digest", "message", "read_sizes", "heap_sizes", "process_rows",
})  # fmt: skip

# In the order of Stat.
_AGGREGATES = ("min", "median", "max")

# At how many rows the writer thins a timeline.
_MAX_TIMELINE_ROWS = 2000


@dataclass(frozen=True, order=True)
class CaseKey:
    """One point of the matrix. Equal ids in two files are the same case."""

    workload: str
    input: str
    allocator: str
    concurrency: int
    cache: str
    strategy: str
    memory_cap: str = ""  # "64MiB"; empty without one

    @property
    def id(self) -> str:
        return (
            f"{self.workload}/{self.strategy}/{self.input}/{self.allocator}/"
            f"c{self.concurrency}/{self.cache}" + (f"/cap-{self.memory_cap}" if self.memory_cap else "")
        )

    @property
    def conditions(self) -> str:
        """The state of the page cache, and the cap where there is one."""
        return f"{self.cache}, capped at {self.memory_cap}" if self.memory_cap else self.cache


@dataclass(frozen=True)
class Phase:
    name: str
    start_us: int
    end_us: int
    peak_heap_bytes: int | None
    end_heap_bytes: int | None
    pss_bytes: int | None
    # The highest that samples saw; None in files of before too.
    peak_rss_bytes: int | None = None
    peak_rss_anon_bytes: int | None = None
    peak_rss_file_bytes: int | None = None
    peak_rss_shmem_bytes: int | None = None
    # Of whoever began it, where several processes of a command did.
    pid: int | None = None


@dataclass(frozen=True)
class Process:
    """One process of a measured command; `parent` is 0 for the command itself."""

    pid: int
    parent: int
    command: str
    started_us: int
    ended_us: int
    peak_rss_bytes: int | None
    peak_at_least: bool
    peak_heap_bytes: int | None
    heap_absent: str | None
    heap_allocations: int | None = None
    status: int | None = None
    signal: int | None = None


@dataclass(frozen=True)
class Stat:
    """One measure over the ok samples that have it; `samples` says how many those are."""

    min: Number
    median: Number
    max: Number
    samples: int

    @classmethod
    def of(cls, values: Sequence[Number]) -> Stat:
        """For a file without aggregate rows; as the program computes those."""
        ordered = sorted(values)
        low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
        whole = isinstance(low, int) and isinstance(high, int)
        middle = low + (high - low) // 2 if whole else low + (high - low) / 2
        return cls(ordered[0], middle, ordered[-1], len(ordered))


@dataclass(frozen=True)
class Sample:
    key: CaseKey
    repetition: int
    status: str
    message: str | None
    measures: dict[str, Number | None]
    absent: dict[str, str]
    expected_peak_bytes: int | None = None
    input_bytes: int | None = None
    output_bytes: int | None = None
    output_digest: str | None = None
    phases: tuple[Phase, ...] = ()
    timeline: tuple[tuple[int | None, ...], ...] = ()
    read_sizes: dict[int, int] | None = None
    heap_sizes: dict[int, int] | None = None
    # Measures that come from samples: the truth may be higher.
    at_least: frozenset[str] = frozenset()
    processes: tuple[Process, ...] = ()

    @property
    def ok(self) -> bool:
        return self.status == "ok"

    @property
    def own_phases(self) -> tuple[Phase, ...]:
        """Of the process that began the first one: these do not overlap."""
        return tuple(phase for phase in self.phases if phase.pid == self.phases[0].pid)


@dataclass
class Case:
    """All samples of one case in the order in which they ran."""

    key: CaseKey
    samples: list[Sample] = field(default_factory=list)
    # The file's rows "min", "median" and "max" of the ok samples: name -> measure -> value. Empty
    # where the file does not have all three.
    aggregates: dict[str, dict[str, Number | None]] = field(default_factory=dict)

    @property
    def failures(self) -> list[Sample]:
        return [sample for sample in self.samples if not sample.ok]

    @property
    def ok_samples(self) -> list[Sample]:
        return [sample for sample in self.samples if sample.ok]

    @property
    def ok(self) -> bool:
        return not self.failures

    @property
    def columns(self) -> dict[str, list[Number]]:
        """The values of every measure that at least one ok sample has."""
        columns: dict[str, list[Number]] = {}
        for sample in self.ok_samples:
            for key, value in sample.measures.items():
                if value is not None:
                    columns.setdefault(key, []).append(value)
        return columns

    @cached_property
    def stats(self) -> dict[str, Stat]:
        """Of the same measures."""
        if not self.aggregates:
            return {key: Stat.of(values) for key, values in self.columns.items()}
        rows = [self.aggregates[name] for name in _AGGREGATES]
        return {
            key: Stat(*(row[key] for row in rows), len(values))
            for key, values in self.columns.items()
        }

    @property
    def absent(self) -> dict[str, str]:
        """Measure -> why it has no value in one ok sample or more."""
        reasons: dict[str, str] = {}
        for sample in self.ok_samples:
            for key, reason in sample.absent.items():
                reasons.setdefault(key, reason)
        return reasons

    @property
    def at_least(self) -> frozenset[str]:
        """Measures that come from samples in some repetition: the truth may be higher."""
        return frozenset().union(*(sample.at_least for sample in self.ok_samples))

    def median(self, measure: str) -> Number | None:
        stat = self.stats.get(measure)
        return stat.median if stat else None

    def _common(self, name: str) -> Any:
        values = {getattr(sample, name) for sample in self.ok_samples}
        return values.pop() if len(values) == 1 else None

    @property
    def input_bytes(self) -> int | None:
        return self._common("input_bytes")

    @property
    def expected_peak_bytes(self) -> int | None:
        return self._common("expected_peak_bytes")

    @property
    def output_digest(self) -> str | None:
        return self._common("output_digest")


@dataclass
class Results:
    name: str
    context: dict[str, Any]
    cases: dict[str, Case]

    @property
    def machine_class(self) -> dict[str, str]:
        return self.context["machine_class"]

    @property
    def complete(self) -> bool:
        """False for a run that goes on or was interrupted: it has what was finished by then."""
        return self.context.get("complete", True)

    @property
    def progress(self) -> str:
        """How much of what was planned an incomplete run has."""
        parts = []
        for key, done in (
            ("planned_cases", len(self.cases)),
            ("planned_samples", sum(len(case.samples) for case in self.cases.values())),
        ):
            if (planned := self.context.get(key)) is not None:
                parts.append(f"{done:,} of {planned:,} {key.removeprefix('planned_')}")
        return ", ".join(parts) or "nobody knows how much of it"

    @property
    def repetitions(self) -> tuple[int, int]:
        """Of the case with the fewest and of the one with the most."""
        counts = [len(case.samples) for case in self.cases.values()] or [0]
        return min(counts), max(counts)

    @property
    def failed_cases(self) -> list[Case]:
        return [case for case in self.cases.values() if not case.ok]


def load(path: str | os.PathLike[str]) -> Results:
    """Errors: ReportError that says where in the file, what was expected and what was found."""
    source = read_source(path)
    return parse(source.text, source.name)


def parse(text: str, name: str) -> Results:
    return from_document(parse_json(text, name), name)


def from_document(document: Any, name: str) -> Results:
    """Keeps no part of `document` that it would change."""
    _check_version(document, name)
    error = first_schema_error(document, name)
    if error:
        raise ReportError(error)

    cases: dict[str, Case] = {}
    aggregates: dict[str, dict[str, tuple[Place, dict[str, Any]]]] = {}
    for index, row in enumerate(document["benchmarks"]):
        place = Place(name, index, row["run_name"])
        key = CaseKey(**row["case"])
        _check_name(row, key, place)
        if row["run_type"] == "aggregate":
            of_case = aggregates.setdefault(key.id, {})
            if row["aggregate_name"] in of_case:
                place.fail("aggregate_name", "each once", f"a second '{row['aggregate_name']}'")
            of_case[row["aggregate_name"]] = (place, row)
            continue
        case = cases.setdefault(key.id, Case(key))
        if case.key != key:
            place.fail("case", "one case for each name", "a second that is spelled alike")
        sample = _sample(row, key, place)
        if any(other.repetition == sample.repetition for other in case.samples):
            place.fail(
                "repetition_index", "one row per repetition", f"a second {sample.repetition}"
            )
        case.samples.append(sample)
    if document["benchmarks"] and not cases:
        raise ReportError(
            f"{name}: benchmarks: expected rows of single samples, found aggregates "
            "only; run without --benchmark_report_aggregates_only"
        )
    for case_id, case in cases.items():
        _take_aggregates(case, aggregates.get(case_id, {}))
    return Results(name, document["context"], cases)


def _take_aggregates(case: Case, rows: dict[str, tuple[Place, dict[str, Any]]]) -> None:
    """Errors: ReportError where they are not of the samples that the file has."""
    if not rows.keys() >= set(_AGGREGATES):
        return
    ok = len(case.ok_samples)
    for place, row in rows.values():
        if row["samples"] != ok:
            place.fail("samples", f"{ok}, as many as are ok", str(row["samples"]))
    for key, values in case.columns.items():
        least, greatest = min(values), max(values)
        for name, low, high in (("min", least, least), ("median", least, greatest),
                                ("max", greatest, greatest)):  # fmt: skip
            place, row = rows[name]
            found = row.get(key)
            if found is None or not low <= found <= high:
                wanted = str(low) if low == high else f"{low} .. {high}"
                place.fail(key, f"{wanted}, by the rows of the samples", named(repr(found)))
    case.aggregates = {name: row for name, (_, row) in rows.items()}


def _check_version(document: Any, name: str) -> None:
    """Before everything else: a newer file would fail the schema in a misleading place."""
    context = document.get("context") if isinstance(document, dict) else None
    if not isinstance(context, dict) or "schema_version" not in context:
        raise ReportError(
            f"{name}: context.schema_version: expected {SCHEMA_VERSION}, found none; "
            "is this a file of splitscope run?"
        )
    version = context["schema_version"]
    if isinstance(version, int) and not isinstance(version, bool) and version > SCHEMA_VERSION:
        raise ReportError(
            f"{name}: context.schema_version: the file has version {version}, this "
            f"reader knows versions up to {SCHEMA_VERSION}; use a newer splitscope"
        )


def _check_name(row: dict[str, Any], key: CaseKey, place: Place) -> None:
    if row["run_name"] != key.id:
        place.fail(
            "run_name", f"'{named(key.id)}', as its case spells it", f"'{named(row['run_name'])}'"
        )
    suffix = f"_{row['aggregate_name']}" if row["run_type"] == "aggregate" else ""
    if row["name"] != key.id + suffix:
        place.fail("name", f"'{named(key.id)}{suffix}'", f"'{named(row['name'])}'")


def _is_measure(key: str, value: Any) -> bool:
    return key not in _NOT_MEASURES and (
        value is None or isinstance(value, (int, float)) and not isinstance(value, bool)
    )


def _sample(row: dict[str, Any], key: CaseKey, place: Place) -> Sample:
    measures = {name: value for name, value in row.items() if _is_measure(name, value)}
    absent = row.get("absent", {})
    for name, value in measures.items():
        if value is None and name not in absent:
            place.fail(f"absent.{named(name)}", "the reason why the measure is null", "none")
    for name in absent:
        if row.get(name) is not None:
            place.fail(
                f"absent.{named(name)}",
                "no reason, because the measure has a value",
                named(repr(row[name])),
            )
    timeline = row.get("timeline", {"rows": []})["rows"]
    _check_timeline(timeline, place)
    phases = tuple(Phase(**phase) for phase in row.get("phases", []))
    for index, phase in enumerate(phases):
        if phase.end_us < phase.start_us:
            place.fail(
                f"phases[{index}].end_us",
                f"at least start_us = {phase.start_us}",
                str(phase.end_us),
            )
    return Sample(
        key, row["repetition_index"], row["status"], row["message"], measures, absent,
        row.get("expected_peak_bytes"), row.get("input_bytes"), row.get("output_bytes"),
        row.get("output_digest"), phases, tuple(map(tuple, timeline)),
        _histogram(row.get("read_sizes")), _histogram(row.get("heap_sizes")),
        frozenset(row.get("at_least", ())),
        tuple(Process(**process) for process in row.get("process_rows") or ()),
    )  # fmt: skip


def _check_timeline(rows: Any, place: Place) -> None:
    """In code because a schema validator takes minutes over the millions of cells of a suite."""
    if not isinstance(rows, list):
        place.fail("timeline.rows", "an array", type(rows).__name__)
    if len(rows) > _MAX_TIMELINE_ROWS:
        place.fail("timeline.rows", f"at most {_MAX_TIMELINE_ROWS} rows", str(len(rows)))
    before = 0
    for index, row in enumerate(rows):
        where = f"timeline.rows[{index}]"
        if not isinstance(row, list) or len(row) != 5:
            place.fail(where, "five numbers", named(repr(row)))
        for column, cell in enumerate(row):
            if type(cell) is int and 0 <= cell < 2**64 or cell is None and column == 4:
                continue
            place.fail(
                f"{where}[{column}]", "a whole number from 0 to 2^64 - 1", named(repr(cell))
            )
        if row[0] < before:
            place.fail(f"{where}[0]", f"a time not before {before} us", str(row[0]))
        before = row[0]


def _histogram(counts: dict[str, int] | None) -> dict[int, int] | None:
    if counts is None:
        return None
    return dict(sorted((int(bound), count) for bound, count in counts.items()))


def natural_key(text: str) -> list[Any]:
    """Sorts `5x200MiB` after `5x50MiB`. Runs of digits are compared as numbers of any size; every
    second part is one."""
    parts: list[Any] = re.split(r"([0-9]+)", text)
    for index in range(1, len(parts), 2):
        digits = parts[index].lstrip("0")
        parts[index] = (len(digits), digits)
    return parts


def by_group(cases: Iterable[Case]) -> dict[tuple[str, str, str, int, str], list[Case]]:
    """Cases that differ in the strategy only, in the order of the file, groups sorted."""
    groups: dict[tuple[str, str, str, int, str], list[Case]] = {}
    for case in cases:
        key = case.key
        group = (key.workload, key.input, key.allocator, key.concurrency, key.conditions)
        groups.setdefault(group, []).append(case)
    order: dict[str, int] = {}
    for workload, *_ in groups:
        order.setdefault(workload, len(order))
    return dict(
        sorted(
            groups.items(),
            key=lambda item: (
                order[item[0][0]],
                natural_key(item[0][1]),
                item[0][2],
                item[0][3],
                item[0][4],
            ),
        )
    )
