"""Baselines: the gated figures of one run, in a file that is kept under version control.

Sorted keys and one line per measure, so that a change of a figure is a change of one line. Every
measure has `min`, `median` and `max`, and `samples` where not every repetition has it. `unstable`
in a case lists the exact measures whose repetitions differed when the baseline was saved: the gate
judges those by their spread.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from typing import Any

from splitscope_reports.checks import BASELINE_SCHEMA, first_schema_error, named, parse_json
from splitscope_reports.errors import EXIT_CASE_FAILED, EXIT_INCOMPARABLE, ReportError
from splitscope_reports.policy import Policy
from splitscope_reports.results import Results, Stat
from splitscope_reports.snapshot import CaseSnapshot, Snapshot, parts_of
from splitscope_reports.sources import NoSuchSource, read_source

BASELINE_VERSION = 1

# Halves of pairs that a JSON file may hold and UTF-8 cannot.
_SURROGATE = re.compile("[\ud800-\udfff]")

# Of the context: what the policy may ask to be equal, and what a reader wants to know.
_CONTEXT_KEYS = (
    "commit",
    "date",
    "dirty",
    "filesystem",
    "kernel",
    "page_size_bytes",
    "splitscope_version",
    "suite",
    "thp_mode",
)


def make_baseline(
    results: Results, policy: Policy, name: str, only: Iterable[str] = ()
) -> dict[str, Any]:
    """Errors: ReportError when a case failed, or when there is nothing to store."""
    failed = results.failed_cases
    if failed:
        first = failed[0].failures[0]
        raise ReportError(
            f"{results.name}: {len(failed)} failed case(s) cannot become a baseline; "
            f"first: {named(failed[0].key.id)}: {first.status}: {first.message}",
            EXIT_CASE_FAILED,
        )
    if not results.cases:
        raise ReportError(f"{results.name}: no cases to store")
    only = tuple(only)
    cases = {}
    for case_id, case in results.cases.items():
        measures, unstable = {}, []
        for key, stat in case.stats.items():
            rule = policy.rule(case_id, key)
            if rule is None or not rule.gated or only and rule.measure_class not in only:
                continue
            measures[key] = {"max": stat.max, "median": stat.median, "min": stat.min}
            if stat.samples < len(case.samples):
                measures[key]["samples"] = stat.samples
            if rule.exact and stat.min != stat.max:
                unstable.append(key)
        entry: dict[str, Any] = {
            "input_bytes": case.input_bytes, "measures": measures,
            "output_digest": case.output_digest, "samples": len(case.samples),
        }  # fmt: skip
        if unstable:
            entry["unstable"] = sorted(unstable)
        cases[case_id] = entry
    return {
        "baseline_version": BASELINE_VERSION, "cases": cases,
        "context": {key: results.context[key] for key in _CONTEXT_KEYS},
        "machine_class": results.machine_class, "name": name,
    }  # fmt: skip


def unstable_measures(document: dict[str, Any]) -> list[tuple[str, str, Stat]]:
    return [
        (case_id, key, _stat(entry["measures"][key], entry["samples"]))
        for case_id, entry in document["cases"].items()
        for key in entry.get("unstable", [])
    ]


def single_sample_cases(document: dict[str, Any]) -> list[str]:
    return [case_id for case_id, entry in document["cases"].items() if entry["samples"] < 2]


def to_text(document: dict[str, Any]) -> str:
    """Equal documents give equal bytes."""
    return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", _write(document, 0)) + "\n"


def _write(value: Any, depth: int) -> str:
    leaf = not isinstance(value, dict) or not value or "median" in value
    if leaf:
        return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)
    inner = "  " * (depth + 1)
    lines = [
        f"{inner}{json.dumps(key, ensure_ascii=False)}: {_write(item, depth + 1)}"
        for key, item in sorted(value.items())
    ]
    return "{\n" + ",\n".join(lines) + "\n" + "  " * depth + "}"


def no_baseline(path: str | os.PathLike[str]) -> ReportError:
    path = os.fspath(path)
    return ReportError(
        f"{path}: no baseline there; make one with: baseline save results.json -o {path}",
        EXIT_INCOMPARABLE,
    )


def load_baseline(path: str | os.PathLike[str]) -> Snapshot:
    """Errors: ReportError; one with exit code 4 when there is no such file."""
    try:
        source = read_source(path)
    except NoSuchSource:
        raise no_baseline(path) from None
    return parse_baseline(source.text, source.name)


def parse_baseline(text: str, name: str) -> Snapshot:
    return from_document(parse_json(text, name), name)


def from_document(document: Any, name: str) -> Snapshot:
    version = document.get("baseline_version") if isinstance(document, dict) else None
    if type(version) is not int:
        raise ReportError(
            f"{name}: baseline_version: expected {BASELINE_VERSION}, found "
            f"{'none' if version is None else repr(version)}; "
            "a baseline is made by: baseline save"
        )
    if version != BASELINE_VERSION:
        raise ReportError(
            f"{name}: baseline_version: the file has version {version}, this reader "
            f"knows {BASELINE_VERSION}"
        )
    error = first_schema_error(document, name, BASELINE_SCHEMA)
    if error:
        raise ReportError(f"{error}; save the baseline anew")
    cases = {}
    for case_id, case in document["cases"].items():
        try:
            stats = {key: _stat(entry, case["samples"]) for key, entry in case["measures"].items()}
        except ValueError as error:
            raise ReportError(f"{name}: cases.{named(case_id)}: {error}") from None
        cases[case_id] = CaseSnapshot(
            stats, input_bytes=case["input_bytes"], output_digest=case["output_digest"],
            samples=case["samples"], **parts_of(case_id),
        )  # fmt: skip
    context = {key: document["context"][key] for key in _CONTEXT_KEYS}
    label = (
        f"{document['name']}, {(context['commit'] or 'unknown commit')[:12]}, {context['date'][:10]}"
    )
    return Snapshot(name, label, dict(document["machine_class"]), context, cases)


def _stat(entry: dict[str, Any], samples: int) -> Stat:
    """Errors: ValueError about what a schema cannot say."""
    low, middle, high = entry["min"], entry["median"], entry["max"]
    if not low <= middle <= high:
        raise ValueError(f"min {low}, median {middle}, max {high} are out of order")
    have = entry.get("samples", samples)
    if have > samples:
        raise ValueError(f"{have} repetitions of {samples} have a figure")
    return Stat(low, middle, high, have)
