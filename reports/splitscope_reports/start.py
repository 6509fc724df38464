"""The first and the last of the program: whatever happens, one line and the right exit code."""

from __future__ import annotations

import os
import signal
import traceback
from typing import NoReturn

from splitscope_reports import console, death
from splitscope_reports.errors import EXIT_TOOL_ERROR, Interrupted


def start(arguments: list[str]) -> NoReturn:
    """Ends the process. Nothing that is left to Python's own end can change the exit code."""
    # Whatever the umask takes away: what is ours must stay ours to fill and to remove.
    os.umask(os.umask(0o077) & 0o077)
    try:
        try:
            console.occupy()
            death.install()
            code = _run(arguments)
        except Interrupted as end:
            name = signal.Signals(end.number).name
            console.warn(f"splitscope: ended by {name}; what was half-done is removed")
            code = 128 + end.number
    except BaseException as error:  # a signal or a lack of memory in the lines above
        code = 128 + error.number if isinstance(error, Interrupted) else EXIT_TOOL_ERROR
    os._exit(code)


# What `report` draws with, `gate` judges with and both check a result with, as Debian calls it.
_PACKAGES = "python3-matplotlib python3-jsonschema python3-jinja2"


def _way_out() -> str:
    """How the libraries come here: an installed tree has no scripts."""
    tree = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
    if os.path.exists(os.path.join(tree, "scripts", "setup")):
        return "scripts/setup installs what reports need"
    return f"reports need {_PACKAGES}; on Debian: sudo apt install {_PACKAGES}"


def _run(arguments: list[str]) -> int:
    try:
        # Here, so that a library that is missing is told in one line.
        from splitscope_reports.commands import main

        code = main(arguments)
        # A verdict stands, whoever wanted to end it.
        if arguments[:1] != ["gate"]:
            death.raise_if_asked()
        return code
    except ImportError as error:
        console.warn(f"error: {error}; {_way_out()}")
    except MemoryError:
        console.warn("error: out of memory while the results were read or drawn")
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        console.warn(
            f"error: {type(error).__name__}: {error} (at {os.path.basename(last.filename)}:"
            f"{last.lineno}; this is a mistake of splitscope's, please report it)"
        )
    return EXIT_TOOL_ERROR
