"""The gate's rules, read from policy/gate.toml: which measure may move how far in which case."""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

from splitscope_reports.checks import POLICY_SCHEMA, first_schema_error
from splitscope_reports.errors import ReportError
from splitscope_reports.measures import GATE_CLASSES, GROUPS, is_bytes, of_class, of_group
from splitscope_reports.names import visible
from splitscope_reports.snapshot import CaseSnapshot
from splitscope_reports.sources import Source, read_source
from splitscope_reports.units import format_bytes, parse_size

DEFAULT_POLICY = Path(__file__).parent.parent / "policy" / "gate.toml"

# What a policy leaves out of these it takes from the default one.
_SHARED = ("noisy", "varies", "concerns")


@dataclass(frozen=True)
class Rule:
    """How one measure of one case is judged."""

    measure_class: str
    gated: bool
    relative: float = 0.0
    absolute: float = 0.0
    fail_when_unstable: bool = False
    fail_when_missing: bool = True
    same_context: tuple[str, ...] = ()
    override_reason: str | None = None

    def tolerance(self, baseline: float) -> float:
        return max(self.relative * abs(baseline), self.absolute)

    @property
    def exact(self) -> bool:
        return self.relative == 0 and self.absolute == 0

    def describe(self, key: str) -> str:
        if self.exact:
            return "tolerance 0"
        absolute = format_bytes(self.absolute) if is_bytes(key) else f"{self.absolute:g}"
        return f"tolerance max({self.relative * 100:g} %, {absolute})"


@dataclass(frozen=True)
class Noise:
    """How far a measure that varies by nature may move beyond what the baseline has seen."""

    relative: float
    absolute_bytes: float
    absolute_count: float
    reason: str = ""

    def floor(self, key: str, baseline: float) -> float:
        absolute = self.absolute_bytes if is_bytes(key) else self.absolute_count
        return max(self.relative * abs(baseline), absolute)


@dataclass(frozen=True)
class _Varies:
    """Measures of cases whose course the scheduler or a network decides."""

    concurrency: int
    measured: str | None
    patterns: tuple[str, ...]
    noise: Noise

    def matches(self, case: CaseSnapshot, measure: str) -> bool:
        return (
            case.concurrency >= self.concurrency
            and (self.measured is None or self.measured in case.stats)
            and any(fnmatchcase(measure, pattern) for pattern in self.patterns)
        )


@dataclass(frozen=True)
class _Concern:
    """Keys of machine_class that matter in some cases only."""

    keys: tuple[str, ...]
    workload: str
    allocator: str

    def matches(self, key: str, case: CaseSnapshot) -> bool:
        # The pattern may name the key itself: an allocator's version is stored under its name.
        allocator = key if self.allocator == "{key}" else None
        return fnmatchcase(case.workload, self.workload) and (
            case.allocator == allocator
            if allocator is not None
            else fnmatchcase(case.allocator, self.allocator)
        )


@dataclass(frozen=True)
class _Class:
    rule: Rule
    patterns: tuple[str, ...]
    # Written in the policy, not taken from the table of measures.
    own_patterns: bool


@dataclass(frozen=True)
class _Override:
    case: str
    measure: str
    changes: dict[str, Any]


class Policy:
    def __init__(
        self,
        classes: list[_Class],
        overrides: list[_Override],
        noise: Noise,
        varies: list[_Varies],
        concerns: list[_Concern],
        source: Source,
    ):
        self._classes, self._overrides = classes, overrides
        self.noise, self._varies, self._concerns = noise, varies, concerns
        self.source = source

    @property
    def class_names(self) -> list[str]:
        return [entry.rule.measure_class for entry in self._classes]

    def rule(self, case_id: str, measure: str) -> Rule | None:
        """None for a measure without a class. The last override that matches wins."""
        for entry in self._classes:
            if any(fnmatchcase(measure, pattern) for pattern in entry.patterns):
                rule = entry.rule
                break
        else:
            return None
        for override in self._overrides:
            if fnmatchcase(case_id, override.case) and fnmatchcase(measure, override.measure):
                rule = replace(rule, **override.changes)
        return rule

    def noise_of(self, case: CaseSnapshot, measure: str) -> Noise | None:
        """None for what the policy does not say to vary; the most lenient of several that do."""
        matching = [entry.noise for entry in self._varies if entry.matches(case, measure)]
        return max(matching, key=lambda noise: noise.relative, default=None)

    def concerns(self, key: str, case: CaseSnapshot) -> bool:
        """Whether the case minds another value of this key of machine_class."""
        limits = [entry for entry in self._concerns if key in entry.keys]
        return not limits or any(entry.matches(key, case) for entry in limits)

    def idle_patterns(self, figures: Iterable[tuple[str, str]]) -> list[str]:
        """Patterns of classes and overrides that match none of (case id, measure): typing errors,
        most often."""
        figures = list(figures)
        measures = {measure for _, measure in figures}
        idle = [
            f"class.{entry.rule.measure_class}: '{visible(pattern)}' matches no measure"
            for entry in self._classes
            if entry.own_patterns
            for pattern in entry.patterns
            if not any(fnmatchcase(measure, pattern) for measure in measures)
        ]
        for number, entry in enumerate(self._overrides, start=1):
            if not any(
                fnmatchcase(case_id, entry.case) and fnmatchcase(measure, entry.measure)
                for case_id, measure in figures
            ):
                idle.append(
                    f"override {number}: case '{visible(entry.case)}' with measure "
                    f"'{visible(entry.measure)}' matches nothing"
                )
        return idle


def load_policy(path: str | os.PathLike[str] = DEFAULT_POLICY) -> Policy:
    """Errors: ReportError that names the entry."""
    source, document = _read(path)
    for section in _SHARED:
        if section not in document:
            document[section] = _default_document().get(section, [])
    try:
        classes = [_read_class(name, entry) for name, entry in document["class"].items()]
        overrides = [
            _read_override(index, entry)
            for index, entry in enumerate(document.get("override", []), start=1)
        ]
        noise = _read_noise(document["noisy"])
        varies = [
            _read_varies(index, entry, noise) for index, entry in enumerate(document["varies"])
        ]
    except ReportError as error:
        raise ReportError(f"{source.name}: {error}") from None
    concerns = [
        _Concern(tuple(entry["keys"]), entry.get("workload", "*"), entry.get("allocator", "*"))
        for entry in document["concerns"]
    ]
    return Policy(classes, overrides, noise, varies, concerns, source)


def _read(path: str | os.PathLike[str]) -> tuple[Source, dict[str, Any]]:
    try:
        source = read_source(path)
    except ReportError as error:
        raise ReportError(str(error)) from None  # a policy that is missing is no missing baseline
    try:
        document = tomllib.loads(source.text)
    # ValueError: a whole number of more digits than Python reads.
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        raise ReportError(f"{source.name}: not TOML: {error or 'nested too deeply'}") from None
    error = first_schema_error(document, source.name, POLICY_SCHEMA)
    if error:
        raise ReportError(error)
    return source, document


@lru_cache(maxsize=1)
def _default_document() -> dict[str, Any]:
    return _read(DEFAULT_POLICY)[1]


def _read_class(name: str, entry: dict[str, Any]) -> _Class:
    where = f"class.{visible(name)}"
    rule = replace(Rule(name, gated=True), **_limits(entry, where))
    context = tuple(entry.get("same_context", []))
    patterns = entry.get("measures")
    if patterns is None and name not in GATE_CLASSES:
        raise ReportError(
            f"{where}.measures: expected this key, found none; classes of the table of measures, "
            f"which need none, are {', '.join(GATE_CLASSES)}"
        )
    keys = of_class(name) if patterns is None else patterns
    return _Class(replace(rule, same_context=context), tuple(keys), patterns is not None)


def _read_override(index: int, entry: dict[str, Any]) -> _Override:
    where = f"override[{index - 1}]"
    changes = _limits(entry, where)
    if not changes:
        raise ReportError(
            f"{where}: changes nothing; expected gate, relative, absolute, unstable or missing"
        )
    return _Override(
        entry["case"], entry.get("measure", "*"), {**changes, "override_reason": entry["reason"]}
    )


def _read_noise(entry: dict[str, Any]) -> Noise:
    return Noise(
        _fraction(entry, "relative", "noisy"),
        _size(entry, "absolute_bytes", "noisy"),
        float(entry["absolute_count"]),
        "the baseline's repetitions differ",
    )


def _read_varies(index: int, entry: dict[str, Any], noise: Noise) -> _Varies:
    own = replace(noise, reason=entry["reason"])
    if "relative" in entry:
        own = replace(own, relative=_fraction(entry, "relative", f"varies[{index}]"))
    for group in entry.get("groups", []):
        if group not in GROUPS:
            raise ReportError(
                f"varies[{index}].groups: '{visible(group)}' is no group of measures; there are "
                f"{', '.join(GROUPS)}"
            )
    keys = [key for group in entry.get("groups", []) for key in of_group(group)]
    return _Varies(
        entry.get("concurrency", 1), entry.get("measured"), (*entry.get("measures", []), *keys), own
    )


def _limits(entry: dict[str, Any], where: str) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    if "gate" in entry:
        limits["gated"] = entry["gate"]
    if "relative" in entry:
        limits["relative"] = _fraction(entry, "relative", where)
    if "absolute" in entry:
        limits["absolute"] = _size(entry, "absolute", where)
    if "unstable" in entry:
        limits["fail_when_unstable"] = entry["unstable"] == "fail"
    if "missing" in entry:
        limits["fail_when_missing"] = entry["missing"] == "fail"
    return limits


def _fraction(entry: dict[str, Any], key: str, where: str) -> float:
    """TOML has nan, which is neither too small nor too great for a schema."""
    value = float(entry[key])
    if not math.isfinite(value):
        raise ReportError(f"{where}.{key}: expected a fraction such as 0.05 for 5 %, found {value}")
    return value


def _size(entry: dict[str, Any], key: str, where: str) -> float:
    try:
        return float(parse_size(entry[key]))
    except ReportError as error:
        raise ReportError(f"{where}.{key}: {error}") from None
