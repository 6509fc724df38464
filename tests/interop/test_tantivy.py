"""tantivy itself opens, checks and reads what splitscope generates and merges.

Needs the judge program of tests/interop/tantivy; scripts/test --interop builds it and names it in
SPLITSCOPE_ORACLE.
"""

import os
import pathlib
import subprocess

import pytest

ORACLE = os.environ.get("SPLITSCOPE_ORACLE", "")
BINARY = os.environ.get("SPLITSCOPE_BINARY", "")
pytestmark = pytest.mark.skipif(
    not ORACLE or not pathlib.Path(ORACLE).is_file(),
    reason="no judge: cargo or its registry is missing, or scripts/test ran without --interop")

PROFILES = ["logs", "wide", "text", "skewed", "tiny-docs"]


def run(*command) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=300, check=False)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


def listing_lines(directory, kinds) -> list[str]:
    lines = run(ORACLE, "list", directory).splitlines()
    return [line for line in lines if line.split(" ", 1)[0] in kinds]


@pytest.fixture(scope="module", params=PROFILES)
def merged(request, tmp_path_factory):
    """(folder of a profile's inputs, directory of splitscope's merge of them)"""
    folder = tmp_path_factory.mktemp(request.param)
    run(BINARY, "generate", "--profile", request.param, "--size", "2MB", "--count", 3, "-o",
        folder / "in")
    splits = sorted((folder / "in").glob("*.split"))
    run(BINARY, "merge", *splits, "-o", folder / "m.split")
    run(BINARY, "extract", folder / "m.split", "-o", folder / "merged")
    return folder / "in", folder / "merged"


def test_checksums_hold_and_everything_reads(merged):
    inputs, output = merged
    told = run(ORACLE, "check", *sorted(inputs.glob("index-*")), output)
    counts = [int(line.split(" documents")[0].split()[-1]) for line in told.splitlines()]
    assert counts[-1] == sum(counts[:-1]) > 0


def test_the_merge_lists_as_tantivys_own(merged, tmp_path):
    inputs, output = merged
    run(ORACLE, "merge", tmp_path / "theirs", *sorted(inputs.glob("index-*")))
    kinds = {"segment", "doc", "norms", "tokens", "term", "column"}
    assert listing_lines(output, kinds) == listing_lines(tmp_path / "theirs", kinds)
