"""The judge, judged: BM25 written down once more, over documents that are known."""

import json
import math
import random

import pytest

from listings import Listing, assert_equal
from queries import read_answers, term_query, write_queries

TOP = 10
WORDS = "abcdefghij"
DOCUMENTS = 700
PER_SEGMENT = 300


@pytest.fixture(scope="module")
def known(oracle, tmp_path_factory):
    """(token lists of the documents, index of them in three segments)"""
    folder = tmp_path_factory.mktemp("known")
    rng = random.Random(11)
    # At most 40 tokens: norms of up to 40 are exact.
    texts = [[rng.choice(WORDS[:1 + number % 10]) for _ in range(rng.randint(1, 40))]
             for number in range(DOCUMENTS)]
    with (folder / "documents.jsonl").open("w", encoding="utf-8") as out:
        for number, text in enumerate(texts):
            out.write(json.dumps({"body": " ".join(text), "n": number}) + "\n")
    oracle("write", folder / "index", folder / "documents.jsonl", "--docs-per-segment", PER_SEGMENT)
    return texts, folder / "index"


def frequency(text, tokens) -> int:
    span = len(tokens)
    return sum(text[at:at + span] == tokens for at in range(len(text) - span + 1))


def expected_answer(texts, tokens) -> dict:
    average = sum(map(len, texts)) / len(texts)
    holding = [sum(token in text for text in texts) for token in tokens]
    idf = sum(math.log(1 + (len(texts) - held + 0.5) / (held + 0.5)) for held in holding)
    scored = []
    for number, text in enumerate(texts):
        times = frequency(text, tokens)
        if times > 0:
            norm = 1.2 * (1 - 0.75 + 0.75 * len(text) / average)
            scored.append((-idf * 2.2 * times / (times + norm), number))
    scored.sort()
    hits = [{"segment": number // PER_SEGMENT, "doc": number % PER_SEGMENT, "score": -score}
            for score, number in scored[:TOP]]
    return {"count": len(scored), "hits": hits}


@pytest.mark.parametrize("flag", [[], ["--exhaustive"]], ids=["skipping", "exhaustive"])
def test_the_judge_scores_as_the_formula(oracle, known, tmp_path, flag):
    texts, index = known
    tokens = [[a] for a in WORDS] + [[a, b] for a in WORDS for b in WORDS] + [list("aba"), ["zz"]]
    queries = [term_query("body", each[0]) if len(each) == 1 else
               {"phrase": {"field": "body", "terms": each}} for each in tokens]
    file = write_queries(tmp_path / "queries.jsonl", queries)
    for each, answer in zip(tokens, read_answers(oracle("query", index, file, TOP, *flag))):
        expected = expected_answer(texts, each)
        assert answer["count"] == expected["count"], each
        scores = [hit["score"] for hit in answer["hits"]]
        assert scores == sorted(scores, reverse=True)
        for hit, wanted in zip(answer["hits"], expected["hits"], strict=True):
            assert hit["score"] == pytest.approx(wanted["score"], rel=1e-5), each
            text = texts[hit["segment"] * PER_SEGMENT + hit["doc"]]
            assert frequency(text, each) > 0


def test_the_judge_combines(oracle, known, tmp_path):
    texts, index = known
    both = [term_query("body", "c"), {"phrase": {"field": "body", "terms": ["a", "b"]}}]
    ranged = {"range": {"field": "n", "from": 10, "to": 19}}
    file = write_queries(tmp_path / "queries.jsonl", [{"and": both}, {"or": both}, ranged])
    answers = read_answers(oracle("query", index, file, TOP))
    holds = [("c" in text, frequency(text, ["a", "b"]) > 0) for text in texts]
    assert answers[0]["count"] == sum(c and ab for c, ab in holds)
    assert answers[1]["count"] == sum(c or ab for c, ab in holds)
    assert answers[2] == {"count": 10, "hits": [
        {"segment": 0, "doc": doc, "score": 1} for doc in range(10, 20)]}


def test_the_judge_ranks_equal_scores_by_place(oracle, tmp_path):
    (tmp_path / "same.jsonl").write_text('{"body": "x y"}\n' * 40, encoding="utf-8")
    oracle("write", tmp_path / "index", tmp_path / "same.jsonl", "--docs-per-segment", 4)
    assert Listing(oracle("list", tmp_path / "index")).segments == [4] * 10
    file = write_queries(tmp_path / "queries.jsonl", [term_query("body", "x")])
    answer = read_answers(oracle("query", tmp_path / "index", file, TOP))[0]
    assert [(hit["segment"], hit["doc"]) for hit in answer["hits"]] == (
        [(0, doc) for doc in range(4)] + [(1, doc) for doc in range(4)] + [(2, 0), (2, 1)])


def test_the_judge_says_what_is_wrong_with_a_query(oracle, known, tmp_path):
    for query, words in [({"term": {"field": "none", "text": "a"}}, ["none"]),
                         ({"phrase": {"field": "body", "terms": ["a"]}}, ["two"]),
                         ({"not": []}, ["not"])]:
        file = write_queries(tmp_path / "bad.jsonl", [term_query("body", "a"), query])
        done = oracle.attempt("query", known[1], file, TOP)
        assert done.returncode == 1
        assert all(word in done.stderr for word in ["bad.jsonl", "line 2", *words]), done.stderr


@pytest.mark.parametrize("corpus", ["skewed"], indirect=True, scope="session")
def test_the_judge_reads_a_split_with_a_trailer(oracle, theirs, corpus, tmp_path):
    """The newest Quickwit appends 16 bytes, which splitscope never writes."""
    split = tmp_path / "trailer.split"
    split.write_bytes(corpus.splits[0].read_bytes() + bytes(8) + b"\x01\0\0\0QWFT")
    assert_equal(theirs(corpus.splits[0]), Listing(oracle("list", split)))


def test_the_judge_refuses_what_is_no_split(oracle, tmp_path):
    for number, content in enumerate([b"", b"abc", bytes(100), b"\xff" * 100]):
        bad = tmp_path / f"{number}.split"
        bad.write_bytes(content)
        done = oracle.attempt("check", bad)
        assert done.returncode == 1 and bad.name in done.stderr, done.stderr


@pytest.mark.parametrize("corpus", ["skewed"], indirect=True, scope="session")
def test_the_judge_finds_a_flipped_bit(oracle, corpus, tmp_path):
    content = bytearray(corpus.splits[0].read_bytes())
    content[len(content) // 2] ^= 4
    (tmp_path / "flipped.split").write_bytes(content)
    done = oracle.attempt("check", tmp_path / "flipped.split")
    assert done.returncode == 1 and "checksum" in done.stderr
