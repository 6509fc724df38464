"""tests/golden is what tantivy writes and reads today. scripts/golden makes it anew."""

import filecmp
import pathlib
import shutil

import pytest

import corpora as generated
import recorded
from listings import Listing
from queries import read_answers, write_queries
from recorded import cases, make, path_of


def files_below(folder: pathlib.Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()
            and path.suffix != ".py" and path.name not in ("README.md", ".gitattributes")
            and "__pycache__" not in path.parts}


def test_made_anew_every_byte_is_the_same(oracle, tmp_path):
    """But for the index with FST dictionaries, which another tantivy writes, and the corpora, which
    the next test compares."""
    made = tmp_path / "made"
    left_out = make.make(oracle.binary, None, None, made)
    assert left_out == ["fst", "the corpora"]
    names = {name for name in files_below(recorded.GOLDEN)
             if not name.startswith(("fst/", "listings/fst.", "listings/corpus-", "answers/corpus-"))}
    assert files_below(made) == names
    same, different, missing = filecmp.cmpfiles(recorded.GOLDEN, made, sorted(names), shallow=False)
    assert (different, missing) == ([], []) and len(same) == len(names) > 40


@pytest.mark.parametrize("name", [case.name for case in cases.CASES if not case.fst] +
                         [merge.name for merge in cases.MERGES])
def test_the_committed_bytes_read_as_recorded(oracle, tmp_path, name):
    index = path_of(name)
    if index.is_dir():  # where tantivy leaves a lock
        index = shutil.copytree(index, tmp_path / name)
    oracle("check", index)
    recorded.assert_listed(name, Listing(oracle("list", index)).lines)


def test_the_fst_is_one_that_quickwits_tantivy_does_not_open(oracle, tmp_path):
    done = oracle.attempt("list", shutil.copytree(path_of("fst"), tmp_path / "fst"))
    assert done.returncode == 1 and "dictionary" in done.stderr.lower(), done.stderr
    assert recorded.listing("fst") == recorded.listing("one")


@pytest.mark.parametrize("profile", sorted(generated.SIZES))
def test_the_corpora_read_as_recorded(oracle, theirs, corpora, tmp_path, profile):
    for key, index in corpora(profile).judged().items():
        recorded.assert_listed(key, theirs(index).lines)
    if profile in cases.ASKED_OF_CORPORA:  # `key` is that of the merge
        asked = recorded.answers(key)
        file = write_queries(tmp_path / "queries.jsonl", [each["query"] for each in asked])
        told = read_answers(oracle("query", index, file, cases.TOP_OF_CORPORA))
        assert told == [each["answer"] for each in asked]
