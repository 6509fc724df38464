"""scripts/build says how far it is, without a line for each of hundreds of steps; scripts/setup
installs what is missing and nothing else."""

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


# ---------------------------------------------------------------- scripts/setup

# Knows the packages in $HAVE, as dpkg-query does: it fails when one of the names is not known.
DPKG_QUERY = """#!/bin/sh
status=0
for word in "$@"; do
  case "$word" in
    -*) ;;
    *) if grep -qx "$word" "$HAVE"; then echo "install ok installed"; else status=1; fi ;;
  esac
done
exit $status
"""
APT_GET = """#!/bin/sh
case "$*" in *install*) echo "$*" >>"$ASKED" ;; esac
"""


@pytest.fixture()
def setup(tmp_path):
    """setup(have, *arguments): what apt-get is asked for on a system that has only `have`."""
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    for name, text in (("dpkg-query", DPKG_QUERY), ("apt-get", APT_GET),
                       ("sudo", '#!/bin/sh\nexec "$@"\n'), ("clang", "#!/bin/sh\necho 14.0.6\n")):
        (bin_folder / name).write_text(text, encoding="utf-8")
        (bin_folder / name).chmod(0o755)

    def run(have: list[str], *arguments: str) -> list[str]:
        (tmp_path / "have").write_text("\n".join(have) + "\n", encoding="utf-8")
        (tmp_path / "asked").write_text("", encoding="utf-8")
        subprocess.run(
            [ROOT / "scripts" / "setup", *arguments], check=True, capture_output=True, timeout=60,
            env={**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}",
                 "HAVE": str(tmp_path / "have"), "ASKED": str(tmp_path / "asked")})
        asked = (tmp_path / "asked").read_text(encoding="utf-8").split()
        return [word for word in asked if not word.startswith("-") and word != "install"]

    return run


def test_what_measures_needs_nothing_of_the_tests(setup):
    asked = setup([])
    assert {"g++", "cmake", "libbenchmark-dev", "python3-matplotlib"} <= set(asked)
    assert not {"catch2", "python3-pytest", "clang", "clang-tidy", "dpkg-dev"} & set(asked)


def test_what_is_there_is_not_installed_again(setup):
    asked = setup([], "--tests")
    assert {"catch2", "python3-pytest"} <= set(asked)
    assert setup(asked, "--tests") == []
    assert setup([name for name in asked if name != "catch2"], "--tests") == ["catch2"]


def test_a_library_under_its_newer_name_is_there(setup):
    asked = setup([])
    newer = [f"{name}t64" if name == "libgoogle-perftools4" else name for name in asked]
    assert newer != asked and setup(newer) == []


def test_the_fuzzer_s_runtime_is_that_of_its_compiler(setup):
    assert "libclang-rt-14-dev" in setup([], "--fuzz")
