"""What is killed: commands, which of their processes is the victim, and what must hold then."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import shutil
from collections.abc import Callable

import kill_box
from kill_box import OLD, Box, alive, parent_of, words_of


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    words: list[str]
    victim: str = "itself"
    """"itself", "worker", or the verb of a process further down: child, s3-server, generate, sh."""
    role: str = "verb"
    """parent, child, server or verb, by which tries are counted."""
    signals: tuple[str, ...] = ("KILL", "TERM", "INT", "HUP")
    passes_on: bool = True
    """The whole command ends when the victim does."""
    codes: tuple[int, ...] = ()
    """Exit codes of a command that goes on without its victim."""
    cold: bool = False
    """The cache of inputs is empty at the start."""
    samples: bool = False
    """It leaves results.json with the samples that were finished."""
    makes: tuple[str, ...] = ("at/out",)
    """What may be there afterwards that was not before."""
    before: Callable[[Box], None] = lambda box: None
    whole: Callable[[Box, bytes | None], str] = lambda box, new: ""
    """Says what is wrong with the output, if anything."""
    next_words: list[str] = dataclasses.field(default_factory=list)
    """More words for the start that clears up."""


def find_victim(case: Case, started: int, box: Box) -> int | None:
    """The victim's number, once it is there."""
    if case.victim == "itself":
        return started
    for pid in box.processes():
        if case.victim == "worker":
            if parent_of(pid) == started and words_of(pid)[1:2] == case.words[:1]:
                return pid
        elif case.victim in words_of(pid)[:2] and pid != started and alive(pid):
            if parent_of(pid) != started:
                return pid
    return None


def old_file(box: Box) -> None:
    (box.at / "out").write_bytes(OLD)


def old_folder(box: Box) -> None:
    (box.at / "out").mkdir()
    (box.at / "out" / "old").write_bytes(OLD)


def file_is_whole(box: Box, new: bytes | None) -> str:
    path = box.at / "out"
    if not path.is_file():
        return "the old output is gone"
    found = path.read_bytes()
    return "" if found in (OLD, new) else f"the output is neither old nor new ({len(found)} bytes)"


def folder_bytes(folder: pathlib.Path) -> bytes:
    return b"".join(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes()
                    for path in sorted(folder.rglob("*")) if path.is_file())


def folder_is_whole(box: Box, new: bytes | None) -> str:
    path = box.at / "out"
    if not path.is_dir():
        return "the old output is gone"
    found = folder_bytes(path)
    return "" if found in (b"old\0" + OLD, new) else "the folder is neither the old nor the new one"


def folder_is_new_or_none(box: Box, new: bytes | None) -> str:
    path = box.at / "out"
    if not path.exists():
        return ""
    return "" if folder_bytes(path) == new else "half a folder is left"


def object_is_whole(box: Box, _new: bytes | None) -> str:
    place = box.root / "store" / "bucket" / "a.split"
    if not place.is_file():
        return "the old object is gone"
    wanted = {(box.root / "in" / name).read_bytes() for name in ("a.split", "old.split")}
    return "" if place.read_bytes() in wanted else "the object is neither old nor new"


def old_object(box: Box) -> None:
    """a.split in the bucket has b's bytes."""
    folder = box.root / "in" / "as"
    folder.mkdir(exist_ok=True)
    shutil.copy(box.root / "in" / "old.split", folder / "a.split")
    code, _, err = box.run(["upload", folder / "a.split", "--endpoint", box.endpoint, "--bucket",
                            "bucket"])
    assert code == 0, err


def results_are_valid(box: Box, _new: bytes | None) -> str:
    place = box.at / "out" / "results.json"
    if not place.exists():
        return ""
    try:
        json.loads(place.read_text())
    except ValueError:
        return "results.json is no JSON"
    return ""


COMMAND = """echo started >> count
setsid sleep 997 &
(sleep 998 &)
env -i setsid sh -c 'trap "" TERM HUP; sleep 999' &
sleep 0.03"""
# The last one is deaf, which takes a second of grace each time; most tries use this.
QUICK_COMMAND = "\n".join(line for line in COMMAND.splitlines() if "env -i" not in line)


def cases(box: Box) -> list[Case]:
    a, b, index, suite = (str(box.root / "in" / name)
                          for name in ("a.split", "b.split", "index", "suite.json"))
    run = ["run", "--suite", suite, "--out", "out"]
    exec_words = ["exec", "--repetitions", "8", "--out", "out", "--", "sh", "-c", QUICK_COMMAND]
    deaf_words = ["exec", "--repetitions", "2", "--out", "out", "--", "sh", "-c", COMMAND]
    upload = ["upload", a, "--endpoint", box.endpoint, "--bucket", "bucket", "--mode",
              "multipart-streamed", "--part-size", "64KiB", "--concurrency", "2"]
    measured = {"role": "parent", "samples": True, "whole": results_are_valid}
    results = {**measured, "makes": ("at/out", "at/count")}
    inner = {**measured, "role": "child", "passes_on": False}
    return [
        Case("run", run, **measured),
        Case("run: worker", run, victim="worker", **measured),
        Case("run: measured child", run, victim="child", codes=(0, 2), **inner),
        Case("run: s3-server", run, victim="s3-server", signals=("KILL", "TERM"), codes=(0, 1, 2),
             **{**inner, "role": "server"}),
        Case("run: generator", run, victim="generate", signals=("KILL", "TERM"), codes=(0, 1),
             cold=True, makes=("at/out", "cache/"), **inner),
        Case("run, nothing cached", run, cold=True, makes=("at/out", "cache/"), **measured),
        Case("exec", exec_words, **results),
        Case("exec: worker", exec_words, victim="worker", **results),
        Case("exec: command", exec_words, victim="sh", passes_on=False, codes=(0, 2),
             **{**results, "role": "child"}),
        Case("exec: deaf command", deaf_words, **results),
        Case("merge", ["merge", a, b, "-o", "out"], before=old_file, whole=file_is_whole),
        Case("convert", ["convert", index, "-o", "out"], before=old_file, whole=file_is_whole),
        Case("extract", ["extract", a, "-o", "out", "--overwrite"], before=old_folder,
             whole=folder_is_whole),
        Case("generate", ["generate", "--size", "1MB", "--count", "2", "-o", "out"],
             whole=folder_is_new_or_none),
        Case("upload", upload, before=old_object, whole=object_is_whole,
             makes=("state/", "home/"), next_words=["--abort-stale"]),
        Case("search", ["search", a, "--query",
                        '{"term": {"field": "severity", "text": "ERROR"}}', "--documents"],
             makes=()),
        Case("report", ["report", str(box.root / "in" / "results.json"), "-o", "out"],
             makes=("at/out", "home/", "tmp/matplotlib")),
        Case("baseline save", ["baseline", "save", str(box.root / "in" / "results.json"), "-o",
                               "out"], before=old_file, whole=file_is_whole),
    ]


def furnish(box: Box) -> None:
    """Inputs, a suite, results and a server."""
    code, _, err = box.run(["generate", "--size", "1MB", "--count", "3", "-o", "made"])
    assert code == 0, err
    made = box.at / "made"
    for number, name in enumerate(("a.split", "b.split", "old.split")):
        shutil.move(made / f"split-{number}.split", box.root / "in" / name)
    shutil.move(made / "index-0", box.root / "in" / "index")
    shutil.rmtree(made)
    given = {"profile": "logs", "size": "1MB", "count": 2, "seed": 7}
    (box.root / "in" / "suite.json").write_text(json.dumps({
        "about": "for kills", "repetitions": 2, "strategies": ["streaming"],
        "cases": [{"workload": "idle"}, {"workload": "merge", "input": given},
                  {"workload": "upload", "options": {"mode": "single"}, "input": given}]}))
    code, _, err = box.run(["exec", "--out", "made", "--", "true"])
    assert code == 0, err
    shutil.move(box.at / "made" / "results.json", box.root / "in" / "results.json")
    shutil.rmtree(box.at / "made")
    box.serve()


__all__ = ["Case", "cases", "find_victim", "furnish", "folder_bytes", "kill_box"]
