#!/usr/bin/env python3
"""Writes the table of README.md: what each index is, and how many bytes it takes."""

from __future__ import annotations

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "interop")]

import cases  # noqa: E402

BEGIN, END = "<!-- table: scripts/golden writes it -->\n", "<!-- end of table -->\n"
LIMIT_BYTES = 400 * 1024


def bytes_in(path: pathlib.Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file()
               and "__pycache__" not in file.parts)


def table() -> str:
    rows = [(case.file_name, case.about) for case in [*cases.CASES, *cases.MERGES]]
    rows += [("listings", "what tantivy lists of each, and of the corpora of five profiles"),
             ("answers", "what tantivy answers to queries over three of them and over the corpora")]
    lines = ["| file | what is in it | bytes |", "| --- | --- | ---: |"]
    for name, about in rows:
        shown = name if (HERE / name).is_file() else name + "/"
        lines.append(f"| `{shown}` | {about} | {bytes_in(HERE / name):,} |")
    return "\n".join(lines) + "\n"


def with_table(readme: str) -> str:
    before, rest = readme.split(BEGIN)
    after = rest.split(END)[1]
    return before + BEGIN + table() + END + after


def main() -> int:
    path = HERE / "README.md"
    path.write_text(with_table(path.read_text("utf-8")), "utf-8")
    total = bytes_in(HERE)
    print(f"golden: {total:,} bytes of at most {LIMIT_BYTES:,}")
    return 0 if total <= LIMIT_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
