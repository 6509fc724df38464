"""Pieces of HTML. Every text from a file passes through escape() here or at the caller."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape as escape_html

from splitscope_reports.names import visible

# Prefix by which a cell asks to be marked as the best of its row or column.
BEST = "!best!"


def escape(text: str) -> str:
    """For text and for attributes; characters that would act on the page are spelled out."""
    return escape_html(visible(text))


def code(text: str) -> str:
    """Breaks lines behind punctuation only, so that keys and case ids stay readable when narrow."""
    return f"<code>{_breakable(escape(text))}</code>"


def strategy_head(name: str) -> str:
    """For the head of a column: the options below the name, one in a line."""
    base, _, options = name.partition(":")
    lines = "".join(f"<small>{escape(option)}</small>" for option in options.split(",") if option)
    return f"{code(base)}{lines}"


def _breakable(escaped: str) -> str:
    # An entity such as &lt; holds none of these characters, and stays whole.
    return re.sub(r"([/,:_])", r"\1<wbr>", escaped)


def marked(text: str) -> str:
    """Escapes, and sets what stands in backticks as code."""
    return re.sub(r"`([^`]*)`", lambda match: f"<code>{_breakable(match[1])}</code>", escape(text))


def table(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    numeric: Iterable[int] = (),
    head: bool = False,
    raw_header: bool = False,
) -> str:
    """Cells are HTML already. `head`: the first cell of a row is its heading and stays in sight
    when the table is scrolled. A row of one cell is a heading over those that follow."""
    numbers = set(numeric)

    def number_class(column: int) -> str:
        return ' class="num"' if column in numbers else ""

    top = "".join(
        f"<th{number_class(column)}>{text if raw_header else escape(text)}</th>"
        for column, text in enumerate(header)
    )
    lines = []
    for row in rows:
        if len(row) == 1 and len(header) > 1:
            lines.append(f'<tr class="group"><th colspan="{len(header)}">{row[0]}</th></tr>')
            continue
        cells = []
        for column, cell in enumerate(row):
            if head and column == 0:
                cells.append(f'<th scope="row">{cell}</th>')
                continue
            best = cell.startswith(BEST)
            classes = " ".join(
                name for name, wanted in (("num", column in numbers), ("best", best)) if wanted
            )
            attribute = f' class="{classes}"' if classes else ""
            cells.append(f"<td{attribute}>{cell.removeprefix(BEST)}</td>")
        lines.append(f"<tr>{''.join(cells)}</tr>")
    kind = ' class="wide"' if head else ""
    return (
        f'<div class="scroll"><table{kind}><thead><tr>{top}</tr></thead>\n<tbody>'
        + "\n".join(lines)
        + "</tbody></table></div>"
    )


def folded(title: str, body: str, opened: bool) -> str:
    return f"<details{' open' if opened else ''}><summary>{escape(title)}</summary>{body}</details>"
