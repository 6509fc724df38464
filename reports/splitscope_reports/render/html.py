"""The report: one page that needs nothing but itself, and the pictures once more as files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from splitscope_reports.compare import IMPROVED, NEW, NOT_JUDGED, PASS, UNSTABLE, Comparison
from splitscope_reports.findings import findings
from splitscope_reports.gate import decide
from splitscope_reports.names import shortened
from splitscope_reports.render.appendix import machine, not_measured
from splitscope_reports.render.case_tables import key_table, measure_table, phase_table
from splitscope_reports.render.figure import COLOURS, to_inline_svg, to_png, to_svg
from splitscope_reports.render.markup import BEST, code, escape, folded, marked, strategy_head, table
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
from splitscope_reports.results import Case, Results, Sample, by_group
from splitscope_reports.units import NOT_MEASURED, format_bytes, format_ratio

STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")

# Longer names are cut in the middle where they head a picture.
_NAME = 200

# From so many groups on, the long parts of each are folded away.
_FOLD_FROM = 9

# Folded parts would stay folded on paper.
_PRINT_SCRIPT = (
    "addEventListener('beforeprint',()=>document.querySelectorAll('details')"
    ".forEach(d=>d.open=true))"
)

_PEAK_NOTE = (
    "Bars are medians, whiskers reach from the least to the greatest repetition. "
    "Peaks of different kinds fall at different moments: <b>they do not add up to the total</b>. "
    "File pages are cache that the kernel may drop; anonymous pages and heap it may not."
)


def write_report(
    results: Results, folder: Path, comparison: Comparison | None = None
) -> list[Path]:
    """Writes index.html and plots/; returns what was written. Equal results give equal bytes."""
    plots = folder / "plots"
    plots.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    sections = _workload_sections(results, plots, written)
    page = "\n".join([
        _head(results), _unfinished(results), _failures(results), _findings(results),
        _against_baseline(comparison) if comparison else "", _overview(results), *sections,
        not_measured(results), machine(results), "</main></body></html>\n",
    ])  # fmt: skip
    index = folder / "index.html"
    index.write_text(page, encoding="utf-8")
    return [index, *written]


def _title(results: Results) -> str:
    suite = results.context["suite"]
    return f"Suite {suite}" if suite else "Run"


def _head(results: Results) -> str:
    context, cases = results.context, list(results.cases.values())
    failed = len(results.failed_cases)
    repetitions = sorted({len(case.samples) for case in cases})
    spans = "–".join(map(str, dict.fromkeys((repetitions[0], repetitions[-1])))) if cases else "0"
    commit = (context["commit"] or "unknown")[:12] + (" + changes" if context["dirty"] else "")
    facts = [
        ("cases", str(len(cases)), ""), ("failed", str(failed), "bad" if failed else ""),
        ("repetitions", spans, ""), ("date", context["date"][:16].replace("T", " "), ""),
        ("commit", commit, ""), ("version", context["splitscope_version"], ""),
        ("kernel", context["kernel"], ""), ("processor", context["cpu_model"], ""),
    ]  # fmt: skip
    tiles = "".join(
        f'<div class="{kind}"><dt>{name}</dt><dd>{escape(value)}</dd></div>'
        for name, value, kind in facts
    )
    links = "".join(
        f'<li><a href="#w{number}">{escape(workload)}</a></li>'
        for number, workload in enumerate(_workloads(results), start=1)
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>splitscope: {escape(_title(results))}</title>\n<style>\n{STYLE}</style>"
        f"<script>{_PRINT_SCRIPT}</script></head>\n<body><main>\n"
        f"<h1>splitscope: {escape(_title(results))}</h1>\n"
        f'<p class="faint">{code(context["command_line"])}</p>\n<dl class="facts">{tiles}</dl>\n'
        f'<nav><ul>{links}<li><a href="#not-measured">not measured</a></li>'
        f'<li><a href="#machine">machine</a></li></ul></nav>'
    )


def _unfinished(results: Results) -> str:
    if results.complete:
        return ""
    return (
        '<section class="box bad" id="incomplete"><h2>This run did not finish</h2>'
        f"<p>It has {escape(results.progress)}. What is missing was not measured; "
        f"{code('run --resume')} goes on from here.</p></section>"
    )


def _failures(results: Results) -> str:
    rows = []
    for case in results.failed_cases:
        for sample in case.failures:
            rows.append(
                [
                    code(case.key.id),
                    f"{sample.repetition + 1} of {len(case.samples)}",
                    f'<span class="verdict v-failed">{escape(sample.status)}</span>',
                    escape(sample.message or ""),
                ]
            )
    if not rows:
        return ""
    count = len(results.failed_cases)
    body = table(["case", "repetition", "ended as", "message"], rows)
    return (
        f'<section class="box bad" id="failed"><h2>{count} of {len(results.cases)} cases failed'
        f"</h2>{body}</section>"
    )


def _findings(results: Results) -> str:
    found = findings(results)
    if not found:
        return ""
    warnings = "".join(
        f'<div class="box warn">{marked(item.text)}</div>' for item in found if item.warning
    )
    told = [f"<li>{marked(item.text)}</li>" for item in found if not item.warning]
    shown, rest = told[:_FOLD_FROM], told[_FOLD_FROM:]
    more = (
        f"<details><summary>{len(rest)} more findings</summary>"
        f'<ul class="findings">{"".join(rest)}</ul></details>'
        if rest
        else ""
    )
    return (
        f"<section><h2>Key findings</h2>{warnings}"
        f'<ul class="findings">{"".join(shown)}</ul>{more}</section>'
    )


def _against_baseline(comparison: Comparison) -> str:
    decision = decide(comparison)
    kind = {0: "good", 4: "warn"}.get(decision.exit_code, "bad")
    rows = [
        [_verdict(case.verdict), code(case.case_id), escape(case.reason)]
        for case in comparison.by_weight
        if case.verdict not in (PASS, NEW, NOT_JUDGED)
    ]
    parts = [
        f'<section id="baseline"><h2>Against the baseline</h2>'
        f'<p class="faint">{escape(comparison.baseline.label)}</p>'
        f'<div class="box {kind}"><b>{escape(decision.headline)}</b></div>'
    ]
    if rows:
        parts.append(table(["verdict", "case", "why"], rows))
    changed = []
    for case in comparison.by_weight:
        moved = [measure_row(measure) for measure in case.moved]
        if moved:
            changed.append([code(case.case_id)])
            changed += [
                [code(cells[0]), *map(escape, cells[1:5]), _verdict(cells[5])] for cells in moved
            ]
    if changed:
        body = table(MEASURE_HEADER, changed, numeric=(1, 2, 3, 4), head=True)
        parts.append(folded("What moved", body, len(changed) <= 24))
    fresh = [code(case.case_id) for case in comparison.with_verdict(NEW)]
    if fresh:
        parts.append(
            folded(f"{len(fresh)} cases that the baseline does not know", "<br>".join(fresh), False)
        )
    counts = ", ".join(
        f"{comparison.count(verdict)} {verdict}"
        for verdict in (PASS, IMPROVED, UNSTABLE)
        if comparison.count(verdict)
    )
    parts.append(f'<p class="faint">{counts}</p></section>' if counts else "</section>")
    return "\n".join(parts)


def _verdict(verdict: str) -> str:
    return f'<span class="verdict v-{verdict.replace(" ", "-")}">{verdict}</span>'


def _overview(results: Results) -> str:
    groups = by_group(results.cases.values())
    strategies = list(
        dict.fromkeys(
            case.key.strategy for cases in groups.values() for case in cases if len(cases) > 1
        )
    )
    rows = []
    for number, (group, cases) in enumerate(groups.items(), start=1):
        if len(cases) < 2:
            continue
        by_strategy = {case.key.strategy: case for case in cases}
        peaks = [case.median("net_peak_rss_bytes") for case in cases]
        least = min((peak for peak in peaks if peak is not None), default=None)
        cells = [f'<a href="#g{number}">{escape(_group_name(group))}</a>']
        for strategy in strategies:
            cells.append(_overview_cell(by_strategy.get(strategy), least))
        rows.append(cells)
    if not rows:
        return ""
    header = ["workload and input", *(strategy_head(strategy) for strategy in strategies)]
    body = table(header, rows, numeric=range(1, len(header)), head=True, raw_header=True)
    return (
        "<section><h2>Overview</h2><p>Net peak of resident memory as a multiple of the input, "
        f"and the exact peak of the heap. Marked: the least of the row.</p>{body}</section>"
    )


def _overview_cell(case: Case | None, least: float | None) -> str:
    if case is None:
        return NOT_MEASURED
    peak, heap = case.median("net_peak_rss_bytes"), case.median("peak_heap_bytes")
    if peak is None:
        return (
            f'<span class="verdict v-failed">{escape(case.failures[0].status)}</span>'
            if case.failures
            else NOT_MEASURED
        )
    text = format_ratio(peak / case.input_bytes) if case.input_bytes else format_bytes(peak)
    below = f"<small>heap {format_bytes(heap)}</small>" if heap is not None else ""
    partial = (
        "" if case.ok else f'<small class="v-failed">{escape(case.failures[0].status)}</small>'
    )
    return (BEST if peak == least else "") + text + below + partial


def _group_name(group: tuple[str, str, str, int, str]) -> str:
    workload, input_name, allocator, concurrency, cache = group
    return f"{workload} · {input_name} · {allocator} · c{concurrency} · {cache}"


def _workloads(results: Results) -> list[str]:
    """In the order of their sections. Links and files go by number: a name that is spelled like
    another, or that no file may have, is still a name."""
    return list(dict.fromkeys(group[0] for group in by_group(results.cases.values())))


def _workload_sections(results: Results, plots: Path, written: list[Path]) -> Iterable[str]:
    groups = by_group(results.cases.values())
    fold = len(groups) >= _FOLD_FROM
    workloads = _workloads(results)
    current = None
    for number, (group, cases) in enumerate(groups.items(), start=1):
        if group[0] != current:
            current = group[0]
            place = workloads.index(current) + 1
            yield f'<h2 id="w{place}">{escape(current)}</h2>'
        yield _group_section(group, cases, number, plots, written, fold)


def _group_section(
    group: tuple[str, str, str, int, str],
    cases: list[Case],
    number: int,
    plots: Path,
    written: list[Path],
    fold: bool,
) -> str:
    _, input_name, allocator, concurrency, cache = group
    size = next((case.input_bytes for case in cases if case.input_bytes), None)
    facts = [
        f"{format_bytes(size)} of input" if size else "no input",
        f"allocator {allocator}",
        f"{concurrency} at once",
        f"page cache {cache}",
        f"pictures plots/{number:02d}-*",
    ]
    stem = f"{number:02d}"
    parts = [
        f'<section id="g{number}"><h3>{escape(input_name)}</h3>',
        f'<p class="faint">{escape(" · ".join(facts))}</p>',
        key_table(cases),
    ]
    if any(key in case.stats for case in cases for _, key, _ in KINDS):
        figure = plot_peak(cases)
        _save(plots / f"{stem}-peak", figure, written, svg=True)
        parts.append(
            f'<figure class="peak">{to_inline_svg(figure, f"p{number}")}'
            f"<figcaption>{_PEAK_NOTE}</figcaption></figure>"
        )
    samples = [sample for case in cases if (sample := typical_sample(case))]
    if samples:
        parts.append(
            folded("Memory over time", _timelines(samples, number, stem, plots, written), not fold)
        )
    keys = dict.fromkeys(key for case in cases for key in case.stats)
    if keys:
        parts.append(folded(f"All {len(keys)} measures", measure_table(cases, list(keys)), False))
    return "\n".join([*parts, "</section>"])


def _timelines(
    samples: list[Sample], number: int, stem: str, plots: Path, written: list[Path]
) -> str:
    scale = make_scale(samples)
    _save(plots / f"{stem}-timeline", plot_timelines(samples, scale), written)
    legend = [("anon", "anonymous pages", ""), ("file", "file pages", "")]
    if shares_pages(samples):
        legend.append(("shmem", "shared pages", ""))
    if any(row[4] is not None for sample in samples for row in sample.timeline):
        legend.append(("heap", "live heap", "line"))
    keys = "".join(
        f'<span><i class="{kind}" style="background:{COLOURS[colour]}"></i>{label}</span>'
        for colour, label, kind in legend
    )
    panels = []
    for index, sample in enumerate(samples):
        svg = to_inline_svg(plot_panel(sample, scale), f"t{number}-{index}")
        panels.append(
            f"<figure><figcaption><b>{escape(shortened(sample.key.strategy, _NAME))}</b>"
            f"<span>highest {format_bytes(highest_total(sample))}</span></figcaption>"
            f"{svg}</figure>"
        )
    return (
        f'<div class="legend">{keys}</div><div class="panels">{"".join(panels)}</div>'
        '<p class="faint">The repetition with the median peak. Areas are stacked: in every '
        "sample, anonymous, file and shared pages add up to the resident set. Bands are phases; "
        f"all panels share their scales.</p>{phase_table(samples, scale.numbers)}"
    )


def _save(stem: Path, figure, written: list[Path], svg: bool = False) -> None:
    png = stem.with_name(stem.name + ".png")
    png.write_bytes(to_png(figure))
    written.append(png)
    if svg:
        path = stem.with_name(stem.name + ".svg")
        path.write_text(to_svg(figure), encoding="utf-8")
        written.append(path)
