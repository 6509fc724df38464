"""The verbs as a shell sees them: exit codes, output, and files written before a failing exit."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from splitscope_reports import start, testing
from splitscope_reports.commands import main
from splitscope_reports.render import templates

ROOT = Path(__file__).parents[2]
CASE = "merge/streaming/logs-5x50MiB/system/c1/warm"


@pytest.fixture
def files(tmp_path):
    """Writes documents by name and returns their paths as text."""

    def write(name, document):
        return str(testing.write(document, tmp_path / name))

    return write


def save(files, tmp_path, document=None, *options):
    out = tmp_path / "base" / "ci.json"
    code = main(
        [
            "baseline",
            "save",
            files("old.json", testing.with_aggregates(document or testing.make_simple())),
            "-o",
            str(out),
            *options,
        ]
    )
    return code, out


def test_gate_passes_on_the_same_results(files, tmp_path, capfd):
    code, out = save(files, tmp_path)
    assert code == 0
    assert main(["gate", files("new.json", testing.make_simple()), "--baseline", str(out)]) == 0
    assert "OK: 1 pass" in capfd.readouterr().out


def test_gate_writes_every_report_before_it_fails(files, tmp_path, capfd):
    _, out = save(files, tmp_path)
    new = files("new.json", testing.make_simple(peak_heap_bytes=13_000_000))
    markdown, junit = tmp_path / "reports" / "gate.md", tmp_path / "reports" / "gate.xml"
    assert (
        main(
            [
                "gate",
                new,
                "--baseline",
                str(out),
                "--markdown",
                str(markdown),
                "--junit",
                str(junit),
            ]
        )
        == 3
    )
    assert "REGRESSED: 1 measure in 1 case" in capfd.readouterr().out
    assert "**REGRESSED: 1 measure in 1 case**" in markdown.read_text()
    assert ET.parse(junit).getroot().find("testsuite").get("failures") == "1"


def test_gate_without_a_baseline_is_4_and_reported(files, tmp_path, capfd):
    junit = tmp_path / "gate.xml"
    new = files("new.json", testing.make_simple())
    code = main(["gate", new, "--baseline", str(tmp_path / "none.json"), "--junit", str(junit)])
    assert code == 4
    assert "no baseline there; make one with: baseline save" in capfd.readouterr().out
    assert junit.exists()


def test_gate_without_a_baseline_still_tells_failed_cases(files, tmp_path):
    failed = files(
        "new.json", testing.make_document([testing.make_failed_row(testing.make_case())])
    )
    assert main(["gate", failed, "--baseline", str(tmp_path / "none.json")]) == 2


def test_gate_on_another_machine_is_4(files, tmp_path, capfd):
    _, out = save(files, tmp_path)
    document = testing.make_simple()
    document["context"]["machine_class"]["compiler"] = "gcc 14.2.0"
    assert main(["gate", files("new.json", document), "--baseline", str(out)]) == 4
    assert "compiler: gcc 12.2.0 -> gcc 14.2.0" in capfd.readouterr().out


def test_gate_only_exact_ignores_kernel_measures(files, tmp_path):
    _, out = save(files, tmp_path)
    document = testing.make_simple(net_peak_rss_bytes=2**30, cpu_time=1.0)
    new = files("new.json", document)
    assert main(["gate", new, "--baseline", str(out)]) == 3
    assert main(["gate", new, "--baseline", str(out), "--only", "exact"]) == 0
    assert main(["gate", new, "--baseline", str(out), "--only", "exakt"]) == 1


def test_gate_takes_results_as_a_baseline(files):
    old = files("old.json", testing.make_simple())
    assert main(["gate", old, "--baseline", old]) == 0


@pytest.mark.parametrize("arguments", [
    [], ["judge"], ["gate"], ["gate", "none.json"], ["gate", "none.json", "--baseline", "b.json"],
    ["report", "none.json", "-o", "x"], ["baseline"], ["compare", "none.json", "none.json"],
])  # fmt: skip
def test_usage_and_tool_errors_are_1(arguments, capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    assert capfd.readouterr().err.count("\n") == 1


def test_a_broken_baseline_is_1_and_one_line(files, tmp_path, capfd):
    new = files("new.json", testing.make_simple())
    for document in (
        {"baseline_version": 1},
        {"baseline_version": 9},
        {"baseline_version": 1, "cases": 3},
    ):
        path = files("broken.json", document)
        assert main(["gate", new, "--baseline", path]) == 1
        error = capfd.readouterr().err
        assert error.count("\n") == 1 and "broken.json" in error


def test_baseline_refuses_failed_cases(files, tmp_path, capfd):
    code, out = save(files, tmp_path, testing.make_suite())
    assert code == 2
    assert not out.exists()
    assert "cannot become a baseline" in capfd.readouterr().err


def test_baseline_lists_exact_measures_that_do_not_repeat(files, tmp_path, capfd):
    document = testing.make_simple()
    document["benchmarks"][1]["heap_allocations"] += 5
    code, out = save(files, tmp_path, document, "--strict")
    assert code == 1 and not out.exists()
    code, out = save(files, tmp_path, document)
    assert code == 0
    printed = capfd.readouterr()
    assert f"unstable: {CASE}: heap_allocations" in printed.err
    stored = json.loads(out.read_text())
    assert stored["cases"][CASE]["unstable"] == ["heap_allocations"]
    # The kernel's figures may differ without a word.
    document["benchmarks"][1]["peak_rss_bytes"] += 4096
    save(files, tmp_path, document)
    assert "peak_rss_bytes" not in capfd.readouterr().err


def test_baseline_of_one_repetition_warns(files, tmp_path, capfd):
    save(files, tmp_path, testing.make_simple(repetitions=1))
    assert "nobody knows whether their exact measures repeat" in capfd.readouterr().err


def test_baseline_is_the_same_bytes_and_sorted(files, tmp_path):
    _, out = save(files, tmp_path)
    first = out.read_text()
    document = testing.make_simple()
    document["benchmarks"] = [dict(reversed(row.items())) for row in document["benchmarks"]]
    _, out = save(files, tmp_path, document)
    assert out.read_text() == first
    assert first.endswith("}\n")
    assert '        "reads": {"max": 4031, "median": 4031, "min": 4031},\n' in first
    stored = json.loads(first)
    assert stored["name"] == "ci"
    assert stored["context"]["commit"] == testing.make_context()["commit"]
    assert stored["machine_class"] == testing.make_context()["machine_class"]
    assert "wall_ms" not in stored["cases"][CASE]["measures"]


def test_baseline_of_one_class(files, tmp_path):
    _, out = save(files, tmp_path, None, "--only", "exact", "--name", "nightly")
    stored = json.loads(out.read_text())
    assert "net_peak_rss_bytes" not in stored["cases"][CASE]["measures"]
    assert "reads" in stored["cases"][CASE]["measures"]
    assert stored["name"] == "nightly"


def test_baseline_show(files, tmp_path, capfd):
    _, out = save(files, tmp_path)
    capfd.readouterr()
    assert main(["baseline", "show", str(out)]) == 0
    shown = capfd.readouterr().out
    assert CASE in shown and "peak_heap_bytes" in shown and "libc: glibc 2.36" in shown
    assert main(["baseline", "show", str(tmp_path / "none.json")]) == 4


def test_compare_prints_both_forms_and_never_fails(files, capfd):
    old = files("a.json", testing.make_simple())
    new = files("b.json", testing.make_simple(peak_heap_bytes=13_000_000))
    assert main(["compare", old, new]) == 0
    printed = capfd.readouterr().out
    assert "regressed" in printed and "| `peak_heap_bytes` |" in printed
    assert "wall_ms" in printed


@pytest.mark.parametrize("installed", [False, True])
def test_a_library_that_is_missing_is_one_line_that_says_what_to_do_here(
        monkeypatch, capfd, tmp_path, installed):
    monkeypatch.setitem(sys.modules, "splitscope_reports.commands", None)
    if installed:
        monkeypatch.setattr(start, "__file__", str(tmp_path / "reports/splitscope_reports/start.py"))
    assert start._run(["report"]) == 1
    error = capfd.readouterr().err
    assert error.count("\n") == 1
    assert ("scripts/setup" in error) != installed
    assert ("sudo apt install python3-matplotlib" in error) == installed


@pytest.fixture
def without_jinja2(monkeypatch):
    templates._environment.cache_clear()
    monkeypatch.setitem(sys.modules, "jinja2", None)
    yield
    templates._environment.cache_clear()


def test_without_the_template_engine_verdicts_stand_and_one_line_says_what_to_install(
        files, tmp_path, capfd, without_jinja2):
    old = files("a.json", testing.make_simple())
    new = files("b.json", testing.make_simple(peak_heap_bytes=13_000_000))
    markdown, junit = tmp_path / "gate.md", tmp_path / "gate.xml"
    assert main(["gate", new, "--baseline", old]) == 3
    assert capfd.readouterr().err == ""
    arguments = ["--baseline", old, "--markdown", str(markdown), "--junit", str(junit)]
    for results, code in ((new, 3), (old, 0)):
        assert main(["gate", results, *arguments]) == code
        printed = capfd.readouterr()
        assert printed.err.count("\n") == 1 and "install python3-jinja2" in printed.err
        assert ("REGRESSED" if code else "OK: 1 pass") in printed.out
        assert junit.exists() and not markdown.exists()
    for arguments in (["report", new, "-o", str(tmp_path / "r")], ["compare", old, new]):
        assert main(arguments) == 1
        error = capfd.readouterr().err
        assert error.count("\n") == 1 and "install python3-jinja2" in error
    assert not (tmp_path / "r").exists()


def test_validate(files, capfd):
    assert main(["validate", files("a.json", testing.make_suite())]) == 0
    assert "valid, 25 cases, 75 samples, 2 failed" in capfd.readouterr().out
    assert main(["validate", files("b.json", {"context": {"schema_version": 1}})]) == 1


def test_help_documents_the_exit_codes(capfd):
    for arguments in (["--help"], ["gate", "--help"]):
        assert main(arguments) == 0
        printed = capfd.readouterr().out
        assert "exit codes of gate, the first that applies" in printed
        assert printed.index("  3  a regression") < printed.index("  2  a case failed")


def test_output_that_cannot_be_written_is_1_except_for_the_gate(files, tmp_path, capfd):
    (tmp_path / "file").write_text("")
    old = files("a.json", testing.make_simple())
    assert main(["report", old, "-o", str(tmp_path / "file" / "x")]) == 1
    assert main(["compare", old, old, "--markdown", str(tmp_path / "file" / "x")]) == 1
    assert main(["gate", old, "--baseline", old, "--junit", str(tmp_path / "file" / "x.xml")]) == 0
    assert capfd.readouterr().err.count("cannot be written") == 3


def test_a_closed_pipe_ends_quietly(files):
    old = files("a.json", testing.make_suite())
    command = [sys.executable, "-B", "reports", "compare", old, old]
    whole = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert whole.returncode == 0 and whole.stderr == ""
    for arguments, code in ((["compare", old, old], 141), (["gate", old, "--baseline", old], 2)):
        cut = subprocess.Popen(
            [*command[:3], *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        cut.stdout.close()
        assert cut.stderr.read() == b""
        cut.stderr.close()
        assert cut.wait() == code
