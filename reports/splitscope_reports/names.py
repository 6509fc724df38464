"""Names are data: whatever characters they hold, they must not act on a terminal or a page.

Every name that is shown passes through visible(); what each form of output needs beyond that
(HTML, Markdown, XML) it does itself.
"""

from __future__ import annotations

import re

# Control characters, separators of lines and paragraphs, marks that turn the direction of writing,
# halves of surrogate pairs and what XML cannot hold.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """In one line: characters that cannot be seen, or would act, as Python spells them."""
    return _HIDDEN.sub(_spell, text)


def _spell(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters; the middle goes, because names differ at their ends."""
    if len(text) <= limit:
        return text
    head = limit * 2 // 3
    return text[:head] + "…" + text[len(text) - (limit - head - 1) :]


def quoted(text: str) -> str:
    """In backticks, for a sentence that is turned into a page later."""
    return "`" + visible(text).replace("`", "\\x60") + "`"
