"""What lies in tests/golden, and the documents that it was made of.

Each case is an index that tantivy writes from documents of our own, kept as it is or packed into a
split. Everything is drawn from seeds, so that make.py gives the same bytes again.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable

import documents

FOLDER, SPLIT = "folder", "split"


@dataclasses.dataclass(frozen=True)
class Case:
    """An index: its name, what is in it, schema and documents, what `write` is told, how it is kept."""

    name: str
    about: str
    schema: list[dict]
    make: Callable[[], list[dict]]
    options: tuple[str, ...] = ()
    shape: str = SPLIT
    fst: bool = False

    @property
    def file_name(self) -> str:
        return self.name + (".split" if self.shape == SPLIT else "")


@dataclasses.dataclass(frozen=True)
class Merge:
    """tantivy's merge of some cases, in their order; kept as a split."""

    name: str
    about: str
    of: tuple[str, ...]

    @property
    def file_name(self) -> str:
        return self.name + ".split"


def _number(name: str, kind: str, **more) -> dict:
    options = {"indexed": True, "fieldnorms": False, "fast": True, "stored": True, **more}
    return {"name": name, "type": kind, "options": options}


def _text(name: str, record: str | None, tokenizer: str = "raw", **more) -> dict:
    norms = more.pop("fieldnorms", False)
    options = {"stored": True, "fast": False, **more}
    if record is not None:
        options["indexing"] = {"record": record, "fieldnorms": norms, "tokenizer": tokenizer}
    return {"name": name, "type": "text", "options": options}


PART_SCHEMA = [_number("id", "i64"), _text("text", "position", fast=True), _number("score", "f64")]


def _part(number: int) -> list[dict]:
    # The words of each are in another order, so that no file of one is that of another.
    return [{"id": 10 * number + i, "text": f"part_{number}_item_{((number + 1) * i + number) % 5}",
             "score": 1.5 * number + i} for i in range(5)]


def _kinds(seed: int, count: int, without: tuple[str, ...] = ()) -> list[dict]:
    return documents.make_documents(seed, count, without)


MANY_SCHEMA = [
    _text("body", "position", "default", fieldnorms=True),
    _text("title", "freq", "whitespace", fieldnorms=True, stored=False),
    _text("id", "basic", fast=True, stored=False),
    _text("level", "basic", fast=True),
    _text("tags", None, fast=True, stored=False),
    _number("seq", "u64", stored=False),
    _number("noise", "i64", indexed=False, stored=False),
    _number("ratio", "f64", indexed=False),
    _number("ok", "bool", stored=False),
    _number("at", "date", precision="seconds"),
]
MANY_DOCUMENTS = 750


def _many() -> list[dict]:
    rng = random.Random(5)
    words = ["every", "second", "third", "seldom", "rare"]
    made = []
    for number in range(MANY_DOCUMENTS):
        body = ["every"] + rng.choices(words, [8, 6, 3, 1, 0.1], k=rng.randint(0, 9))
        document = {
            "body": " ".join(body),
            "title": " ".join(rng.choices(["one", "two", "three"], k=rng.randint(1, 3))),
            "id": f"{rng.getrandbits(32):08x}",
            "level": rng.choice(["INFO", "INFO", "INFO", "WARN", "ERROR"]),
            "seq": 1_000_000 + 17 * number + rng.randrange(3),
            "noise": rng.randrange(-500, 500),
            "at": f"2026-01-{1 + number // 100:02}T{number % 24:02}:{number % 60:02}:00Z",
        }
        if rng.random() < 0.5:
            document["tags"] = [f"tag-{rng.randrange(40)}" for _ in range(rng.randint(1, 3))]
        if rng.random() < 0.3:
            document["ratio"] = rng.randrange(1000) / 8
        if number % 7 == 0:
            document["ok"] = number % 2 == 0
        made.append(document)
    return made


ONE_SCHEMA = [_text("label", "position", "default", fieldnorms=True), _number("date", "date")]


def _one() -> list[dict]:
    return [{"label": "the only document", "date": "2026-02-03T04:05:06Z"}]


def _to_delete() -> list[dict]:
    return [{"id": i, "text": "gone" if i in (3, 11) else f"kept_{i}", "score": i / 2}
            for i in range(20)]


_OBJECT = {"a": {"b": [1, "two", None, 2.5]}, "at": "2026-02-03T04:05:06Z", "big": 2**63, "c": True}
_JSON_INDEXED = {"record": "position", "fieldnorms": False, "tokenizer": "default"}


def _json_field(**options) -> dict:
    return {"name": "data", "type": "json_object",
            "options": {"stored": True, "fast": False, "expand_dots_enabled": True, **options}}


def _objects() -> list[dict]:
    return [{"id": i, "data": {**_OBJECT, "n": i, "k.dotted": f"v{i % 3}"}} for i in range(8)]


CASES = [
    *(Case(f"part-{n}", "5 documents: i64, raw text with positions, f64", PART_SCHEMA,
           lambda n=n: _part(n)) for n in range(3)),
    Case("kinds-0", "60 documents with every kind of field that is merged; lz4", documents.SCHEMA,
         lambda: _kinds(1, 60), ("--compressor", "lz4")),
    Case("kinds-1", "45 more, three fields without values; zstd", documents.SCHEMA,
         lambda: _kinds(2, 45, ("labels", "delta", "ok")), ("--compressor", "zstd")),
    Case("kinds-2", "50 more; store not compressed, many blocks", documents.SCHEMA,
         lambda: _kinds(3, 50), ("--compressor", "none", "--blocksize", "1000")),
    Case("kinds-3", "one more; zstd of another level", documents.SCHEMA, lambda: _kinds(4, 1),
         ("--compressor", "zstd(compression_level=9)")),
    Case("segments", "the same fields, three segments", documents.SCHEMA, lambda: _kinds(6, 70),
         ("--docs-per-segment", "30"), FOLDER),
    Case("many", f"{MANY_DOCUMENTS} documents: several blocks of postings, positions, dictionary "
         "and columns, two layers in the store", MANY_SCHEMA, _many,
         ("--compressor", "zstd", "--blocksize", "1000")),
    Case("one", "one document", ONE_SCHEMA, _one, shape=FOLDER),
    Case("empty", "no segment", ONE_SCHEMA, lambda: [], shape=FOLDER),
    Case("deletes", "20 documents, 2 of them deleted", PART_SCHEMA, _to_delete,
         ("--delete", '{"term": {"field": "text", "text": "gone"}}')),
    Case("json", "a JSON field, indexed and fast",
         [_number("id", "i64"), _json_field(indexing=_JSON_INDEXED, fast=True)], _objects),
    Case("json-stored", "a JSON field that is only stored", [_number("id", "i64"), _json_field()],
         _objects),
    Case("facet", "a facet", [_number("id", "i64"), {"name": "shelf", "type": "facet",
                                                     "options": {"stored": True}}],
         lambda: [{"id": i, "shelf": f"/top/{i % 2}/{i}"} for i in range(6)]),
    Case("ip", "ip addresses, one or two", [_number("id", "i64"), _number("client", "ip_addr")],
         lambda: [{"id": i, "client": [f"10.0.{i}.1", f"2001:db8::{i}"][:1 + i % 2]}
                  for i in range(6)]),
    Case("fst", "as `one`, by tantivy as it is by default: dictionaries of type FST", ONE_SCHEMA,
         _one, shape=FOLDER, fst=True),
]
MERGES = [
    Merge("parts-merged", "tantivy's merge of the three parts", ("part-0", "part-1", "part-2")),
    Merge("kinds-merged", "tantivy's merge of the four kinds",
          ("kinds-0", "kinds-1", "kinds-2", "kinds-3")),
]

# splitscope does not look inside these, and names why: its words, that is.
REFUSED = {
    "json": ("'data'", "JSON fields that are indexed or fast"),
    "facet": ("'shelf'", "facet fields"),
    "ip": ("'client'", "ip columns"),
    "deletes": ("deleted documents (2 here)",),
    "fst": (".term", "FST"),
}

# Of each, queries over some fields: (field, how many).
ASKED = {
    "many": (("body", 20), ("title", 8)),
    "segments": (("body", 16), ("title", 8)),
    "kinds-merged": (("body", 20),),
}
TOP = 8
# Of tantivy's merge of a profile's corpus; fewer hits, because there are more queries.
ASKED_OF_CORPORA = {
    "logs": (("body", 16),),
    "skewed": (("body", 16),),
    "text": (("title", 8), ("body", 8)),
    "wide": (("message", 16),),
}
TOP_OF_CORPORA = 3


def all_names() -> list[str]:
    return [case.name for case in [*CASES, *MERGES]]


def file_name_of(name: str) -> str:
    return next(case.file_name for case in [*CASES, *MERGES] if case.name == name)
