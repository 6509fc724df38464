"""A private folder beside a place where something is to be made: base/staging.h, for Python.

Both sides sweep what the other's dead left, so names, mark and lock are the same: the folder is
".splitscope-" and 16 hexadecimal digits of which the last four depend on the others; its file "lock"
says "splitscope <device>:<inode of the folder>" and is locked while its maker lives.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import stat
from types import TracebackType

from splitscope_reports.death import undisturbed

PREFIX = ".splitscope-"
LOCK = "lock"
# The lock's name while the folder must not be taken for one of ours.
PROTECTED = "protected"

_NAME = re.compile(rf"{re.escape(PREFIX)}([0-9a-f]{{16}})")
_CHECK_MASK = 0xFFFF
_WORD = 2**64 - 1
_ATTEMPTS = 100


def _with_check(random: int) -> int:
    free = random & ~_CHECK_MASK & _WORD
    # Knuth's MMIX multiplier, as in base/staging.cc.
    return free | ((free * 6364136223846793005 & _WORD) >> 48 & _CHECK_MASK)


def _mark(folder: os.stat_result) -> bytes:
    return f"splitscope {folder.st_dev}:{folder.st_ino}\n".encode()


class Staging:
    """Made with exclusive creation, mode 0700, and removed with everything in it on every way out of
    the `with`. What kill -9 leaves is removed by the next one in the same parent.
    Errors: OSError."""

    def __init__(self, parent: str):
        self._parent = parent or "."
        self.path = ""
        self._lock = -1
        self._is_protected = False

    def __enter__(self) -> Staging:
        remove_dead(self._parent)
        with undisturbed():
            for _ in range(_ATTEMPTS):
                value = _with_check(int.from_bytes(os.urandom(8), "big"))
                path = os.path.join(self._parent, f"{PREFIX}{value:016x}")
                try:
                    os.mkdir(path, 0o700)
                except FileExistsError:
                    continue
                try:
                    self._lock = _make_lock(path)
                except FileNotFoundError:
                    continue  # swept before it was locked
                except BaseException:
                    _remove(path)
                    raise
                self.path = path
                return self
        raise FileExistsError(17, "no free name for a temporary folder", self._parent)

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        with undisturbed():
            if not self._is_protected:
                _remove(self.path)
            os.close(self._lock)

    def protect(self) -> None:
        """While something of the user's lies in it: from protect() to unprotect() nobody removes it,
        not even this process as it ends. Errors: OSError."""
        os.rename(os.path.join(self.path, LOCK), os.path.join(self.path, PROTECTED))
        self._is_protected = True

    def unprotect(self) -> None:
        self._is_protected = False
        # Without its lock it is removed all the same, only not by others.
        with contextlib.suppress(OSError):
            os.rename(os.path.join(self.path, PROTECTED), os.path.join(self.path, LOCK))


def _make_lock(path: str) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    lock = os.open(os.path.join(path, LOCK), flags, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError:
            return lock  # without a lock no mark: nobody may take it for a dead one's
        # A full disk takes no mark either; what is made there will fail with a message of its own.
        os.write(lock, _mark(os.stat(path)))
    except BaseException:
        os.close(lock)
        raise
    return lock


def remove_dead(parent: str) -> None:
    """Of those that carry our mark and whose lock is free; nothing else, and no error matters."""
    try:
        names = os.listdir(parent)
    except OSError:
        return
    for name in names:
        match = _NAME.fullmatch(name)
        if match:
            with contextlib.suppress(OSError):
                _remove_if_dead(os.path.join(parent, name), int(match[1], 16))


def _remove_if_dead(path: str, value: int) -> None:
    status = os.lstat(path)
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        return
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        lock = os.open(os.path.join(path, LOCK), flags)
    except FileNotFoundError:
        # Its maker died before it could mark it: nothing can be lost with an empty folder.
        if _with_check(value) == value:
            os.rmdir(path)
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.pread(lock, 64, 0) == _mark(status):
            _remove(path)
    finally:
        os.close(lock)


def _remove(path: str) -> None:
    """The lock last, so that what is left half-way is still known as ours. A network file system may
    have a bad moment."""
    for _ in range(4):
        with contextlib.suppress(OSError):
            _remove_once(path)
            return


def _remove_once(path: str) -> None:
    for name in os.listdir(path):
        if name == LOCK:
            continue
        inner = os.path.join(path, name)
        if os.path.isdir(inner) and not os.path.islink(inner):
            shutil.rmtree(inner)
        else:
            os.unlink(inner)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(path, LOCK))
    os.rmdir(path)
