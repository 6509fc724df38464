"""What tantivy writes, splitscope lists, converts and merges."""

import dataclasses
import pathlib

import pytest

from documents import write_documents, write_schema
from listings import assert_equal

ROW_BLOCK = 65536


@dataclasses.dataclass(frozen=True)
class Written:
    """Index directories, each written otherwise, and what merge takes: splits where there can be."""

    schema: pathlib.Path
    documents: list[pathlib.Path]
    indexes: list[pathlib.Path]
    inputs: list[pathlib.Path]


@pytest.fixture(scope="module")
def written(oracle, splitscope, tmp_path_factory) -> Written:
    folder = tmp_path_factory.mktemp("written")
    schema = write_schema(folder / "schema.json")
    documents = [
        write_documents(folder / "0.jsonl", seed=1, count=30000),
        write_documents(folder / "1.jsonl", seed=2, count=25000, without=("labels", "delta", "ok")),
        write_documents(folder / "2.jsonl", seed=3, count=15000),
        write_documents(folder / "3.jsonl", seed=4, count=3),
    ]
    options = [
        ["--docs-per-segment", 12000, "--compressor", "lz4"],
        ["--compressor", "zstd"],
        ["--compressor", "none", "--blocksize", 2000, "--docs-per-segment", 7500],
        ["--compressor", "zstd(compression_level=9)", "--blocksize", 100000],
    ]
    indexes, inputs = [], []
    for number, (lines, how) in enumerate(zip(documents, options)):
        indexes.append(folder / f"index-{number}")
        oracle("write", indexes[-1], lines, "--schema", schema, *how)
        inputs.append(indexes[-1])
        if "--docs-per-segment" not in how:  # a split holds one segment
            inputs[-1] = folder / f"{number}.split"
            splitscope("convert", indexes[-1], "-o", inputs[-1])
    return Written(schema, documents, indexes, inputs)


@pytest.fixture(scope="module")
def merged(oracle, splitscope, written, tmp_path_factory):
    """(splitscope's merge, tantivy's merge) of all inputs."""
    folder = tmp_path_factory.mktemp("merged")
    splitscope("merge", *written.inputs, "-o", folder / "ours.split")
    oracle("merge", folder / "theirs", *written.indexes)
    return folder / "ours.split", folder / "theirs"


def test_the_same_documents_make_the_same_files(oracle, written, tmp_path):
    oracle("write", tmp_path / "again", written.documents[2], "--schema", written.schema,
           "--compressor", "none", "--blocksize", 2000, "--docs-per-segment", 7500)
    first = {path.name: path.read_bytes() for path in written.indexes[2].iterdir()}
    again = {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()}
    assert first == again


def test_the_inputs_are_as_different_as_they_should_be(theirs, written):
    first, second = theirs(written.indexes[0]), theirs(written.indexes[1])
    assert first.segments == [12000, 12000, 6000]
    assert len(second.segments) == 1
    assert {column.cardinality for column in first.columns} == {"full", "opt", "mult"}
    kinds = {column.kind for column in first.columns}
    assert kinds == {"u64", "i64", "f64", "bool", "datetime", "str", "bytes"}
    assert "labels" not in {column.name for column in second.columns if column.values > 0}


def test_indexes_list_alike(ours, theirs, written):
    for index in written.indexes:
        assert_equal(ours(index), theirs(index))


def test_converted_indexes_list_as_before(ours, theirs, written):
    for index, split in zip(written.indexes, written.inputs):
        if index != split:
            assert_equal(theirs(split), theirs(index))
            assert_equal(ours(split), theirs(index))


def test_converted_splits_pass_every_check(oracle, written):
    oracle("check", *written.inputs)


def test_the_merge_is_tantivys(oracle, theirs, merged):
    oracle("check", merged[0])
    assert theirs(merged[0]).segments[0] > ROW_BLOCK, "rows take several blocks"
    assert_equal(theirs(merged[0]), theirs(merged[1]))


def test_both_read_both_merges_alike(ours, theirs, merged):
    assert_equal(ours(merged[0]), theirs(merged[0]))
    assert_equal(ours(merged[1]), theirs(merged[1]))


@pytest.mark.parametrize("first", [1, 2, 3])
def test_whichever_compressor_comes_first(oracle, splitscope, theirs, written, tmp_path, first):
    """The first input's compressor is that of the output; the others' blocks are packed again."""
    others = [number for number in (1, 2, 3) if number != first]
    order = [first, *others]
    splitscope("merge", *[written.inputs[i] for i in order], "-o", tmp_path / "ours.split")
    oracle("merge", tmp_path / "theirs", *[written.indexes[i] for i in order])
    assert_equal(theirs(tmp_path / "ours.split"), theirs(tmp_path / "theirs"))


@pytest.mark.parametrize("corpus", ["skewed"], indirect=True, scope="session")
def test_generated_and_foreign_splits_do_not_mix(splitscope, corpus, written, tmp_path):
    done = splitscope.attempt("merge", corpus.splits[0], written.inputs[1], "-o",
                              tmp_path / "x.split")
    assert done.returncode == 1 and "schema" in done.stderr
    assert not (tmp_path / "x.split").exists()
