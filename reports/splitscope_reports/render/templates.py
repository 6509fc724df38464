"""The templates of pages and Markdown, and how what they print is escaped.

Whatever a template prints passes through one of the two functions below and cannot act on the page,
because a template can neither leave that out (`safe` is taken away) nor print what is not defined.
Only the filters here make markup, and what Python hands over as Markup: the pictures.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from splitscope_reports.errors import ReportError
from splitscope_reports.names import shortened, visible
from splitscope_reports.verdicts import KINDS

if TYPE_CHECKING:
    from jinja2 import Environment, Template

TEMPLATES = Path(__file__).parent.parent / "templates"

# Longest name and text that Markdown shows whole.
_NAME, _TEXT = 160, 300
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!@$&])")
# What stays as it is between backticks, in a table too.
_PLAIN = re.compile(r"[\w /:=,.+%()-]*")


def template(name: str) -> Template:
    """Errors: ReportError where the template engine is missing."""
    return _environment("markdown" if name.endswith(".md.j2") else "html").get_template(name)


@lru_cache
def _environment(form: str) -> Environment:
    try:
        import jinja2
    except ImportError as error:
        raise ReportError(
            f"{error}: pages and Markdown need it; on Debian: sudo apt install python3-jinja2"
        ) from None
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined,
        finalize=_for_html if form == "html" else _for_markdown,
    )  # fmt: skip
    del made.filters["safe"]
    made.globals["kinds"] = KINDS
    if form == "html":
        made.filters |= {"breakable": _breakable, "marked": _marked}
    else:
        made.filters |= {"code": _markdown_code}
    return made


def _is_markup(value: Any) -> bool:
    return hasattr(value, "__html__")


def markup(text: str) -> Any:
    """For what is HTML already, and was made here."""
    from markupsafe import Markup

    return Markup(text)


# HTML: the engine escapes what this returns.


def _for_html(value: Any) -> Any:
    return value if _is_markup(value) else visible(str(value))


def _breakable(text: str) -> Any:
    """Breaks lines behind punctuation only, so that keys and case ids stay readable when narrow."""
    from markupsafe import escape

    # An entity such as &lt; holds none of these characters, and stays whole.
    return markup(re.sub(r"([/,:_])", r"\1<wbr>", str(escape(visible(text)))))


def _marked(text: str) -> Any:
    """Sets what stands in backticks as code."""
    from markupsafe import escape

    parts = text.split("`")
    return markup("").join(
        markup("<code>{}</code>").format(_breakable(part)) if index % 2 else escape(visible(part))
        for index, part in enumerate(parts)
    )


# Markdown: nothing is left for the engine to escape.


def _for_markdown(value: Any) -> Any:
    return value if _is_markup(value) else markup(markdown_escape(str(value)))


def markdown_escape(text: str) -> str:
    """Keeps a text from being taken for markup or for the end of a table cell."""
    short = shortened(" ".join(visible(text).split()), _TEXT)
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};" if match[0] in "<>&@|" else
                        "\\" + match[0], short)  # fmt: skip


def _markdown_code(text: str) -> Any:
    short = shortened(visible(text), _NAME)
    if short.strip() == short and short and _PLAIN.fullmatch(short):
        return markup(f"`{short}`")
    # Between backticks, backticks and bars would act; as entities nothing does.
    entities = "".join(
        char if char.isalnum() or char in " /:=,.-" else f"&#{ord(char)};" for char in short
    )
    return markup(f"<code>{entities}</code>")
