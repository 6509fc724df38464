"""The injector itself, on programs that everybody has: what is planned happens, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess

import injector
import pytest

CAT = shutil.which("cat")
TEXT = b"".join(b"%d\n" % i for i in range(40000))


@pytest.fixture
def cat(tmp_path):
    (tmp_path / "text").write_bytes(TEXT)

    def run(plan, program="cat", words=(CAT,), **more):
        extra = injector.environment(plan, tmp_path / "note", program)
        extra.update(more.pop("extra", {}))
        done = subprocess.run([*words, str(tmp_path / "text")], capture_output=True, check=False,
                              env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", **extra}, timeout=60)
        return done, injector.read_note(tmp_path / "note")

    return run


def test_counting_changes_nothing(cat):
    done, note = cat("count:main")
    assert done.stdout == TEXT and done.returncode == 0
    assert note.fired == 0 and note.counts["open"] == 1 and note.counts["read"] >= 2


@pytest.mark.parametrize("call, n, error, text", [
    ("open", 1, "EIO", "Input/output error"), ("read", 2, "EIO", "Input/output error"),
    ("write", 1, "ENOSPC", "No space left on device"), ("open", 1, "ENOMEM", "allocate memory")])
def test_a_call_fails_with_the_error_that_was_asked_for(cat, call, n, error, text):
    done, note = cat(injector.Plan(call, n, error))
    assert done.returncode == 1 and text in done.stderr.decode()
    assert note.fired == 1 and note.what.startswith(call)


def test_the_call_after_the_last_is_never_reached(cat):
    _, counted = cat("count:main")
    done, note = cat(injector.Plan("read", counted.counts["read"] + 1, "EIO"))
    assert done.returncode == 0 and done.stdout == TEXT and note.fired == 0


@pytest.mark.parametrize("call", ["read", "write"])
@pytest.mark.parametrize("mode", ["once", "always"])
def test_a_short_count_is_half_and_loses_nothing(cat, call, mode):
    _, counted = cat("count:main")
    done, note = cat(injector.Plan(call, 1, "short", mode))
    assert done.returncode == 0 and done.stdout == TEXT
    assert note.counts[call] > counted.counts[call]
    assert note.fired == (1 if mode == "once" else note.counts[call])


def test_allocations_fail_before_main_and_after(cat):
    _, main = cat("count:main")
    _, start = cat("count:start")
    assert start.counts["malloc"] >= main.counts["malloc"] > 0
    done, note = cat(injector.Plan("malloc", 1, "ENOMEM", "always", "start"))
    assert done.returncode != 0 and note.fired >= 1


@pytest.mark.parametrize("allocator", ["libjemalloc.so.2", "libtcmalloc_minimal.so.4"])
def test_it_works_in_front_of_any_allocator(cat, allocator):
    found = [path for path in ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib")
             if os.path.exists(f"{path}/{allocator}")]
    if not found:
        pytest.skip(f"{allocator} is not installed")
    preload = f"{injector.library()}:{found[0]}/{allocator}"
    done, note = cat("count:start", extra={"LD_PRELOAD": preload})
    assert done.returncode == 0 and done.stdout == TEXT and note.counts["malloc"] > 0
    done, note = cat(injector.Plan("malloc", 1, "ENOMEM", "always"), extra={"LD_PRELOAD": preload})
    assert done.returncode != 0 and note.fired >= 1


def test_only_the_program_that_is_meant_is_armed(cat):
    plan = injector.Plan("read", 1, "EIO", "always")
    done, note = cat(plan, program="no-such-program")
    assert done.returncode == 0 and done.stdout == TEXT and note.fired == 0
    # A shell first: the plan waits in the environment until the program comes.
    done, note = cat(plan, words=("/bin/sh", "-c", 'cat "$1"; true', "sh"))
    assert note.fired >= 1 and b"Input/output error" in done.stderr


def test_children_of_the_armed_program_are_spared(tmp_path):
    extra = injector.environment(injector.Plan("read", 1000, "EIO", "always"), tmp_path / "note", "env")
    done = subprocess.run(["/usr/bin/env", "/usr/bin/env"], capture_output=True, check=True, text=True,
                          env={"PATH": "/usr/bin:/bin", "KEPT": "yes", **extra})
    assert "KEPT=yes" in done.stdout
    assert "SPLITSCOPE_FAULT" not in done.stdout and "LD_PRELOAD" not in done.stdout
