"""Tells `splitscope exec` which phase a program is in; without it nothing is done: docs/phases.md."""

import os
import socket

try:
    _channel = socket.socket(fileno=int(os.environ["SPLITSCOPE_PHASES_FD"]))
    # Nobody may be there to answer a program that is debugged.
    _channel.settimeout(1)
except (KeyError, ValueError, OSError):
    _channel = None


def _say(line: bytes) -> None:
    if _channel is None:
        return
    try:
        _channel.sendall(line)
        _channel.recv(1)
    except OSError:
        pass


def phase(name: str) -> None:
    """Ends the running phase and begins this one; at most 63 bytes. Returns once it was sampled."""
    _say(f"phase {name}\n".encode())


def end() -> None:
    _say(b"end\n")
