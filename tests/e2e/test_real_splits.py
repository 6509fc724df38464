"""Every real split, through the verbs that a user would type."""

import filecmp
import json

import pytest

from conftest import FIXTURES, STRATEGIES

SPLITS = sorted(FIXTURES.glob("splits/*/*.split"))
IDS = [split.name[:13] for split in SPLITS]


def test_all_eighteen_are_here(fixtures):
    assert len(SPLITS) == 18


@pytest.mark.parametrize("split", SPLITS, ids=IDS)
def test_inspect_shows_files_schema_footer_and_hotcache(splitscope, split):
    told = json.loads(splitscope("inspect", split, "--json").stdout)
    names = [file["name"] for file in told["files"]]
    assert "meta.json" in names and any(name.endswith(".store") for name in names)
    assert sum(file["size_bytes"] for file in told["files"]) < split.stat().st_size
    text = splitscope("inspect", split).stdout
    for word in ("meta.json", "hotcache", "footer", "schema"):
        assert word in text.lower()


@pytest.mark.parametrize("split", SPLITS, ids=IDS)
def test_extract_then_convert_holds_every_file_again(splitscope, split, tmp_path):
    splitscope("extract", split, "-o", tmp_path / "first", "--verify")
    splitscope("convert", tmp_path / "first", "-o", tmp_path / "again.split", "--verify")
    splitscope("extract", tmp_path / "again.split", "-o", tmp_path / "second")
    names = sorted(path.name for path in (tmp_path / "first").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "second").iterdir())
    same, different, missing = filecmp.cmpfiles(
        tmp_path / "first", tmp_path / "second", names, shallow=False)
    assert (same, different, missing) == (names, [], [])


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_merge_group_merges_under_every_strategy(splitscope, fixtures, strategy, tmp_path):
    parts = sorted(fixtures.glob("splits/merge_group/part-*.split"))
    done = splitscope("merge", *parts, "-o", tmp_path / "out.split", "--strategy", strategy,
                      "--verify")
    assert "sha256:" in done.stdout
    told = json.loads(splitscope("inspect", tmp_path / "out.split", "--json").stdout)
    assert told["segments"][0]["max_doc"] == 40


def test_an_fst_index_says_why_no_split_comes_of_it(splitscope, fixtures, tmp_path):
    index = fixtures / "tantivy_index" / "index_v7"
    message = splitscope.refuses("convert", index, "-o", tmp_path / "fst.split", "--verify")
    assert "FST" in message and ".term" in message and "SSTable" in message
    message = splitscope.refuses("merge", index, index, "-o", tmp_path / "merged.split")
    assert "FST" in message and ".term" in message
    assert not list(tmp_path.iterdir())
