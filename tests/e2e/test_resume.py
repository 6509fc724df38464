"""Interrupted and killed runs keep their samples and go on with the same run only."""

import json
import random
import shutil
import signal
import time

import jsonschema
import pytest

from conftest import ROOT
from runs import Started, names_in, results_of, samples_of, write_suite


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_interrupted_run_keeps_its_samples_and_goes_on(splitscope, cache, tmp_path, name):
    number = getattr(signal, name)
    suite = write_suite(tmp_path, 20)
    out = tmp_path / "out"
    run = Started(splitscope, "run", "--suite", suite, "--out", out, "--cache-dir", cache)
    run.wait_for_samples(out, 3)
    code, _, stderr = run.end_with(number)
    assert code == 128 + number
    last = stderr.strip().splitlines()[-1]
    assert name in last and "--resume" in last
    kept = results_of(out)
    assert kept["context"]["complete"] is False
    assert kept["context"]["planned_samples"] == 40 and kept["context"]["planned_cases"] == 2
    schema = json.loads((ROOT / "reports/schema/result.v1.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(kept)
    assert names_in(out) == ["results.json"]

    told = splitscope("run", "--resume", "--out", out, cwd=tmp_path)
    again = results_of(out)
    assert again["context"]["complete"] is True and len(samples_of(again)) == 40
    assert "resume" not in again["context"]
    # Finished samples were not run again.
    assert told.stderr.count("] idle/") == 40 - len(samples_of(kept))
    by_name = {}
    for row in samples_of(again):
        by_name.setdefault(row["name"], []).append(row)
    for row in samples_of(kept):
        mine = by_name[row["name"]][row["repetition_index"]]
        assert {**mine, "repetitions": 0} == {**row, "repetitions": 0}
    jsonschema.Draft202012Validator(schema).validate(again)


def test_a_resumed_result_has_the_form_of_one_that_was_never_interrupted(splitscope, cache, tmp_path):
    suite = write_suite(tmp_path, 4)
    splitscope("run", "--suite", suite, "--out", tmp_path / "whole", "--cache-dir", cache)
    run = Started(splitscope, "run", "--suite", suite, "--out", tmp_path / "out", "--cache-dir", cache)
    run.wait_for_samples(tmp_path / "out", 2)
    run.end_with(signal.SIGKILL)
    splitscope("run", "--resume", "--out", tmp_path / "out")
    whole, resumed = results_of(tmp_path / "whole"), results_of(tmp_path / "out")
    assert list(whole["context"]) == list(resumed["context"])
    assert len(whole["benchmarks"]) == len(resumed["benchmarks"])
    for row, other in zip(whole["benchmarks"], resumed["benchmarks"]):
        assert list(row) == list(other)
        # What is sampled is missing from a sample that was shorter than the time between two.
        by_chance = row.get("absent", {}).keys() ^ other.get("absent", {}).keys()
        assert by_chance <= {"working_set_peak_bytes", "working_set_anon_bytes",
                             "working_set_active_file_bytes", "page_tables_peak_bytes",
                             "swap_peak_bytes", "input_cached_peak_bytes"}
        assert all(type(value) is type(other[key]) for key, value in row.items()
                   if value is not None and other[key] is not None)


def test_kill_9_at_any_moment_leaves_results_that_can_be_read(splitscope, cache, tmp_path):
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    out = tmp_path / "out"
    suite = write_suite(tmp_path, 15)
    run = Started(splitscope, "run", "--suite", suite, "--out", out, "--cache-dir", cache)
    seen = 0
    for _ in range(12):
        run.wait_for_samples(out, seen + 1)
        time.sleep(chance.random() * 0.05)
        at_least = len(samples_of(results_of(out)))
        run.process.kill()
        run.process.communicate()
        seen = len(samples_of(results_of(out)))
        assert seen >= at_least
        if results_of(out)["context"]["complete"]:
            break
        run = Started(splitscope, "run", "--resume", "--out", out)
    run.process.kill()
    run.process.communicate()
    splitscope("run", "--resume", "--out", out)
    assert results_of(out)["context"]["complete"] is True
    assert len(samples_of(results_of(out))) == 30
    assert names_in(out) == ["results.json"]


def test_a_complete_run_is_left_alone(splitscope, cache, tmp_path):
    suite = write_suite(tmp_path, 1)
    splitscope("run", "--suite", suite, "--out", tmp_path / "out", "--cache-dir", cache)
    before = (tmp_path / "out/results.json").read_bytes()
    told = splitscope("run", "--resume", "--out", tmp_path / "out")
    assert "complete" in told.stderr
    assert (tmp_path / "out/results.json").read_bytes() == before


def test_a_complete_run_of_something_else_is_not_passed_off_as_this_one(splitscope, generated, tmp_path):
    own = tmp_path / "mine.split"
    shutil.copy(generated / "split-0.split", own)
    suite = write_suite(tmp_path, 1, ["merge"])
    asked = ["run", "--suite", suite, "--input", own, "--out", tmp_path / "out", "--cache-dir",
             tmp_path / "cache"]
    splitscope(*asked)
    before = (tmp_path / "out/results.json").read_bytes()
    assert "of these cases and inputs" in splitscope(*asked, "--resume").stderr
    only_input = ["run", "--resume", "--out", tmp_path / "out", "--input", own]
    assert "of this input" in splitscope(*only_input).stderr
    # Nobody can know what it was asked for with.
    assert "not looked at" in splitscope("run", "--resume", "--out", tmp_path / "out").stderr

    assert "repetitions" in splitscope.refuses(*asked, "--resume", "--repetitions", "2")
    shutil.copy(generated / "split-1.split", own)
    for again in [[*asked, "--resume"], only_input]:
        said = splitscope.refuses(*again)
        assert "mine.split" in said and "run without --resume" in said
    assert (tmp_path / "out/results.json").read_bytes() == before


@pytest.fixture(scope="module")
def unfinished(splitscope, cache, tmp_path_factory):
    """A run of merges that was stopped after its first sample, and its suite."""
    folder = tmp_path_factory.mktemp("unfinished")
    suite = write_suite(folder, 4, ["merge"])
    run = Started(splitscope, "run", "--suite", suite, "--out", folder / "out", "--cache-dir", cache)
    run.wait_for_samples(folder / "out", 1)
    run.end_with(signal.SIGINT)
    return folder


def change_context(key, value):
    def change(folder):
        results = results_of(folder / "out")
        results["context"][key] = value
        (folder / "out/results.json").write_text(json.dumps(results))
    return change


def change_suite(folder):
    write_suite(folder, 2, ["merge"])


def cut(folder):
    text = (folder / "out/results.json").read_text()
    (folder / "out/results.json").write_text(text[:-40])


@pytest.mark.parametrize("change, arguments, words", [
    (None, ["--repetitions", "9"], ["repetitions"]),
    (None, ["--strategy", "mmap-view"], ["cannot go on"]),
    (None, ["--suite", "quick"], ["suite"]),
    (None, ["--workload", "idle"], []),
    (change_suite, [], ["cannot go on"]),
    (change_context("program_digest", "sha256:00"), [], ["another build"]),
    (change_context("kernel", "other"), [], ["'kernel' was"]),
    (change_context("inputs", {"tiny-docs-2x200kB-s1": "sha256:00"}), [], ["input"]),
    (change_context("resume", 7), [], ["context.resume"]),
    (change_context("schema_version", 99), [], ["schema_version"]),
    (cut, [], ["line"]),
])
def test_only_the_same_run_can_be_gone_on_with(splitscope, unfinished, tmp_path, change, arguments,
                                               words):
    shutil.copytree(unfinished, tmp_path / "copy")
    # The suite is remembered by its whole path.
    results = results_of(tmp_path / "copy/out")
    results["context"]["resume"]["suite"] = str(tmp_path / "copy/small.json")
    (tmp_path / "copy/out/results.json").write_text(json.dumps(results))
    if change:
        change(tmp_path / "copy")
    before = (tmp_path / "copy/out/results.json").read_bytes()
    said = splitscope.refuses("run", "--resume", "--out", tmp_path / "copy/out", *arguments)
    for word in words:
        assert word in said
    assert (tmp_path / "copy/out/results.json").read_bytes() == before


def test_there_must_be_something_to_go_on_with(splitscope, tmp_path):
    assert "results.json" in splitscope.refuses("run", "--resume", "--out", tmp_path)
    (tmp_path / "results.json").write_text("my notes")
    splitscope.refuses("run", "--resume", "--out", tmp_path)
    assert (tmp_path / "results.json").read_text() == "my notes"


def test_exec_keeps_finished_samples(splitscope, tmp_path):
    out = tmp_path / "out"
    run = Started(splitscope, "exec", "--repetitions", 50, "--out", out, "--", "sleep", "0.05")
    run.wait_for_samples(out, 2)
    code, _, stderr = run.end_with(signal.SIGTERM)
    assert code == 143 and "samples are in" in stderr.strip().splitlines()[-1]
    assert results_of(out)["context"]["complete"] is False
    assert len(samples_of(results_of(out))) >= 2
