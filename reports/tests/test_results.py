"""What the reader accepts, what it refuses, and what it says then."""

import json
import re
from pathlib import Path

import pytest

from splitscope_reports import testing
from splitscope_reports.checks import validator
from splitscope_reports.errors import ReportError
from splitscope_reports.measures import TABLE
from splitscope_reports.results import Stat, by_group, load, natural_key, parse

FORMAT_DOCUMENT = Path(__file__).parents[2] / "harness" / "result" / "result_format.md"


def read(document):
    return parse(json.dumps(document), "r.json")


def refusal(document):
    with pytest.raises(ReportError) as caught:
        read(document)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("r.json: ")
    return message


def one_row(**changes):
    document = testing.make_simple(repetitions=1)
    document["benchmarks"][0].update(changes)
    return document


def test_accepts_a_whole_suite_and_keeps_every_digit():
    results = read(testing.make_suite())
    assert len(results.cases) == 25
    assert {case.key.id for case in results.failed_cases} == {
        "extract/range-read/logs-200MiB/system/c1/warm",
        "upload/full-copy/logs-150MiB/system/c1/warm",
    }
    largest = 2**64 - 1
    document = testing.make_simple(repetitions=1, io_read_chars=largest)
    assert next(iter(read(document).cases.values())).median("io_read_chars") == largest


def test_a_cap_is_part_of_the_case_and_of_its_id():
    capped = {**testing.make_case(), "memory_cap": "64MiB"}
    document = testing.make_document([testing.make_row(testing.make_case(), 0),
                                      testing.make_row(capped, 0)])
    document["benchmarks"][1]["memory_cap_held_by"] = "cgroup"
    results = read(document)
    assert [case.key.memory_cap for case in results.cases.values()] == ["", "64MiB"]
    assert testing.case_id(capped).endswith("/warm/cap-64MiB")
    assert len(by_group(results.cases.values())) == 2
    document["benchmarks"][1]["case"]["memory_cap"] = "65MiB"
    assert "as its case spells it" in refusal(document)
    document["benchmarks"][1]["case"]["memory_cap"] = "much"
    assert "memory_cap" in refusal(document)


def test_statistics_come_from_the_ok_samples():
    case = testing.make_case()
    rows = [
        testing.make_row(case, index, peak_heap_bytes=value)
        for index, value in enumerate((30, 10, 20))
    ]
    rows.append(testing.make_failed_row(case, repetition=3, peak_heap_bytes=99))
    loaded = read(testing.make_document(rows)).cases[testing.case_id(case)]
    assert loaded.stats["peak_heap_bytes"] == Stat(10, 20, 30, 3)
    assert not loaded.ok and loaded.failures[0].message == "died of SIGSEGV"


def test_median_of_two_whole_numbers_stays_whole_where_it_can():
    assert Stat.of([10, 20]).median == 15 and isinstance(Stat.of([10, 20]).median, int)
    assert Stat.of([10, 11]).median == 10  # rounded down, as the program does


def changed_aggregate(which, **changes):
    case = testing.make_case()
    document = testing.make_document([testing.make_row(case, index, reads=value, wall_ms=1.5)
                                      for index, value in enumerate((30, 10, 20))])  # fmt: skip
    (row,) = [row for row in document["benchmarks"] if row.get("aggregate_name") == which]
    row.update(changes)
    return document


def test_medians_are_those_of_the_file():
    loaded = next(iter(read(changed_aggregate("median", reads=17)).cases.values()))
    assert loaded.stats["reads"] == Stat(10, 17, 30, 3)


@pytest.mark.parametrize("name, changes, expected", [
    ("median", {"reads": 31}, "reads (merge/streaming/logs-5x50MiB/system/c1/warm): expected 10 .. 30"),
    ("median", {"reads": None}, "expected 10 .. 30, by the rows of the samples, found None"),
    ("min", {"reads": 9}, "expected 10, by the rows of the samples, found 9"),
    ("max", {"wall_ms": 1.6}, "expected 1.5, by the rows of the samples, found 1.6"),
    ("max", {"samples": 2}, "samples (merge/streaming/logs-5x50MiB/system/c1/warm): expected 3"),
    ("max", {"aggregate_name": "min", "name": "merge/streaming/logs-5x50MiB/system/c1/warm_min"},
     "a second 'min'"),
])  # fmt: skip
def test_aggregates_that_are_of_other_samples_are_refused(name, changes, expected):
    assert expected in refusal(changed_aggregate(name, **changes))


@pytest.mark.parametrize("left_out", [{"median"}, {"min", "max"}, {"median", "min", "max"}])
def test_a_file_without_aggregates_is_read_all_the_same(left_out):
    document = changed_aggregate("median", reads=17)
    document["benchmarks"] = [
        row for row in document["benchmarks"] if row.get("aggregate_name") not in left_out
    ]
    loaded = next(iter(read(document).cases.values()))
    assert loaded.stats["reads"] == Stat(10, 20, 30, 3)


def test_a_measure_that_one_sample_lacks_says_so():
    case = testing.make_case()
    rows = [testing.make_row(case, 0), testing.make_row(case, 1)]
    rows[1]["reads"], rows[1]["absent"]["reads"] = None, "counter overflowed"
    document = {"context": testing.make_context(), "benchmarks": rows}
    loaded = read(document).cases[testing.case_id(case)]
    assert loaded.stats["reads"].samples == 1 and loaded.stats["wall_ms"].samples == 2
    assert loaded.absent["reads"] == "counter overflowed"


def test_refuses_a_newer_version_and_names_both():
    message = refusal(testing.make_document([], schema_version=2))
    assert "version 2" in message and "up to 1" in message


def test_a_newer_version_is_told_before_its_unknown_keys():
    document = testing.make_document([], schema_version=7)
    document["something_new"] = 1
    assert "version 7" in refusal(document)


@pytest.mark.parametrize(
    "key",
    [
        "peak_heap_bytes",
        "status",
        "case",
        "absent",
        "timeline",
        "message",
        "expected_peak_bytes",
        "run_type",
        "end_maps",
        "phases",
    ],
)
def test_a_missing_key_of_a_row_is_named(key):
    document = testing.make_simple(repetitions=1)
    del document["benchmarks"][0][key]
    message = refusal(document)
    assert f"benchmarks[0].{key} (merge/streaming/logs-5x50MiB/system/c1/warm)" in message
    assert "expected this key, found none" in message


@pytest.mark.parametrize("key", sorted(testing.make_context().keys() - {"cpu_scaling_enabled"}))
def test_a_missing_key_of_the_context_is_named(key):
    document = testing.make_simple(repetitions=1)
    del document["context"][key]
    assert f"context.{key}" in refusal(document)


@pytest.mark.parametrize("key, value, expected", [
    ("peak_rss_bytes", "12", "integer or null"),
    ("peak_rss_bytes", -1, "at least 0"),
    ("end_maps", -1, "at least 0"),
    ("peak_rss_bytes", 1.5, "integer or null"),
    ("some_new_bytes", 1.5, "integer or null"),
    ("peak_rss_bytes", 2**64, "at most 18446744073709551615"),
    ("peak_rss_bytes", True, "integer or null"),
    ("wall_ms", "fast", "number or null"),
    ("my_counter", "three", "number or null"),
    ("time_unit", "ns", '"ms"'),
    ("status", "fine", "one of ok, wrong_output"),
    ("iterations", 2, "1"),
    ("message", "but it is ok", "null"),
    ("output_digest", "md5:00", "sha256"),
    ("phases", [{"name": "open"}], "expected this key"),
    ("read_sizes", {"many": 1}, "expected"),
])  # fmt: skip
def test_a_wrong_value_is_refused(key, value, expected):
    assert expected in refusal(one_row(**{key: value}))


def test_null_needs_a_reason_and_a_reason_needs_a_null():
    document = one_row(reads=None)
    assert "absent.reads" in refusal(document) and "reason" in refusal(document)
    document["benchmarks"][0]["absent"]["reads"] = ""
    assert "not empty" in refusal(document)
    document["benchmarks"][0]["absent"]["reads"] = "no counter"
    read(document)
    document["benchmarks"][0]["reads"] = 3
    assert "absent.reads" in refusal(document)


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_figures_that_json_does_not_have(token):
    text = json.dumps(one_row(wall_ms=123456789)).replace("123456789", token)
    with pytest.raises(ReportError, match=re.escape(token)):
        parse(text, "r.json")


def test_text_that_is_not_json():
    with pytest.raises(ReportError, match=r"r\.json: line 1 column 13: .*cut short"):
        parse('{"context": ', "r.json")
    with pytest.raises(ReportError, match="occurs twice"):
        parse('{"context": 1, "context": 2}', "r.json")
    with pytest.raises(ReportError, match="schema_version"):
        parse("[]", "r.json")
    with pytest.raises(ReportError, match="too deeply"):
        parse("[" * 100_000, "r.json")


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ReportError, match="No such file"):
        load(tmp_path / "none.json")
    (tmp_path / "latin.json").write_bytes(b'{"a": "\xe9"}')
    with pytest.raises(ReportError, match="byte 7: expected UTF-8"):
        load(tmp_path / "latin.json")


def test_name_must_spell_the_case():
    assert "as its case spells it" in refusal(one_row(run_name="merge/other"))
    assert "benchmarks[0].name" in refusal(one_row(name="merge/other"))


def test_each_repetition_once():
    case = testing.make_case()
    rows = [testing.make_row(case, 0), testing.make_row(case, 0)]
    assert "one row per repetition" in refusal(testing.make_document(rows))


def test_aggregates_alone_are_refused_with_the_way_out():
    document = testing.make_simple()
    document["benchmarks"] = [
        row for row in document["benchmarks"] if row["run_type"] == "aggregate"
    ]
    assert "benchmark_report_aggregates_only" in refusal(document)


@pytest.mark.parametrize("rows, where", [
    ([[0, 1, 2, 3]], "timeline.rows[0]"),
    ([[0, 1, 2, 3, None], [0, 1, 2, None, None]], "timeline.rows[1][3]"),
    ([[5, 1, 2, 3, 4], [4, 1, 2, 3, 4]], "timeline.rows[1][0]"),
    ([[0, -1, 2, 3, 4]], "timeline.rows[0][1]"),
    ([[0, 1.5, 2, 3, 4]], "timeline.rows[0][1]"),
    ([[index, 1, 1, 1, 1] for index in range(2001)], "2001"),
    ("none", "an array"),
])  # fmt: skip
def test_bad_timelines(rows, where):
    document = testing.make_simple(repetitions=1)
    document["benchmarks"][0]["timeline"]["rows"] = rows
    assert where in refusal(document)
    if where != "timeline.rows[1][0]":  # order of times is beyond a schema
        assert not validator().is_valid(document)


def test_failed_rows_need_the_error_and_may_lack_the_measures():
    case = testing.make_case()
    read(testing.make_document([testing.make_failed_row(case)]))
    row = testing.make_failed_row(case)
    del row["error_occurred"]
    assert "error_occurred" in refusal(testing.make_document([row]))
    assert "message" in refusal(
        testing.make_document([testing.make_failed_row(case, message=None)])
    )


def test_phases_run_forwards():
    document = testing.make_simple(repetitions=1)
    document["benchmarks"][0]["phases"][0].update(start_us=9, end_us=3)
    assert "at least start_us = 9" in refusal(document)


def test_groups_sort_sizes_as_numbers():
    rows = [testing.make_row(testing.make_case(input=name)) for name in ("5x200MiB", "5x50MiB")]
    assert [group[1] for group in by_group(read(testing.make_document(rows)).cases.values())] == [
        "5x50MiB",
        "5x200MiB",
    ]
    assert natural_key("a2") < natural_key("a10")


def test_schema_and_table_of_measures_know_every_key_that_the_format_describes():
    text = FORMAT_DOCUMENT.read_text(encoding="utf-8")
    schema = validator().schema["$defs"]

    def first_column(heading):
        section = text.split(f"## {heading}\n")[1].split("\n## ")[0]
        rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
        return {key for cell in rows for key in re.findall(r"`([a-z0-9_]+)`", cell)}

    everywhere = {entry.key for entry in TABLE.values() if not entry.counted_by}
    assert len(everywhere) > 40
    assert first_column("Measures") == TABLE.keys() <= schema["row"]["properties"].keys()
    table = json.loads((FORMAT_DOCUMENT.parent / "measures.json").read_text(encoding="utf-8"))
    # Results of earlier versions are without those.
    added = {entry["key"] for entry in table["measures"] if "added" in entry}
    assert added and everywhere - added == set(schema["measured"]["required"])
    context = first_column("`context`")
    # Of newer writers, or of some kinds of run only.
    optional = {"complete", "planned_cases", "planned_samples", "inputs", "plan_digest",
                "program_digest", "resume", "rss_resolution_bytes"}  # fmt: skip
    assert context <= schema["context"]["properties"].keys()
    assert context - optional <= set(schema["context"]["required"])


def test_schema_is_a_schema():
    validator().check_schema(validator().schema)
