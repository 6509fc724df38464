"""What two runs are compared by: statistics per case, from results.json or from a baseline."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from splitscope_reports.results import Results, Stat

# The end of a case id: allocator, how many at once, cache, perhaps a cap. Read from the end, because
# an input may have slashes in its name.
_ID_END = re.compile(r"/([^/]*)/c([0-9]{1,20})/(?:warm|cold)(?:/cap-[^/]*)?\Z")


@dataclass(frozen=True)
class CaseSnapshot:
    stats: dict[str, Stat]
    absent: dict[str, str] = field(default_factory=dict)
    input_bytes: int | None = None
    output_digest: str | None = None
    # "status: message" of every failed repetition.
    failures: tuple[str, ...] = ()
    samples: int = 0
    workload: str = ""
    allocator: str = ""
    concurrency: int = 1


@dataclass(frozen=True)
class Snapshot:
    """One side of a comparison."""

    name: str
    label: str
    machine_class: dict[str, str]
    context: dict[str, Any]
    cases: dict[str, CaseSnapshot]
    # How much an unfinished run has; empty for a complete one.
    incomplete: str = ""


def parts_of(case_id: str) -> dict[str, Any]:
    """What a baseline, which has ids only, says about its cases."""
    parts: dict[str, Any] = {"workload": case_id.partition("/")[0]}
    if end := _ID_END.search(case_id):
        parts |= {"allocator": end[1], "concurrency": int(end[2])}
    return parts


def snapshot(results: Results) -> Snapshot:
    context = results.context
    commit = (context["commit"] or "unknown commit")[:12] + ("+changes" if context["dirty"] else "")
    cases = {
        case_id: CaseSnapshot(
            case.stats, case.absent, case.input_bytes, case.output_digest,
            tuple(f"{sample.status}: {sample.message}" for sample in case.failures),
            len(case.samples), case.key.workload, case.key.allocator, case.key.concurrency,
        )
        for case_id, case in results.cases.items()
    }  # fmt: skip
    return Snapshot(
        results.name, f"{commit}, {context['date'][:10]}", results.machine_class, context, cases,
        "" if results.complete else results.progress,
    )  # fmt: skip
