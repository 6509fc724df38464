"""What samples of several ways to do the same work say, as a table and as JSON."""

from __future__ import annotations

import dataclasses
import statistics

MIB = 1 << 20
MEASURES = ("wall_ms", "cpu_ms", "peak_rss_bytes", "peak_rss_anon_bytes", "peak_rss_file_bytes",
            "output_bytes")


@dataclasses.dataclass(frozen=True)
class Sample:
    """One run of one way, measured from outside over the whole process. Peaks are None where it
    ended before it could be sampled."""

    wall_ms: float
    cpu_ms: float
    peak_rss_bytes: int | None
    peak_rss_anon_bytes: int | None
    peak_rss_file_bytes: int | None
    output_bytes: int


def sample_of(results: dict, output_bytes: int) -> Sample:
    """From the results.json of `splitscope exec` with one repetition. Raises ValueError when the
    command failed."""
    row = next(row for row in results["benchmarks"] if row["run_type"] == "iteration")
    if row["status"] != "ok":
        raise ValueError(f"{row['name']}: {row['message']}")
    measures = {name: row[name] for name in MEASURES if name in row}
    measures["cpu_ms"] = row["user_ms"] + row["system_ms"]
    measures["output_bytes"] = output_bytes
    return Sample(**measures)


def rotated(ways: list[str], round_number: int) -> list[str]:
    """The order of one round: each way goes first in turn, so that none always follows the same."""
    start = round_number % len(ways)
    return ways[start:] + ways[:start]


def _spread(values: list) -> dict | None:
    measured = [value for value in values if value is not None]
    if not measured:
        return None
    return {"median": statistics.median(measured), "min": min(measured), "max": max(measured)}


def _size(spread: dict | None) -> str:
    return "-" if spread is None else f"{spread['median'] / MIB:.1f} MiB"


def summarize(samples: dict[str, list[Sample]], reference: str) -> list[dict]:
    """A row per way, in the order given: of each measure median, least and most, or None where
    it was never measured; its times as multiples of the reference's."""
    rows = []
    wall_ms = statistics.median(sample.wall_ms for sample in samples[reference])
    cpu_ms = statistics.median(sample.cpu_ms for sample in samples[reference])
    for way, taken in samples.items():
        row: dict = {"way": way, "samples": len(taken)}
        for name in MEASURES:
            row[name] = _spread([getattr(sample, name) for sample in taken])
        row["time_ratio"] = row["wall_ms"]["median"] / wall_ms
        row["cpu_ratio"] = row["cpu_ms"]["median"] / cpu_ms
        rows.append(row)
    return rows


def table(rows: list[dict]) -> str:
    """Medians, in columns."""
    heads = ["", "time", "x", "CPU", "x", "peak RSS", "peak anon", "peak file", "output"]
    lines = [heads]
    for row in rows:
        seconds = [row["wall_ms"]["median"] / 1000, row["cpu_ms"]["median"] / 1000]
        sizes = [_size(row[name]) for name in MEASURES[2:]]
        lines.append([row["way"], f"{seconds[0]:.2f} s", f"{row['time_ratio']:.2f}",
                      f"{seconds[1]:.2f} s", f"{row['cpu_ratio']:.2f}", *sizes])
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0])] +
                  [cell.rjust(width) for cell, width in zip(line[1:], widths[1:])]).rstrip()
        for line in lines)
