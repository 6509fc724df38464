"""Makes queries from the terms of a listing, and compares answers."""

from __future__ import annotations

import json
import pathlib
import random

from listings import Listing, Term

COMMON_DOCUMENTS = 10_000
# Scores of several clauses are sums of 32-bit numbers; the order of adding is nobody's promise.
RELATIVE_ERROR = 1e-6


def text_of(term: Term) -> str:
    return term.key.decode("utf-8")


def term_query(field: str, text: str) -> dict:
    return {"term": {"field": field, "text": text}}


class QueryMaker:
    """Draws queries over one field; the same listing and seed give the same ones."""

    def __init__(self, listing: Listing, field: str, seed: int):
        self.rng = random.Random(seed)
        self.field = field
        self.terms = sorted(listing.terms_of(field), key=lambda term: (-term.documents, term.key))
        self.common = [term for term in self.terms if term.documents > COMMON_DOCUMENTS]
        self.has_positions = any(term.positions for term in self.terms)

    def word(self, rare: bool = True) -> str:
        """Very common, common or, with `rare`, any; now and then one that is not there."""
        draw = self.rng.random() * (1 if rare else 0.7)
        if draw < 0.03:
            return "nosuchword"
        pool = self.terms[:8] if draw < 0.35 else self.terms[:200] if draw < 0.7 else self.terms
        return text_of(self.rng.choice(pool))

    def term(self, rare: bool = True) -> dict:
        return term_query(self.field, self.word(rare))

    def phrase(self) -> dict:
        if not self.has_positions:
            return self.term()
        # Words that are rare hardly ever stand together.
        pool = self.terms[:8] if self.rng.random() < 0.6 else self.terms[:40]
        terms = [text_of(self.rng.choice(pool)) for _ in range(self.rng.choice([2, 2, 2, 3]))]
        return {"phrase": {"field": self.field, "terms": terms}}

    def several(self, kind: str) -> dict:
        # Of rare words, hardly any document has all.
        rare = kind == "or"
        parts = [self.phrase() if self.rng.random() < 0.2 else self.term(rare)
                 for _ in range(self.rng.choice([2, 2, 3, 5]))]
        return {kind: parts}

    def queries(self, count: int) -> list[dict]:
        """Every common term on its own and all together, then `count` drawn ones."""
        words = [term_query(self.field, text_of(term)) for term in self.common]
        made = words + ([{"or": words[:6]}, {"and": words[:3]}] if len(words) > 1 else [])
        draw = [self.term, self.phrase, lambda: self.several("and"), lambda: self.several("or")]
        return made + [draw[number % len(draw)]() for number in range(count)]


def write_queries(path: pathlib.Path, queries: list[dict]) -> pathlib.Path:
    path.write_text("".join(json.dumps(query) + "\n" for query in queries), encoding="utf-8")
    return path


def read_answers(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def _places(hits: list[dict]) -> list[tuple[int, int]]:
    return [(hit["segment"], hit["doc"]) for hit in hits]


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= RELATIVE_ERROR * max(abs(one), abs(other))


def assert_same_answer(query: dict, one: dict, other: dict):
    """Equal counts, documents, order and scores. Where scores are sums of three parts or more, they
    may differ in the last bits, and documents may change places with those that score the same but
    for that."""
    assert one["count"] == other["count"], query
    if one["hits"] == other["hits"]:
        return
    parts = next(iter(query.values()))
    assert isinstance(parts, list) and len(parts) > 2, (query, one["hits"], other["hits"])
    assert len(one["hits"]) == len(other["hits"]), query
    scores = [(a["score"], b["score"]) for a, b in zip(one["hits"], other["hits"])]
    assert all(_close(a, b) for a, b in scores), (query, one["hits"], other["hits"])
    last = one["hits"][-1]["score"]
    mine, yours = set(_places(one["hits"])), set(_places(other["hits"]))
    for hit in one["hits"] + other["hits"]:
        if (hit["segment"], hit["doc"]) in mine ^ yours:
            assert _close(hit["score"], last), (query, one["hits"], other["hits"])
