"""Outputs: checked before anything is written, made beside their place, put there by one rename.

Until then the old file stays as it is, and whatever happens nothing half-written is left.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator

from splitscope_reports import console, death
from splitscope_reports.errors import ReportError
from splitscope_reports.sources import Source, reason
from splitscope_reports.staging import Staging

# What is made lies below this folder of a staging, so that no name can be that of the lock.
MADE = "made"

_STANDARD_OUTPUT = ("-", "/dev/stdout")
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def write_text(target: str, text: str, inputs: Iterable[Source] = ()) -> None:
    """A whole file or none. "-" is standard output. A symbolic link to a regular file stays a link.
    Errors: ReportError that names the target."""
    if target in _STANDARD_OUTPUT:
        console.say(text)
        return
    with explained(target):
        mode = _check_file(target, inputs)
        place = os.path.realpath(target)
        _check_way(target, place)
        parent = os.path.dirname(place)
        with made_parents(parent), Staging(parent) as staging:
            new = os.path.join(staging.path, MADE, os.path.basename(place))
            os.mkdir(os.path.dirname(new))
            write_new(new, text.encode("utf-8", "backslashreplace"))
            if mode is not None:
                os.chmod(new, mode)
            # Something else may have come to the place in the meantime.
            _check_file(target, inputs)
            death.raise_if_asked()
            os.rename(new, place)
            sync_folder(parent)


def check_text(target: str, inputs: Iterable[Source]) -> None:
    """Errors: ReportError when write_text would refuse the place."""
    if target not in _STANDARD_OUTPUT:
        with explained(target):
            _check_file(target, inputs)


def write_new(path: str, content: bytes) -> None:
    """A file that does not exist yet, synced. Errors: OSError."""
    death.raise_if_asked()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    handle = os.open(path, flags, 0o666)
    try:
        left = memoryview(content)
        while left:
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(path: str) -> None:
    """Where names can be synced; where they cannot nothing better can be done."""
    with contextlib.suppress(OSError):
        handle = os.open(path or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def kind_of(mode: int) -> str:
    return next((text for test, text in _KINDS if test(mode)), "no regular file")


@contextlib.contextmanager
def made_parents(folder: str) -> Iterator[None]:
    """Makes the folders that are missing on the way; takes them back when the body fails."""
    missing = []
    while folder and not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    made: list[str] = []
    try:
        for path in reversed(missing):
            try:
                os.mkdir(path)
            except FileExistsError:
                continue  # another one came first, or it is no folder, which the next step will say
            made.append(path)
        yield
    except BaseException:
        for path in reversed(made):
            with contextlib.suppress(OSError):
                os.rmdir(path)
        raise


@contextlib.contextmanager
def explained(target: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise ReportError(f"{target}: cannot be written: {reason(error)}") from None


def _check_file(target: str, inputs: Iterable[Source]) -> int | None:
    """The mode of the file that is there; None when there is none."""
    if os.path.basename(target) in ("", ".", ".."):
        raise ReportError(f"{target or '(no name)'}: name a file to write")
    try:
        status = os.stat(target)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        raise ReportError(
            f"{target}: is {kind_of(status.st_mode)}; name a regular file or a new one"
        )
    for source in inputs:
        if source.identity == (status.st_dev, status.st_ino):
            raise ReportError(f"{target}: is the input {source.name}; name another output")
    return stat.S_IMODE(status.st_mode)


def _check_way(target: str, place: str) -> None:
    """Links such as those of /proc name files that they cannot lead to."""
    if os.path.exists(target) and not (
        os.path.exists(place) and os.path.samefile(target, place)
    ):
        raise ReportError(
            f"{target}: cannot be replaced under that name; name the file itself"
        )
