"""Queries over what splitscope wrote: tantivy's answers hold together, and splitscope's are the same.

Fields are those with frequencies, without which there is nothing to rank by.
"""

import collections

import pytest

from queries import (COMMON_DOCUMENTS, QueryMaker, assert_same_answer, read_answers, write_queries)

FIELDS = {"logs": ["body"], "skewed": ["body"], "text": ["title", "body"], "wide": ["message"]}
TOP = 10
PER_FIELD = 56

assert PER_FIELD * len(FIELDS) > 200
pytestmark = pytest.mark.parametrize("corpus", sorted(FIELDS), indirect=True, scope="session")


@pytest.fixture(scope="module")
def asked(corpus, theirs, tmp_path_factory):
    """(queries, the file that has them), for the corpus's merged split."""
    queries = []
    for field in FIELDS[corpus.profile]:
        queries += QueryMaker(theirs(corpus.merged), field, seed=7).queries(PER_FIELD)
    return queries, write_queries(tmp_path_factory.mktemp("queries") / "queries.jsonl", queries)


def test_queries_have_answers_and_common_terms(oracle, corpus, theirs, asked):
    queries, file = asked
    answers = read_answers(oracle("query", corpus.merged, file, TOP))
    assert len(answers) == len(queries)
    found = collections.Counter()
    for query, answer in zip(queries, answers):
        found[next(iter(query))] += answer["count"] > 0
    assert all(found[kind] >= PER_FIELD / 14 for kind in ("term", "phrase", "and", "or")), found
    if corpus.profile != "text":  # whose documents are long, and few
        common = QueryMaker(theirs(corpus.merged), FIELDS[corpus.profile][0], seed=7).common
        assert common
        assert all(answer["count"] > COMMON_DOCUMENTS for answer in answers[:len(common)])


def test_block_maxima_are_upper_bounds(oracle, corpus, asked):
    """tantivy skips blocks whose recorded maximum is too low; so it misses hits where a maximum that
    splitscope wrote is below a score in its block."""
    queries, file = asked
    for index in (corpus.merged, corpus.splits[0]):
        skipping = read_answers(oracle("query", index, file, TOP))
        exhaustive = read_answers(oracle("query", index, file, TOP, "--exhaustive"))
        for query, one, other in zip(queries, skipping, exhaustive):
            assert_same_answer(query, one, other)


def test_answers_are_those_of_tantivys_merge(oracle, corpus, asked):
    queries, file = asked
    ours = read_answers(oracle("query", corpus.merged, file, TOP))
    theirs = read_answers(oracle("query", corpus.merged_by_tantivy, file, TOP))
    for query, one, other in zip(queries, ours, theirs):
        assert_same_answer(query, one, other)


def test_search_answers_as_tantivy(splitscope, oracle, corpus, asked):
    queries, file = asked
    for index in (corpus.merged, corpus.merged_by_tantivy, corpus.indexes[0]):
        ours = read_answers(splitscope("search", index, "--queries", file, "--top", TOP))
        theirs = read_answers(oracle("query", index, file, TOP))
        assert len(ours) == len(theirs) == len(queries)
        for query, one, other in zip(queries, ours, theirs):
            assert_same_answer(query, one, other)
