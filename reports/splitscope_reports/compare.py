"""Pairs two runs by case id and has every measure judged by the policy.

A case adds to the verdicts of judge.py: failed (a repetition did not end well), new (the baseline
does not know it), missing (only the baseline knows it). The verdict of a case is the gravest of its
measures.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from splitscope_reports.judge import Judge, MeasureComparison
from splitscope_reports.measures import PEAKS, is_bytes
from splitscope_reports.policy import Policy
from splitscope_reports.snapshot import CaseSnapshot, Snapshot
from splitscope_reports.verdicts import (
    FAILED,
    GRAVITY,
    INCOMPARABLE,
    MISSING,
    NEW,
    NOT_JUDGED,
    PASS,
)

Differences = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class CaseComparison:
    case_id: str
    verdict: str
    reason: str
    measures: tuple[MeasureComparison, ...] = ()
    notes: tuple[str, ...] = ()

    def with_verdict(self, *verdicts: str) -> list[MeasureComparison]:
        return [measure for measure in self.measures if measure.verdict in verdicts]

    @property
    def failing(self) -> list[MeasureComparison]:
        return [measure for measure in self.measures if measure.fails]

    @property
    def moved(self) -> list[MeasureComparison]:
        """What a reader looks at first, the gravest first; nothing where nothing was compared."""
        if self.verdict == INCOMPARABLE:
            return []
        moved = [measure for measure in self.measures if measure.verdict not in (PASS, NOT_JUDGED)]
        return sorted(moved, key=weight)


@dataclass(frozen=True)
class Comparison:
    baseline: Snapshot
    new: Snapshot
    cases: tuple[CaseComparison, ...]
    # Keys of machine_class that differ: (key, baseline's, new one's). They may concern some cases
    # only.
    machine_differences: Differences = ()
    only: tuple[str, ...] = field(default=())

    def with_verdict(self, *verdicts: str) -> list[CaseComparison]:
        return [case for case in self.cases if case.verdict in verdicts]

    def count(self, verdict: str) -> int:
        return len(self.with_verdict(verdict))

    @property
    def judged(self) -> list[tuple[CaseComparison, MeasureComparison]]:
        return [(case, measure) for case in self.cases for measure in case.measures
                if measure.judged]  # fmt: skip

    @property
    def by_weight(self) -> list[CaseComparison]:
        """The gravest first, and of those the one that grew most."""
        return sorted(self.cases, key=_case_weight)


def weight(measure: MeasureComparison) -> tuple:
    """For sorting: the gravest verdict first, then peaks, then the greatest change."""
    return (
        GRAVITY.index(measure.verdict), measure.key not in PEAKS, not is_bytes(measure.key),
        -abs(measure.delta or 0), measure.key,
    )  # fmt: skip


def _case_weight(case: CaseComparison) -> tuple:
    moved = case.moved
    return (GRAVITY.index(case.verdict), *(weight(moved[0])[1:4] if moved else (True, True, 0)))


def compare(
    baseline: Snapshot, new: Snapshot, policy: Policy, only: Iterable[str] = ()
) -> Comparison:
    """`only` names the measure classes to look at; empty: every measure."""
    only = tuple(only)
    machine = _differences(baseline.machine_class, new.machine_class)
    cases = []
    for case_id in [*baseline.cases, *(case for case in new.cases if case not in baseline.cases)]:
        old, now = baseline.cases.get(case_id), new.cases.get(case_id)
        if now is None and new.incomplete:
            cases.append(CaseComparison(case_id, NOT_JUDGED, "the run ended before this case"))
        elif now is None:
            cases.append(_missing_case(case_id, _concerning(policy, machine, old)))
        elif now.failures:
            cases.append(CaseComparison(case_id, FAILED, _failure_text(now)))
        elif old is None:
            cases.append(
                CaseComparison(
                    case_id,
                    NEW,
                    "the baseline does not know this case; save a new baseline to gate it",
                )
            )
        elif old.failures:
            cases.append(
                CaseComparison(
                    case_id, INCOMPARABLE, f"failed in the baseline run: {_failure_text(old)}"
                )
            )
        else:
            cases.append(_compare_case(case_id, old, now, baseline, new, policy, only, machine))
    return Comparison(baseline, new, tuple(cases), machine, only)


def _differences(
    old: dict[str, object], new: dict[str, object], keys: Iterable[str] | None = None
) -> Differences:
    keys = sorted({*old, *new}) if keys is None else keys

    def text(value: object) -> str:
        return "absent" if value is None else str(value)

    return tuple(
        (key, text(old.get(key)), text(new.get(key)))
        for key in keys
        if old.get(key) != new.get(key)
    )


def _concerning(policy: Policy, machine: Differences, case: CaseSnapshot) -> Differences:
    return tuple(entry for entry in machine if policy.concerns(entry[0], case))


def describe_differences(differences: Iterable[tuple[str, str, str]]) -> str:
    return "; ".join(f"{key}: {old} -> {new}" for key, old, new in differences)


def _missing_case(case_id: str, machine: Differences) -> CaseComparison:
    # A run that has no version of an allocator did not use it: the case was left out.
    if any(new != "absent" for _, _, new in machine):
        return CaseComparison(
            case_id, INCOMPARABLE, "not in the new results, which are of another machine class"
        )
    return CaseComparison(
        case_id,
        MISSING,
        "in the baseline but not in the new results; if it was "
        "renamed or dropped, save a new baseline",
    )


def _failure_text(case: CaseSnapshot) -> str:
    count = f"{len(case.failures)} of {case.samples} repetitions: " if case.samples > 1 else ""
    return count + case.failures[0]


def _compare_case(
    case_id: str,
    old: CaseSnapshot,
    now: CaseSnapshot,
    baseline: Snapshot,
    new: Snapshot,
    policy: Policy,
    only: tuple[str, ...],
    machine: Differences,
) -> CaseComparison:
    obstacle = ""
    machine = _concerning(policy, machine, now)
    if machine:
        obstacle = f"machine class differs: {describe_differences(machine)}"
    elif old.input_bytes != now.input_bytes:
        obstacle = (
            f"the input differs: {_bytes_or_none(old.input_bytes)} in the baseline, "
            f"{_bytes_or_none(now.input_bytes)} now"
        )
    judge = Judge(policy, case_id, old, now)
    measures = []
    for key in [*old.stats, *(key for key in now.stats if key not in old.stats)]:
        rule = policy.rule(case_id, key)
        if only and (rule is None or rule.measure_class not in only):
            continue
        conditions = ""
        if rule is not None and rule.same_context:
            conditions = describe_differences(
                _differences(baseline.context, new.context, rule.same_context)
            )
        measures.append(judge.measure(key, obstacle, conditions))
    notes = []
    if old.output_digest and now.output_digest and old.output_digest != now.output_digest:
        notes.append("the output differs from the baseline's")
    verdict = min((measure.verdict for measure in measures), key=GRAVITY.index, default=NOT_JUDGED)
    if obstacle:
        verdict = INCOMPARABLE
    return CaseComparison(
        case_id, verdict, obstacle or _case_reason(verdict, measures), tuple(measures), tuple(notes)
    )


def _bytes_or_none(value: int | None) -> str:
    return "none" if value is None else f"{value:,} bytes"


def _case_reason(verdict: str, measures: list[MeasureComparison]) -> str:
    if verdict == NOT_JUDGED:
        return "no measure of this case is gated"
    if verdict == PASS:
        gated = [measure for measure in measures if measure.judged]
        noisy = sum(measure.noisy for measure in gated)
        more = f", {noisy} of them noisy by nature" if noisy else ""
        return f"{len(gated)} gated measures within their tolerance{more}"
    causes = sorted((m for m in measures if m.verdict == verdict), key=weight)
    more = f" (and {len(causes) - 1} more)" if len(causes) > 1 else ""
    return f"{causes[0].key}: {causes[0].reason}{more}"
