"""Which addresses a program names to the system: a witness that does not ask the program itself.

Under strace every call counts, whatever language made it. Where there is none, Python's own audit hook sees
what Python code does, and the result says that it saw no more than that.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from notec.engine.endpoint import is_local

Way = Literal["strace", "audit hook"]

_HOOK = """\
import os, sys
_seen = os.open(os.environ["NOTEC_WITNESS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
def _hook(event, given, _write=os.write):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg") and isinstance(given[-1], tuple):
        _write(_seen, f"{given[-1][0]}\\n".encode())
    elif event == "socket.getaddrinfo" and given[0]:
        _write(_seen, f"{given[0]}\\n".encode())
sys.addaudithook(_hook)
"""
_ADDRESS = re.compile(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"')


@dataclass(frozen=True)
class Witnessed:
    """What was seen of one run.

    Args:
        way: who watched. code: how the program ended. addresses: every other machine that it named.
        local: calls that named this machine.
    """

    way: Way
    code: int
    addresses: tuple[str, ...]
    local: int


def watch(argv: Sequence[str], environment: Mapping[str, str] | None = None) -> Witnessed:
    """Run a Python program to its end and tell which addresses it named; its output is dropped.

    Args:
        argv: the interpreter first.
    """
    with tempfile.TemporaryDirectory(prefix="notec-witness-") as folder:
        seen = Path(folder, "seen")
        given = {**os.environ, **(environment or {})}
        strace = shutil.which("strace")
        if strace and _may_trace(strace):
            traced = [strace, "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", str(seen)]
            code = _run([*traced, *argv], given)
            text = seen.read_text("utf-8", "replace") if seen.exists() else ""
            return _told("strace", code, [a or b for a, b in _ADDRESS.findall(text)])
        Path(folder, "sitecustomize.py").write_text(_HOOK, "utf-8")
        given |= {
            "NOTEC_WITNESS": str(seen),
            "PYTHONPATH": os.pathsep.join([folder, given.get("PYTHONPATH", "")]),
        }
        code = _run(argv, given)
        lines = seen.read_text("utf-8", "replace").splitlines() if seen.exists() else []
        return _told("audit hook", code, lines)


def _run(argv: Sequence[str], environment: Mapping[str, str]) -> int:
    return subprocess.run(  # noqa: S603  (the caller's own interpreter and module)
        argv, env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True, check=False
    ).returncode


def _may_trace(strace: str) -> bool:
    """Some systems forbid one process to watch another."""
    return _run([strace, "-qq", "-o", os.devnull, sys.executable, "-c", ""], os.environ) == 0


def _told(way: Way, code: int, hosts: Sequence[str]) -> Witnessed:
    away = sorted({host for host in hosts if not is_local(host)})
    return Witnessed(way, code, tuple(away), sum(map(is_local, hosts)))
