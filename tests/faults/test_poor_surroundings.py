"""Verbs where little is left to them: few descriptors, a umask that takes the owner's rights away."""

from __future__ import annotations

import os
import resource
import shutil

import pytest
import sandbox
import series
import verbs

# No verb needs as many with two splits. Below four not even the dynamic linker works.
FEWEST, MOST = 4, 40
WITH_RESULTS = {"gate", "compare", "baseline save", "report"}
# Reports draw pictures, which takes its time on a machine that has other things to do.
PATIENCE_S = 300
TRIED = [verb for verb in verbs.VERBS if not verb.uploads]


def few(limit: int):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))


def words_of(verb: verbs.Verb) -> list[str]:
    return [word.replace("{strategy}", "streaming") for word in verb.words]


def lines_of(verb: verbs.Verb, done) -> list[str]:
    """Of an error; progress is none."""
    lines = done.stderr.decode("utf-8", "backslashreplace").splitlines()
    if verb.keeps_finished:
        return [line for line in lines if line.startswith(("splitscope: ", "error: "))]
    return lines


def check(box, verb: verbs.Verb, done, before: sandbox.State) -> None:
    """Of a try that failed: one line that says what to do, and nothing is left."""
    assert done.returncode in verb.failed, (done.returncode, done.stderr)
    assert series.RAW.search(done.stderr.decode("utf-8", "replace")) is None, done.stderr
    if done.returncode == 1:
        lines = lines_of(verb, done)
        assert len(lines) == 1, done.stderr
    left = sandbox.difference(before, box.picture())
    if verb.keeps_finished:
        left = [line for line in left if sandbox.PREFIX in line]
    assert left == [], (done.stderr, left)


def run(box, words, **more):
    return box.run(*words, timeout=PATIENCE_S, **more)


def clear(box) -> None:
    for path in box.at.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.parametrize("verb", TRIED, ids=lambda verb: verb.name)
def test_few_descriptors(request, verb):
    box = request.getfixturevalue("box_with_results" if verb.name in WITH_RESULTS else "box")
    expected = 3 if verb.name == "gate" else 0
    run(box, words_of(verb))  # fills caches
    clear(box)
    before = box.picture()
    for limit in range(FEWEST, MOST):
        done = run(box, words_of(verb), preexec_fn=few(limit), close_fds=True)
        if done.returncode == expected:
            left = [name for name in box.picture() if sandbox.PREFIX in name]
            assert left == [], left
            return
        check(box, verb, done, before)
        clear(box)
    pytest.fail(f"{verb.name} needs more than {MOST} descriptors")


@pytest.mark.parametrize("mask", [0o777, 0o700, 0o277, 0o077])
@pytest.mark.parametrize("verb", [verb for verb in TRIED if verb.output],
                         ids=lambda verb: verb.name)
def test_a_umask_that_takes_the_owners_rights_away(request, verb, mask):
    """Root may do everything whatever the modes say: here it may not."""
    box = request.getfixturevalue("box_with_results" if verb.name in WITH_RESULTS else "box")
    words = words_of(verb)
    prefix = []
    if os.geteuid() == 0:
        prefix = ["setpriv", "--bounding-set=-dac_override,-dac_read_search",
                  "--inh-caps=-dac_override,-dac_read_search"]
    run(box, words)
    clear(box)
    before = box.picture()
    done = run(box, words, preexec_fn=lambda: os.umask(mask), before=prefix)
    for folder, folders, _ in os.walk(box.at):
        for name in folders:
            os.chmod(os.path.join(folder, name), 0o700)
    if done.returncode == (3 if verb.name == "gate" else 0):
        left = [name for name in box.picture() if sandbox.PREFIX in name]
        assert left == [], left
    else:
        check(box, verb, done, before)


def test_verbs_in_python_say_how_many_descriptors_they_need(box_with_results):
    said = box_with_results.refuses("gate", "--baseline", "../in/baseline.json",
                                    "../in/results.json", says="ulimit -n", preexec_fn=few(6), close_fds=True)
    assert said.startswith("splitscope: gate: needs ")
