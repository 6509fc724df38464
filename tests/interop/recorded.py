"""What tantivy said of tests/golden and of the generated corpora when scripts/golden asked it."""

from __future__ import annotations

import json
import pathlib
import sys

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden"
sys.path.append(str(GOLDEN))

import cases  # noqa: E402
import make  # noqa: E402, F401
import table  # noqa: E402, F401
from folding import fold  # noqa: E402

HOW_TO_RENEW = "If documents or profiles changed on purpose, scripts/golden asks tantivy anew."


def path_of(name: str) -> pathlib.Path:
    return GOLDEN / cases.file_name_of(name)


def listing(name: str) -> list[str]:
    """Folded; folding.py says how."""
    return (GOLDEN / "listings" / f"{name}.txt").read_text("utf-8").splitlines()


def answers(name: str) -> list[dict]:
    """{"query": ..., "answer": ...} of each query."""
    text = (GOLDEN / "answers" / f"{name}.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def assert_listed(name: str, lines: list[str]):
    """The listing is the recorded one; else the first line where they part is told."""
    told, expected = fold(lines), listing(name)
    for one, other in zip(told, expected):
        assert one == other, f"{name}: {one!r}, tantivy read {other!r}. {HOW_TO_RENEW}"
    assert len(told) == len(expected), f"{name}: one listing is the beginning of the other"
