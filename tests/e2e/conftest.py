"""The program as a user has it: paths, a runner, inputs that several tests share."""

from __future__ import annotations

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = pathlib.Path(os.environ.get("SPLITSCOPE_FIXTURES") or ROOT.parent / "shared" / "fixtures")
GOLDEN = ROOT / "tests" / "golden"
# scripts/test counts skips by this.
NOT_THERE = "third-party files not there (../shared/fixtures)"


def strategy_names() -> list[str]:
    listed = subprocess.run([os.environ["SPLITSCOPE_BINARY"], "list", "strategies"],
                            capture_output=True, text=True, check=True)
    return [line.split()[0] for line in listed.stdout.splitlines()[1:]]


STRATEGIES = strategy_names()


def golden_and_real(golden: list[pathlib.Path], pattern: str) -> list:
    """Parameters: the golden inputs and the third parties' that match, or one skip in their place."""
    assert golden, "no golden input"
    real = sorted(FIXTURES.glob(pattern))
    skip = pytest.param(None, marks=pytest.mark.skip(reason=NOT_THERE), id="third-party")
    return ([pytest.param(path, id=path.name) for path in golden]
            + ([pytest.param(path, id=path.name[:13]) for path in real] or [skip]))


class Program:
    """Runs the splitscope binary; keeps nothing."""

    def __init__(self, binary: str):
        self.binary = binary

    def __call__(self, *arguments, cwd=None, code=0, timeout=120, env=None):
        """The finished process; fails the test unless it ended with exit code `code`."""
        done = subprocess.run(
            [self.binary, *map(str, arguments)], cwd=cwd, timeout=timeout, text=True,
            capture_output=True, env={**os.environ, **(env or {})}, check=False)
        assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
        return done

    def refuses(self, *arguments, code=1, cwd=None, env=None) -> str:
        """The one line with which it refuses; fails the test if there are more."""
        done = self(*arguments, code=code, cwd=cwd, env=env)
        lines = done.stderr.strip().splitlines()
        assert len(lines) == 1, done.stderr
        return lines[0]


@pytest.fixture(scope="session")
def splitscope() -> Program:
    return Program(os.environ["SPLITSCOPE_BINARY"])


@pytest.fixture(scope="session")
def fixtures() -> pathlib.Path:
    if not FIXTURES.is_dir():
        pytest.skip(f"{NOT_THERE}: {FIXTURES} (set SPLITSCOPE_FIXTURES)")
    return FIXTURES


@pytest.fixture(scope="session")
def generated(splitscope, tmp_path_factory) -> pathlib.Path:
    """Three splits of 1 MB with their index folders."""
    folder = tmp_path_factory.mktemp("generated")
    splitscope("generate", "--profile", "logs", "--size", "1MB", "--count", 3, "--seed", 42,
               "-o", folder / "logs")
    return folder / "logs"


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> pathlib.Path:
    """Of generated inputs, for the runs of one file of tests."""
    return tmp_path_factory.mktemp("cache")
