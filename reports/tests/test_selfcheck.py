"""A gate that cannot fail must not pass."""

import json

import pytest

from splitscope_reports import judge, selfcheck, testing
from splitscope_reports.commands import main
from splitscope_reports.compare import compare
from splitscope_reports.policy import load_policy
from splitscope_reports.results import from_document
from splitscope_reports.selfcheck import self_check
from splitscope_reports.snapshot import snapshot

POLICY = load_policy()


def checked(old, new, policy=POLICY, only=()):
    sides = [snapshot(from_document(json.loads(json.dumps(document)), "r")) for document in (old, new)]
    return self_check(new, compare(*sides, policy, only), policy)


def test_one_byte_of_the_first_case_is_seen():
    made = testing.make_suite()
    found = checked(made, made)
    assert found.ok and found.text.startswith("self-check: ok (one too many in peak_heap_bytes of ")


@pytest.mark.parametrize("only", [(), ("exact",), ("kernel",)])
@pytest.mark.parametrize("concurrency", [1, 4])
def test_whatever_is_judged_can_fail(only, concurrency):
    case = testing.make_case(concurrency=concurrency)
    made = testing.make_document([testing.make_row(case, index, jitter=index) for index in range(3)])
    assert checked(made, made, only=only).ok


def test_the_results_stay_as_they_are():
    made = testing.make_simple()
    before = json.dumps(made)
    checked(made, made)
    assert json.dumps(made) == before


def test_where_nothing_is_judged_nothing_can_be_planted():
    made = testing.make_simple()
    assert checked(made, made, only=("time",)).ok is None


@pytest.mark.parametrize("broken", [
    lambda self, key, rule, old, now: (judge.PASS, "all is well", False),
    lambda self, key, rule, old, now: 1 / 0,
])  # fmt: skip
def test_a_gate_that_sees_nothing_fails(tmp_path, monkeypatch, capfd, broken):
    same = str(testing.write(testing.make_simple(), tmp_path / "a.json"))
    real = selfcheck._is_seen

    def planted(*arguments):
        monkeypatch.setattr(judge.Judge, "_by_tolerance", broken)
        return real(*arguments)

    monkeypatch.setattr(selfcheck, "_is_seen", planted)
    assert main(["gate", same, "--baseline", same]) == 1
    assert "self-check: FAILED" in capfd.readouterr().out


def test_a_failed_self_check_hides_no_regression(tmp_path, monkeypatch):
    old = str(testing.write(testing.make_simple(), tmp_path / "a.json"))
    new = str(testing.write(testing.make_simple(peak_heap_bytes=2**30), tmp_path / "b.json"))
    monkeypatch.setattr(selfcheck, "_is_seen", lambda *arguments: False)
    assert main(["gate", new, "--baseline", old]) == 3
    assert main(["gate", old, "--baseline", old]) == 1
