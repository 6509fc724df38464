"""The projects in examples/, built by a stranger against the installed package and run."""

import json
import pathlib
import re
import shutil

import pytest

from conftest import CMAKE, ROOT

NEEDS = {"memory_manager": "benchmark/benchmark.h", "catch2_limit": "catch2", "gtest_limit": "gtest/gtest.h"}
NOT_PRELOADED = "the heap shim is not preloaded"


@pytest.fixture(scope="session")
def examples(stranger):
    """Builds one by its name, once; the folder that it was built in."""
    built: dict[str, pathlib.Path] = {}

    def build(name: str) -> pathlib.Path:
        needed = NEEDS.get(name)
        if needed and not pathlib.Path("/usr/include", needed).exists():
            pytest.skip(f"{needed} is not installed")
        if name not in built:
            source = stranger.folder / "examples" / name
            shutil.copytree(ROOT / "examples" / name, source)
            folder = stranger.folder / f"build {name}"
            stranger.run(CMAKE, "-S", source, "-B", folder, "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror")
            stranger.run(CMAKE, "--build", folder)
            built[name] = folder
        return built[name]

    return build


@pytest.mark.parametrize("name", ["memory_manager", "catch2_limit", "gtest_limit"])
def test_its_own_tests_pass(name, examples, stranger):
    done = stranger.run("ctest", "--test-dir", examples(name), "--output-on-failure")
    assert "100% tests passed" in done.stdout


def test_every_example_is_tried_here():
    folders = {path.name for path in (ROOT / "examples").iterdir() if path.is_dir()}
    assert folders == {"memory_manager", "catch2_limit", "gtest_limit", "phases", "strategy"}


# The memory manager

def preload(stranger) -> dict[str, str]:
    return {"LD_LIBRARY_PATH": str(stranger.prefix / "lib/splitscope"),
            "LD_PRELOAD": "libsplitscope_heap.so"}


def rows_of(stranger, folder, env, *words):
    out = stranger.folder / "bench.json"
    stranger.run(folder / "concatenate_bench", "--benchmark_min_time=0.01", f"--benchmark_out={out}",
                 *words, env=env)
    value = json.loads(out.read_text())
    rows = [row for row in value["benchmarks"] if row["run_type"] == "iteration"]
    assert rows
    return value["context"], rows


def test_peaks_are_exact_in_every_repetition(examples, stranger):
    """Up to 1.9.1 the library itself reports rubbish for all repetitions but the last."""
    folder = examples("memory_manager")
    _, rows = rows_of(stranger, folder, preload(stranger), "--benchmark_repetitions=5")
    peaks = {row["run_name"]: set() for row in rows}
    for row in rows:
        peaks[row["run_name"]].add((row["max_bytes_used"], row["allocs_per_iter"]))
    assert all(len(figures) == 1 for figures in peaks.values()), peaks
    (grown,), (reserved,) = peaks["grown"], peaks["reserved"]
    # One block of 64001 bytes, and what the library holds beside it.
    assert 64_001 <= reserved[0] < 66_000, peaks
    # Doubling: the old block and the one of twice its size.
    assert 64_001 * 1.4 < grown[0] < 64_001 * 3, peaks
    assert reserved[1] < grown[1]


def test_aggregates_alone_and_the_console(examples, stranger):
    folder = examples("memory_manager")
    env = preload(stranger)
    for words in (["--benchmark_report_aggregates_only=true"], ["--benchmark_format=json"]):
        done = stranger.run(folder / "concatenate_bench", "--benchmark_min_time=0.01",
                            "--benchmark_repetitions=3", *words, env=env)
        assert "reserved" in done.stdout


def test_interleaved_repetitions_are_left_out_or_right(examples, stranger):
    folder = examples("memory_manager")
    context, rows = rows_of(stranger, folder, preload(stranger), "--benchmark_repetitions=3",
                            "--benchmark_enable_random_interleaving=true")
    if "memory_unmeasured_because" in context:
        assert not [row for row in rows if "max_bytes_used" in row]
    else:
        assert all(row["max_bytes_used"] >= 64_001 for row in rows)


def test_without_the_shim_the_figures_are_left_out(examples, stranger):
    context, rows = rows_of(stranger, examples("memory_manager"), {})
    assert context["memory_unmeasured_because"] == NOT_PRELOADED
    assert not [row for row in rows if "max_bytes_used" in row]


# The limits

@pytest.mark.parametrize("name, words", [
    ("catch2_limit", ["[too-small]"]),
    ("gtest_limit", ["--gtest_also_run_disabled_tests", "--gtest_filter=*DISABLED*"])])
def test_a_limit_that_is_exceeded_fails(name, words, examples, stranger):
    program = examples(name) / "limit_test"
    done = stranger.run(program, *words, env=preload(stranger), code=None)
    said = done.stdout + done.stderr
    assert done.returncode != 0 and "limit_test.cc" in said
    peak, limit = re.search(r"the heap peaked at (\d+) bytes; the limit is (\d+)", said).groups()
    # 16384 numbers and, while they are copied, 8192 more; an allocator may round up to pages.
    assert int(limit) == 65_536 and 196_608 <= int(peak) < 196_608 + 3 * 4096, said


@pytest.mark.parametrize("name", ["catch2_limit", "gtest_limit"])
def test_a_limit_that_cannot_be_judged_fails(name, examples, stranger):
    program = examples(name) / "limit_test"
    done = stranger.run(program, code=None)
    assert done.returncode != 0 and NOT_PRELOADED in done.stdout + done.stderr
    done = stranger.run(program, env={"SPLITSCOPE_PEAK_LIMIT": "optional"})
    assert NOT_PRELOADED in done.stdout + done.stderr


# A strategy of one's own

def test_a_plugin_is_measured(examples, stranger):
    (library,) = examples("strategy").glob("lib*.so")
    suite = stranger.folder / "plugin.json"
    suite.write_text(json.dumps({
        "about": "A plugin beside a built-in strategy", "strategies": ["streaming", "whole-read"],
        "repetitions": 2, "timeout_s": 60,
        "cases": [{"workload": workload, "input": {"profile": "logs", "size": "1MB", "count": 2}}
                  for workload in ("merge", "search")]}))
    stranger.splitscope("run", "--suite", suite, "--plugin", library, "--out", "plugin")
    results = json.loads((stranger.folder / "plugin/results.json").read_text())
    rows = [row for row in results["benchmarks"] if row["run_type"] == "iteration"]
    assert {row["status"] for row in rows} == {"ok"}
    peaks = {strategy: [row["peak_heap_bytes"] for row in rows
                        if row["case"]["strategy"] == strategy and row["case"]["workload"] == "merge"]
             for strategy in ("streaming", "whole-read")}
    # It holds both inputs.
    assert min(peaks["whole-read"]) > max(peaks["streaming"]) + 1_000_000, peaks
    # An option that it does not know is its own error, through the boundary of the library.
    done = stranger.splitscope("merge", "a.split", "-o", "b.split", "--plugin", library, "--strategy",
                               "whole-read:window=1", code=1)
    assert "whole-read has no option 'window'; its options: none" in done.stderr
