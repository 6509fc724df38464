"""Searching: answers as a user sees them, and that no strategy of merging changes them or their cost."""

import json

import pytest

from conftest import GOLDEN, STRATEGIES
from test_measure import EXACT, rows_of

QUERIES = [
    {"term": {"field": "severity", "text": "ERROR"}},
    {"term": {"field": "body", "text": "ra"}},
    {"phrase": {"field": "body", "terms": ["ra", "ki"]}},
    {"and": [{"term": {"field": "severity", "text": "WARN"}},
             {"term": {"field": "body", "text": "ki"}}]},
    {"or": [{"term": {"field": "body", "text": "nu"}},
            {"phrase": {"field": "body", "terms": ["ki", "ra"]}},
            {"term": {"field": "tags", "text": "none"}}]},
    {"term": {"field": "body", "text": "nowhere"}},
]


@pytest.fixture(scope="module")
def queries(tmp_path_factory):
    path = tmp_path_factory.mktemp("queries") / "queries.jsonl"
    path.write_text("".join(json.dumps(query) + "\n" for query in QUERIES))
    return path


def answers(splitscope, index, queries, *options) -> list[dict]:
    lines = splitscope("search", index, "--queries", queries, *options).stdout.splitlines()
    assert len(lines) == len(QUERIES)
    return [json.loads(line) for line in lines]


def test_answers_have_counts_hits_and_documents(splitscope, generated, queries):
    found = answers(splitscope, generated / "split-0.split", queries, "--top", 5, "--documents")
    for query, answer in zip(QUERIES, found):
        assert len(answer["hits"]) == min(5, answer["count"])
        scores = [hit["score"] for hit in answer["hits"]]
        assert scores == sorted(scores, reverse=True)
        for hit in answer["hits"]:
            if "term" in query:
                field, text = query["term"]["field"], query["term"]["text"]
                assert any(text in value.split() for value in hit["document"][field])
            if "phrase" in query:
                assert any(" ra ki " in f" {value} " for value in hit["document"]["body"])
    assert found[0]["count"] > 0 and found[1]["count"] > 0 and found[5] == {"count": 0, "hits": []}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_and_the_folder_answer_alike(splitscope, generated, queries, strategy):
    expected = answers(splitscope, generated / "split-1.split", queries)
    for index in ("split-1.split", "index-1"):
        assert answers(splitscope, generated / index, queries, "--strategy", strategy) == expected


def test_a_merge_finds_what_its_inputs_find(splitscope, generated, queries, tmp_path):
    splits = sorted(generated.glob("*.split"))
    splitscope("merge", *splits, "-o", tmp_path / "m.split")
    merged = answers(splitscope, tmp_path / "m.split", queries)
    apart = [answers(splitscope, split, queries) for split in splits]
    for place, answer in enumerate(merged):
        assert answer["count"] == sum(found[place]["count"] for found in apart)


def test_searching_is_untouched_by_the_strategy_chosen_for_merging(
        splitscope, generated, queries, tmp_path):
    """The seed's claim: same hits, and to the byte the same memory, whoever merged the split."""
    splits = sorted(generated.glob("*.split"))
    suite = tmp_path / "search.json"
    suite.write_text(json.dumps({
        "about": "for tests", "repetitions": 2, "strategies": STRATEGIES,
        "cases": [{"workload": "search", "input": {"profile": "logs", "size": "1MB"},
                   "options": {"queries": "40"}}]}))
    seen = {}
    for merging in ("full-copy", "streaming", "lazy-mmap"):
        merged = tmp_path / f"merged-under-{merging}.split"
        splitscope("merge", *splits, "-o", merged, "--strategy", merging)
        splitscope("run", "--suite", suite, "--input", merged, "--out", tmp_path / merging,
                   "--cache-dir", tmp_path / "cache", timeout=300)
        figures = {}
        for row in rows_of(tmp_path / merging):
            assert row["status"] == "ok", row["message"]
            assert [phase["name"] for phase in row["phases"]] == ["open", "query", "fetch"]
            exact = tuple(row[key] for key in (*EXACT, "bytes_requested", "reads", "output_digest"))
            assert figures.setdefault(row["case"]["strategy"], exact) == exact
        seen[merging] = (figures, answers(splitscope, merged, queries, "--documents"))
    assert len({row[-1] for figures, _ in seen.values() for row in figures.values()}) == 1
    assert seen["full-copy"] == seen["streaming"] == seen["lazy-mmap"]


def test_what_cannot_be_searched_is_one_line(splitscope, generated, tmp_path):
    split = generated / "split-0.split"

    def refused(query, index=split):
        return splitscope.refuses("search", index, "--query", json.dumps(query))

    assert "did you mean 'severity'" in refused({"term": {"field": "sevrity", "text": "x"}})
    assert "of type f64" in refused({"term": {"field": "latency", "text": "x"}})
    assert "no positions" in refused({"phrase": {"field": "severity", "terms": ["a", "b"]}})
    assert "FST" in refused({"term": {"field": "label", "text": "x"}}, GOLDEN / "fst")
    path = tmp_path / "queries.jsonl"
    path.write_text('{"term": {"field": "body", "text": "ra"}}\n\n{"term": }\n')
    assert "queries.jsonl:3: not JSON, at column" in splitscope.refuses(
        "search", split, "--queries", path)
    cut = tmp_path / "cut.split"
    cut.write_bytes(split.read_bytes()[:-100])
    assert "cut.split" in refused({"term": {"field": "body", "text": "ra"}}, cut)
