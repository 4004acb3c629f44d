"""The connection that an index reads with: made when it is first needed, and kept over the updates."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from notec.core import NotecError
from notec.index.schema import FILE_NAME, errors, open_truth


class Opened:
    """The database of one home, for reading."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._db: sqlite3.Connection | None = None
        self._file = (0, 0)  # device and number of the file that is open

    def is_there(self) -> bool:
        """Whether there is a database."""
        with errors(self._home), suppress(FileNotFoundError):
            self._connect()
        return self._db is not None

    def get(self) -> sqlite3.Connection:
        """The connection. Use inside `errors`.

        Raises:
            NotecError: there is no database yet.
        """
        try:
            return self._connect()
        except FileNotFoundError:
            raise NotecError(
                f"there is no index in {self._home} yet ({FILE_NAME} is missing)", "run `notec index` first"
            ) from None

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    def close_if_moved(self) -> None:
        """Let go of a database that was moved aside by whoever found it damaged."""
        with suppress(OSError):
            if self._identity() == self._file:
                return
        self.close()

    def _connect(self) -> sqlite3.Connection:
        if self._db is None:
            self._file = self._identity()
            self._db = open_truth(self._home, write=False)
        return self._db

    def _identity(self) -> tuple[int, int]:
        status = os.stat(self._home / FILE_NAME)
        return status.st_dev, status.st_ino
