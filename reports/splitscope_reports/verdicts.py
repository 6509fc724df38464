"""Every verdict, gravest first: its name, its colour on a terminal, and its kind on a page."""

from __future__ import annotations

# Of a measure, and of a case by the gravest of its measures; judge.py says what each means.
PASS, IMPROVED, REGRESSED, UNSTABLE = "pass", "improved", "regressed", "unstable"
MISSING, INCOMPARABLE, NOT_JUDGED = "missing", "incomparable", "not judged"
# Of a case only: a repetition did not end well; the baseline does not know it.
FAILED, NEW = "failed", "new"

_TABLE = (
    (FAILED, "31;1", "bad"),
    (REGRESSED, "31;1", "bad"),
    (MISSING, "31", "bad"),
    (INCOMPARABLE, "33", "warn"),
    (UNSTABLE, "33", "warn"),
    (IMPROVED, "32", "good"),
    (NEW, "36", ""),
    (PASS, "32", ""),
    (NOT_JUDGED, "2", ""),
)

GRAVITY = tuple(name for name, _, _ in _TABLE)
COLOURS = {name: colour for name, colour, _ in _TABLE}
# Class of the style sheet: bad, warn, good or none.
KINDS = {name: kind for name, _, kind in _TABLE}
# What a sentence about the whole counts when nothing is wrong.
COUNTED = (PASS, IMPROVED, UNSTABLE, NEW, NOT_JUDGED)
