"""Starts a program that outlives the one that starts it, and the terminal of that."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from notec.core import NotecError


def start_detached(command: Sequence[str], log: Path) -> int:
    """Start it in a session of its own, with everything that it says added to `log`; its process id.

    Raises:
        NotecError: the log cannot be written, or there is no such program.
    """
    apart = (
        {"creationflags": 0x00000008 | 0x00000200}  # DETACHED_PROCESS, CREATE_NEW_PROCESS_GROUP
        if sys.platform == "win32"
        else {"start_new_session": True}
    )
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as file:
            process = subprocess.Popen(  # noqa: S603  (our own command line)
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, **apart
            )
    except OSError as error:
        raise NotecError(
            f"cannot start the background work: {error.filename or command[0]}: {error.strerror}",
            "run `notec jobs run` in a terminal instead",
        ) from None
    process.returncode = 0  # nobody here waits for it
    return process.pid
