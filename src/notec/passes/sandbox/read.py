"""Read what a program left in its work folder, without following where it points."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def read_back(folder: Path, name: str, limit: int = 1 << 20) -> bytes | None:
    """The first `limit` bytes of a regular file under `folder`; None where it is absent or anything else.

    No part of the way may be a link: `name` is walked folder by folder.
    """
    descriptors = []
    try:
        at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        descriptors.append(at)
        *parents, last = name.split("/")
        if ".." in parents or last in ("", ".."):
            return None
        for parent in parents:
            at = os.open(parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            descriptors.append(at)
        file = os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
        descriptors.append(file)
        if not stat.S_ISREG(os.fstat(file).st_mode):
            return None
        with open(os.dup(file), "rb") as stream:
            return stream.read(limit)
    except OSError:
        return None
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
