"""Which note each link means, brought up to date where something changed that could matter.

A link is looked at again when its own note changed or moved, or when a file came, went or changed its
aliases that shares the link's name (`extract.name_key`). Meaning itself is `vault.resolve`'s.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence

from notec.index.extract import name_key
from notec.vault.resolve import Resolver


class Relinker:
    """Collects what changed, then resolves what that touches."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.db = connection
        self.sources: set[int] = set()
        self.keys: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self.sources or self.keys)

    def put(
        self, note: int, path: str, aliases: Sequence[str], before: tuple[str, Sequence[str]] | None
    ) -> None:
        """A note was stored; `before`: its path and aliases until now, None for a new one."""
        self.sources.add(note)
        old_path, old_aliases = before or ("", ())
        names = set(old_aliases) ^ set(aliases)
        if old_path != path:
            names |= {path, old_path} - {""}
            names |= set(aliases)
        self.keys |= {name_key(name) for name in names}

    def gone(self, path: str, aliases: Sequence[str]) -> None:
        """A note was removed."""
        self.keys |= {name_key(name) for name in (path, *aliases)}

    def resolve(self, *, everything: bool = False) -> int:
        """Resolve the links concerned, or all; gives how many changed their meaning."""
        numbers: dict[str, int] = {}
        files: list[tuple[str, tuple[str, ...]]] = []
        for number, path, aliases in self.db.execute("SELECT id, path, aliases FROM notes"):
            numbers[path] = number
            files.append((path, tuple(json.loads(aliases)) if aliases != "[]" else ()))
        paths = {number: path for path, number in numbers.items()}
        attachments = [path for (path,) in self.db.execute("SELECT path FROM attachments")]
        resolver = Resolver(files, attachments)
        changes = []
        for link, kind, target, note, file in self._concerned(everything):
            found = resolver.resolve(target, paths[link >> 20], kind).path
            means = numbers.get(found)
            attachment = found if found and means is None else None
            if (means, attachment) != (note, file):
                changes.append((means, attachment, link))
        self.db.executemany("UPDATE links SET note = ?, file = ? WHERE id = ?", changes)
        self.sources.clear()
        self.keys.clear()
        return len(changes)

    def _concerned(self, everything: bool) -> Iterator[tuple[int, str, str, int | None, str | None]]:
        columns = "SELECT id, kind, target, note, file FROM links WHERE key != ''"
        many = len(self.sources) + len(self.keys) > 2_000
        if everything or many:
            yield from self.db.execute(columns).fetchall()
            return
        seen: set[int] = set()
        for source in sorted(self.sources):
            rows = self.db.execute(f"{columns} AND id >= ? AND id < ?", (source << 20, (source + 1) << 20))
            found = rows.fetchall()
            seen.update(row[0] for row in found)
            yield from found
        for key in sorted(self.keys):
            for row in self.db.execute(f"{columns} AND key = ?", (key,)).fetchall():
                if row[0] not in seen:
                    seen.add(row[0])
                    yield row
