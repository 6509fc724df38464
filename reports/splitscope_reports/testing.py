"""Builds valid results for tests, with knobs. The figures are made up and follow the strategies'
shapes only roughly: they are for tests and for looking at a report, never to be quoted."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from typing import Any

from splitscope_reports.measures import TABLE
from splitscope_reports.results import Stat

MIB = 2**20
STRATEGIES = (
    "full-copy",
    "lazy-mmap",
    "mmap-view",
    "range-read",
    "pooled-buffer:buffers=8,size=1MiB",
    "streaming",
)

# Per strategy: share of the input that is on the heap, mapped, and the slowdown.
_SHAPES = {
    "full-copy": (2.05, 1.0, 1.35), "lazy-mmap": (0.62, 1.0, 1.12), "mmap-view": (0.11, 1.0, 1.0),
    "range-read": (0.58, 0.0, 1.21), "pooled-buffer": (0.07, 0.0, 1.18),
    "streaming": (0.035, 0.0, 1.24),
}  # fmt: skip
_PHASES = {
    "merge": (("open", 2), ("fieldnorms", 3), ("postings", 41), ("store", 30), ("columns", 15),
              ("hotcache", 2), ("payload", 7)),
    "convert": (("scan", 8), ("hotcache", 4), ("payload", 84), ("footer", 4)),
    "extract": (("open", 4), ("files", 96)),
    "upload": (("plan", 2), ("parts", 92), ("complete", 6)),
}  # fmt: skip


def case_id(case: dict[str, Any]) -> str:
    return (
        f"{case['workload']}/{case['strategy']}/{case['input']}/{case['allocator']}/"
        f"c{case['concurrency']}/{case['cache']}"
        + (f"/cap-{case['memory_cap']}" if "memory_cap" in case else "")
    )


def make_case(
    workload: str = "merge",
    strategy: str = "streaming",
    input: str = "logs-5x50MiB",
    allocator: str = "system",
    concurrency: int = 1,
    cache: str = "warm",
) -> dict[str, Any]:
    return {
        "workload": workload,
        "strategy": strategy,
        "input": input,
        "allocator": allocator,
        "concurrency": concurrency,
        "cache": cache,
    }


def make_row(
    case: dict[str, Any],
    repetition: int = 0,
    repetitions: int = 3,
    input_bytes: int | None = 250 * MIB,
    jitter: int = 0,
    **changes: Any,
) -> dict[str, Any]:
    """An ok row; `changes` replace keys, and a value of None needs an entry in `absent`."""
    heap_share, mapped_share, slowdown = _SHAPES.get(case["strategy"].split(":")[0], (0.01, 0, 1))
    size = input_bytes or 0
    heap = int(size * heap_share) + 3 * MIB
    mapped, floor = int(size * mapped_share), 6 * MIB
    anon = heap + 4 * MIB + jitter * 64 * 1024
    files = mapped + 3 * MIB
    peak = anon + int(files * 0.9) + jitter * 128 * 1024
    wall = (size / MIB) * 4.1 * slowdown * (1 + 0.01 * jitter) + 0.8
    measures = {
        "peak_rss_bytes": peak, "floor_rss_bytes": floor, "net_peak_rss_bytes": peak - floor,
        "peak_rss_anon_bytes": anon, "peak_rss_file_bytes": files, "peak_rss_shmem_bytes": 0,
        "net_peak_rss_anon_bytes": anon - 2 * MIB, "end_rss_bytes": floor + MIB,
        "end_rss_anon_bytes": 3 * MIB, "peak_heap_bytes": heap,
        "heap_allocations": 1200 + int(size * heap_share) // 4096,
        "heap_frees": 1100 + int(size * heap_share) // 4096,
        "heap_requested_bytes": int(heap * 1.7), "heap_end_bytes": 4096,
        "heap_largest_bytes": heap // 3, "mmap_anon_peak_bytes": 0, "mmap_file_peak_bytes": mapped,
        "allocator_resident_bytes": None, "allocator_allocated_bytes": None,
        "allocator_retained_bytes": None, "cgroup_peak_bytes": None, "cgroup_anon_bytes": None,
        "cgroup_file_bytes": None, "wall_ms": wall, "user_ms": wall * 0.7, "system_ms": wall * 0.2,
        "minor_faults": peak // 4096, "major_faults": 0, "io_read_bytes": 0,
        "io_write_bytes": size, "io_read_chars": size, "io_write_chars": size,
        "io_read_syscalls": size // 65536 + 40, "io_write_syscalls": size // 65536 + 9,
        "bytes_requested": size, "bytes_copied": size if heap_share > 0.2 else 0,
        "reads": size // 65536 + 31, "read_syscalls": 0 if mapped else size // 65536 + 31,
        "bytes_written": int(size * 0.97), "end_maps": 0, "end_descriptors": 0,
        "voluntary_switches": 12 + jitter, "involuntary_switches": 5, "swap_bytes": 0,
        "anon_huge_bytes": 0,
        "amplification": (peak - floor) / size if size else None,
        "heap_amplification": heap / size if size else None,
        "throughput_mb_per_s": size / 1e6 / (wall / 1000) if size else None,
    }  # fmt: skip
    # Of a measure that nobody has made up anything for yet.
    for entry in TABLE.values():
        if not entry.counted_by:
            measures.setdefault(entry.key, 1)
    absent = {
        key: "the system allocator keeps no such statistics"
        for key in measures
        if key.startswith("allocator_")
    }
    absent |= {
        key: "no cgroup could be made: read-only file system"
        for key in measures
        if key.startswith("cgroup_")
    }
    if not size:
        absent |= {
            key: "the workload has no input"
            for key in ("amplification", "heap_amplification", "throughput_mb_per_s")
        }
    row: dict[str, Any] = {
        "name": case_id(case), "family_index": 0, "per_family_instance_index": 0,
        "run_name": case_id(case), "run_type": "iteration", "repetitions": repetitions,
        "repetition_index": repetition, "threads": 1, "iterations": 1, "real_time": wall,
        "cpu_time": wall * 0.9, "time_unit": "ms", "case": copy.deepcopy(case), "status": "ok",
        "message": None, **measures, "absent": absent, "expected_peak_bytes": heap + mapped + MIB,
        "input_bytes": input_bytes, "output_bytes": int(size * 0.97) or None,
        "output_digest": "sha256:" + "0a" * 32 if size else None,
        **_curves(case["workload"], wall, anon, files, heap, floor),
        "read_sizes": {"4096": 31, "65536": size // 65536},
        "heap_sizes": {"16": 700, "4096": 500},
    }  # fmt: skip
    row.update(changes)
    for key, value in changes.items():
        if value is not None and key in absent:
            del absent[key]
    return row


def _curves(
    workload: str, wall: float, anon: int, files: int, heap: int, floor: int
) -> dict[str, Any]:
    """Phases, and a timeline in which memory climbs, drops at phase ends and peaks once."""
    total = int(wall * 1000)
    phases, start = [], 0
    parts = _PHASES.get(workload, ())
    whole = sum(share for _, share in parts)
    for name, share in parts:
        end = start + total * share // whole
        phases.append(
            {
                "name": name,
                "start_us": start,
                "end_us": end,
                "peak_heap_bytes": int(heap * (0.3 + 0.7 * share / whole)),
                "end_heap_bytes": heap // 4,
                "pss_bytes": floor + heap // 3,
                "peak_rss_bytes": floor + heap + files,
                "peak_rss_anon_bytes": floor // 2 + heap,
                "peak_rss_file_bytes": files,
                "peak_rss_shmem_bytes": 0,
            }
        )
        start = end
    rows, steps = [], 240
    for step in range(steps + 1):
        at = step / steps
        wave = (
            0.55 + 0.45 * math.sin(3 * math.pi * at) ** 2
            if heap < 40 * MIB
            else min(1, 0.15 + at * 1.6)
        )
        level = wave if at < 0.93 else wave * (1 - (at - 0.93) / 0.07 * 0.85)
        rows.append(
            [
                int(total * at),
                floor // 2 + int((anon - floor // 2) * level),
                3 * MIB + int((files - 3 * MIB) * min(1.0, at * 1.3)),
                0,
                int(heap * level),
            ]
        )
    return {
        "phases": phases,
        "timeline": {
            "columns": ["t_us", "anon_bytes", "file_bytes", "shmem_bytes", "heap_bytes"],
            "rows": rows,
        },
    }


def make_failed_row(
    case: dict[str, Any],
    status: str = "crashed",
    message: str = "died of SIGSEGV",
    repetition: int = 0,
    repetitions: int = 3,
    **changes: Any,
) -> dict[str, Any]:
    row = {
        "name": case_id(case), "family_index": 0, "per_family_instance_index": 0,
        "run_name": case_id(case), "run_type": "iteration", "repetitions": repetitions,
        "repetition_index": repetition, "threads": 1, "error_occurred": True,
        "error_message": message, "iterations": 1, "real_time": 0.0, "cpu_time": 0.0,
        "time_unit": "ms", "case": copy.deepcopy(case), "status": status, "message": message,
    }  # fmt: skip
    row.update(changes)
    return row


# Of a sample's row, what its case's aggregates do not have.
_OF_SAMPLES = ("phases", "timeline", "read_sizes", "heap_sizes", "absent", "output_digest",
               "repetition_index", "message")  # fmt: skip
# Numbers of a row that are the same in all of a case's.
_OF_CASES = ("family_index", "per_family_instance_index", "repetitions", "threads", "iterations")


def make_aggregates(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows that the program writes after the samples of a case."""
    ok = [row for row in rows if row["status"] == "ok"]
    result = []
    for name in ("median", "min", "max") if ok else ():
        row = {key: value for key, value in ok[0].items() if key not in _OF_SAMPLES}
        for key in {key for other in ok for key in other} - {*_OF_SAMPLES, *_OF_CASES}:
            values = [other[key] for other in ok if _is_number(other.get(key))]
            if values:
                row[key] = getattr(Stat.of(values), name)
        row |= {
            "name": row["run_name"] + "_" + name,
            "run_type": "aggregate",
            "aggregate_name": name,
            "aggregate_unit": "time",
            "samples": len(ok),
        }
        result.append(row)
    return result


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def with_aggregates(document: dict[str, Any]) -> dict[str, Any]:
    """The document after its samples were changed."""
    rows = [row for row in document["benchmarks"] if row["run_type"] == "iteration"]
    return make_document(rows, **document["context"])


def make_context(**changes: Any) -> dict[str, Any]:
    context = {
        "date": "2026-03-14T09:26:53+00:00", "host_name": "bench-1", "executable": "splitscope",
        "num_cpus": 2, "mhz_per_cpu": 2450, "cpu_scaling_enabled": False,
        "caches": [{"type": "Data", "level": 1, "size": 32768, "num_sharing": 1}],
        "load_avg": [0.1, 0.2, 0.3], "library_build_type": "release", "schema_version": 1,
        "splitscope_version": "0.1.0", "commit": "c0ffee1234567890c0ffee1234567890c0ffee12",
        "dirty": False, "suite": "quick", "command_line": "splitscope run --suite quick",
        "kernel": "6.1.0-37-amd64", "os": "Debian GNU/Linux 12 (bookworm)",
        "cpu_model": "AMD EPYC 7763", "page_size_bytes": 4096, "thp_mode": "madvise",
        "filesystem": "ext4", "cgroup_version": "v2", "sample_interval_us": 1000,
        "machine_class": {"arch": "x86_64", "os": "debian 12", "libc": "glibc 2.36",
                          "compiler": "gcc 12.2.0", "build_type": "Release", "zstd": "1.5.4"},
    }  # fmt: skip
    return context | changes


def make_document(rows: list[dict[str, Any]], **context: Any) -> dict[str, Any]:
    """Rows of samples, with the aggregates of each case after them."""
    benchmarks: list[dict[str, Any]] = []
    by_case: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_case.setdefault(row["run_name"], []).append(row)
    for group in by_case.values():
        benchmarks += group + make_aggregates(group)
    return {"context": make_context(**context), "benchmarks": benchmarks}


def make_simple(
    repetitions: int = 3,
    strategies: tuple[str, ...] = ("streaming",),
    workload: str = "merge",
    **changes: Any,
) -> dict[str, Any]:
    """One workload over one input; `changes` go to every row."""
    return make_document(
        [
            make_row(make_case(workload, strategy), index, repetitions, **changes)
            for strategy in strategies
            for index in range(repetitions)
        ]
    )


def make_suite(repetitions: int = 3) -> dict[str, Any]:
    """Six strategies by four workloads, the noise floor, and two failures."""
    rows = [
        make_row(make_case("idle", "none", "none"), index, repetitions, None, index)
        for index in range(repetitions)
    ]
    inputs = {
        "merge": ("logs-5x50MiB", 250),
        "convert": ("logs-200MiB", 200),
        "extract": ("logs-200MiB", 200),
        "upload": ("logs-150MiB", 150),
    }
    for workload, (name, size) in inputs.items():
        for strategy in STRATEGIES:
            case = make_case(workload, strategy, name)
            for index in range(repetitions):
                row = make_row(case, index, repetitions, size * MIB, index)
                if workload == "upload" and strategy == "full-copy":
                    row = make_failed_row(
                        case, "oom_killed", "killed by the kernel at 512 MiB", index, repetitions
                    )
                if workload == "extract" and strategy == "range-read" and index == 1:
                    row = make_failed_row(
                        case, "timed_out", "did not end within 60 s; killed", index, repetitions
                    )
                rows.append(row)
    return make_document(rows)


def write(document: dict[str, Any], path: Path) -> Path:
    path.write_text(json.dumps(document, allow_nan=False), encoding="utf-8")
    return path
