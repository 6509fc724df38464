"""Listings made short: whole where there is little, hashes of what there is much of.

A listing (tests/interop/README.md) has a line for each document and each term. Runs of lines of one
kind and field are kept as they are up to KEPT lines; of longer ones the first ones stay, and a line

    ... term body: 812 more, sha256 0123...

stands for the rest.
"""

from __future__ import annotations

import hashlib
import itertools

KEPT = 12
SHOWN = 3


def _run_of(line: str) -> str:
    words = line.split(" ")
    return f"term {words[1]}" if words[0] == "term" else words[0]


def fold(lines: list[str]) -> list[str]:
    folded = []
    for run, group in itertools.groupby(lines, _run_of):
        members = list(group)
        if len(members) <= KEPT:
            folded += members
            continue
        rest = members[SHOWN:]
        digest = hashlib.sha256("".join(line + "\n" for line in rest).encode()).hexdigest()
        folded += [*members[:SHOWN], f"... {run}: {len(rest)} more, sha256 {digest}"]
    return folded
