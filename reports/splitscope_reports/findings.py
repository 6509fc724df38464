"""Sentences that the data says, for the head of a report. Names stand in backticks."""

from __future__ import annotations

from dataclasses import dataclass

from splitscope_reports.names import quoted, visible
from splitscope_reports.results import Case, Results, by_group
from splitscope_reports.units import format_bytes, format_ms, format_ratio, three_digits


@dataclass(frozen=True)
class Finding:
    text: str
    warning: bool = False


def group_title(group: tuple[str, str, str, int, str]) -> str:
    workload, input_name, allocator, concurrency, cache = group
    several = f", {concurrency} at once" if concurrency > 1 else ""
    return f"{quoted(workload)} over {quoted(input_name)}, {visible(allocator)}, {cache}{several}"


def findings(results: Results) -> list[Finding]:
    """Warnings first, then one finding per group of cases that differ in the strategy only."""
    warnings, told = [], []
    for group, cases in by_group(results.cases.values()).items():
        warnings += _disagreement(group, cases)
        if group[0].partition(":")[0] == "idle":
            told += _noise_floor(cases)
        else:
            told += _extremes(group, cases)
    return warnings + told


def _noise_floor(cases: list[Case]) -> list[Finding]:
    peaks = [case.median("net_peak_rss_bytes") for case in cases]
    known = [peak for peak in peaks if peak is not None]
    if not known:
        return []
    return [
        Finding(
            f"Noise floor: doing nothing (`idle`) adds {format_bytes(max(known))} to the "
            "resident set; smaller differences mean nothing."
        )
    ]


def _extremes(group: tuple, cases: list[Case]) -> list[Finding]:
    measure = next(
        (
            key
            for key in ("net_peak_rss_bytes", "peak_heap_bytes")
            if sum(case.median(key) is not None for case in cases) >= 2
        ),
        None,
    )
    if measure is None:
        return []
    known = sorted(
        (case for case in cases if case.median(measure) is not None),
        key=lambda case: (case.median(measure), case.key.strategy),
    )
    best, worst = known[0], known[-1]
    low, high = best.median(measure), worst.median(measure)
    what = "resident memory" if measure == "net_peak_rss_bytes" else "heap"
    title = group_title(group)
    if low == high:
        return [Finding(f"{title}: every strategy peaks at {format_bytes(low)} of {what}.")]
    times = f", {three_digits(high / low)} times as much" if low and high / low >= 1.1 else ""
    text = (
        f"{title}: {quoted(best.key.strategy)} needs {_with_ratio(best, low)} of {what}, "
        f"{quoted(worst.key.strategy)} {_with_ratio(worst, high)}{times}."
    )
    return [Finding(text + _price(best, cases) + _unreclaimable(best, cases))]


def _with_ratio(case: Case, peak: float) -> str:
    if not case.input_bytes:
        return format_bytes(peak)
    return f"{format_ratio(peak / case.input_bytes)} its input ({format_bytes(peak)})"


def _price(best: Case, cases: list[Case]) -> str:
    """What the smallest costs in time."""
    timed = [case for case in cases if case.median("wall_ms")]
    if best.median("wall_ms") is None or len(timed) < 2:
        return ""
    fastest = min(timed, key=lambda case: case.median("wall_ms"))
    if fastest is best:
        return " It is also the fastest."
    ratio = best.median("wall_ms") / fastest.median("wall_ms")
    return (
        f" It takes {format_ratio(ratio)} the time of the fastest, "
        f"{quoted(fastest.key.strategy)} ({format_ms(fastest.median('wall_ms'))})."
    )


def _unreclaimable(best: Case, cases: list[Case]) -> str:
    """The resident set counts file pages, which the kernel may drop; this does not."""
    key = "net_peak_rss_anon_bytes"
    known = [case for case in cases if case.median(key) is not None]
    if best.median(key) is None or len(known) < 2:
        return ""
    least = min(known, key=lambda case: case.median(key))
    if least.median(key) >= best.median(key):
        return ""
    return (
        f" Of anonymous memory, which the kernel cannot drop, {quoted(least.key.strategy)} needs the "
        f"least: {format_bytes(least.median(key))}, {quoted(best.key.strategy)} "
        f"{format_bytes(best.median(key))}."
    )


def _disagreement(group: tuple, cases: list[Case]) -> list[Finding]:
    digests = {
        sample.output_digest for case in cases for sample in case.ok_samples if sample.output_digest
    }
    if len(digests) < 2:
        return []
    return [
        Finding(
            f"{group_title(group)}: the strategies do not agree on the output "
            f"({len(digests)} different digests).",
            warning=True,
        )
    ]
