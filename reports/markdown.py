"""A comparison as Markdown, for a pull request comment or a job summary."""

from __future__ import annotations

import re

from reports.compare import PASS, Comparison
from reports.gate import Decision
from reports.render.table import MEASURE_HEADER, measure_row

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def escape(text: str) -> str:
    """Keeps a text from being taken for markup or for the end of a table cell."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _code(text: str) -> str:
    return "`" + " ".join(text.split()).replace("`", "'").replace("|", "\\|") + "`"


def comparison_markdown(
    comparison: Comparison, decision: Decision | None = None, title: str = "splitscope comparison"
) -> str:
    lines = [f"## {escape(title)}", ""]
    if decision:
        lines += [f"**{escape(decision.headline)}**", ""]
    lines += [
        f"Baseline: {escape(comparison.baseline.label)}. New: {escape(comparison.new.label)}."
    ]
    if comparison.only:
        lines[-1] += f" Classes: {escape(', '.join(comparison.only))} only."
    if comparison.machine_differences:
        lines += [
            "",
            "The machine classes differ, so that no figure is judged:",
            "",
            "| key | baseline | new |",
            "|---|---|---|",
        ]
        lines += [
            f"| {escape(key)} | {escape(old)} | {escape(new)} |"
            for key, old, new in comparison.machine_differences
        ]
    noteworthy = [case for case in comparison.cases if case.verdict != PASS]
    if noteworthy:
        lines += ["", "| verdict | case | why |", "|---|---|---|"]
        lines += [
            f"| {case.verdict} | {_code(case.case_id)} | {escape(case.reason)} |"
            for case in noteworthy
        ]
    for case in noteworthy:
        shown = [measure for measure in case.measures if measure.verdict != PASS]
        if shown and not comparison.machine_differences:
            lines += ["", _code(case.case_id), "", *_table([measure_row(m) for m in shown])]
    notes = [(case.case_id, note) for case in comparison.cases for note in case.notes]
    if notes:
        lines += [""] + [f"- {_code(case_id)}: {escape(note)}" for case_id, note in notes]
    passed = len(comparison.cases) - len(noteworthy)
    lines += [
        "",
        f"<details><summary>All measures of {len(comparison.cases)} cases "
        f"({passed} passed)</summary>",
    ]
    for case in comparison.cases:
        if case.measures:
            lines += ["", _code(case.case_id), "", *_table([measure_row(m) for m in case.measures])]
    lines += ["", "</details>", ""]
    return "\n".join(lines)


def _table(rows: list[list[str]]) -> list[str]:
    lines = ["| " + " | ".join(MEASURE_HEADER) + " |", "|---|---:|---:|---:|---:|---|"]
    return lines + [
        "| " + " | ".join([_code(row[0]), *map(escape, row[1:])]) + " |" for row in rows
    ]
