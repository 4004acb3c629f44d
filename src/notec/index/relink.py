"""Which note each link means, brought up to date where something changed that could matter.

A link is looked at again when its own note changed or moved, or when a file came, went or changed its
aliases that shares the link's name (`extract.name_key`). Meaning itself is `vault.resolve`'s.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence

from notec.index.extract import name_key
from notec.index.packing import unpack_links
from notec.vault.resolve import Resolver


class Relinker:
    """Collects what changed, then resolves what that touches."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.db = connection
        self.sources: set[int] = set()
        self.keys: set[int] = set()

    def __bool__(self) -> bool:
        return bool(self.sources or self.keys)

    def put(self, path: str, aliases: Sequence[str], before: tuple[str, Sequence[str]] | None) -> None:
        """A note was stored; `before`: its path and aliases until now, None for a new one."""
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
        changed = 0
        for source, packed in self._concerned(everything):
            before = self._means(source)
            after: dict[int, tuple[int | None, str | None]] = {}
            path = paths[source]
            for n, link in enumerate(unpack_links(packed), source << 20):
                found = resolver.resolve(link.target, path, link.kind).path
                if found:
                    means = numbers.get(found)
                    after[n] = (means, None if means is not None else found)
            differing = [n for n in before.keys() | after.keys() if before.get(n) != after.get(n)]
            self.db.executemany("DELETE FROM links WHERE id = ?", ((n,) for n in differing if n in before))
            self.db.executemany(
                "INSERT INTO links VALUES (?,?,?)", ((n, *after[n]) for n in differing if n in after)
            )
            changed += len(differing)
        self.sources.clear()
        self.keys.clear()
        return changed

    def _means(self, source: int) -> dict[int, tuple[int | None, str | None]]:
        rows = self.db.execute(
            "SELECT id, note, file FROM links WHERE id >= ? AND id < ?", (source << 20, (source + 1) << 20)
        )
        return {number: (note, file) for number, note, file in rows}

    def _concerned(self, everything: bool) -> Iterator[tuple[int, bytes]]:
        """The notes whose links may mean something else now, with their packed links."""
        with_links = "SELECT note, links FROM bodies WHERE links != x''"
        if everything:
            yield from self.db.execute(with_links).fetchall()
            return
        concerned = set(self.sources)
        for key in self.keys:
            concerned.update(
                note for (note,) in self.db.execute("SELECT note FROM link_keys WHERE key = ?", (key,))
            )
        for note in sorted(concerned):
            yield from self.db.execute(f"{with_links} AND note = ?", (note,)).fetchall()
