"""Runs of small suites: what they write, how often figures repeat, and the gate."""

import json
import os
import shutil

import jsonschema
import pytest

from conftest import ROOT, STRATEGIES

EXACT = ["peak_heap_bytes", "heap_allocations", "heap_requested_bytes", "heap_largest_bytes"]


def suite(tmp_path, workloads, strategies, repetitions=2):
    given = {"profile": "logs", "size": "1MB", "count": 2, "seed": 42}
    path = tmp_path / "small.json"
    path.write_text(json.dumps({
        "about": "for tests", "repetitions": repetitions, "strategies": strategies,
        "cases": [{"workload": name} if name == "idle" else {"workload": name, "input": given}
                  for name in workloads]}))
    return path


def rows_of(folder, run_type="iteration"):
    results = json.loads((folder / "results.json").read_text())
    return [row for row in results["benchmarks"] if row["run_type"] == run_type]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def measured(splitscope, tmp_path_factory, cache):
    """convert, extract and merge under all strategies, twice each."""
    folder = tmp_path_factory.mktemp("measured")
    splitscope("run", "--suite", suite(folder, ["convert", "extract", "merge"], STRATEGIES),
               "--out", folder / "out", "--cache-dir", cache, timeout=300)
    return folder / "out"


def test_results_meet_the_schema(measured):
    schema = json.loads((ROOT / "reports/schema/result.v1.schema.json").read_text())
    results = json.loads((measured / "results.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(results)


def test_all_cases_are_right_and_outputs_equal(measured):
    rows = rows_of(measured)
    assert len(rows) == 3 * 6 * 2
    digests = {}
    for row in rows:
        assert row["status"] == "ok", row["message"]
        digests.setdefault(row["case"]["workload"], set()).add(row["output_digest"])
    assert {workload: len(found) for workload, found in digests.items()} == {
        "convert": 1, "extract": 1, "merge": 1}


def test_samples_add_up(measured):
    for row in rows_of(measured):
        assert row["peak_rss_bytes"] >= row["floor_rss_bytes"]
        assert row["net_peak_rss_bytes"] == row["peak_rss_bytes"] - row["floor_rss_bytes"]
        names = [phase["name"] for phase in row["phases"]]
        assert names, row["name"]
        ends = [phase["end_us"] for phase in row["phases"]]
        assert ends == sorted(ends)
        for key, value in row.items():
            if value is None and key.endswith("_bytes") and not key.startswith("expected"):
                assert row["absent"][key]


def test_exact_measures_repeat_to_the_byte(measured):
    seen = {}
    for row in rows_of(measured):
        figures = tuple(row[key] for key in EXACT)
        assert seen.setdefault(row["name"], figures) == figures, row["name"]


def test_exact_measures_do_not_depend_on_where_the_checkout_lies(
        splitscope, measured, cache, tmp_path):
    """A longer path to the cache and to the output changes no byte of heap."""
    far = tmp_path / "a-much-longer-name-for-a-folder-than-anybody-would-want" / "cache"
    shutil.copytree(cache, far)
    splitscope("run", "--suite", suite(tmp_path, ["merge"], STRATEGIES, 1), "--out", tmp_path / "o",
               "--cache-dir", far, timeout=300, env={"SOME_VARIABLE": "x" * 1000})
    here = {row["name"]: [row[key] for key in EXACT] for row in rows_of(measured)}
    for row in rows_of(tmp_path / "o"):
        assert [row[key] for key in EXACT] == here[row["name"]], row["name"]


def test_copies_show_and_views_do_not(measured):
    """The orders of magnitude that the strategies exist for."""
    heap = {row["case"]["strategy"]: row["peak_heap_bytes"] for row in rows_of(measured)
            if row["case"]["workload"] == "convert"}
    size = next(row["input_bytes"] for row in rows_of(measured)
                if row["case"]["workload"] == "convert")
    assert heap["full-copy"] > size
    assert heap["mmap-view"] < size / 2
    assert heap["streaming"] < size / 2


def test_a_gate_passes_on_itself_and_fails_on_an_extra_copy(splitscope, cache, tmp_path):
    """The same user strategy before and after somebody added a copy to it."""
    before = os.environ["SPLITSCOPE_PLUGIN_BEFORE"]
    after = os.environ["SPLITSCOPE_PLUGIN_AFTER"]
    for name, plugin in (("before", before), ("again", before), ("after", after)):
        splitscope("run", "--suite", suite(tmp_path, ["merge"], ["mmap-view"]), "--plugin", plugin,
                   "--strategy", "extra-copy", "--out", tmp_path / name, "--cache-dir", cache)
    baseline = tmp_path / "baseline.json"
    splitscope("baseline", "save", tmp_path / "before/results.json", "-o", baseline)

    splitscope("gate", "--only", "exact", "--baseline", baseline, tmp_path / "again/results.json")
    red = splitscope("gate", "--only", "exact", "--baseline", baseline,
                     tmp_path / "after/results.json", "--markdown", tmp_path / "gate.md",
                     "--junit", tmp_path / "gate.xml", code=3)
    assert "peak_heap_bytes" in red.stdout
    assert "peak_heap_bytes" in (tmp_path / "gate.md").read_text()
    assert "<failure" in (tmp_path / "gate.xml").read_text()

    # Another machine class is not comparable, and the gate says in what.
    other = json.loads(baseline.read_text())
    text = json.dumps(other).replace(other["machine_class"]["libc"], "another libc")
    (tmp_path / "other.json").write_text(text)
    told = splitscope("gate", "--baseline", tmp_path / "other.json",
                      tmp_path / "again/results.json", code=4)
    assert "libc" in told.stdout + told.stderr
    splitscope("gate", "--baseline", tmp_path / "none.json", tmp_path / "again/results.json", code=4)


def test_a_missing_case_fails_the_gate(splitscope, measured, tmp_path):
    splitscope("baseline", "save", measured / "results.json", "-o", tmp_path / "b.json")
    results = json.loads((measured / "results.json").read_text())
    results["benchmarks"] = [row for row in results["benchmarks"]
                             if row["case"]["strategy"] != "streaming"]
    (tmp_path / "less.json").write_text(json.dumps(results))
    told = splitscope("gate", "--only", "exact", "--baseline", tmp_path / "b.json",
                      tmp_path / "less.json", code=2)
    assert "streaming" in told.stdout


@pytest.mark.parametrize("allocator", ["system", "jemalloc", "tcmalloc"])
def test_every_allocator_counts_the_same_requests(splitscope, cache, tmp_path, allocator):
    splitscope("run", "--suite", suite(tmp_path, ["convert"], ["mmap-view"], 1), "--allocator",
               allocator, "--out", tmp_path / "out", "--cache-dir", cache)
    (row,) = rows_of(tmp_path / "out")
    assert row["case"]["allocator"] == allocator and row["peak_heap_bytes"] > 0


def test_google_benchmark_flags_work(splitscope, cache, tmp_path):
    small = suite(tmp_path, ["convert", "idle"], ["mmap-view"], 1)
    listed = splitscope("run", "--suite", small, "--benchmark_list_tests").stdout.split()
    assert len(listed) == 2
    splitscope("run", "--suite", small, "--benchmark_filter=convert",
               "--benchmark_repetitions=3", f"--benchmark_out={tmp_path / 'gb.json'}",
               "--benchmark_out_format=json", "--out", tmp_path / "out", "--cache-dir", cache)
    theirs = json.loads((tmp_path / "gb.json").read_text())
    assert sum(row["run_type"] == "iteration" for row in theirs["benchmarks"]) == 3
    assert len(rows_of(tmp_path / "out")) == 3


def test_the_report_is_one_file_that_needs_nothing_else(splitscope, measured, tmp_path):
    splitscope("report", measured / "results.json", "-o", tmp_path / "report")
    page = (tmp_path / "report/index.html").read_text()
    for word in ("merge", "streaming", "postings"):
        assert word in page
    assert "src=\"http" not in page and "href=\"http" not in page
    assert list((tmp_path / "report" / "plots").iterdir())


def test_exec_measures_any_command(splitscope, tmp_path):
    splitscope("exec", "--out", tmp_path / "out", "--", "/bin/sh", "-c", "exit 0")
    (row,) = rows_of(tmp_path / "out")
    assert row["status"] == "ok"
    splitscope("exec", "--", "/bin/sh", "-c", "exit 3", code=2)


def test_input_bytes_are_the_files_sizes(measured, cache):
    (made,) = cache.glob("logs-2x1MB.*")
    whole = sum(path.stat().st_size for path in made.glob("*.split"))
    assert {row["input_bytes"] for row in rows_of(measured)
            if row["case"]["workload"] == "merge"} == {whole}


def test_no_peak_lies_below_its_timeline(measured):
    for row in rows_of(measured):
        highest = max(sum(line[1:4]) for line in row["timeline"]["rows"])
        assert row["peak_rss_bytes"] >= highest, row["name"]
        assert row["net_peak_rss_bytes"] == row["peak_rss_bytes"] - row["floor_rss_bytes"]


def test_every_null_says_why(measured):
    for row in rows_of(measured):
        for key, reason in row["absent"].items():
            assert "please report" not in reason and "not recorded" not in reason, (key, reason)
