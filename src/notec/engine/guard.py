"""Runs one engine so that no kill leaves an orphan: `python guard.py GRACE COMMAND...`.

The guard stands between notec and the engine. Its standard input is a pipe that notec holds open: when
notec ends, however it ends, the pipe closes, and the guard ends the engine and every process that the engine
started. When the guard itself is killed, Linux kills the engine (PR_SET_PDEATHSIG). The engine has a session
of its own, so Ctrl-C in a terminal reaches notec alone, which then stops the engine in order.

Runs on its own with the standard library only (`python -I -S`), so that it is small and starts at once. Says
the engine's process id on standard output; ends with the engine's exit code, or 128 and the signal's number.
"""

import contextlib
import ctypes
import os
import select
import signal
import sys
import time

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LOOK = 0.05  # seconds between two looks at processes that are ending


def main(grace: float, command: list[str]) -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asked, ask = os.pipe()  # a byte for each signal
    os.set_blocking(ask, False)
    signal.set_wakeup_fd(ask, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    stop = False

    def on_term(*_: object) -> None:
        nonlocal stop
        stop = True

    signal.signal(signal.SIGTERM, on_term)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    owner = os.getppid()
    engine = _start(command)
    if not engine:
        return 127
    os.write(1, f"{engine}\n".encode())
    os.close(1)
    watched = [0, asked]
    code = None
    while code is None and not stop:
        ready, _, _ = select.select(watched, [], [], 1.0)
        if asked in ready:
            os.read(asked, 512)
        if 0 in ready and not os.read(0, 512):
            stop = True
        if os.getppid() != owner:  # killed, and a process that it forked holds the pipe open
            stop = True
        code = _reap(engine)
    return _end(engine, code, grace)


def _start(command: list[str]) -> int:
    """The engine's process id, or 0 when it could not be started; the reason is in its log then."""
    guard = os.getpid()
    broken, tell = os.pipe()  # closes on exec; carries the reason when there was none
    pid = os.fork()
    if pid:
        os.close(tell)
        with os.fdopen(broken, "rb") as pipe:
            failed = pipe.read()
        if not failed:
            return pid
        os.waitpid(pid, 0)
        os.write(2, failed + b"\n")
        return 0
    try:
        os.setsid()
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != guard:  # killed between fork and prctl
            os._exit(128 + signal.SIGKILL)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(2, 1)
        os.execvp(command[0], command)  # noqa: S606  (no shell is meant)
    except OSError as error:
        os.write(tell, f"{command[0]}: {error.strerror}".encode())
    os._exit(127)


def _end(engine: int, code: int | None, grace: float) -> int:
    """Ask, wait, kill; then whatever the engine left behind."""
    if code is None:
        _signal_group(engine, signal.SIGTERM)
        end = time.monotonic() + grace
        while (code := _reap(engine)) is None and time.monotonic() < end:
            time.sleep(_LOOK)
    _signal_group(engine, signal.SIGKILL)
    while code is None:
        code = _reap(engine)
        time.sleep(_LOOK)
    for _ in range(100):  # children of killed children come to the guard one generation at a time
        left = _children()
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while _reap(-1) is not None:
            pass
        if not left:
            break
        time.sleep(_LOOK)
    return code


def _reap(pid: int) -> int | None:
    """The exit code of a process that ended; with -1 of any."""
    try:
        done, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return None
    if not done:
        return None
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def _children() -> list[int]:
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:
        return []


def _signal_group(leader: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
