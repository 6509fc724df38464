"""The end of a report: what was not measured and why, and the machine."""

from __future__ import annotations

from collections.abc import Iterator

from splitscope_reports.results import Results


def not_measured(results: Results) -> list[dict]:
    """Measures, why, and in which cases; an empty list of cases stands for all. Measures that share
    reason and cases share a row."""
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
    return [
        {"measures": measures, "reason": reason, "of": len(whole),
         "cases": [] if set(case_ids) == whole else case_ids}
        for (reason, case_ids), measures in rows.items()
    ]  # fmt: skip


def context_rows(results: Results) -> Iterator[tuple[str, str]]:
    """All about the run that has no place of its own on the page."""
    for key, value in results.context.items():
        if key not in ("machine_class", "caches"):
            yield key, _plain(value)


def _plain(value: object) -> str:
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
