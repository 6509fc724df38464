"""The report: one page that needs nothing but itself, the pictures once more as files, a summary."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from splitscope_reports.compare import Comparison
from splitscope_reports.findings import findings
from splitscope_reports.gate import decide
from splitscope_reports.names import shortened
from splitscope_reports.render.appendix import context_rows, not_measured
from splitscope_reports.render.case_tables import (
    Group,
    Row,
    claims,
    group_title,
    key_columns,
    key_rows,
    measure_rows,
    overview_cell,
    phase_rows,
    process_rows,
    run_title,
)
from splitscope_reports.render.figure import COLOURS, to_inline_svg, to_png, to_svg
from splitscope_reports.render.markdown import summary_markdown
from splitscope_reports.render.plot_peak import KINDS, plot_peak
from splitscope_reports.render.plot_timeline import (
    highest_total,
    make_scale,
    plot_panel,
    plot_timelines,
    shares_pages,
    typical_sample,
)
from splitscope_reports.render.table import MEASURE_HEADER, measure_row
from splitscope_reports.render.templates import markup, template
from splitscope_reports.results import Case, Results, Sample, by_group
from splitscope_reports.units import format_bytes
from splitscope_reports.verdicts import IMPROVED, NEW, NOT_JUDGED, PASS, UNSTABLE

# Longer names are cut in the middle where they head a picture.
_NAME = 200

# From so many groups on, the long parts of each are folded away.
_FOLD_FROM = 9


def write_report(
    results: Results, folder: Path, comparison: Comparison | None = None
) -> list[Path]:
    """Writes index.html, summary.md and plots/; returns what was written. Equal results give equal
    bytes. Errors: ReportError where the template engine is missing."""
    page = template("report.html.j2")
    plots = folder / "plots"
    plots.mkdir(parents=True, exist_ok=True)
    written = [folder / "index.html", folder / "summary.md"]
    groups = by_group(results.cases.values())
    text = page.render(
        title=run_title(results), results=results, facts=_facts(results), findings=findings(results),
        fold_from=_FOLD_FROM, comparison=_against(comparison) if comparison else None,
        overview=_overview(groups), workloads=_workloads(groups, plots, written),
        absent=not_measured(results), context_rows=list(context_rows(results)),
    )  # fmt: skip
    written[0].write_text(text, encoding="utf-8")
    written[1].write_text(summary_markdown(results), encoding="utf-8")
    return written


def _facts(results: Results) -> list[tuple[str, str, str]]:
    """Name, value and class of the tiles at the head."""
    context, failed = results.context, len(results.failed_cases)
    spans = "–".join(map(str, dict.fromkeys(results.repetitions)))
    commit = (context["commit"] or "unknown")[:12] + (" + changes" if context["dirty"] else "")
    return [
        ("cases", str(len(results.cases)), ""), ("failed", str(failed), "bad" if failed else ""),
        ("repetitions", spans, ""), ("date", context["date"][:16].replace("T", " "), ""),
        ("commit", commit, ""), ("version", context["splitscope_version"], ""),
        ("kernel", context["kernel"], ""), ("processor", context["cpu_model"], ""),
    ]  # fmt: skip


def _against(comparison: Comparison) -> dict[str, Any]:
    decision = decide(comparison)
    return {
        "label": comparison.baseline.label,
        "headline": decision.headline,
        "kind": {0: "good", 4: "warn"}.get(decision.exit_code, "bad"),
        "cases": [case for case in comparison.by_weight
                  if case.verdict not in (PASS, NEW, NOT_JUDGED)],
        "header": MEASURE_HEADER,
        "moved": [(case, [measure_row(measure) for measure in case.moved])
                  for case in comparison.by_weight if case.moved],
        "new": [case.case_id for case in comparison.with_verdict(NEW)],
        "counts": ", ".join(f"{comparison.count(verdict)} {verdict}"
                            for verdict in (PASS, IMPROVED, UNSTABLE)
                            if comparison.count(verdict)),
    }  # fmt: skip


def _overview(groups: dict[Group, list[Case]]) -> dict[str, Any]:
    """Groups of several cases by strategies; each row with the number of its group."""
    several = {group: cases for group, cases in groups.items() if len(cases) > 1}
    strategies = list(dict.fromkeys(case.key.strategy for cases in several.values() for case in cases))
    rows = []
    for number, (group, cases) in enumerate(groups.items(), start=1):
        if group not in several:
            continue
        by_strategy = {case.key.strategy: case for case in cases}
        peaks = [case.median("net_peak_rss_bytes") for case in cases]
        least = min((peak for peak in peaks if peak is not None), default=None)
        cells = tuple(overview_cell(by_strategy.get(strategy), least) for strategy in strategies)
        rows.append((number, Row(group_title(group), cells)))
    return {"strategies": strategies, "rows": rows}


def _workloads(
    groups: dict[Group, list[Case]], plots: Path, written: list[Path]
) -> list[dict[str, Any]]:
    """Name and groups of each, in the order of their sections. Links and files go by number: a name
    that is spelled like another, or that no file may have, is still a name."""
    found: dict[str, list[dict[str, Any]]] = {}
    for number, (group, cases) in enumerate(groups.items(), start=1):
        found.setdefault(group[0], []).append(_group(group, cases, number, plots, written))
    fold = len(groups) >= _FOLD_FROM
    return [{"name": name, "groups": members, "fold": fold} for name, members in found.items()]


def _group(
    group: Group, cases: list[Case], number: int, plots: Path, written: list[Path]
) -> dict[str, Any]:
    _, input_name, allocator, concurrency, cache = group
    size = next((case.input_bytes for case in cases if case.input_bytes), None)
    stem = f"{number:02d}"
    peaks = None
    if any(key in case.stats for case in cases for _, key, _ in KINDS):
        figure = plot_peak(cases)
        _save(plots / f"{stem}-peak", figure, written, svg=True)
        peaks = markup(to_inline_svg(figure, f"p{number}"))
    samples = [sample for case in cases if (sample := typical_sample(case))]
    keys = list(dict.fromkeys(key for case in cases for key in case.stats))
    return {
        "number": number,
        "input": input_name,
        "facts": [
            f"{format_bytes(size)} of input" if size else "no input", f"allocator {allocator}",
            f"{concurrency} at once", f"page cache {cache}", f"pictures plots/{stem}-*",
        ],
        "strategies": [case.key.strategy for case in cases],
        "key_columns": [title for title, _ in key_columns(cases)],
        "key_rows": key_rows(cases),
        "claims": claims(cases),
        "peaks": peaks,
        "timelines": _timelines(samples, number, stem, plots, written) if samples else None,
        "processes": [
            (case.key.strategy, *rows) for case in cases if (rows := process_rows(case))[0]
        ],
        "measure_count": len(keys),
        "measure_rows": measure_rows(cases, keys),
    }  # fmt: skip


def _timelines(
    samples: list[Sample], number: int, stem: str, plots: Path, written: list[Path]
) -> dict[str, Any]:
    scale = make_scale(samples)
    _save(plots / f"{stem}-timeline", plot_timelines(samples, scale), written)
    return {
        "legend": list(_legend(samples)),
        "panels": [
            (shortened(sample.key.strategy, _NAME), format_bytes(highest_total(sample)),
             markup(to_inline_svg(plot_panel(sample, scale), f"t{number}-{index}")))
            for index, sample in enumerate(samples)
        ],
        "strategies": [sample.key.strategy for sample in samples],
        "phase_rows": phase_rows(samples, scale.numbers),
    }  # fmt: skip


def _legend(samples: list[Sample]) -> Iterator[tuple[str, str, str]]:
    """Colour, text and class of the mark."""
    yield COLOURS["anon"], "anonymous pages", ""
    yield COLOURS["file"], "file pages", ""
    if shares_pages(samples):
        yield COLOURS["shmem"], "shared pages", ""
    if any(row[4] is not None for sample in samples for row in sample.timeline):
        yield COLOURS["heap"], "live heap", "line"


def _save(stem: Path, figure, written: list[Path], svg: bool = False) -> None:
    png = stem.with_name(stem.name + ".png")
    png.write_bytes(to_png(figure))
    written.append(png)
    if svg:
        path = stem.with_name(stem.name + ".svg")
        path.write_text(to_svg(figure), encoding="utf-8")
        written.append(path)
