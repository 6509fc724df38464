"""Standard streams that are full, closed or gone, the environment, the umask: outputs and exit codes do
not depend on them."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess

import pytest
import sandbox
import verbs
from conftest import OLD

A, B = "../in/a.split", "../in/b.split"
TALKS = {"list": ["list"], "list measures": ["list", "measures"],
         "inspect": ["inspect", A], "inspect --files": ["inspect", "--files", A],
         "inspect --json": ["inspect", "--json", A], "inspect --listing": ["inspect", "--listing", A],
         "search": ["search", A, "--query", verbs.QUERY, "--documents"],
         "--help": ["--help"], "--version": ["--version"], "merge": ["merge", A, B, "-o", "out"],
         "generate": ["generate", "--size", "60KB", "--count", "1", "-o", "out"],
         "run --benchmark_list_tests": ["run", "--suite", "../in/suite.json",
                                        "--benchmark_list_tests"]}


def shell(box, script: str, *words):
    """sh -c with the program as "$@"."""
    return subprocess.run(["/bin/bash", "-c", script, "sh", sandbox.binary(), *words], cwd=box.at,
                          env=box.variables, capture_output=True, timeout=60, check=False)


@pytest.mark.parametrize("words", TALKS.values(), ids=TALKS.keys())
def test_standard_output_on_a_full_disk(box, words):
    done = shell(box, '"$@" > /dev/full', *words)
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 1, done
    assert len(lines) == 1 and lines[0].startswith("splitscope: "), lines
    assert "standard output" in lines[0], lines
    box.no_stagings()


@pytest.mark.parametrize("words", TALKS.values(), ids=TALKS.keys())
def test_a_closed_standard_output(box, words):
    done = shell(box, '"$@" >&-', *words)
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 1, done
    assert len(lines) == 1 and lines[0].startswith("splitscope: "), lines
    box.no_stagings()
    # No file of ours got the number 1.
    for name, one in box.picture().items():
        assert one[0] != "file" or b"measures" not in (box.box / name).read_bytes()[:64] or \
            name.startswith("in/")


@pytest.mark.parametrize("words", TALKS.values(), ids=TALKS.keys())
def test_a_closed_pipe_ends_quietly(box, words):
    # The reader is gone before the program starts, however fast either is.
    done = shell(box, 'set -o pipefail; exec 3> >(true); wait $!; "$@" >&3', *words)
    assert done.stderr == b"", done
    assert done.returncode == 141, done
    box.no_stagings()


@pytest.mark.parametrize("words", TALKS.values(), ids=TALKS.keys())
def test_a_closed_standard_error_and_input_do_no_harm(box, words):
    plain = shell(box, '"$@"', *words)
    shutil.rmtree(box.at)
    box.at.mkdir()
    closed = shell(box, '"$@" 2>&- <&-', *words)
    assert closed.returncode == plain.returncode == 0
    assert closed.stdout == plain.stdout


@pytest.mark.parametrize("redirect", ["2>&-", "2>/dev/full", "2>&- >&-", "2>&- >&- <&-"])
def test_a_refusal_that_nobody_can_read_is_one(box, redirect):
    (box.at / "out").write_bytes(OLD)
    before = box.picture()
    done = shell(box, f'"$@" {redirect}', "merge", A, "missing.split", "-o", "out")
    assert done.returncode == 1, done
    assert sandbox.difference(before, box.picture()) == []


@pytest.mark.parametrize("redirect", ["2>&-", "2>&- >&-", "2>&- >&- <&-", "<&-"])
@pytest.mark.parametrize("strategy", verbs.STRATEGIES)
def test_closed_descriptors_never_reach_an_output(box, strategy, redirect):
    """A file that got the number 1 or 2 would have our words in it."""
    box.done("merge", A, B, "-o", "plain", "--strategy", strategy)
    shell(box, f'"$@" {redirect}', "merge", A, B, "-o", "out", "--strategy", strategy)
    assert (box.at / "out").read_bytes() == (box.at / "plain").read_bytes()


# Surroundings.

@pytest.mark.parametrize("words", TALKS.values(), ids=TALKS.keys())
@pytest.mark.parametrize("change", [{"LC_ALL": "C"}, {"LC_ALL": "de_DE.UTF-8"}, {"HOME": None},
                                    {"HOME": "/nowhere"}, {"TERM": None}, {"TMPDIR": "/nowhere"},
                                    {"PATH": None}],
                         ids=lambda change: "-".join(f"{k}={v}" for k, v in change.items()))
def test_surroundings_do_not_matter(box, words, change):
    plain = box.done(*words)
    shutil.rmtree(box.at)
    box.at.mkdir()
    kept = dict(box.variables)
    for name, value in change.items():
        box.variables.pop(name, None)
        if value is not None:
            box.variables[name] = value
    done = box.done(*words)
    box.variables.clear()
    box.variables.update(kept)
    assert done.stdout == plain.stdout
    assert done.stderr == b""


def test_no_terminal_and_no_colour(box):
    done = shell(box, 'setsid "$@" </dev/null', "list")
    assert done.returncode == 0 and b"\x1b" not in done.stdout


def test_an_umask_that_forbids_all(box):
    done = shell(box, 'umask 0777; "$@"', "merge", A, B, "-o", "out")
    assert done.returncode == 0, done
    assert stat.S_IMODE(os.stat(box.at / "out").st_mode) == 0


def test_a_new_output_has_the_mode_of_any_new_file(box):
    for words in (["merge", A, B], ["convert", "../in/index"]):
        done = shell(box, 'umask 027; "$@"', *words, "-o", words[0])
        assert done.returncode == 0, done
        assert stat.S_IMODE(os.stat(box.at / words[0]).st_mode) == 0o640
    done = shell(box, 'umask 027; "$@"', "extract", A, "-o", "folder")
    assert done.returncode == 0, done
    assert stat.S_IMODE(os.stat(box.at / "folder").st_mode) == 0o750
    for one in (box.at / "folder").iterdir():
        assert stat.S_IMODE(one.stat().st_mode) == 0o640
