"""A comparison, and the summary of a run, as Markdown: for a pull request comment or a job summary.

What changed comes first, peaks before all else; the rest is in a fold. Comments have a limit of
65,536 characters on the usual places: whatever the results, a comparison stays below 60,000, and says
what was left out.
"""

from __future__ import annotations

from typing import Any

from splitscope_reports.compare import CaseComparison, Comparison
from splitscope_reports.gate import Decision
from splitscope_reports.render.case_tables import group_title, key_columns, key_rows, run_title
from splitscope_reports.render.table import MEASURE_HEADER, measure_row
from splitscope_reports.render.templates import template
from splitscope_reports.results import Results, by_group
from splitscope_reports.verdicts import NOT_JUDGED, PASS

LIMIT = 60_000

# Keys of the machine class that are shown.
_KEYS = 20
# Cases whose measures stand open; those of further ones are in the fold.
_OPEN_CASES = 10
# Of a case that moved; the rest is in the fold.
_OPEN_MEASURES = 12
# What the fold and the closing lines need beyond their tables.
_RESERVE = 1_000


class _Budget:
    """Collects pieces as long as there is room for them."""

    def __init__(self, room: int):
        self.text = ""
        self._room = room

    def add(self, piece: str) -> bool:
        """The whole piece, or nothing."""
        # Bytes, which are never fewer than characters.
        size = len(piece.encode("utf-8", "backslashreplace"))
        if size > self._room:
            return False
        self._room -= size
        self.text += piece
        return True

    def add_reserved(self, piece: str) -> None:
        self.text += piece


def comparison_markdown(
    comparison: Comparison, decision: Decision | None = None, title: str = "splitscope comparison"
) -> str:
    pieces: Any = template("comparison.md.j2").module
    text = _Budget(LIMIT - _RESERVE)
    text.add(pieces.head(comparison, decision, title))
    if comparison.machine_differences:
        text.add(pieces.machine_head())
        for difference in comparison.machine_differences[:_KEYS]:
            text.add(pieces.machine_row(*difference))
    if decision and decision.refused:
        return text.text
    noteworthy = [
        case for case in comparison.by_weight if case.verdict not in (PASS, NOT_JUDGED)
    ]
    unshown = _verdicts(text, pieces, noteworthy)
    _moved(text, pieces, noteworthy)
    notes = [(case.case_id, note) for case in comparison.cases for note in case.notes]
    for index, note in enumerate(notes):
        if not text.add(("" if index else "\n") + pieces.note(*note)):
            break
    _fold(text, pieces, comparison, unshown)
    return text.text


def _verdicts(text: _Budget, pieces: Any, cases: list[CaseComparison]) -> int:
    """A row for each case that did not pass; returns for how many there was no room."""
    if not cases:
        return 0
    text.add(pieces.verdict_head())
    # Half of the room is for what moved in them.
    budget = _Budget((LIMIT - _RESERVE) // 2)
    for index, case in enumerate(cases):
        row = pieces.verdict_row(case)
        if not budget.add(row) or not text.add(row):
            return len(cases) - index
    return 0


def _moved(text: _Budget, pieces: Any, cases: list[CaseComparison]) -> None:
    """The measures that moved in the first cases."""
    opened = 0
    for case in cases:
        rows = [measure_row(measure) for measure in case.moved]
        if not rows:
            continue
        more = max(0, len(rows) - _OPEN_MEASURES)
        piece = pieces.measures(case, MEASURE_HEADER, rows[:_OPEN_MEASURES], more)
        if opened == _OPEN_CASES or not text.add(piece):
            break
        opened += 1


def _fold(text: _Budget, pieces: Any, comparison: Comparison, unshown: int) -> None:
    """All measures, as far as there is room, and lines about the rest."""
    cases = [case for case in comparison.by_weight if case.measures]
    text.add_reserved(pieces.fold_begin(len(cases), comparison.count(PASS)))
    shown = 0
    for case in cases:
        rows = [measure_row(measure) for measure in case.measures if measure.verdict != NOT_JUDGED]
        if not text.add(pieces.measures(case, MEASURE_HEADER, rows, 0)):
            break
        shown += 1
    unjudged = sum(len(case.with_verdict(NOT_JUDGED)) for case in cases)
    text.add_reserved(pieces.fold_end(len(cases), len(cases) - shown, unjudged, unshown))


def summary_markdown(results: Results) -> str:
    context, cases = results.context, list(results.cases.values())
    failed = len(results.failed_cases)
    if failed:
        ending = f"{failed} of {len(cases)} cases failed."
    else:
        ending = f"{'All ' if len(cases) > 1 else ''}{len(cases)} case{'s' * (len(cases) != 1)} ok."
    commit = (context["commit"] or "unknown commit") + (" (with changes)" if context["dirty"] else "")
    facts = [
        context["date"], f"splitscope {context['splitscope_version']} at {commit}",
        context["cpu_model"], f"{context['num_cpus']} CPUs", f"Linux {context['kernel']}",
        context["os"], context["filesystem"] or "unknown file system",
        f"THP {context['thp_mode'] or 'unknown'}",
    ]  # fmt: skip
    groups = [
        {
            "title": group_title(group),
            "columns": [title for title, _ in key_columns(members)],
            "rows": key_rows(members),
            "failures": [(case, case.failures[0]) for case in members if case.failures],
        }
        for group, members in by_group(cases).items()
    ]
    return template("summary.md.j2").render(
        title=run_title(results), results=results, ending=ending, machine=", ".join(facts),
        repetitions="–".join(map(str, dict.fromkeys(results.repetitions))), groups=groups,
    )  # fmt: skip
