"""What a reader of a report needs to know about measures: groups, order, which way is better."""

from __future__ import annotations

from collections.abc import Iterable

GROUPS: dict[str, tuple[str, ...]] = {
    "Resident (kernel)": (
        "peak_rss_bytes", "floor_rss_bytes", "net_peak_rss_bytes", "peak_rss_anon_bytes",
        "peak_rss_file_bytes", "peak_rss_shmem_bytes", "net_peak_rss_anon_bytes", "end_rss_bytes",
        "end_rss_anon_bytes", "swap_bytes", "anon_huge_bytes"),
    "Heap (exact)": (
        "peak_heap_bytes", "heap_allocations", "heap_frees", "heap_requested_bytes",
        "heap_largest_bytes", "heap_end_bytes", "mmap_anon_peak_bytes", "mmap_file_peak_bytes"),
    "Allocator": (
        "allocator_resident_bytes", "allocator_allocated_bytes", "allocator_retained_bytes"),
    "Container": ("cgroup_peak_bytes", "cgroup_anon_bytes", "cgroup_file_bytes"),
    "Reading and writing": (
        "bytes_requested", "bytes_copied", "bytes_written", "reads", "read_syscalls",
        "s3_requests", "io_read_bytes", "io_write_bytes", "io_read_chars", "io_write_chars",
        "io_read_syscalls", "io_write_syscalls"),
    "Time and effort": (
        "wall_ms", "user_ms", "system_ms", "minor_faults", "major_faults", "voluntary_switches",
        "involuntary_switches"),
    "Leftovers": ("end_maps", "end_descriptors"),
    "Derived": ("amplification", "heap_amplification", "throughput_mb_per_s"),
}  # fmt: skip
OTHER_GROUP = "Counted by the workload"

# No value of these is the better one: they describe the run.
NEUTRAL = frozenset(
    {
        "floor_rss_bytes",
        "heap_frees",
        "bytes_written",
        "io_write_bytes",
        "io_write_chars",
        "anon_huge_bytes",
        "voluntary_switches",
        "involuntary_switches",
    }
)

_HIGHER_IS_BETTER = frozenset({"throughput_mb_per_s"})

# What a reader asks for first.
PEAKS = frozenset(
    {
        "peak_heap_bytes",
        "peak_rss_bytes",
        "net_peak_rss_bytes",
        "peak_rss_anon_bytes",
        "net_peak_rss_anon_bytes",
        "cgroup_peak_bytes",
        "mmap_anon_peak_bytes",
    }
)


def higher_is_better(measure: str) -> bool:
    return measure in _HIGHER_IS_BETTER


def group_of(measure: str) -> str:
    return next((group for group, keys in GROUPS.items() if measure in keys), measure)


def grouped(keys: Iterable[str]) -> dict[str, list[str]]:
    """The given keys under their headings, in a fixed order; unknown ones come last."""
    left = dict.fromkeys(keys)
    result: dict[str, list[str]] = {}
    for group, members in GROUPS.items():
        present = [key for key in members if key in left]
        if present:
            result[group] = present
        for key in present:
            del left[key]
    if left:
        result[OTHER_GROUP] = list(left)
    return result
