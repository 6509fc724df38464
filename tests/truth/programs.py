"""The table: which programs of known behaviour are measured, how, and what may be missing of them."""

from __future__ import annotations

import dataclasses

KINDS = ("peak_rss_anon_bytes", "peak_rss_file_bytes", "peak_rss_shmem_bytes")
HEAP = ("peak_heap_bytes", "heap_allocations", "heap_frees", "heap_requested_bytes",
        "heap_largest_bytes", "mmap_anon_peak_bytes", "mmap_file_peak_bytes",
        "mmap_shared_peak_bytes")
# These are true to the byte; of several processes at once the sum is only near.
EXACT = frozenset(HEAP) | {"processes", "heap_end_bytes"}


@dataclasses.dataclass(frozen=True)
class Program:
    """A line of the table. `words` follow the file in which the program tells the truth."""

    name: str
    binary: str
    words: tuple[str, ...]
    options: tuple[str, ...] = ()
    status: str = "ok"
    # Measures that cannot be had of it, and a word of the reason that has to be given.
    absent: dict[str, str] = dataclasses.field(default_factory=dict)
    # Measures of which only a part can be seen: it must be said ("at least"), and be no more than
    # the truth.
    unseen: tuple[str, ...] = ()
    why: str = ""
    # Its peak is over before anybody looks, and only the kernel's mark has it: true within the
    # resolution of the kernel's counters, which grows with the processors.
    mark_only: bool = False
    # The heap is a sum over several processes at one instant.
    heap_is_sum: bool = False


def memory(scenario: str, size: str, variant: str = "", **more) -> Program:
    name = f"{scenario} {size}" + (f", {variant}" if variant else "")
    binary = "truth_memory" + (f"_{variant}" if variant else "")
    return Program(name, binary, (scenario, size), **more)


def tree(scenario: str, size: str, **more) -> Program:
    return Program(f"tree: {scenario} {size}", "truth_tree", (scenario, size), heap_is_sum=True,
                   **more)


@dataclasses.dataclass(frozen=True)
class Strategy:
    """A line of the table for `run`: options of the plugin's strategy, and those that its figures
    are more than."""

    options: str
    base: str = ""

    @property
    def name(self) -> str:
        return f"strategy with {self.options}"


NO_HEAP = {key: "static" for key in HEAP}

EXEC = [
    memory("hold", "1"),
    memory("hold", "64"),
    memory("malloc-spike", "2"),
    memory("malloc-spike", "16"),
    memory("small-blocks-spike", "2"),
    memory("many-blocks", "0"),
    memory("realloc", "12"),
    memory("mmap-spike", "1"),
    memory("mmap-spike", "2"),
    memory("populate-spike", "2"),
    memory("populate-spike", "8"),
    memory("huge-spike", "4"),
    memory("brk-spike", "2"),
    memory("dontneed", "4"),
    memory("shared-anon-spike", "4"),
    memory("memfd-spike", "4"),
    memory("private-file-spike", "8", unseen=("peak_rss_file_bytes",),
           why="a write turns a page from file to anonymous without any call"),
    memory("shared-file-spike", "8"),
    memory("raw-mmap-spike", "2", unseen=("peak_rss_anon_bytes",), mark_only=True,
           why="system calls past the C library, given back within a sample's interval"),
    memory("threads", "4", "ledger"),
    memory("many-blocks", "0", "ledger"),
    memory("hold", "16", "jemalloc"),
    memory("foreign-malloc-spike", "4", "jemalloc"),
    memory("hold", "16", "tcmalloc"),
    memory("foreign-malloc-spike", "4", "tcmalloc"),
    memory("hold", "4", "static", absent=NO_HEAP),
    memory("mmap-spike", "2", "static", absent=NO_HEAP, unseen=("peak_rss_anon_bytes",),
           mark_only=True,
           why="no shim is loaded, and it is given back within a sample's interval"),
    memory("killed", "12", status="crashed"),
    memory("exec-chain", "20", mark_only=True),
    Program("hold 8, C++ and threads", "truth_cxx", ("8",)),
    tree("fork", "8"),
    tree("vfork", "8"),
    tree("spawn", "8"),
    tree("shell-pipeline", "8"),
    tree("ignored-children", "8"),
    tree("generations", "8"),
    tree("copy-on-write", "32"),
    tree("spike-beside-others", "8"),
    tree("one-after-the-other", "1"),
    tree("killed-member", "8"),
    tree("daemon", "8", options=("--wait",)),
]

RUN = [
    Strategy("copies=1"),
    Strategy("copies=3"),
    Strategy("leak=3MiB"),
    Strategy("leak=100KiB"),
    Strategy("spike=24MiB", base="spike=12MiB"),
    Strategy("map=12MiB"),
]
