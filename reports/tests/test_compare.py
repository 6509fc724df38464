"""Every verdict, and the exit code that it leads to."""

import copy
import json

import pytest

from splitscope_reports import testing
from splitscope_reports.baseline import make_baseline, parse_baseline, to_text
from splitscope_reports.compare import compare
from splitscope_reports.gate import decide
from splitscope_reports.policy import load_policy
from splitscope_reports.results import parse
from splitscope_reports.snapshot import snapshot
from splitscope_reports.testing import MIB

POLICY = load_policy()
CASE = "merge/streaming/logs-5x50MiB/system/c1/warm"


def side(document):
    return snapshot(parse(json.dumps(document), "r.json"))


def stored(document):
    """The same through a baseline file, which must not change any verdict."""
    results = parse(json.dumps(document), "r.json")
    return parse_baseline(to_text(make_baseline(results, POLICY, "ci")), "b.json")


def repeated(key, values, **context):
    """One case whose measure has these values in its repetitions."""
    case = testing.make_case()
    rows = [testing.make_row(case, index, len(values)) for index in range(len(values))]
    for row, value in zip(rows, values):
        row[key] = value
        if value is None:
            row["absent"][key] = "the counter is gone"
    return {"context": testing.make_context(**context), "benchmarks": rows}


def judged(key, old, new, only=(), policy=POLICY):
    """(verdict, exit code, reason) of one measure; old and new are lists of repetitions."""
    answers = set()
    for read in (side, stored):
        comparison = compare(read(repeated(key, old)), side(repeated(key, new)), policy, only)
        (case,) = comparison.cases
        (measure,) = [measure for measure in case.measures if measure.key == key]
        answers.add((measure.verdict, decide(comparison).exit_code, measure.reason))
    assert len(answers) == 1
    return answers.pop()


@pytest.mark.parametrize("old, new, verdict, code", [
    ([100] * 3, [100] * 3, "pass", 0),
    ([100] * 3, [101] * 3, "regressed", 3),
    ([100] * 3, [99] * 3, "improved", 0),
    ([0] * 3, [1] * 3, "regressed", 3),
    ([0] * 3, [0] * 3, "pass", 0),
    # The median holds, one repetition does not: what was exact is not any more.
    ([100] * 3, [100, 100, 101], "unstable", 3),
    ([100] * 3, [99, 99, 101], "unstable", 3),
    ([100] * 3, [99, 100, 100], "pass", 0),
    # The baseline itself varies by 10: judged by that spread.
    ([100, 105, 110], [104] * 3, "pass", 0),
    ([100, 105, 110], [120] * 3, "pass", 0),
    ([100, 105, 110], [121] * 3, "regressed", 3),
    ([100, 105, 110], [109, 121, 121], "unstable", 0),
    ([100, 105, 110], [89] * 3, "improved", 0),
    ([100, 105, 110], [90] * 3, "pass", 0),
])  # fmt: skip
def test_exact(old, new, verdict, code):
    assert judged("reads", old, new)[:2] == (verdict, code)


@pytest.mark.parametrize("old, new, verdict, code", [
    # Above 20 MiB the 10 % decide, below it the 2 MiB.
    ([100 * MIB] * 3, [110 * MIB] * 3, "pass", 0),
    ([100 * MIB] * 3, [110 * MIB + 1] * 3, "regressed", 3),
    ([100 * MIB] * 3, [90 * MIB - 1] * 3, "improved", 0),
    ([100 * MIB] * 3, [90 * MIB] * 3, "pass", 0),
    ([4 * MIB] * 3, [6 * MIB] * 3, "pass", 0),
    ([4 * MIB] * 3, [6 * MIB + 1] * 3, "regressed", 3),
    ([0] * 3, [2 * MIB] * 3, "pass", 0),
    ([0] * 3, [2 * MIB + 1] * 3, "regressed", 3),
    # Noise of one repetition warns.
    ([100 * MIB] * 3, [100 * MIB, 100 * MIB, 150 * MIB], "unstable", 0),
])  # fmt: skip
def test_kernel(old, new, verdict, code):
    assert judged("net_peak_rss_bytes", old, new)[:2] == (verdict, code)


def test_time_and_unclassed_measures_are_reported_only():
    assert judged("wall_ms", [10.0] * 3, [900.0] * 3)[:2] == ("not judged", 0)
    comparison = compare(
        side(repeated("minor_faults", [1])), side(repeated("minor_faults", [900])), POLICY
    )
    (measure,) = [m for m in comparison.cases[0].measures if m.key == "minor_faults"]
    assert (measure.verdict, measure.reason) == ("not judged", "reported, not gated")
    assert measure.delta == 899


def test_more_throughput_is_better(tmp_path):
    path = tmp_path / "gate.toml"
    path.write_text('[class.speed]\nmeasures = ["throughput_mb_per_s"]\nrelative = 0.1\n')
    policy = load_policy(path)
    old = side(repeated("throughput_mb_per_s", [100.0] * 3))
    for value, verdict in ((89.0, "regressed"), (95.0, "pass"), (111.0, "improved")):
        new = side(repeated("throughput_mb_per_s", [value] * 3))
        assert compare(old, new, policy).cases[0].verdict == verdict


def test_a_measure_that_no_repetition_has_any_more_fails_and_says_why():
    verdict, code, reason = judged("reads", [5] * 3, [None] * 3)
    assert (verdict, code) == ("missing", 2)
    assert "the counter is gone" in reason


def test_a_measure_that_some_repetitions_lack_is_judged_by_the_others():
    verdict, code, reason = judged("reads", [5] * 3, [5, 5, None])
    assert (verdict, code) == ("unstable", 0)
    assert "null in 1 of 3 repetitions: the counter is gone" in reason
    assert judged("reads", [5, None, 5], [5, 5, None])[:2] == ("unstable", 0)
    assert judged("reads", [5, None, 5], [None, None, None])[:2] == ("unstable", 0)
    assert judged("reads", [5, None, 5], [6, 6, None])[:2] == ("regressed", 3)
    assert judged("reads", [5] * 3, [6, None, None])[:2] == ("regressed", 3)


def test_a_measure_that_the_baseline_lacks_is_not_judged():
    assert judged("reads", [None] * 3, [5] * 3)[:2] == ("not judged", 0)


def test_null_on_both_sides_is_not_a_row():
    comparison = compare(side(repeated("reads", [None])), side(repeated("reads", [None])), POLICY)
    assert "reads" not in {measure.key for measure in comparison.cases[0].measures}


def test_ungated_null_passes():
    comparison = compare(side(repeated("wall_ms", [5])), side(repeated("wall_ms", [None])), POLICY)
    assert decide(comparison).exit_code == 0


def test_reason_shows_figures_delta_and_rule():
    assert judged("peak_heap_bytes", [MIB] * 3, [MIB + 16] * 3)[2] == (
        "1.00 MiB -> 1.00 MiB (+16 B, +0.002 %); tolerance 0"
    )
    assert judged("peak_heap_bytes", [0] * 3, [16] * 3)[2] == (
        "0 B -> 16 B (+16 B, from zero); tolerance 0"
    )
    assert judged("net_peak_rss_bytes", [0] * 3, [4 * MIB] * 3)[2] == (
        "0 B -> 4.00 MiB (+4.00 MiB, from zero); tolerance max(10 %, 2.00 MiB)"
    )
    assert judged("reads", [4] * 3, [3] * 3)[2].endswith("update the baseline")


def test_only_one_class():
    both = repeated("reads", [5] * 3)
    worse = repeated("reads", [5] * 3)
    for row in worse["benchmarks"]:
        row["net_peak_rss_bytes"] += 500 * MIB
    assert decide(compare(side(both), side(worse), POLICY)).exit_code == 3
    exact = compare(side(both), side(worse), POLICY, ["exact"])
    assert decide(exact).exit_code == 0
    assert {measure.rule.measure_class for measure in exact.cases[0].measures} == {"exact"}


def test_another_machine_class_compares_nothing_and_names_the_keys():
    old = repeated("reads", [5])
    new = copy.deepcopy(repeated("reads", [9]))
    new["context"]["machine_class"] |= {"libc": "glibc 2.41", "lz4": "1.10"}
    comparison = compare(stored(old), side(new), POLICY)
    assert comparison.machine_differences == (
        ("libc", "glibc 2.36", "glibc 2.41"),
        ("lz4", "absent", "1.10"),
    )
    (case,) = comparison.cases
    assert case.verdict == "incomparable"
    assert {m.verdict for m in case.measures if m.rule and m.rule.gated} == {"incomparable"}
    decision = decide(comparison)
    assert decision.exit_code == 4
    assert "libc: glibc 2.36 -> glibc 2.41" in decision.headline
    assert decide(compare(stored(old), side(new), POLICY, ["exact"])).exit_code == 4


def test_another_machine_class_does_not_hide_a_failure():
    new = testing.make_document([testing.make_failed_row(testing.make_case())])
    new["context"]["machine_class"]["libc"] = "musl"
    assert decide(compare(side(repeated("reads", [5])), side(new), POLICY)).exit_code == 2


def test_another_kernel_makes_kernel_measures_incomparable_and_leaves_exact_ones():
    old, new = repeated("reads", [5]), repeated("reads", [5], kernel="6.12.0")
    comparison = compare(stored(old), side(new), POLICY)
    verdicts = {
        (m.rule.measure_class, m.verdict)
        for m in comparison.cases[0].measures
        if m.rule and m.rule.gated
    }
    assert verdicts == {("exact", "pass"), ("kernel", "incomparable")}
    assert decide(comparison).exit_code == 4
    assert decide(compare(stored(old), side(new), POLICY, ["exact"])).exit_code == 0


def test_another_input_is_incomparable():
    old = testing.make_simple(input_bytes=100 * MIB)
    comparison = compare(stored(old), side(testing.make_simple(input_bytes=101 * MIB)), POLICY)
    assert comparison.cases[0].verdict == "incomparable"
    assert "the input differs: 104,857,600 bytes" in comparison.cases[0].reason
    assert decide(comparison).exit_code == 4


def test_a_changed_output_is_noted():
    old, new = testing.make_simple(), testing.make_simple(output_digest="sha256:" + "b" * 64)
    (case,) = compare(stored(old), side(new), POLICY).cases
    assert case.notes == ("the output differs from the baseline's",)


def test_a_missing_case_fails_and_a_new_one_passes():
    two = testing.make_simple(strategies=("streaming", "full-copy"))
    one = testing.make_simple(strategies=("streaming",))
    gone = compare(stored(two), side(one), POLICY)
    assert [case.verdict for case in gone.cases if "full-copy" in case.case_id] == ["missing"]
    assert decide(gone).exit_code == 2
    grown = compare(stored(one), side(two), POLICY)
    assert [case.verdict for case in grown.cases if "full-copy" in case.case_id] == ["new"]
    assert decide(grown).exit_code == 0


def test_a_renamed_case_is_missing_and_new():
    comparison = compare(
        stored(testing.make_simple(strategies=("streaming",))),
        side(testing.make_simple(strategies=("streaming:window=1MiB",))),
        POLICY,
    )
    assert sorted(case.verdict for case in comparison.cases) == ["missing", "new"]
    assert decide(comparison).exit_code == 2


def test_one_failed_repetition_fails_the_case():
    case = testing.make_case()
    rows = [testing.make_row(case, 0), testing.make_failed_row(case, repetition=1)]
    comparison = compare(stored(testing.make_simple()), side(testing.make_document(rows)), POLICY)
    assert comparison.cases[0].verdict == "failed"
    assert comparison.cases[0].reason == "1 of 2 repetitions: crashed: died of SIGSEGV"
    assert decide(comparison).exit_code == 2


def test_a_case_that_failed_in_the_old_results_cannot_be_compared():
    old = testing.make_document([testing.make_failed_row(testing.make_case())])
    comparison = compare(side(old), side(testing.make_simple()), POLICY)
    assert comparison.cases[0].verdict == "incomparable"
    assert decide(comparison).exit_code == 4


def test_nothing_in_common_is_not_a_pass():
    comparison = compare(stored(testing.make_simple()), side(testing.make_document([])), POLICY)
    assert decide(comparison).exit_code == 2
    only_new = compare(side(testing.make_document([])), side(testing.make_simple()), POLICY)
    assert decide(only_new).exit_code == 4
    # A policy that gates nothing here must not turn the gate green.
    assert (
        decide(
            compare(side(testing.make_simple()), side(testing.make_simple()), POLICY, ["time"])
        ).exit_code
        == 4
    )


def test_precedence_of_several_causes():
    strategies = ("streaming", "full-copy", "lazy-mmap", "mmap-view")
    old = testing.make_simple(strategies=strategies)
    rows = testing.make_simple(strategies=strategies)["benchmarks"]

    def gate(*changes):
        document = {"context": testing.make_context(), "benchmarks": copy.deepcopy(rows)}
        for change in changes:
            change(document["benchmarks"])
        return decide(compare(stored(old), side(document), POLICY)).exit_code

    def of(name, benchmarks):
        return [row for row in benchmarks if row["case"]["strategy"] == name]

    def regress(benchmarks):
        for row in of("streaming", benchmarks):
            row["peak_heap_bytes"] += 1

    def fail(benchmarks):
        for row in of("full-copy", benchmarks):
            benchmarks.remove(row)
        benchmarks.append(testing.make_failed_row(testing.make_case(strategy="full-copy")))

    def drop(benchmarks):
        for row in of("lazy-mmap", benchmarks):
            benchmarks.remove(row)

    def change_input(benchmarks):
        for row in of("mmap-view", benchmarks):
            row["input_bytes"] += 1

    assert gate() == 0
    assert gate(change_input) == 4
    assert gate(drop) == gate(fail) == gate(drop, change_input) == gate(fail, change_input) == 2
    assert gate(regress) == gate(regress, fail, drop, change_input) == 3


def test_an_override_loosens_one_case_only(tmp_path):
    path = tmp_path / "gate.toml"
    path.write_text("""
[class.exact]
measures = ["reads"]
unstable = "fail"
[[override]]
case = "merge/streaming/*"
measure = "reads"
relative = 0.5
reason = "reads ahead by what the disk likes"
""")
    policy = load_policy(path)
    verdict, code, reason = judged_with(policy, "streaming")
    assert (verdict, code) == ("pass", 0)
    assert judged_with(policy, "full-copy")[:2] == ("regressed", 3)


def judged_with(policy, strategy):
    old = testing.make_simple(strategies=(strategy,), reads=10)
    new = testing.make_simple(strategies=(strategy,), reads=14)
    comparison = compare(side(old), side(new), policy)
    (measure,) = [m for m in comparison.cases[0].measures if m.key == "reads"]
    return measure.verdict, decide(comparison).exit_code, measure.reason
