"""Documents for tantivy to write, with a field of every kind that splitscope merges."""

from __future__ import annotations

import base64
import json
import pathlib
import random

TEXT = {"record": "position", "fieldnorms": True, "tokenizer": "default"}
FREQS = {"record": "freq", "fieldnorms": True, "tokenizer": "whitespace"}
RAW = {"record": "basic", "fieldnorms": False, "tokenizer": "raw"}


def _number(name: str, kind: str, **more) -> dict:
    options = {"indexed": True, "fieldnorms": False, "fast": True, "stored": True, **more}
    return {"name": name, "type": kind, "options": options}


def _text(name: str, indexing: dict | None, fast: bool, stored: bool = True) -> dict:
    options = {"stored": stored, "fast": fast}
    if indexing is not None:
        options["indexing"] = indexing
    return {"name": name, "type": "text", "options": options}


SCHEMA = [
    _text("body", TEXT, fast=False),
    _text("title", FREQS, fast=False, stored=False),
    _text("labels", RAW, fast=True),
    _text("note", None, fast=True),
    _number("count", "u64"),
    _number("delta", "i64", fieldnorms=True),
    _number("ratio", "f64", indexed=False),
    _number("ok", "bool"),
    _number("at", "date", precision="milliseconds"),
    _number("digest", "bytes"),
    _number("blob", "bytes", indexed=False, fast=False),
    _number("absent", "u64"),
    _text("absent_text", TEXT, fast=True),
]


def _words(rng: random.Random, low: int, high: int) -> str:
    # Few common words and many rare ones.
    return " ".join(f"w{int(rng.paretovariate(0.6)) % 30000}" for _ in range(rng.randint(low, high)))


def _document(rng: random.Random, number: int, without: frozenset[str]) -> dict:
    document = {
        "body": _words(rng, 1, 14),
        "title": _words(rng, 1, 4),
        "count": rng.choice([number, rng.randrange(5), 2**63 + number]),
        "at": f"2026-03-{1 + number % 28:02}T{number % 24:02}:00:{number % 60:02}.{number % 1000:03}Z",
        "blob": base64.b64encode(rng.randbytes(rng.randrange(9))).decode(),
    }
    if rng.random() < 0.7:
        document["labels"] = [f"label-{rng.randrange(700)}" for _ in range(rng.randint(1, 4))]
    if rng.random() < 0.5:
        document["note"] = f"note {rng.randrange(3000)} é\u4e2d"
    if rng.random() < 0.3:
        document["delta"] = rng.choice([-number, rng.randrange(-9, 9), 2**62])
    if rng.random() < 0.9:
        document["ratio"] = rng.choice([rng.random(), -1e300 * rng.random(), 0.0, float(number)])
    if rng.random() < 0.6:
        document["ok"] = rng.random() < 0.2
    if rng.random() < 0.4:
        document["digest"] = [base64.b64encode(rng.randbytes(rng.randint(0, 3))).decode()
                              for _ in range(rng.randint(1, 2))]
    for name in without:
        document.pop(name, None)
    return document


def make_documents(seed: int, count: int, without=()) -> list[dict]:
    """The same for the same arguments; none has a field named in `without`."""
    rng = random.Random(seed)
    left_out = frozenset(without)
    return [_document(rng, number, left_out) for number in range(count)]


def write_documents(path: pathlib.Path, seed: int, count: int, without=()) -> pathlib.Path:
    """A file with one document a line."""
    with path.open("w", encoding="utf-8") as out:
        for document in make_documents(seed, count, without):
            out.write(json.dumps(document) + "\n")
    return path


def write_schema(path: pathlib.Path) -> pathlib.Path:
    path.write_text(json.dumps(SCHEMA), encoding="utf-8")
    return path
