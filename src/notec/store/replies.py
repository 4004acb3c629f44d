"""What a model said: every raw reply, saved while it streams and before anyone parses it."""

from __future__ import annotations

import time
from collections.abc import Callable

from notec.core import whole
from notec.store.database import Database


class Replies:
    """The log of replies, by digest of the request and fingerprint of the model.

    The bytes are the caller's: this log knows only whether a reply is complete, and its text as it came.
    """

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def begin(self, request: str, model: str, question: str) -> int:
        """Note that a request is being asked; the number under which its reply will be saved.

        Args:
            question: the whole request, for a person who looks into the log.
        """
        with self._database.write() as connection:
            cursor = connection.execute(
                "INSERT INTO reply (request, model, question, asked) VALUES (?, ?, ?, ?)",
                (request, model, question, self._clock()),
            )
        return int(cursor.lastrowid or 0)

    def append(self, number: int, text: str) -> None:
        """Save the next piece of the text."""
        with self._database.write() as connection:
            connection.execute("INSERT INTO reply_piece (reply, text) VALUES (?, ?)", (number, whole(text)))

    def finish(self, number: int, *, complete: bool, finish: str, result: str) -> None:
        """Save how it ended. Waits for the disk: a paid reply survives a power cut.

        Args:
            complete: whether asking again would bring nothing more.
            result: what `find` shall give back.
        """
        with self._database.write(durable=True) as connection:
            connection.execute(
                "UPDATE reply SET ended = ?, complete = ?, finish = ?, result = ?, text = ? WHERE id = ?",
                (self._clock(), complete, finish, result, self._pieces(number), number),
            )
            connection.execute("DELETE FROM reply_piece WHERE reply = ?", (number,))

    def find(self, request: str, model: str) -> str | None:
        """The `result` of the last complete reply to this request, or None."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT result FROM reply WHERE request = ? AND model = ? AND complete"
                " ORDER BY id DESC LIMIT 1",
                (request, model),
            ).fetchone()
        return row[0] if row else None

    def partial(self, request: str, model: str) -> str:
        """The longest text of the unfinished replies to this request; empty where there is none."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT id, ended IS NULL, text FROM reply WHERE request = ? AND model = ? AND NOT complete",
                (request, model),
            ).fetchall()
            texts = [self._pieces(number) if running else text for number, running, text in rows]
        return max(texts, key=len, default="")

    def recent(self, model: str, limit: int = 200) -> list[str]:
        """The `result` of the last complete replies of a model, for what they tell of its speed."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT result FROM reply WHERE model = ? AND complete ORDER BY id DESC LIMIT ?",
                (model, limit),
            ).fetchall()
        return [row[0] for row in rows]

    def count(self) -> tuple[int, int]:
        """How many replies are complete, and how many are not."""
        with self._database.read() as connection:
            row = connection.execute("SELECT coalesce(sum(complete), 0), count(*) FROM reply").fetchone()
        return int(row[0]), int(row[1] - row[0])

    def _pieces(self, number: int) -> str:
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT text FROM reply_piece WHERE reply = ? ORDER BY id", (number,)
            ).fetchall()
        return "".join(row[0] for row in rows)
