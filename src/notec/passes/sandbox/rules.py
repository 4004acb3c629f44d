"""What a program may see: the interpreter and the system for reading, its work folder for writing."""

from __future__ import annotations

import os
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

_SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store"),
    *("/etc/ld.so.cache", "/etc/localtime"),
)
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_CREATE_RULESET = 444

# Rights of Landlock, and the version of it that first knew each
_EXECUTE, _WRITE, _READ, _LIST = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_SPECIAL = 1 << 6 | 1 << 9 | 1 << 11  # devices and sockets may be made nowhere
_REFER, _TRUNCATE, _IOCTL = 1 << 13, 1 << 14, 1 << 15
_FIRST = (1 << 13) - 1
_ALL_NETWORK, _ALL_SCOPES = 3, 3


@cache
def landlock_version() -> int:
    """Of this kernel; 0 where there is none."""
    import ctypes

    if sys.platform != "linux":
        return 0
    call = ctypes.CDLL(None, use_errno=True).syscall
    return max(0, int(call(ctypes.c_long(_CREATE_RULESET), None, ctypes.c_long(0), ctypes.c_long(1))))


def system() -> tuple[str, ...]:
    """Files and folders of the system that a program may read."""
    return tuple(path for path in _SYSTEM if os.path.exists(path))


def home() -> str:
    """The folder of the user's own files; a temporary one for a user who has none."""
    try:
        return os.path.realpath(Path.home())
    except RuntimeError:
        return os.path.realpath(tempfile.gettempdir())


@cache
def interpreter() -> tuple[str, ...]:
    """What this interpreter needs beyond the system: its prefixes, or its library where those hold a home."""
    own = home()
    wanted = []
    for prefix in (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix, *_homes()):
        if not _above(os.path.realpath(prefix), own):
            wanted.append(prefix)
    wanted += [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")]
    at = sys.executable
    for _ in range(20):  # each link on the way to the program itself
        wanted.append(at)
        if not os.path.islink(at):
            break
        at = os.path.normpath(os.path.join(os.path.dirname(at), os.readlink(at)))
    wanted.append(os.path.realpath(at))
    kept: list[str] = []
    for path in sorted({os.path.abspath(w) for w in wanted if w and os.path.exists(w)}, key=len):
        if not any(_above(above, path) for above in (*system(), *kept)):
            kept.append(path)
    return tuple(kept)


def held_by(folder: str) -> str:
    """What lies in `folder` and must not be written: home, the interpreter, the system; empty if nothing."""
    kept = (home(), os.path.realpath(tempfile.gettempdir()), *system(), *map(os.path.realpath, interpreter()))
    return next((path for path in kept if _above(folder, path)), "")


def _homes() -> list[str]:
    """What a virtual environment says of its base: it may name it by a link."""
    try:
        lines = (Path(sys.prefix) / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    pairs = (line.partition("=") for line in lines)
    return [os.path.dirname(value.strip()) for key, _, value in pairs if key.strip() == "home"]


def _above(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def ruleset(version: int) -> bytes:
    """What Landlock is to govern: everything that this version of it knows."""
    parts = [_handled(version), _ALL_NETWORK if version >= 4 else 0, _ALL_SCOPES if version >= 6 else 0]
    size = 3 if version >= 6 else 2 if version >= 4 else 1
    return b"".join(part.to_bytes(8, "little") for part in parts[:size])


def rules(version: int, writable: Sequence[str]) -> list[tuple[str, int]]:
    """What it allows: paths as the program sees them, with their rights."""
    handled = _handled(version)
    read = [(path, _EXECUTE | _READ | (_LIST if os.path.isdir(path) else 0)) for path in _readable()]
    write = [(path, handled & ~(_SPECIAL | _IOCTL)) for path in writable]
    return read + write + [(path, handled & (_READ | _WRITE | _TRUNCATE)) for path in _DEVICES]


def _readable() -> tuple[str, ...]:
    return (*system(), *interpreter())


def _handled(version: int) -> int:
    return (
        _FIRST
        | (_REFER if version >= 2 else 0)
        | (_TRUNCATE if version >= 3 else 0)
        | (_IOCTL if version >= 5 else 0)
    )
