"""splitscope's merge holds what tantivy's own merge of the same inputs holds."""

import json

import pytest

from listings import assert_equal

PEAKS = ["peak_rss_anon_bytes", "peak_rss_file_bytes", "peak_rss_shmem_bytes"]


def test_the_merge_lists_as_tantivys_own(theirs, corpus):
    assert_equal(theirs(corpus.merged), theirs(corpus.merged_by_tantivy))


def test_splitscope_reads_tantivys_merge(ours, theirs, corpus):
    assert_equal(ours(corpus.merged_by_tantivy), theirs(corpus.merged_by_tantivy))


def test_tantivy_merges_splits_as_it_merges_their_indexes(oracle, theirs, corpus, tmp_path):
    told = json.loads(oracle("merge", tmp_path / "merged", *corpus.splits))
    assert_equal(theirs(tmp_path / "merged"), theirs(corpus.merged_by_tantivy))
    assert told["documents"] == theirs(corpus.merged).segments[0]
    assert told["output_bytes"] == sum(
        file.stat().st_size for file in (tmp_path / "merged").iterdir())
    assert told["seconds"] > 0
    assert told["peak_rss_bytes"] >= max(told[peak] for peak in PEAKS) > 0


@pytest.mark.parametrize("corpus", ["skewed"], indirect=True, scope="session")
def test_a_merge_of_merges(splitscope, oracle, theirs, corpus, tmp_path):
    splitscope("merge", corpus.merged, corpus.splits[0], "-o", tmp_path / "again.split")
    oracle("merge", tmp_path / "again", corpus.merged_by_tantivy, corpus.indexes[0])
    assert_equal(theirs(tmp_path / "again.split"), theirs(tmp_path / "again"))


def test_a_merge_with_packed_dictionaries(splitscope, oracle, ours, theirs, corpus, tmp_path):
    """As tantivy packs them: dictionaries of many words become smaller, and hold the same."""
    packed = tmp_path / "packed.split"
    splitscope("merge", *corpus.splits, "-o", packed, "--dictionaries", "zstd", "--verify")
    oracle("check", packed)
    assert_equal(theirs(packed), theirs(corpus.merged_by_tantivy))
    assert_equal(ours(packed), theirs(packed))
    assert packed.stat().st_size < corpus.merged.stat().st_size
