"""A linker for the vault of an index: what every page that notec writes takes its links from."""

from __future__ import annotations

import os

from notec.ask.sources import Linker
from notec.index import Index
from notec.vault import Note
from notec.vault.read import read


def linker_of(index: Index, saved_folder: str = "") -> Linker:
    """Links into the vault as it lies on the disk; names of pages saved earlier are taken as well."""

    def note_at(path: str) -> Note | None:
        return read(index.root, path, max_bytes=index.settings.max_bytes).value

    folder = saved_folder or index.settings.saved_folder
    saved: list[str] = []
    for place, _, names in os.walk(index.root / folder):
        inside = os.path.relpath(place, index.root).replace(os.sep, "/")
        saved += [f"{inside}/{name}" for name in names]
    return Linker([*index.notes(), *saved], note_at)
