"""Files, folders and variables that the documents name are there, and no variable is left out."""

from __future__ import annotations

import pathlib
import re

import pytest

from conftest import ROOT

# Tops of paths that are ours; what lies under other names (out/, build/, data/) is made by commands.
FOLDERS = {".ci", ".github", "base", "cmake", "docs", "examples", "formats", "harness", "packaging",
           "reports", "s3", "scripts", "strategies", "suites", "tests", "workloads"}
SOURCE = re.compile(r"\w\.(?:h|cc|py|in|toml|cmake)$")
CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
PATH = re.compile(r"[\w.*<>{},/+-]+")


def documents() -> list[pathlib.Path]:
    found = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
    found += sorted((ROOT / "docs").glob("*.md"))
    for folder in sorted(FOLDERS):
        found += sorted((ROOT / folder).rglob("README.md"))
    return found


def alternatives(text: str) -> list[str]:
    """a/{b,c}.h is a/b.h and a/c.h."""
    if not (match := re.search(r"\{([^{}]*)\}", text)):
        return [text]
    return [text[:match.start()] + one + text[match.end():] for one in match.group(1).split(",")]


def exists(place: pathlib.Path, pattern: str) -> bool:
    """`<name>` and `*` stand for anything within one name."""
    pattern = re.sub(r"<[^<>]*>", "*", pattern).rstrip("/")
    return any(True for _ in place.glob(pattern)) if "*" in pattern else (place / pattern).exists()


def is_named_right(name: str, folder: pathlib.Path) -> bool:
    """A path is one from the root or from the document's folder; the bare name of a file may be that
    of any."""
    return all(exists(ROOT, one) or exists(folder, one)
               or ("/" not in one and any(exists(ROOT / top, f"**/{one}") for top in FOLDERS))
               for one in alternatives(name))


def names_in(text: str) -> list[str]:
    """What of the text's code is a path of ours: it begins with one of our folders, or is the name
    of a source file. Placeholders of a name begin with my_."""
    found = []
    for code in CODE.findall(FENCE.sub("", text)):
        for word in code.split():
            word = word.removeprefix("./")
            if not PATH.fullmatch(word) or word.startswith("/") or "/my_" in f"/{word}":
                continue
            if ("/" in word and word.split("/")[0] in FOLDERS) or SOURCE.search(word):
                found.append(word)
    return found


def missing_in(text: str, folder: pathlib.Path) -> list[str]:
    wrong = [name for name in names_in(text) if not is_named_right(name, folder)]
    wrong += [link for link in LINK.findall(FENCE.sub("", text))
              if ":" not in link and not (folder / link).exists()]
    return wrong


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_that_a_document_names_are_there(document):
    text = document.read_text(encoding="utf-8")
    assert missing_in(text, document.parent) == []


def test_the_map_names_many_files():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert len(set(names_in(text))) > 60


@pytest.mark.parametrize("text", [
    "`harness/gone.cc`", "`base/{errors,gone}.h`", "`strategies/io/gone/`", "[a](docs/gone.md)",
    "run `scripts/gone --now`", "`gone_file.py`", "`workloads/*/gone.h`"])
def test_a_name_of_nothing_is_seen(text):
    assert missing_in(text, ROOT)


# ---------------------------------------------------------------- environment variables

READ_IN_CODE = (
    re.compile(r'getenv\(\s*"([A-Z][A-Z0-9_]*)"'),
    re.compile(r'environ(?:\.get\(|\[)\s*"([A-Z][A-Z0-9_]*)"'),
    re.compile(r'"(SPLITSCOPE_[A-Z0-9_]+)=?'),
    re.compile(r"\$\{?(SPLITSCOPE_[A-Z0-9_]+)"),
)
# The home of the names that the C++ code reads.
HEADER = ROOT / "base" / "environment.h"
IN_HEADER = re.compile(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)"')
# A switch of CMake's, and what is handed on or set for others, programs of tests among them.
NOT_OURS = {"SPLITSCOPE_BUILD_TESTS", "LD_PRELOAD", "OPENBLAS_NUM_THREADS", "PATH", "TRUTH"}
ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]*)(?:\.\.\.)?` \|", re.MULTILINE)


def variables_in_sources() -> set[str]:
    files = [ROOT / ".ci" / "run", *(ROOT / "scripts").iterdir()]
    for folder in sorted(FOLDERS - {"docs", ".ci", ".github", "scripts"}):
        for ending in ("*.cc", "*.h", "*.c", "*.py"):
            files += (ROOT / folder).rglob(ending)
    found = set()
    for file in files:
        if file == pathlib.Path(__file__).resolve() or not file.is_file():
            continue
        text = file.read_text(encoding="utf-8")
        for pattern in READ_IN_CODE:
            found |= set(pattern.findall(text))
        if file == HEADER:
            found |= set(IN_HEADER.findall(text))
    return found - NOT_OURS


def variables_in_document() -> list[str]:
    return ROW.findall((ROOT / "docs" / "environment.md").read_text(encoding="utf-8"))


def test_the_tables_have_every_variable_that_is_read():
    assert sorted(variables_in_sources() - set(variables_in_document())) == []


def test_the_tables_have_no_variable_that_nobody_reads():
    # Google Benchmark's are put together in harness/run/benchmark_flags.cc.
    assert sorted(set(variables_in_document()) - variables_in_sources() - {"BENCHMARK_"}) == []


def test_each_variable_has_one_row():
    rows = variables_in_document()
    assert len(rows) == len(set(rows)) > 20
