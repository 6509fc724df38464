"""scripts/build says how far it is, without a line for each of hundreds of steps."""

import os
import pathlib
import pty
import shutil
import subprocess

import pytest

from conftest import ROOT

NINJA = """#!/bin/sh
# Configuring makes no step; building makes the steps that ninja would print.
case "$*" in
  *--build*)
    [ -t 1 ] && echo "on a terminal as it is: $NINJA_STATUS"
    for step in $(seq 300); do
      echo "[$step/300] Building CXX object base/CMakeFiles/a.dir/file_$step.cc.o"
      if [ "$step" = 7 ]; then echo "file_7.cc:3:1: warning: something is unused"; fi
      if [ "$step" = "$FAILS_AT" ]; then
        echo "FAILED: base/CMakeFiles/a.dir/file_$step.cc.o"
        echo "ninja: build stopped: subcommand failed."
        exit 1
      fi
    done ;;
  *) echo "$*" >>"$CONFIGURED" ;;
esac
"""


@pytest.fixture()
def tree(tmp_path) -> pathlib.Path:
    """A tree with scripts/build alone, and a cmake that only says what it was asked to do."""
    (tmp_path / "tree" / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "build", tmp_path / "tree" / "scripts")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "cmake").write_text(NINJA, encoding="utf-8")
    (tmp_path / "bin" / "cmake").chmod(0o755)
    return tmp_path / "tree"


def environment(tree: pathlib.Path, fails_at: int = 0) -> dict[str, str]:
    return {**os.environ, "PATH": f"{tree.parent / 'bin'}:{os.environ['PATH']}",
            "FAILS_AT": str(fails_at), "CONFIGURED": str(tree.parent / "configured")}


def build(tree: pathlib.Path, *arguments: str, fails_at: int = 0) -> subprocess.CompletedProcess:
    return subprocess.run([tree / "scripts" / "build", *arguments], env=environment(tree, fails_at),
                          capture_output=True, text=True, timeout=60, check=False)


def test_a_log_gets_few_lines_and_every_warning(tree):
    done = build(tree)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "build: compiling 1 of 300"
    assert lines[-1] == "build: compiled 300 of 300"
    assert "file_7.cc:3:1: warning: something is unused" in lines
    assert not [line for line in lines if line.startswith("[")]
    assert len(lines) < 30


def test_a_failure_is_shown_and_is_the_exit_code(tree):
    done = build(tree, fails_at=40)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert "FAILED: base/CMakeFiles/a.dir/file_40.cc.o" in lines
    assert "ninja: build stopped: subcommand failed." in lines
    assert lines[-1] == "build: compiled 40 of 300"


def test_a_terminal_sees_ninja_itself(tree):
    parent, child = pty.openpty()
    with subprocess.Popen([tree / "scripts" / "build"], env=environment(tree), stdout=child,
                          stderr=child, stdin=child) as process:
        os.close(child)
        seen = b""
        while True:
            try:
                chunk = os.read(parent, 65536)
            except OSError:  # Linux's end of a terminal that nobody holds any more.
                break
            if not chunk:
                break
            seen += chunk
    os.close(parent)
    assert process.returncode == 0
    assert b"on a terminal as it is: [%f/%t, %es]" in seen
    assert b"[300/300] Building" in seen and b"build: compil" not in seen


def test_tests_are_configured_only_when_asked_for(tree):
    assert build(tree, "release").returncode == 0
    assert build(tree, "release", "--tests").returncode == 0
    cache = tree / "build" / "release" / "CMakeCache.txt"
    cache.parent.mkdir(parents=True)
    cache.write_text("SPLITSCOPE_BUILD_TESTS:BOOL=ON\n", encoding="utf-8")
    assert build(tree, "release").returncode == 0
    configured = (tree.parent / "configured").read_text(encoding="utf-8").splitlines()
    assert configured == ["--preset release -DSPLITSCOPE_BUILD_TESTS=OFF",
                          "--preset release -DSPLITSCOPE_BUILD_TESTS=ON",
                          "--preset release"]
