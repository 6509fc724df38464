"""An installed tree, and a stranger who uses it: an ordinary user, to whom neither the sources nor the
folder that was built exist."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SPLITSCOPE_BUILD") or ROOT / "build/release")
CMAKE = os.environ.get("SPLITSCOPE_CMAKE", "cmake")
CXX = os.environ.get("SPLITSCOPE_CXX", "c++")
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
# Hides the folders before the first "--", then runs what follows as nobody.
HIDE = ["unshare", "--mount", "--propagation=private", "bash", "-c",
        'while [ "$1" != -- ]; do mount -t tmpfs -o mode=700 hidden "$1" || exit 125; shift; done; '
        'shift; exec "$@"', "hide"]


def why_not_hidden() -> str:
    """Empty, or why sources and build folder stay in sight of the stranger."""
    if os.geteuid() != 0:
        return "only root can hide the sources from the installed program"
    done = subprocess.run([*HIDE, "/mnt", "--", "true"], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"mounts are not permitted here: {done.stderr.strip()}"


class Stranger:
    """Runs commands in `folder`, which is the only one that it may write to."""

    def __init__(self, folder: pathlib.Path, prefix: pathlib.Path):
        self.folder = folder
        self.prefix = prefix
        self.binary = prefix / "bin/splitscope"
        self.as_nobody = NOBODY if os.geteuid() == 0 else []
        self.hide: list[str] = []
        if not why_not_hidden():
            hidden = [ROOT] if BUILD.is_relative_to(ROOT) else [ROOT, BUILD]
            self.hide = [*HIDE, *map(str, hidden), "--"]
        self.environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(folder),
            "TMPDIR": str(folder / "tmp"), "CMAKE_PREFIX_PATH": str(prefix),
            # Ninja is there; make need not be.
            "CMAKE_GENERATOR": "Ninja"}
        (folder / "tmp").mkdir()
        self.own(folder, folder / "tmp")

    def own(self, *paths: pathlib.Path) -> None:
        if self.as_nobody:
            for path in paths:
                os.chown(path, 65534, 65534)

    def command(self, *words: object) -> list[str]:
        return [*self.hide, *self.as_nobody, *map(str, words)]

    def run(self, *words: object, code: int | None = 0, timeout: int = 300,
            env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            self.command(*words), cwd=self.folder, capture_output=True, text=True, timeout=timeout,
            env={**self.environment, **(env or {})}, check=False)
        if code is not None and done.returncode != code:
            pytest.fail(f"{words}: {done.returncode}, not {code}\n{done.stdout}{done.stderr}")
        return done

    def splitscope(self, *words: object, **more) -> subprocess.CompletedProcess[str]:
        return self.run(self.binary, *words, **more)


@pytest.fixture(scope="session")
def place() -> Iterator[pathlib.Path]:
    """A folder that everybody may enter, which pytest's own are not."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="splitscope-install-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def prefix(place: pathlib.Path) -> pathlib.Path:
    """Installed into one place and moved to another, with spaces in its name."""
    first = place / "first"
    done = subprocess.run([CMAKE, "--install", BUILD, "--prefix", first], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    moved = place / "a place" / "of its own"
    moved.parent.mkdir()
    return first.rename(moved)


@pytest.fixture(scope="session")
def stranger(place: pathlib.Path, prefix: pathlib.Path) -> Stranger:
    folder = place / "home of a stranger"
    folder.mkdir()
    return Stranger(folder, prefix)
