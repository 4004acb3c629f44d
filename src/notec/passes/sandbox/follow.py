"""Read what a program says and look at what it uses, until it is over or beyond a limit."""

from __future__ import annotations

import os
import selectors
import signal
import time
from collections.abc import Mapping

from notec.core import NotecError
from notec.passes.sandbox.started import Started
from notec.passes.sandbox.values import Limits, Ran
from notec.passes.sandbox.watch import Watch


def follow(started: Started, watch: Watch, limits: Limits, began: float) -> Ran:
    """What came of it; `began` is the start by the monotonic clock.

    Raises:
        NotecError: the program was never started.
    """
    out, err = started.process.stdout, started.process.stderr
    assert out is not None
    assert err is not None
    said = {out.fileno(): bytearray(), err.fileno(): bytearray()}
    for fd in said:
        os.set_blocking(fd, False)
    killed = _until_over(started, said, watch, limits, began + limits.seconds)
    started.end()
    for fd, text in said.items():
        while len(text) <= limits.output and _read(fd, text):
            pass
    code = started.code()
    if code is None and not killed:
        told = said[err.fileno()].decode(errors="replace").strip()
        raise NotecError(f"the sandbox did not start: {told[-400:]}", "`notec doctor` says what is missing")
    truncated = any(len(text) > limits.output for text in said.values())
    if truncated:
        killed = killed or "output"
    elif code == -signal.SIGXCPU:
        killed = killed or "seconds"
    stdout, stderr = (text[: limits.output].decode("utf-8", "replace") for text in said.values())
    return Ran(None if killed else code, stdout, stderr, killed, truncated, time.monotonic() - began)


def _until_over(
    started: Started, said: Mapping[int, bytearray], watch: Watch, limits: Limits, until: float
) -> str:
    """Wait; the limit that it has to be ended for, or an empty text."""
    over = os.pidfd_open(started.process.pid)
    try:
        with selectors.DefaultSelector() as selector:
            for fd in (*said, over):
                selector.register(fd, selectors.EVENT_READ)
            look = 0.0
            while (now := time.monotonic()) < until:
                if now >= look:
                    spent = time.thread_time()
                    if reason := watch.look(started.process.pid):
                        return reason
                    look = time.monotonic() + watch.wait(time.thread_time() - spent)
                for key, _ in selector.select(max(0.0, min(until, look) - time.monotonic())):
                    if key.fd == over:
                        return ""
                    if not _read(key.fd, said[key.fd]):
                        selector.unregister(key.fd)
                    elif len(said[key.fd]) > limits.output:
                        return "output"
            return "seconds"
    finally:
        os.close(over)


def _read(fd: int, text: bytearray) -> bool:
    """Take what is there; False when there will be no more."""
    try:
        part = os.read(fd, 1 << 16)
    except BlockingIOError:
        return False
    text += part
    return bool(part)
