"""One SQLite file: opened with care, moved forward by numbered migrations, written in short transactions."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from notec.core import NotecError

APPLICATION_ID = 0x6E6F7465  # "note"; so that no other program's database is ever touched
BUSY_SECONDS = 30.0


class Migration(NamedTuple):
    """A step from one schema to the next. Its number is its place in the list, from 1; it never changes."""

    name: str
    statements: tuple[str, ...]


class Database:
    """A connection that threads of one process may share; processes open one each.

    Every method raises `NotecError`, with the way out, where the disk is full or read-only, the file is
    damaged, or another process holds it for longer than `BUSY_SECONDS`.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock = threading.RLock()

    @classmethod
    def open(cls, path: Path | str, migrations: Sequence[Migration]) -> Database:
        """Open the file, make it where there is none, and bring its schema forward.

        Raises:
            NotecError: as above; also for a file of a newer notec or of another program.
        """
        path = Path(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NotecError(
                f"cannot make the folder {path.parent}: {error.strerror}",
                "choose another place with --home or NOTEC_HOME",
            ) from None
        with translated(path):
            connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        database = cls(path, connection)
        try:
            with translated(path):
                database._prepare()
                database._migrate(migrations)
        except BaseException:
            connection.close()
            raise
        return database

    def _prepare(self) -> None:
        run = self._connection.execute
        tables = run("SELECT count(*) FROM sqlite_master").fetchone()[0]
        application = run("PRAGMA application_id").fetchone()[0]  # second: both may be in the making
        if application != APPLICATION_ID and (application or tables):
            raise NotecError(
                f"{self.path} is a database of another program",
                "choose another place with --home or NOTEC_HOME",
            )
        _until_free(lambda: run("PRAGMA journal_mode = WAL"))
        run("PRAGMA synchronous = NORMAL")
        run("PRAGMA foreign_keys = ON")

    def _migrate(self, migrations: Sequence[Migration]) -> None:
        run = self._connection.execute
        if self._version() == len(migrations):
            return
        with self.write(durable=True):
            version = self._version()  # another process may have been faster
            if version > len(migrations):
                raise NotecError(
                    f"{self.path} was written by a newer notec"
                    f" (schema {version}; this one knows {len(migrations)})",
                    "update notec, or choose another place with --home or NOTEC_HOME",
                )
            run(f"PRAGMA application_id = {APPLICATION_ID}")
            run("CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, name TEXT, at REAL)")
            for number, migration in enumerate(migrations[version:], version + 1):
                for statement in migration.statements:
                    run(statement)
                run("INSERT INTO migration VALUES (?, ?, ?)", (number, migration.name, time.time()))
            run(f"PRAGMA user_version = {len(migrations)}")

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """The connection, for reading; fetch all rows before leaving the block."""
        with self._lock, translated(self.path):
            yield self._connection

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it or, after an exception, nothing. An inner block belongs to the outer.

        Args:
            durable: wait until the disk has it. Otherwise a kill of the process loses nothing, but a
                power cut may lose the last transactions (never a part of one).
        """
        with self._lock, translated(self.path):
            run = self._connection.execute
            if self._connection.in_transaction:
                yield self._connection
                return
            if durable:
                run("PRAGMA synchronous = FULL")
            try:
                run("BEGIN IMMEDIATE")
                try:
                    yield self._connection
                    run("COMMIT")
                except BaseException:
                    if (
                        self._connection.in_transaction
                    ):  # some errors, such as a full disk, roll back by themselves
                        run("ROLLBACK")
                    raise
            finally:
                if durable:
                    run("PRAGMA synchronous = NORMAL")

    def check(self) -> tuple[str, ...]:
        """What SQLite's own check finds wrong with the file; reads all of it."""
        try:
            with self.read() as connection:
                rows = connection.execute("PRAGMA quick_check(20)").fetchall()
        except NotecError as error:  # too damaged for the check itself
            return (error.message,)
        return tuple(str(row[0]) for row in rows if row[0] != "ok")

    def close(self) -> None:
        """Close the connection; what was written stays."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors that a user can mend into a `NotecError`; a bug stays an exception."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        said = {
            sqlite3.SQLITE_FULL: (
                "the disk is full",
                "free some space and run the command again; nothing is lost",
            ),
            sqlite3.SQLITE_READONLY: (
                "it is read-only",
                "make it writable, or choose another place with --home",
            ),
            sqlite3.SQLITE_CANTOPEN: (
                "it cannot be opened",
                "see whether its folder exists and is writable, or choose another place with --home",
            ),
            sqlite3.SQLITE_PERM: ("no permission", "make it writable, or choose another place with --home"),
            sqlite3.SQLITE_BUSY: (
                f"another process has held it for more than {BUSY_SECONDS:g} s",
                "wait until the other notec is done, or end it",
            ),
            sqlite3.SQLITE_IOERR: ("the disk reports an error", "see whether the disk is full or failing"),
            sqlite3.SQLITE_CORRUPT: ("it is damaged", _MOVE),
            sqlite3.SQLITE_NOTADB: ("it is damaged, or no database at all", _MOVE),
        }.get(code)
        if said is None:
            raise
        raise NotecError(f"{path}: {said[0]} ({error})", said[1]) from error


_MOVE = (
    "move it aside with its -wal and -shm files; notec then begins a new one. The vault itself is not touched"
)


def move_aside(path: Path | str) -> Path:
    """Rename a damaged database, with its journal files, to a free name beside it; returns the new name.

    Nothing is deleted. The next `open` begins an empty one.
    """
    path = Path(path)
    number = 1
    while (target := path.with_name(f"{path.name}.broken-{number}")).exists():
        number += 1
    for ending in ("-wal", "-shm", ""):  # the file itself last, so that a kill in between can be repeated
        source = path.with_name(path.name + ending)
        if source.exists():
            source.rename(target.with_name(target.name + ending))
    return target


def _until_free(step: Callable[[], object]) -> None:
    """Do `step`, again while the file is locked: a change of the journal mode does not wait by itself."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            step()
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return
