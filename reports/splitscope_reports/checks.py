"""Strict JSON and schemas, with errors that name the file, the place, expected and found."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import jsonschema

from splitscope_reports.errors import ReportError
from splitscope_reports.names import shortened, visible

SCHEMAS = Path(__file__).parent.parent / "schema"
RESULT_SCHEMA = "result.v1.schema.json"
BASELINE_SCHEMA = "baseline.v1.schema.json"
POLICY_SCHEMA = "policy.v1.schema.json"

# Longest quotation of a wrong value in a message.
_QUOTE = 60
_KINDS = {"boolean": "true or false"}
# As many digits as the greatest count of 64 bits has.
_COUNT_DIGITS = 20


class Place:
    """A row of `benchmarks`, for messages."""

    def __init__(self, file: str, index: int, case: str):
        self.file, self.index, self.case = file, index, case

    def fail(self, where: str, expected: str, found: str) -> NoReturn:
        raise ReportError(
            f"{self.file}: benchmarks[{self.index}].{where} ({named(self.case)}): "
            f"expected {expected}, found {found}"
        )


class _Beyond(str):
    """A number that cannot be held, in the place where it stood."""


def named(case: str) -> str:
    """A name in a message: one line, and short enough to find the rest."""
    return shortened(visible(case), 120)


def parse_json(text: str, name: str) -> Any:
    """Refuses NaN, infinities, numbers of no use and keys that occur twice, which Python's parser
    lets through or ends with a traceback."""
    beyond = False

    def constant(token: str) -> NoReturn:
        raise ReportError(f"{name}: {token} is not JSON; a figure that is missing is null")

    def whole(token: str) -> Any:
        return int(token) if len(token) <= _COUNT_DIGITS else real(token)

    def real(token: str) -> Any:
        nonlocal beyond
        value = float(token)
        if math.isinf(value):
            beyond = True
            return _Beyond(token)
        return value

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = dict(items)
        if len(keys) != len(items):
            seen: set[str] = set()
            twice = next(key for key, _ in items if key in seen or seen.add(key))
            raise ReportError(f"{name}: the key '{named(twice)}' occurs twice in one object")
        return keys

    try:
        document = json.loads(
            text, parse_constant=constant, parse_int=whole, parse_float=real,
            object_pairs_hook=pairs,
        )  # fmt: skip
        if beyond:
            path, token = next(_find_beyond(document, ""))
            raise ReportError(
                f"{name}: {path or 'top level'}: the number {shortened(token, _QUOTE)} is beyond "
                "what a double holds"
            )
    except json.JSONDecodeError as error:
        raise ReportError(
            f"{name}: line {error.lineno} column {error.colno}: not JSON: "
            f"{error.msg}; was the run cut short?"
        ) from None
    except RecursionError:
        raise ReportError(f"{name}: nested too deeply") from None
    return document


def _find_beyond(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, _Beyond):
        yield path.lstrip("."), value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _find_beyond(item, f"{path}.{named(key)}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _find_beyond(item, f"{path}[{index}]")


@lru_cache
def validator(schema: str = RESULT_SCHEMA) -> Any:
    document = json.loads((SCHEMAS / schema).read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(document)


def first_schema_error(document: Any, name: str, schema: str = RESULT_SCHEMA) -> str | None:
    """The first violation in document order as one line, or None."""
    errors = sorted(validator(schema).iter_errors(_without_timelines(document)), key=_position)
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
        f"[{part}]" if isinstance(part, int) else f".{named(part)}" for part in error.absolute_path
    ).lstrip(".")
    case = ""
    parts = list(error.absolute_path)
    if len(parts) >= 2 and parts[0] == "benchmarks":
        row = document["benchmarks"][parts[1]]
        if isinstance(row, dict) and isinstance(row.get("run_name"), str):
            case = f" ({named(row['run_name'])})"
    if error.validator == "required":
        key = next(key for key in error.validator_value if key not in error.instance)
        return f"{path + '.' if path else ''}{key}{case}: expected {_key_text(error, key)}"
    if error.validator == "additionalProperties" and error.validator_value is False:
        known = error.schema.get("properties", {})
        unknown = next(key for key in error.instance if key not in known)
        return (
            f"{path or 'top level'}{case}: unknown key '{named(unknown)}'; "
            f"known: {', '.join(sorted(known))}"
        )
    return f"{path or 'top level'}{case}: {_expectation(error)}, found {_quote(error.instance)}"


def _key_text(error: jsonschema.ValidationError, key: str) -> str:
    """What a schema says about a key that is missing, for those who write such files by hand."""
    about = error.schema.get("properties", {}).get(key, {})
    hint = about.get("description") if isinstance(about, dict) else None
    return f"this key, found none{'; ' + hint if hint else ''}"


def _expectation(error: jsonschema.ValidationError) -> str:
    wanted = error.validator_value
    if error.validator == "type":
        kinds = [wanted] if isinstance(wanted, str) else wanted
        return "expected " + " or ".join(_KINDS.get(kind, kind) for kind in kinds)
    if error.validator == "const":
        return f"expected {json.dumps(wanted)}"
    if error.validator == "enum":
        return "expected one of " + ", ".join(map(str, wanted))
    if error.validator == "minimum":
        return f"expected at least {wanted}"
    if error.validator == "maximum":
        return f"expected at most {wanted}"
    if error.validator == "exclusiveMaximum":
        return f"expected a fraction below {wanted}, such as 0.05 for 5 %"
    if error.validator == "minLength":
        return "expected a text that is not empty"
    if error.validator == "minProperties":
        return "expected at least one entry"
    if error.validator == "anyOf" and all("required" in item for item in wanted):
        return "expected one of " + ", ".join(item["required"][0] for item in wanted)
    if error.validator == "pattern" and "description" in error.schema:
        return "expected a text: " + error.schema["description"]
    if error.validator == "pattern":
        return f"expected a text like {wanted}"
    return visible(error.message)[:200]


def _quote(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return shortened(visible(json.dumps(value, ensure_ascii=False, default=str)), _QUOTE)
