"""Saving files so that a reader, a crash or a full disk never meets half of one."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from unicodedata import normalize

from notec.core import NotecError

_TEMPORARY = ".notec-"  # hidden, so that neither Obsidian nor `scan` takes it for a note
_LEFTOVER_SECONDS = 3600.0
_NAME_BYTES = 200  # file systems take 255; the rest is for ` 2`, an extension, a sync tool's marks
_RESERVED = frozenset(
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"]
    + [d + n for d in ("COM", "LPT") for n in "0123456789¹²³"]
)
_JOINING = re.compile(r"[/\\|:]+")
# what Windows forbids, what would end an Obsidian link, control and direction marks, half characters
_DROPPED = re.compile(
    '[<>"?*#^\\[\\]\0-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+'
)


def write_atomically(path: Path, data: bytes) -> None:
    """Put `data` into the file `path`: wholly, and on the disk, when this returns; else not at all.

    Missing folders are made. A file that was there keeps its permissions. Where `path` is a symbolic
    link, the link is replaced, so nothing is written outside the folder that was named.

    Raises:
        NotecError: no space, no permission, a read-only disk, a folder of that name; nothing has changed.
    """
    with _told(path), _temporary_beside(path) as temporary:
        _fill(temporary, data, _mode_of(path))
        os.replace(temporary, path)
        _sync_folder(path.parent)


def save_new(folder: Path, title: str, data: bytes, suffix: str = ".md") -> Path:
    """Save `data` in `folder` under a new name made from `title`; gives the path.

    A name that is taken gets ` 2`, ` 3` and so on; no file is ever overwritten, not even one that
    another process makes at the same time. Raises NotecError as `write_atomically` does.
    """
    name = safe_name(title)
    number = 1
    while True:
        path = folder / (f"{name}{suffix}" if number == 1 else f"{name} {number}{suffix}")
        number += 1
        with _told(path), _temporary_beside(path) as temporary:
            if os.path.lexists(path):
                continue
            _fill(temporary, data, None)
            try:
                os.link(temporary, path)
            except FileExistsError:
                continue
            except OSError:  # a file system without hard links: claim the name, then fill it
                try:
                    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
                except FileExistsError:
                    continue
                os.replace(temporary, path)
            _sync_folder(folder)
            return path


def safe_name(title: str) -> str:
    """A file name without extension that every system takes, as close to `title` as can be.

    Left out: what Windows forbids, what would end an Obsidian link (`#^[]|`), control characters,
    outer dots and spaces; names such as CON get a `_`; at most 200 bytes of UTF-8; never empty.
    """
    name = _DROPPED.sub(" ", _JOINING.sub("-", normalize("NFC", title)))
    name = " ".join(name.split()).strip(". ")
    if len(name.encode()) > _NAME_BYTES:
        cut = name.encode()[: _NAME_BYTES + 1].decode(errors="ignore")
        words = cut.rpartition(" ")[0]  # a whole word where there is one
        name = words if len(words) > len(cut) // 2 else cut.encode()[:_NAME_BYTES].decode(errors="ignore")
        name = name.rstrip(". ")
    if name.partition(".")[0].rstrip().upper() in _RESERVED:
        name = f"_{name}"
    return name or "untitled"


def remove_leftovers(folder: Path) -> int:
    """Delete what a killed process left half-written in `folder` over an hour ago; gives their count."""
    count = 0
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(folder)):
            with contextlib.suppress(OSError):
                is_ours = entry.name.startswith(_TEMPORARY) and entry.name.endswith(".tmp")
                if is_ours and entry.stat().st_mtime < time.time() - _LEFTOVER_SECONDS:
                    os.unlink(entry.path)
                    count += 1
    return count


@contextlib.contextmanager
def _temporary_beside(path: Path) -> Iterator[str]:
    """A name for a file in the folder of `path`, which is made; gone afterwards, whatever happens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = os.path.join(path.parent, f"{_TEMPORARY}{secrets.token_hex(8)}.tmp")
    try:
        yield temporary
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def _fill(temporary: str, data: bytes, mode: int | None) -> None:
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    with open(os.open(temporary, flags, 0o666), "wb") as file:  # 0o666: the umask decides
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if mode is not None:
        os.chmod(temporary, mode)


def _mode_of(path: Path) -> int | None:
    try:
        status = path.lstat()
    except OSError:
        return None
    if stat.S_ISDIR(status.st_mode):  # said here, since the systems' own messages differ
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    return stat.S_IMODE(status.st_mode) if stat.S_ISREG(status.st_mode) else None


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # Windows cannot open a folder; some network disks cannot sync one
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """An error of the file system, as one that the user can mend."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            reason, hint = "the disk is full", "free some space and save again"
        elif error.errno == errno.EROFS:
            reason, hint = "the disk is read-only", "name a folder that can be written to"
        elif error.errno in (errno.EACCES, errno.EPERM):
            reason, hint = (
                "no permission",
                "allow writing there, close what holds the file, or name another folder",
            )
        elif error.errno == errno.EISDIR:
            reason, hint = "a folder has that name", "choose another name"
        else:
            reason, hint = error.strerror or str(error), "mend that and save again"
        raise NotecError(f"cannot save {path}: {reason}", f"{hint}; nothing was changed") from error
    except ValueError as error:  # a NUL in the path
        raise NotecError(
            f"cannot save {str(path)!r}: {error}", "choose another name; nothing was changed"
        ) from error
