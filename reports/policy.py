"""The gate's rules, read from policy/gate.toml: which measure may move how far in which case."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from reports.errors import ReportError
from reports.units import format_bytes, is_bytes, parse_size

DEFAULT_POLICY = Path(__file__).parent / "policy" / "gate.toml"

_CLASS_KEYS = {"measures", "gate", "relative", "absolute", "unstable", "same_context"}
_OVERRIDE_KEYS = {"case", "measure", "gate", "relative", "absolute", "unstable", "reason"}


@dataclass(frozen=True)
class Rule:
    """How one measure of one case is judged."""

    measure_class: str
    gated: bool
    relative: float = 0.0
    absolute: float = 0.0
    fail_when_unstable: bool = False
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
class _Class:
    rule: Rule
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class _Override:
    case: str
    measure: str
    changes: dict[str, Any]


class Policy:
    def __init__(self, classes: list[_Class], overrides: list[_Override]):
        self._classes, self._overrides = classes, overrides

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


def load_policy(path: str | Path = DEFAULT_POLICY) -> Policy:
    """Errors: ReportError that names the entry."""
    try:
        with open(path, "rb") as file:
            document = tomllib.load(file)
    except OSError as error:
        raise ReportError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ReportError(f"{path}: not TOML: {error}") from None
    _only(document, {"class", "override"}, str(path))
    classes = [_read_class(path, name, entry) for name, entry in document.get("class", {}).items()]
    if not classes:
        raise ReportError(f"{path}: expected at least one [class.NAME], found none")
    overrides = [
        _read_override(path, index, entry)
        for index, entry in enumerate(document.get("override", []), start=1)
    ]
    return Policy(classes, overrides)


def _read_class(path: str | Path, name: str, entry: dict[str, Any]) -> _Class:
    where = f"{path}: class.{name}"
    _only(entry, _CLASS_KEYS, where)
    patterns = entry.get("measures")
    if not isinstance(patterns, list) or not all(isinstance(text, str) for text in patterns):
        raise ReportError(f"{where}.measures: expected a list of keys or patterns")
    rule = replace(Rule(name, gated=True), **_limits(entry, where))
    context = entry.get("same_context", [])
    if not isinstance(context, list) or not all(isinstance(key, str) for key in context):
        raise ReportError(f"{where}.same_context: expected a list of keys of the context")
    return _Class(replace(rule, same_context=tuple(context)), tuple(patterns))


def _read_override(path: str | Path, index: int, entry: dict[str, Any]) -> _Override:
    where = f"{path}: override {index}"
    _only(entry, _OVERRIDE_KEYS, where)
    reason = entry.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise ReportError(f"{where}: expected a reason, found none; say why this case may differ")
    case, measure = entry.get("case"), entry.get("measure", "*")
    if not isinstance(case, str) or not isinstance(measure, str):
        raise ReportError(f'{where}: expected case = "glob" and, if at all, measure = "glob"')
    changes = _limits(entry, where)
    if not changes:
        raise ReportError(
            f"{where}: changes nothing; expected gate, relative, absolute or unstable"
        )
    return _Override(case, measure, {**changes, "override_reason": reason})


def _limits(entry: dict[str, Any], where: str) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    if "gate" in entry:
        if not isinstance(entry["gate"], bool):
            raise ReportError(f"{where}.gate: expected true or false, found {entry['gate']!r}")
        limits["gated"] = entry["gate"]
    if "relative" in entry:
        value = entry["relative"]
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 10:
            raise ReportError(
                f"{where}.relative: expected a fraction such as 0.05 for 5 %, found {value!r}"
            )
        limits["relative"] = float(value)
    if "absolute" in entry:
        value = entry["absolute"]
        if not isinstance(value, str):
            raise ReportError(f'{where}.absolute: expected a text such as "2MiB", found {value!r}')
        limits["absolute"] = float(parse_size(value))
    if "unstable" in entry:
        if entry["unstable"] not in ("fail", "warn"):
            raise ReportError(
                f'{where}.unstable: expected "fail" or "warn", found {entry["unstable"]!r}'
            )
        limits["fail_when_unstable"] = entry["unstable"] == "fail"
    return limits


def _only(entry: dict[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(entry) - known)
    if unknown:
        raise ReportError(f"{where}: unknown key '{unknown[0]}'; known: {', '.join(sorted(known))}")
