"""Pairs two runs by case id and judges every measure by the policy.

Verdicts of a measure:
  pass          within its tolerance, not judged at all (the rule says so), or new
  improved      the median fell by more than the tolerance
  regressed     the median rose by more than the tolerance
  unstable      the median holds, but the repetitions do not agree on it
  missing       the baseline has a figure and the new run has none
  incomparable  the two figures were not taken under equal conditions
A case adds: failed (a repetition did not end well), new (the baseline does not know it). The
verdict of a case is the gravest of its measures.

A measure of an exact class (tolerance 0) whose baseline repetitions already differ cannot be held
to one figure. It is judged by its spread: it regresses when every new repetition lies above the
baseline's maximum and the median lies above it by more than the whole baseline spread.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from reports.policy import Policy, Rule
from reports.results import Number, Stat
from reports.snapshot import CaseSnapshot, Snapshot
from reports.units import format_delta, format_measure, format_percent

PASS, IMPROVED, REGRESSED, UNSTABLE = "pass", "improved", "regressed", "unstable"
MISSING, INCOMPARABLE, FAILED, NEW = "missing", "incomparable", "failed", "new"

# Gravest first.
GRAVITY = (FAILED, REGRESSED, MISSING, INCOMPARABLE, UNSTABLE, IMPROVED, NEW, PASS)

_HIGHER_IS_BETTER = frozenset({"throughput_mb_per_s"})


def higher_is_better(measure: str) -> bool:
    return measure in _HIGHER_IS_BETTER


@dataclass(frozen=True)
class MeasureComparison:
    key: str
    verdict: str
    reason: str
    rule: Rule | None
    baseline: Stat | None
    new: Stat | None
    # The gate fails on it, whatever its verdict is called.
    fails: bool = False

    @property
    def delta(self) -> Number | None:
        if self.baseline is None or self.new is None:
            return None
        return self.new.median - self.baseline.median

    @property
    def ratio(self) -> float | None:
        """New to old; None without both figures or from zero."""
        if self.baseline is None or self.new is None or self.baseline.median == 0:
            return None
        return self.new.median / self.baseline.median


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


@dataclass(frozen=True)
class Comparison:
    baseline: Snapshot
    new: Snapshot
    cases: tuple[CaseComparison, ...]
    # Keys of machine_class that differ: (key, baseline's, new one's).
    machine_differences: tuple[tuple[str, str, str], ...] = ()
    only: tuple[str, ...] = field(default=())

    def with_verdict(self, *verdicts: str) -> list[CaseComparison]:
        return [case for case in self.cases if case.verdict in verdicts]

    def count(self, verdict: str) -> int:
        return len(self.with_verdict(verdict))


def compare(
    baseline: Snapshot, new: Snapshot, policy: Policy, only: Iterable[str] = ()
) -> Comparison:
    """`only` names the measure classes to look at; empty: every measure."""
    only = tuple(only)
    machine = _differences(baseline.machine_class, new.machine_class)
    cases = []
    for case_id in [*baseline.cases, *(case for case in new.cases if case not in baseline.cases)]:
        old, now = baseline.cases.get(case_id), new.cases.get(case_id)
        if now is None:
            cases.append(_missing_case(case_id, machine))
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
) -> tuple[tuple[str, str, str], ...]:
    keys = sorted({*old, *new}) if keys is None else keys

    def text(value: object) -> str:
        return "absent" if value is None else str(value)

    return tuple(
        (key, text(old.get(key)), text(new.get(key)))
        for key in keys
        if old.get(key) != new.get(key)
    )


def describe_differences(differences: Iterable[tuple[str, str, str]]) -> str:
    return "; ".join(f"{key}: {old} -> {new}" for key, old, new in differences)


def _missing_case(case_id: str, machine: tuple) -> CaseComparison:
    if machine:
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
    machine: tuple,
) -> CaseComparison:
    obstacle = ""
    if machine:
        obstacle = f"machine class differs: {', '.join(key for key, *_ in machine)}"
    elif old.input_bytes != now.input_bytes:
        obstacle = (
            f"the input differs: {_bytes_or_none(old.input_bytes)} in the baseline, "
            f"{_bytes_or_none(now.input_bytes)} now"
        )
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
        measures.append(
            _judge(
                key,
                rule,
                old.stats.get(key),
                now.stats.get(key),
                _gap(key, old, now),
                obstacle,
                conditions,
            )
        )
    notes = []
    if old.output_digest and now.output_digest and old.output_digest != now.output_digest:
        notes.append("the output differs from the baseline's")
    verdict = min((measure.verdict for measure in measures), key=GRAVITY.index, default=PASS)
    if obstacle:
        verdict = INCOMPARABLE
    return CaseComparison(
        case_id, verdict, obstacle or _case_reason(verdict, measures), tuple(measures), tuple(notes)
    )


def _bytes_or_none(value: int | None) -> str:
    return "none" if value is None else f"{value:,} bytes"


def _case_reason(verdict: str, measures: list[MeasureComparison]) -> str:
    if verdict == PASS:
        gated = sum(1 for measure in measures if measure.rule and measure.rule.gated)
        return f"{gated} gated measures within their tolerance"
    causes = [measure for measure in measures if measure.verdict == verdict]
    more = f" (and {len(causes) - 1} more)" if len(causes) > 1 else ""
    return f"{causes[0].key}: {causes[0].reason}{more}"


def _gap(key: str, old: CaseSnapshot, now: CaseSnapshot) -> str:
    """What was measured in the baseline and is not any more, in every repetition or in some."""
    before, after = old.stats.get(key), now.stats.get(key)
    if before is None:
        return ""
    reason = now.absent.get(key, "no reason given")
    if after is None:
        return f"was measured, now null: {reason}"
    if before.samples == old.samples and after.samples < now.samples:
        return (
            f"was measured, now null in {now.samples - after.samples} of {now.samples} "
            f"repetitions: {reason}"
        )
    return ""


def _judge(
    key: str,
    rule: Rule | None,
    old: Stat | None,
    now: Stat | None,
    gap: str,
    obstacle: str,
    conditions: str,
) -> MeasureComparison:
    def verdict(name: str, reason: str, fails: bool = False) -> MeasureComparison:
        return MeasureComparison(key, name, reason, rule, old, now, fails)

    if rule is None or not rule.gated:
        return verdict(PASS, "reported, not gated")
    if old is None:
        return verdict(PASS, "the baseline has no figure")
    if obstacle:
        return verdict(INCOMPARABLE, obstacle)
    if gap:
        return verdict(MISSING, gap, True)
    if conditions:
        return verdict(INCOMPARABLE, f"conditions differ: {conditions}")
    if rule.exact and old.min != old.max:
        return verdict(*_judge_by_spread(key, old, now))
    return verdict(*_judge_by_tolerance(key, rule, old, now))


def _judge_by_tolerance(key: str, rule: Rule, old: Stat, now: Stat) -> tuple[str, str, bool]:
    # What lies in the worse direction counts upwards from here on.
    sign = -1 if higher_is_better(key) else 1
    delta = sign * (now.median - old.median)
    worst = sign * ((now.max if sign > 0 else now.min) - old.median)
    limit = rule.tolerance(old.median)
    how = f"{_change(key, old.median, now.median)}; {rule.describe(key)}"
    if delta > limit:
        return REGRESSED, how, True
    if worst > limit:
        spread = f"{format_measure(key, now.min)} .. {format_measure(key, now.max)}"
        return (
            UNSTABLE,
            f"the median holds, but repetitions reach {format_delta(key, worst)} "
            f"({spread}); {rule.describe(key)}",
            rule.fail_when_unstable,
        )
    if delta < -limit:
        return IMPROVED, f"{how}; update the baseline", False
    return PASS, how, False


def _judge_by_spread(key: str, old: Stat, now: Stat) -> tuple[str, str, bool]:
    spread = old.max - old.min
    known = f"baseline varies {format_measure(key, old.min)} .. {format_measure(key, old.max)}"
    how = f"{_change(key, old.median, now.median)}; {known}"
    if now.min > old.max and now.median > old.max + spread:
        return REGRESSED, f"{how}, and the new run lies beyond twice that spread", True
    if now.max < old.min and now.median < old.min - spread:
        return IMPROVED, f"{how}; update the baseline", False
    if now.median > old.max + spread:
        return UNSTABLE, f"{how}; the new repetitions disagree", False
    return PASS, how, False


def _change(key: str, old: Number, now: Number) -> str:
    delta = now - old
    if delta == 0:
        return f"unchanged at {format_measure(key, now)}"
    percent = f", {format_percent(delta / old)}" if old else ", from zero"
    return (
        f"{format_measure(key, old)} -> {format_measure(key, now)} "
        f"({format_delta(key, delta)}{percent})"
    )
