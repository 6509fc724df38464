"""The two programs, and what several tests ask them about."""

from __future__ import annotations

import dataclasses
import functools
import os
import pathlib
import subprocess

import pytest

from listings import Listing

ROOT = pathlib.Path(__file__).resolve().parents[2]
ORACLE = os.environ.get("SPLITSCOPE_ORACLE", "")
BINARY = os.environ.get("SPLITSCOPE_BINARY", "")

# Of each of the two inputs; test_listing.py asserts what these sizes are for.
SIZES = {"logs": "10MB", "wide": "5MB", "text": "5MB", "skewed": "3MB", "tiny-docs": "5MB"}


def pytest_collection_modifyitems(items):
    if ORACLE and pathlib.Path(ORACLE).is_file():
        return
    reason = "no judge: cargo or its crates are missing, or scripts/test ran without --interop"
    for item in items:
        if "oracle" in item.fixturenames:
            item.add_marker(pytest.mark.skip(reason=reason))


class Program:
    """Runs a binary and gives its output; fails the test where the program fails."""

    def __init__(self, binary: str):
        self.binary = binary

    def __call__(self, *words) -> str:
        done = self.attempt(*words)
        assert done.returncode == 0, (words, done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout

    def attempt(self, *words) -> subprocess.CompletedProcess:
        return subprocess.run([self.binary, *map(str, words)], capture_output=True, text=True,
                              timeout=300, check=False)


@pytest.fixture(scope="session")
def oracle() -> Program:
    return Program(ORACLE)


@pytest.fixture(scope="session")
def splitscope() -> Program:
    return Program(BINARY)


@pytest.fixture(scope="session")
def theirs(oracle):
    """The listing of an index, as tantivy reads it; the last few are kept."""
    return functools.lru_cache(maxsize=6)(lambda path: Listing(oracle("list", path)))


@pytest.fixture(scope="session")
def ours(splitscope):
    """The listing of an index, as splitscope reads it; the last few are kept."""
    return functools.lru_cache(maxsize=6)(
        lambda path: Listing(splitscope("inspect", "--listing", path)))


@dataclasses.dataclass(frozen=True)
class Corpus:
    """Two generated inputs and both programs' merges of them."""

    profile: str
    indexes: tuple[pathlib.Path, ...]
    splits: tuple[pathlib.Path, ...]
    merged: pathlib.Path
    merged_by_tantivy: pathlib.Path


@pytest.fixture(scope="session")
def corpora(oracle, splitscope, tmp_path_factory):
    """The corpus of a profile; made once, however pytest orders the tests."""

    @functools.lru_cache(maxsize=None)
    def make(profile: str) -> Corpus:
        folder = tmp_path_factory.mktemp(profile)
        splitscope("generate", "--profile", profile, "--size", SIZES[profile], "--count", 2,
                   "-o", folder)
        indexes = tuple(sorted(folder.glob("index-*")))
        splits = tuple(sorted(folder.glob("*.split")))
        splitscope("merge", *splits, "-o", folder / "merged.split")
        oracle("merge", folder / "merged-by-tantivy", *indexes)
        return Corpus(profile, indexes, splits, folder / "merged.split",
                      folder / "merged-by-tantivy")

    return make


@pytest.fixture(scope="session", params=sorted(SIZES))
def corpus(request, corpora) -> Corpus:
    return corpora(request.param)
