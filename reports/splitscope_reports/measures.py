"""What a reader of a report needs to know about measures: groups, order, unit, which way is better.

The table is harness/result/measures.json; measure_table.py is made from it by scripts/measures.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from splitscope_reports.measure_table import GROUPS, MEASURES

OTHER_GROUP = "Counted by the workload"


@dataclass(frozen=True)
class Measure:
    key: str
    unit: str
    group: str
    # "less", "more", or "neither" where no value is the better one: it describes the run.
    better: str
    # The class by which the policy judges it; "none" where it is reported only.
    gate: str
    # Among what a reader asks for first.
    first: bool = False
    # The one workload that counts it; empty for what every row has.
    counted_by: str = ""
    text: str = ""


TABLE = {row[0]: Measure(*row) for row in MEASURES}
GATE_CLASSES = tuple(dict.fromkeys(entry.gate for entry in TABLE.values() if entry.gate != "none"))
PEAKS = frozenset(entry.key for entry in TABLE.values() if entry.first)


def of_class(gate: str) -> list[str]:
    return [entry.key for entry in TABLE.values() if entry.gate == gate]


def of_group(group: str) -> list[str]:
    return [entry.key for entry in TABLE.values() if entry.group == group]


def measure(key: str) -> Measure:
    """Of a key that is not in the table, what its end tells: the format promises that much."""
    if key in TABLE:
        return TABLE[key]
    unit = "bytes" if key.endswith("_bytes") else "ms" if key.endswith("_ms") else "count"
    return Measure(key, unit, key, "less", "none")


def is_bytes(key: str) -> bool:
    return measure(key).unit == "bytes"


def is_neutral(key: str) -> bool:
    return measure(key).better == "neither"


def higher_is_better(key: str) -> bool:
    return measure(key).better == "more"


def group_of(key: str) -> str:
    """A measure that is not in the table is a group of its own."""
    return measure(key).group


def grouped(keys: Iterable[str]) -> dict[str, list[str]]:
    """The given keys under their headings, in the order of the table; unknown ones come last."""
    wanted = dict.fromkeys(keys)
    result: dict[str, list[str]] = {}
    for group, heading in GROUPS.items():
        if present := [key for key in of_group(group) if key in wanted]:
            result[heading] = present
    if others := [key for key in wanted if key not in TABLE]:
        result[OTHER_GROUP] = others
    return result
