"""Results are never lost: interrupted, killed, resumed, twice at once, on full disks, under odd names."""

import csv
import io
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time

import jsonschema
import pytest

from conftest import ROOT

GIVEN = {"profile": "tiny-docs", "size": "200kB", "count": 2, "seed": 1}


def write_suite(folder: pathlib.Path, repetitions=3, workloads=("idle",), name="small.json", **more):
    path = folder / name
    path.write_text(json.dumps({
        "about": "for tests", "repetitions": repetitions, "strategies": ["mmap-view", "streaming"],
        "cases": [{"workload": one, **({} if one == "idle" else {"input": GIVEN}), **more}
                  for one in workloads]}))
    return path


def results_of(folder) -> dict:
    return json.loads((folder / "results.json").read_text(encoding="utf-8"))


def samples_of(results) -> list:
    return [row for row in results["benchmarks"] if row["run_type"] == "iteration"]


def names_in(folder) -> list[str]:
    return sorted(os.listdir(folder))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 32 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", folder],
                             capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("a small tmpfs cannot be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


class Started:
    """A run in the background."""

    def __init__(self, splitscope, *arguments, env=None):
        self.process = subprocess.Popen(
            [splitscope.binary, *map(str, arguments)], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env={**os.environ, **(env or {})})

    def wait_for_samples(self, folder, count):
        """Until results.json has that many."""
        while self.process.poll() is None:
            try:
                if len(samples_of(results_of(folder))) >= count:
                    return
            except FileNotFoundError:
                pass
            time.sleep(0.005)
        raise AssertionError(f"it ended before: {self.process.communicate()}")

    def end_with(self, signal_number):
        """Exit code and what it said."""
        self.process.send_signal(signal_number)
        stdout, stderr = self.process.communicate(timeout=60)
        return self.process.returncode, stdout, stderr


# The place of the output.

def spoil_as_file(out):
    out.write_text("mine")


def spoil_with_folder(out):
    (out / "results.json").mkdir(parents=True)


def spoil_with_device(out):
    out.mkdir()
    (out / "results.json").symlink_to("/dev/null")


def spoil_with_pipe(out):
    out.mkdir()
    os.mkfifo(out / "results.json")


@pytest.mark.parametrize("spoil", [spoil_as_file, spoil_with_folder, spoil_with_device,
                                   spoil_with_pipe])
def test_a_place_that_cannot_be_written_is_refused_before_anything_is_measured(
        splitscope, tmp_path, spoil):
    spoil(tmp_path / "out")
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    suite = write_suite(tmp_path)
    splitscope.refuses("run", "--suite", suite, "--out", tmp_path / "out", "--cache-dir",
                       tmp_path / "cache")
    splitscope.refuses("exec", "--out", tmp_path / "out", "--", "touch", tmp_path / "measured")
    suite.unlink()
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before


def test_a_full_disk_is_refused_before_anything_is_measured(splitscope, tmp_path, small_disk):
    suite = write_suite(tmp_path)
    said = splitscope.refuses("run", "--suite", suite, "--out", small_disk, "--cache-dir",
                              tmp_path / "cache")
    assert "No space left" in said
    said = splitscope.refuses("exec", "--out", small_disk / "new", "--", "touch",
                              tmp_path / "measured")
    assert "No space left" in said
    assert names_in(small_disk) == []
    assert not (tmp_path / "cache").exists() and not (tmp_path / "measured").exists()


def test_a_file_size_limit_keeps_the_old_results(splitscope, tmp_path):
    suite = write_suite(tmp_path, 1)
    splitscope("run", "--suite", suite, "--out", tmp_path / "out", "--cache-dir", tmp_path / "c")
    before = (tmp_path / "out/results.json").read_bytes()
    done = subprocess.run(
        ["bash", "-c", 'ulimit -f 4; exec "$0" run --suite "$1" --out "$2" --cache-dir "$3"',
         splitscope.binary, suite, tmp_path / "out", tmp_path / "c"],
        capture_output=True, text=True, check=False)
    assert done.returncode == 1 and len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert (tmp_path / "out/results.json").read_bytes() == before
    assert names_in(tmp_path / "out") == ["results.json"]


def test_folders_that_were_made_for_nothing_are_removed(splitscope, tmp_path):
    suite = write_suite(tmp_path, workloads=["merge"])
    suite.write_text(suite.read_text().replace("tiny-docs", "nothing"))
    splitscope("run", "--suite", suite, "--out", tmp_path / "a/b/c", "--cache-dir",
               tmp_path / "cache", code=1)
    assert not (tmp_path / "a").exists()


# Interrupted, killed, resumed.

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
    form = [[(key, type(value)) for key, value in row.items() if value is not None]
            for row in whole["benchmarks"]]
    assert [[(key, type(value)) for key, value in row.items() if value is not None]
            for row in resumed["benchmarks"]] == form


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


# What was there before.

def test_an_earlier_result_is_kept_until_the_new_one_is_complete(splitscope, cache, tmp_path):
    out = tmp_path / "out"
    splitscope("run", "--suite", write_suite(tmp_path, 2), "--out", out, "--cache-dir", cache)
    old = (out / "results.json").read_bytes()
    suite = write_suite(tmp_path, 30, name="longer.json")
    run = Started(splitscope, "run", "--suite", suite, "--out", out, "--cache-dir", cache)
    while "results.json" not in names_in(out) or not any(
            name.startswith("results.before-") for name in names_in(out)):
        time.sleep(0.005)
    code, _, stderr = run.end_with(signal.SIGINT)
    assert code == 130
    (kept,) = [name for name in names_in(out) if name.startswith("results.before-")]
    assert kept in stderr
    assert (out / kept).read_bytes() == old


def test_an_earlier_result_goes_only_when_the_new_one_has_all_of_it(splitscope, cache, tmp_path):
    out = tmp_path / "out"
    common = ["run", "--suite", write_suite(tmp_path, 2), "--out", out, "--cache-dir", cache]
    splitscope(*common)
    splitscope(*common)
    assert names_in(out) == ["results.json"]
    old = (out / "results.json").read_bytes()
    for less in (["--benchmark_filter=streaming"], ["--benchmark_repetitions=1"],
                 ["--benchmark_dry_run"], ["--strategy", "streaming"]):
        shutil.rmtree(out)
        out.mkdir()
        (out / "results.json").write_bytes(old)
        told = splitscope(*common, *less)
        (kept,) = [name for name in names_in(out) if name.startswith("results.before-")]
        assert (out / kept).read_bytes() == old
        assert kept in told.stderr


def test_a_file_of_the_users_own_is_kept(splitscope, cache, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "results.json").write_text("my notes")
    splitscope("run", "--suite", write_suite(tmp_path, 1), "--out", out, "--cache-dir", cache)
    (kept,) = [name for name in names_in(out) if name.startswith("results.before-")]
    assert (out / kept).read_text() == "my notes"


def test_a_link_to_results_stays_a_link(splitscope, cache, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere.json").write_text("{}")
    (tmp_path / "out/results.json").symlink_to("../elsewhere.json")
    splitscope("run", "--suite", write_suite(tmp_path, 1), "--out", tmp_path / "out", "--cache-dir",
               cache)
    assert (tmp_path / "out/results.json").is_symlink()
    assert json.loads((tmp_path / "elsewhere.json").read_text())["context"]["complete"] is True


def test_two_runs_into_one_folder_at_once(splitscope, cache, tmp_path):
    out = tmp_path / "out"
    runs = [Started(splitscope, "run", "--suite", write_suite(tmp_path, 6, name=f"{name}.json"),
                    "--out", out, "--cache-dir", cache) for name in "ab"]
    for run in runs:
        _, stderr = run.process.communicate(timeout=120)
        assert run.process.returncode == 0, stderr
    results = results_of(out)
    assert results["context"]["complete"] is True and len(samples_of(results)) == 12
    assert names_in(out) == ["results.json"]


# Google Benchmark's flags.

@pytest.fixture(scope="module")
def done(splitscope, cache, tmp_path_factory):
    """A good result with its folder."""
    folder = tmp_path_factory.mktemp("done")
    splitscope("run", "--suite", write_suite(folder, 2), "--out", folder / "out", "--cache-dir", cache)
    return folder


@pytest.mark.parametrize("arguments, env", [
    (["--benchmark_list_tests"], {}),
    (["--benchmark_list_tests=true"], {}),
    (["--benchmark_list_tests=1"], {}),
    ([], {"BENCHMARK_LIST_TESTS": "true"}),
])
def test_listing_tests_writes_nothing(splitscope, done, cache, arguments, env):
    before = (done / "out/results.json").read_bytes()
    told = splitscope("run", "--suite", done / "small.json", "--out", done / "out", "--cache-dir",
                      cache, *arguments, env=env)
    assert told.stdout.split() == ["idle/mmap-view/none/system/c1/warm",
                                   "idle/streaming/none/system/c1/warm"]
    assert (done / "out/results.json").read_bytes() == before
    assert names_in(done / "out") == ["results.json"]


@pytest.mark.parametrize("arguments, env, word", [
    (["--benchmark_min_warmup_time=1"], {}, "warm"),
    ([], {"BENCHMARK_MIN_WARMUP_TIME": "1"}, "warm"),
    (["--benchmark_min_time=1"], {}, "min_time"),
    (["--benchmark_perf_counters=CYCLES"], {}, "perf_counters"),
    (["--benchmark_repetitions=0"], {}, "repetitions"),
    (["--benchmark_repetitions=1.9"], {}, "repetitions"),
    (["--benchmark_repetitions=999999999999"], {}, "repetitions"),
    ([], {"BENCHMARK_REPETITIONS": "4294967297"}, "repetitions"),
    (["--benchmark_filter=("], {}, "regular expression"),
    (["--benchmark_filter=nothing-such"], {}, "leaves no case"),
    (["--benchmark_format=xml"], {}, "xml"),
    (["--benchmark_filtre=x"], {}, "--benchmark_filter"),
    (["--benchmark_out=/dev/null"], {}, "device"),
    (["--benchmark_out=/nowhere/x"], {}, "nowhere"),
    (["--benchmark_out=out/results.json"], {}, "results"),
    (["--benchmark_out=small.json"], {}, "input"),
    (["--benchmark_context=complete=true"], {}, "complete"),
])
def test_flags_that_are_refused_touch_nothing(splitscope, done, cache, arguments, env, word):
    before = {name: (done / "out" / name).read_bytes() for name in names_in(done / "out")}
    done_suite = (done / "small.json").read_bytes()
    told = splitscope("run", "--suite", "small.json", "--out", "out", "--cache-dir", cache,
                      *arguments, cwd=done, env=env, code=1)
    lines = told.stderr.strip().splitlines()
    # Of a variable that is no number Google Benchmark itself says a line before main.
    assert len(lines) == 1 or (env and "Environment variable" in lines[0] and len(lines) == 2)
    assert word in lines[-1].lower()
    assert {name: (done / "out" / name).read_bytes() for name in names_in(done / "out")} == before
    assert (done / "small.json").read_bytes() == done_suite


@pytest.mark.parametrize("kind", ["console", "json", "csv"])
def test_formats_of_google_benchmark(splitscope, cache, tmp_path, kind):
    suite = write_suite(tmp_path, 2, ["idle", "merge"])
    out = tmp_path / "theirs"
    told = splitscope("run", "--suite", suite, "--out", tmp_path / "out", "--cache-dir", cache,
                      f"--benchmark_format={kind}", f"--benchmark_out={out}",
                      f"--benchmark_out_format={kind}", "--benchmark_context=color=blue",
                      "--benchmark_enable_random_interleaving", "--benchmark_counters_tabular")
    assert len(samples_of(results_of(tmp_path / "out"))) == 8
    assert results_of(tmp_path / "out")["context"]["color"] == "blue"
    for text in (told.stdout, out.read_text()):
        if kind == "json":
            rows = json.loads(text)["benchmarks"]
            assert sum(row["run_type"] == "iteration" for row in rows) == 8
            assert json.loads(text)["context"]["color"] == "blue"
        elif kind == "csv":
            rows = list(csv.DictReader(io.StringIO(text)))
            names = [row["name"] for row in rows]
            assert names.count("merge/streaming/tiny-docs-2x200kB-s1/system/c1/warm") == 2
        else:
            assert text.count("idle/streaming") >= 2


def test_aggregates_only_leaves_results_whole(splitscope, cache, tmp_path):
    suite = write_suite(tmp_path, 3)
    told = splitscope("run", "--suite", suite, "--out", tmp_path / "out", "--cache-dir", cache,
                      "--benchmark_format=json", "--benchmark_report_aggregates_only",
                      f"--benchmark_out={tmp_path / 'gb.json'}")
    assert len(samples_of(results_of(tmp_path / "out"))) == 6
    for text in (told.stdout, (tmp_path / "gb.json").read_text()):
        assert {row["run_type"] for row in json.loads(text)["benchmarks"]} == {"aggregate"}
    told = splitscope("run", "--suite", suite, "--out", tmp_path / "out", "--cache-dir", cache,
                      "--benchmark_format=json", "--benchmark_display_aggregates_only=true",
                      f"--benchmark_out={tmp_path / 'gb.json'}")
    assert {row["run_type"] for row in json.loads(told.stdout)["benchmarks"]} == {"aggregate"}
    theirs = json.loads((tmp_path / "gb.json").read_text())["benchmarks"]
    assert sum(row["run_type"] == "iteration" for row in theirs) == 6


def test_a_benchmark_out_is_whole_or_the_old_one(splitscope, cache, tmp_path):
    (tmp_path / "gb.json").write_text("old")
    suite = write_suite(tmp_path, 50)
    run = Started(splitscope, "run", "--suite", suite, "--out", tmp_path / "out", "--cache-dir",
                  cache, f"--benchmark_out={tmp_path / 'gb.json'}")
    run.wait_for_samples(tmp_path / "out", 2)
    code, _, _ = run.end_with(signal.SIGINT)
    assert code == 130 and (tmp_path / "gb.json").read_text() == "old"
    assert not [name for name in names_in(tmp_path) if name.startswith(".")]


def test_a_closed_pipe_ends_quietly_and_keeps_samples(splitscope, cache, tmp_path):
    suite = write_suite(tmp_path, 3, ["idle", "merge"])
    run = subprocess.Popen(
        [splitscope.binary, "run", "--suite", suite, "--out", tmp_path / "out", "--cache-dir", cache,
         "--benchmark_format=console"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    run.stdout.readline()
    run.stdout.close()
    stderr = run.stderr.read()
    assert run.wait(timeout=60) == 141, stderr
    results = results_of(tmp_path / "out")
    assert samples_of(results) and results["context"]["planned_samples"] == 12


def test_failed_samples_count_as_finished(splitscope, cache, tmp_path):
    suite = write_suite(tmp_path, 3, ["merge"])
    splitscope("run", "--suite", suite, "--timeout", "0.001", "--out", tmp_path / "out",
               "--cache-dir", cache, code=2)
    results = results_of(tmp_path / "out")
    assert {row["status"] for row in samples_of(results)} == {"timed_out"}
    assert results["context"]["complete"] is True and len(samples_of(results)) == 6


# Inputs.

def home_with(tmp_path):
    home = tmp_path / "home"
    shutil.copytree(ROOT / "suites", home / "suites")
    shutil.copytree(ROOT / "workloads/corpus/profiles", home / "profiles")
    return home


def test_a_profile_that_is_edited_in_place_gives_other_inputs(splitscope, tmp_path):
    home = home_with(tmp_path)
    suite = write_suite(tmp_path, 1, ["merge"])
    digests = []
    for words in (5000, 50):
        profile = home / "profiles/tiny-docs.json"
        value = json.loads(profile.read_text())
        value["fields"][0]["values"]["cardinality"] = words
        profile.write_text(json.dumps(value))
        splitscope("run", "--suite", suite, "--out", tmp_path / "out", "--cache-dir",
                   tmp_path / "cache", env={"SPLITSCOPE_HOME": str(home)})
        digests.append(results_of(tmp_path / "out")["context"]["inputs"])
    assert digests[0] != digests[1]


def test_a_cached_split_that_was_replaced_is_made_anew(splitscope, tmp_path):
    suite = write_suite(tmp_path, 1, ["merge"])
    arguments = ["run", "--suite", suite, "--out", tmp_path / "out", "--cache-dir", tmp_path / "cache"]
    splitscope(*arguments)
    first = results_of(tmp_path / "out")
    (split,) = (tmp_path / "cache").glob("tiny-docs*/split-0.split")
    other = split.with_name("split-1.split")
    good = split.read_bytes()
    split.write_bytes(other.read_bytes())
    told = splitscope(*arguments)
    assert "was changed since it was made (split-0.split" in told.stderr
    assert split.read_bytes() == good
    again = results_of(tmp_path / "out")
    assert again["context"]["inputs"] == first["context"]["inputs"]


def test_kill_9_while_generating_leaves_nothing_that_harms(splitscope, tmp_path):
    suite = write_suite(tmp_path, 1, ["merge"])
    suite.write_text(suite.read_text().replace("200kB", "4MB"))
    arguments = ["run", "--suite", suite, "--out", tmp_path / "out", "--cache-dir", tmp_path / "cache"]
    for _ in range(3):
        run = Started(splitscope, *arguments)
        while run.process.poll() is None and not list((tmp_path / "cache").glob(".splitscope-*/set*")):
            time.sleep(0.002)
        run.process.kill()
        run.process.communicate()
        # Its generator ends by itself; until then what it writes to is not cleared.
        time.sleep(0.5)
    splitscope(*arguments)
    left = [name for name in names_in(tmp_path / "cache") if name not in ("lock", "work")]
    assert len(left) == 1 and left[0].startswith("tiny-docs-2x4MB-s1.")


def test_two_runs_share_a_cache(splitscope, tmp_path):
    suite = write_suite(tmp_path, 1, ["merge"])
    runs = [Started(splitscope, "run", "--suite", suite, "--out", tmp_path / f"out-{i}",
                    "--cache-dir", tmp_path / "cache") for i in range(2)]
    for run in runs:
        _, stderr = run.process.communicate(timeout=120)
        assert run.process.returncode == 0, stderr
    assert len(list((tmp_path / "cache").glob("tiny-docs*"))) == 1


# Names and secrets.

NAMES = [b"a\nb.split", b"a|b`c.split", b"a%0Ab.split", b"\xff\xfe.split", "журнал².split".encode(),
         b"\x1b[31mred.split", b"<b>[x](y)*z*.split", b"-r.split", b"n" * 249 + b".split", b"none"]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_any_name_of_an_input_is_data(splitscope, generated, tmp_path, name):
    folder = os.fsencode(tmp_path / "in")
    os.mkdir(folder)
    file = os.path.join(folder, name)
    shutil.copy(os.fsencode(generated / "split-0.split"), file)
    suite = write_suite(tmp_path, 1, ["extract"])
    done = subprocess.run(
        [splitscope.binary, "run", "--suite", suite, "--strategy", "streaming", "--input", file,
         "--out", tmp_path / "out", "--cache-dir", tmp_path / "cache"],
        capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    done.stdout.decode("utf-8")
    assert all(byte >= 0x20 or byte == 0x0A for byte in done.stdout + done.stderr)
    (row,) = samples_of(results_of(tmp_path / "out"))
    assert row["status"] == "ok"
    assert row["name"].isprintable() and len(row["name"].split("/")) == 6
    assert row["case"]["input"] != "none"
    splitscope("report", tmp_path / "out/results.json", "-o", tmp_path / "report")
    summary = (tmp_path / "report/summary.md").read_text(encoding="utf-8")
    tables = [line for line in summary.splitlines() if line.startswith("| ")]
    assert len({line.replace("\\|", "").count("|") for line in tables}) == 1
    progress = [line for line in done.stderr.decode("utf-8").splitlines() if line.startswith("[1/1]")]
    assert len(progress) == 1


def test_names_that_differ_are_different_cases(splitscope, generated, tmp_path):
    names = set()
    for number, name in enumerate([b"a\nb", b"a%0Ab", b"a%250Ab", b"a b"]):
        file = os.path.join(os.fsencode(tmp_path), name)
        shutil.copy(os.fsencode(generated / "split-0.split"), file)
        listed = subprocess.run(
            [splitscope.binary, "run", "--suite", write_suite(tmp_path, 1, ["extract"]), "--strategy",
             "streaming", "--input", file, "--benchmark_list_tests"],
            capture_output=True, text=True, check=True)
        names.add(listed.stdout)
        assert len(names) == number + 1


def test_a_command_of_any_name_can_be_measured(splitscope, tmp_path):
    splitscope("exec", "--name", "a\n|/b", "--out", tmp_path / "out", "--", "true")
    (row,) = samples_of(results_of(tmp_path / "out"))
    assert row["name"] == "exec/a%0A|%2Fb/none/system/c1/warm"


@pytest.mark.parametrize("options", [
    {"access_key": "hunter2"}, {"secret_key": "hunter2"}, {"session_token": "hunter2"},
    {"password": "hunter2"}, {"endpoint": "http://me:hunter2@localhost"},
])
def test_secrets_in_a_suite_are_refused_and_not_shown(splitscope, tmp_path, options):
    suite = write_suite(tmp_path, 1, ["upload"], options=options)
    for more in ([], ["--benchmark_list_tests"]):
        told = splitscope("run", "--suite", suite, "--out", tmp_path / "out", *more, code=1)
        assert len(told.stderr.strip().splitlines()) == 1 and "variable" in told.stderr
        assert "hunter2" not in told.stdout + told.stderr
    assert not (tmp_path / "out").exists()


def test_secrets_on_a_command_line_do_not_reach_the_results(splitscope, tmp_path):
    splitscope("exec", "--out", tmp_path / "out", "--", "true", "--password", "hunter2",
               "token=hunter2", "https://me:hunter2@host/")
    for name in names_in(tmp_path / "out"):
        assert "hunter2" not in (tmp_path / "out" / name).read_text()


@pytest.mark.parametrize("text, words", [
    ('{"cases": [{"workload": "idle", "repetitions": 1.9}]}', ["cases[0].repetitions", "1.9"]),
    ('{"cases": [{"workload": "idle", "repetitions": 4294967297}]}', ["4294967297"]),
    ('{"repetitions": %s, "cases": []}' % ("9" * 5000), ["5000 characters"]),
    ('{"about": "\\ud800", "cases": []}', ["line 1", "not JSON"]),
    ('{"cases": [], "cases": []}', ["twice"]),
    ("[" * 100_000, ["levels"]),
    ('{"cases": [{"workload": "idle", "strategies": []}]}', ["strategies", "at least one"]),
    ('{"cases": [{"workload": "merge", "input": {"size": "-1MB"}}]}', ["input.size", "-1MB"]),
    ('{"cases": [{"workload": "merge", "input": {"size": NaN}}]}', ["not JSON"]),
], ids=range(9))
def test_suites_that_are_wrong_are_refused_in_one_line(splitscope, tmp_path, text, words):
    (tmp_path / "wrong.json").write_text(text)
    said = splitscope.refuses("run", "--suite", tmp_path / "wrong.json", "--out", tmp_path / "out")
    for word in ["wrong.json", *words]:
        assert word in said
    assert len(said) < 1000
    assert not (tmp_path / "out").exists()
