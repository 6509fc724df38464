"""A box of inputs for each test, and what every refusal and every success must look like."""

from __future__ import annotations

import os
import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import sandbox  # noqa: E402
import series  # noqa: E402

OLD = b"the old output\n" * 40


class Box(sandbox.Sandbox):
    """A sandbox with inputs, and the checks that the tests of users' files share."""

    def path(self, name: str | bytes) -> bytes:
        return os.fsencode(self.at) + b"/" + os.fsencode(name)

    def done(self, *words, code=0, **more):
        """The finished program; fails the test unless its exit code is `code`."""
        done = self.run(*words, **more)
        assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        return done

    def refuses(self, *words, says: str = "", code=1, changed: bool = False, **more) -> str:
        """Exit code `code`, one line that has `says` in it, and nothing anywhere changed."""
        before = self.picture()
        done = self.done(*words, code=code, **more)
        lines = done.stderr.decode("utf-8", "backslashreplace").splitlines()
        assert len(lines) == 1, done.stderr
        assert lines[0].startswith("splitscope: ") and says in lines[0], lines[0]
        if not changed:
            assert sandbox.difference(before, self.picture()) == []
        return lines[0]

    def no_stagings(self) -> None:
        """Nothing of ours is left anywhere in the box."""
        left = [name for name in self.picture() if sandbox.PREFIX in name or ".tmp-" in name
                or ".merging" in name]
        assert left == []


@pytest.fixture(scope="session")
def furnished(tmp_path_factory) -> pathlib.Path:
    """A box with inputs that tests copy."""
    root = tmp_path_factory.mktemp("furnished") / "root"
    box = sandbox.Sandbox(root)
    series.furnish(box)
    return box.inputs


@pytest.fixture(scope="session")
def furnished_results(furnished, tmp_path_factory) -> pathlib.Path:
    """The same with results, a baseline and results that are worse."""
    box = sandbox.Sandbox(tmp_path_factory.mktemp("results") / "root")
    shutil.copytree(furnished, box.inputs, dirs_exist_ok=True)
    series.furnish_results(box)
    return box.inputs


@pytest.fixture
def box(furnished, tmp_path) -> Box:
    made = Box(tmp_path / "root")
    shutil.copytree(furnished, made.inputs, dirs_exist_ok=True)
    return made


@pytest.fixture
def box_with_results(furnished_results, tmp_path) -> Box:
    made = Box(tmp_path / "root")
    shutil.copytree(furnished_results, made.inputs, dirs_exist_ok=True)
    return made
