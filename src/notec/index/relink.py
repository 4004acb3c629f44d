"""Which note each link means, brought up to date where something changed that could matter.

A link is looked at again when its own note changed or moved, or when a file came, went or changed its
aliases that shares the link's name (`extract.name_key`). Meaning itself is `vault.resolve`'s.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote

from notec.index.extract import name_key
from notec.index.packing import unpack_links
from notec.vault.resolve import Resolver

_MANY = 200  # notes whose links are looked at; for more, all files of the vault are taken at once
_NOTES = "SELECT id, path, aliases FROM notes"
Meanings = dict[int, tuple[int | None, str | None]]  # number of a link -> the note or the file
Files = tuple[list[tuple[int, str, str]], list[str]]  # notes as number, path and aliases; other files


class Relinker:
    """Collects what changed, then resolves what that touches.

    Attributes:
        moved: notes came, went or got another name, or links lead from note to note that did not before.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.db = connection
        self.sources: set[int] = set()
        self.keys: set[int] = set()
        self.moved = False
        self._linked: dict[int, set[int]] = {}  # which notes a note linked to before it was stored again

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
        self.moved |= old_path != path

    def replaces(self, note: int) -> None:
        """A note is about to be stored in the place of what is known of it."""
        self._linked.setdefault(note, _notes(note, self._means(note)))

    def gone(self, path: str, aliases: Sequence[str]) -> None:
        """A note was removed."""
        self.keys |= {name_key(name) for name in (path, *aliases)}
        self.moved = True

    def resolve(self, *, everything: bool = False) -> None:
        """Resolve the links concerned, or all."""
        concerned = list(self._concerned(everything))
        notes, attachments = (
            self._files() if everything or len(concerned) > _MANY else self._candidates(concerned)
        )
        numbers = {path: number for number, path, _ in notes}
        paths = {number: path for number, path, _ in notes}
        resolver = Resolver(
            ((path, json.loads(aliases) if aliases != "[]" else ()) for _, path, aliases in notes),
            attachments,
        )
        for source, packed in concerned:
            before = self._means(source)
            after: Meanings = {}
            for n, link in enumerate(unpack_links(packed), source << 20):
                found = resolver.resolve(link.target, paths[source], link.kind).path
                if found:
                    means = numbers.get(found)
                    after[n] = (means, None if means is not None else found)
            self.moved |= _notes(source, after) != self._linked.pop(source, _notes(source, before))
            differing = [n for n in before.keys() | after.keys() if before.get(n) != after.get(n)]
            self.db.executemany("DELETE FROM links WHERE id = ?", ((n,) for n in differing if n in before))
            self.db.executemany(
                "INSERT INTO links VALUES (?,?,?)", ((n, *after[n]) for n in differing if n in after)
            )
        self.moved |= any(self._linked.get(source) for source in self.sources)  # those without links now
        self.sources.clear()
        self.keys.clear()
        self._linked.clear()

    def _files(self) -> Files:
        attachments = [path for (path,) in self.db.execute("SELECT path FROM attachments")]
        return self.db.execute(_NOTES).fetchall(), attachments

    def _candidates(self, concerned: Iterable[tuple[int, bytes]]) -> Files:
        """The files that some notes may mean with their links, and these notes themselves."""
        run = self.db.execute
        notes: dict[int, tuple[int, str, str]] = {}
        names: set[str] = set()
        for source, packed in concerned:
            notes[source] = run(f"{_NOTES} WHERE id = ?", (source,)).fetchone()
            names.update(name for x in unpack_links(packed) for name in (x.target, unquote(x.target)))
        keys = {name_key(name) for name in names}
        found = {p for key in keys for (p,) in run("SELECT path FROM file_keys WHERE key = ?", (key,))}
        attachments = []
        for path in found:
            if row := run(f"{_NOTES} WHERE path = ?", (path,)).fetchone():
                notes[row[0]] = row
            else:
                attachments.append(path)
        return list(notes.values()), attachments

    def _means(self, source: int) -> Meanings:
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


def _notes(source: int, means: Meanings) -> set[int]:
    """The other notes that the links of a note lead to."""
    return {note for note, _ in means.values() if note is not None and note != source}
