"""Peak memory by kind, one block of bars per strategy."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from splitscope_reports.render.figure import COLOURS, INK, VERMILLION, VISIBLE, label, new_figure, style
from splitscope_reports.results import Case, Stat
from splitscope_reports.units import MIB, format_bytes

KINDS = (
    ("heap", "peak_heap_bytes", "heap, exact"),
    ("anon", "peak_rss_anon_bytes", "anonymous pages"),
    ("file", "peak_rss_file_bytes", "file pages"),
    ("shmem", "peak_rss_shmem_bytes", "shared pages"),
)

# Narrow enough that the letters stay legible when a phone shrinks it.
_WIDTH = 4.6
# Letters of a bold name that fit into it.
_NAME_LETTERS = 48
_BAR = 0.17
_NAME = 0.21
_LEGEND_LINE = 0.19
_GAP = 0.12


@dataclass
class _Block:
    case: Case
    kinds: list[tuple[str, str, str]]

    @property
    def name_lines(self) -> list[str]:
        return textwrap.wrap(label(self.case.key.strategy), _NAME_LETTERS) or [""]

    @property
    def failure(self) -> str:
        ended = ", ".join(sorted({sample.status for sample in self.case.failures}))
        return f"{ended}, {len(self.case.failures)} of {len(self.case.samples)}" if ended else ""

    @property
    def height(self) -> float:
        bars = len(self.kinds) + 1 if self.case.ok_samples else 0
        return _NAME * (len(self.name_lines) + bool(self.failure)) + _BAR * bars + _GAP


def plot_peak(cases: list[Case]) -> Figure:
    """Bars are medians with whiskers from the least to the greatest repetition. The stem runs
    from the resident set at window open to its peak. Peaks of kinds do not add up to the total."""
    highest = max((case.median("peak_rss_bytes") or 0 for case in cases), default=0)
    shared = max((case.median("peak_rss_shmem_bytes") or 0 for case in cases), default=0)
    kinds = [kind for kind in KINDS if kind[0] != "shmem" or shared > highest * VISIBLE]
    blocks = [_Block(case, kinds) for case in cases]
    body, top, bottom = sum(block.height for block in blocks), 0.14, 0.46
    # Two columns: the kinds and the total.
    top += _LEGEND_LINE * ((len(kinds) + 2) // 2)
    height = body + top + bottom
    with style():
        figure = new_figure(_WIDTH, height)
        axes = figure.add_axes((0.035, bottom / height, 0.94, body / height))
        limit = (
            max(
                [
                    stat.max
                    for case in cases
                    for key in ["peak_rss_bytes", *(kind[1] for kind in kinds)]
                    if (stat := case.stats.get(key))
                ],
                default=MIB,
            )
            / MIB
        )
        # Room for the figure at the end of the longest bar.
        axes.set_xlim(0, limit * 1.22 or 1)
        axes.set_ylim(body, 0)
        y = 0.0
        for block in blocks:
            _draw_block(axes, block, y, limit)
            y += block.height
        axes.set_yticks([])
        axes.spines["left"].set_linewidth(0.8)
        axes.xaxis.set_major_locator(MaxNLocator(6))
        axes.grid(axis="x")
        axes.set_xlabel("MiB")
        handles = [Patch(color=COLOURS[kind], label=label) for kind, _, label in kinds]
        handles.append(
            Line2D(
                [],
                [],
                color=INK,
                marker="D",
                markersize=5,
                linewidth=1.4,
                label="all resident: open to peak",
            )
        )
        figure.legend(
            handles=handles,
            loc="upper left",
            ncol=2,
            bbox_to_anchor=(0.01, 1.0),
            columnspacing=1.8,
            handlelength=1.6,
            borderaxespad=0.2,
        )
    return figure


def _draw_block(axes, block: _Block, y: float, limit: float) -> None:
    case = block.case
    for line in block.name_lines:
        axes.text(limit * 0.004, y + _NAME * 0.62, line, weight="bold", va="center")
        y += _NAME
    if block.failure:
        axes.text(
            limit * 0.01,
            y + _NAME * 0.5,
            block.failure,
            weight="bold",
            va="center",
            color=VERMILLION,
        )
        y += _NAME
    if not case.ok_samples:
        return
    for kind, key, _ in block.kinds:
        middle = y + _BAR / 2
        stat = case.stats.get(key)
        if stat is None:
            axes.text(limit * 0.01, middle, "not measured", va="center", style="italic")
        else:
            axes.barh(middle, stat.median / MIB, height=_BAR * 0.84, color=COLOURS[kind])
            _whisker(axes, stat, middle)
            axes.text(stat.max / MIB + limit * 0.02, middle, format_bytes(stat.median), va="center")
        y += _BAR
    total, floor = case.stats.get("peak_rss_bytes"), case.stats.get("floor_rss_bytes")
    if total is None:
        return
    middle = y + _BAR / 2
    start = floor.median if floor else total.median
    axes.plot([start / MIB, total.median / MIB], [middle, middle], color=INK, linewidth=1.4)
    axes.plot([total.median / MIB], [middle], color=INK, marker="D", markersize=5)
    _whisker(axes, total, middle)
    axes.text(total.max / MIB + limit * 0.032, middle, format_bytes(total.median), va="center")


def _whisker(axes, stat: Stat, y: float) -> None:
    if stat.max > stat.min:
        axes.plot(
            [stat.min / MIB, stat.max / MIB],
            [y, y],
            color=INK,
            linewidth=1.1,
            marker="|",
            markersize=4,
            solid_capstyle="butt",
        )
