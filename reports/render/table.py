"""Aligned text tables for the console, and the comparison as such tables."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from typing import IO

from reports.compare import (
    FAILED,
    IMPROVED,
    INCOMPARABLE,
    MISSING,
    NEW,
    PASS,
    REGRESSED,
    UNSTABLE,
    CaseComparison,
    Comparison,
    MeasureComparison,
)
from reports.units import NOT_MEASURED, format_delta, format_measure, three_digits

_COLOURS = {
    FAILED: "31;1",
    REGRESSED: "31;1",
    MISSING: "31",
    INCOMPARABLE: "33",
    UNSTABLE: "33",
    IMPROVED: "32",
    NEW: "36",
    PASS: "32",
}


def wants_colour(stream: IO[str]) -> bool:
    return stream.isatty() and "NO_COLOR" not in os.environ


def text_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()
) -> str:
    """Columns as wide as their widest cell; `right` lists the columns aligned to the right."""
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
    """Every case in one line; the measures of cases that did not pass, or with `verbose` of all."""
    lines = [
        f"baseline  {comparison.baseline.name} ({comparison.baseline.label})",
        f"new       {comparison.new.name} ({comparison.new.label})",
    ]
    if comparison.only:
        lines.append(f"classes   {', '.join(comparison.only)} only")
    for key, old, new in comparison.machine_differences:
        lines.append(f"machine   {key}: {old} -> {new}")
    lines.append("")
    rows = [[case.verdict, case.case_id, _short(case.reason)] for case in comparison.cases]
    if rows:
        lines.append(_paint(text_table(("verdict", "case", "why"), rows), comparison.cases, colour))
    for case in comparison.cases:
        shown = [measure for measure in case.measures if verbose or measure.verdict != PASS]
        if comparison.machine_differences and not verbose or not shown:
            continue
        table = text_table(
            MEASURE_HEADER, [measure_row(measure) for measure in shown], (1, 2, 3, 4)
        )
        lines += ["", case.case_id, "  " + table.replace("\n", "\n  ")]
        lines += [
            f"  {measure.key}: allowed because: {measure.rule.override_reason}"
            for measure in shown
            if measure.rule and measure.rule.override_reason
        ]
        lines += [f"  note: {note}" for note in case.notes]
    return "\n".join(lines) + "\n"


def _short(reason: str, limit: int = 110) -> str:
    return reason if len(reason) <= limit else reason[: limit - 3] + "..."


def _paint(table: str, cases: Sequence[CaseComparison], colour: bool) -> str:
    if not colour:
        return table
    lines = table.split("\n")
    for index, case in enumerate(cases, start=2):
        code = _COLOURS[case.verdict]
        lines[index] = f"\x1b[{code}m{case.verdict}\x1b[0m" + lines[index][len(case.verdict) :]
    return "\n".join(lines)
