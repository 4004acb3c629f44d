"""Which notes a person means by a name: a path, a file name, a title, an alias."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence

from notec.vault.nearest import Names
from notec.vault.resolve import fold


def find(db: sqlite3.Connection, name: str) -> list[str]:
    """The notes that answer to `name`, best way of answering first: only those of the best way are given.

    The ways: the exact path; the path without regard to case, Unicode composition and suffix; the end of
    the path; the title; an alias.
    """
    if db.execute("SELECT 1 FROM notes WHERE path = ?", (name,)).fetchone():
        return [name]
    wanted = fold(name.strip().removeprefix("./").replace("\\", "/").strip("/"))
    if not wanted:
        return []
    best = 9
    found: list[str] = []
    for path, title, aliases in _rows(db):
        own = fold(path)
        if wanted in (own, _bare(own)):
            way = 1
        elif own.endswith("/" + wanted) or _bare(own).endswith("/" + wanted):
            way = 2
        elif fold(title.strip()) == wanted:
            way = 3
        elif any(fold(alias.strip()) == wanted for alias in aliases):
            way = 4
        else:
            continue
        if way < best:
            best, found = way, []
        if way == best:
            found.append(path)
    return found


def nearest(db: sqlite3.Connection, name: str, limit: int = 3) -> list[str]:
    """Notes with a file name, title or alias that is written much like `name`, best first."""
    names = []
    for path, title, aliases in _rows(db):
        own = _bare(fold(path))
        names += [(key, path) for key in {own, own.rpartition("/")[2], *map(fold, (title, *aliases))}]
    return Names(names).nearest(_bare(fold(name.strip())), limit)


def _rows(db: sqlite3.Connection) -> Iterator[tuple[str, str, Sequence[str]]]:
    for path, title, aliases in db.execute("SELECT path, title, aliases FROM notes ORDER BY path"):
        yield path, title, json.loads(aliases) if aliases != "[]" else ()


def _bare(path: str) -> str:
    """A path without its suffix."""
    stem, dot, suffix = path.rpartition(".")
    return stem if dot and stem and suffix.isalnum() and len(suffix) <= 8 else path
