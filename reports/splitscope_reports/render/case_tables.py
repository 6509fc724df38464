"""What stands in the tables of one group of cases: key figures, every measure, and the phases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from splitscope_reports.checks import named
from splitscope_reports.measures import grouped, higher_is_better, is_neutral
from splitscope_reports.results import Case, Phase, Results, Sample, Stat
from splitscope_reports.units import (
    NOT_MEASURED,
    format_bytes,
    format_measure,
    format_ms,
    format_ratio,
    format_spread,
)

Group = tuple[str, str, str, int, str]

_KEY_COLUMNS = (
    ("heap peak, exact", "peak_heap_bytes"), ("net anonymous peak", "net_peak_rss_anon_bytes"),
    ("file pages peak", "peak_rss_file_bytes"), ("net resident peak", "net_peak_rss_bytes"),
    ("× input", "amplification"), ("wall time", "wall_ms"), ("bytes copied", "bytes_copied"),
    ("allocations", "heap_allocations"),
)  # fmt: skip


# Of a command, of which no window opens inside: all that it takes counts.
_COMMAND = "exec"
_COMMAND_COLUMNS = (
    ("resident peak of all processes", "peak_rss_bytes"),
    ("largest process", "largest_process_rss_bytes"),
    ("anonymous peak", "peak_rss_anon_bytes"), ("file pages peak", "peak_rss_file_bytes"),
    ("proportional peak", "peak_pss_bytes"), ("heap peak", "peak_heap_bytes"),
    ("working set", "working_set_peak_bytes"), ("processes", "processes"), ("wall time", "wall_ms"),
)  # fmt: skip
_PHASE_PEAKS = (
    ("heap", "peak_heap_bytes"), ("resident", "peak_rss_bytes"), ("anon", "peak_rss_anon_bytes"),
    ("file", "peak_rss_file_bytes"), ("shared", "peak_rss_shmem_bytes"),
)  # fmt: skip
# So many processes stand in a table; the results have more.
_MOST_PROCESSES = 40


@dataclass(frozen=True)
class Cell:
    text: str = NOT_MEASURED
    # A second line in small letters.
    small: str = ""
    # The best of its row or column.
    best: bool = False
    # How it ended badly, if it did.
    failed: str = ""


@dataclass(frozen=True)
class Row:
    """One without cells is a heading over those that follow."""

    head: str
    cells: tuple[Cell, ...] = ()
    failed: str = ""


def run_title(results: Results) -> str:
    suite = results.context["suite"]
    return f"Suite {suite}" if suite else "Run"


def group_title(group: Group) -> str:
    workload, input_name, allocator, concurrency, cache = group
    return f"{workload} · {input_name} · {allocator} · c{concurrency} · {cache}"


def key_columns(cases: Sequence[Case]) -> list[tuple[str, str]]:
    """Heading and measure of the key figures that some case has."""
    command = any(case.key.workload == _COMMAND for case in cases)
    columns = _COMMAND_COLUMNS if command else _KEY_COLUMNS
    return [column for column in columns if any(column[1] in case.stats for case in cases)]


def key_rows(cases: Sequence[Case]) -> list[Row]:
    keys = [key for _, key in key_columns(cases)]
    best = {key: _best(cases, key) for key in keys}
    return [
        Row(
            case.key.strategy,
            tuple(_bounded(case, key, _cell(case.stats.get(key), key, best[key])) for key in keys),
            _ending(case),
        )
        for case in cases
    ]


def _bounded(case: Case, key: str, cell: Cell) -> Cell:
    """A command's figures say whether more may have gone by between two samples."""
    if case.key.workload != _COMMAND or key not in case.at_least:
        return cell
    return Cell(f"\u2265 {cell.text}", cell.small, cell.best, cell.failed)


def process_rows(case: Case) -> tuple[list[Row], int]:
    """The largest processes of the repetition with the median peak, by start, and how many there
    are beyond them; nothing where the case is no command."""
    samples = [sample for sample in case.ok_samples if sample.processes]
    if not samples:
        return [], 0
    samples.sort(key=lambda sample: sample.measures.get("peak_rss_bytes") or 0)
    sample = samples[(len(samples) - 1) // 2]
    shown = sorted(sample.processes, key=lambda process: -(process.peak_rss_bytes or 0))
    shown = sorted(shown[:_MOST_PROCESSES], key=lambda process: process.started_us)
    rows = []
    for process in shown:
        bound = "\u2265 " if process.peak_at_least else ""
        peak = process.peak_rss_bytes
        heap = process.peak_heap_bytes
        rows.append(Row(named(process.command), (
            Cell(str(process.pid)),
            Cell(NOT_MEASURED if peak is None else bound + format_bytes(peak)),
            Cell(NOT_MEASURED if heap is None else format_bytes(heap), process.heap_absent or ""),
            Cell(format_ms(process.started_us / 1000)),
            Cell(format_ms((process.ended_us - process.started_us) / 1000)),
        )))  # fmt: skip
    total = int(sample.measures.get("processes") or len(sample.processes))
    return rows, max(total - len(rows), 0)


def claims(cases: Sequence[Case]) -> list[Cell]:
    """What each strategy says reaching the bytes costs, and the measured figure relative to it;
    nothing where none says anything."""
    if all(case.expected_peak_bytes is None for case in cases):
        return []
    return [_claim(case.expected_peak_bytes, case.median("net_peak_rss_bytes")) for case in cases]


def _claim(claim: int | None, peak: float | None) -> Cell:
    if claim is None:
        return Cell()
    return Cell(format_bytes(claim), f"measured {format_ratio(peak / claim)}" if claim and peak else "")


def _ending(case: Case) -> str:
    if case.ok:
        return ""
    statuses = ", ".join(sorted({sample.status for sample in case.failures}))
    return f"{statuses}, {len(case.failures)} of {len(case.samples)}"


def measure_rows(cases: Sequence[Case], keys: Sequence[str]) -> list[Row]:
    rows = []
    for group, members in grouped(keys).items():
        rows.append(Row(group))
        for key in members:
            best = _best(cases, key)
            rows.append(Row(key, tuple(_cell(case.stats.get(key), key, best) for case in cases)))
    return rows


def _cell(stat: Stat | None, key: str, best: float | None) -> Cell:
    if stat is None:
        return Cell()
    middle, found, spread = format_spread(key, stat.min, stat.median, stat.max).partition(" [")
    return Cell(middle, f"[{spread}" if found else "", stat.median == best)


def _best(cases: Sequence[Case], key: str) -> float | None:
    """None where nothing is better than anything else."""
    medians = [stat.median for case in cases if (stat := case.stats.get(key))]
    # Figures that read alike are alike.
    if is_neutral(key) or len({format_measure(key, value) for value in medians}) < 2:
        return None
    return max(medians) if higher_is_better(key) else min(medians)


def phase_rows(samples: Sequence[Sample], numbers: dict[str, int]) -> list[Row]:
    """Per phase and strategy: time, and peaks by kind. Of repeated phases times are summed, and the
    highest peak stands."""
    rows = []
    for name, number in numbers.items():
        cells = []
        for sample in samples:
            phases = [phase for phase in sample.phases if phase.name == name]
            if not phases:
                cells.append(Cell())
                continue
            spent = sum(phase.end_us - phase.start_us for phase in phases) / 1000
            cells.append(Cell(format_ms(spent), " · ".join(_peaks(phases))))
        rows.append(Row(f"{number} {name}", tuple(cells)))
    return rows


def _peaks(phases: Sequence[Phase]) -> Iterator[str]:
    for kind, key in _PHASE_PEAKS:
        values = [value for phase in phases if (value := getattr(phase, key)) is not None]
        # Most programs share nothing with anybody.
        if values and (max(values) or key != "peak_rss_shmem_bytes"):
            yield f"{kind} {format_bytes(max(values))}"


def overview_cell(case: Case | None, least: float | None) -> Cell:
    if case is None:
        return Cell()
    peak, heap = case.median("net_peak_rss_bytes"), case.median("peak_heap_bytes")
    failed = case.failures[0].status if case.failures else ""
    if peak is None:
        return Cell("" if failed else NOT_MEASURED, failed=failed)
    text = format_ratio(peak / case.input_bytes) if case.input_bytes else format_bytes(peak)
    below = f"heap {format_bytes(heap)}" if heap is not None else ""
    return Cell(text, below, peak == least, failed)
