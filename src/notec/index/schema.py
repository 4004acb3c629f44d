"""The database file: its tables, how it is opened, and how it moves forward.

One SQLite file in `home` holds the truth about the vault. Everything else in `home` is derived from
it. Migrations are named and numbered; a file that a newer notec wrote is refused, never changed.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from notec.core import NotecError
from notec.index.extract import name_key

FILE_NAME = "index.sqlite"

MIGRATIONS: tuple[tuple[str, str], ...] = (
    (
        "first",
        """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
        CREATE TABLE notes (
            id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice
            path TEXT NOT NULL UNIQUE,
            digest BLOB NOT NULL,                  -- of the file's bytes
            size INTEGER NOT NULL,
            mtime_ns INTEGER NOT NULL,
            seen_ns INTEGER NOT NULL,              -- when the bytes were read
            uid TEXT NOT NULL,
            title TEXT NOT NULL,
            language TEXT NOT NULL,
            date TEXT NOT NULL,                    -- ISO 8601, or empty
            aliases TEXT NOT NULL,                 -- JSON
            statement_count INTEGER NOT NULL,
            link_count INTEGER NOT NULL,
            reading TEXT NOT NULL,                 -- versions and settings that it was read with
            changed INTEGER NOT NULL,              -- generation of its words
            named INTEGER NOT NULL                 -- generation of its path, title, aliases
        );
        CREATE TABLE bodies (                      -- what is large of a note
            note INTEGER PRIMARY KEY,
            properties TEXT NOT NULL,              -- JSON
            findings TEXT NOT NULL,                -- diagnostics of reading it, JSON
            headings BLOB NOT NULL,                -- packed
            statements BLOB NOT NULL,              -- packed
            links BLOB NOT NULL                    -- packed
        );
        CREATE INDEX bodies_findings ON bodies (note) WHERE findings != '';
        CREATE INDEX notes_changed ON notes (changed);
        CREATE INDEX notes_named ON notes (named);
        CREATE TABLE texts (id INTEGER PRIMARY KEY, data BLOB NOT NULL);  -- id = note << 20 | chunk
        CREATE TABLE statement_ids (
            id INTEGER NOT NULL, note INTEGER NOT NULL, PRIMARY KEY (id, note)
        ) WITHOUT ROWID;
        CREATE TABLE passages (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            note INTEGER NOT NULL,
            start INTEGER NOT NULL,
            end INTEGER NOT NULL,
            line INTEGER NOT NULL,
            heading INTEGER NOT NULL,
            turn INTEGER NOT NULL
        );
        CREATE INDEX passages_note ON passages (note);
        CREATE TABLE links (                       -- what a link means, of those that mean something
            id INTEGER PRIMARY KEY,                -- note << 20 | number
            note INTEGER,                          -- the linked note
            file TEXT                              -- or the linked attachment
        );
        CREATE INDEX links_note ON links (note) WHERE note IS NOT NULL;
        CREATE TABLE link_keys (                   -- the names by which the links of a note are looked up
            key INTEGER NOT NULL, note INTEGER NOT NULL, PRIMARY KEY (key, note)
        ) WITHOUT ROWID;
        CREATE TABLE tags (note INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (note, name)) WITHOUT ROWID;
        CREATE INDEX tags_name ON tags (name);
        CREATE TABLE turns (
            id INTEGER PRIMARY KEY,                -- note << 20 | number
            role TEXT NOT NULL, name TEXT NOT NULL, time TEXT NOT NULL, uid TEXT NOT NULL,
            start INTEGER NOT NULL, end INTEGER NOT NULL, line INTEGER NOT NULL
        );
        CREATE TABLE attachments (path TEXT PRIMARY KEY) WITHOUT ROWID;
        CREATE TABLE names (                       -- titles and aliases as terms, for mentions in texts
            first TEXT NOT NULL, terms TEXT NOT NULL, note INTEGER NOT NULL,
            PRIMARY KEY (first, terms, note)
        ) WITHOUT ROWID;
        CREATE INDEX names_note ON names (note);
        CREATE TABLE gone (note INTEGER PRIMARY KEY, generation INTEGER NOT NULL);
        """,
    ),
    (
        "files by what links may call them",
        """
        CREATE TABLE file_keys (
            key INTEGER NOT NULL, path TEXT NOT NULL, PRIMARY KEY (key, path)
        ) WITHOUT ROWID;
        INSERT INTO file_keys
            SELECT name_key(path), path FROM notes
            UNION SELECT name_key(value), notes.path FROM notes, json_each(aliases)
            UNION SELECT name_key(path), path FROM attachments;
        """,
    ),
    (
        "where the parts of a note stand, so that it is parsed once",
        "ALTER TABLE bodies ADD COLUMN layout BLOB NOT NULL DEFAULT x''",  # see `layout`
    ),
)


def open_truth(home: Path, *, write: bool) -> sqlite3.Connection:
    """A connection to the truth in `home`.

    A writer makes the folder and the file, and moves an older file forward; a reader changes nothing.
    Use inside `errors`.

    Raises:
        NotecError: the file was written by a newer notec, or a reader met one of an older notec.
        FileNotFoundError: a reader, and there is no index yet.
    """
    file = home / FILE_NAME
    if write:
        home.mkdir(parents=True, exist_ok=True)
    elif not file.exists():
        raise FileNotFoundError(file)
    connection = _connect(file, write=write)
    try:
        _move_forward(connection, file, write=write)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(file: Path, *, write: bool) -> sqlite3.Connection:
    mode = "rwc" if write else "ro"
    if not write and not os.access(file.parent, os.W_OK) and not _has_log(file):
        mode = "ro&immutable=1"  # a reader of a log makes a file beside it, which it may not here
    uri = file.resolve().as_uri() + f"?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=30, check_same_thread=False)
    if write:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cache_size = -32000")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def _has_log(file: Path) -> bool:
    log = file.with_name(file.name + "-wal")
    try:
        return log.stat().st_size > 0
    except OSError:
        return False


def _move_forward(connection: sqlite3.Connection, file: Path, *, write: bool) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise NotecError(
            f"{file} was written by a newer notec (format {version}, this one knows {len(MIGRATIONS)})",
            "update notec, or name another folder with --home",
        )
    if version == len(MIGRATIONS):
        return
    if not write and version == 0:  # whoever makes it has not come further
        raise FileNotFoundError(file)
    if not write:
        raise NotecError(f"{file} has the format of an older notec", "run `notec index` once")
    connection.create_function("name_key", 1, name_key)
    missing = MIGRATIONS[version:]
    steps = "".join(script for _, script in missing)  # at once: a reader never meets what is half moved
    connection.executescript(f"BEGIN IMMEDIATE;{steps};PRAGMA user_version = {len(MIGRATIONS)};COMMIT;")
    names = ((f"migration.{number}", name) for number, (name, _) in enumerate(missing, version + 1))
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", names)


@contextmanager
def errors(home: Path) -> Iterator[None]:
    """Turns what a lost disk does into words that a user can act on."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        said = str(error)
        if "full" in said:
            raise NotecError(
                f"the disk with {home} is full; what was indexed until now is kept",
                "free some space, then run the same command again",
            ) from error
        if is_damage(error):
            raise NotecError(
                f"{home / FILE_NAME} is damaged ({said})",
                "run `notec index --rebuild`: it is made of your notes again, nothing is lost",
            ) from error
        raise _unusable(home, said) from error
    except OSError as error:
        if error.errno == 28:
            raise NotecError(
                f"the disk with {home} is full; what was indexed until now is kept",
                "free some space, then run the same command again",
            ) from error
        raise _unusable(home, error.strerror or str(error)) from error


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether an error says that the file does not hold what it should."""
    return "malformed" in str(error) or "not a database" in str(error)


def is_sound(home: Path) -> bool:
    """Whether the whole file can be read; a file that is not there can."""
    if not (home / FILE_NAME).exists():
        return True
    try:
        with closing(_connect(home / FILE_NAME, write=True)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return False


def move_aside(home: Path) -> Path:
    """Give the database another name, in place of an earlier one of that name."""
    file = home / FILE_NAME
    aside = file.with_name(FILE_NAME + ".damaged")
    os.replace(file, aside)
    for end in ("-wal", "-shm"):
        file.with_name(FILE_NAME + end).unlink(missing_ok=True)
    return aside


def _unusable(home: Path, reason: str) -> NotecError:
    return NotecError(
        f"cannot use the index in {home}: {reason}",
        "make the folder writable, or name another one with --home or NOTEC_HOME",
    )
