"""Uploads that are ended in the middle, and the server they go to: what is there afterwards."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import hmac
import http.client
import os
import pathlib
import random
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import xml.etree.ElementTree

import pytest

KEYS = {"SPLITSCOPE_S3_ACCESS_KEY": "example", "SPLITSCOPE_S3_SECRET_KEY": "example-secret"}
BUCKET = "splitscope"
KEY = "a.split"
PARTS = ["--mode", "multipart-streamed", "--part-size", "64KiB", "--concurrency", "3"]
# More by hand: SPLITSCOPE_UPLOAD_ATTACKS=100 SPLITSCOPE_SEED=7 pytest tests/e2e/test_uploads.py -s
ATTACKS = int(os.environ.get("SPLITSCOPE_UPLOAD_ATTACKS", "4"))
# Of a machine under load; all of it is far quicker else.
PATIENCE_S = 60


class Server:
    """An s3-server of its own, and what it holds."""

    def __init__(self, binary: str, folder: pathlib.Path, *arguments: str, nofile: int | None = None,
                 **popen):
        def limit():
            if nofile is not None:
                resource.setrlimit(resource.RLIMIT_NOFILE, (nofile, nofile))

        self.folder = folder
        self.process = subprocess.Popen(
            [binary, "s3-server", "--port", "0", "--folder", str(folder), "--minimum-part", "1",
             *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **KEYS},
            preexec_fn=limit, **popen)
        line = self.process.stdout.readline()
        assert line.startswith("listening on "), (line, self.process.stderr.read())
        self.endpoint = line.removeprefix("listening on ").strip()
        self.port = int(self.endpoint.rsplit(":", 1)[1])

    def get(self, path: str, query: dict[str, str]) -> bytes:
        """A signed GET, written by hand: another program's view of the server."""
        when = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        empty = hashlib.sha256(b"").hexdigest()
        quoted = "&".join(f"{k}={urllib.parse.quote(v, safe='')}" for k, v in sorted(query.items()))
        headers = {"host": f"127.0.0.1:{self.port}", "x-amz-content-sha256": empty,
                   "x-amz-date": when}
        names = ";".join(headers)
        canonical = "\n".join(["GET", path, quoted, *(f"{k}:{v}" for k, v in headers.items()), "",
                               names, empty])
        scope = f"{when[:8]}/us-east-1/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", when, scope,
                          hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + KEYS["SPLITSCOPE_S3_SECRET_KEY"]).encode()
        for part in (when[:8], "us-east-1", "s3", "aws4_request", text):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={KEYS['SPLITSCOPE_S3_ACCESS_KEY']}/{scope}, "
            f"SignedHeaders={names}, Signature={key.hex()}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        with contextlib.closing(connection):
            connection.request("GET", f"{path}?{quoted}", headers=headers)
            return connection.getresponse().read()

    def open_uploads(self) -> int:
        document = xml.etree.ElementTree.fromstring(self.get(f"/{BUCKET}", {"uploads": ""}))
        return len([element for element in document if element.tag.endswith("}Upload")])

    def content(self) -> bytes | None:
        place = self.folder / BUCKET / KEY
        return place.read_bytes() if place.exists() else None

    def incoming(self) -> list[pathlib.Path]:
        return list((self.folder / ".incoming").iterdir())

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=PATIENCE_S)


class Uploads:
    """Runs upload against servers of its own."""

    def __init__(self, binary: str, folder: pathlib.Path):
        self.binary = binary
        self.folder = folder
        self.servers: list[Server] = []
        self.old = random.Random(1).randbytes(300_000)
        self.new = random.Random(2).randbytes(700_000)

    def server(self, *faults: str, **options) -> Server:
        place = options.pop("folder", self.folder / f"objects-{len(self.servers)}")
        arguments = [text for fault in faults for text in ("--fault", fault)]
        self.servers.append(Server(self.binary, place, *arguments, **options))
        return self.servers[-1]

    def start(self, server: Server, content: bytes, *arguments: str, state: str = "state",
              **popen) -> subprocess.Popen:
        source = self.folder / "in" / KEY
        source.parent.mkdir(exist_ok=True)
        source.write_bytes(content)
        return subprocess.Popen(
            [self.binary, "upload", str(source), "--endpoint", server.endpoint, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **KEYS, "XDG_STATE_HOME": str(self.folder / state)}, **popen)

    def run(self, server: Server, content: bytes, *arguments: str, code: int = 0, **options) -> str:
        """What it said on stderr."""
        process = self.start(server, content, *arguments, **options)
        _, said = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == code, (process.returncode, said)
        return said

    def close(self):
        for server in self.servers:
            if server.process.poll() is None:
                server.process.kill()
            server.process.communicate()


@pytest.fixture
def uploads(splitscope, tmp_path):
    made = Uploads(splitscope.binary, tmp_path)
    yield made
    made.close()


def wait_until(what) -> None:
    end = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)


@pytest.mark.parametrize("mode, parts", [("single", "one request"), ("read-all", "one request"),
                                         ("multipart-buffered", "11 parts"),
                                         ("multipart-streamed", "11 parts")])
def test_what_was_uploaded_is_said(uploads, mode, parts):
    server = uploads.server()
    options = ["--bucket", BUCKET, "--prefix", "p-", "--mode", mode, "--part-size", "64KiB"]
    process = uploads.start(server, uploads.new, *options)
    said, problem = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, problem
    md5 = hashlib.md5(uploads.new).hexdigest()
    if parts != "one request":
        pieces = [uploads.new[at:at + 65536] for at in range(0, len(uploads.new), 65536)]
        digests = b"".join(hashlib.md5(piece).digest() for piece in pieces)
        md5 = hashlib.md5(digests).hexdigest() + f"-{len(pieces)}"
    assert said == f"uploaded s3://{BUCKET}/p-{KEY}: 700000 bytes in {parts}, ETag {md5}\n"


@pytest.mark.parametrize("mode", ["single", "read-all", "multipart-buffered", "multipart-streamed"])
def test_permission_to_put_is_all_it_takes(uploads, mode):
    server = uploads.server(*(f"{operation}:1x1000:403" for operation in
                              ("DeleteObject", "HeadBucket", "CreateBucket", "HeadObject",
                               "ListMultipartUploads", "ListObjectsV2", "GetObject")))
    for content in (uploads.old, uploads.new):
        said = uploads.run(server, content, "--mode", mode, "--part-size", "64KiB")
        assert said == ""
        assert server.content() == content


# Where the server makes the upload wait, so that the signal finds it there.
STAGES = {
    "single": ([], ["PutObject:2:delay=600000ms"]),
    "create": (PARTS, ["CreateMultipartUpload:1:delay=1000ms"]),
    "parts": (PARTS, ["UploadPart:3x9:delay=600000ms"]),
    "complete": (PARTS, ["CompleteMultipartUpload:1:delay=1000ms"]),
    "silent": (PARTS, ["UploadPart:3x9:delay=600000ms",
                       "AbortMultipartUpload:1:delay=600000ms"]),
    "dripping": (PARTS, ["UploadPart:3x9:drip", "AbortMultipartUpload:1:drip"]),
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("stage", STAGES)
def test_a_signal_ends_an_upload_with_nothing_left(uploads, stage, number):
    arguments, faults = STAGES[stage]
    server = uploads.server(*faults)
    uploads.run(server, uploads.old)
    process = uploads.start(server, uploads.new, *arguments)
    if stage in ("parts", "silent", "dripping"):
        wait_until(lambda: server.open_uploads() == 1)
    time.sleep(0.4)
    process.send_signal(number)
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 128 + number, said
    assert len(said.splitlines()) == 1, said
    assert server.open_uploads() == 0
    # The completion that was under way may have come to its end.
    assert server.content() in ([uploads.old, uploads.new] if stage == "complete" else
                                [uploads.old])
    assert list((uploads.folder / "state" / "splitscope" / "uploads").glob("*.upload")) == []


def kill_in_the_middle(uploads, server):
    process = uploads.start(server, uploads.new, *PARTS)
    wait_until(lambda: server.open_uploads() == 1)
    # The record is written right after the server's answer.
    records = uploads.folder / "state" / "splitscope" / "uploads"
    wait_until(lambda: list(records.glob("*.upload")))
    process.kill()
    process.communicate()
    assert server.open_uploads() == 1


def test_the_next_upload_clears_what_a_killed_one_left(uploads):
    server = uploads.server("UploadPart:3x3:delay=600000ms")
    uploads.run(server, uploads.old)
    kill_in_the_middle(uploads, server)
    assert server.content() == uploads.old
    said = uploads.run(server, uploads.new)
    assert said.count("\n") == 1 and "aborted a multipart upload of a.split" in said
    assert server.open_uploads() == 0
    assert server.content() == uploads.new
    assert uploads.run(server, uploads.new) == ""


def test_what_nobody_has_a_record_of_is_mentioned_and_cleared_when_asked_for(uploads):
    server = uploads.server("UploadPart:3x3:delay=600000ms")
    kill_in_the_middle(uploads, server)
    said = uploads.run(server, uploads.new, state="another")
    assert said.count("\n") == 1 and "--abort-stale" in said and "a.split" in said
    assert server.open_uploads() == 1
    said = uploads.run(server, uploads.new, "--abort-stale", state="another")
    assert said.count("\n") == 1 and "aborted 1 multipart upload of a.split" in said
    assert server.open_uploads() == 0


def test_a_live_upload_is_left_alone(uploads):
    server = uploads.server("UploadPart:3x3:delay=600000ms")
    live = uploads.start(server, uploads.new, *PARTS)
    wait_until(lambda: list((uploads.folder / "state").rglob("*.upload")))
    assert uploads.run(server, uploads.new) == ""
    assert uploads.run(server, uploads.new, "--abort-stale") == ""
    assert server.open_uploads() == 1
    live.send_signal(signal.SIGTERM)
    live.communicate(timeout=PATIENCE_S)
    assert server.open_uploads() == 0


def test_an_upload_needs_no_place_for_records(uploads):
    server = uploads.server()
    (uploads.folder / "file").write_text("in the way")
    assert uploads.run(server, uploads.new, *PARTS, state="file") == ""
    assert server.content() == uploads.new


@pytest.mark.parametrize("fault", ["UploadPart:4x99:500", "UploadPart:4x99:403",
                                   "CompleteMultipartUpload:1x9:500", "UploadPart:4x99:drop"])
def test_an_upload_that_fails_is_aborted(uploads, fault):
    server = uploads.server(fault)
    uploads.run(server, uploads.old)
    said = uploads.run(server, uploads.new, *PARTS, code=1)
    assert len(said.splitlines()) == 1, said
    assert server.open_uploads() == 0
    assert server.content() == uploads.old


@pytest.mark.parametrize("change", ["shorter", "other bytes", "another file"])
@pytest.mark.parametrize("mode, strategy", [
    ("single", "streaming"), ("single", "mmap-view"), ("read-all", "mmap-view"),
    ("multipart-buffered", "lazy-mmap"), ("multipart-streamed", "mmap-view")])
def test_a_file_that_changes_meanwhile_is_not_uploaded(uploads, strategy, mode, change):
    # Slow enough that the change comes in the middle.
    server = uploads.server("HeadBucket:2:delay=500ms", "UploadPart:3:delay=700ms",
                            "PutObject:2:delay=700ms")
    uploads.run(server, uploads.old)
    content = random.Random(5).randbytes(20_000_000)
    process = uploads.start(server, content, "--mode", mode, "--part-size", "1MiB",
                            "--concurrency", "1", "--payload", "unsigned", "--strategy", strategy)
    time.sleep(0.8)
    source = uploads.folder / "in" / KEY
    if change == "shorter":
        os.truncate(source, 1000)
    elif change == "other bytes":
        with source.open("r+b") as file:
            file.seek(19_999_000)
            file.write(b"changed")
    else:
        source.rename(source.with_name("away"))
        source.write_bytes(content[::-1])
    _, said = process.communicate(timeout=PATIENCE_S)
    assert server.open_uploads() == 0
    # Whole, either way: a read that was over before the change is no mixture.
    assert server.content() in (uploads.old, content)
    assert len(said.splitlines()) == (0 if process.returncode == 0 else 1), said
    assert process.returncode in (0, 1)


def test_an_unanswered_creation_is_mentioned(uploads):
    server = uploads.server("CreateMultipartUpload:1:lose-response")
    said = uploads.run(server, uploads.new, *PARTS)
    assert said.count("\n") == 1 and "was not answered" in said and "--abort-stale" in said
    assert server.content() == uploads.new


def test_uploads_ended_at_any_instant(uploads):
    """Each is ended by a signal or by kill -9; then another uploads the same key."""
    seed = int(os.environ.get("SPLITSCOPE_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"\nseed {seed}, {ATTACKS} attacks per row")
    choose = random.Random(seed)
    server = uploads.server()
    begin = time.monotonic()
    uploads.run(server, uploads.old, *PARTS)
    usual = time.monotonic() - begin
    bad = []
    for mode, arguments in (("single", []), ("multipart", PARTS)):
        for name in ("INT", "TERM", "HUP", "KILL"):
            number = signal.Signals["SIG" + name]
            finished = orphans = 0
            last = server.content()
            for _ in range(ATTACKS):
                # What was sent whole before a signal may get its place a moment after it.
                wait_until(lambda: server.incoming() == [])
                before = server.content()
                content = choose.randbytes(2_000_000)
                instant = choose.uniform(0, 2 * usual)
                process = uploads.start(server, content, *arguments)
                time.sleep(instant)
                process.send_signal(number)
                _, said = process.communicate(timeout=PATIENCE_S)
                where = (mode, name, round(instant, 4), said)
                if process.returncode == 0:
                    finished += 1
                elif process.returncode not in (128 + number, -number):
                    bad.append(("exit code", process.returncode, *where))
                if server.content() not in (before, content, last):
                    bad.append(("object", *where))
                last = content
                open_now = server.open_uploads()
                if name == "KILL":
                    orphans += open_now
                    uploads.run(server, before, "--abort-stale", *arguments)
                    open_now = server.open_uploads()
                    if server.content() not in (before, content):
                        bad.append(("object after the next start", *where))
                if open_now:
                    bad.append(("open upload", *where))
            print(f"{mode} {name}: {ATTACKS} tried, {finished} finished first, "
                  f"{orphans} open before the next start")
    wait_until(lambda: server.incoming() == [])
    assert bad == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_server_whatever_its_connections_do(uploads, number):
    server = uploads.server("PutObject:1:delay=600000ms")
    upload = uploads.start(server, uploads.new)
    peers = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
    for peer in peers[:10]:
        peer.sendall(b"GET / HTTP/1.1\r\nHost: h")
    time.sleep(0.2)
    assert server.end(number) == 128 + number
    said = server.process.stderr.read()
    assert said.count("\n") == 1 and number.name in said
    upload.kill()
    upload.communicate()
    for peer in peers:
        peer.close()


def test_a_server_that_is_killed_leaves_whole_objects_only(uploads):
    server = uploads.server()
    uploads.run(server, uploads.old)
    folder = server.folder
    # Half a body of a signed request is on its way when it dies.
    process = uploads.start(server, random.Random(3).randbytes(20_000_000), *PARTS)
    wait_until(lambda: len(server.incoming()) > 5)
    server.process.kill()
    process.kill()
    process.communicate()
    assert server.incoming() != []
    again = uploads.server(folder=folder)
    assert again.incoming() == []
    assert again.content() == uploads.old
    assert again.get(f"/{BUCKET}/{KEY}", {}) == uploads.old


def test_the_server_ends_with_its_parent(uploads, splitscope):
    starter = (
        "import os, subprocess, sys, time\n"
        "server = subprocess.Popen([sys.argv[1], 's3-server', '--digest-only', '--end-with-parent'],"
        " stdout=subprocess.PIPE)\n"
        "server.stdout.readline()\n"
        "print(server.pid, flush=True)\n"
        "time.sleep(600)\n")
    parent = subprocess.Popen([sys.executable, "-c", starter, splitscope.binary],
                              stdout=subprocess.PIPE, text=True, env={**os.environ, **KEYS})
    server = pathlib.Path("/proc") / parent.stdout.readline().strip()
    assert server.exists()
    parent.kill()
    parent.communicate()

    def is_gone():
        with contextlib.suppress(OSError):
            return (server / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
        return True

    wait_until(is_gone)


def test_the_server_serves_again_after_a_flood(uploads):
    server = uploads.server(nofile=64)
    uploads.run(server, uploads.old)
    flood = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(300)]
    for peer in flood[::2]:
        peer.sendall(b"PUT /b/k HTTP/1.1\r\nHost: h\r\n")
    # Even while they are there, and after they have gone.
    uploads.run(server, uploads.new, *PARTS)
    for peer in flood:
        peer.close()
    uploads.run(server, uploads.old, *PARTS)
    assert server.content() == uploads.old
    wait_until(lambda: len(os.listdir(f"/proc/{server.process.pid}/fd")) < 16)
    assert server.end() == 128 + signal.SIGTERM
