"""A place in which splitscope is killed: a copy of the program, so that its processes are told from
all others, inputs, a server for uploads, and a look at what is left."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
MARK = "SPLITSCOPE_KILLED_BY_TEST"
CGROUP = re.compile(r"splitscope-[0-9a-f]{16}")
KEYS = {"SPLITSCOPE_S3_ACCESS_KEY": "kills", "SPLITSCOPE_S3_SECRET_KEY": "kills-secret"}
OLD = b"the old output\n" * 40
# Far more than anything here takes; what takes longer hangs.
PATIENCE_S = int(os.environ.get("SPLITSCOPE_KILL_PATIENCE", "60"))


def binary() -> pathlib.Path:
    given = os.environ.get("SPLITSCOPE_BINARY")
    return pathlib.Path(given or ROOT / "build/release/bin/splitscope").resolve()


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""


def alive(pid: int) -> bool:
    stat = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return bool(stat) and stat[0] not in (b"Z", b"X")


def parent_of(pid: int) -> int:
    stat = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return int(stat[1]) if len(stat) > 1 else 0


def words_of(pid: int) -> list[str]:
    return _read(f"/proc/{pid}/cmdline").decode(errors="replace").split("\0")[:-1]


def own_cgroup() -> pathlib.Path | None:
    """The memory cgroup of this process, version 1 or 2."""
    for line in _read("/proc/self/cgroup").decode().splitlines():
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            return pathlib.Path("/sys/fs/cgroup/memory" + path)
        if not controllers and pathlib.Path("/sys/fs/cgroup/cgroup.controllers").exists():
            return pathlib.Path("/sys/fs/cgroup" + path)
    return None


class Box:
    """Everything lies below `root`. close() ends what is left, by number."""

    def __init__(self, root: pathlib.Path):
        self.root = root
        self.at = root / "at"
        for name in ("at", "in", "home", "tmp", "state", "cache", "bin", "lib"):
            (root / name).mkdir(parents=True)
        self.program = root / "bin" / "splitscope"
        built = binary().parent.parent
        shutil.copy2(binary(), root / "bin")
        for file in (*(built / "lib").glob("libsplitscope_*.so"), built / "lib/splitscope_empty",
                     built / "lib/splitscope_spawner"):
            shutil.copy2(file, root / "lib")
        self.mark = secrets.token_hex(8)
        self.environment = {
            "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(root / "home"),
            "TMPDIR": str(root / "tmp"), "XDG_STATE_HOME": str(root / "state"),
            "SPLITSCOPE_CACHE": str(root / "cache"), "SPLITSCOPE_HOME": str(built / "share/splitscope"),
            "PYTHONDONTWRITEBYTECODE": "1", MARK: self.mark, **KEYS}
        self.cgroup = self._make_cgroup()
        self.server: subprocess.Popen | None = None
        self.endpoint = ""

    def _make_cgroup(self) -> pathlib.Path | None:
        """One of the box's own, so that what others measure meanwhile does not show."""
        own = own_cgroup()
        if own is None:
            return None
        made = own / f"kills-{self.mark}"
        try:
            made.mkdir()
            return made
        except OSError:
            return None

    def start(self, words, preexec=None, **more) -> subprocess.Popen:
        def prepare():
            if self.cgroup:
                try:
                    (self.cgroup / "cgroup.procs").write_text("0")
                except OSError:
                    pass
            if preexec:
                preexec()
        settings = {"cwd": self.at, "env": self.environment, "stdin": subprocess.DEVNULL,
                    "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
        return subprocess.Popen([str(self.program), *map(str, words)], preexec_fn=prepare,
                                **settings)

    def run(self, words, **more) -> tuple[int, str, str]:
        process = self.start(words, **more)
        try:
            out, err = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.end_all()
            process.communicate()
            return -1000, "", "hangs"
        return process.returncode, out.decode(errors="replace"), err.decode(errors="replace")

    # What is there.

    def processes(self) -> list[int]:
        """All living processes of the box but its server: by program, marker or folder."""
        found = []
        mark = f"{MARK}={self.mark}".encode()
        for name in os.listdir("/proc"):
            if not name.isdigit() or int(name) == os.getpid():
                continue
            pid = int(name)
            if self.server and pid == self.server.pid:
                continue
            ours = (_link(f"/proc/{name}/exe").startswith(f"{self.root}/")
                    or _link(f"/proc/{name}/cwd").startswith(f"{self.root}/")
                    or mark in _read(f"/proc/{name}/environ").split(b"\0"))
            if ours and alive(pid):
                found.append(pid)
        return found

    def settle(self, seconds: float) -> tuple[list[int], float]:
        """Waits until none is left; what is left after so long, and how long it took."""
        begin = time.monotonic()
        while True:
            left = self.processes()
            took = time.monotonic() - begin
            if not left or took > seconds:
                return left, took
            time.sleep(0.01)

    def names(self) -> set[str]:
        """Every file and folder, but the program's own, the inputs and the server's store."""
        found = set()
        for top in ("at", "home", "tmp", "state", "cache"):
            for folder, folders, files in os.walk(self.root / top):
                prefix = os.path.relpath(folder, self.root)
                found.update(f"{prefix}/{name}" for name in folders + files)
        return found

    def shared_memory(self) -> set[str]:
        return {name for name in os.listdir("/dev/shm") if "splitscope" in name}

    def cgroups(self) -> list[str]:
        place = self.cgroup or own_cgroup()
        if place is None or not place.is_dir():
            return []
        return [str(path) for path in place.rglob("*") if CGROUP.fullmatch(path.name)]

    # Uploads.

    def serve(self) -> None:
        """Starts the server to upload to; it is not one of processes()."""
        environment = {name: value for name, value in self.environment.items() if name != MARK}
        self.server = subprocess.Popen(
            [str(self.program), "s3-server", "--folder", str(self.root / "store"),
             "--minimum-part", "1KiB"], env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.endpoint = self.server.stdout.readline().decode().split()[-1]

    def ask(self, path: str, query: str) -> str:
        """A signed GET (AWS Signature Version 4) of an empty payload."""
        host = self.endpoint.removeprefix("http://")
        stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        empty = hashlib.sha256(b"").hexdigest()
        headers = {"host": host, "x-amz-content-sha256": empty, "x-amz-date": stamp}
        signed = ";".join(sorted(headers))
        request = "\n".join(["GET", path, query,
                             *(f"{name}:{headers[name]}" for name in sorted(headers)), "", signed,
                             empty])
        scope = f"{stamp[:8]}/us-east-1/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope,
                          hashlib.sha256(request.encode()).hexdigest()])
        key = ("AWS4" + KEYS["SPLITSCOPE_S3_SECRET_KEY"]).encode()
        for part in (stamp[:8], "us-east-1", "s3", "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        access = KEYS["SPLITSCOPE_S3_ACCESS_KEY"]
        headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={access}/{scope}, "
                                    f"SignedHeaders={signed}, Signature={signature}")
        connection = http.client.HTTPConnection(host, timeout=PATIENCE_S)
        connection.request("GET", f"{path}?{query}", headers=headers)
        answer = connection.getresponse()
        body = answer.read().decode(errors="replace")
        connection.close()
        return body

    def open_uploads(self) -> list[str]:
        if not self.server:
            return []
        return re.findall(r"<UploadId>([^<]+)</UploadId>", self.ask("/bucket", "uploads="))

    # The end.

    def end_all(self) -> None:
        """Kills what is left of the box's processes, by number."""
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def close(self) -> None:
        if self.server:
            self.server.kill()
            self.server.communicate()
            self.server = None
        self.end_all()
        self.settle(5)
        if self.cgroup:
            for path in sorted(map(pathlib.Path, self.cgroups()), key=lambda p: -len(p.parts)):
                path.rmdir()
            self.cgroup.rmdir()
        shutil.rmtree(self.root)


def samples_in(results: pathlib.Path) -> int | None:
    """How many samples a valid results.json has; None when there is none."""
    if not results.exists():
        return None
    rows = json.loads(results.read_text())["benchmarks"]
    return sum(row["run_type"] == "iteration" for row in rows)
