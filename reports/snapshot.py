"""What two runs are compared by: statistics per case, from results.json or from a baseline."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reports.results import Results, Stat


@dataclass(frozen=True)
class CaseSnapshot:
    stats: dict[str, Stat]
    absent: dict[str, str] = field(default_factory=dict)
    input_bytes: int | None = None
    output_digest: str | None = None
    # "status: message" of every failed repetition.
    failures: tuple[str, ...] = ()
    samples: int = 0


@dataclass(frozen=True)
class Snapshot:
    """One side of a comparison."""

    name: str
    label: str
    machine_class: dict[str, str]
    context: dict[str, Any]
    cases: dict[str, CaseSnapshot]


def snapshot(results: Results) -> Snapshot:
    context = results.context
    commit = (context["commit"] or "unknown commit")[:12] + ("+changes" if context["dirty"] else "")
    cases = {
        case_id: CaseSnapshot(
            case.stats, case.absent, case.input_bytes, case.output_digest,
            tuple(f"{sample.status}: {sample.message}" for sample in case.failures),
            len(case.samples),
        )
        for case_id, case in results.cases.items()
    }  # fmt: skip
    return Snapshot(
        results.name, f"{commit}, {context['date'][:10]}", results.machine_class, context, cases
    )
