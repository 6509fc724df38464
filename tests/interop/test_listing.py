"""What splitscope generates and merges opens in tantivy, and both read the same out of it."""

import json

import pytest

from conftest import ROOT
from listings import assert_equal, key_bytes

# tantivy ends a dictionary block once its keys take this much, and the last key may be long.
DICTIONARY_BLOCK_BYTES = 4000 + 100
POSTINGS_BLOCK_DOCS = 128
STORE_GROUP_BLOCKS = 8
COLUMN_BLOCK_VALUES = 512
ROW_BLOCK = 65536


def documents_told(check: str) -> list[int]:
    return [int(line.split(" documents")[0].split()[-1]) for line in check.splitlines()]


def test_checksums_hold_and_everything_reads(oracle, corpus):
    told = documents_told(oracle("check", *corpus.indexes, *corpus.splits, corpus.merged))
    of_indexes, of_splits, of_merged = told[:2], told[2:4], told[4]
    assert of_indexes == of_splits
    assert of_merged == sum(of_indexes) > 0


def test_both_read_the_same(ours, theirs, corpus):
    for path in (corpus.indexes[0], corpus.splits[0], corpus.splits[1], corpus.merged):
        assert_equal(ours(path), theirs(path))


def test_a_split_lists_as_the_index_in_it(theirs, corpus):
    assert_equal(theirs(corpus.indexes[1]), theirs(corpus.splits[1]))


def test_the_sizes_force_every_part_of_the_format(theirs, corpus):
    """Else the equalities above would say nothing about blocks, skips and layers."""
    profile = json.loads(
        (ROOT / "workloads/corpus/profiles" / f"{corpus.profile}.json").read_text("utf-8"))
    listing = theirs(corpus.merged)
    # The largest dictionary of tiny-docs is that of 5,000 numbers.
    blocks = 2 if corpus.profile == "tiny-docs" else 10
    indexed = {term.field for term in listing.terms}
    largest = max(key_bytes(listing.terms_of(field)) for field in indexed)
    assert largest > blocks * DICTIONARY_BLOCK_BYTES, "a dictionary has several blocks"
    assert max(term.documents for term in listing.terms) > 10 * POSTINGS_BLOCK_DOCS
    store_block = profile["docstore_blocksize"] + max(listing.document_bytes)
    assert sum(listing.document_bytes) > STORE_GROUP_BLOCKS * store_block, "two layers in the store"
    assert all(column.values > 2 * COLUMN_BLOCK_VALUES for column in listing.columns
               if column.cardinality == "full")


# tiny-docs has no field with positions.
@pytest.mark.parametrize("corpus", ["logs", "skewed", "text", "wide"], indirect=True,
                         scope="session")
def test_positions_take_several_blocks(theirs, corpus):
    positions = [term.positions for term in theirs(corpus.merged).terms]
    assert max(positions) > 100 * POSTINGS_BLOCK_DOCS


# Every document of the others has every field.
@pytest.mark.parametrize("corpus", ["logs"], indirect=True, scope="session")
def test_rows_take_several_blocks(theirs, corpus):
    merged = theirs(corpus.merged)
    assert merged.segments[0] > ROW_BLOCK
    assert {column.cardinality for column in merged.columns} == {"full", "opt", "mult"}
