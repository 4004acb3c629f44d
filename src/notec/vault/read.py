"""One file of the vault to bytes, and to a note; whatever the file system does."""

from __future__ import annotations

import os
import stat
from functools import cache
from pathlib import Path

from notec.core import Diagnostic, Outcome, Severity
from notec.vault.decode import decode
from notec.vault.note import Note
from notec.vault.scan import DOCUMENT_LIBRARIES, DOCUMENT_MODULES, reader_of
from notec.version import __version__

MAX_BYTES = 256 << 20
_CHUNK = 1 << 20
_SAFE_OPEN = (
    os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
)


def read(
    root: Path | str, path: str, *, dialect: str = "obsidian", max_bytes: int = MAX_BYTES
) -> Outcome[Note | None]:
    """The note at `path` inside the vault `root`; None only where nothing could be read.

    Never raises on what the file system or the file holds: see `read_bytes` and `parse_bytes`.
    """
    found = read_bytes(root, path, max_bytes=max_bytes)
    if found.value is None:
        return Outcome(None, found.diagnostics)
    note = parse_bytes(path, found.value, dialect=dialect)
    return Outcome(note.value, found.diagnostics + note.diagnostics)


def read_bytes(root: Path | str, path: str, *, max_bytes: int = MAX_BYTES) -> Outcome[bytes | None]:
    """The bytes of a regular file inside the vault; never waits and never raises.

    Diagnostics: `outside-vault`, `file-vanished`, `unreadable-file`, `not-a-file`, `file-too-large`,
    and `file-changed` where it was written to while it was read, twice over (the bytes are given).
    """
    base = os.path.realpath(root)
    full = os.path.join(base, path)
    try:
        real = os.path.realpath(full)
        if real != base and not real.startswith(base.rstrip(os.sep) + os.sep):
            return _nothing("outside-vault", path, "lies outside the vault; it is not read")
        data, steady = _read_once(full, max_bytes)
        if not steady:
            data, steady = _read_once(full, max_bytes)
    except _Refused as refused:
        return _nothing(refused.code, path, refused.message)
    except FileNotFoundError:
        return _nothing("file-vanished", path, "is not there any more; index again")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        return _nothing("unreadable-file", path, f"cannot be read ({reason}); mend that and index again")
    except MemoryError:
        return _nothing("file-too-large", path, "does not fit into the memory of this machine")
    if steady:
        return Outcome(data)
    said = f"{path}: is being written to; read as it is now, index again when that is done"
    return Outcome(data, (Diagnostic("file-changed", Severity.WARNING, said, path),))


def parse_bytes(path: str, data: bytes, *, dialect: str = "obsidian") -> Outcome[Note]:
    """The note that `data` holds, by the reader that belongs to the extension of `path`."""
    reader = reader_of(path)
    if reader in DOCUMENT_MODULES:
        from notec.vault.documents import read_document

        return read_document(path, data, reader, dialect=dialect)
    text, _, diagnostics = decode(data, path)
    if reader == "canvas":
        from notec.vault.canvas import read_canvas as read_text
    elif reader == "chat":
        from notec.vault.chatjson import read_chat as read_text
    else:
        from notec.vault.parse import parse_markdown as read_text
    found = read_text(path, text, dialect=dialect)
    return Outcome(found.value, diagnostics + found.diagnostics)


def fingerprint(path: str) -> str:
    """Everything besides the bytes of `path` that decides what `parse_bytes` makes of them.

    Part of a key: a new version of notec, or of the library that reads a document, reads it anew.
    """
    return _fingerprint(reader_of(path))


@cache
def _fingerprint(reader: str) -> str:
    if reader not in DOCUMENT_LIBRARIES:
        return f"{__version__} {reader or 'markdown'}"
    from importlib.metadata import PackageNotFoundError, version  # 40 ms

    try:
        return f"{__version__} {reader} {version(DOCUMENT_LIBRARIES[reader])}"
    except PackageNotFoundError:
        return f"{__version__} {reader} none"


class _Refused(Exception):  # noqa: N818  a way out of `_read_once`, not an error of the program
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def _nothing(code: str, path: str, message: str) -> Outcome[bytes | None]:
    return Outcome(None, (Diagnostic(code, Severity.WARNING, f"{path}: {message}", path),))


def _read_once(full: str, max_bytes: int) -> tuple[bytes, bool]:
    """The bytes, and whether the file kept still. Opening never waits for the other end of a pipe."""
    _expect_file(os.stat(full).st_mode)
    descriptor = os.open(full, _SAFE_OPEN)
    with open(descriptor, "rb", buffering=0) as file:
        before = os.fstat(descriptor)
        _expect_file(before.st_mode)  # it may have become another thing since
        if before.st_size > max_bytes:
            size, limit = before.st_size / (1 << 20), max_bytes / (1 << 20)
            said = (
                f"has {size:,.0f} MiB, more than the limit of {limit:,.0f} MiB; raise max_bytes in notec.toml"
            )
            raise _Refused("file-too-large", said)
        parts = []
        while part := file.read(max(_CHUNK, before.st_size + 1)):
            parts.append(part)
            if sum(map(len, parts)) > max_bytes:
                raise _Refused("file-too-large", "grows past the limit while it is read")
        after = os.fstat(descriptor)
    steady = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    return b"".join(parts), steady


def _expect_file(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise _Refused("not-a-file", "is a folder")
    if not stat.S_ISREG(mode):
        raise _Refused("not-a-file", "is no regular file (a pipe, socket or device); it is not read")
