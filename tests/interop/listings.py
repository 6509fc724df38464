"""Canonical listings, taken apart. README.md describes their lines."""

from __future__ import annotations

import dataclasses
import functools
import os


@dataclasses.dataclass(frozen=True)
class Term:
    field: str
    key: bytes
    documents: int
    positions: int


@dataclasses.dataclass(frozen=True)
class Column:
    name: str
    kind: str
    cardinality: str
    values: int


class Listing:
    """What one program printed; parts are parsed when they are asked for."""

    def __init__(self, text: str):
        self.lines = text.splitlines()

    def words_of(self, kind: str) -> list[list[str]]:
        return [line.split(" ") for line in self.lines if line.startswith(kind + " ")]

    @functools.cached_property
    def segments(self) -> list[int]:
        return [int(words[1]) for words in self.words_of("segment")]

    @functools.cached_property
    def document_bytes(self) -> list[int]:
        return [int(words[2]) for words in self.words_of("doc")]

    @functools.cached_property
    def terms(self) -> list[Term]:
        return [Term(words[1], bytes.fromhex(words[2]), int(words[3]), int(words[4]))
                for words in self.words_of("term")]

    @functools.cached_property
    def columns(self) -> list[Column]:
        return [Column(words[1], words[2], words[3], int(words[4]))
                for words in self.words_of("column")]

    def terms_of(self, field: str) -> list[Term]:
        return [term for term in self.terms if term.field == field]


def assert_equal(first: Listing, second: Listing):
    """Says where two listings part; a whole difference of 100,000 lines helps nobody."""
    assert first.lines, "an empty listing"
    if first.lines == second.lines:
        return
    for number, (one, other) in enumerate(zip(first.lines, second.lines), 1):
        assert one == other, f"line {number}: {one!r} and {other!r}"
    assert len(first.lines) == len(second.lines), "one listing is the beginning of the other"


def key_bytes(terms: list[Term]) -> int:
    """Bytes that the keys of a dictionary take when each is written as what differs from the last."""
    total, before = 0, b""
    for term in terms:
        total += 1 + len(term.key) - len(os.path.commonprefix([before, term.key]))
        before = term.key
    return total
