"""What no limit of the kernel holds for all processes of a run together: looked at while it runs.

A look is short, and what can be done between two looks is bounded by the limits of each process.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence

from notec.passes.sandbox.values import Limits

_LEAST_WAIT, _MOST_WAIT = 0.005, 0.2  # seconds between two looks; a quick disk takes 1 MB in one thousandth
_SHARE = 0.1  # of a processor's time that looking may take
_ENTRY = 4096  # bytes that a name in a folder costs at least
_DEEPEST = 1000  # characters of a path: what lies deeper cannot be measured
_PAGE = 4096


class Watch:
    """Says when a run uses more than it may."""

    def __init__(self, folders: Sequence[str], limits: Limits) -> None:
        self._folders = folders
        self._limits = limits
        self._before = sum(map(used, folders))

    def look(self, root: int) -> str:
        """The limit that the processes below `root` are beyond, or an empty text."""
        processes = family(root)
        if len(processes) > self._limits.processes + 4:  # the sandbox's own are among them
            return "processes"
        if sum(map(_resident, processes)) > self._limits.memory:
            return "memory"
        room = self._before + self._limits.disk
        deleted: dict[tuple[int, int], int] = {}
        for pid in processes:
            deleted.update(_deleted(pid))
        if sum(used(folder, room) for folder in self._folders) + sum(deleted.values()) > room:
            return "disk"
        return ""

    @staticmethod
    def wait(cost: float) -> float:
        """Seconds until the next look, when the last one took `cost` of the processor."""
        return min(max(_LEAST_WAIT, cost / _SHARE), _MOST_WAIT)


def family(root: int) -> list[int]:
    """All processes below `root`, without itself."""
    found, left = [], [root]
    while left:
        pid = left.pop()
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children", "rb") as file:
                    left += (children := list(map(int, file.read().split())))
                    found += children
        except OSError:
            continue  # it has just ended
    return found


def used(folder: str, enough: int = 1 << 62) -> int:
    """Bytes on disk below `folder`, without following links; no further than `enough`.

    What cannot be measured counts as too much.
    """
    total, left = 0, [folder]
    while left and total <= enough:
        at = left.pop()
        try:
            with os.scandir(at) as entries:
                for entry in entries:
                    status = entry.stat(follow_symlinks=False)
                    total += max(_ENTRY, status.st_blocks * 512)
                    if stat.S_ISDIR(status.st_mode):
                        left.append(entry.path)
        except (FileNotFoundError, NotADirectoryError):
            continue  # it was removed meanwhile
        except OSError:
            return enough + 1
        if len(at) > len(folder) + _DEEPEST:
            return enough + 1
    return total


def _resident(pid: int) -> int:
    """Bytes of memory that are this process's own."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            _, resident, shared, *_ = map(int, file.read().split())
    except OSError:
        return 0
    return (resident - shared) * _PAGE


def _deleted(pid: int) -> dict[tuple[int, int], int]:
    """Bytes of open files that no folder shows any more, by file."""
    found = {}
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            status = os.stat(f"/proc/{pid}/fd/{name}")
            if stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
                found[status.st_dev, status.st_ino] = status.st_blocks * 512
    except OSError:
        pass
    return found
