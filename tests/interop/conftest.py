"""The two programs, and what several tests ask them about."""

from __future__ import annotations

import functools
import os
import pathlib
import shutil
import subprocess

import pytest

from corpora import SIZES, Corpus, generate
from listings import Listing

ROOT = pathlib.Path(__file__).resolve().parents[2]
ORACLE = os.environ.get("SPLITSCOPE_ORACLE", "")
BINARY = os.environ.get("SPLITSCOPE_BINARY", "")


def pytest_collection_modifyitems(items):
    if ORACLE and pathlib.Path(ORACLE).is_file():
        return
    # scripts/test counts skips by what stands before the colon.
    reason = ("no judge: scripts/test --interop builds it" if shutil.which("cargo") else
              "no cargo: the judge cannot be built")
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


@pytest.fixture(scope="session")
def corpora(oracle, splitscope, tmp_path_factory):
    """The corpus of a profile; made once, however pytest orders the tests."""

    @functools.lru_cache(maxsize=None)
    def make(profile: str) -> Corpus:
        corpus = generate(splitscope.binary, profile, tmp_path_factory.mktemp(profile))
        splitscope("merge", *corpus.splits, "-o", corpus.merged)
        oracle("merge", corpus.merged_by_tantivy, *corpus.indexes)
        return corpus

    return make


@pytest.fixture(scope="session", params=sorted(SIZES))
def corpus(request, corpora) -> Corpus:
    return corpora(request.param)
