"""A place of its own for each worker: inputs, outputs, temporary, cache and home folders, and a
picture of all of it, by content, that is compared and put back."""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess

PREFIX = ".splitscope-"  # of stagings, base/staging.h

State = dict[str, tuple]


def binary() -> str:
    given = os.environ.get("SPLITSCOPE_BINARY")
    if given:
        return given
    root = pathlib.Path(__file__).resolve().parents[2]
    return str(root / "build" / "release" / "bin" / "splitscope")


def strategies() -> list[str]:
    """Names of the catalog, in its order."""
    listed = subprocess.run([binary(), "list", "strategies"], capture_output=True, text=True, check=True)
    return [line.split()[0] for line in listed.stdout.splitlines()[1:]]


def picture(root: pathlib.Path) -> State:
    """Every name below `root` with its kind and, for files, a digest of the bytes."""
    found: State = {}
    pending = [(str(root), "")]
    while pending:
        folder, prefix = pending.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                name = prefix + entry.name
                if entry.is_symlink():
                    found[name] = ("link", os.readlink(entry.path))
                elif entry.is_dir():
                    found[name] = ("folder",)
                    pending.append((entry.path, name + "/"))
                elif entry.is_file():
                    with open(entry.path, "rb") as file:
                        data = file.read()
                    found[name] = ("file", len(data), hashlib.blake2b(data, digest_size=12).digest())
                else:
                    found[name] = ("other", entry.stat(follow_symlinks=False).st_mode)
    return found


def difference(before: State, after: State) -> list[str]:
    lines = [f"new: {name}" for name in sorted(after.keys() - before.keys())]
    lines += [f"gone: {name}" for name in sorted(before.keys() - after.keys())]
    lines += [f"changed: {name}" for name in sorted(before.keys() & after.keys())
              if before[name] != after[name]]
    return lines


def _remove(path: pathlib.Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif path.exists() or path.is_symlink():
        path.unlink()


class Sandbox:
    """Folders in/, at/ (the current folder), tmp/, cache/ and home/ below `root`/box; `root`/note is
    the injector's. pristine() keeps a copy that restore() goes back to."""

    FOLDERS = ("in", "at", "tmp", "cache", "home")

    def __init__(self, root: pathlib.Path):
        self.root = root
        self.box = root / "box"
        self.note = root / "note"
        for name in self.FOLDERS:
            (self.box / name).mkdir(parents=True)
        self.variables = {
            "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(self.box / "home"),
            "TMPDIR": str(self.box / "tmp"), "SPLITSCOPE_CACHE": str(self.box / "cache"),
            "PYTHONDONTWRITEBYTECODE": "1"}
        for name in ("SPLITSCOPE_HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                self.variables[name] = os.environ[name]

    @property
    def at(self) -> pathlib.Path:
        return self.box / "at"

    @property
    def inputs(self) -> pathlib.Path:
        return self.box / "in"

    def run(self, *words, extra=None, timeout=60, before=(), close_fds=False,
            **more) -> subprocess.CompletedProcess:
        """The program with these words in at/, started by `before`; TimeoutExpired when it hangs."""
        # Without close_fds Python starts it by vfork: a third of the time.
        return subprocess.run([*before, binary(), *map(str, words)], cwd=self.at, capture_output=True,
                              env={**self.variables, **(extra or {})}, timeout=timeout,
                              stdin=subprocess.DEVNULL, close_fds=close_fds, check=False, **more)

    def made(self, *words) -> None:
        done = self.run(*words, timeout=300)
        if done.returncode != 0:
            raise RuntimeError(f"{words}: {done.returncode}: {done.stderr.decode()}")

    def picture(self) -> State:
        return picture(self.box)

    def keep(self, name: str) -> State:
        """Remembers the box under `name`."""
        shutil.copytree(self.box, self.root / name, symlinks=True)
        return self.picture()

    def restore(self, name: str, wanted: State, now: State) -> None:
        """Makes the box, of which `now` is the picture, what it was at keep(name)."""
        kept = self.root / name
        for path in sorted(wanted.keys() | now.keys()):
            if wanted.get(path) == now.get(path):
                continue
            place = self.box / path
            _remove(place)
            if path not in wanted or not place.parent.is_dir():
                continue
            if wanted[path][0] == "folder":
                place.mkdir()
            elif wanted[path][0] == "link":
                os.symlink(wanted[path][1], place)
            else:
                shutil.copy2(kept / path, place)
        # A folder that was replaced took its unchanged files along.
        if self.picture() != wanted:
            shutil.rmtree(self.box)
            shutil.copytree(kept, self.box, symlinks=True)


def own_shared_memory() -> None:
    """A /dev/shm that nobody else leaves anything in, for the calling thread and all that it starts,
    where that is permitted."""
    libc = ctypes.CDLL(None, use_errno=True)
    new_mounts, private = 0x20000, 0x44000  # CLONE_NEWNS; MS_REC | MS_PRIVATE
    if libc.unshare(new_mounts) == 0 and libc.mount(b"none", b"/", None, private, None) == 0:
        libc.mount(b"faults", b"/dev/shm", b"tmpfs", 0, None)


def is_in_use(folder: pathlib.Path) -> bool:
    """Whether the process lives that made this private folder: it holds a lock in it."""
    try:
        with open(folder / "lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def shared_memory() -> set[str]:
    """But for private folders of processes that live: another worker's."""
    root = pathlib.Path("/dev/shm")
    return {name for name in os.listdir(root)
            if not (name.startswith(".splitscope-") and is_in_use(root / name))}
