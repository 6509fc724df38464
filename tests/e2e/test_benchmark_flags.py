"""Google Benchmark's flags do what its users expect, and lose no result."""

import csv
import io
import json
import signal
import subprocess

import pytest

from runs import Started, names_in, results_of, samples_of, write_suite


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
