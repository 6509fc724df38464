"""Texts and pictures: escaping, self-containment, equal bytes, golden tables."""

import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import jinja2
import pytest

from splitscope_reports import testing
from splitscope_reports.compare import compare
from splitscope_reports.findings import findings
from splitscope_reports.render.junit import comparison_junit
from splitscope_reports.render.markdown import comparison_markdown, summary_markdown
from splitscope_reports.measures import OTHER_GROUP, grouped
from splitscope_reports.policy import load_policy
from splitscope_reports.render import templates
from splitscope_reports.render.figure import INK, to_inline_svg, to_png, to_svg
from splitscope_reports.render.html import write_report
from splitscope_reports.render.plot_peak import plot_peak
from splitscope_reports.render.plot_timeline import make_scale, plot_panel, thin, typical_sample
from splitscope_reports.render.table import comparison_text, text_table
from splitscope_reports.results import parse
from splitscope_reports.snapshot import snapshot

POLICY = load_policy()
EVIL = '<script>alert("1")</script>&|`*\''


def read(document):
    return parse(json.dumps(document), "r.json")


def compared(old, new):
    return compare(snapshot(read(old)), snapshot(read(new)), POLICY)


class Page(HTMLParser):
    """Collects tags and checks that they nest."""

    VOID = {"meta", "br", "wbr", "link", "img"}

    def __init__(self, text):
        super().__init__()
        self.open, self.seen, self.ids, self.addresses = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        values = dict(attrs)
        if "id" in values:
            self.ids.append(values["id"])
        self.addresses += [values[key] for key in ("href", "src", "xlink:href") if key in values]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag in self.VOID:
            return
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()


@pytest.fixture(scope="module")
def suite_report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    results = read(testing.make_suite())
    written = write_report(results, folder, compared(testing.make_simple(), testing.make_suite()))
    return folder, written, (folder / "index.html").read_text(encoding="utf-8")


def test_page_is_well_formed_with_unique_ids(suite_report):
    page = Page(suite_report[2])
    assert len(page.ids) == len(set(page.ids))
    assert page.seen.count("h1") == 1 and page.seen.count("svg") >= 5 + 20


def test_page_needs_nothing_but_itself(suite_report):
    _, _, text = suite_report
    assert not re.search(r"https?:|file:|//[a-z]", text)
    assert "<img" not in text and "<link" not in text and "@import" not in text
    page = Page(text)
    targets = {"#" + name for name in page.ids}
    assert set(page.addresses) <= targets


def test_page_says_what_a_reader_must_know(suite_report):
    _, _, text = suite_report
    assert "2 of 25 cases failed" in text
    assert "killed by the kernel at 512 MiB" in text
    assert "they do not add up to the total" in text
    assert "no cgroup could be made: read-only file system" in text
    assert "the workload has no input" in text
    assert "Against the baseline" in text
    assert "glibc 2.36" in text
    # The failures stand before everything that could be read as a result.
    assert text.index('id="failed"') < text.index("Key findings")


def test_pictures_are_also_files(suite_report):
    folder, written, _ = suite_report
    assert {path.suffix for path in written} == {".html", ".md", ".png", ".svg"}
    for path in written:
        assert path.stat().st_size > 0
        if path.suffix == ".svg":
            ET.parse(path)
        if path.suffix == ".png":
            assert path.read_bytes().startswith(b"\x89PNG")
    assert {path.name for path in (folder / "plots").iterdir()} == {
        path.name for path in written[2:]
    }


def test_equal_results_give_equal_bytes(tmp_path):
    document = testing.make_simple(strategies=("streaming", "full-copy"))
    contents = []
    for name in ("a", "b"):
        written = write_report(read(document), tmp_path / name)
        contents.append([path.read_bytes() for path in written])
    assert contents[0] == contents[1]


def evil_document():
    case = testing.make_case(
        workload="m" + EVIL.replace("/", ""),
        strategy="s" + EVIL.replace("/", ""),
        input="i" + EVIL.replace("/", ""),
    )
    phases = [
        {
            "name": EVIL,
            "start_us": 0,
            "end_us": 400_000,
            "peak_heap_bytes": 1,
            "end_heap_bytes": 1,
            "pss_bytes": None,
        }
    ]
    rows = [
        testing.make_row(case, 0, phases=phases),
        testing.make_failed_row(case, message=EVIL, repetition=1),
    ]
    # A second strategy, so that the findings quote the names.
    rows.append(testing.make_row({**case, "strategy": "other"}, 0, peak_heap_bytes=5))
    rows[0]["reads"], rows[0]["absent"]["reads"] = None, EVIL
    return testing.make_document(rows, command_line=EVIL, cpu_model=EVIL, suite=EVIL)


def test_every_text_is_escaped(tmp_path):
    write_report(read(evil_document()), tmp_path, compared(testing.make_simple(), evil_document()))
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "<script>alert" not in text
    assert Page(text).seen.count("script") == 1


def test_a_dollar_or_a_backslash_is_no_formula():
    # matplotlib would take the text between two dollar signs for a formula and fail on it.
    case = testing.make_case(strategy="odd:$\\frac{$")
    results = read(testing.make_document([testing.make_row(case)]))
    to_png(plot_peak(list(results.cases.values())))


def test_markdown_escapes_and_keeps_its_tables():
    text = comparison_markdown(compared(testing.make_simple(), evil_document()), title=EVIL)
    assert "<script>" not in text.replace("`", "")[:60]
    widths = {}
    for line in text.splitlines():
        if line.startswith("|"):
            cells = len(re.findall(r"(?<!\\)\|", line)) - 1
            widths.setdefault(cells, 0)
            assert cells in (3, 6), line
    assert widths


def test_summary_has_a_table_for_each_group_and_says_what_failed():
    text = summary_markdown(read(testing.make_suite()))
    assert text.count("\n### ") == 5
    assert "2 of 25 cases failed." in text
    assert "`full-copy`: oom\\_killed: killed by the kernel at 512 MiB" in text
    (row,) = [line for line in text.splitlines() if line.startswith("| `streaming` | **11.8 MiB**")]
    assert row.count("|") == 10
    whole = summary_markdown(read(testing.make_simple(strategies=("streaming", "full-copy"))))
    assert "\nAll 2 cases ok.\n" in whole and "Medians of 3 repetitions" in whole


def test_summary_of_an_unfinished_run_and_of_nothing():
    document = testing.make_simple(repetitions=1)
    document["context"] |= {"complete": False, "planned_cases": 2, "planned_samples": 6}
    assert "did not finish: it has 1 of 2 cases, 1 of 6 samples" in summary_markdown(read(document))
    assert "0 cases ok" in summary_markdown(read(testing.make_document([])))


def test_summary_keeps_its_tables_whatever_the_names_hold():
    text = summary_markdown(read(evil_document()))
    assert "<script>" not in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in rows}) == 1 and len(rows) == 4


@pytest.mark.parametrize("form, acts", [("html", "<"), ("markdown", "`")])
def test_a_template_cannot_forget_to_escape(form, acts):
    environment = templates._environment(form)
    source = (
        "{% macro m(text) %}{{ text }}{{ caller() }}{% endmacro %}{{ evil }}{{ [evil] | join }}"
        "{{ 'a' ~ evil }}{% call m(evil) %}{{ evil }}{% endcall %}{% set s %}{{ evil }}{% endset %}"
        "{{ s }}{{ evil | upper }}{{ {'k': evil} }}{{ evil[:30] }}"
    )
    text = environment.from_string(source).render(evil=EVIL + "\x1b")
    assert not re.search(rf"(?<!\\){acts}", text) and "\x1b" not in text
    with pytest.raises(jinja2.TemplateAssertionError):
        environment.from_string("{{ evil | safe }}")
    with pytest.raises(jinja2.UndefinedError):
        environment.from_string("{{ nothing }}").render()


def test_junit_is_xml_whatever_the_messages_hold():
    row = testing.make_failed_row(
        testing.make_case(), message="died\x00 of \x1b[31m <&> \ud800 pain"
    )
    comparison = compared(
        testing.make_simple(strategies=("streaming", "full-copy")), testing.make_document([row])
    )
    text = comparison_junit(comparison)
    suite = ET.fromstring(text).find("testsuite")
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "1")
    cases = {case.get("name"): case for case in suite}
    assert (
        cases["merge/streaming/logs-5x50MiB/system/c1/warm"].find("error").get("type") == "failed"
    )
    assert (
        cases["merge/full-copy/logs-5x50MiB/system/c1/warm"].find("failure").get("type")
        == "missing"
    )


def test_junit_of_a_pass_has_no_failure_and_lists_the_figures():
    suite = ET.fromstring(comparison_junit(compared(testing.make_simple(), testing.make_simple())))
    (case,) = suite.iter("testcase")
    assert [child.tag for child in case] == ["system-out"]
    assert "peak_heap_bytes: pass" in case[0].text
    assert case.get("classname") == "splitscope.merge"


def test_table_golden():
    assert text_table(
        ("measure", "median"), [["reads", "4"], ["peak_heap_bytes", "11.8 MiB"]], (1,)
    ) == (
        "measure            median\n"
        "---------------  --------\n"
        "reads                   4\n"
        "peak_heap_bytes  11.8 MiB"
    )


def test_comparison_golden():
    old = testing.make_simple(strategies=("streaming", "full-copy"))
    new = testing.make_simple(strategies=("streaming",), peak_heap_bytes=13_000_000, reads=4000)
    assert (
        comparison_text(compared(old, new))
        == """\
baseline  r.json (c0ffee123456, 2026-03-14)
new       r.json (c0ffee123456, 2026-03-14)

verdict    case                                         why
---------  -------------------------------------------  ---------------------------------------------------------------------------------------------
regressed  merge/streaming/logs-5x50MiB/system/c1/warm  peak_heap_bytes: 11.8 MiB -> 12.4 MiB (+663 KiB, +5.5 %); tolerance 0
missing    merge/full-copy/logs-5x50MiB/system/c1/warm  in the baseline but not in the new results; if it was renamed or dropped, save a new baseline

merge/streaming/logs-5x50MiB/system/c1/warm
  measure          baseline       new     delta  new/base  verdict
  ---------------  --------  --------  --------  --------  ---------
  peak_heap_bytes  11.8 MiB  12.4 MiB  +663 KiB    1.0551  regressed
  reads               4,031     4,000       −31    0.9923  improved
"""
    )


def test_colour_paints_the_verdict_only():
    comparison = compared(testing.make_simple(), testing.make_simple(reads=9999))
    plain = comparison_text(comparison)
    painted = comparison_text(comparison, colour=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == plain
    assert "\x1b[31;1mregressed\x1b[0m" in painted


def test_findings_name_the_extremes_and_the_price():
    results = read(testing.make_simple(strategies=testing.STRATEGIES))
    (finding,) = findings(results)
    assert finding.text == (
        "`merge` over `logs-5x50MiB`, system, warm: `streaming` needs 0.050× its input (12.4 MiB) "
        "of resident memory, `full-copy` 2.96× its input (741 MiB), 59.5 times as much. It takes "
        "1.24× the time of the fastest, `mmap-view` (1.03 s)."
    )


def test_findings_tell_anonymous_memory_apart():
    document = testing.make_simple(repetitions=1, strategies=("streaming", "mmap-view"))
    document["benchmarks"][-4]["net_peak_rss_anon_bytes"] = 4096
    assert document["benchmarks"][-4]["case"]["strategy"] == "mmap-view"
    (finding,) = findings(read(testing.with_aggregates(document)))
    assert finding.text.endswith(
        " Of anonymous memory, which the kernel cannot drop, `mmap-view` "
        "needs the least: 4.00 KiB, `streaming` 13.8 MiB."
    )


def test_shared_pages_have_bars_only_where_they_can_be_seen():
    for shared, entries in ((68 * 1024, 4), (100 * 2**20, 5)):
        results = read(testing.make_simple(repetitions=1, peak_rss_shmem_bytes=shared))
        (legend,) = plot_peak(list(results.cases.values())).legends
        assert len(legend.get_texts()) == entries


def test_findings_warn_when_strategies_disagree():
    document = testing.make_simple(repetitions=1, strategies=("streaming", "full-copy"))
    document["benchmarks"][0]["output_digest"] = "sha256:" + "b" * 64
    first = findings(read(document))[0]
    assert first.warning and "do not agree on the output" in first.text


def test_findings_without_figures_say_nothing():
    rows = [testing.make_failed_row(testing.make_case(strategy=name)) for name in ("a", "b")]
    assert findings(read(testing.make_document(rows))) == []


def test_report_of_failures_only_and_of_nothing(tmp_path):
    rows = [testing.make_failed_row(testing.make_case())]
    write_report(read(testing.make_document(rows)), tmp_path / "failed")
    write_report(read(testing.make_document([])), tmp_path / "empty")
    Page((tmp_path / "failed" / "index.html").read_text(encoding="utf-8"))
    Page((tmp_path / "empty" / "index.html").read_text(encoding="utf-8"))


def test_many_groups_are_folded(tmp_path):
    rows = [
        testing.make_row(
            testing.make_case(allocator=f"a{index}"),
            timeline={
                "columns": ["t_us", "anon_bytes", "file_bytes", "shmem_bytes", "heap_bytes"],
                "rows": [[0, 1, 1, 0, 1], [9000, 2, 1, 0, 1]],
            },
        )
        for index in range(9)
    ]
    write_report(read(testing.make_document(rows)), tmp_path)
    assert "<details><summary>Memory over time" in (tmp_path / "index.html").read_text()


def test_inline_pictures_follow_the_page():
    results = read(testing.make_simple(repetitions=1))
    figure = plot_peak(list(results.cases.values()))
    inline, file = to_inline_svg(figure, "x"), to_svg(figure)
    assert INK in file and "xmlns" in file
    assert INK not in inline and "currentColor" in inline and "xmlns" not in inline
    assert set(re.findall(r'href="#(..)', inline)) <= {"x-"}


def test_a_measure_missing_in_some_repetitions_is_told(tmp_path):
    document = testing.make_simple()
    document["benchmarks"][1]["reads"] = None
    document["benchmarks"][1]["absent"]["reads"] = "over before it began"
    write_report(read(document), tmp_path)
    text = (tmp_path / "index.html").read_text(encoding="utf-8").replace("<wbr>", "")
    row = text[text.index("over before it began") :][:200]
    assert "c1/warm (1 of 3 repetitions)" in row


def test_nothing_to_draw_draws_nothing(tmp_path):
    measures = (
        "peak_heap_bytes",
        "peak_rss_anon_bytes",
        "peak_rss_file_bytes",
        "peak_rss_shmem_bytes",
    )
    row = testing.make_row(
        testing.make_case(),
        timeline={
            "columns": ["t_us", "anon_bytes", "file_bytes", "shmem_bytes", "heap_bytes"],
            "rows": [[0, 5, 5, 5, None]],
        },
    )
    for key in measures:
        row[key], row["absent"][key] = None, "seen from outside only"
    written = write_report(read(testing.make_document([row])), tmp_path)
    assert [path.name for path in written] == ["index.html", "summary.md"]


def test_timeline_without_heap_or_phases():
    row = testing.make_row(
        testing.make_case(),
        phases=[],
        timeline={
            "columns": ["t_us", "anon_bytes", "file_bytes", "shmem_bytes", "heap_bytes"],
            "rows": [[0, 5, 5, 5, None], [0, 6, 5, 5, None]],
        },
    )
    case = next(iter(read(testing.make_document([row])).cases.values()))
    sample = typical_sample(case)
    to_png(plot_panel(sample, make_scale([sample])))


def test_typical_sample_has_the_median_peak():
    rows = [
        testing.make_row(testing.make_case(), index, peak_rss_bytes=value)
        for index, value in enumerate((30, 10, 20))
    ]
    case = next(iter(read(testing.make_document(rows)).cases.values()))
    assert typical_sample(case).repetition == 2


def test_thinning_keeps_every_peak():
    rows = [(index * 100, 10, 0, 0, 5) for index in range(2000)]
    rows[777] = (77_700, 10, 999, 0, 5)
    rows[1234] = (123_400, 10, 0, 0, 888)
    kept = thin(rows, 50)
    assert len(kept) < 300
    assert rows[777] in kept and rows[1234] in kept
    assert kept[0] == rows[0] and kept[-1] == rows[-1]
    assert thin(rows[:40], 50) == rows[:40]


def test_measures_stand_in_groups_and_unknown_ones_come_last():
    assert grouped(["reads", "my_counter", "peak_rss_bytes"]) == {
        "Resident (kernel)": ["peak_rss_bytes"],
        "Reading and writing": ["reads"],
        OTHER_GROUP: ["my_counter"],
    }
