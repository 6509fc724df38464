"""docs/accuracy.md, from a table of figures."""

from __future__ import annotations

import os
import pathlib
import platform

INTRODUCTION = """# How true the figures are

Made by `scripts/truth`, which runs the programs of `tests/truth/programs.py` under `splitscope exec` and
a strategy that takes memory on purpose under `splitscope run`. Each knows what it takes: it counts what
it touches, maps and allocates, reads its own `/proc/self/status` before (and after, where it holds), or
has a second counter behind the heap shim; the processes of a tree stand still while the first one reads
of each what the kernel says. Spikes are not looked at while they last, which is less than a millisecond
up to 2 MiB. An error is what splitscope says less the truth; the worst of all repetitions is shown.

- **Allowed** for what the kernel counts: 0.5 % or 256 KiB, whichever is more. For what the shim counts:
  nothing.
- A peak that is over before anybody looks and that only the kernel's mark has (`raw-mmap-spike`, the
  static spike, `exec-chain`) is true within the resolution of the kernel's counters: `rss_resolution_bytes`
  of the result, 256 KiB with two processors, more with many.
- **at least**: this cannot be seen from outside in such a program, the result says so (`at_least`), and
  the figure may be below the truth but not above.
- PSS is read for at most 1 % of the time: the tree that shows it rests for 0.6 s at its peak.
- Heap and mapped bytes of a tree are a sum over processes at one instant, known to 64 KiB for each.
"""

NOT_SEEN = """
## What is not seen

| program | measure | why |
| --- | --- | --- |
"""


SHIM = """
## The heap shim's own footprint

It is in the figures of each process that it counts in; `--heap off` leaves it out. Anonymous and shared
pages are its own: its counters and the dynamic linker's of one library more. File pages are its code and
those of the C library that it calls, which any other process shares; the kernel maps them 64 KiB at once.

"""


def machine() -> str:
    thp = pathlib.Path("/sys/kernel/mm/transparent_hugepage/enabled")
    mode = thp.read_text(encoding="ascii").split("[")[1].split("]")[0] if thp.exists() else "absent"
    return (f"Linux {platform.release().split('-')[0]}, {os.cpu_count()} processors, transparent huge "
            f"pages: {mode}, {platform.libc_ver()[0]} {platform.libc_ver()[1]}, "
            f"{'root' if os.geteuid() == 0 else 'not root'}.")


def row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"


def percent(figure) -> str:
    return f"{100 * figure.error / figure.truth:+.2f} %" if figure.truth else "-"


def page(table, complaints: list[str], skipped: list[str], unseen: list[tuple[str, str, str]],
         shim: dict[str, float], repetitions: int) -> str:
    figures = table.values()
    outside = sum(len(figure.outside) for figure in figures)
    text = INTRODUCTION
    text += f"\nMeasured on {machine()} {repetitions} repetitions of each, in turns.\n\n"
    text += (f"**{sum(figure.repetitions for figure in figures):,} figures, {outside} of them outside "
             f"what is allowed.**\n")
    for complaint in sorted(set(complaints)):
        text += f"\nWrong beside that: {complaint}.\n"
    for name in skipped:
        text += f"\nNot measured: {name}.\n"
    text += "\n## What the kernel counts\n\n"
    text += "Bytes.\n\n"
    text += row(["verb", "program", "measure", "truth", "worst error", "of it", "repetitions",
                 "outside"])
    text += row(["---", "---", "---", "--:", "--:", "--:", "--:", "--:"])
    for (verb, name, measure), figure in table.items():
        if figure.judged == "exact":
            continue
        worst = f"{figure.error:+,}" + (" (at least)" if figure.judged == "at least" else "")
        text += row([verb, name, f"`{measure.split()[0]}`" + measure[len(measure.split()[0]):],
                     f"{figure.truth:,}", worst, percent(figure), str(figure.repetitions),
                     str(len(figure.outside))])
    text += "\n## What the shim and the tracer count\n\n"
    text += "To the byte; measures of a program that have no error stand together.\n\n"
    text += row(["verb", "program", "measures", "peak heap", "worst error", "repetitions", "outside"])
    text += row(["---", "---", "---", "--:", "--:", "--:", "--:"])
    for verb, name in dict.fromkeys((key[0], key[1]) for key in table):
        exact = {measure: figure for (v, n, measure), figure in table.items()
                 if (v, n) == (verb, name) and figure.judged == "exact"}
        right = [measure for measure, figure in exact.items() if figure.error == 0]
        peak = exact.get("peak_heap_bytes")
        if right:
            text += row([verb, name, ", ".join(f"`{measure}`" for measure in right),
                         f"{peak.truth:,}" if peak else "-", "0",
                         str(exact[right[0]].repetitions), "0"])
        for measure, figure in exact.items():
            if figure.error != 0:
                text += row([verb, name, f"`{measure}`", f"{figure.truth:,}", f"{figure.error:+,}",
                             str(figure.repetitions), str(len(figure.outside))])
    text += NOT_SEEN
    for name, measure, why in unseen:
        text += row([name, f"`{measure}`", why])
    text += SHIM + row(["measure", "`/bin/true` with it less without, KiB"]) + row(["---", "--:"])
    for measure, more in shim.items():
        text += row([f"`{measure}`", f"{more / 1024:+.0f}"])
    return text
