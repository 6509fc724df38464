"""From a comparison to an exit code.

Of several causes the first of this list decides:
  1  usage or tool error: nothing was judged
  4  one side is of a run that did not finish, unless that is allowed
  3  a regression, or an exact measure that was stable and is not any more
  2  a case failed, or a case or a measure of the baseline is missing
  4  something cannot be compared, there is no baseline, or nothing was judged at all
  0  otherwise; improvements and new cases pass
"""

from __future__ import annotations

from dataclasses import dataclass

from splitscope_reports.compare import Comparison
from splitscope_reports.errors import (
    EXIT_CASE_FAILED,
    EXIT_INCOMPARABLE,
    EXIT_OK,
    EXIT_REGRESSION,
)
from splitscope_reports.names import visible
from splitscope_reports.snapshot import Snapshot
from splitscope_reports.verdicts import (
    COUNTED,
    FAILED,
    IMPROVED,
    INCOMPARABLE,
    MISSING,
    REGRESSED,
    UNSTABLE,
)


@dataclass(frozen=True)
class Decision:
    exit_code: int
    headline: str
    # Nothing was judged, and no figure may be read as if it had been.
    refused: bool = False


def decide(
    comparison: Comparison, no_baseline: str | None = None, allow_incomplete: bool = False
) -> Decision:
    """`no_baseline` says why there is none; failed cases are told apart even then."""
    if not allow_incomplete:
        for side in (comparison.new, comparison.baseline):
            if side.incomplete:
                return Decision(EXIT_INCOMPARABLE, incomplete_text(side), True)
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
        return Decision(EXIT_INCOMPARABLE, f"NO BASELINE: {visible(no_baseline)}")
    if comparison.count(INCOMPARABLE):
        return Decision(
            EXIT_INCOMPARABLE,
            f"NOT COMPARABLE: {_count(comparison.count(INCOMPARABLE), 'case')}; first: "
            + visible(comparison.with_verdict(INCOMPARABLE)[0].reason),
        )
    if not comparison.judged:
        return Decision(EXIT_INCOMPARABLE, f"NOT COMPARABLE: {_why_nothing(comparison)}")
    counts = [
        f"{comparison.count(verdict)} {verdict}"
        for verdict in COUNTED
        if comparison.count(verdict)
    ]
    noisy = sum(measure.noisy for _, measure in comparison.judged)
    hint = f"; {_count(noisy, 'measure')} judged as noisy" if noisy else ""
    hint += "; update the baseline" if comparison.count(IMPROVED) else ""
    return Decision(EXIT_OK, f"OK: {', '.join(counts)}{hint}")


def incomplete_text(side: Snapshot) -> str:
    return (
        f"INCOMPLETE: {visible(side.name)} is of a run that did not finish ({side.incomplete}); "
        "finish it with run --resume, or judge what is there with --allow-incomplete"
    )


def _why_nothing(comparison: Comparison) -> str:
    """Which of the ways to compare nothing this is."""
    if not comparison.new.cases:
        return "the new results have no cases"
    common = [case for case in comparison.cases if case.case_id in comparison.baseline.cases
              and case.case_id in comparison.new.cases]  # fmt: skip
    if not common:
        return "no case of the new results is in the baseline"
    gated = any(measure.gated for case in common for measure in case.measures)
    if comparison.only and not gated:
        return f"--only {' '.join(map(visible, comparison.only))}: gates no measure of these cases"
    if not gated:
        return "the policy gates no measure of these cases"
    return "no case of the new results has a gated figure in the baseline"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
