"""Paranoid: the index as it came to be, compared with one that is built from scratch beside it.

Numbers of notes and passages depend on history and are left aside; everything that they stand for must
be the same, down to the terms of each passage in the full text.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import tantivy

from notec.core import Diagnostic, Severity
from notec.index.lexical import Lexical
from notec.index.packing import unpack_json
from notec.index.reading import Reader
from notec.index.totals import counted, totals

_SHOWN = 20  # differences told one by one
_FIELDS = (("body", "passage"), ("head", "passage"), ("title", "card"), ("names", "card"))
_PARTS = (
    *("note", "properties", "findings", "headings", "statements", "text"),
    *("passages", "tags", "turns", "links", "names", "ids"),
)
_LISTS = (
    ("attachments", "SELECT path FROM attachments ORDER BY path"),
    ("names that links may use", "SELECT key, path FROM file_keys ORDER BY key, path"),
)


def compare(
    own: tuple[sqlite3.Connection, Lexical],
    fresh: tuple[sqlite3.Connection, Lexical],
    told: Callable[[int, int], None] = lambda *_: None,
) -> tuple[Diagnostic, ...]:
    """What differs, as diagnostics `index-differs` of severity error; nothing when all is well."""
    mine, theirs = Reader(own[0]), Reader(fresh[0])
    said: list[Diagnostic] = []

    def differs(note: str, what: str) -> None:
        message = f"{note or 'the vault'}: {what} not what a fresh index has; please report this"
        said.append(Diagnostic("index-differs", Severity.ERROR, message, note))

    paths, fresh_paths = set(mine.paths()), set(theirs.paths())
    for path in sorted(paths ^ fresh_paths):
        differs(path, "being there is" if path in paths else "being absent is")
    both = sorted(paths & fresh_paths)
    for done, path in enumerate(both, 1):
        a, b = _note(mine, path), _note(theirs, path)
        for part, one, other in zip(_PARTS, a, b, strict=True):
            if one != other:
                differs(path, f"its {part} {'are' if part.endswith('s') else 'is'}")
        told(done, len(both))
    if totals(own[0]) != counted(own[0]):
        differs("", "its number of notes, statements, passages or links is")
    for what, query in _LISTS:
        if own[0].execute(query).fetchall() != fresh[0].execute(query).fetchall():
            differs("", f"its list of {what} is")
    for field, kind in _FIELDS:
        for term in sorted(_unlike(own, fresh, field, kind))[:_SHOWN]:
            differs("", f"the full text of {term!r} ({field}) is")
    if len(said) > _SHOWN:
        more = f"{len(said) - _SHOWN} more differences"
        said = [*said[:_SHOWN], Diagnostic("index-differs", Severity.ERROR, more, "")]
    return tuple(said)


def _note(reader: Reader, path: str) -> tuple[Any, ...]:
    """All that is known of a note, as plain values, in the order of `_PARTS`."""
    row = reader.note(path)
    assert row is not None
    db, note = reader.db, row.id
    properties, findings, packed = db.execute(
        "SELECT properties, findings, headings FROM bodies WHERE note = ?", (note,)
    ).fetchone()
    headings = unpack_json(packed)
    keys = db.execute("SELECT key FROM link_keys WHERE note = ? ORDER BY key", (note,)).fetchall()
    links = (reader.links(note, path), keys)
    names = db.execute("SELECT first, terms FROM names WHERE note = ? ORDER BY 1, 2", (note,)).fetchall()
    ids = db.execute("SELECT id FROM statement_ids WHERE note = ? ORDER BY id", (note,)).fetchall()
    known = (row.title, row.language, row.date, row.uid, row.digest, row.size, row.aliases)
    return (
        *(known, properties, findings, headings, reader.statements_of(note), reader.text(note)),
        *([place for _, place in reader.passages_of(note)], sorted(row.tags), reader.turns(note, path)),
        *(links, names, ids),
    )


def _unlike(
    own: tuple[sqlite3.Connection, Lexical],
    fresh: tuple[sqlite3.Connection, Lexical],
    field: str,
    kind: str,
) -> set[str]:
    """Terms that do not stand in the same passages (or cards) of both."""
    mine, theirs = dict(_postings(*own, field, kind)), dict(_postings(*fresh, field, kind))
    terms = mine.keys() | theirs.keys()
    return {term for term in terms if mine.get(term, 0) != theirs.get(term, 0)}


def _postings(db: sqlite3.Connection, lexical: Lexical, field: str, kind: str) -> Iterator[tuple[str, int]]:
    """Each term of a field with a number made of the places where it stands, whatever their order."""
    if kind == "passage":
        rows = db.execute("SELECT passages.id, path, start FROM passages JOIN notes ON notes.id = note")
    else:
        rows = db.execute("SELECT id, path, 0 FROM notes")
    mark = {number: hash((path, start)) for number, path, start in rows}
    searcher = lexical.searcher
    for term, _ in searcher.terms_with_prefix(field, ""):
        query = tantivy.Query.term_query(lexical.schema, field, term, index_option="basic")
        found = searcher.search(query, max(searcher.num_docs, 1), count=False).hits
        values = searcher.fast_field_values(kind, [address for _, address in found]) if found else ()
        # what the truth does not know counts too, as something that no fresh index has
        yield term, sum(mark.get(value, hash((value, term))) for value in values)
