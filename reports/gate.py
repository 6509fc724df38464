"""From a comparison to an exit code.

Of several causes the first of this list decides:
  1  usage or tool error: nothing was judged
  3  a regression, or an exact measure that was stable and is not any more
  2  a case failed, or a case or a measure of the baseline is missing
  4  something cannot be compared, or there is no baseline
  0  otherwise; improvements and new cases pass
"""

from __future__ import annotations

from dataclasses import dataclass

from reports.compare import (
    FAILED,
    IMPROVED,
    INCOMPARABLE,
    MISSING,
    NEW,
    PASS,
    REGRESSED,
    UNSTABLE,
    Comparison,
    describe_differences,
)
from reports.errors import EXIT_CASE_FAILED, EXIT_INCOMPARABLE, EXIT_OK, EXIT_REGRESSION


@dataclass(frozen=True)
class Decision:
    exit_code: int
    headline: str


def decide(comparison: Comparison, no_baseline: str | None = None) -> Decision:
    """`no_baseline` says why there is none; failed cases are told apart even then."""
    regressions = [
        measure
        for case in comparison.cases
        for measure in case.failing
        if measure.verdict in (REGRESSED, UNSTABLE)
    ]
    if regressions:
        cases = sum(
            1
            for case in comparison.cases
            if any(m.verdict in (REGRESSED, UNSTABLE) for m in case.failing)
        )
        return Decision(
            EXIT_REGRESSION,
            f"REGRESSED: {_count(len(regressions), 'measure')} in {_count(cases, 'case')}",
        )
    failed, missing = comparison.count(FAILED), comparison.count(MISSING)
    lost = sum(len(case.with_verdict(MISSING)) for case in comparison.cases)
    if failed or missing:
        parts = [f"{_count(failed, 'case')} failed"] if failed else []
        whole = sum(1 for case in comparison.with_verdict(MISSING) if not case.measures)
        if whole:
            parts.append(f"{_count(whole, 'case')} missing")
        if lost:
            parts.append(f"{_count(lost, 'measure')} no longer measured")
        return Decision(EXIT_CASE_FAILED, "FAILED: " + ", ".join(parts))
    if no_baseline:
        return Decision(EXIT_INCOMPARABLE, f"NO BASELINE: {no_baseline}")
    if comparison.machine_differences:
        return Decision(
            EXIT_INCOMPARABLE,
            "NOT COMPARABLE: machine class differs: "
            + describe_differences(comparison.machine_differences),
        )
    if comparison.count(INCOMPARABLE):
        return Decision(
            EXIT_INCOMPARABLE,
            "NOT COMPARABLE: "
            + f"{_count(comparison.count(INCOMPARABLE), 'case')}; first: "
            + comparison.with_verdict(INCOMPARABLE)[0].reason,
        )
    if not any(
        measure.rule and measure.rule.gated and measure.baseline and measure.new
        for case in comparison.cases
        for measure in case.measures
    ):
        return Decision(
            EXIT_INCOMPARABLE,
            "NOT COMPARABLE: no case of the new results has a gated figure in the baseline",
        )
    counts = [
        f"{comparison.count(verdict)} {verdict}"
        for verdict in (PASS, IMPROVED, UNSTABLE, NEW)
        if comparison.count(verdict)
    ]
    hint = "; update the baseline" if comparison.count(IMPROVED) else ""
    return Decision(EXIT_OK, f"OK: {', '.join(counts)}{hint}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
