"""Strict JSON and the schema, with errors that name the file, the place, expected and found."""

from __future__ import annotations

import json
import math
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import jsonschema

from reports.errors import ReportError

SCHEMA_PATH = Path(__file__).parent / "schema" / "result.v1.schema.json"

# Longest quotation of a wrong value in a message.
_QUOTE = 60


class Place:
    """A row of `benchmarks`, for messages."""

    def __init__(self, file: str, index: int, case: str):
        self.file, self.index, self.case = file, index, case

    def fail(self, where: str, expected: str, found: str) -> NoReturn:
        raise ReportError(
            f"{self.file}: benchmarks[{self.index}].{where} ({self.case}): "
            f"expected {expected}, found {found}"
        )


def parse_json(text: str, name: str) -> Any:
    """Refuses NaN, infinities and keys that occur twice, which Python's parser lets through."""

    def constant(token: str) -> NoReturn:
        raise ReportError(f"{name}: {token} is not JSON; a figure that is missing is null")

    def real(token: str) -> float:
        value = float(token)
        if math.isinf(value):
            raise ReportError(f"{name}: the number {token} is beyond what a double holds")
        return value

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = dict(items)
        if len(keys) != len(items):
            seen: set[str] = set()
            twice = next(key for key, _ in items if key in seen or seen.add(key))
            raise ReportError(f"{name}: the key '{twice}' occurs twice in one object")
        return keys

    try:
        return json.loads(text, parse_constant=constant, parse_float=real, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        raise ReportError(
            f"{name}: line {error.lineno} column {error.colno}: not JSON: "
            f"{error.msg}; was the run cut short?"
        ) from None
    except RecursionError:
        raise ReportError(f"{name}: nested too deeply") from None


@lru_cache(maxsize=1)
def validator() -> Any:
    schema = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


def first_schema_error(document: Any, name: str) -> str | None:
    """The first violation in document order as one line, or None."""
    errors = sorted(validator().iter_errors(_without_timelines(document)), key=_position)
    return f"{name}: {_sentence(errors[0], document)}" if errors else None


def _position(error: jsonschema.ValidationError) -> tuple:
    """Row by row; in a row, what follows from another value (then, else) and what is missing come
    last, because a wrong value may have led there."""
    path = [(isinstance(part, str), part) for part in error.absolute_path]
    conditions = sum(part in ("then", "else") for part in error.absolute_schema_path)
    return path[:2], conditions, error.validator == "required", path


def _without_timelines(document: Any) -> Any:
    """A shallow copy without the rows of timelines: results.py checks those, and far faster."""
    rows = document.get("benchmarks") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        return document

    def bare(row: Any) -> Any:
        timeline = row.get("timeline") if isinstance(row, dict) else None
        if not isinstance(timeline, dict) or "rows" not in timeline:
            return row
        return {**row, "timeline": {**timeline, "rows": []}}

    return {**document, "benchmarks": [bare(row) for row in rows]}


def _sentence(error: jsonschema.ValidationError, document: Any) -> str:
    path = "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path
    ).lstrip(".")
    case = ""
    parts = list(error.absolute_path)
    if len(parts) >= 2 and parts[0] == "benchmarks":
        row = document["benchmarks"][parts[1]]
        if isinstance(row, dict) and isinstance(row.get("run_name"), str):
            case = f" ({row['run_name']})"
    if error.validator == "required":
        key = next(key for key in error.validator_value if key not in error.instance)
        return f"{path + '.' if path else ''}{key}{case}: expected this key, found none"
    return f"{path or 'top level'}{case}: {_expectation(error)}, found {_quote(error.instance)}"


def _expectation(error: jsonschema.ValidationError) -> str:
    wanted = error.validator_value
    if error.validator == "type":
        return "expected " + (wanted if isinstance(wanted, str) else " or ".join(wanted))
    if error.validator == "const":
        return f"expected {json.dumps(wanted)}"
    if error.validator == "enum":
        return "expected one of " + ", ".join(map(str, wanted))
    if error.validator == "minimum":
        return f"expected at least {wanted}"
    if error.validator == "maximum":
        return f"expected at most {wanted}"
    if error.validator == "minLength":
        return "expected a text that is not empty"
    if error.validator == "pattern":
        return f"expected a text like {wanted}"
    if error.validator == "additionalProperties" and wanted is False:
        known = error.schema.get("properties", {})
        unknown = [key for key in error.instance if key not in known]
        return f"expected no key beyond {', '.join(known)}; unknown: {', '.join(unknown)}"
    return error.message[:200]


def _quote(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _QUOTE else text[:_QUOTE] + "..."
