"""Killed, stopped and refused: what may be left then. The random instants are those of kills.py."""

import json
import os
import pathlib
import resource
import signal
import subprocess
import time

import pytest

import kill_box
import kill_cases
import kills
import sandbox

# scripts/kills does a hundred.
TRIES = int(os.environ.get("SPLITSCOPE_KILL_TRIES", "1"))
SEED = int(os.environ.get("SPLITSCOPE_KILL_SEED", str(int.from_bytes(os.urandom(4), "big"))))
NOBODY = 65534

# Ways to get out of sight. Each line starts one process that would run on for an hour.
ESCAPES = {
    "group": "sleep 3601 &",
    "session": "setsid sleep 3602 &",
    "orphan": "(sleep 3603 &)",
    "daemon": "setsid sh -c '(sleep 3604 &)' &",
    "nohup": "nohup sleep 3605 > nohup.out 2>&1 &",
    "deaf": "sh -c 'trap \"\" TERM HUP INT; sleep 3606; sleep 3606' &",
    "stopped": "sleep 3607 & sleep 0.1; kill -STOP $!",
    "no environment": "env -i setsid sleep 3608 &",
    "no environment, orphan": "(env -i setsid sleep 3609 &)",
    "nice": "(nice sleep 3610 &)",
    "elsewhere": "(cd / && env -i setsid sleep 3611 &)",
}


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    # Tests beside these start and kill commands too.
    sandbox.own_shared_memory()
    made = kill_box.Box(tmp_path_factory.mktemp("kills") / "box")
    try:
        kill_cases.furnish(made)
        yield made
    finally:
        made.close()


@pytest.fixture(autouse=True)
def _clean(box):
    """Nothing of one test is there in the next."""
    for path in box.at.iterdir():
        kills.shutil.rmtree(path) if path.is_dir() else path.unlink()
    yield
    box.end_all()


def sleepers() -> set[int]:
    """What ESCAPES start, whatever environment or folder it has."""
    return {int(name) for name in os.listdir("/proc") if name.isdigit()
            and kill_box.words_of(int(name))[:1] == ["sleep"]
            and kill_box.words_of(int(name))[1:2] in [[str(n)] for n in range(3601, 3612)]
            and kill_box.alive(int(name))}


def gone(box, before=frozenset()) -> bool:
    """Whether all that was started goes by itself; what does not is ended here, by number."""
    box.settle(kills.GONE_WITHIN_S)
    deadline = time.monotonic() + kills.GONE_WITHIN_S
    while sleepers() - before and time.monotonic() < deadline:
        time.sleep(0.01)
    left = sleepers() - before
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    return not left and not box.processes()


def wait_for(condition) -> None:
    deadline = time.monotonic() + kill_box.PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.005)


def start_exec(box, script, **more) -> subprocess.Popen:
    """exec of a script that has run to its end when the file "ready" is there."""
    process = box.start(["exec", "--out", "out", "--", "sh", "-c",
                         f"{script}\ntouch ready\nsleep 3600"], **more)
    wait_for((box.at / "ready").exists)
    return process


def children_of(pid: int) -> list[int]:
    return [int(name) for name in os.listdir("/proc")
            if name.isdigit() and kill_box.parent_of(int(name)) == pid]


def test_random_instants(box, capsys):
    with capsys.disabled():
        print()
        bad = kills.kill_all(box, TRIES, SEED)
    assert bad == 0


@pytest.mark.parametrize("victim", ["itself", "worker", "command"])
@pytest.mark.parametrize("escape", [*ESCAPES, "all"])
def test_a_killed_exec_takes_everything_along(box, escape, victim):
    before = sleepers()
    script = "\n".join(ESCAPES.values()) if escape == "all" else ESCAPES[escape]
    process = start_exec(box, script)
    wait_for(lambda: sleepers() - before)
    (worker,) = children_of(process.pid)
    victims = {"itself": process.pid, "worker": worker,
               "command": next(pid for pid in children_of(worker) if "sh" in
                               kill_box.words_of(pid)[:1])}
    os.kill(victims[victim], signal.SIGKILL)
    _, err = process.communicate(timeout=kill_box.PATIENCE_S)
    assert gone(box, before), err
    assert process.returncode == {"itself": -9, "worker": 137, "command": 2}[victim]
    assert box.run(["exec", "--", "true"])[0] == 0
    assert box.cgroups() == []


@pytest.mark.parametrize("name", ["TERM", "INT", "HUP", "QUIT"])
def test_a_signalled_exec_takes_everything_along(box, name):
    before = sleepers()
    process = start_exec(box, "\n".join(ESCAPES.values()))
    process.send_signal(getattr(signal, f"SIG{name}"))
    _, err = process.communicate(timeout=kill_box.PATIENCE_S)
    assert gone(box, before)
    assert process.returncode == 128 + getattr(signal, f"SIG{name}")
    assert err.count(f"SIG{name}".encode()) == 1
    assert box.cgroups() == []


def test_one_signal_to_a_whole_group_counts_once(box):
    """As a terminal and timeout(1) send it."""
    process = start_exec(box, ":", preexec=os.setpgrp)
    os.killpg(process.pid, signal.SIGINT)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=kill_box.PATIENCE_S)
    assert process.returncode == 130 and err.count(b"SIGINT") == 1
    assert gone(box)


def test_sigkill_to_a_whole_group(box):
    before = sleepers()
    process = start_exec(box, "\n".join(ESCAPES.values()), preexec=os.setpgrp)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=kill_box.PATIENCE_S)
    assert gone(box, before)


def test_both_processes_killed_at_once_leave_work_for_the_next_start(box):
    # What a command starts before it is put into its cgroup is not in it.
    process = start_exec(box, "sleep 0.2\n" + ESCAPES["session"])
    if not box.cgroups():
        process.kill()
        process.communicate()
        pytest.skip("this machine permits no cgroup, and without one nothing is known of the dead")
    (worker,) = children_of(process.pid)
    os.kill(process.pid, signal.SIGSTOP)
    os.kill(worker, signal.SIGKILL)
    os.kill(process.pid, signal.SIGKILL)
    process.stdout.close()
    process.stderr.close()
    process.wait()
    assert box.run(["exec", "--", "true"])[0] == 0
    assert gone(box)
    assert box.cgroups() == []


def test_descendants_that_outlive_a_command_end_with_it(box):
    before = sleepers()
    escapes = {name: line for name, line in ESCAPES.items() if name != "daemon"}
    code, _, err = box.run(["exec", "--", "sh", "-c", "\n".join(escapes.values()) + "\nsleep 0.3"])
    assert code == 0
    assert gone(box, before)
    # The deaf one is a shell with a sleep of its own.
    assert "processes that outlived the command were ended with it" in err
    assert int(err.split("splitscope: ")[1].split()[0]) >= len(escapes)


def test_a_command_that_leaves_nothing_is_not_spoken_of(box):
    code, out, err = box.run(["exec", "--", "sh", "-c", "echo one; exit 0"])
    assert (code, out) == (0, "one\n") and "outlived" not in err


def test_a_stopped_exec_goes_on(box):
    """As with control-Z and fg: the guard stops itself and its worker."""
    process = start_exec(box, ":")
    (worker,) = children_of(process.pid)

    def state(pid):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]

    process.send_signal(signal.SIGTSTP)
    wait_for(lambda: state(process.pid) == "T" and state(worker) == "T")
    process.send_signal(signal.SIGCONT)
    wait_for(lambda: state(process.pid) != "T" and state(worker) != "T")
    # Told to end while it is stopped, it does not wait to be continued.
    process.send_signal(signal.SIGSTOP)
    os.kill(worker, signal.SIGSTOP)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGCONT)
    process.communicate(timeout=kill_box.PATIENCE_S)
    assert process.returncode == 143
    assert gone(box)


def test_nohup_is_respected(box):
    process = start_exec(box, ":", preexec=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    process.send_signal(signal.SIGHUP)
    time.sleep(0.2)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=kill_box.PATIENCE_S)
    assert process.returncode == 143


@pytest.mark.parametrize("words", [["exec", "--", "true"], ["list", "machine"]])
def test_a_parent_that_ignores_its_children_does_no_harm(box, words):
    """SIGCHLD is inherited as ignored, and then the kernel reaps."""
    code, _, err = box.run(words, preexec=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    assert code == 0, err


def test_a_run_within_an_exec_within_an_exec(box):
    inner = [str(box.program), "run", "--suite", str(box.root / "in/suite.json"), "--out", "out"]
    words = ["exec", "--", str(box.program), "exec", "--", *inner]
    code, _, err = box.run(words)
    assert code == 0 and "outlived" not in err, err
    process = box.start(words)
    wait_for(lambda: any("child" in kill_box.words_of(pid)[1:2] for pid in box.processes()))
    process.kill()
    process.communicate(timeout=kill_box.PATIENCE_S)
    assert gone(box)
    assert box.run(words)[0] == 0
    assert box.cgroups() == []
    assert [name for name in box.names() if ".splitscope-" in name] == []


def test_two_runs_at_once_in_one_cache_leave_each_other_alone(box):
    """While one runs, others start, are killed and clear up after each other."""
    suite = str(box.root / "in" / "suite.json")
    long = box.start(["run", "--suite", suite, "--out", "long", "--repetitions", "12"])
    rounds = 0
    while long.poll() is None:
        other = box.start(["run", "--suite", suite, "--out", f"other-{rounds}"])
        time.sleep(0.05 + 0.07 * (rounds % 5))
        other.kill()
        other.communicate(timeout=kill_box.PATIENCE_S)
        rounds += 1
    _, err = long.communicate(timeout=kill_box.PATIENCE_S)
    assert rounds >= 3
    assert long.returncode == 0, err
    rows = json.loads((box.at / "long" / "results.json").read_text())["benchmarks"]
    assert {row["status"] for row in rows if row["run_type"] == "iteration"} == {"ok"}
    assert gone(box)
    assert box.run(["list", "machine"])[0] == 0
    assert box.cgroups() == []
    assert [name for name in box.names() if ".splitscope-" in name] == []


@pytest.fixture
def unprivileged(box):
    """A preexec for nobody, who may make no cgroup, with a folder of its own."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    home = box.at / "nobody"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    at = box.root
    while at != at.parent:
        if at.stat().st_mode & 0o001 == 0:
            at.chmod(at.stat().st_mode | 0o011)
        at = at.parent

    def become():
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    return home, become


def test_an_unprivileged_exec_that_is_killed(box, unprivileged):
    home, become = unprivileged
    before = sleepers()
    environment = {**box.environment, "SPLITSCOPE_CACHE": str(home / "cache")}
    script = "\n".join(ESCAPES.values())
    process = box.start(["exec", "--", "sh", "-c", f"{script}\ntouch ready; sleep 3600"],
                        preexec=become, cwd=home, env=environment)
    wait_for((home / "ready").exists)
    process.kill()
    process.communicate(timeout=kill_box.PATIENCE_S)
    assert gone(box, before)
    process = box.start(["list", "machine"], preexec=become, cwd=home, env=environment)
    _, err = process.communicate(timeout=kill_box.PATIENCE_S)
    assert process.returncode == 0, err


# With fewer than seven there are none left to remove a folder with; the next start does it then.
@pytest.mark.parametrize("limit", range(7, 16))
def test_too_few_descriptors_are_one_line(box, limit):
    before = box.names()
    for words in (["exec", "--", "true"], ["list", "machine"]):
        code, _, err = box.run(
            words, preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
        lines = err.strip().splitlines()
        assert code in (0, 1, 2), (words, limit, code, err)
        if code == 1:
            assert len(lines) == 1 and lines[0].startswith("splitscope: "), err
        assert gone(box)
    assert {name for name in box.names() - before if ".splitscope-" in name} == set()


def test_no_more_processes_are_one_line(box, unprivileged):
    home, become = unprivileged

    def limited():
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
        become()
    for words in (["exec", "--", "true"], ["list", "machine", "--cache-dir", str(home / "cache")]):
        process = box.start(words, preexec=limited, cwd=home)
        _, err = process.communicate(timeout=kill_box.PATIENCE_S)
        assert process.returncode == 1, err
        assert len(err.splitlines()) == 1 and b"cannot start" in err, err


def test_a_command_that_cannot_be_started_is_one_line(box):
    plain = box.root / "plain"
    plain.write_text("no program\n")
    plain.chmod(0o644)
    for command in ("/nowhere/program", str(plain), "/"):
        code, _, err = box.run(["exec", "--", command])
        assert code == 1 and len(err.splitlines()) == 1 and command in err, err
