"""How a command ends when a signal asks for it: what it made is removed, one line, 128 + signal."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

from splitscope_reports.errors import Interrupted

_HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def install() -> None:
    """From now on these raise Interrupted. One that was ignored stays ignored (nohup)."""
    for number in _HANDLED:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)
    # The program that became this one had them wait for these handlers.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED)


_asked = 0


def raise_if_asked() -> None:
    """For before anything gets its name: an exception that a signal raised in the middle of a
    callback is dropped by Python, and the end that was asked for with it."""
    if _asked:
        raise Interrupted(_asked)


def _interrupt(number: int, _frame: object) -> None:
    global _asked
    _asked = number
    # The first one decides; the end is short.
    for other in _HANDLED:
        signal.signal(other, signal.SIG_IGN)
    raise Interrupted(number)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Signals wait meanwhile: between a thing's making and its owner's knowing of it, and while
    things are removed."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HANDLED)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
