"""The end of a report: what was not measured and why, and the machine."""

from __future__ import annotations

from splitscope_reports.render.markup import code, escape, folded, table
from splitscope_reports.results import Results


def not_measured(results: Results) -> str:
    """Measures that share reason and cases share a row."""
    by_measure: dict[tuple[str, str], list[str]] = {}
    for case in results.cases.values():
        ok = len(case.ok_samples)
        for measure, reason in case.absent.items():
            have = case.stats[measure].samples if measure in case.stats else 0
            partly = f" ({ok - have} of {ok} repetitions)" if have else ""
            by_measure.setdefault((reason, measure), []).append(case.key.id + partly)
    rows: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (reason, measure), case_ids in by_measure.items():
        rows.setdefault((reason, tuple(case_ids)), []).append(measure)
    whole = {case.key.id for case in results.cases.values() if case.ok_samples}

    def where(case_ids: tuple[str, ...]) -> str:
        if set(case_ids) == whole:
            return "all cases"
        listed = "<br>".join(map(code, case_ids))
        if len(case_ids) <= 2:
            return listed
        return (
            f"<details><summary>{len(case_ids)} of {len(whole)} cases</summary>{listed}</details>"
        )

    body = table(
        ["measures", "why", "where"],
        [
            ["<br>".join(map(code, measures)), escape(reason), where(case_ids)]
            for (reason, case_ids), measures in rows.items()
        ],
    )
    if not rows:
        body = "<p>Every measure was taken in every case that ended well.</p>"
    return f'<section id="not-measured"><h2>What was not measured, and why</h2>{body}</section>'


def machine(results: Results) -> str:
    context = results.context
    rows = [
        [code(key), escape(_plain(value))]
        for key, value in context.items()
        if key not in ("machine_class", "caches")
    ]
    equal = [[code(key), escape(value)] for key, value in sorted(results.machine_class.items())]
    return (
        '<section id="machine"><h2>Machine and build</h2>'
        "<p>Heap figures are comparable only where all of this is equal:</p>"
        f"{table(['machine class', 'value'], equal)}"
        f"{folded('Everything else about the run', table(['context', 'value'], rows), False)}"
        "</section>"
    )


def _plain(value: object) -> str:
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
