"""The whole store behind one name."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import Any

from notec.store.database import Database
from notec.store.jobs import Jobs
from notec.store.memo import Memo
from notec.store.migrations import MIGRATIONS
from notec.store.replies import Replies


class Store:
    """One SQLite file with a memo, a log of replies, a queue of jobs and a few settings; see each of them.

    Threads of one process may share it. Close it, or use it as a context.
    """

    def __init__(self, database: Database, *, memo_limit: int | None = None) -> None:
        self.database = database
        self.memo = Memo(database, limit=memo_limit)
        self.replies = Replies(database)
        self.jobs = Jobs(database)

    @classmethod
    def open(cls, path: Path | str, *, memo_limit: int | None = None) -> Store:
        """Open or make the file.

        Args:
            memo_limit: bytes of memo values to keep, or None for all.

        Raises:
            NotecError: it cannot be opened or made, is damaged, or belongs to a newer notec or another
                program.
        """
        return cls(Database.open(path, MIGRATIONS), memo_limit=memo_limit)

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self.database.path

    def meta(self, name: str) -> Any:
        """A small plain value kept under a name, or None."""
        with self.database.read() as connection:
            row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def set_meta(self, name: str, value: Any) -> None:
        """Keep a small plain value under a name; None removes it."""
        with self.database.write() as connection:
            if value is None:
                connection.execute("DELETE FROM meta WHERE name = ?", (name,))
            else:
                connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, json.dumps(value)))

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
