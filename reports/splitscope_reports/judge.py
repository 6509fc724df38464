"""Judges one measure of one case by its rule.

Verdicts of a measure:
  pass          within its tolerance
  not judged    no rule gates it, or one side alone has it
  improved      the median fell by more than the tolerance
  regressed     the median rose by more than the tolerance
  unstable      the median holds, but the repetitions do not agree on it, or not all have it
  missing       the baseline has a figure and the new run has none
  incomparable  the two figures were not taken under equal conditions
What varies by nature (policy/gate.toml says how it is found out) is judged by what the baseline's
repetitions have shown, and the reason says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from splitscope_reports.measures import group_of, higher_is_better
from splitscope_reports.policy import Noise, Policy, Rule
from splitscope_reports.results import Number, Stat
from splitscope_reports.snapshot import CaseSnapshot
from splitscope_reports.units import format_delta, format_measure, format_percent
from splitscope_reports.verdicts import (
    IMPROVED,
    INCOMPARABLE,
    MISSING,
    NOT_JUDGED,
    PASS,
    REGRESSED,
    UNSTABLE,
)


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
    # Judged by the rule for what varies by nature.
    noisy: bool = False

    @property
    def gated(self) -> bool:
        return self.rule is not None and self.rule.gated

    @property
    def judged(self) -> bool:
        """Two figures were held against each other, and the gate would have failed on worse."""
        return (
            self.gated
            and self.baseline is not None
            and self.new is not None
            and self.verdict in (PASS, IMPROVED, REGRESSED, UNSTABLE)
        )

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


class Judge:
    """Of the measures of one case. `obstacle` and `conditions` say why figures of the two runs
    cannot be held against each other; empty when they can."""

    def __init__(self, policy: Policy, case_id: str, old: CaseSnapshot, now: CaseSnapshot):
        self._policy, self._case_id, self._old, self._now = policy, case_id, old, now
        self._restless = self._restless_groups()

    def _restless_groups(self) -> set[str]:
        """Groups in which an exact measure differs between the baseline's repetitions."""
        return {
            group_of(key)
            for key, stat in self._old.stats.items()
            if stat.min != stat.max
            and (rule := self._policy.rule(self._case_id, key)) is not None
            and rule.gated
            and rule.exact
        }

    def noise(self, key: str, rule: Rule) -> Noise | None:
        """None for a measure that is held to the tolerance of its class."""
        declared = self._policy.noise_of(self._old, key) or self._policy.noise_of(self._now, key)
        if declared is None and rule.exact and group_of(key) in self._restless:
            return self._policy.noise
        return declared

    def limit(self, key: str, rule: Rule, old: Stat) -> Number:
        """The worst median that still passes."""
        sign = -1 if higher_is_better(key) else 1
        noise = self.noise(key, rule)
        if noise is None:
            return old.median + sign * _whole(rule.tolerance(old.median))
        allowed = max(
            old.max - old.min, noise.floor(key, old.median), rule.tolerance(old.median)
        )
        return (old.max if sign > 0 else old.min) + sign * _whole(allowed)

    def measure(self, key: str, obstacle: str, conditions: str) -> MeasureComparison:
        rule = self._policy.rule(self._case_id, key)
        old, now = self._old.stats.get(key), self._now.stats.get(key)
        noise = self.noise(key, rule) if rule is not None and rule.gated else None

        def verdict(name: str, reason: str, fails: bool = False) -> MeasureComparison:
            return MeasureComparison(key, name, reason, rule, old, now, fails, noise is not None)

        if rule is None or not rule.gated:
            return verdict(NOT_JUDGED, "reported, not gated")
        if old is None:
            return verdict(NOT_JUDGED, "the baseline has no figure")
        if obstacle:
            return verdict(INCOMPARABLE, obstacle)
        if now is None:
            return verdict(*self._nothing_now(key, rule, old))
        if conditions:
            return verdict(INCOMPARABLE, f"conditions differ: {conditions}")
        if noise is not None:
            found = self._by_spread(key, rule, noise, old, now)
        else:
            found = self._by_tolerance(key, rule, old, now)
        return verdict(*self._with_gaps(key, found, now))

    def _nothing_now(self, key: str, rule: Rule, old: Stat) -> tuple[str, str, bool]:
        reason = f"was measured, now null: {self._now.absent.get(key, 'no reason given')}"
        if old.samples < self._old.samples:
            have = f"{old.samples} of {self._old.samples} repetitions of the baseline have it"
            return UNSTABLE, f"{reason}; {have}", False
        if not rule.fail_when_missing:
            return UNSTABLE, f"{reason}; {rule.override_reason or 'the policy only warns'}", False
        return MISSING, reason, True

    def _with_gaps(
        self, key: str, found: tuple[str, str, bool], now: Stat
    ) -> tuple[str, str, bool]:
        """A measure that some repetitions lack is judged by those that have it."""
        name, reason, fails = found
        if now.samples >= self._now.samples:
            return found
        reason += (
            f"; null in {self._now.samples - now.samples} of {self._now.samples} repetitions: "
            f"{self._now.absent.get(key, 'no reason given')}"
        )
        return (UNSTABLE if name == PASS else name), reason, fails

    def _by_tolerance(self, key: str, rule: Rule, old: Stat, now: Stat) -> tuple[str, str, bool]:
        # What lies in the worse direction counts upwards from here on.
        sign = -1 if higher_is_better(key) else 1
        worst = now.max if sign > 0 else now.min
        limit = self.limit(key, rule, old)
        how = f"{_change(key, old.median, now.median)}; {rule.describe(key)}"
        if sign * (now.median - limit) > 0:
            return REGRESSED, how, True
        if sign * (worst - limit) > 0:
            spread = f"{format_measure(key, now.min)} .. {format_measure(key, now.max)}"
            reach = format_delta(key, sign * (worst - old.median))
            return (
                UNSTABLE,
                f"the median holds, but repetitions reach {reach} ({spread}); {rule.describe(key)}",
                rule.fail_when_unstable,
            )
        if sign * (now.median - (2 * old.median - limit)) < 0:
            return IMPROVED, f"{how}; update the baseline", False
        return PASS, how, False

    def _by_spread(
        self, key: str, rule: Rule, noise: Noise, old: Stat, now: Stat
    ) -> tuple[str, str, bool]:
        sign = -1 if higher_is_better(key) else 1
        limit = self.limit(key, rule, old)
        # The mirror of the limit: as far below the least of the baseline as that lies above.
        room = abs(limit - (old.max if sign > 0 else old.min))
        if old.min == old.max:
            known = f"baseline {format_measure(key, old.min)} in every repetition"
        else:
            known = (
                f"baseline varies {format_measure(key, old.min)} .. {format_measure(key, old.max)}"
            )
        how = (
            f"{_change(key, old.median, now.median)}; noisy ({noise.reason}): {known}, "
            f"passes up to {format_measure(key, limit)}"
        )
        above = now.min > old.max if sign > 0 else now.max < old.min
        below = now.max < old.min if sign > 0 else now.min > old.max
        if above and sign * (now.median - limit) > 0:
            return REGRESSED, how, True
        if below and sign * ((old.min if sign > 0 else old.max) - now.median) > room:
            return IMPROVED, f"{how}; update the baseline", False
        if sign * (now.median - limit) > 0:
            return UNSTABLE, f"{how}; the new repetitions disagree", False
        return PASS, how, False


def _whole(allowed: float) -> Number:
    """Whole tolerances as whole numbers, so that no count loses its last digit to a float."""
    return int(allowed) if float(allowed).is_integer() else allowed


def _change(key: str, old: Number, now: Number) -> str:
    delta = now - old
    if delta == 0:
        return f"unchanged at {format_measure(key, now)}"
    percent = f", {format_percent(delta / old)}" if old else ", from zero"
    return (
        f"{format_measure(key, old)} -> {format_measure(key, now)} "
        f"({format_delta(key, delta)}{percent})"
    )
