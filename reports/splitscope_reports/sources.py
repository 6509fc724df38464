"""Inputs, each read once and to its end, so that a pipe does as well as a file."""

from __future__ import annotations

import os
from dataclasses import dataclass

from splitscope_reports.errors import ReportError

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Source:
    """`identity` is device and inode of what was read: no output may be the same file."""

    name: str
    text: str
    identity: tuple[int, int]


class NoSuchSource(ReportError):
    """There is nothing under that name."""


def read_source(path: str | os.PathLike[str]) -> Source:
    """Errors: NoSuchSource, or another ReportError that says what is wrong with it."""
    name = os.fspath(path)
    try:
        handle = os.open(name, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise NoSuchSource(f"{name}: cannot be read: No such file or directory") from None
    except (OSError, ValueError) as error:
        raise ReportError(f"{name}: cannot be read: {reason(error)}") from None
    try:
        status = os.fstat(handle)
        parts = []
        while part := os.read(handle, _CHUNK):
            parts.append(part)
    except OSError as error:
        raise ReportError(f"{name}: cannot be read: {reason(error)}") from None
    finally:
        os.close(handle)
    try:
        text = b"".join(parts).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ReportError(f"{name}: byte {error.start}: expected UTF-8 text") from None
    return Source(name, text, (status.st_dev, status.st_ino))


def reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)
