"""How many notes, statements, passages and links there are: kept with each change, to count takes longer."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

TOTALS = ("notes", "statements", "passages", "links")


def totals(db: sqlite3.Connection) -> dict[str, int]:
    """As kept, or counted where nothing is kept yet."""
    return _kept(db) or counted(db)


def counted(db: sqlite3.Connection) -> dict[str, int]:
    """As they are."""
    notes, statements, links = db.execute(
        "SELECT COUNT(*), COALESCE(SUM(statement_count), 0), COALESCE(SUM(link_count), 0) FROM notes"
    ).fetchone()
    passages = db.execute("SELECT COUNT(*) FROM passages").fetchone()[0]
    return dict(zip(TOTALS, (notes, statements, passages, links), strict=True))


def keep_totals(db: sqlite3.Connection, more: Mapping[str, int]) -> None:
    """In the transaction that brought so many more of each."""
    before = _kept(db)
    now = {name: before[name] + more[name] for name in TOTALS} if before else counted(db)
    rows = ((f"total.{name}", total) for name, total in now.items())
    db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)


def _kept(db: sqlite3.Connection) -> dict[str, int]:
    rows = dict(db.execute("SELECT key, value FROM meta WHERE key BETWEEN 'total.' AND 'total/'"))
    return {name: rows[f"total.{name}"] for name in TOTALS} if len(rows) == len(TOTALS) else {}
