"""Inputs of a run are what their names say, whoever edits, replaces or generates them meanwhile."""

import json
import shutil
import time

from conftest import ROOT
from runs import Started, names_in, results_of, write_suite


def home_with(tmp_path):
    home = tmp_path / "home"
    shutil.copytree(ROOT / "suites", home / "suites")
    shutil.copytree(ROOT / "workloads/corpus/profiles", home / "profiles")
    return home


def test_a_profile_that_is_edited_in_place_gives_other_inputs(splitscope, tmp_path):
    home = home_with(tmp_path)
    suite = write_suite(tmp_path, 1, ["merge"])
    digests = []
    for words in (5000, 50):
        profile = home / "profiles/tiny-docs.json"
        value = json.loads(profile.read_text())
        value["fields"][0]["values"]["cardinality"] = words
        profile.write_text(json.dumps(value))
        splitscope("run", "--suite", suite, "--out", tmp_path / "out", "--cache-dir",
                   tmp_path / "cache", env={"SPLITSCOPE_HOME": str(home)})
        digests.append(results_of(tmp_path / "out")["context"]["inputs"])
    assert digests[0] != digests[1]


def test_a_cached_split_that_was_replaced_is_made_anew(splitscope, tmp_path):
    suite = write_suite(tmp_path, 1, ["merge"])
    arguments = ["run", "--suite", suite, "--out", tmp_path / "out", "--cache-dir", tmp_path / "cache"]
    splitscope(*arguments)
    first = results_of(tmp_path / "out")
    (split,) = (tmp_path / "cache").glob("tiny-docs*/split-0.split")
    other = split.with_name("split-1.split")
    good = split.read_bytes()
    split.write_bytes(other.read_bytes())
    told = splitscope(*arguments)
    assert "was changed since it was made (split-0.split" in told.stderr
    assert split.read_bytes() == good
    again = results_of(tmp_path / "out")
    assert again["context"]["inputs"] == first["context"]["inputs"]


def test_kill_9_while_generating_leaves_nothing_that_harms(splitscope, tmp_path):
    suite = write_suite(tmp_path, 1, ["merge"])
    suite.write_text(suite.read_text().replace("200kB", "4MB"))
    arguments = ["run", "--suite", suite, "--out", tmp_path / "out", "--cache-dir", tmp_path / "cache"]
    for _ in range(3):
        run = Started(splitscope, *arguments)
        while run.process.poll() is None and not list((tmp_path / "cache").glob(".splitscope-*/set*")):
            time.sleep(0.002)
        run.process.kill()
        run.process.communicate()
        # Its generator ends by itself; until then what it writes to is not cleared.
        time.sleep(0.5)
    splitscope(*arguments)
    left = [name for name in names_in(tmp_path / "cache") if name not in ("lock", "work")]
    assert len(left) == 1 and left[0].startswith("tiny-docs-2x4MB-s1.")


def test_two_runs_share_a_cache(splitscope, tmp_path):
    suite = write_suite(tmp_path, 1, ["merge"])
    runs = [Started(splitscope, "run", "--suite", suite, "--out", tmp_path / f"out-{i}",
                    "--cache-dir", tmp_path / "cache") for i in range(2)]
    for run in runs:
        _, stderr = run.process.communicate(timeout=120)
        assert run.process.returncode == 0, stderr
    assert len(list((tmp_path / "cache").glob("tiny-docs*"))) == 1
