"""How far an index lags behind its vault, by names, sizes and times alone: nothing is read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from notec.index.values import Settings
from notec.vault.scan import scan


class Behind(NamedTuple):
    """Notes that the next update would look at."""

    new: int
    changed: int
    gone: int


def behind(root: Path, settings: Settings, known: Mapping[str, tuple[int, int]]) -> Behind:
    """Compare the files of a vault with what is known of them.

    Args:
        known: path -> size in bytes and time of the last change in nanoseconds.
    """
    skip = (settings.saved_folder,)
    found = scan(root, ignore=settings.ignore, skip=skip, documents=settings.documents).value
    files = {entry.path: (entry.size, entry.mtime_ns) for entry in found if entry.kind == "note"}
    return Behind(
        new=len(files.keys() - known.keys()),
        changed=sum(known[path] != stamp for path, stamp in files.items() if path in known),
        gone=len(known.keys() - files.keys()),
    )
