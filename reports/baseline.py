"""Baselines: the gated figures of one run, in a file that is kept under version control.

Sorted keys and one line per measure, so that a change of a figure is a change of one line. Every
measure has `min`, `median` and `max`, and `samples` where not every repetition has it. `unstable`
in a case lists the exact measures whose repetitions differed when the baseline was saved: the gate
judges those by their spread.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from reports.checks import parse_json
from reports.errors import EXIT_CASE_FAILED, EXIT_INCOMPARABLE, ReportError
from reports.policy import Policy
from reports.results import Results, Stat
from reports.snapshot import CaseSnapshot, Snapshot

BASELINE_VERSION = 1

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
            f"first: {failed[0].key.id}: {first.status}: {first.message}",
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
    return _write(document, 0) + "\n"


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


def load_baseline(path: str | Path) -> Snapshot:
    """Errors: ReportError; one with exit code 4 when there is no such file."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ReportError(
            f"{path}: no baseline there; make one with: baseline save results.json -o {path}",
            EXIT_INCOMPARABLE,
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ReportError(f"{path}: cannot be read: {error}") from None
    return parse_baseline(text, str(path))


def parse_baseline(text: str, name: str) -> Snapshot:
    document = parse_json(text, name)
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
    try:
        cases = {
            case_id: CaseSnapshot(
                {key: _stat(entry, case["samples"]) for key, entry in case["measures"].items()},
                input_bytes=case["input_bytes"], output_digest=case["output_digest"],
                samples=case["samples"],
            )
            for case_id, case in document["cases"].items()
        }  # fmt: skip
        context = {key: document["context"][key] for key in _CONTEXT_KEYS}
        label = (
            f"{document['name']}, {(context['commit'] or 'unknown commit')[:12]}, "
            f"{context['date'][:10]}"
        )
        return Snapshot(name, label, dict(document["machine_class"]), context, cases)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ReportError(
            f"{name}: not a complete baseline: {type(error).__name__} {error}; save it anew"
        ) from None


def _stat(entry: dict[str, Any], samples: int) -> Stat:
    low, middle, high = entry["min"], entry["median"], entry["max"]
    for value in (low, middle, high):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"figure {value!r} is not a number")
    if not low <= middle <= high:
        raise ValueError(f"min {low}, median {middle}, max {high} are out of order")
    return Stat(low, middle, high, entry.get("samples", samples))
