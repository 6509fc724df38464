"""Every verb once: its words, what it writes, what it may do. Data for the matrix and for what runs
two of a verb at once."""

from __future__ import annotations

import dataclasses

import sandbox

STRATEGIES = sandbox.strategies()
QUERY = '{"term": {"field": "severity", "text": "ERROR"}}'
FILE = "file"
FOLDER = "folder"
EMPTY = "empty folder"


@dataclasses.dataclass(frozen=True)
class Verb:
    name: str
    words: list[str]
    """With {strategy}; run in at/, beside in/."""
    strategies: list[str]
    output: str | None = None
    """Below at/. What else changes there is wrong."""
    old: str | None = None
    """What lies there in the tries that begin with an old output: FILE, FOLDER or EMPTY."""
    old_words: list[str] = dataclasses.field(default_factory=list)
    """More words in those tries."""
    program: str = "splitscope"
    """Which process meets the faults: the first whose program's name begins so."""
    failed: tuple[int, ...] = (1,)
    """Exit codes of a try that failed."""
    keeps_finished: bool = False
    """Results of finished samples may be there after a failure, marked incomplete."""
    uploads: bool = False
    calls: tuple[str, ...] | None = None
    """Only these kinds of call; None is all."""


FILE_CALLS = ("open", "read", "write", "mmap", "rename", "mkdir", "unlink", "fsync", "close")
ONE = ["-"]
A, B = "../in/a.split", "../in/b.split"


def _files() -> list[Verb]:
    strategy = ["--strategy", "{strategy}"]
    return [
        Verb("merge", ["merge", A, B, "-o", "out", *strategy], STRATEGIES, "out", FILE),
        Verb("convert", ["convert", "../in/index", "-o", "out", *strategy], STRATEGIES, "out", FILE),
        Verb("extract", ["extract", A, "-o", "out", *strategy], STRATEGIES, "out", FOLDER,
             ["--overwrite"]),
        Verb("merge --verify", ["merge", A, B, "-o", "out", "--verify", *strategy], ["streaming"],
             "out", FILE),
        Verb("convert --verify", ["convert", "../in/index", "-o", "out", "--verify", *strategy],
             ["streaming"], "out", FILE),
        Verb("extract --verify", ["extract", A, "-o", "out", "--verify", *strategy], ["streaming"],
             "out", FOLDER, ["--overwrite"]),
        Verb("search", ["search", A, "--query", QUERY, "--documents", *strategy], STRATEGIES),
        Verb("inspect --listing", ["inspect", "--listing", A, *strategy], STRATEGIES),
        Verb("inspect", ["inspect", A], ONE),
        Verb("inspect --files", ["inspect", "--files", A], ONE),
        Verb("inspect --json", ["inspect", "--json", "../in/index"], ONE),
        Verb("generate", ["generate", "--size", "60KB", "--count", "2", "-o", "out"], ONE, "out",
             EMPTY),
        Verb("list", ["list"], ONE),
        Verb("list measures", ["list", "measures"], ONE),
    ]


def _uploads() -> list[Verb]:
    words = ["upload", A, "--endpoint", "{endpoint}", "--bucket", "bucket", "--prefix", "{prefix}",
             "--strategy", "{strategy}"]
    parts = ["--part-size", "16KiB", "--concurrency", "2"]
    return [
        Verb("upload", words, STRATEGIES, uploads=True, old=FILE),
        Verb("upload in parts", [*words, "--mode", "multipart-streamed", *parts], ["streaming"],
             uploads=True, old=FILE),
        Verb("upload in read parts", [*words, "--mode", "multipart-buffered", *parts],
             ["range-read"], uploads=True, old=FILE),
    ]


def _measures() -> list[Verb]:
    return [
        Verb("run", ["run", "--suite", "../in/suite.json", "--input", A, "--out", "out"], ONE,
             "out", FOLDER, failed=(1, 2), keeps_finished=True),
        Verb("exec", ["exec", "--out", "out", "--", "true"], ONE, "out", FOLDER, failed=(1, 2),
             keeps_finished=True),
    ]


def _judges() -> list[Verb]:
    results, baseline = "../in/worse.json", "../in/baseline.json"
    common = {"program": "python", "calls": (*FILE_CALLS, "malloc")}
    return [
        Verb("gate", ["gate", "--baseline", baseline, "--markdown", "out", results], ONE, "out",
             FILE, failed=(1,), **common),
        Verb("compare", ["compare", baseline, results, "--markdown", "out"], ONE, "out", FILE,
             **common),
        Verb("baseline save", ["baseline", "save", "../in/results.json", "-o", "out"], ONE, "out",
             FILE, **common),
        Verb("report", ["report", "../in/results.json", "-o", "out"], ONE, "out", None, **common),
    ]


VERBS = [*_files(), *_uploads(), *_measures(), *_judges()]


def named(name: str) -> Verb:
    for verb in VERBS:
        if verb.name == name:
            return verb
    raise SystemExit(f"faults: no verb {name!r}; there are {', '.join(v.name for v in VERBS)}")
