"""Which isolation works on this machine, proven once per process.

The canary is a listener on loopback and a secret in the home folder. A child without a sandbox has to
reach both, or the proof would prove nothing; a child in the sandbox has to reach neither, and to do its
work all the same.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

from notec.core import NotecError
from notec.passes.sandbox import rules, seccomp
from notec.passes.sandbox.box import Sandbox
from notec.passes.sandbox.read import read_back
from notec.passes.sandbox.values import Kind

_KINDS: tuple[Kind, ...] = ("bubblewrap", "landlock")
_PATIENCE = 20.0  # seconds, on the slowest machine
_PROBE = """
import sys, socket
port, path, secret = sys.stdin.read().split("\\n")
try:
    socket.create_connection(("127.0.0.1", int(port)), 5).close()
    print("network")
except OSError:
    pass
try:
    if open(path).read() == secret:
        print("home")
except OSError:
    pass
open("worked", "w").write(secret)
"""
_lock = threading.Lock()


class Found(NamedTuple):
    """A proven sandbox, or None and the reason in one sentence, with the way out."""

    sandbox: Sandbox | None
    reason: str = ""


def find_sandbox(kind: Kind | None = None) -> Found:
    """The best isolation that the canary proves here; with `kind` that one or none."""
    with _lock:
        if reason := _impossible():
            return Found(None, reason)
        reasons = []
        for one in (kind,) if kind else _KINDS:
            if not (reason := _refuted(one, os.geteuid())):
                return Found(Sandbox(one, sys.executable))
            reasons.append(f"{one}: {reason}")
    return Found(None, "; ".join(reasons))


def outlook() -> tuple[bool, str]:
    """Whether there may be a sandbox here, and of which kind, without running anything or making a socket."""
    if reason := _impossible():
        return False, reason
    kinds = [k for k in _KINDS if k != "bubblewrap" or shutil.which("bwrap")]
    return True, f"{' or '.join(kinds)}; a canary proves it before anything is run"


def _impossible() -> str:
    """Why nothing can work here, before anything is tried."""
    if sys.platform != "linux":
        return f"generated code is run on Linux only, where it can be shut in; this is {sys.platform}"
    if not seccomp.supported(machine := os.uname().machine):
        return f"no table of system calls for processors of kind {machine}"
    if not rules.landlock_version():
        return "this kernel has no Landlock; Linux 5.13 or newer has, where `lsm=` names landlock"
    return ""


@cache
def _refuted(kind: Kind, _user: int) -> str:
    """What the canary has against this isolation; an empty text when it is proven."""
    if kind == "bubblewrap" and not shutil.which("bwrap"):
        return "not installed; your package manager has it as bubblewrap"
    try:
        with _canary() as told, tempfile.TemporaryDirectory(prefix="notec-canary-") as folder:
            outside = subprocess.run(  # noqa: S603  our own words
                [sys.executable, "-I", "-S", "-c", _PROBE],
                input=told,
                capture_output=True,
                cwd=folder,
                check=False,
                timeout=_PATIENCE,
            )
            if outside.stdout.split() != [b"network", b"home"]:
                return "the canary cannot be reached without a sandbox either, so that nothing is proven"
            (Path(folder) / "worked").unlink()
            inside = Sandbox(kind, sys.executable).run(_PROBE, Path(folder), stdin=told)
            if inside.stdout:
                return f"it does not hold: {' and '.join(inside.stdout.split())} can be reached from inside"
            if not inside.passed or read_back(Path(folder), "worked") != told.rpartition(b"\n")[2]:
                return f"a program does not run in it: {inside.stderr.strip()[-300:] or inside.killed}"
    except NotecError as error:
        return error.message
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return ""


@contextmanager
def _canary() -> Iterator[bytes]:
    """A listener and a secret, while they last; what a probe has to be told of them."""
    secret = os.urandom(16).hex()
    home = rules.home()
    place = home if os.access(home, os.W_OK) else None
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        tempfile.NamedTemporaryFile("w", prefix=".notec-canary-", dir=place) as file,
    ):
        file.write(secret)
        file.flush()
        os.chmod(file.name, 0o644)  # what keeps it is the sandbox, not its owner
        yield f"{listener.getsockname()[1]}\n{file.name}\n{secret}".encode()
