"""Run a program shut in."""

from __future__ import annotations

import math
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notec.core import NotecError
from notec.passes.sandbox import rules, seccomp
from notec.passes.sandbox.follow import follow
from notec.passes.sandbox.started import Started, memory_file, start_bubblewrap, start_supervised
from notec.passes.sandbox.values import Kind, Limits, Ran
from notec.passes.sandbox.watch import Watch

_WORK, _SCRATCH, _SHARED = "/box", "/tmp", "/dev/shm"  # noqa: S108  inside, and of this run alone
_OPEN_FILES = 256  # of one process
_OPTIONS = (
    *("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session"),
    *("--clearenv", "--cap-drop", "ALL"),
)
_SPARE_USERS = range(60578, 61184)  # systemd's scheme gives them to nobody


@dataclass(frozen=True)
class Sandbox:
    """An isolation that was proven on this machine; `find_sandbox` gives it.

    Attributes:
        kind: `bubblewrap` or `landlock`.
        python: the interpreter, for the first word of a command.
    """

    kind: Kind
    python: str

    def run(
        self,
        program: str | Sequence[str],
        folder: Path,
        limits: Limits | None = None,
        *,
        stdin: bytes = b"",
    ) -> Ran:
        """Run `program` with `folder` as its working folder, the only one that it may write.

        Args:
            program: Python source, run as `__main__` without site-packages; or the words of a command,
                such as `[sandbox.python, "-m", "unittest"]`. Name files relative to `folder`: it has
                another path inside.
            folder: exists; what the program wrote stands in it afterwards. Read that with `read_back` only.
                Under root all of it belongs to a spare user meanwhile, and to the folder's owner afterwards.

        Raises:
            NotecError: the folder cannot be used, or the sandbox did not start; nothing was run then.
        """
        limits = limits or Limits()
        place = os.path.realpath(folder)
        if not os.path.isdir(place):
            raise NotecError(f"{folder}: no such folder", "a program is run in a work folder that exists")
        if held := rules.held_by(place):
            raise NotecError(
                f"{folder}: a program may not write there, {held} is in it", "use a folder of its own"
            )
        began = time.monotonic()
        with ExitStack() as stack:
            writable = [place]
            if self.kind == "landlock":  # the other has memory of its own at /tmp
                scratch = tempfile.TemporaryDirectory(prefix="notec-scratch-", ignore_cleanup_errors=True)
                writable.append(stack.enter_context(scratch))
            watch = Watch(writable, limits)
            user = stack.enter_context(_lent(writable)) if os.geteuid() == 0 else 0
            given = stack.enter_context(memory_file(stdin))
            order = self._order(program, limits, user, given)
            started = stack.enter_context(self._start(order, writable, limits))
            return follow(started, watch, limits, began)

    def _order(self, program: str | Sequence[str], limits: Limits, user: int, stdin: int) -> dict[str, Any]:
        """What the launcher has to do."""
        wrapped = self.kind == "bubblewrap"
        version = rules.landlock_version()
        source, argv = (program, []) if isinstance(program, str) else ("", list(program))
        return {
            "source": source,
            "argv": argv,
            "stdin": stdin,
            "user": user,
            "limits": _rlimits(limits, alone=bool(user) or (wrapped and _namespaces_count())),
            "ruleset": rules.ruleset(version),
            "filter": seccomp.assemble(os.uname().machine, own_processes=wrapped, landlock=version),
        }

    def _start(
        self, order: dict[str, Any], writable: Sequence[str], limits: Limits
    ) -> AbstractContextManager[Started]:
        place, *scratch = writable
        version = rules.landlock_version()
        order["reach"] = [*writable, *rules.interpreter()]
        if self.kind == "landlock":
            order["rules"] = rules.rules(version, writable)
            return start_supervised(self.python, order, place, _environment(place, *scratch))
        order["rules"] = rules.rules(version, (_WORK, _SCRATCH, _SHARED))
        environment = _environment(_WORK, _SCRATCH)
        options = [*_OPTIONS, *_view(place, limits.disk)]
        for name, value in environment.items():
            options += ["--setenv", name, value]
        return start_bubblewrap(self.python, order, options, environment)


def _view(place: str, size: int) -> list[str]:
    """The files that a program sees behind bubblewrap."""
    scratch = ["--size", str(max(size, 1 << 16)), "--tmpfs"]
    options = ["--proc", "/proc", "--dev", "/dev", *scratch, _SHARED, "--remount-ro", "/dev"]
    options += [*scratch, _SCRATCH]
    for path in (*rules.system(), *rules.interpreter()):
        if os.path.islink(path):
            options += ["--symlink", os.readlink(path), path]
        else:
            options += ["--ro-bind", path, path]
    return [*options, "--bind", place, _WORK, "--remount-ro", "/", "--chdir", _WORK]


def _environment(home: str, scratch: str) -> dict[str, str]:
    return {
        "HOME": home,
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",  # the same run says the same
        "TMPDIR": scratch,
        "USER": "nobody",
    }


def _rlimits(limits: Limits, *, alone: bool) -> dict[str, int]:
    """By the names of `resource`; `alone` where no process but the program's counts."""
    others = 0
    if not alone:
        with open("/proc/loadavg", encoding="ascii") as file:
            others = int(file.read().split()[3].partition("/")[2])
    return {
        "RLIMIT_AS": limits.memory,
        "RLIMIT_CORE": 0,
        "RLIMIT_CPU": math.ceil(limits.seconds) + 1,
        "RLIMIT_FSIZE": limits.disk,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_NOFILE": _OPEN_FILES,
        "RLIMIT_NPROC": limits.processes + others,
    }


def _namespaces_count() -> bool:
    """Whether a user's processes are counted for each user namespace by itself: since Linux 5.14."""
    major, minor, *_ = os.uname().release.split(".")
    return (int(major), int(minor.split("-")[0])) >= (5, 14)


_lending = threading.Lock()
_lent_users: set[int] = set()


@contextmanager
def _lent(places: Sequence[str]) -> Iterator[int]:
    """The number of a spare user, to whom all in `places` belongs meanwhile.

    The kernel counts no processes of root, so that a limit on them holds for an ordinary user only.
    """
    owners = [os.stat(place) for place in places]
    with _lending:
        start = os.getpid() % len(_SPARE_USERS)
        order = (*_SPARE_USERS[start:], *_SPARE_USERS[:start])
        user = next(u for u in order if u not in _lent_users)
        _lent_users.add(user)
    try:
        for place in places:
            _give(place, user, user)
        yield user
    finally:
        for place, owner in zip(places, owners, strict=True):
            _give(place, owner.st_uid, owner.st_gid)
        _lent_users.discard(user)


def _give(place: str, user: int, group: int) -> None:
    """Change the owner of a folder and of all in it, following no link, whoever else works in it."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        open_folders = [os.open(place, flags)]
        os.fchown(open_folders[0], user, group)
    except OSError as error:
        hint = "as root, name a work folder whose owner may be changed, or run notec as an ordinary user"
        raise NotecError(f"{place}: {error.strerror}", hint) from error
    inside = [iter(os.listdir(open_folders[0]))]
    while open_folders:
        at = open_folders[-1]
        for name in inside[-1]:
            with suppress(OSError):  # what lies too deep, or has gone, keeps its owner
                os.chown(name, user, group, dir_fd=at, follow_symlinks=False)
                open_folders.append(os.open(name, flags, dir_fd=at))
                inside.append(iter(os.listdir(open_folders[-1])))
                break
        else:
            os.close(open_folders.pop())
            inside.pop()
