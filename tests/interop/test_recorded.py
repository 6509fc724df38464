"""splitscope against what tantivy wrote, read and answered before: no cargo is needed here.

tests/golden/README.md tells what was recorded; test_golden.py asks tantivy whether it still holds.
"""

import json
import shutil

import pytest

import corpora
import recorded
from against_tantivy import strategy_names
from conftest import BINARY
from queries import assert_same_answer, read_answers, write_queries
from recorded import cases, path_of, table

STRATEGIES = strategy_names(BINARY)
READ = [name for name in cases.all_names() if name not in cases.REFUSED]
SPLITS = [name for name in cases.all_names() if cases.file_name_of(name).endswith(".split")]


def assert_answered(splitscope, tmp_path, name, index, top, strategy):
    asked = recorded.answers(name)
    file = write_queries(tmp_path / "queries.jsonl", [each["query"] for each in asked])
    told = read_answers(splitscope("search", index, "--queries", file, "--top", top,
                                   "--strategy", strategy))
    assert len(told) == len(asked)
    for each, answer in zip(asked, told):
        assert_same_answer(each["query"], answer, each["answer"])


@pytest.mark.parametrize("name", READ)
def test_golden_indexes_list_as_tantivy_lists_them(ours, name):
    recorded.assert_listed(name, ours(path_of(name)).lines)


@pytest.mark.parametrize("verb", ["merge", "listing"])
@pytest.mark.parametrize("name", sorted(cases.REFUSED))
def test_what_is_not_read_is_refused_by_name(splitscope, tmp_path, name, verb):
    index = path_of(name)
    words = {"merge": ["merge", index, index, "-o", tmp_path / "out.split"],
             "listing": ["inspect", "--listing", index]}[verb]
    done = splitscope.attempt(*words)
    assert done.returncode == 1
    for word in (index.name, *cases.REFUSED[name]):
        assert word in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("merge", cases.MERGES, ids=lambda merge: merge.name)
def test_every_strategy_merges_as_tantivy(splitscope, ours, tmp_path, merge):
    made = set()
    for strategy in STRATEGIES:
        out = tmp_path / f"{strategy}.split"
        splitscope("merge", *map(path_of, merge.of), "-o", out, "--strategy", strategy, "--verify")
        made.add(out.read_bytes())
    assert len(made) == 1
    recorded.assert_listed(merge.name, ours(out).lines)


@pytest.mark.parametrize("inputs", [("parts-merged", "part-0"), ("kinds-merged", "segments"),
                                    ("many", "many"), ("json-stored", "json-stored")],
                         ids=lambda inputs: "+".join(inputs))
def test_merges_of_golden_indexes_hold_all_documents(splitscope, ours, tmp_path, inputs):
    out = tmp_path / "out.split"
    splitscope("merge", *map(path_of, inputs), "-o", out, "--verify")
    documents = [line.split(" ", 2)[2] for name in inputs for line in ours(path_of(name)).lines
                 if line.startswith("doc ")]
    assert [line.split(" ", 2)[2] for line in ours(out).lines if line.startswith("doc ")] == documents


def test_an_empty_index_has_nothing_to_list_and_no_split_comes_of_it(splitscope, tmp_path):
    empty = path_of("empty")
    assert json.loads(splitscope("inspect", "--json", empty))["segments"] == []
    assert splitscope("inspect", "--listing", empty) == ""
    for words, says in ((["convert", empty], "exactly one segment"),
                        (["merge", path_of("one"), empty], "no segments")):
        done = splitscope.attempt(*words, "-o", tmp_path / "out.split")
        assert done.returncode == 1 and says in done.stderr and "empty" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", [name for name in SPLITS if name not in cases.REFUSED] +
                         ["json", "facet", "ip", "deletes"])
def test_extracted_and_converted_again(splitscope, tmp_path, name):
    """The hotcache that splitscope plans is what tantivy touched while it opened the index."""
    folder, again = tmp_path / "index", tmp_path / "again.split"
    splitscope("extract", path_of(name), "-o", folder, "--verify")
    splitscope("convert", folder, "-o", again, "--verify")
    assert again.read_bytes() == path_of(name).read_bytes()


def test_a_converted_folder_lists_as_before(splitscope, ours, tmp_path):
    splitscope("convert", path_of("one"), "-o", tmp_path / "one.split", "--verify")
    recorded.assert_listed("one", ours(tmp_path / "one.split").lines)


@pytest.mark.parametrize("name", sorted(cases.ASKED))
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_search_answers_as_tantivy_answered(splitscope, tmp_path, name, strategy):
    assert_answered(splitscope, tmp_path, name, path_of(name), cases.TOP, strategy)


def test_the_recorded_answers_say_something():
    """Else the equality above would say nothing."""
    for name in [*cases.ASKED, *(f"corpus-{name}-merged" for name in cases.ASKED_OF_CORPORA)]:
        asked = recorded.answers(name)
        kinds = {next(iter(each["query"])) for each in asked if each["answer"]["count"] > 0}
        assert kinds == {"term", "phrase", "and", "or"}, (name, kinds)
        assert max(each["answer"]["count"] for each in asked) > cases.TOP


@pytest.mark.parametrize("profile", sorted(corpora.SIZES))
def test_generated_corpora_are_what_tantivy_read(splitscope, tmp_path, profile):
    """Inputs and merge of ten megabytes hold what tantivy read in them, and in its own merge."""
    made = corpora.generate(splitscope.binary, profile, tmp_path / profile)
    splitscope("merge", *made.splits, "-o", made.merged)
    for key, index in made.judged().items():
        path = made.merged if index == made.merged_by_tantivy else index
        recorded.assert_listed(key, splitscope("inspect", "--listing", path).splitlines())
    if profile in cases.ASKED_OF_CORPORA:
        assert_answered(splitscope, tmp_path, f"corpus-{profile}-merged", made.merged,
                        cases.TOP_OF_CORPORA, "range-read")
    shutil.rmtree(tmp_path / profile)


def test_golden_stays_small_and_its_readme_true():
    readme = (recorded.GOLDEN / "README.md").read_text("utf-8")
    assert table.with_table(readme) == readme, "scripts/golden or tests/golden/table.py renews it"
    assert table.bytes_in(recorded.GOLDEN) <= table.LIMIT_BYTES
