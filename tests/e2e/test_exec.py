"""`splitscope exec`: any command, byte for byte, with all that it starts."""

import json
import os
import pty
import signal
import subprocess
import sys
import time

import pytest

MIB = 1 << 20
# What the kernel's counters may be off by, and an interpreter's own moves.
NEAR = 256 << 10
TOUCH = "x = bytearray({} << 20); import time; time.sleep({})"


def row_of(folder):
    results = json.loads((folder / "results.json").read_text())
    (row,) = [row for row in results["benchmarks"] if row["run_type"] == "iteration"]
    return row


@pytest.fixture
def measured(splitscope, tmp_path):
    def run(*command, options=(), code=0, **how):
        out = tmp_path / "out"
        splitscope("exec", "--out", out, *options, "--", *command, code=code, **how)
        return row_of(out)

    return run


@pytest.mark.parametrize("words", [["[a,b]", "[x]"], ["--out", "-h", "--", ""], ["a\nb", "ü", "%s"],
                                   ["--repetitions=7"]])
def test_arguments_reach_the_command_byte_for_byte(splitscope, words):
    done = splitscope("exec", "--", sys.executable, "-c", "import sys; print(sys.argv[1:])", *words)
    assert done.stdout == f"{words}\n"


def test_bytes_that_are_no_text_reach_it(splitscope, tmp_path):
    done = subprocess.run([splitscope.binary, "exec", "--", "printf", "%s", b"\xff\xfe"],
                          capture_output=True, check=True)
    assert done.stdout == b"\xff\xfe"


def test_without_dashes_the_first_word_that_is_no_option_begins_the_command(splitscope):
    done = splitscope("exec", "--timeout", "50", "echo", "--repetitions", "9", "[x]")
    assert done.stdout == "--repetitions 9 [x]\n"


def test_standard_input_is_the_users(splitscope, tmp_path):
    done = subprocess.run([splitscope.binary, "exec", "--", "wc", "-l"], input="a\nb\n",
                          capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "2"
    (tmp_path / "lines").write_text("1\n2\n3\n")
    done = splitscope("exec", "--repetitions", "2", "--stdin", tmp_path / "lines", "--", "wc", "-l")
    assert done.stdout.split() == ["3", "3"]
    done = subprocess.run([splitscope.binary, "exec", "--stdin", "null", "--", "wc", "-l"],
                          input="a\n", capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


def test_a_pipe_is_not_read_twice(splitscope):
    done = subprocess.run([splitscope.binary, "exec", "--repetitions", "2", "--", "cat"], input="a",
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stdout == "" and "--stdin" in done.stderr


def test_which_command(splitscope):
    assert "which command" in splitscope.refuses("exec")
    assert "which command" in splitscope.refuses("exec", "--")
    assert "no-such-command" in splitscope.refuses("exec", "--", "no-such-command")
    assert "'--foo'" in splitscope.refuses("exec", "--foo", "--", "true")


def test_a_small_command_has_its_own_figures(measured):
    row = measured("true")
    assert 0 < row["peak_rss_bytes"] < 4 * MIB
    assert row["processes"] == 1
    (process,) = row["process_rows"]
    assert process["peak_rss_bytes"] == row["peak_rss_bytes"]


def test_every_null_has_a_true_reason(measured):
    row = measured("true")
    for key, reason in row["absent"].items():
        assert row[key] is None
        assert "please report" not in reason and "not recorded" not in reason, (key, reason)


def test_a_tree_is_summed_at_one_instant(measured):
    parts = " & ".join(f"{sys.executable} -c '{TOUCH.format(32, 0.5)}'" for _ in range(4))
    row = measured("sh", "-c", f"{parts} & wait")
    assert 4 * 32 * MIB < row["peak_rss_anon_bytes"] < 4 * 48 * MIB
    assert row["largest_process_rss_bytes"] < 64 * MIB
    assert row["processes"] == 5
    assert "peak_rss_anon_bytes" in row["at_least"]
    assert row["peak_heap_bytes"] > 4 * 32 * MIB


def test_one_after_the_other_does_not_add_up(measured):
    part = f"{sys.executable} -c '{TOUCH.format(32, 0)}'"
    row = measured("sh", "-c", f"{part}; {part}; {part}; true")
    assert 32 * MIB < row["peak_heap_bytes"] < 64 * MIB
    assert row["peak_rss_anon_bytes"] < 64 * MIB
    assert row["processes"] == 4


def test_the_heap_can_be_left_alone(measured):
    row = measured("env", options=["--heap", "off"])
    assert row["peak_heap_bytes"] is None and "--heap off" in row["absent"]["peak_heap_bytes"]


def test_what_outlives_the_command_is_ended_or_waited_for(splitscope, tmp_path):
    mark = tmp_path / "mark"
    command = ["sh", "-c", f"(sleep 1; touch {mark}) & true"]
    done = splitscope("exec", "--", *command)
    assert "outlived the command" in done.stderr
    time.sleep(1.2)
    assert not mark.exists()
    splitscope("exec", "--wait", "--", *command)
    assert mark.exists()


def test_without_tracing_it_is_said(splitscope, tmp_path):
    done = splitscope("exec", "--no-trace", "--out", tmp_path / "out", "--", sys.executable, "-c",
                      TOUCH.format(16, 0.2))
    assert "not followed" in done.stderr
    assert row_of(tmp_path / "out")["peak_rss_bytes"] > 16 * MIB


def test_a_command_reads_the_terminal(splitscope):
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(splitscope.binary, [splitscope.binary, "exec", "--", "sh", "-c",
                                     "read x </dev/tty; echo got-$x"])
    os.write(terminal, b"word\n")
    said = b""
    try:
        while b"got-word" not in said:
            said += os.read(terminal, 4096)
    finally:
        os.waitpid(pid, 0)


def test_a_killed_supervisor_takes_the_tree_along(splitscope, tmp_path):
    mark = tmp_path / "pid"
    command = f"echo $$ > {mark}.part; mv {mark}.part {mark}; sleep 60"
    guard = subprocess.Popen([splitscope.binary, "exec", "--", "sh", "-c", command])
    while not mark.exists():
        time.sleep(0.01)
    victim = int(mark.read_text())
    children = f"/proc/{guard.pid}/task/{guard.pid}/children"
    workers = [int(word) for word in open(children).read().split()]
    for pid in [guard.pid, *workers]:
        os.kill(pid, signal.SIGKILL)
    guard.wait()
    for _ in range(500):
        try:
            state = open(f"/proc/{victim}/stat").read().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            return
        if state in "ZX":
            return
        time.sleep(0.01)
    pytest.fail("the command goes on")


def test_a_signal_that_was_ignored_stays_so(splitscope):
    script = "import signal; print(signal.getsignal(signal.SIGHUP) == signal.SIG_IGN)"
    command = [splitscope.binary, "exec", "--", sys.executable, "-c", script]
    for ignored in (False, True):
        done = subprocess.run(
            command, capture_output=True, text=True, check=True,
            preexec_fn=(lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) if ignored else None)
        assert done.stdout.strip() == str(ignored)


def test_what_ended_is_not_in_the_sum_without_tracing_either(measured):
    part = f"{sys.executable} -c '{TOUCH.format(16, 0.05)}'"
    row = measured("sh", "-c", "; ".join([part] * 6 + ["true"]), options=["--no-trace"])
    assert row["peak_heap_bytes"] < 32 * MIB and "peak_heap_bytes" in row["at_least"]
    assert row["peak_rss_bytes"] >= row["largest_process_rss_bytes"]
    assert row["peak_rss_bytes"] >= row["peak_rss_anon_bytes"]
    assert "peak_rss_bytes" in row["at_least"]
    assert all(process["peak_at_least"] for process in row["process_rows"])


@pytest.fixture(scope="module")
def static_program(tmp_path_factory):
    folder = tmp_path_factory.mktemp("static")
    (folder / "static.c").write_text(
        "#include <stdlib.h>\n#include <string.h>\n"
        "int main(void) { char *p = malloc(32 << 20); memset(p, 1, 32 << 20); return p[7] - 1; }\n")
    subprocess.run(["cc", "-O0", "-static", "-o", folder / "static", folder / "static.c"], check=True)
    return folder / "static"


def test_a_static_program_has_no_heap_whatever_ran_before_it(measured, static_program):
    row = measured("sh", "-c", f"exec {static_program}")
    assert row["peak_heap_bytes"] is None
    assert "statically linked" in row["absent"]["peak_heap_bytes"]
    row = measured("sh", "-c", f"{static_program}; true")
    assert "peak_heap_bytes" in row["at_least"]
    assert ["statically linked" in (process["heap_absent"] or "")
            for process in row["process_rows"]] == [False, True]


@pytest.mark.parametrize("wrong", [["--memory-cap", "0"], ["--memory-cap", "1"], ["--timeout", "nan"],
                                   ["--timeout", "inf"]])
def test_limits_that_are_none(splitscope, wrong):
    assert wrong[0].strip("-") in splitscope.refuses("exec", *wrong, "--", "true").replace(" ", "-")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a pid namespace")
def test_the_proc_of_another_namespace_is_refused(splitscope):
    done = subprocess.run(["unshare", "--pid", "--fork", splitscope.binary, "exec", "--", "true"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "another pid namespace" in done.stderr
    done = subprocess.run(["unshare", "--mount", "sh", "-c", "mount -t tmpfs none /proc && exec "
                           f"{splitscope.binary} exec -- true"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "/proc is not mounted" in done.stderr, done.stderr


def test_without_a_terminal_the_starters_group_is_left_alone(splitscope, tmp_path):
    """With something stopped in it the kernel would send it SIGHUP once the worker is gone."""
    mark = tmp_path / "group"
    script = f"ps -o pgid= -p $$ > {mark}"
    starter = f"'{splitscope.binary}' exec -- sh -c '{script}'; ps -o pgid= -p $$"
    done = subprocess.run(["setsid", "sh", "-c", starter], capture_output=True, text=True, check=True)
    assert int(mark.read_text()) != int(done.stdout)
