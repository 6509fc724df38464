"""The folder of a report: made whole beside its place, then put there at once.

It carries a manifest of what was made in it. A later report replaces it, with all its old pictures,
only while it holds nothing else and nothing that was changed since: what a user put there or edited
is never removed.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator
from typing import Any

from splitscope_reports.death import undisturbed
from splitscope_reports.errors import ReportError
from splitscope_reports.outputs import MADE, explained, made_parents, sync_folder, write_new
from splitscope_reports.sources import reason
from splitscope_reports.staging import Staging

MANIFEST = "manifest.json"

_VERSION = 1
# As often as other reports may come to the same place between two steps of ours.
_ATTEMPTS = 100
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_UNSUPPORTED = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)


@contextlib.contextmanager
def report_folder(target: str) -> Iterator[tuple[str, str, Callable[[], None]]]:
    """Yields a new folder to fill, a scratch folder that goes away, and what puts the new one in
    its place. Errors: ReportError that names the target."""
    with explained(target):
        place = _check_place(target)
        parent = os.path.dirname(place)
        with made_parents(parent), Staging(parent) as staging:
            scratch = os.path.join(staging.path, "scratch")
            os.mkdir(scratch)
            new = os.path.join(staging.path, MADE, os.path.basename(place))
            os.mkdir(os.path.dirname(new))
            os.mkdir(new)

            def commit() -> None:
                with contextlib.suppress(FileNotFoundError):
                    os.chmod(new, stat.S_IMODE(os.stat(place).st_mode))
                _write_manifest(new)
                _put(new, place, target, staging)
                sync_folder(parent)

            yield new, scratch, commit


def _check_place(target: str) -> str:
    bare = target.rstrip("/") or target
    if os.path.basename(bare) in ("", ".", ".."):
        raise ReportError(f"{target or '(no name)'}: name a folder to write")
    place = os.path.realpath(bare)
    try:
        status = os.stat(bare)
    except FileNotFoundError:
        return place
    if not stat.S_ISDIR(status.st_mode):
        raise ReportError(f"{target}: exists and is no folder; name another one")
    if os.path.samefile(bare, "."):
        raise ReportError(f"{target}: is the current folder; name one in it")
    if os.path.ismount(bare):
        raise ReportError(f"{target}: is a mount point; name a folder in it")
    with contextlib.suppress(FileNotFoundError):  # another report came to the place meanwhile
        _refuse_strangers(place, target)
    return place


def _write_manifest(folder: str) -> None:
    files = {path: _digest(os.path.join(folder, path)) for path in _files_in(folder)}
    document = {"splitscope_report": _VERSION, "files": files}
    text = json.dumps(document, indent=1, sort_keys=True) + "\n"
    for path in files:
        _sync(os.path.join(folder, path))
    write_new(os.path.join(folder, MANIFEST), text.encode())
    for inner in {os.path.dirname(path) for path in files} - {""}:
        sync_folder(os.path.join(folder, inner))
    sync_folder(folder)


def _put(new: str, place: str, target: str, staging: Staging) -> None:
    for _ in range(_ATTEMPTS):
        try:
            os.rename(new, place)  # over nothing, or over an empty folder
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        try:
            _refuse_strangers(place, target)
            old = _exchange(new, place, target, staging, "old")
        except FileNotFoundError:
            continue
        try:
            # Until here somebody may have put something into it.
            _refuse_strangers(old, target)
        except ReportError:
            _exchange(old, place, target, staging, "withdrawn")
            raise
        return
    raise ReportError(f"{target}: others keep writing there")


def _exchange(new: str, place: str, target: str, staging: Staging, aside_name: str) -> str:
    """Returns where that which was at the place is now: at `new`, in one step, where the file system
    can; else it steps aside into the staging and comes back when the new one cannot come."""
    library = ctypes.CDLL(None, use_errno=True)
    exchanged = library.renameat2(
        _AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(place), _RENAME_EXCHANGE
    )
    if exchanged == 0:
        return new
    problem = ctypes.get_errno()
    if problem not in _UNSUPPORTED:
        raise OSError(problem, os.strerror(problem), place)
    aside = os.path.join(staging.path, aside_name)
    with undisturbed():
        staging.protect()
        problem = _step_aside(new, place, target, aside)
        staging.unprotect()
    if problem is not None:
        raise problem
    return aside


def _step_aside(new: str, place: str, target: str, aside: str) -> OSError | None:
    """What went wrong, with the old one at its place again. Errors: ReportError when it cannot come
    back."""
    try:
        os.rename(place, aside)
    except OSError as error:
        return error
    try:
        os.rename(new, place)
    except OSError as error:
        try:
            os.rename(aside, place)
        except OSError as worse:
            raise ReportError(
                f"{target}: cannot be put back: {reason(worse)} (it lies at {aside})"
            ) from None
        return error
    return None


def _refuse_strangers(folder: str, target: str) -> None:
    """Errors: ReportError that names the first thing in the folder that no report made;
    FileNotFoundError when another folder came to its place meanwhile."""
    before = os.stat(folder)
    try:
        _check_contents(folder, target)
    except ReportError:
        if not os.path.samestat(before, os.stat(folder)):
            raise FileNotFoundError(errno.ENOENT, "replaced meanwhile", folder) from None
        raise


def _check_contents(folder: str, target: str) -> None:
    names = sorted(os.listdir(folder))
    if not names:
        return
    known = _known_files(os.path.join(folder, MANIFEST))
    if known is None:
        raise ReportError(
            f"{target}: holds {names[0]} and is no report; name a new folder or an empty one"
        )
    for path in _files_in(folder):
        if path == MANIFEST:
            continue
        if path not in known:
            raise ReportError(
                f"{target}: holds {path}, which is not of the report there; move it away or name "
                "another folder"
            )
        if _digest(os.path.join(folder, path)) != known[path]:
            raise ReportError(
                f"{target}: {path} was changed since the report was made; move it away or name "
                "another folder"
            )


def _known_files(manifest: str) -> dict[str, Any] | None:
    try:
        if not stat.S_ISREG(os.lstat(manifest).st_mode):
            return None
        with open(manifest, "rb") as file:
            document = json.loads(file.read())
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or document.get("splitscope_report") != _VERSION:
        return None
    files = document.get("files")
    return files if isinstance(files, dict) else None


def _files_in(folder: str, below: str = "") -> list[str]:
    """Everything in it that is no folder, links too, and folders that are empty."""
    found: list[str] = []
    with os.scandir(os.path.join(folder, below)) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            path = os.path.join(below, entry.name)
            inner = _files_in(folder, path) if entry.is_dir(follow_symlinks=False) else None
            found += inner or [path]
    return found


def _digest(path: str) -> str:
    """"" for what is no plain file, which no manifest holds."""
    if not stat.S_ISREG(os.lstat(path).st_mode):
        return ""
    with open(path, "rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: str) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
