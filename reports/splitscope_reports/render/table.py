"""Aligned text tables for the console, and the comparison as such tables."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence

from splitscope_reports.compare import CaseComparison, Comparison, MeasureComparison
from splitscope_reports.console import OUT
from splitscope_reports.names import shortened, visible
from splitscope_reports.units import NOT_MEASURED, format_delta, format_measure, three_digits
from splitscope_reports.verdicts import COLOURS, NOT_JUDGED, PASS

# Longer names are cut in the middle: a table as wide as its longest name would be of no use.
_NAME = 160


def wants_colour() -> bool:
    return os.isatty(OUT) and not os.environ.get("NO_COLOR")


def text_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()
) -> str:
    """Columns as wide as their widest cell; `right` lists the columns aligned to the right. Cells
    may hold any characters."""
    rows = [[visible(cell) for cell in row] for row in rows]
    widths = [max(_width(row[column]) for row in [header, *rows]) for column in range(len(header))]

    def line(row: Sequence[str]) -> str:
        cells = []
        for column, (cell, width) in enumerate(zip(row, widths)):
            padding = " " * (width - _width(cell))
            cells.append(padding + cell if column in right else cell + padding)
        return "  ".join(cells).rstrip()

    rule = "  ".join("-" * width for width in widths)
    return "\n".join([line(header), rule, *(line(row) for row in rows)])


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def measure_row(measure: MeasureComparison) -> list[str]:
    """measure, baseline, new, delta, ratio, verdict"""
    old, new = measure.baseline, measure.new
    return [
        measure.key,
        format_measure(measure.key, old.median if old else None),
        format_measure(measure.key, new.median if new else None),
        NOT_MEASURED if measure.delta is None else format_delta(measure.key, measure.delta),
        NOT_MEASURED if measure.ratio is None else f"{ratio_text(measure.ratio)}",
        measure.verdict,
    ]


def ratio_text(ratio: float) -> str:
    """Four decimals near 1, where a change of an exact figure would vanish in three digits."""
    if 0.9 < ratio < 1.1:
        return f"{ratio:.4f}"
    return three_digits(ratio) if ratio >= 0.1 else f"{ratio:.4f}"


MEASURE_HEADER = ("measure", "baseline", "new", "delta", "new/base", "verdict")


def comparison_text(comparison: Comparison, colour: bool = False, verbose: bool = False) -> str:
    """Every case in one line, the gravest first; the measures of cases that did not pass, peaks
    first, or with `verbose` of all."""
    lines = [
        visible(f"baseline  {comparison.baseline.name} ({comparison.baseline.label})"),
        visible(f"new       {comparison.new.name} ({comparison.new.label})"),
    ]
    for name, side in (("baseline", comparison.baseline), ("new run", comparison.new)):
        if side.incomplete:
            lines.append(f"note      the {name} did not finish: {side.incomplete}")
    if comparison.only:
        lines.append(visible(f"classes   {', '.join(comparison.only)} only"))
    for key, old, new in comparison.machine_differences:
        lines.append(visible(f"machine   {key}: {old} -> {new}"))
    lines.append("")
    cases = comparison.by_weight
    rows = [
        [case.verdict, shortened(case.case_id, _NAME), _short(visible(case.reason))]
        for case in cases
    ]
    if rows:
        lines.append(_paint(text_table(("verdict", "case", "why"), rows), cases, colour))
    for case in cases:
        shown = list(case.measures) if verbose else case.moved
        if not shown:
            continue
        table = text_table(
            MEASURE_HEADER, [measure_row(measure) for measure in shown], (1, 2, 3, 4)
        )
        name = visible(shortened(case.case_id, _NAME))
        lines += ["", name, "  " + table.replace("\n", "\n  ")]
        lines += [visible(f"  {line}") for line in _remarks(case, shown)]
    return "\n".join(lines) + "\n"


def _remarks(case: CaseComparison, shown: Sequence[MeasureComparison]) -> list[str]:
    told = [
        f"{measure.key}: {measure.reason}"
        for measure in shown
        if measure.noisy and measure.verdict not in (PASS, NOT_JUDGED)
    ]
    allowed = [
        f"{measure.key}: allowed because: {measure.rule.override_reason}"
        for measure in shown
        if measure.rule and measure.rule.override_reason
    ]
    return [*told, *allowed, *(f"note: {note}" for note in case.notes)]


def _short(reason: str, limit: int = 110) -> str:
    return reason if len(reason) <= limit else reason[: limit - 3] + "..."


def _paint(table: str, cases: Sequence[CaseComparison], colour: bool) -> str:
    if not colour:
        return table
    lines = table.split("\n")
    for index, case in enumerate(cases, start=2):
        code = COLOURS[case.verdict]
        lines[index] = f"\x1b[{code}m{case.verdict}\x1b[0m" + lines[index][len(case.verdict) :]
    return "\n".join(lines)
