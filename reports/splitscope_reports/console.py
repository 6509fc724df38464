"""Standard output and error as bytes: UTF-8 whatever the locale says, and every write checked.

What cannot be written never changes a verdict. say() and warn() therefore return; what was lost is
asked for at the end.
"""

from __future__ import annotations

import errno
import os
import select

from splitscope_reports.names import visible

OUT, ERROR = 1, 2

_lost: dict[int, OSError] = {}


def occupy() -> None:
    """Puts something in the place of a closed 0, 1 or 2, so that no file of ours gets that number.
    Writing there fails, as it does to a closed descriptor. Call first."""
    for number in (0, OUT, ERROR):
        try:
            os.fstat(number)
        except OSError:
            # Takes the lowest free number, which is this one.
            os.open("/dev/null", os.O_WRONLY if number == 0 else os.O_RDONLY)


def say(text: str) -> None:
    _write(OUT, text)


def warn(line: str) -> None:
    """One line, whatever it quotes."""
    _write(ERROR, visible(line) + "\n")


def lost() -> OSError | None:
    """Why standard output did not get all that was said to it, once; None when it did."""
    return _lost.pop(OUT, None)


def is_closed_pipe(error: OSError | None) -> bool:
    return error is not None and error.errno == errno.EPIPE


def _write(number: int, text: str) -> None:
    if number in _lost:
        return
    left = memoryview(text.encode("utf-8", "backslashreplace"))
    while left:
        try:
            left = left[os.write(number, left) :]
        except BlockingIOError:
            select.select([], [number], [])
        except OSError as error:
            _lost[number] = error
            return
