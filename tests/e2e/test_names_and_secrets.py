"""Any name is data, secrets reach no result, and suites that are wrong are refused in one line."""

import os
import shutil
import subprocess

import pytest

from runs import names_in, results_of, samples_of, write_suite

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
