"""Memory over time: one panel per strategy, all on the same two scales."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from splitscope_reports.render.figure import COLOURS, INK, VISIBLE, label, new_figure, style, text_width
from splitscope_reports.results import Case, Phase, Sample
from splitscope_reports.units import MIB, format_bytes

# Columns of pixels that a panel has, about: finer than that nothing can be seen.
_BINS = 320
_PANEL_WIDTH, _PANEL_HEIGHT = 3.7, 2.15
# More phases than this (one per extracted file, say) are shaded but not named.
_MAX_NAMED = 12


@dataclass(frozen=True)
class Scale:
    """What the panels of a group share."""

    end: float
    time_unit: str
    us_per_unit: float
    top: float
    numbers: dict[str, int]


def typical_sample(case: Case) -> Sample | None:
    """The ok sample whose peak is the median, of those with a timeline that has a length."""
    samples = [sample for sample in case.ok_samples if len(sample.timeline) > 1]
    samples.sort(key=lambda sample: (sample.measures.get("peak_rss_bytes") or 0, sample.repetition))
    return samples[(len(samples) - 1) // 2] if samples else None


def highest_total(sample: Sample) -> int:
    """Resident bytes of the highest sample; the kernel's own mark may lie between two samples."""
    return max(row[1] + row[2] + row[3] for row in sample.timeline)


def phase_numbers(samples: Sequence[Sample]) -> dict[str, int]:
    """Phase name -> number, in the order of their first appearance."""
    names = dict.fromkeys(phase.name for sample in samples for phase in sample.phases)
    return {name: number for number, name in enumerate(names, start=1)}


def make_scale(samples: Sequence[Sample]) -> Scale:
    end_us = max(
        max(sample.timeline[-1][0], max((phase.end_us for phase in sample.phases), default=0))
        for sample in samples
    )
    top = max(
        max(highest_total(sample), *(row[4] or 0 for row in sample.timeline)) for sample in samples
    )
    unit, size = ("s", 1e6) if end_us >= 2e6 else ("ms", 1e3) if end_us >= 2e3 else ("µs", 1.0)
    return Scale(
        max(end_us, 1) / size, unit, size, max(top, 1) / MIB * 1.04, phase_numbers(samples)
    )


def plot_panel(sample: Sample, scale: Scale) -> Figure:
    """One panel of its own, for a page that lays panels out by its width."""
    with style():
        figure = new_figure(_PANEL_WIDTH, _PANEL_HEIGHT)
        axes = figure.add_axes((0.155, 0.205, 0.79, 0.70))
        _draw(axes, sample, scale, _PANEL_WIDTH * 0.79)
        axes.set_ylabel("MiB", labelpad=2)
        axes.set_xlabel(scale.time_unit, labelpad=1)
    return figure


def plot_timelines(samples: Sequence[Sample], scale: Scale) -> Figure:
    """All panels in one picture, with a legend."""
    columns = min(3, len(samples))
    rows = math.ceil(len(samples) / columns)
    named = [f"{number} {label(name, 40)}" for name, number in scale.numbers.items()]
    key = "phases:  " + "   ".join(named) if 0 < len(named) <= _MAX_NAMED else ""
    width, head = max(columns * 3.5, 5.6), 0.62 if key else 0.4
    height = rows * 2.35 + head
    with style():
        figure = new_figure(width, height)
        grid = figure.add_gridspec(
            rows,
            columns,
            left=0.55 / width,
            right=1 - 0.12 / width,
            top=1 - (head + 0.42) / height,
            bottom=0.45 / height,
            hspace=0.6,
            wspace=0.2,
        )
        for index, sample in enumerate(samples):
            axes = figure.add_subplot(grid[index // columns, index % columns])
            panel_width = (width - 0.67) / columns * 0.88
            _draw(axes, sample, scale, panel_width)
            axes.set_title(label(sample.key.strategy, 60), loc="left", weight="bold", fontsize=9, pad=15)
            axes.set_title(format_bytes(highest_total(sample)), loc="right", fontsize=9, pad=15)
            if index % columns == 0:
                axes.set_ylabel("MiB")
            if index + columns >= len(samples):
                axes.set_xlabel(scale.time_unit)
        figure.legend(
            handles=legend_handles(samples),
            loc="upper left",
            ncol=4,
            bbox_to_anchor=(0.005, 1.0),
            borderaxespad=0.2,
        )
        if key:
            figure.text(0.55 / width * 0.3, 1 - 0.42 / height, key, va="center")
    return figure


def shares_pages(samples: Sequence[Sample]) -> bool:
    """Whether shared pages are so many that the eye can find them."""
    highest = max(highest_total(sample) for sample in samples)
    return max(row[3] for sample in samples for row in sample.timeline) > highest * VISIBLE


def legend_handles(samples: Sequence[Sample]) -> list:
    handles: list = [
        Patch(color=COLOURS["anon"], label="anonymous pages"),
        Patch(color=COLOURS["file"], label="file pages"),
    ]
    if shares_pages(samples):
        handles.append(Patch(color=COLOURS["shmem"], label="shared pages"))
    if any(row[4] is not None for sample in samples for row in sample.timeline):
        handles.append(Line2D([], [], color=COLOURS["heap"], linewidth=1.8, label="live heap"))
    return handles


def thin(rows: Sequence[tuple], bins: int = _BINS) -> list[tuple]:
    """Keeps, of each stretch of time, the rows where the total or the heap is greatest or least."""
    if len(rows) <= bins * 2 or rows[-1][0] == rows[0][0]:
        return list(rows)
    start, span = rows[0][0], rows[-1][0] - rows[0][0]
    kept = {0, len(rows) - 1}
    by_bin: dict[int, list[int]] = {}
    for index, row in enumerate(rows):
        by_bin.setdefault((row[0] - start) * bins // (span + 1), []).append(index)
    for indices in by_bin.values():
        for value in (lambda i: rows[i][1] + rows[i][2] + rows[i][3], lambda i: rows[i][4] or 0):
            kept |= {max(indices, key=value), min(indices, key=value)}
    return [rows[index] for index in sorted(kept)]


def _draw(axes, sample: Sample, scale: Scale, width: float) -> None:
    rows = thin(sample.timeline)
    times = [row[0] / scale.us_per_unit for row in rows]
    layers = [[row[column] / MIB for row in rows] for column in (1, 2, 3)]
    axes.stackplot(
        times,
        *layers,
        colors=[COLOURS[kind] for kind in ("anon", "file", "shmem")],
        alpha=0.8,
        linewidth=0,
    )
    heap = [(time, row[4] / MIB) for time, row in zip(times, rows) if row[4] is not None]
    if heap:
        axes.plot(*zip(*heap), color=COLOURS["heap"], linewidth=1.6)
    axes.set_xlim(0, scale.end)
    axes.set_ylim(0, scale.top)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.grid(axis="y")
    _shade(axes, sample.own_phases, scale, width)


def _shade(axes, phases: Sequence[Phase], scale: Scale, width: float) -> None:
    across = axes.get_xaxis_transform()
    for index, phase in enumerate(phases):
        start, end = phase.start_us / scale.us_per_unit, phase.end_us / scale.us_per_unit
        if index % 2 == 0:
            axes.axvspan(start, end, color=INK, alpha=0.07, linewidth=0)
        axes.plot(
            [start, end],
            [1.012, 1.012],
            transform=across,
            color=INK,
            linewidth=2.2,
            alpha=0.75 if index % 2 == 0 else 0.35,
            clip_on=False,
            solid_capstyle="butt",
        )
        if len(scale.numbers) > _MAX_NAMED:
            continue
        room = (end - start) / scale.end * width
        number = scale.numbers[phase.name]
        for text in (f"{number} {label(phase.name)}", str(number)):
            if text_width(text) <= room:
                axes.text(
                    (start + end) / 2, 1.03, text, transform=across, ha="center", va="bottom"
                )
                break
