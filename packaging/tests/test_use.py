"""Every verb of the installed program, run by a stranger in a folder with a space in its name."""

import json
import os
import re
import subprocess

import pytest

SUITE = {
    "about": "One small case of each workload", "strategies": ["streaming"], "repetitions": 1,
    "timeout_s": 60,
    "cases": [
        {"workload": "convert", "input": {"profile": "logs", "size": "1MB"}},
        {"workload": "merge", "input": {"profile": "logs", "size": "1MB", "count": 2}},
        {"workload": "extract", "input": {"profile": "logs", "size": "1MB"}},
        {"workload": "search", "input": {"profile": "logs", "size": "1MB"}},
        {"workload": "upload", "options": {"mode": "single"}, "input": {"profile": "logs", "size": "1MB"}},
        {"workload": "idle"}]}
KEYS = {"SPLITSCOPE_S3_ACCESS_KEY": "stranger", "SPLITSCOPE_S3_SECRET_KEY": "not a secret"}


@pytest.fixture(scope="module")
def results(stranger):
    (stranger.folder / "small.json").write_text(json.dumps(SUITE))
    stranger.splitscope("run", "--suite", "small.json", "--out", "out")
    return json.loads((stranger.folder / "out/results.json").read_text())


@pytest.fixture(scope="module")
def splits(stranger):
    stranger.splitscope("generate", "--profile", "logs", "--size", "1MB", "--count", 2, "-o", "data")
    return ["data/split-0.split", "data/split-1.split"]


def test_the_lists_are_whole(stranger):
    text = stranger.splitscope("list").stdout
    for word in ("streaming", "merge", "quick", "claims", "peak_heap_bytes"):
        assert re.search(rf"^  {word}\b", text, re.MULTILINE), text


def test_a_suite_is_measured(results):
    rows = [row for row in results["benchmarks"] if row["run_type"] == "iteration"]
    assert len(rows) == len(SUITE["cases"])
    for row in rows:
        assert row["status"] == "ok", row
        # The shim was found and preloaded.
        assert isinstance(row["peak_heap_bytes"], int), row


def test_report_and_gate(stranger, results):
    stranger.splitscope("report", "out/results.json", "-o", "report")
    page = (stranger.folder / "report/index.html").read_text()
    assert "merge" in page and list((stranger.folder / "report").rglob("*.svg"))
    stranger.splitscope("baseline", "save", "out/results.json", "-o", "base.json")
    done = stranger.splitscope("gate", "out/results.json", "--baseline", "base.json", "--only", "exact")
    assert "self-check: ok" in done.stdout
    worse = json.loads((stranger.folder / "out/results.json").read_text())
    for row in worse["benchmarks"]:
        # The rows of medians as well: a file whose rows contradict each other is refused.
        if row["case"]["workload"] == "merge":
            row["peak_heap_bytes"] *= 2
    (stranger.folder / "worse.json").write_text(json.dumps(worse))
    stranger.splitscope("gate", "worse.json", "--baseline", "base.json", "--only", "exact", code=3)


def test_files_of_the_users(stranger, splits):
    stranger.splitscope("merge", *splits, "-o", "merged.split", "--verify")
    stranger.splitscope("extract", "merged.split", "-o", "merged index")
    stranger.splitscope("convert", "merged index", "-o", "again.split", "--verify")
    stranger.splitscope("inspect", "again.split")
    query = '{"term": {"field": "severity", "text": "ERROR"}}'
    stranger.splitscope("search", "again.split", "--query", query)


def test_upload_to_its_own_server(stranger, splits):
    server = subprocess.Popen(
        stranger.command(stranger.binary, "s3-server", "--folder", "objects"), cwd=stranger.folder,
        stdout=subprocess.PIPE, text=True, env={**stranger.environment, **KEYS})
    try:
        said = server.stdout.readline()
        endpoint = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert endpoint, said
        stranger.splitscope("upload", *splits, "--endpoint", endpoint.group(), "--bucket", "splits",
                            "--mode", "single", "--verify", env=KEYS)
    finally:
        server.terminate()
        server.wait(30)
    stored = sum(file.stat().st_size for file in (stranger.folder / "objects").rglob("*")
                 if file.is_file())
    assert stored >= sum((stranger.folder / split).stat().st_size for split in splits)


def test_floor_and_exec(stranger):
    assert "empty C program" in stranger.splitscope("list", "machine").stdout
    assert "unlimited" in stranger.splitscope("floor", "--held-by", "rlimit_data", "--", "true").stdout
    stranger.splitscope("exec", "--", "sleep", "0.1")


def test_nothing_is_written_into_the_tree(prefix, results):
    if os.geteuid() == 0:
        assert {path.stat().st_uid for path in prefix.rglob("*")} == {0}
    assert not list(prefix.rglob("__pycache__"))
