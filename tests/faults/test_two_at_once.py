"""Two of a verb at one place at the same moment: both succeed, and the place holds one of the two
outputs, whole."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import time

import injector
import pytest
import sandbox
import series
import verbs

SEED = int(os.environ.get("SPLITSCOPE_FAULTS_SEED", random.SystemRandom().randrange(1 << 32)))
ROUNDS = int(os.environ.get("SPLITSCOPE_FAULTS_ROUNDS", "3"))
A, B = "../in/a.split", "../in/b.split"
OUT = ["-o", "out"]
# The words of both. What lies there before: "nothing", "file" or "folder".
TWO = {
    "merge": (["merge", A, B, *OUT], ["merge", B, A, *OUT], "file"),
    "merge of two strategies": (["merge", A, B, *OUT, "--strategy", "full-copy"],
                                ["merge", B, A, *OUT, "--strategy", "mmap-view", "--verify"],
                                "nothing"),
    "convert": (["convert", "../in/index", *OUT], ["convert", "../in/index-b", *OUT], "file"),
    "extract --overwrite": (["extract", A, *OUT, "--overwrite"],
                            ["extract", B, *OUT, "--overwrite"], "folder"),
    "extract": (["extract", A, *OUT], ["extract", A, *OUT, "--strategy", "full-copy"], "nothing"),
    "generate": (["generate", "--size", "60KB", "--count", "1", "--seed", "1", *OUT],
                 ["generate", "--size", "60KB", "--count", "1", "--seed", "2", *OUT], "nothing"),
}
JUDGES = {
    "report": (["report", "../in/results.json", *OUT], ["report", "../in/worse.json", *OUT],
               "nothing"),
    "report again": (["report", "../in/results.json", *OUT], ["report", "../in/worse.json", *OUT],
                     "report"),
    "baseline save": (["baseline", "save", "../in/results.json", *OUT],
                      ["baseline", "save", "../in/worse.json", *OUT], "file"),
    "gate --markdown": (["gate", "--baseline", "../in/baseline.json", "--markdown", "out",
                         "../in/results.json"],
                        ["gate", "--baseline", "../in/worse.json", "--markdown", "out",
                         "../in/results.json"], "file"),
}


def put_old(box, old: str) -> None:
    shutil.rmtree(box.at)
    box.at.mkdir()
    if old == "file":
        (box.at / "out").write_bytes(b"the old output\n" * 40)
    elif old == "folder":
        shutil.copytree(box.inputs / "index", box.at / "out")
    elif old == "report":
        box.made("report", "../in/results.json", *OUT)


def start(box, words, extra=None) -> subprocess.Popen:
    return subprocess.Popen([sandbox.binary(), *words], cwd=box.at, stdin=subprocess.DEVNULL,
                            env={**box.variables, **(extra or {})}, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


def finish(process: subprocess.Popen, codes=(0,)) -> None:
    out, err = process.communicate(timeout=120)
    assert process.returncode in codes, (process.args, process.returncode, out, err)


def held(box, words, call: str, name: str) -> tuple[subprocess.Popen, object]:
    """Started, and held in its first `call`, or at its end when it makes none."""
    gate = box.root / name
    for suffix in (".paused", ".resume"):
        gate.with_name(name + suffix).unlink(missing_ok=True)
    note = box.root / (name + ".note")
    process = start(box, words, injector.environment(injector.Plan(call, 1, "pause"), note,
                                                     pause=gate))
    end = time.monotonic() + 60
    while not gate.with_name(name + ".paused").exists() and process.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.0005)
    return process, gate.with_name(name + ".resume")


def outputs(box) -> sandbox.State:
    return sandbox.picture(box.at)


def rounds(box, first, second, old, codes=(0,), same_check=True) -> None:
    rng = random.Random(f"{SEED} {first}")
    alone = []
    for words in (first, second):
        put_old(box, old)
        finish(start(box, words), codes)
        alone.append(outputs(box))
    assert alone[0] != alone[1] or not same_check
    for turn in range(ROUNDS):
        put_old(box, old)
        # Both have looked at the place before either puts anything there.
        one, go_on_one = held(box, first, "mkdir", "one")
        two, go_on_two = held(box, second, "mkdir", "two")
        order = [go_on_one, go_on_two]
        rng.shuffle(order)
        order[0].touch()
        time.sleep(rng.random() * 0.03)
        order[1].touch()
        finish(one, codes)
        finish(two, codes)
        assert outputs(box) in alone, f"seed {SEED}, round {turn}"
    for call in ("rename", "fsync", "write"):
        put_old(box, old)
        one, go_on = held(box, first, call, "one")
        finish(start(box, second), codes if "--overwrite" in first or old == "file" else (0, 1, 3))
        go_on.touch()
        finish(one, codes if "--overwrite" in first or old == "file" else (0, 1, 3))
        assert outputs(box) in alone, f"held in {call}"


@pytest.mark.parametrize("name", TWO)
def test_two_verbs_on_one_place(box, name):
    box.made("extract", B, "-o", "../in/index-b")
    rounds(box, *TWO[name], same_check=name != "extract")
    left = [path for path in box.picture() if sandbox.PREFIX in path]
    assert left == []


def test_two_extracts_of_different_splits_both_succeed(box):
    """The second finds an index that was not there when it began: another extract's."""
    alone = []
    for split in (A, B):
        put_old(box, "nothing")
        finish(start(box, ["extract", split, *OUT]))
        alone.append(outputs(box))
    for _ in range(ROUNDS):
        put_old(box, "nothing")
        one, go_on_one = held(box, ["extract", A, *OUT], "mkdir", "one")
        two, go_on_two = held(box, ["extract", B, *OUT], "mkdir", "two")
        go_on_one.touch()
        go_on_two.touch()
        finish(one)
        finish(two)
        assert outputs(box) in alone


@pytest.mark.parametrize("name", JUDGES)
def test_two_judges_on_one_place(box_with_results, name):
    box = box_with_results
    first, second, old = JUDGES[name]
    codes = (0, 3, 4) if name.startswith("gate") else (0,)
    alone = []
    for words in (first, second):
        put_old(box, old)
        finish(start(box, words), codes)
        alone.append(outputs(box))
    for turn in range(min(ROUNDS, 4)):
        put_old(box, old)
        both = [start(box, first), start(box, second)]
        for one in both:
            finish(one, codes)
        assert outputs(box) in alone, f"seed {SEED}, round {turn}"


@pytest.mark.parametrize("words", [
    ["run", "--suite", "../in/suite.json", "--input", A, "--out", "out"],
    ["exec", "--out", "out", "--", "true"]], ids=["run", "exec"])
def test_two_measuring_verbs_with_one_output_folder(box, words):
    box.made(*words)
    names = set(outputs(box))
    for _ in range(min(ROUNDS, 4)):
        put_old(box, "nothing")
        both = [start(box, words), start(box, words)]
        for one in both:
            finish(one)
        assert set(outputs(box)) == names
        results = json.loads((box.at / "out" / "results.json").read_text())
        assert results["benchmarks"]


def test_two_uploads_of_one_key(box):
    server = series.Server(box)
    try:
        (box.inputs / "more").mkdir()
        shutil.copy(box.inputs / "b.split", box.inputs / "more" / "a.split")
        common = ["--endpoint", server.endpoint, "--bucket", "bucket"]
        bytes_of = [(box.inputs / "a.split").read_bytes(),
                    (box.inputs / "more" / "a.split").read_bytes()]
        for _ in range(ROUNDS):
            both = [start(box, ["upload", A, *common]),
                    start(box, ["upload", "../in/more/a.split", *common])]
            for one in both:
                finish(one)
            assert (server.store / "bucket" / "a.split").read_bytes() in bytes_of
            assert os.listdir(server.store / ".incoming") == []
    finally:
        server.close()


def test_many_merges_into_one_output(box):
    box.made("merge", A, B, "-o", "ab")
    box.made("merge", B, A, "-o", "ba")
    wanted = [(box.at / name).read_bytes() for name in ("ab", "ba")]
    for _ in range(ROUNDS):
        many = [start(box, ["merge", *pair, "-o", "out", "--strategy", strategy])
                for strategy in verbs.STRATEGIES for pair in ((A, B), (B, A))]
        for one in many:
            finish(one)
        assert (box.at / "out").read_bytes() in wanted
    assert sorted(os.listdir(box.at)) == ["ab", "ba", "out"]
