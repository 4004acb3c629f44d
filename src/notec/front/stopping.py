"""Signals that ask a verb to come to a good end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stopping(*more: signal.Signals) -> Iterator[Callable[[], bool]]:
    """Ctrl-C lets the step that runs come to its end or break off cleanly; a second one ends at once.

    Args:
        more: further signals that mean the same.
    """
    asked = threading.Event()

    def stop(number: int, frame: object) -> None:
        del number, frame
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, *more)}
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
