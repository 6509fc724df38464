"""Every split that others wrote, golden or of third parties, through the verbs that a user would type."""

import filecmp
import json

import pytest

from conftest import FIXTURES, GOLDEN, NOT_THERE, STRATEGIES, golden_and_real

GOLDEN_SPLITS = sorted(GOLDEN.glob("*.split"))
SPLITS = golden_and_real(GOLDEN_SPLITS, "splits/*/*.split")
FST = golden_and_real([GOLDEN / "fst"], "tantivy_index/index_v7")
GROUPS = [  # documents, parts
    pytest.param(15, sorted(GOLDEN.glob("part-*.split")), id="parts"),
    pytest.param(156, sorted(GOLDEN.glob("kinds-[0-9].split")), id="kinds"),
    pytest.param(40, sorted(FIXTURES.glob("splits/merge_group/part-*.split")), id="third-party",
                 marks=pytest.mark.skipif(not FIXTURES.is_dir(), reason=NOT_THERE)),
]


def test_all_eighteen_are_here(fixtures):
    assert len(list(fixtures.glob("splits/*/*.split"))) == 18


@pytest.mark.parametrize("split", SPLITS)
def test_inspect_shows_files_schema_footer_and_hotcache(splitscope, split):
    told = json.loads(splitscope("inspect", split, "--json").stdout)
    names = [file["name"] for file in told["files"]]
    assert "meta.json" in names and any(name.endswith(".store") for name in names)
    assert sum(file["size_bytes"] for file in told["files"]) < split.stat().st_size
    text = splitscope("inspect", split).stdout
    for word in ("meta.json", "hotcache", "footer", "schema"):
        assert word in text.lower()


@pytest.mark.parametrize("split", SPLITS)
def test_extract_then_convert_holds_every_file_again(splitscope, split, tmp_path):
    splitscope("extract", split, "-o", tmp_path / "first", "--verify")
    splitscope("convert", tmp_path / "first", "-o", tmp_path / "again.split", "--verify")
    splitscope("extract", tmp_path / "again.split", "-o", tmp_path / "second")
    names = sorted(path.name for path in (tmp_path / "first").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "second").iterdir())
    same, different, missing = filecmp.cmpfiles(
        tmp_path / "first", tmp_path / "second", names, shallow=False)
    assert (same, different, missing) == (names, [], [])


@pytest.mark.parametrize("documents, parts", GROUPS)
def test_a_group_merges_under_every_strategy(splitscope, documents, parts, tmp_path):
    made = set()
    for strategy in STRATEGIES:
        out = tmp_path / f"{strategy}.split"
        done = splitscope("merge", *parts, "-o", out, "--strategy", strategy, "--verify")
        assert "sha256:" in done.stdout
        told = json.loads(splitscope("inspect", out, "--json").stdout)
        assert told["segments"][0]["max_doc"] == documents
        made.add(out.read_bytes())
    assert len(made) == 1


@pytest.mark.parametrize("index", FST)
def test_an_fst_index_says_why_no_split_comes_of_it(splitscope, index, tmp_path):
    message = splitscope.refuses("convert", index, "-o", tmp_path / "fst.split", "--verify")
    assert "FST" in message and ".term" in message and "SSTable" in message
    message = splitscope.refuses("merge", index, index, "-o", tmp_path / "merged.split")
    assert "FST" in message and ".term" in message
    assert not list(tmp_path.iterdir())
