"""Runs a function as an ordinary user, since permissions do not hold for root."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from pathlib import Path

_NOBODY = 65534


def as_nobody(folder: Path, function: Callable[[], str]) -> str:
    """What `function` gives when run by a user to whom permissions apply; `folder` becomes his."""
    if os.getuid() != 0:
        return function()
    for path in (folder, *folder.rglob("*")):
        os.chown(path, _NOBODY, _NOBODY)
    for above in folder.parents:  # pytest's folders are root's alone, and another run makes them so again
        mode = above.stat().st_mode
        if mode & 0o005 != 0o005:
            above.chmod(mode | 0o055)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(_NOBODY)
            os.setuid(_NOBODY)
            said = function()
        except BaseException:  # noqa: BLE001  the parent shows it; the child must not go on
            said = traceback.format_exc()
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said
