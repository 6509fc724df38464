"""Proves, before a verdict is believed, that the gate can fail: it plants a regression of one byte
in a copy of the first case that it judges, and must see it."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import Any

from splitscope_reports.compare import CaseComparison, Comparison, compare
from splitscope_reports.errors import EXIT_REGRESSION
from splitscope_reports.gate import decide
from splitscope_reports.judge import Judge, MeasureComparison
from splitscope_reports.measures import PEAKS, higher_is_better, is_bytes
from splitscope_reports.names import shortened, visible
from splitscope_reports.policy import Policy
from splitscope_reports.results import from_document
from splitscope_reports.snapshot import Snapshot, snapshot
from splitscope_reports.verdicts import REGRESSED

_GREATEST_COUNT = 2**64 - 1


@dataclass(frozen=True)
class SelfCheck:
    """`ok` is None where nothing was judged, so that there was nothing to plant in."""

    ok: bool | None
    text: str


def self_check(document: Any, comparison: Comparison, policy: Policy) -> SelfCheck:
    """`document` is what the new results were read from; it stays as it is."""
    case = next((case for case in comparison.cases if any(m.judged for m in case.measures)), None)
    if case is None:
        return SelfCheck(None, "self-check: nothing is judged, so that nothing could fail")
    measure = min((m for m in case.measures if m.judged), key=_preference)
    where = f"{measure.key} of {shortened(visible(case.case_id), 120)}"
    try:
        seen = _is_seen(document, comparison, policy, case, measure)
    except Exception as error:  # whatever went wrong, the gate has not shown that it can fail
        seen, where = False, f"{where} ({type(error).__name__}: {visible(str(error))})"
    if seen:
        return SelfCheck(True, f"self-check: ok (one too many in {where} is seen)")
    return SelfCheck(
        False, f"self-check: FAILED: a regression planted in {where} was not seen; believe no verdict"
    )


def _preference(measure: MeasureComparison) -> tuple:
    """A peak in bytes that is held exactly, where there is one."""
    exact = measure.rule is not None and measure.rule.exact and not measure.noisy
    return (not exact, measure.key not in PEAKS, not is_bytes(measure.key))


def _is_seen(
    document: Any,
    comparison: Comparison,
    policy: Policy,
    case: CaseComparison,
    measure: MeasureComparison,
) -> bool:
    old, new = comparison.baseline.cases[case.case_id], comparison.new.cases[case.case_id]
    rule, stat = measure.rule, measure.baseline
    assert rule is not None and stat is not None
    limit = Judge(policy, case.case_id, old, new).limit(measure.key, rule, stat)
    exact = rule.exact and not measure.noisy
    planted = _next_worse(stat.median if exact else limit, measure.key)
    if not 0 <= planted <= _GREATEST_COUNT and is_bytes(measure.key):
        return False
    copied = _with_planted(document, case.case_id, measure.key, planted)
    bad = snapshot(from_document(copied, comparison.new.name))
    baseline = comparison.baseline
    good = Snapshot(
        baseline.name, baseline.label, baseline.machine_class, baseline.context,
        {case.case_id: old},
    )  # fmt: skip
    found = compare(good, bad, policy, comparison.only)
    if decide(found, allow_incomplete=True).exit_code != EXIT_REGRESSION:
        return False
    (judged,) = found.cases
    return any(m.key == measure.key and m.verdict == REGRESSED and m.fails for m in judged.measures)


def _next_worse(value: float, key: str) -> float:
    if higher_is_better(key):
        return math.nextafter(value, -math.inf)
    if isinstance(value, int) or is_bytes(key) or float(value).is_integer():
        return math.floor(value) + 1
    return math.nextafter(value, math.inf)


def _with_planted(document: Any, case_id: str, key: str, value: float) -> Any:
    """The rows of the case alone; timelines, which nothing here reads, are left behind."""
    rows = []
    for row in document["benchmarks"]:
        if row["run_name"] != case_id:
            continue
        bare = {name: item for name, item in row.items() if name not in ("timeline", "phases")}
        bare = copy.deepcopy(bare) | {key: value}
        if row["run_type"] == "iteration":
            bare |= {"phases": [], "timeline": {"columns": _COLUMNS, "rows": []}}
            bare["absent"].pop(key, None)
        rows.append(bare)
    return {"context": document["context"], "benchmarks": rows}


_COLUMNS = ["t_us", "anon_bytes", "file_bytes", "shmem_bytes", "heap_bytes"]
