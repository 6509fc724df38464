"""What all pictures share: colours, lettering, and output that is the same bytes every time."""

from __future__ import annotations

import io
import re

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from splitscope_reports.names import shortened, visible

# Whatever an rc file said.
matplotlib.rcdefaults()

# Okabe and Ito's palette: told apart under every kind of colour blindness.
ORANGE, SKY, GREEN, BLUE, VERMILLION, PURPLE = (
    "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7")  # fmt: skip

COLOURS = {"heap": BLUE, "anon": ORANGE, "file": GREEN, "shmem": PURPLE}

# Lines and letters. The page replaces it by its own text colour, so that pictures follow dark mode.
INK = "#1b1f24"
FONT_SIZE = 9

# Shared pages below this share of the highest peak are not drawn: nobody would see them. (The
# harness itself shares some KiB with its child.)
VISIBLE = 0.01

_STYLE = {
    "font.family": "DejaVu Sans", "font.size": FONT_SIZE, "axes.labelsize": FONT_SIZE,
    "xtick.labelsize": FONT_SIZE, "ytick.labelsize": FONT_SIZE, "legend.fontsize": FONT_SIZE,
    "text.color": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK,
    "axes.edgecolor": INK, "axes.linewidth": 0.6, "axes.spines.top": False,
    "axes.spines.right": False, "axes.axisbelow": True, "grid.color": INK, "grid.alpha": 0.14,
    "grid.linewidth": 0.6, "legend.frameon": False, "hatch.linewidth": 0.6,
    "svg.fonttype": "path", "svg.hashsalt": "splitscope", "figure.dpi": 96,
    "path.simplify_threshold": 0.2,
    # A name with dollar signs is a name and no formula.
    "text.parse_math": False,
}  # fmt: skip


_DPI = 160
# Agg draws no picture that is higher or wider; a group of hundreds of strategies would be.
_MOST_PIXELS = 60_000


def new_figure(width: float, height: float) -> Figure:
    """Inches. Draw inside `style()` too: matplotlib reads its settings when artists are made."""
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


def style():
    return matplotlib.rc_context(_STYLE)


def label(text: str, limit: int = 200) -> str:
    """A name as a picture can hold it."""
    return shortened(visible(text), limit)


def to_svg(figure: Figure) -> str:
    """A stand-alone file on a white ground."""
    with style():
        buffer = io.StringIO()
        figure.savefig(
            buffer,
            format="svg",
            facecolor="white",
            metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")),
        )
    return re.sub(r"\s*<metadata>.*?</metadata>", "", buffer.getvalue(), flags=re.DOTALL)


def to_png(figure: Figure) -> bytes:
    with style():
        buffer = io.BytesIO()
        figure.savefig(
            buffer,
            format="png",
            dpi=min(_DPI, _MOST_PIXELS / max(figure.get_size_inches())),
            facecolor="white",
            metadata={"Software": None},
        )
    return buffer.getvalue()


def to_inline_svg(figure: Figure, prefix: str) -> str:
    """For embedding: transparent, letters and lines in the page's colour, ids unique by prefix,
    no name spaces (HTML implies them), so that the page names no address at all."""
    with style():
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True)
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", svg)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', svg)
    svg = re.sub(r'(url\(#|href="#)', rf"\1{prefix}-", svg)
    # The default colour of paths is black; letters must follow the page instead.
    svg = svg.replace(INK, "currentColor")
    return re.sub(r"\n\s*", "\n", svg).replace("<svg ", '<svg role="img" ', 1)


def text_width(text: str) -> float:
    """Inches at FONT_SIZE, on the generous side: a mean letter of DejaVu Sans is 0.6 em wide."""
    return len(text) * FONT_SIZE * 0.62 / 72
