"""`splitscope floor`: programs of known need, cases, and what is refused."""

import fcntl
import json
import os
import pathlib
import signal
import subprocess
import time

import jsonschema
import pytest

from conftest import ROOT

NEED = os.environ["SPLITSCOPE_NEED"]
MIB = 1 << 20
CASE = "merge/streaming/logs-2x1MB/system/c1/warm"


def cgroups_permitted(splitscope) -> bool:
    done = subprocess.run([splitscope.binary, "floor", "--held-by", "cgroup", "--", NEED, "touch", "0"],
                          capture_output=True, text=True, check=False)
    return done.returncode == 0


@pytest.fixture(scope="session")
def kinds(splitscope):
    return ["cgroup", "rlimit_data"] if cgroups_permitted(splitscope) else ["rlimit_data"]


@pytest.fixture
def floor(splitscope, tmp_path, kinds):
    def find(*words, held_by="auto", code=0):
        if held_by == "cgroup" and held_by not in kinds:
            pytest.skip("no cgroup can be made or limited here")
        splitscope("floor", "--out", tmp_path / "out", "--held-by", held_by, *words, code=code,
                   timeout=300)
        found = json.loads((tmp_path / "out" / "floor.json").read_text())
        schema = json.loads((ROOT / "reports/schema/floor.v1.schema.json").read_text())
        jsonschema.Draft202012Validator(schema).validate(found)
        assert found["held_by"] == held_by
        return found
    return find


@pytest.mark.parametrize("held_by", ["cgroup", "rlimit_data"])
def test_the_floor_is_what_the_program_needs(floor, held_by):
    none = floor("--", NEED, "touch", "0", held_by=held_by)["floor_bytes"]
    size = 48 * MIB
    found = floor("--", NEED, "touch", size // MIB, held_by=held_by)
    # What the program needs besides is what it needs when it touches nothing.
    assert size <= found["floor_bytes"] <= 1.02 * (size + none)
    assert found["largest_failing_bytes"] < found["floor_bytes"]
    assert found["floor_bytes"] - found["largest_failing_bytes"] <= 0.011 * found["floor_bytes"]
    assert found["uncapped"]["peak_rss_anon_bytes"] >= size
    factors = [point["factor"] for point in found["curve"]]
    assert factors == [1, 1.25, 1.5, 2, None]
    assert all(len(point["tries"]) == 3 for point in found["curve"])
    assert all(one["status"] == "ok" for point in found["curve"] for one in point["tries"])


@pytest.mark.parametrize("held_by", ["cgroup", "rlimit_data"])
def test_pages_of_a_mapped_file_can_be_given_up(floor, tmp_path, held_by):
    file = tmp_path / "bytes"
    file.write_bytes(os.urandom(64 * MIB))
    found = floor("--", NEED, "map", file, 4, held_by=held_by)
    assert 4 * MIB <= found["floor_bytes"] < 64 * MIB
    assert found["uncapped"]["peak_rss_bytes"] > 64 * MIB
    # The page cache counts under a cgroup only, and only there has to be emptied.
    assert found["inputs_evicted"] is (True if held_by == "cgroup" else None)


def test_what_never_fits_is_said(splitscope, floor):
    found = floor("--", NEED, "reserve", 1 << 14, held_by="rlimit_data", code=2)
    assert found["floor_bytes"] is None and found["curve"] == []
    assert found["largest_failing_bytes"] == found["rule"]["largest_cap_bytes"]


def test_what_fails_without_a_cap_is_not_searched(splitscope, tmp_path):
    done = splitscope("floor", "--out", tmp_path / "out", "--", "sh", "-c", "echo word >&2; exit 7",
                      code=2)
    assert "exit status 7" in done.stderr and "without a cap" in done.stderr
    assert "word" in done.stderr and done.stdout == ""
    assert not (tmp_path / "out").exists()


def test_the_output_of_the_command_goes_nowhere(splitscope):
    done = splitscope("floor", "--held-by", "rlimit_data", "--", "sh", "-c", "printf w%srd o; printf w%srd o >&2; read x; true")
    assert "word" not in done.stdout and done.stderr.count("word") == 1  # of the first try
    assert "enough" in done.stdout and "unlimited" in done.stdout


def test_json_is_all_that_is_printed(splitscope):
    done = splitscope("floor", "--json", "--held-by", "rlimit_data", "--", NEED, "touch", "2")
    assert json.loads(done.stdout)["command"][1:] == ["touch", "2"]


@pytest.mark.parametrize("held_by", ["cgroup", "rlimit_data"])
def test_the_floor_of_a_case(floor, cache, held_by):
    found = floor(CASE, "--cache-dir", cache, held_by=held_by)
    assert found["case"] == CASE and found["command"] is None
    assert 0 < found["floor_bytes"] < 64 * MIB
    assert found["uncapped"]["peak_rss_bytes"] > 0
    assert found["inputs_evicted"] is (True if held_by == "cgroup" else None)


def test_a_case_by_its_options(splitscope, generated, cache):
    inputs = [generated / f"split-{n}.split" for n in range(2)]
    done = splitscope("floor", "--workload", "merge", "--strategy", "streaming", "--input", *inputs,
                      "--cache-dir", cache, "--json", timeout=300)
    assert json.loads(done.stdout)["case"] == "merge/streaming/2-files/system/c1/warm"


@pytest.mark.parametrize("words, told", [
    ([], "which case"), (["sort"], "no id of a case"), (["--"], "no command stands behind --"),
    ([CASE, "--", "true"], "a case and a command"), (["--strategy", "streaming", "--", "true"], "--strategy"),
    ([CASE + "/cap-1MiB"], "leave it away"), (["merge/none/logs-2x1MB/system/c1/warm"], "none"),
    (["merge/streaming/logs/system/c1/warm"], "no size"), ([CASE, "--stdin", "x"], "--stdin"),
    (["--", "no-such-command-at-all"], "no-such-command-at-all"),
    (["--input", "no-such-file", "--", "true"], "no-such-file"),
    (["--held-by", "prayer", "--", "true"], "prayer"),
])
def test_what_is_refused(splitscope, words, told):
    assert told in splitscope.refuses("floor", *words)


def dead_cgroups() -> set[str]:
    """Of splitscope, whose maker is gone: those of the living are locked."""
    found = set()
    for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        top = "/sys/fs/cgroup/memory" if controllers else "/sys/fs/cgroup"
        for folder in pathlib.Path(top + path).glob("splitscope-" + "?" * 16):
            try:
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            except FileNotFoundError:
                continue
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                found.add(str(folder))
            except BlockingIOError:
                pass
            os.close(descriptor)
    return {folder for folder in found if os.path.exists(folder)}


def test_ctrl_c_leaves_nothing(splitscope, tmp_path):
    before = dead_cgroups()
    out = tmp_path / "out"
    mark = tmp_path / "mark"
    process = subprocess.Popen(
        [splitscope.binary, "floor", "--out", out, "--", "sh", "-c",
         f"echo >> {mark}; sleep 0.2; test $(wc -l < {mark}) -lt 6 || sleep 60"],
        stderr=subprocess.PIPE, text=True)
    while not mark.exists() or len(mark.read_text().splitlines()) < 6:
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "ended by SIGINT" in told
    assert not out.exists()
    assert dead_cgroups() <= before


def test_the_machine_is_listed(splitscope, cache):
    done = splitscope("list", "machine", "--cache-dir", cache)
    for word in ("empty C program", "idle child", "net peak of an idle window"):
        assert word in done.stdout
    assert "machine" not in splitscope("list").stdout.split("\n")


def rows_of(folder) -> dict[str, dict]:
    results = json.loads((folder / "results.json").read_text())
    schema = json.loads((ROOT / "reports/schema/result.v1.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(results)
    return {row["name"]: row for row in results["benchmarks"] if row["run_type"] == "iteration"}


def test_a_cap_is_an_axis_of_a_run(splitscope, kinds, cache, tmp_path):
    suite = tmp_path / "small.json"
    suite.write_text(json.dumps({
        "repetitions": 1, "strategies": ["full-copy"], "memory_cap": ["none", "512MiB"],
        "cases": [{"workload": "merge", "input": {"profile": "logs", "size": "1MB", "count": 2}}]}))
    usual = "merge/full-copy/logs-2x1MB/system/c1/warm"
    splitscope("run", "--suite", suite, "--out", tmp_path / "out", "--cache-dir", cache)
    rows = rows_of(tmp_path / "out")
    assert list(rows) == [usual, usual + "/cap-512MiB"]
    assert all(row["status"] == "ok" for row in rows.values())
    assert "memory_cap" not in rows[usual]["case"] and "memory_cap_held_by" not in rows[usual]
    capped = rows[usual + "/cap-512MiB"]
    assert capped["case"]["memory_cap"] == "512MiB" and capped["memory_cap_held_by"] == kinds[0]
    # The results stay what baselines and gates are made of.
    splitscope("baseline", "save", tmp_path / "out/results.json", "-o", tmp_path / "baseline.json")
    splitscope("gate", "--only", "exact", "--baseline", tmp_path / "baseline.json",
               tmp_path / "out/results.json")
    splitscope("report", tmp_path / "out/results.json", "-o", tmp_path / "report")
    assert "capped at 512MiB" in (tmp_path / "report/index.html").read_text()


def test_a_cap_that_is_too_small_fails_its_case_only(splitscope, kinds, cache, tmp_path):
    suite = tmp_path / "small.json"
    suite.write_text(json.dumps({
        "repetitions": 1, "strategies": ["full-copy"],
        "cases": [{"workload": "merge", "input": {"profile": "logs", "size": "1MB", "count": 2}}]}))
    done = splitscope("run", "--suite", suite, "--memory-cap", "4MiB", "--memory-cap", "none", "--out",
                      tmp_path / "out", "--cache-dir", cache, code=2)
    small, usual = rows_of(tmp_path / "out").values()
    assert usual["status"] == "ok"
    if kinds[0] == "cgroup":
        assert small["status"] in ("oom_killed", "refused")
    else:
        assert small["status"] == "crashed" and "RLIMIT_DATA" in small["message"]
    assert "cap 4MiB" in done.stdout


@pytest.mark.parametrize("cap", ["much", "0", "-1MiB"])
def test_a_cap_that_is_none_is_refused(splitscope, cap):
    splitscope.refuses("run", "--memory-cap", cap)
