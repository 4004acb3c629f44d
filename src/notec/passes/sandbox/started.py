"""A program that was started shut in: where it speaks, and how all of it is ended."""

from __future__ import annotations

import json
import marshal
import os
import select
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

_FLAGS = ("-s", "-S", "-P", "-B")  # nothing of the work folder or of the user is imported on the way
_PATIENCE = 10.0  # seconds for the kernel to end what was killed


@dataclass(frozen=True)
class Started:
    """The process to wait for, with its two pipes.

    Attributes:
        end: after it nothing of the program is left; may be called twice.
        code: the exit status, once it has ended; None where it was killed or never started.
    """

    process: subprocess.Popen[bytes]
    end: Callable[[], None]
    code: Callable[[], int | None]


@contextmanager
def memory_file(content: bytes) -> Iterator[int]:
    """An open file that holds `content`, stands in no folder and cannot be changed."""
    import fcntl  # Unix alone has it, and this package can be imported everywhere

    descriptor = os.memfd_create("given", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        fcntl.fcntl(
            descriptor,
            fcntl.F_ADD_SEALS,
            fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL,
        )
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def start_bubblewrap(
    python: str, order: dict[str, Any], options: Sequence[str], environment: dict[str, str]
) -> Iterator[Started]:
    """Start it behind `bwrap OPTIONS`: all of it ends with the first process of its namespace."""
    with ExitStack() as stack:
        status, writing = _pipe(stack)
        given = stack.enter_context(memory_file(marshal.dumps(order, 4)))
        command = [shutil.which("bwrap") or "bwrap", *options, "--json-status-fd", str(writing), "--"]
        command += _launcher(python, "inside", given)
        if order["user"]:
            command = [*_launcher(python, "door", given), *command]
        process = _popen(stack, command, (given, order["stdin"], writing), environment)
        os.close(writing)
        first = _first_process(status.readline())
        if first >= 0:
            stack.callback(os.close, first)

        def end() -> None:
            if first >= 0:
                with suppress(ProcessLookupError):
                    signal.pidfd_send_signal(first, signal.SIGKILL)
                select.select([first], [], [], _PATIENCE)  # it is the last of its namespace to go
            process.kill()
            process.wait()

        def code() -> int | None:
            for line in status:
                if (said := json.loads(line).get("exit-code")) is not None:
                    return 128 - said if 128 < said <= 128 + 64 else int(said)  # as a shell tells of signals
            return None

        stack.callback(end)
        yield Started(process, end, code)


@contextmanager
def start_supervised(
    python: str, order: dict[str, Any], folder: str, environment: dict[str, str]
) -> Iterator[Started]:
    """Start it under a supervisor of our own, who ends its group when told to, or when we are gone."""
    with ExitStack() as stack:
        report, writing = _pipe(stack)
        control, held = os.pipe()
        hold = stack.enter_context(open(held, "wb"))
        order |= {"report": writing, "control": control}
        given = stack.enter_context(memory_file(marshal.dumps(order, 4)))
        passed = (given, order["stdin"], writing, control)
        process = _popen(stack, _launcher(python, "supervise", given), passed, environment, folder)
        os.close(writing)
        os.close(control)
        group = int(report.readline() or 0)

        def end() -> None:
            hold.close()
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.returncode and group:  # the supervisor was ended by another hand
                with suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGKILL)

        def code() -> int | None:
            said = report.readline()
            return int(said) if said else None

        stack.callback(end)
        yield Started(process, end, code)


def _launcher(python: str, part: str, order: int) -> list[str]:
    return [
        python,
        *_FLAGS,
        "-c",
        f"import marshal;exec(marshal.loads({_launcher_code()!r}))",
        part,
        str(order),
    ]


@cache
def _launcher_code() -> bytes:
    """Compiled here, so that not every start pays for it; `python` is the interpreter that runs this."""
    path = Path(__file__).with_name("launcher.py")
    return marshal.dumps(compile(path.read_text(encoding="utf-8"), "<launcher>", "exec"))


def _pipe(stack: ExitStack) -> tuple[BinaryIO, int]:
    reading, writing = os.pipe()
    return stack.enter_context(open(reading, "rb")), writing


def _popen(
    stack: ExitStack,
    command: list[str],
    passed: tuple[int, ...],
    environment: dict[str, str],
    folder: str = "/",
) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(  # noqa: S603  the words are ours
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=passed,
        env=environment,
        cwd=folder,
        start_new_session=True,
    )
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stack.callback(stream.close)
    stack.callback(process.wait)
    stack.callback(process.kill)  # whatever interrupts us from here on
    return process


def _first_process(line: bytes) -> int:
    """An open handle of the first process of the namespace; -1 where there is none."""
    with suppress(ValueError, KeyError, OSError):
        return os.pidfd_open(json.loads(line)["child-pid"])
    return -1
