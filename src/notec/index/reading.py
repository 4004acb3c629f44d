"""The reading side of the truth: notes, passages, statements, links and turns by path or number."""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import PurePosixPath
from typing import Any

from notec.core import Diagnostic, Severity, Span
from notec.index.cut import Cut
from notec.index.extract import bare_name, heading_chains
from notec.index.packing import (
    CHUNK,
    PackedLink,
    id_number,
    unpack_json,
    unpack_links,
    unpack_statements,
    unpack_text,
)
from notec.index.totals import totals
from notec.index.values import Filters, LinkRow, NoteRow, PassageRow, StatementRow, TurnRow
from notec.vault.note import Statement

_NOTE = "id, path, title, language, date, uid, digest, size, mtime_ns, aliases, properties"


class Reader:
    """Reads the truth over one connection. Rows of a note that vanished meanwhile are left out."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.db = connection

    def meta(self, key: str) -> Any:
        row = self.db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def generation(self) -> int:
        return int(self.meta("generation") or 0)

    # --- notes

    def note(self, path: str) -> NoteRow | None:
        """The note at a path."""
        row = self.db.execute(
            f"SELECT {_NOTE} FROM notes JOIN bodies ON note = id WHERE path = ?",  # noqa: S608
            (path,),
        ).fetchone()
        if row is None:
            return None
        tags = tuple(t for (t,) in self.db.execute("SELECT name FROM tags WHERE note = ?", (row[0],)))
        number, path, title, language, date, uid, digest, size, mtime_ns, aliases, properties = row
        return NoteRow(
            *(number, path, title, language, date, uid, digest.hex(), size, mtime_ns),
            properties=json.loads(properties),
            aliases=tuple(json.loads(aliases)),
            tags=tags,
        )

    def paths(self) -> list[str]:
        """All notes, sorted by path."""
        return [path for (path,) in self.db.execute("SELECT path FROM notes ORDER BY path")]

    def number(self, path: str) -> int:
        """The number of a note, or 0."""
        row = self.db.execute("SELECT id FROM notes WHERE path = ?", (path,)).fetchone()
        return int(row[0]) if row else 0

    def kind_of(self, path: str) -> str:
        """What lies at `path` as far as is known: `note`, `attachment`, `folder`, or nothing."""
        if self.number(path):
            return "note"
        if self.db.execute("SELECT 1 FROM attachments WHERE path = ?", (path,)).fetchone():
            return "attachment"
        below = (path + "/", path + "0")  # the character after the slash
        query = "SELECT 1 FROM {} WHERE path > ? AND path < ? LIMIT 1"
        tables = ("notes", "attachments")
        is_folder = any(self.db.execute(query.format(table), below).fetchone() for table in tables)
        return "folder" if is_folder else ""

    def text(self, note: int, start: int = 0, end: int | None = None) -> str:
        """The text of note number `note`, or a stretch of it; empty when it is not there."""
        base = note << 20
        first = start // CHUNK
        last = (end - 1) // CHUNK if end is not None else (1 << 20) - 1
        if last < first:
            return ""
        rows = self.db.execute(
            "SELECT data FROM texts WHERE id BETWEEN ? AND ? ORDER BY id", (base + first, base + last)
        )
        joined = "".join(unpack_text(data) for (data,) in rows)
        shift = first * CHUNK
        return joined[start - shift : None if end is None else end - shift]

    def texts(self, places: Mapping[int, tuple[int, Cut]]) -> dict[int, str]:
        """The texts of many passages, given what `places` gives of them; each chunk is unpacked once."""
        wanted: dict[int, list[int]] = {}
        for passage, (note, place) in places.items():
            first, last = place.start // CHUNK, max(place.end - 1, place.start) // CHUNK
            wanted[passage] = [note << 20 | chunk for chunk in range(first, last + 1)]
        chunks: dict[int, str] = {}
        for part in _parts({chunk for needed in wanted.values() for chunk in needed}):
            marks = ",".join("?" * len(part))
            rows = self.db.execute(f"SELECT id, data FROM texts WHERE id IN ({marks})", part)  # noqa: S608
            chunks.update({number: unpack_text(data) for number, data in rows})
        out: dict[int, str] = {}
        for passage, needed in wanted.items():
            place = places[passage][1]
            shift = (needed[0] & 0xFFFFF) * CHUNK
            joined = "".join(chunks.get(number, "") for number in needed)
            out[passage] = joined[place.start - shift : place.end - shift]
        return out

    def headings(self, note: int) -> list[tuple[str, ...]]:
        """For each heading of a note, its chain of texts, outermost first."""
        row = self.db.execute("SELECT headings FROM bodies WHERE note = ?", (note,)).fetchone()
        return list(_chains(row[0])) if row else []

    def findings(self, paths: Sequence[str] | None = None) -> list[Diagnostic]:
        """What reading the notes had to say, for every note as it is now, or for some."""
        out = []
        query = "SELECT path, findings FROM bodies JOIN notes ON id = note WHERE findings != ''"
        if paths is None:
            rows = self.db.execute(f"{query} ORDER BY path").fetchall()
        else:
            rows = [row for p in paths for row in self.db.execute(f"{query} AND path = ?", (p,))]
        for path, findings in rows:
            for code, severity, message, line, span in json.loads(findings):
                place = Span(*span) if span else None
                out.append(Diagnostic(code, Severity(severity), message, path, line, place))
        return out

    def changes(self, since: int) -> tuple[dict[str, str], int]:
        """The digests of the notes that changed or moved after a generation, and how many notes there are."""
        rows = self.db.execute("SELECT path, digest FROM notes WHERE changed > ?1 OR named > ?1", (since,))
        count = self.db.execute("SELECT COUNT(*) FROM notes").fetchone()[0]
        return {path: found.hex() for path, found in rows}, int(count)

    def stamps(self) -> dict[str, tuple[int, int]]:
        """Path -> size and time of the last change of each note's file."""
        return {
            path: (size, at) for path, size, at in self.db.execute("SELECT path, size, mtime_ns FROM notes")
        }

    def attachments(self) -> list[str]:
        """The files that are no notes, sorted."""
        return [path for (path,) in self.db.execute("SELECT path FROM attachments ORDER BY path")]

    def unlinked(self) -> list[str]:
        """Notes without a link to or from another note, sorted."""
        rows = self.db.execute(
            "SELECT path FROM notes n WHERE NOT EXISTS (SELECT 1 FROM links"
            " WHERE note IS NOT NULL AND note != n.id AND id BETWEEN n.id << 20 AND (n.id << 20 | 1048575))"
            " AND NOT EXISTS (SELECT 1 FROM links WHERE note = n.id AND id >> 20 != n.id) ORDER BY path"
        )
        return [path for (path,) in rows]

    def counts(self) -> dict[str, int]:
        """How many notes, statements, passages and links there are."""
        return totals(self.db)

    def selected(self, filters: Filters) -> list[int] | None:
        """Numbers of the notes that a filter's folder, tag and days let through; None: all of them."""
        where, values = [], []
        if folder := filters.folder.strip("/"):
            where.append("(path >= ? AND path < ?)")
            values += [folder + "/", folder + "0"]  # the character after the slash
        if tag := filters.tag.strip("#/").lower():
            where.append("id IN (SELECT note FROM tags WHERE name = ? OR (name >= ? AND name < ?))")
            values += [tag, tag + "/", tag + "0"]
        if filters.since:
            where.append("date >= ?")
            values.append(filters.since)
        if filters.until:
            where.append("(date != '' AND date <= ?)")
            values.append(filters.until)
        if not where:
            return None
        rows = self.db.execute("SELECT id FROM notes WHERE " + " AND ".join(where), values)  # noqa: S608
        return [number for (number,) in rows]

    # --- passages

    def places(self, ids: Iterable[int]) -> dict[int, tuple[int, Cut]]:
        """Where passages lie: id -> (note number, place)."""
        out: dict[int, tuple[int, Cut]] = {}
        for part in _parts(ids):
            marks = ",".join("?" * len(part))
            rows = self.db.execute(
                f"SELECT id, note, start, end, line, heading, turn FROM passages WHERE id IN ({marks})",  # noqa: S608
                part,
            )
            for number, note, *place in rows:
                out[number] = (note, Cut(*place))
        return out

    def passages_of(self, note: int) -> list[tuple[int, Cut]]:
        """The passages of a note, in its order."""
        rows = self.db.execute(
            "SELECT id, start, end, line, heading, turn FROM passages WHERE note = ? ORDER BY start", (note,)
        )
        return [(number, Cut(*place)) for number, *place in rows]

    def titles(self, notes: Iterable[int]) -> dict[int, tuple[str, str]]:
        """Note number -> (path, title)."""
        out: dict[int, tuple[str, str]] = {}
        for part in _parts(notes):
            marks = ",".join("?" * len(part))
            rows = self.db.execute(f"SELECT id, path, title FROM notes WHERE id IN ({marks})", part)  # noqa: S608
            out.update({number: (path, title) for number, path, title in rows})
        return out

    def names(self, notes: Iterable[int]) -> dict[int, tuple[str, ...]]:
        """Note number -> what it is called: title, file name without suffix, aliases; see `bare_name`."""
        out: dict[int, tuple[str, ...]] = {}
        for part in _parts(notes):
            marks = ",".join("?" * len(part))
            rows = self.db.execute(
                f"SELECT id, title, path, aliases FROM notes WHERE id IN ({marks})",  # noqa: S608
                part,
            )
            for number, title, path, aliases in rows:
                more = json.loads(aliases) if aliases != "[]" else ()
                every = (title, PurePosixPath(path).stem, *more)
                out[number] = tuple(dict.fromkeys(bare_name(name) for name in every))
        return out

    def passages(self, ids: Sequence[int]) -> list[PassageRow]:
        """Passages in the order of `ids`."""
        places = self.places(ids)
        titles = self.titles({note for note, _ in places.values()})
        out = []
        for number in ids:
            if number not in places or places[number][0] not in titles:
                continue
            note, place = places[number]
            path, title = titles[note]
            chain: tuple[str, ...] = ()
            if place.heading >= 0:
                chains = self.headings(note)
                chain = chains[place.heading] if place.heading < len(chains) else ()
            text = self.text(note, place.start, place.end)
            out.append(PassageRow(number, path, title, place.start, place.end, place.line, chain, text))
        return out

    # --- statements

    def statements_of(self, note: int) -> list[Statement]:
        """The statements of note number `note`, bare."""
        row = self.db.execute(
            "SELECT statements, statement_count FROM bodies JOIN notes ON id = note WHERE note = ?", (note,)
        ).fetchone()
        return unpack_statements(*row) if row else []

    def statements(self, note: int, path: str, within: Cut | None = None) -> list[StatementRow]:
        """The statements of a note, or those that begin inside a passage, with their words."""
        found = self.statements_of(note)
        if within is not None:
            found = [s for s in found if within.start <= s.start < within.end]
        return self._rows_of(note, path, found, self.headings(note))

    def _rows_of(
        self, note: int, path: str, found: Sequence[Statement], chains: Sequence[tuple[str, ...]]
    ) -> list[StatementRow]:
        if not found:
            return []
        base = found[0].start
        text = self.text(note, base, max(s.end for s in found))
        return [
            StatementRow(
                s.id, path, s.start, s.end, s.line, s.kind,
                chains[s.heading] if 0 <= s.heading < len(chains) else (),
                s.block, s.turn, text[s.start - base : s.end - base],
            )
            for s in found
        ]  # fmt: skip

    def statements_within(self, passages: Sequence[int]) -> dict[int, list[StatementRow]]:
        """The statements that begin inside each of many passages; a note is unpacked once for all of them."""
        places = self.places(passages)
        titles = self.titles({note for note, _ in places.values()})
        by_note: dict[int, list[int]] = {}
        for number in dict.fromkeys(passages):
            if number in places and places[number][0] in titles:
                by_note.setdefault(places[number][0], []).append(number)
        out: dict[int, list[StatementRow]] = {}
        for note, numbers in by_note.items():
            every = self.statements_of(note)
            starts = [s.start for s in every]
            chains = self.headings(note)
            for number in numbers:
                place = places[number][1]
                found = every[bisect_left(starts, place.start) : bisect_left(starts, place.end)]
                out[number] = self._rows_of(note, titles[note][0], found, chains)
        return {number: out[number] for number in passages if number in out}

    def statement(self, statement: str) -> list[StatementRow]:
        """The statements with an id, or with a unique beginning of one: one in each note that holds it."""
        low, high = id_number(statement.ljust(12, "0")), id_number(statement.ljust(12, "z"))
        if low < 0 or len(statement) < 4:
            return []
        rows = self.db.execute(
            "SELECT s.id, note, path FROM statement_ids s JOIN notes ON notes.id = note"
            " WHERE s.id BETWEEN ? AND ? ORDER BY path LIMIT 50",
            (low, high),
        ).fetchall()
        if len({number for number, _, _ in rows}) != 1:
            return []
        out = []
        for _, note, path in rows:
            out += [s for s in self.statements(note, path) if s.id.startswith(statement)]
        return out

    # --- links and turns

    def links(self, note: int, path: str) -> list[LinkRow]:
        """The links of a note, in its order."""
        base = note << 20
        rows = self.db.execute(
            "SELECT id - ?, COALESCE((SELECT path FROM notes WHERE notes.id = note), file) FROM links"
            " WHERE id >= ? AND id < ?",
            (base, base, base + (1 << 20)),
        )
        means = dict(rows.fetchall())
        return [_link(path, means.get(n) or "", link) for n, link in enumerate(self._packed_links(note))]

    def backlinks(self, note: int, path: str) -> list[LinkRow]:
        """The links of other notes that mean this one."""
        rows = self.db.execute(
            "SELECT id >> 20, id & 1048575 FROM links WHERE note = ? AND id >> 20 != note ORDER BY id",
            (note,),
        ).fetchall()
        titles = self.titles({source for source, _ in rows})
        out = []
        for source, group in groupby(rows, key=itemgetter(0)):
            if source in titles and (packed := self._packed_links(source)):
                out += [_link(titles[source][0], path, packed[n]) for _, n in group if n < len(packed)]
        return sorted(out, key=lambda link: (link.source, link.start))

    def linked(self, note: int, limit: int) -> list[int]:
        """Notes that note number `note` links to or that link to it, at most `limit` each way, sorted."""
        base = note << 20
        out = self.db.execute(
            "SELECT DISTINCT note FROM links WHERE id >= ? AND id < ? AND note IS NOT NULL LIMIT ?",
            (base, base + (1 << 20), limit),
        ).fetchall()
        back = self.db.execute(
            "SELECT DISTINCT id >> 20 FROM links WHERE note = ? LIMIT ?", (note, limit)
        ).fetchall()
        return sorted({other for (other,) in out + back} - {note})

    def tagged_like(self, note: int, most: int) -> list[list[int]]:
        """For each tag of a note that at most `most` notes have: the other notes that have it."""
        out = []
        for (name,) in self.db.execute("SELECT name FROM tags WHERE note = ?", (note,)).fetchall():
            rows = self.db.execute(
                "SELECT note FROM tags WHERE name = ? LIMIT ?", (name, most + 1)
            ).fetchall()
            if 1 < len(rows) <= most:
                out.append([other for (other,) in rows if other != note])
        return out

    def _packed_links(self, note: int) -> list[PackedLink]:
        row = self.db.execute("SELECT links FROM bodies WHERE note = ?", (note,)).fetchone()
        return unpack_links(row[0]) if row else []

    def turns(self, note: int, path: str) -> list[TurnRow]:
        """The messages of a chat note."""
        base = note << 20
        rows = self.db.execute(
            "SELECT id - ?, role, name, time, uid, start, end, line FROM turns WHERE id >= ? AND id < ?",
            (base, base, base + (1 << 20)),
        )
        return [TurnRow(path, *row) for row in rows]


def _link(source: str, resolved: str, link: PackedLink) -> LinkRow:
    kind, target, heading, block, label, embed, start, end, line = link
    return LinkRow(source, resolved, kind, target, heading, block, label, bool(embed), start, end, line)


@lru_cache(maxsize=512)
def _chains(packed: bytes) -> tuple[tuple[str, ...], ...]:
    return tuple(heading_chains(unpack_json(packed)))


def _parts(ids: Iterable[int], size: int = 500) -> Iterable[list[int]]:
    every = list(ids)
    return (every[at : at + size] for at in range(0, len(every), size))
