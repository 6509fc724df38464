"""A comment has a limit; names have none."""

import json
import re

import pytest

from splitscope_reports import testing
from splitscope_reports.compare import compare
from splitscope_reports.gate import decide
from splitscope_reports.render.markdown import LIMIT, comparison_markdown
from splitscope_reports.policy import load_policy
from splitscope_reports.results import from_document
from splitscope_reports.snapshot import snapshot

POLICY = load_policy()
TIMELINE = {
    "columns": ["t_us", "anon_bytes", "file_bytes", "shmem_bytes", "heap_bytes"], "rows": [],
}  # fmt: skip


def comparison(count, name, worse=(), machine=None, **changes):
    cases = [testing.make_case(input=f"{name}{index}") for index in range(count)]
    slim = {"phases": [], "timeline": TIMELINE}
    old = [testing.make_row(case, 0, 1, **slim) for case in cases]
    new = [
        testing.make_row(case, 0, 1, **slim, **(changes if index in worse else {}))
        for index, case in enumerate(cases)
    ]
    after = {"context": testing.make_context(), "benchmarks": new}
    after = json.loads(json.dumps(after))
    after["context"]["machine_class"] |= machine or {}
    before = {"context": testing.make_context(), "benchmarks": old}
    return compare(snapshot(from_document(before, "old")), snapshot(from_document(after, "new")),
                   POLICY)  # fmt: skip


@pytest.mark.parametrize("count, name, worse", [
    (37, "logs", ()), (400, "logs", range(400)), (300, "n" * 1000, range(300)),
    (300, "`|" * 500, range(300)), (300, "Ж" * 1000, range(0, 300, 2)), (200, "\u202e" * 900, ()),
], ids=["passing", "many", "long", "bars", "Cyrillic", "turning"])  # fmt: skip
def test_it_stays_short_and_says_what_is_left_out(count, name, worse):
    found = comparison(count, name, worse, peak_heap_bytes=2**30, reads=10**6,
                       output_digest="sha256:" + "b" * 64)  # fmt: skip
    text = comparison_markdown(found, decide(found), "splitscope gate")
    assert len(text.encode()) < LIMIT
    assert text.count("<details>") == text.count("</details>") == 1
    if worse:
        assert "regressed" in text
        assert re.search(r"\d+ more cases that did not pass are left out", text) or count < 400
    assert "are left out here" in text
    for line in text.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) - 1 in (3, 6), line


def test_many_keys_of_the_machine():
    found = comparison(3, "x", machine={f"library{index}": "v" * 5000 for index in range(500)})
    assert len(comparison_markdown(found, decide(found))) < LIMIT


def test_peaks_come_first_and_the_greatest_change_before_all():
    found = comparison(3, "x", (1,), reads=10**6, bytes_copied=10**9, peak_heap_bytes=20_000_000)
    moved = found.by_weight[0].moved
    assert found.by_weight[0].case_id.split("/")[2] == "x1"
    assert [measure.key for measure in moved] == ["peak_heap_bytes", "bytes_copied", "reads"]
    assert found.by_weight[0].reason.startswith("peak_heap_bytes: ")
    text = comparison_markdown(found, decide(found))
    assert text.index("| `peak_heap_bytes` |") < text.index("| `bytes_copied` |")
