"""Changes to the truth. Each batch is one transaction and one generation."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import NamedTuple

from notec.facts.words import Analyzer
from notec.index.extract import Card, Extract, Lines, Same, card_lines, day_of, link_keys, name_key, names_of
from notec.index.packing import unpack_ids, unpack_links
from notec.index.totals import TOTALS, keep_totals

_COLUMNS = (
    *("path", "digest", "size", "mtime_ns", "seen_ns", "uid", "title", "language", "date", "aliases"),
    *("statement_count", "link_count", "reading", "changed", "named"),
)


class Written(NamedTuple):
    """A note that was stored, and what the full text needs to know of it."""

    note: int
    is_new: bool
    same_links: bool  # in kind and target, one by one, and from the same place
    card: Card
    passages: tuple[tuple[int, str, str, Lines], ...]  # id, language, role, what is indexed


class Renamed(NamedTuple):
    """A note that was given another path."""

    note: int
    card: Card


class Truth:
    """The writing side of the database. Use inside `transaction`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.db = connection
        self._more = dict.fromkeys(TOTALS, 0)  # that this transaction has brought

    @contextmanager
    def transaction(self, *, moves: bool = True) -> Iterator[int]:
        """One batch: gives its generation, commits at the end, takes everything back on an error.

        Args:
            moves: whether the batch is a generation of its own; not where nothing changes that is searched.
        """
        self.db.execute("BEGIN IMMEDIATE")
        try:
            generation = self.generation() + moves
            yield generation
            self.set_meta("generation", generation)
            if any(self._more.values()):
                keep_totals(self.db, self._more)
                self._more = dict.fromkeys(TOTALS, 0)
            self.db.execute("COMMIT")
        except BaseException:
            self._more = dict.fromkeys(TOTALS, 0)
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            raise

    def _count(self, by: int, statements: int, passages: int, links: int) -> None:
        """A note with so many of each came (`by` 1) or went (-1)."""
        for name, number in zip(TOTALS, (1, statements, passages, links), strict=True):
            self._more[name] += by * number

    def generation(self) -> int:
        """Number of the last batch."""
        return int(self.meta("generation") or 0)

    def meta(self, key: str) -> str | int | None:
        row = self.db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def identity(self) -> str:
        """A random name that this database got when it was made; what is derived from it bears it."""
        found = self.meta("identity")
        if found is None:
            found = secrets.token_hex(8)
            self.set_meta("identity", found)
        return str(found)

    def set_meta(self, key: str, value: str | int) -> None:
        self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def put(self, new: Extract, reading: str, generation: int, note: int | None = None) -> Written:
        """Store a note, in the place of note number `note` where it is known."""
        db = self.db
        aliases = json.dumps(new.aliases, ensure_ascii=False)
        row = (
            *(new.path, new.digest, new.size, new.mtime_ns, new.seen_ns, new.uid, new.title, new.language),
            *(new.date, aliases, new.statement_count, new.link_count, reading, generation, generation),
        )
        self._name_file(new.path, new.aliases, self.names_of(note) if note is not None else None)
        same_links = False
        if note is None:
            marks = ",".join("?" * len(row))
            cursor = db.execute(f"INSERT INTO notes ({', '.join(_COLUMNS)}) VALUES ({marks})", row)  # noqa: S608
            number = int(cursor.lastrowid or 0)
        else:
            number = note
            same_links = self._same_links(number, new)
            self._clear(number, keep_links=same_links)
            sets = ", ".join(f"{column} = ?" for column in _COLUMNS)
            db.execute(f"UPDATE notes SET {sets} WHERE id = ?", (*row, number))  # noqa: S608
        db.execute(
            "INSERT INTO bodies VALUES (?,?,?,?,?,?,?)",
            (number, new.properties, new.findings, new.headings, new.statements, new.links, new.layout),
        )
        base = number << 20
        db.executemany(
            "INSERT INTO texts VALUES (?,?)", ((base + n, data) for n, data in enumerate(new.texts))
        )
        db.executemany("INSERT INTO statement_ids VALUES (?,?)", ((i, number) for i in new.statement_ids))
        db.executemany("INSERT INTO link_keys VALUES (?,?)", ((key, number) for key in new.link_keys))
        db.executemany("INSERT INTO tags VALUES (?,?)", ((number, tag) for tag in new.tags))
        db.executemany(
            "INSERT INTO turns VALUES (?,?,?,?,?,?,?,?)",
            ((base + n, *turn) for n, turn in enumerate(new.turns)),
        )
        self._put_names(number, new.names)
        passages = []
        for place, role, lines in zip(new.cuts, new.roles, new.lines, strict=True):
            cursor = db.execute(
                "INSERT INTO passages (note, start, end, line, heading, turn) VALUES (?,?,?,?,?,?)",
                (number, *place),
            )
            passages.append((int(cursor.lastrowid or 0), new.language, role, lines))
        self._count(1, new.statement_count, len(passages), new.link_count)
        return Written(number, note is None, same_links, new.card, tuple(passages))

    def rename(self, note: int, path: str, same: Same, generation: int, analyzer: Analyzer) -> Renamed:
        """The note lies at `path` now; its words are what they were."""
        title, aliases, old, properties, said = self.db.execute(
            "SELECT title, aliases, path, properties,"
            " (SELECT time FROM turns WHERE turns.id = notes.id << 20)"
            " FROM notes JOIN bodies ON note = notes.id WHERE notes.id = ?",
            (note,),
        ).fetchone()
        if title == PurePosixPath(old).stem:
            title = PurePosixPath(path).stem
        names = json.loads(aliases)
        date = day_of(json.loads(properties), path, said or "")
        self.db.execute(
            "UPDATE notes SET path=?, title=?, date=?, size=?, mtime_ns=?, seen_ns=?, named=? WHERE id=?",
            (path, title, date, same.size, same.mtime_ns, same.seen_ns, generation, note),
        )
        self.db.execute("DELETE FROM names WHERE note = ?", (note,))
        self._put_names(note, names_of(analyzer, title, names))
        self._name_file(path, names, (old, names))
        return Renamed(note, card_lines(analyzer, path, title, names))

    def touch(self, note: int, same: Same) -> None:
        """The file was written again with the same bytes."""
        self.db.execute(
            "UPDATE notes SET size=?, mtime_ns=?, seen_ns=? WHERE id=?",
            (same.size, same.mtime_ns, same.seen_ns, note),
        )

    def remove(self, note: int, generation: int) -> None:
        """The note is gone; links to it stay, unresolved."""
        self._name_file("", (), self.names_of(note))
        self._clear(note)
        self.db.execute("DELETE FROM notes WHERE id = ?", (note,))
        self.db.execute("DELETE FROM links WHERE note = ?", (note,))
        self.db.execute("INSERT INTO gone VALUES (?, ?)", (note, generation))

    def forget_gone(self, generation: int) -> None:
        """The full text knows of everything that was gone by `generation`."""
        if self.db.execute("DELETE FROM gone WHERE generation <= ?", (generation,)).rowcount:
            self.set_meta("forgotten", generation)

    def names_of(self, note: int) -> tuple[str, tuple[str, ...]]:
        """Path and aliases of a note that is known."""
        path, aliases = self.db.execute("SELECT path, aliases FROM notes WHERE id = ?", (note,)).fetchone()
        return path, tuple(json.loads(aliases))

    def attachments_differ(self, paths: Iterable[str]) -> bool:
        return {path for (path,) in self.db.execute("SELECT path FROM attachments")} != set(paths)

    def set_attachments(self, paths: Iterable[str]) -> set[int]:
        """Store the attachments; gives the keys of those that came or went."""
        before = {path for (path,) in self.db.execute("SELECT path FROM attachments")}
        after = set(paths)
        self.db.executemany("DELETE FROM attachments WHERE path = ?", ((p,) for p in before - after))
        self.db.executemany("INSERT INTO attachments VALUES (?)", ((p,) for p in after - before))
        for path in before - after:
            self._name_file("", (), (path, ()))
        for path in after - before:
            self._name_file(path, ())
        return {name_key(path) for path in before ^ after}

    def _name_file(
        self, path: str, aliases: Iterable[str], before: tuple[str, Iterable[str]] | None = None
    ) -> None:
        """Links may call a file by its path and its aliases now; `before`: what they could until now."""
        old = {(name_key(name), before[0]) for name in (before[0], *before[1])} if before else set()
        new = {(name_key(name), path) for name in (path, *aliases)} if path else set()
        self.db.executemany("DELETE FROM file_keys WHERE key = ? AND path = ?", old - new)
        self.db.executemany("INSERT OR IGNORE INTO file_keys VALUES (?,?)", new - old)

    def _same_links(self, note: int, new: Extract) -> bool:
        path, packed = self.db.execute(
            "SELECT path, links FROM notes JOIN bodies ON note = id WHERE id = ?", (note,)
        ).fetchone()
        if path != new.path:
            return False
        before, after = unpack_links(packed), unpack_links(new.links)
        return [(x.kind, x.target) for x in before] == [(x.kind, x.target) for x in after]

    def _clear(self, note: int, *, keep_links: bool = False) -> None:
        base = note << 20
        known = self.db.execute(
            "SELECT statements, statement_count,"
            " (SELECT COUNT(*) FROM passages WHERE passages.note = notes.id), link_count"
            " FROM bodies JOIN notes ON notes.id = note WHERE note = ?",
            (note,),
        ).fetchone()
        if known:
            packed, *counts = known
            self._count(-1, *counts)
            ids = {(number, note) for number in unpack_ids(packed, counts[0])}
            self.db.executemany("DELETE FROM statement_ids WHERE id = ? AND note = ?", ids)
            keys = {(key, note) for key in self._link_keys(note)}
            self.db.executemany("DELETE FROM link_keys WHERE key = ? AND note = ?", keys)
        for table in ("texts", "turns") if keep_links else ("texts", "turns", "links"):
            self.db.execute(f"DELETE FROM {table} WHERE id >= ? AND id < ?", (base, base + (1 << 20)))  # noqa: S608
        for table in ("bodies", "tags", "names", "passages"):
            self.db.execute(f"DELETE FROM {table} WHERE note = ?", (note,))  # noqa: S608

    def _link_keys(self, note: int) -> tuple[int, ...]:
        (packed,) = self.db.execute("SELECT links FROM bodies WHERE note = ?", (note,)).fetchone()
        return link_keys(unpack_links(packed))

    def _put_names(self, note: int, names: Sequence[str]) -> None:
        self.db.executemany(
            "INSERT OR IGNORE INTO names VALUES (?,?,?)", ((n.partition(" ")[0], n, note) for n in names)
        )
