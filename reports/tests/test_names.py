"""Names are never keys or syntax: in links, files, tables, XML, sentences or on a terminal."""

import json
import re
import xml.etree.ElementTree as ET

import pytest

from splitscope_reports import testing
from splitscope_reports.commands import main
from splitscope_reports.names import quoted, shortened, visible

NAMES = [
    "a+b", "a-b", "a b", "Кириллица", "new\nline", "sup²", "pipe|x", "\\|", "`tick`", "``", "]]>",
    "<script>alert(1)</script>", "&amp;", "ctl\x00\x1b[31m\r", "lone\ud800half", "esc\udcff",
    "rtl\u202eabc אבג", "x" * 255, "../x", "/abs", "con", "$\\frac{$", "1" * 5000, "%s{}", "@user #1",
    "--", "|", "\u2028", "__proto__", "!best!", "a_warm/c2",
]  # fmt: skip
TIMELINE = {
    "columns": ["t_us", "anon_bytes", "file_bytes", "shmem_bytes", "heap_bytes"],
    "rows": [[0, 1, 1, 0, 1], [9000, 2, 1, 0, 1]],
}


def phases(name):
    return [{"name": name, "start_us": 0, "end_us": 9000, "peak_heap_bytes": 1,
             "end_heap_bytes": 1, "pss_bytes": None}]  # fmt: skip


# Where every name makes a picture of its own, some do.
FEW = ["a+b", "a-b", "sup²", "new\nline", "<script>alert(1)</script>", "`|]]>", "lone\ud800half",
       "rtl\u202eabc", "../x", "1" * 5000]  # fmt: skip


def names_for(where):
    return NAMES if where == "strategy" else FEW


def document(where, **changes):
    # Timelines are drawn once, in the one group that all strategies share.
    drawn = TIMELINE if where == "strategy" else {**TIMELINE, "rows": []}
    rows = [
        testing.make_row(testing.make_case(**{where: name}), 0, 1, timeline=drawn,
                         phases=phases(name), **changes)
        for name in names_for(where)
    ]  # fmt: skip
    rows.append(testing.make_failed_row(testing.make_case("other"), message=NAMES[11] + NAMES[13]))
    return {"context": testing.make_context(suite=NAMES[11], command_line="".join(NAMES)),
            "benchmarks": rows}  # fmt: skip


@pytest.mark.parametrize("where", ["input", "strategy", "workload", "allocator"])
def test_every_form_of_output_takes_every_name(tmp_path, capfd, monkeypatch, where):
    monkeypatch.chdir(tmp_path)
    made = document(where)
    (tmp_path / "old.json").write_text(json.dumps({**made, "benchmarks": made["benchmarks"][:-1]}))
    (tmp_path / "new.json").write_text(json.dumps(document(where, peak_heap_bytes=2**30)))
    assert main(["report", "new.json", "-o", "r", "--baseline", "old.json"]) == 0
    assert main(["baseline", "save", "old.json", "-o", "b.json"]) == 0
    assert main(["gate", "new.json", "--baseline", "b.json", "--markdown", "m.md", "--junit",
                 "j.xml"]) == 3  # fmt: skip
    assert main(["baseline", "show", "b.json"]) == 0
    assert main(["compare", "b.json", "new.json"]) == 0
    console = capfd.readouterr().out
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u2028\u202e]", console)
    page = (tmp_path / "r" / "index.html").read_text(encoding="utf-8")
    ids = re.findall(r'\bid="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]*)"', page)) <= set(ids)
    assert "<script>alert" not in page and "\u202e" not in page and "\x1b" not in page
    for path in (tmp_path / "r" / "plots").iterdir():
        assert re.fullmatch(r"[0-9]+-(peak|timeline)\.(png|svg)", path.name)
    cases = list(ET.parse(tmp_path / "j.xml").getroot().iter("testcase"))
    assert len({case.get("name") for case in cases}) == len(names_for(where)) + 1
    for line in (tmp_path / "m.md").read_text(encoding="utf-8").splitlines():
        assert "<script" not in line and "\x1b" not in line
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) - 1 in (3, 6), line
    stored = json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))
    assert len(stored["cases"]) == len(names_for(where))


def test_two_rows_that_are_spelled_alike_are_no_one_case(tmp_path, capfd):
    one = testing.make_row(testing.make_case(strategy="a/b", input="c"), 0, 1)
    two = testing.make_row(testing.make_case(strategy="a", input="b/c"), 1, 1)
    path = testing.write({"context": testing.make_context(), "benchmarks": [one, two]},
                         tmp_path / "r.json")  # fmt: skip
    assert main(["validate", str(path)]) == 1
    assert "spelled alike" in capfd.readouterr().err


def test_measures_and_keys_may_have_any_name(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    made = testing.make_simple()
    for row in made["benchmarks"]:
        row |= dict.fromkeys(NAMES, 5)
    made["context"]["machine_class"] |= dict.fromkeys(NAMES, "v\n|")
    (tmp_path / "r.json").write_text(json.dumps(made))
    assert main(["report", "r.json", "-o", "r"]) == 0
    assert main(["gate", "r.json", "--baseline", "r.json", "--markdown", "m.md"]) == 0
    assert main(["compare", "r.json", "r.json"]) == 0
    assert "Error" not in capfd.readouterr().err


def test_visible():
    assert visible("a\nb\x1b\ud800\u202e²") == "a\\nb\\x1b\\ud800\\u202e²"
    assert shortened("abcdefghij", 7) == "abcd…ij"
    assert quoted("a`b") == "`a\\x60b`"
