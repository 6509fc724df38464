"""What varies by nature is found out, judged by what the baseline has shown, and said."""

import json

import pytest

from splitscope_reports import testing
from splitscope_reports.baseline import make_baseline, parse_baseline, to_text
from splitscope_reports.compare import compare
from splitscope_reports.gate import decide
from splitscope_reports.policy import load_policy
from splitscope_reports.results import parse
from splitscope_reports.snapshot import parts_of, snapshot

POLICY = load_policy()


def rows_of(case, columns):
    count = len(next(iter(columns.values())))
    rows = [testing.make_row(case, index, count) for index in range(count)]
    for key, values in columns.items():
        for row, value in zip(rows, values):
            row[key] = value
            if value is None:
                row["absent"][key] = "over before it was seen"
    return rows


def side(*rows):
    return snapshot(parse(json.dumps({"context": testing.make_context(), "benchmarks": [*rows]}), "r"))


def stored(*rows):
    document = {"context": testing.make_context(), "benchmarks": [*rows]}
    made = make_baseline(parse(json.dumps(document), "r"), POLICY, "ci")
    return parse_baseline(to_text(made), "b")


def judged(case, old, new, key):
    """(verdict, exit code, noisy, reason); old and new are {measure: [a value per repetition]}."""
    answers = set()
    for read in (side, stored):
        comparison = compare(read(*rows_of(case, old)), side(*rows_of(case, new)), POLICY, ["exact"])
        (measure,) = [m for m in comparison.cases[0].measures if m.key == key]
        code = decide(comparison).exit_code
        answers.add((measure.verdict, code, measure.noisy, measure.reason))
    (answer,) = answers
    return answer


FOUR = testing.make_case(concurrency=4)


@pytest.mark.parametrize("new, code", [
    ([40303] * 3, 0), ([40288, 40303, 42000], 0), ([40288 * 2] * 3, 3), ([51000] * 3, 3),
    ([40288, 51000, 51000], 0),
])  # fmt: skip
def test_several_at_once_are_noisy_even_if_the_baseline_agreed_by_chance(new, code):
    old = {"heap_allocations": [40288] * 3}
    verdict, found, noisy, reason = judged(FOUR, old, {"heap_allocations": new}, "heap_allocations")
    assert (found, noisy) == (code, True)
    assert "noisy (several at once" in reason


def test_what_does_not_vary_stays_exact_with_several_at_once():
    for key in ("bytes_copied", "reads", "end_descriptors"):
        assert judged(FOUR, {key: [5] * 3}, {key: [6] * 3}, key)[:3] == ("regressed", 3, False)


def test_one_at_once_is_exact():
    one = testing.make_case()
    columns = {"heap_allocations": [40288] * 3}, {"heap_allocations": [40289] * 3}
    assert judged(one, *columns, "heap_allocations")[:3] == ("regressed", 3, False)


def test_requests_make_the_heap_noisy_and_nothing_else():
    upload = testing.make_case("upload")
    old = {"s3_requests": [5] * 3, "heap_allocations": [5000] * 3, "peak_heap_bytes": [10**7] * 3}
    new = {**old, "heap_allocations": [5002] * 3, "peak_heap_bytes": [10**7 + 500] * 3}
    assert judged(upload, old, new, "heap_allocations")[:3] == ("pass", 0, True)
    assert judged(upload, old, new, "peak_heap_bytes")[:3] == ("pass", 0, True)
    assert judged(upload, old, {**old, "s3_requests": [6] * 3}, "s3_requests")[1] == 3
    worse = {**old, "peak_heap_bytes": [10**7 * 11 // 10] * 3}
    assert judged(upload, old, worse, "peak_heap_bytes")[1] == 3


def test_a_measure_that_agreed_by_chance_beside_one_that_did_not():
    # The frees differ between the baseline's repetitions: the heap of this case does not repeat.
    case = testing.make_case()
    old = {"heap_frees": [700, 701, 700], "heap_allocations": [700] * 3, "reads": [9] * 3}
    new = {"heap_frees": [700, 700, 701], "heap_allocations": [702] * 3, "reads": [9] * 3}
    verdict, code, noisy, reason = judged(case, old, new, "heap_allocations")
    assert (verdict, code, noisy) == ("pass", 0, True)
    assert "the baseline's repetitions differ" in reason
    # Another group is not touched by it.
    assert judged(case, old, {**new, "reads": [10] * 3}, "reads")[:3] == ("regressed", 3, False)


def test_the_verdict_says_how_many_were_noisy():
    comparison = compare(side(*rows_of(FOUR, {"reads": [1]})), side(*rows_of(FOUR, {"reads": [1]})),
                         POLICY)  # fmt: skip
    assert "judged as noisy" in decide(comparison).headline
    assert "noisy by nature" in comparison.cases[0].reason


def test_a_command_that_ends_unseen_does_not_fail():
    case = testing.make_case("exec", "git", "none")
    key = "peak_rss_anon_bytes"
    for new in ([None] * 3, [5, None, None]):
        comparison = compare(
            stored(*rows_of(case, {key: [5] * 3})), side(*rows_of(case, {key: new})), POLICY
        )
        assert decide(comparison).exit_code == 0
        (measure,) = [m for m in comparison.cases[0].measures if m.key == key]
        assert measure.verdict == "unstable" and "over before it was seen" in measure.reason


def with_machine(snapshot_of, machine):
    made = json.loads(json.dumps({"context": testing.make_context(), "benchmarks": snapshot_of}))
    made["context"]["machine_class"] |= machine
    return snapshot(parse(json.dumps(made), "r"))


def test_a_key_of_the_machine_concerns_its_own_cases_only():
    def rows(heap, *allocators):
        return [row for name in allocators
                for row in rows_of(testing.make_case(allocator=name), {"peak_heap_bytes": [heap] * 2})]

    both = with_machine(rows(100, "system", "jemalloc"), {"jemalloc": "5.3.0"})
    other = with_machine(rows(200, "system", "jemalloc"), {"jemalloc": "5.4.0"})
    comparison = compare(both, other, POLICY)
    assert {case.case_id.split("/")[3]: case.verdict for case in comparison.cases} == {
        "system": "regressed", "jemalloc": "incomparable"}
    assert decide(comparison).exit_code == 3
    # Of one allocator alone: its cases are judged, the others are missing.
    alone = compare(both, with_machine(rows(100, "system"), {}), POLICY)
    assert {case.case_id.split("/")[3]: case.verdict for case in alone.cases} == {
        "system": "pass", "jemalloc": "missing"}
    # A library of the uploads says nothing about a merge, a compiler about everything.
    for machine, verdict in (({"curl": "9"}, "pass"), ({"compiler": "gcc 14"}, "incomparable")):
        changed = compare(both, with_machine(rows(100, "system", "jemalloc"),
                                             {"jemalloc": "5.3.0", **machine}), POLICY)
        assert {case.verdict for case in changed.cases} == {verdict}


@pytest.mark.parametrize("case_id, parts", [
    ("merge/streaming/logs/system/c4/warm",
     {"workload": "merge", "allocator": "system", "concurrency": 4}),
    ("merge/streaming/a/b/c1/warm/jemalloc/c2/cold",
     {"workload": "merge", "allocator": "jemalloc", "concurrency": 2}),
    ("merge/streaming/a/jemalloc/c2/cold/cap-64MiB",
     {"workload": "merge", "allocator": "jemalloc", "concurrency": 2}),
    ("x", {"workload": "x"}),
    ("x/c1/warm\n", {"workload": "x"}),
])  # fmt: skip
def test_parts_of_a_case_id(case_id, parts):
    assert parts_of(case_id) == parts
