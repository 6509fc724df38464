"""A verdict is the figures' alone: no file in the current folder, no setting of the user's, no output
that cannot be written and no odd name changes it."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
import xml.etree.ElementTree as ET

import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "reports"))

from splitscope_reports import testing  # noqa: E402

REGRESSION = 13_000_000
CASE = "merge/streaming/logs-5x50MiB/system/c1/warm"
MARKS = [".splitscope-*"]


@pytest.fixture
def place(tmp_path):
    """old.json, a worse new.json and an equal same.json."""
    testing.write(testing.make_simple(), tmp_path / "old.json")
    testing.write(testing.make_simple(), tmp_path / "same.json")
    testing.write(testing.make_simple(peak_heap_bytes=REGRESSION), tmp_path / "new.json")
    return tmp_path


def gate(splitscope, place, *options, new="new.json", cwd=None, env=None, **streams):
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
    return subprocess.run(
        [splitscope.binary, "gate", "--baseline", str(place / "old.json"), str(place / new),
         *map(str, options)],
        cwd=cwd or place, env={**os.environ, **(env or {})}, check=False, **streams)


def leftovers(folder):
    return [path for pattern in MARKS for path in folder.rglob(pattern)]


def one_line(text) -> str:
    text = text.decode() if isinstance(text, bytes) else text
    assert text.count("\n") == 1, text
    return text


# Isolation

SHADOWS = ["reports", "statistics", "json", "splitscope_reports", "sitecustomize", "usercustomize",
           "jsonschema", "argparse", "matplotlib", "numpy", "tomllib", "jinja2", "markupsafe"]


@pytest.fixture
def hostile(tmp_path):
    """A folder full of modules that say that all is well, and settings that break matplotlib."""
    folder = tmp_path / "hostile"
    folder.mkdir()
    for name in SHADOWS:
        (folder / f"{name}.py").write_text("import os\nos._exit(0)\n")
    (folder / "reports").mkdir()
    for name in ("__init__", "__main__"):
        (folder / "reports" / f"{name}.py").write_text("import os\nos._exit(0)\n")
    (folder / "matplotlibrc").write_text("backend: none\nno such line\nfont.size: huge\n")
    (folder / "startup.py").write_text("import os\nos._exit(0)\n")
    site = folder / f".local/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    site.mkdir(parents=True)
    (site / "usercustomize.py").write_text("import os\nos._exit(0)\n")
    (site / "evil.pth").write_text("import os; os._exit(0)\n")
    return folder


def hostile_environment(folder):
    return {"PYTHONPATH": str(folder), "PYTHONSTARTUP": str(folder / "startup.py"),
            "PYTHONHOME": str(folder), "PYTHONUSERBASE": str(folder / ".local"),
            "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0",
            "PYTHONWARNINGS": "error", "LC_ALL": "C", "HOME": str(folder),
            "MATPLOTLIBRC": str(folder / "matplotlibrc"), "MPLBACKEND": "junk",
            "MPLCONFIGDIR": str(folder / "none" / "such"), "XDG_CONFIG_HOME": str(folder)}


@pytest.mark.parametrize("settings", [False, True])
def test_the_current_folder_and_settings_have_no_say(splitscope, place, hostile, settings):
    env = hostile_environment(hostile) if settings else {}
    done = gate(splitscope, place, cwd=hostile, env=env)
    assert done.returncode == 3, done.stderr
    assert b"REGRESSED: 1 measure in 1 case" in done.stdout
    assert gate(splitscope, place, new="same.json", cwd=hostile, env=env).returncode == 0


def test_settings_do_not_change_a_report(splitscope, place, hostile):
    pages = []
    for cwd, env in ((place, {}), (hostile, hostile_environment(hostile))):
        out = place / f"report{len(pages)}"
        splitscope("report", place / "old.json", "-o", out, cwd=cwd, env=env)
        pages.append({path.relative_to(out): path.read_bytes()
                      for path in sorted(out.rglob("*")) if path.is_file()})
    assert pages[0] == pages[1]
    assert not leftovers(place)


def test_a_home_without_the_program_is_one_line(splitscope, place):
    done = gate(splitscope, place, env={"SPLITSCOPE_HOME": str(place)})
    assert done.returncode == 1 and "SPLITSCOPE_HOME" in one_line(done.stderr)


# The exit code is the verdict's

@pytest.mark.parametrize("new, code, option, target", [
    ("new.json", 3, "--markdown", "file/x.md"), ("same.json", 0, "--junit", "file/x.xml"),
    ("new.json", 3, "--junit", "folder"), ("new.json", 3, "--markdown", "pipe"),
    ("new.json", 3, "--markdown", "old.json"), ("new.json", 3, "--junit", "link-to-old"),
    ("new.json", 3, "--markdown", "n" * 256), ("new.json", 3, "--markdown", "/dev/null"),
    ("same.json", 0, "--junit", "/dev/full"), ("new.json", 3, "--markdown", "/proc/none/x"),
    ("new.json", 3, "--junit", "/"), ("new.json", 3, "--markdown", "loop"),
])  # fmt: skip
def test_what_cannot_be_written_is_a_line(splitscope, place, new, code, option, target):
    (place / "file").write_text("")
    (place / "folder").mkdir()
    os.mkfifo(place / "pipe")
    (place / "link-to-old").symlink_to("old.json")
    (place / "loop").symlink_to("loop")
    before = (place / "old.json").read_bytes()
    done = gate(splitscope, place, option, target, new=new)
    assert done.returncode == code
    assert (b"REGRESSED" if code else b"OK: 1 pass") in done.stdout
    assert one_line(done.stderr).startswith("error: ")
    assert (place / "old.json").read_bytes() == before
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert stat.S_ISFIFO(os.stat(place / "pipe").st_mode)
    assert not leftovers(place)


@pytest.mark.parametrize("new, code", [("new.json", 3), ("same.json", 0)])
def test_the_console_may_be_full_closed_or_gone(splitscope, place, new, code):
    with open("/dev/full", "wb") as full:
        done = gate(splitscope, place, new=new, stdout=full)
        assert done.returncode == code
        assert "standard output" in one_line(done.stderr)
        assert gate(splitscope, place, new=new, stderr=full).returncode == code
        assert gate(splitscope, place, new=new, stdout=full, stderr=full).returncode == code
    command = f'"{splitscope.binary}" gate --baseline old.json {new}'
    for redirections in (">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", "| true"):
        script = f"{command} --markdown out.md {redirections}; echo ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", script], cwd=place, capture_output=True, check=False)
        assert int(done.stdout.split()[-1]) == code, (redirections, done)
        assert b"Traceback" not in done.stderr
        assert (place / "out.md").read_text().startswith("## splitscope gate")
        (place / "out.md").unlink()


def test_a_file_size_limit_is_a_full_disk(splitscope, place):
    script = f'ulimit -f 0; "{splitscope.binary}" gate --baseline old.json new.json --markdown m.md'
    done = subprocess.run(["bash", "-c", script + " | cat; exit ${PIPESTATUS[0]}"], cwd=place,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 3 and "m.md: cannot be written" in done.stderr
    assert not (place / "m.md").exists() and not leftovers(place)


@pytest.mark.parametrize("arguments", [
    ["report", "old.json", "-o", "out"], ["compare", "old.json", "old.json", "--markdown", "m"],
    ["baseline", "save", "old.json", "-o", "b"],
])  # fmt: skip
def test_other_verbs_fail_when_they_cannot_write(splitscope, place, arguments):
    (place / arguments[-1]).write_text("good")
    script = f'ulimit -f 0; exec "{splitscope.binary}" {" ".join(arguments)}'
    done = subprocess.run(["bash", "-c", script], cwd=place, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    one_line(done.stderr)
    assert (place / arguments[-1]).read_text() == "good"
    assert not leftovers(place)


def test_other_verbs_check_the_console(splitscope, place):
    for arguments in (["compare", "old.json", "old.json"], ["validate", "old.json"],
                      ["gate", "--help"]):
        command = [sys.executable, "-I", str(ROOT / "reports"), *arguments]
        with open("/dev/full", "wb") as full:
            done = subprocess.run(command, cwd=place, stdout=full, stderr=subprocess.PIPE, check=False)
        if arguments[0] != "gate":
            assert done.returncode == 1 and "standard output" in one_line(done.stderr)
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run(command, cwd=place, stdout=write, stderr=subprocess.PIPE, check=False)
        os.close(write)
        assert done.stderr == b"" and done.returncode == 141


@pytest.mark.parametrize("number, delay", [
    (signal.SIGINT, 0.0), (signal.SIGTERM, 0.3), (signal.SIGHUP, 0.9), (signal.SIGTERM, 2.0)])
def test_a_signal_ends_a_report_and_leaves_nothing(splitscope, place, number, delay):
    testing.write(testing.make_suite(), place / "suite.json")
    process = subprocess.Popen(
        [splitscope.binary, "report", "suite.json", "-o", "out"], cwd=place,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    # Once Python has its handlers the folder of the temporary files is not far.
    deadline = time.monotonic() + 60
    while not leftovers(place) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(delay)
    process.send_signal(number)
    out, error = process.communicate(timeout=120)
    assert process.returncode == 128 + number, (out, error)
    assert signal.Signals(number).name in one_line(error)
    assert not leftovers(place) and not (place / "out").exists()


def test_what_a_killed_report_left_is_swept_and_nothing_else(splitscope, place):
    testing.write(testing.make_suite(), place / "suite.json")
    process = subprocess.Popen([splitscope.binary, "report", "suite.json", "-o", "out"], cwd=place)
    deadline = time.monotonic() + 60
    while not list(place.glob(".splitscope-*/lock")) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.2)
    process.kill()
    process.wait()
    (dead,) = leftovers(place)
    users = place / ".splitscope-0123456789abcdef"
    users.mkdir()
    (users / "lock").write_text("mine\n")
    (users / "letter").write_text("dear")
    live = subprocess.Popen([splitscope.binary, "report", "suite.json", "-o", "live"], cwd=place)
    while len(leftovers(place)) < 2 + dead.exists() and live.poll() is None:
        time.sleep(0.01)
    splitscope("baseline", "save", "old.json", "-o", "b.json", cwd=place)
    assert live.wait() == 0
    assert not dead.exists()
    assert leftovers(place) == [users] and (users / "letter").read_text() == "dear"


# Writing

def test_a_report_replaces_a_report_and_nothing_else(splitscope, place):
    out = place / "out"
    testing.write(testing.make_simple(strategies=("streaming",), workload="convert"),
                  place / "more.json")
    splitscope("report", "old.json", "-o", "out", cwd=place)
    first = {path.name for path in (out / "plots").iterdir()}
    (out / "plots" / "old-picture.png").write_text("mine")
    assert "plots/old-picture.png" in splitscope.refuses("report", "more.json", "-o", "out", cwd=place)
    (out / "plots" / "old-picture.png").unlink()
    index = (out / "index.html").read_text()
    (out / "index.html").write_text(index + "my note")
    assert "index.html was changed" in splitscope.refuses("report", "more.json", "-o", "out", cwd=place)
    (out / "index.html").write_text(index)
    testing.write(testing.make_document([testing.make_failed_row(testing.make_case())]),
                  place / "failed.json")
    splitscope("report", "failed.json", "-o", "out", cwd=place)
    assert first and not (out / "plots").exists() or not list((out / "plots").iterdir())
    (place / "letters").mkdir()
    (place / "letters" / "a").write_text("dear")
    assert "is no report" in splitscope.refuses("report", "old.json", "-o", "letters", cwd=place)
    assert "input" in splitscope.refuses("baseline", "save", "old.json", "-o", "./old.json", cwd=place)
    assert not leftovers(place)


def test_two_reports_at_once_both_succeed(splitscope, place):
    testing.write(testing.make_simple(strategies=("full-copy", "mmap-view")), place / "two.json")
    for _ in range(3):
        running = [subprocess.Popen([splitscope.binary, "report", name, "-o", "out"], cwd=place,
                                    stdout=subprocess.DEVNULL)
                   for name in ("old.json", "two.json", "old.json")]
        assert [process.wait() for process in running] == [0, 0, 0]
        manifest = json.loads((place / "out" / "manifest.json").read_text())
        found = {str(path.relative_to(place / "out")) for path in (place / "out").rglob("*")
                 if path.is_file()}
        assert found == {*manifest["files"], "manifest.json"}
        assert not leftovers(place)


def test_links_stay_links_and_long_names_work(splitscope, place):
    (place / "real").mkdir()
    (place / "link.json").symlink_to("real/b.json")
    splitscope("baseline", "save", "old.json", "-o", "link.json", cwd=place)
    splitscope("baseline", "save", "old.json", "-o", "link.json", cwd=place)
    assert (place / "link.json").is_symlink() and (place / "real" / "b.json").is_file()
    for name in (b"n" * 255, b"not-\xff-utf8", "имя".encode(), b"a\nb", b"-x[1]"):
        path = os.path.join(os.fsencode(place), name)
        for command in (["baseline", "save", "old.json", "-o", path],
                        ["gate", "old.json", "--baseline", path]):
            done = subprocess.run([splitscope.binary, *command], cwd=place, capture_output=True,
                                  check=False)
            assert done.returncode == 0 and done.stderr == b"", (name, done)
        os.unlink(path)
        command = [splitscope.binary, "report", "old.json", "-o", path]
        assert subprocess.run(command, cwd=place, stdout=subprocess.DEVNULL, check=False).returncode == 0
        assert os.path.exists(os.path.join(path, b"index.html"))


def test_inputs_are_read_once(splitscope, place):
    script = (f'"{splitscope.binary}" gate --baseline <(cat old.json) <(cat new.json) '
              f'--policy <(cat "{ROOT}/reports/policy/gate.toml")')
    done = subprocess.run(["bash", "-c", script], cwd=place, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 3 and "REGRESSED" in done.stdout, done.stderr


def test_a_folder_that_may_not_be_written(splitscope, place):
    if os.geteuid() != 0:
        pytest.skip("changes the user: needs root")
    place.chmod(0o755)
    for parent in place.parents:
        parent.chmod(parent.stat().st_mode | 0o055)
        if parent == parent.parent or parent.name == "tmp":
            break
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", splitscope.binary]
    for arguments, code in ((["gate", "--baseline", "old.json", "new.json", "--markdown", "m"], 3),
                            (["report", "old.json", "-o", "out"], 1),
                            (["baseline", "save", "old.json", "-o", "b"], 1)):
        done = subprocess.run([*command, *arguments], cwd=place, capture_output=True, check=False)
        if b"Permission denied" in done.stderr and b"cannot be" not in done.stderr:
            pytest.skip(f"another user may not start the program: {done.stderr!r}")
        assert done.returncode == code, done
        assert "Permission denied" in one_line(done.stderr)


# Judging

def test_a_gate_proves_that_it_can_fail(splitscope, place):
    done = gate(splitscope, place, new="same.json")
    assert b"self-check: ok" in done.stdout


def test_allocators_concern_their_own_cases(splitscope, place):
    def document(allocators, **changes):
        rows = [testing.make_row(testing.make_case(allocator=name), index, **changes)
                for name in allocators for index in range(3)]
        made = testing.make_document(rows)
        if "jemalloc" in allocators:
            made["context"]["machine_class"]["jemalloc"] = "5.3.0"
        return made

    testing.write(document(["system", "jemalloc"]), place / "old.json")
    testing.write(document(["system"], peak_heap_bytes=2 * 12_000_000), place / "new.json")
    done = gate(splitscope, place)
    assert done.returncode == 3
    assert f"regressed  {CASE}".encode() in done.stdout


@pytest.mark.parametrize("policy, text", [
    ('[class.exact]\nmeasures = ["none"]\n', "gates no measure"),
    ('[class.exact]\nmeasures = ["peak_heap_bytes"]\ngate = false\n', "gates no measure"),
    ('[class.exact]\nmeasures = []\n', "gates no measure"),
])  # fmt: skip
def test_a_gate_that_would_compare_nothing_fails(splitscope, place, policy, text):
    (place / "p.toml").write_text(policy)
    done = gate(splitscope, place, "--policy", "p.toml")
    assert done.returncode == 4 and text in done.stdout.decode()
    assert gate(splitscope, place, "--only", "time").returncode == 4
    testing.write(testing.make_document([]), place / "new.json")
    assert gate(splitscope, place).returncode in (2, 4)


def test_patterns_that_match_nothing_are_said(splitscope, place):
    policy = (ROOT / "reports" / "policy" / "gate.toml").read_text()
    (place / "p.toml").write_text(
        policy + '\n[[override]]\ncase = "merge/straeming/*"\nrelative = 0.5\nreason = "typed wrong"\n')
    done = gate(splitscope, place, "--policy", "p.toml")
    assert done.returncode == 3 and b"merge/straeming/*" in done.stderr


def test_an_unfinished_run_is_refused_drawn_and_said(splitscope, place):
    unfinished = testing.make_simple()
    unfinished["context"] |= {"complete": False, "planned_cases": 4, "planned_samples": 12}
    testing.write(unfinished, place / "new.json")
    done = gate(splitscope, place, "--markdown", "m.md", "--junit", "j.xml")
    assert done.returncode == 4
    assert "1 of 4 cases, 3 of 12 samples" in one_line(done.stdout)
    assert "INCOMPLETE" in (place / "m.md").read_text()
    assert ET.parse(place / "j.xml").getroot().find("testsuite").get("errors") == "1"
    assert gate(splitscope, place, "--allow-incomplete").returncode == 0
    done = splitscope("report", "new.json", "-o", "out", cwd=place)
    assert "did not finish" in (place / "out" / "index.html").read_text()
    assert "did not finish" in splitscope("compare", "old.json", "new.json", cwd=place).stdout
    assert "did not finish" in splitscope.refuses(
        "baseline", "save", "new.json", "-o", "b.json", cwd=place)
    assert not (place / "b.json").exists()


def test_a_real_run_passes_its_own_gate(splitscope, tmp_path):
    splitscope("run", "--workload", "idle", "--repetitions", "2", "--out", "r", cwd=tmp_path)
    splitscope("baseline", "save", "r/results.json", "-o", "b.json", cwd=tmp_path)
    done = splitscope("gate", "r/results.json", "--baseline", "b.json", cwd=tmp_path)
    assert "self-check: ok" in done.stdout and "OK: 1 pass" in done.stdout
