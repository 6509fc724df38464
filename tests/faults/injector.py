"""The preloaded library as Python sees it: a plan goes in by the environment, a note comes out."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import struct

# The order of Call in inject_plan.h.
CALLS = ["open", "read", "pread", "write", "mmap", "rename", "mkdir", "unlink",
         "copy_file_range", "fsync", "ftruncate", "close", "send", "recv", "malloc"]
MOVES_BYTES = {"read", "pread", "write", "copy_file_range", "send", "recv"}

_HEAD = struct.Struct(f"<Q{len(CALLS)}Q")
_NOTE_BYTES = _HEAD.size + 1024


@dataclasses.dataclass(frozen=True)
class Plan:
    """The `n`th call of `call` meets `what`: an error's name, "short" or "pause"."""

    call: str
    n: int
    what: str
    mode: str = "once"  # or "always": this call and all later ones
    begin: str = "main"  # or "start": what libraries and constructors do before main counts too

    def __str__(self) -> str:
        return f"{self.call}:{self.n}:{self.what}:{self.mode}:{self.begin}"

    @staticmethod
    def parse(text: str) -> "Plan":
        call, n, what, mode, begin = text.split(":")
        return Plan(call, int(n), what, mode, begin)


@dataclasses.dataclass(frozen=True)
class Note:
    fired: int
    counts: dict[str, int]
    what: str


def library() -> str:
    given = os.environ.get("SPLITSCOPE_FAULTS_LIBRARY")
    if given:
        return given
    root = pathlib.Path(__file__).resolve().parents[2]
    return str(root / "build" / "release" / "lib" / "libsplitscope_faults.so")


def environment(plan: Plan | str, note: pathlib.Path, program: str = "splitscope",
                pause: pathlib.Path | None = None) -> dict[str, str]:
    """What arms the first process whose program begins with `program`. Makes the note's file."""
    note.write_bytes(bytes(_NOTE_BYTES))
    variables = {"LD_PRELOAD": library(), "SPLITSCOPE_FAULT": str(plan),
                 "SPLITSCOPE_FAULT_NOTE": str(note), "SPLITSCOPE_FAULT_PROGRAM": program}
    if pause is not None:
        variables["SPLITSCOPE_FAULT_PAUSED"] = str(pause) + ".paused"
        variables["SPLITSCOPE_FAULT_RESUME"] = str(pause) + ".resume"
    return variables


def read_note(note: pathlib.Path) -> Note:
    data = note.read_bytes()
    fired, *counts = _HEAD.unpack_from(data)
    what = data[_HEAD.size:].split(b"\0", 1)[0].decode("utf-8", "replace")
    return Note(fired, dict(zip(CALLS, counts)), what)
