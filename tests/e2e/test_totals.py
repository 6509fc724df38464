"""What scripts/test prints at its end: how many passed, were skipped, and why."""

import pathlib
import sys
from xml.sax.saxutils import escape

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

import totals  # noqa: E402


def told(tmp_path, capsys, *outputs, ok=True) -> tuple[int, list[str]]:
    """Exit code and lines of what is printed for programs with these outputs."""
    cases = "".join(
        f'<testcase name="program-{number}" status="{"run" if ok else "fail"}">'
        f"<system-out>{escape(output)}</system-out></testcase>"
        for number, output in enumerate(outputs))
    junit = tmp_path / "tests.xml"
    junit.write_text(f"<testsuite>{cases}</testsuite>", "utf-8")
    code = totals.main(str(junit))
    return code, capsys.readouterr().out.splitlines()


def test_skips_are_counted_by_their_reason(tmp_path, capsys):
    code, lines = told(
        tmp_path, capsys,
        "SKIPPED: third-party files not there (../shared/fixtures): splits (set SPLITSCOPE_FIXTURES)\n"
        "All tests passed (40 assertions in 5 test cases)\n",
        "SKIPPED [3] tests/e2e/test_damage.py:134: third-party files not there (../shared/fixtures)\n"
        "SKIPPED [41] ../main/tests/interop/test_merge.py: no cargo: the judge cannot be built\n"
        "7 passed, 44 skipped in 3.21s\n",
        "SKIPPED: no such thing here\n",
        "no words\n")
    assert code == 0
    assert lines[-5:] == ["skipped, by reason:",
                          "  no cargo: 41",
                          "  third-party files not there (../shared/fixtures): 4",
                          "  no such thing here: 1",
                          "12 passed, 0 failed, 46 skipped"]
    assert len(lines) == 4 + 5


def test_without_a_skip_there_is_one_line(tmp_path, capsys):
    assert told(tmp_path, capsys, "2 passed in 0.1s\n") == (0, ["2 passed, 0 failed, 0 skipped"])


def test_a_failure_fails(tmp_path, capsys):
    code, lines = told(tmp_path, capsys, "test cases: 3 | 2 passed | 1 failed\n", ok=False)
    assert (code, lines) == (1, ["2 passed, 1 failed, 0 skipped"])
    assert told(tmp_path, capsys)[0] == 1
