"""Phases that programs under `splitscope exec` tell of: docs/phases.md."""

import json
import shutil
import subprocess
import sys

import pytest

from conftest import ROOT

MIB = 1 << 20
# What the kernel's counters may be off by.
NEAR = 256 << 10
CLIENTS = ROOT / "examples" / "phases"

# Prints what it knows of each phase: name, heap peak, heap at the end, and by how much its anonymous
# memory rose above that of the start.
KNOWN = r"""
#define _GNU_SOURCE
#include "splitscope_phases.h"
#include <malloc.h>
#include <stdio.h>
#include <sys/mman.h>

static char line[4096];
static size_t used, live, peak;

static char* take(size_t size) {
  char* block = (char*)malloc(size);
  memset(block, 1, size);
  live += malloc_usable_size(block);
  if (live > peak) peak = live;
  return block;
}
static void give(char* block) { live -= malloc_usable_size(block); free(block); }
static void told(const char* name) {
  used += (size_t)snprintf(line + used, sizeof line - used, "%s %zu %zu\n", name, peak, live);
  peak = live;
}

int main(void) {
  char *a, *b, *mapped;
  give(take(48 << 20));
  peak = live;
  splitscope_phase("rise");
  a = take(16 << 20);
  b = take(1000);
  told("rise");
  splitscope_phase("spike");
  give(take(24 << 20));
  told("spike");
  splitscope_phase("small");
  give(a);
  told("small");
  splitscope_phase("mapped");
  mapped = (char*)mmap(NULL, 24 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(mapped, 1, 24 << 20);
  told("mapped");
  splitscope_phase("none");
  munmap(mapped, 24 << 20);
  told("none");
  splitscope_phase_end();
  give(b);
  fputs(line, stdout);
  return 0;
}
"""


def compiled(folder, source, *options, compiler="cc", name="program"):
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    path = folder / (name + (".rs" if compiler == "rustc" else ".c"))
    path.write_text(source)
    include = [] if compiler == "rustc" else [f"-I{CLIENTS}", "-O1", "-fno-builtin"]
    subprocess.run([compiler, *include, *options, path, "-o", folder / name], check=True, cwd=folder)
    return folder / name


@pytest.fixture
def measured(splitscope, tmp_path):
    """The row of a command, and what became of `exec`."""
    def run(*command, options=(), code=0, **how):
        out = tmp_path / "out"
        done = splitscope("exec", "--out", out, *options, "--", *command, code=code, **how)
        results = json.loads((out / "results.json").read_text())
        (row,) = [row for row in results["benchmarks"] if row["run_type"] == "iteration"]
        assert row["status"] == "ok", row["message"]
        return row, done

    return run


def python(*lines):
    """A program that tells of phases by hand."""
    head = ("import os, socket, sys, time", "fd = int(os.environ['SPLITSCOPE_PHASES_FD'])",
            "s = socket.socket(fileno=fd)",
            "def say(text):\n    s.sendall(text)\n    for _ in range(text.count(b'\\n')): s.recv(1)")
    return [sys.executable, "-c", "\n".join(head + lines)]


def names(row):
    return [phase["name"] for phase in row["phases"]]


def test_peaks_of_a_program_that_knows_them(measured, tmp_path):
    program = compiled(tmp_path, KNOWN)
    for _ in range(3):
        row, done = measured(program)
        phases = {phase["name"]: phase for phase in row["phases"]}
        lines = map(str.split, done.stdout.splitlines())
        known = {name: (int(peak), int(live)) for name, peak, live in lines}
        assert list(phases) == list(known) == ["rise", "spike", "small", "mapped", "none"]
        for name, (peak, live) in known.items():
            assert (phases[name]["peak_heap_bytes"], phases[name]["end_heap_bytes"]) == (peak, live), name
        assert row["peak_heap_bytes"] >= 48 * MIB > phases["spike"]["peak_heap_bytes"]
        # Anonymous pages besides the blocks: what is left when all are gone.
        end = row["phases"][-1]
        anon = {name: phase["peak_rss_anon_bytes"] for name, phase in phases.items()}
        rest = anon["rise"] - 16 * MIB
        assert 0 < rest < 4 * MIB
        for name, held in {"spike": 40, "small": 16, "mapped": 24, "none": 24}.items():
            assert abs(anon[name] - held * MIB - rest) <= NEAR, (name, anon)
        assert all(phase["peak_rss_bytes"] <= row["peak_rss_bytes"] for phase in row["phases"])
        assert all("pid" not in phase for phase in row["phases"]) and "ignored" not in done.stderr
        assert end["end_us"] >= end["start_us"] > 0


def test_phases_follow_each_other(measured):
    row, _ = measured(*python("for name in b'abc': say(b'phase %c\\n' % name)"))
    assert names(row) == ["a", "b", "c"]
    for one, next_one in zip(row["phases"], row["phases"][1:]):
        assert one["start_us"] <= one["end_us"] == next_one["start_us"]
    # Nobody ended the last: it went with its process.
    assert row["phases"][-1]["end_heap_bytes"] is None


@pytest.mark.parametrize("options", [["--heap", "off"], ["--no-trace"]])
def test_without_heap_or_tracing(measured, options):
    row, _ = measured(*python("say(b'phase a\\n')", "x = bytearray(32 << 20)", "say(b'end\\n')"),
                      options=options)
    (phase,) = row["phases"]
    assert phase["peak_rss_anon_bytes"] > 32 * MIB
    assert (phase["peak_heap_bytes"] is None) == ("off" in options)


def test_the_python_client(measured, tmp_path):
    (tmp_path / "use.py").write_text(
        "import splitscope_phases as p\np.phase('one')\nx = bytearray(20 << 20)\n"
        "p.phase('zwei ü')\ndel x\np.end()\n")
    env = {"PYTHONPATH": str(CLIENTS)}
    row, _ = measured(sys.executable, tmp_path / "use.py", env=env)
    assert names(row) == ["one", "zwei ü"]
    assert row["phases"][0]["peak_heap_bytes"] > 20 * MIB
    assert row["phases"][1]["end_heap_bytes"] < 20 * MIB
    subprocess.run([sys.executable, tmp_path / "use.py"], env=env, check=True)


@pytest.mark.parametrize("compiler, options", [
    ("cc", ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]),
    ("c++", ["-xc++", "-std=c++11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]),
    ("rustc", ["--crate-name", "phases", "--edition", "2021"])])
def test_the_examples(measured, tmp_path, compiler, options):
    source = CLIENTS / ("phases.rs" if compiler == "rustc" else "phases.c")
    program = compiled(tmp_path, source.read_text(), *options, compiler=compiler)
    row, _ = measured(program)
    assert names(row) == ["read", "sort"]
    assert row["phases"][0]["peak_heap_bytes"] > 3_900_000
    # By itself it runs as well.
    subprocess.run([program], check=True, stdout=subprocess.DEVNULL)


def test_bash_needs_no_client(measured):
    row, _ = measured("bash", "-c", 'echo "phase a b" >&$SPLITSCOPE_PHASES_FD; true')
    assert names(row) == ["a b"]


def test_a_program_that_closes_the_descriptor(measured, tmp_path):
    program = compiled(tmp_path, r"""
#include "splitscope_phases.h"
#include <fcntl.h>
#include <unistd.h>
int main(int count, char** words) {
  int fd = atoi(getenv("SPLITSCOPE_PHASES_FD"));
  if (splitscope_phase("one") != 0) return 1;
  close(fd);
  if (splitscope_phase("two") != -1) return 2;
  int file = open(words[count - 1], O_CREAT | O_WRONLY, 0600);
  if (dup2(file, fd) != fd) return 3;
  return splitscope_phase("three") == -1 ? 0 : 4;
}
""")
    row, _ = measured(program, tmp_path / "file")
    assert names(row) == ["one"]
    # What took the number is nobody's channel.
    assert (tmp_path / "file").read_bytes() == b""


def test_children_that_inherit_it_have_phases_of_their_own(measured):
    row, _ = measured(*python(
        "say(b'phase parent\\n')", "pid = os.fork()",
        "if pid == 0:\n    say(b'phase child\\n')\n    x = bytearray(24 << 20)\n    os._exit(0)",
        "os.waitpid(pid, 0)", "say(b'phase after\\n')"))
    parent, child, after = row["phases"]
    assert [parent["name"], child["name"], after["name"]] == ["parent", "child", "after"]
    assert parent["pid"] == after["pid"] != child["pid"]
    assert parent["start_us"] < child["start_us"] <= child["end_us"] <= parent["end_us"]
    for phase in (parent, child):
        assert phase["peak_heap_bytes"] > 24 * MIB and phase["peak_rss_anon_bytes"] > 24 * MIB
    assert after["peak_heap_bytes"] < 24 * MIB


def test_what_says_nothing_is_ignored_and_counted(measured):
    longest = "n" * 63
    row, done = measured(*python(
        "say(b'\\n')", "say(b'phase\\n')", "say(b'phase \\n')", "say(b'end of it\\n')",
        "say(b'\\x00\\xff\\n')", f"say(b'phase {longest}n\\n')", "say(b'x' * 100000 + b'\\n')",
        f"say(b'phase {longest}\\n')", "s.sendall(b'pha')", "time.sleep(0.02)", "say(b'se parts\\n')",
        "say(b'phase \\xff\\t\\n')", "say(b'end\\nend\\n')", "s.sendall(b'phase never')"))
    assert names(row) == [longest, "parts", "\ufffd\t"]
    assert done.stderr.count("7 lines on the descriptor of SPLITSCOPE_PHASES_FD ignored") == 1


def test_many_phases_are_bounded(measured):
    row, done = measured(*python("for i in range(10000): say(b'phase %d\\n' % i)", "say(b'end\\n')"))
    assert names(row) == [str(i) for i in range(256)]
    assert "9744 phases beyond the first 256 of a sample were left out" in done.stderr


def test_nobody_has_to_wait(measured):
    row, _ = measured(*python("for i in range(100000): s.sendall(b'phase a\\n')",
                              "s.sendall(b'end\\n')"))
    assert len(row["phases"]) == 256


def test_an_outer_one_does_not_hear_of_it(measured, splitscope):
    row, _ = measured(splitscope.binary, "exec", "--", *python("say(b'phase inner\\n')"))
    assert names(row) == []


def test_the_report_shows_them(measured, splitscope, tmp_path):
    measured(*python("say(b'phase first\\n')", "x = bytearray(8 << 20)", "say(b'end\\n')"))
    splitscope("report", tmp_path / "out" / "results.json", "-o", tmp_path / "report")
    page = (tmp_path / "report" / "index.html").read_text()
    assert "1 first" in page and "anon " in page and "resident " in page


def test_phases_of_run_have_peaks_by_kind(splitscope, tmp_path, cache):
    suite = {"about": "phases", "strategies": ["full-copy"], "repetitions": 1,
             "cases": [{"workload": "merge", "input": {"profile": "logs", "size": "1MB", "count": 2}}]}
    (tmp_path / "suite.json").write_text(json.dumps(suite))
    splitscope("run", "--suite", tmp_path / "suite.json", "--out", tmp_path / "out", "--cache-dir", cache)
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    (row,) = [row for row in results["benchmarks"] if row["run_type"] == "iteration"]
    assert len(row["phases"]) > 1
    for key in ("peak_rss_bytes", "peak_rss_anon_bytes", "peak_rss_file_bytes", "peak_rss_shmem_bytes"):
        peaks = [phase[key] for phase in row["phases"]]
        assert None not in peaks and max(peaks) <= row[key], key
    # Phases follow each other without a gap, so one of them saw the highest.
    assert max(phase["peak_rss_anon_bytes"] for phase in row["phases"]) >= 0.9 * row["peak_rss_anon_bytes"]
