"""Tables of one group of cases: the key figures, every measure, and the phases."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from splitscope_reports.measures import grouped, higher_is_better, is_neutral
from splitscope_reports.render.markup import BEST, code, escape, strategy_head, table
from splitscope_reports.results import Case, Sample, Stat
from splitscope_reports.units import (
    NOT_MEASURED,
    format_bytes,
    format_measure,
    format_ms,
    format_ratio,
    format_spread,
)

_KEY_COLUMNS = (
    ("heap peak, exact", "peak_heap_bytes"), ("net anonymous peak", "net_peak_rss_anon_bytes"),
    ("file pages peak", "peak_rss_file_bytes"), ("net resident peak", "net_peak_rss_bytes"),
    ("× input", "amplification"), ("wall time", "wall_ms"), ("bytes copied", "bytes_copied"),
    ("allocations", "heap_allocations"),
)  # fmt: skip


def key_table(cases: Sequence[Case]) -> str:
    columns = [
        (title, key) for title, key in _KEY_COLUMNS if any(key in case.stats for case in cases)
    ]
    claims = any(case.expected_peak_bytes is not None for case in cases)
    best = {key: _best(cases, key) for _, key in columns}
    rows = []
    for case in cases:
        cells = [code(case.key.strategy) + _ending(case)]
        for _, key in columns:
            cells.append(_cell(case.stats.get(key), key, best[key], _two_lines))
        if claims:
            cells.append(_claim(case))
        rows.append(cells)
    header = ["strategy", *(title for title, _ in columns), *(["claimed peak"] if claims else [])]
    return table(header, rows, numeric=range(1, len(header)), head=True)


def _ending(case: Case) -> str:
    if case.ok:
        return ""
    statuses = ", ".join(sorted({sample.status for sample in case.failures}))
    return (
        f'<br><small class="verdict v-failed">{escape(statuses)}, '
        f"{len(case.failures)} of {len(case.samples)}</small>"
    )


def _claim(case: Case) -> str:
    """What the strategy says reaching the bytes costs, and the measured figure relative to it."""
    claim, peak = case.expected_peak_bytes, case.median("net_peak_rss_bytes")
    if claim is None:
        return NOT_MEASURED
    relation = f"<small>measured {format_ratio(peak / claim)}</small>" if claim and peak else ""
    return format_bytes(claim) + relation


def measure_table(cases: Sequence[Case], keys: Sequence[str]) -> str:
    rows: list[list[str]] = []
    for group, members in grouped(keys).items():
        rows.append([escape(group)])
        for key in members:
            best = _best(cases, key)
            rows.append(
                [code(key), *(_cell(case.stats.get(key), key, best, _two_lines) for case in cases)]
            )
    header = ["measure", *(strategy_head(case.key.strategy) for case in cases)]
    note = (
        '<p class="faint">Median, and below it least and greatest of the repetitions where they '
        "differ. Marked: the best of the row.</p>"
    )
    return note + table(header, rows, numeric=range(1, len(header)), head=True, raw_header=True)


def _cell(
    stat: Stat | None, key: str, best: float | None, render: Callable[[str, Stat], str]
) -> str:
    if stat is None:
        return NOT_MEASURED
    return (BEST if stat.median == best else "") + render(key, stat)


def _two_lines(key: str, stat: Stat) -> str:
    middle, _, spread = format_spread(key, stat.min, stat.median, stat.max).partition(" [")
    return middle + (f"<small>[{spread}</small>" if spread else "")


def _best(cases: Sequence[Case], key: str) -> float | None:
    """None where nothing is better than anything else."""
    medians = [stat.median for case in cases if (stat := case.stats.get(key))]
    # Figures that read alike are alike.
    if is_neutral(key) or len({format_measure(key, value) for value in medians}) < 2:
        return None
    return max(medians) if higher_is_better(key) else min(medians)


def phase_table(samples: Sequence[Sample], numbers: dict[str, int]) -> str:
    """Per phase and strategy: time, and the peak of the heap. Repeated phases are summed."""
    if not numbers:
        return ""
    rows = []
    for name, number in numbers.items():
        cells = [f"{number} {escape(name)}"]
        for sample in samples:
            phases = [phase for phase in sample.phases if phase.name == name]
            peaks = [phase.peak_heap_bytes for phase in phases if phase.peak_heap_bytes is not None]
            if not phases:
                cells.append(NOT_MEASURED)
                continue
            spent = sum(phase.end_us - phase.start_us for phase in phases) / 1000
            heap = f"<small>heap {format_bytes(max(peaks))}</small>" if peaks else ""
            cells.append(format_ms(spent) + heap)
        rows.append(cells)
    header = ["phase", *(strategy_head(sample.key.strategy) for sample in samples)]
    body = table(header, rows, numeric=range(1, len(header)), head=True, raw_header=True)
    if len(rows) <= 12:
        return body
    return f"<details><summary>{len(rows)} phases</summary>{body}</details>"
