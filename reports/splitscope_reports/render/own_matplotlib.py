"""Imports matplotlib as if the user had no settings: no rc file, no fonts, no cache of theirs."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
from collections.abc import Iterator

from splitscope_reports.errors import ReportError

_SETTINGS = ("MPL", "MATPLOTLIB", "XDG_", "FONTCONFIG", "FC_")


class _NoTimer:
    def __init__(self, *_: object):
        pass

    def start(self) -> None:
        pass

    def cancel(self) -> None:
        pass


@contextlib.contextmanager
def own_matplotlib(scratch: str) -> Iterator[None]:
    """Import inside. `scratch` is a folder that goes away: matplotlib looks for its files in the
    current folder and in the home, and writes its list of fonts there."""
    logging.getLogger("matplotlib").setLevel(logging.CRITICAL)
    timer = threading.Timer
    # It would start a thread only to say that it takes a moment; where there is no memory for one,
    # Python waits for it for ever.
    threading.Timer = _NoTimer  # type: ignore[misc, assignment]
    environment = dict(os.environ)
    here = os.open(".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in environment:
            if name.startswith(_SETTINGS):
                del os.environ[name]
        os.environ |= {"HOME": scratch, "MPLCONFIGDIR": scratch, "PATH": "/usr/bin:/bin"}
        # Nothing here is worth a thread, and OpenBLAS waits for ever for threads that it cannot have.
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
        os.chdir(scratch)
        yield
    finally:
        threading.Timer = timer  # type: ignore[misc]
        os.fchdir(here)
        os.close(here)
        os.environ.clear()
        os.environ.update(environment)


@contextlib.contextmanager
def wholly_drawn() -> Iterator[None]:
    """Draw inside. When a font cannot be read, matplotlib draws on without letters, and Python only
    prints the error; here it is one, a ReportError, once the drawing has ended."""
    problems: list[str] = []

    def take(unraisable: sys.UnraisableHookArgs) -> None:
        name = getattr(unraisable.object, "name", unraisable.object)
        problems.append(f"cannot read {name}: {unraisable.exc_value}")

    hook = sys.unraisablehook
    sys.unraisablehook = take
    try:
        yield
    finally:
        sys.unraisablehook = hook
    if problems:
        raise ReportError(f"{problems[0]}; the report was not drawn")
