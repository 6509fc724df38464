"""A comparison as Markdown, for a pull request comment or a job summary.

What changed comes first, peaks before all else; the rest is in a fold. Comments have a limit of
65,536 characters on the usual places: whatever the results, the text stays below 60,000, and says
what was left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape as html_escape

from splitscope_reports.compare import NOT_JUDGED, PASS, CaseComparison, Comparison
from splitscope_reports.gate import Decision
from splitscope_reports.names import shortened, visible
from splitscope_reports.render.table import MEASURE_HEADER, measure_row

LIMIT = 60_000

# Longest name and reason that are shown whole.
_NAME, _TEXT = 160, 300
# Cases whose measures stand open; those of further ones are in the fold.
_OPEN_CASES = 10
# Of a case that moved; the rest is in the fold.
_OPEN_MEASURES = 12
# What the fold and the closing lines need beyond their tables.
_RESERVE = 1_000

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!@$&])")
# What stays as it is between backticks, in a table too.
_PLAIN = re.compile(r"[\w /:=,.+%()-]*")


def escape(text: str) -> str:
    """Keeps a text from being taken for markup or for the end of a table cell."""
    short = shortened(" ".join(visible(text).split()), _TEXT)
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};" if match[0] in "<>&@|" else
                        "\\" + match[0], short)  # fmt: skip


def _code(text: str) -> str:
    short = shortened(visible(text), _NAME)
    if short.strip() == short and short and _PLAIN.fullmatch(short):
        return f"`{short}`"
    # Between backticks, backticks and bars would act; as entities nothing does.
    entities = "".join(
        char if char.isalnum() or char in " /:=,.-" else f"&#{ord(char)};" for char in short
    )
    return f"<code>{entities}</code>"


class _Budget:
    """Collects lines as long as there is room for them."""

    def __init__(self, room: int):
        self.lines: list[str] = []
        self._room = room

    def add(self, lines: Iterable[str]) -> bool:
        """All of them, or none."""
        lines = list(lines)
        # Bytes, which are never fewer than characters.
        size = sum(len(line.encode("utf-8", "backslashreplace")) + 1 for line in lines)
        if size > self._room:
            return False
        self._room -= size
        self.lines += lines
        return True


def comparison_markdown(
    comparison: Comparison, decision: Decision | None = None, title: str = "splitscope comparison"
) -> str:
    head = _head(comparison, decision, title)
    text = _Budget(LIMIT - _RESERVE)
    text.add(head)
    if decision and decision.refused:
        return "\n".join([*text.lines, ""])
    noteworthy = [
        case for case in comparison.by_weight if case.verdict not in (PASS, NOT_JUDGED)
    ]
    left_out = _verdicts(text, noteworthy)
    _moved(text, noteworthy)
    notes = [(case.case_id, note) for case in comparison.cases for note in case.notes]
    for index, (case_id, note) in enumerate(notes):
        if not text.add([*([""] if index == 0 else []), f"- {_code(case_id)}: {escape(note)}"]):
            break
    folded = _fold(text, comparison)
    if left_out:
        folded.append(f"{left_out} more cases that did not pass are left out here.")
    return "\n".join([*text.lines, *folded, ""])


def _head(comparison: Comparison, decision: Decision | None, title: str) -> list[str]:
    lines = [f"## {escape(title)}", ""]
    if decision:
        lines += [f"**{escape(decision.headline)}**", ""]
    lines += [
        f"Baseline: {escape(comparison.baseline.label)}. New: {escape(comparison.new.label)}."
    ]
    if comparison.only:
        lines[-1] += f" Classes: {escape(', '.join(comparison.only))} only."
    for name, side in (("baseline", comparison.baseline), ("new run", comparison.new)):
        if side.incomplete:
            lines += ["", f"**The {name} did not finish: {escape(side.incomplete)}.**"]
    if comparison.machine_differences:
        lines += [
            "",
            "The machine classes differ; cases that this concerns are not judged:",
            "",
            "| key | baseline | new |",
            "|---|---|---|",
        ]
        shown = comparison.machine_differences[:20]
        lines += [f"| {escape(key)} | {escape(old)} | {escape(new)} |" for key, old, new in shown]
    return lines


def _verdicts(text: _Budget, cases: list[CaseComparison]) -> int:
    """A row for each case that did not pass; returns for how many there was no room."""
    if not cases:
        return 0
    text.add(["", "| verdict | case | why |", "|---|---|---|"])
    # Half of the room is for what moved in them.
    budget = _Budget((LIMIT - _RESERVE) // 2)
    for index, case in enumerate(cases):
        row = [f"| {case.verdict} | {_code(case.case_id)} | {escape(case.reason)} |"]
        if not budget.add(row) or not text.add(row):
            return len(cases) - index
    return 0


def _moved(text: _Budget, cases: list[CaseComparison]) -> None:
    """The measures that moved in the first cases."""
    opened = 0
    for case in cases:
        moved = case.moved
        if not moved:
            continue
        lines = ["", _code(case.case_id), "", *_table(moved[:_OPEN_MEASURES])]
        if len(moved) > _OPEN_MEASURES:
            lines += ["", f"and {len(moved) - _OPEN_MEASURES} more measures"]
        if opened == _OPEN_CASES or not text.add(lines):
            break
        opened += 1


def _fold(text: _Budget, comparison: Comparison) -> list[str]:
    """All measures, as far as there is room, and a line about the rest."""
    cases = [case for case in comparison.by_weight if case.measures]
    passed = comparison.count(PASS)
    lines = [
        "",
        f"<details><summary>Measures of {len(cases)} cases ({passed} passed)</summary>",
    ]
    shown = 0
    start = len(text.lines)
    for case in cases:
        judged = [measure for measure in case.measures if measure.verdict != NOT_JUDGED]
        rows = _table(judged) if judged else []
        if not text.add(["", _code(case.case_id), "", *rows]):
            break
        shown += 1
    lines += text.lines[start:]
    del text.lines[start:]
    unjudged = sum(len(case.with_verdict(NOT_JUDGED)) for case in cases)
    left = len(cases) - shown
    lines += ["", "</details>", ""]
    if unjudged:
        lines.append(f"{unjudged} figures that are reported and not judged are left out here.")
    if left:
        lines.append(f"{left} of {len(cases)} cases are left out here for their length.")
    return lines


def _table(measures: Iterable) -> list[str]:
    lines = ["| " + " | ".join(MEASURE_HEADER) + " |", "|---|---:|---:|---:|---:|---|"]
    for measure in measures:
        row = measure_row(measure)
        lines.append("| " + " | ".join([_code(row[0]), *map(escape, row[1:])]) + " |")
    return lines
