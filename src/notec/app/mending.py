"""Puts fixes into notes: the text outside a fix stays as it is to the byte, and no file is touched that is
not what it was when it was checked."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from notec.core import Diagnostic, Fix, NotecError, digest
from notec.vault.decode import decode, encode
from notec.vault.read import read_bytes
from notec.vault.scan import reader_of
from notec.vault.write import write_atomically


@dataclass(frozen=True)
class Mended:
    """A note with its fixes put in.

    Args:
        before, after: its text. data: its bytes before.
    """

    note: str
    before: str
    after: str
    encoding: str
    data: bytes
    fixes: tuple[Fix, ...]


@dataclass(frozen=True)
class Mending:
    """What can be mended, and why some notes cannot."""

    notes: tuple[Mended, ...]
    refused: tuple[str, ...]


def mend(
    root: Path, found: Iterable[Diagnostic], digests: Mapping[str, str], grades: Collection[str]
) -> Mending:
    """Work out the fixes of some grades; nothing is written.

    Args:
        digests: of each note's bytes, as they were checked.
    """
    wanted: dict[str, list[Fix]] = {}
    for item in found:
        if item.fix is not None and item.fix.grade in grades and item.fix.edits:
            wanted.setdefault(item.note, []).append(item.fix)
    notes, refused = [], []
    for note, fixes in sorted(wanted.items()):
        data = read_bytes(root, note).value
        if data is None or digest(data) != digests.get(note):
            refused.append(f"{note}: changed since it was checked; it is left as it is")
            continue
        text, encoding, _ = decode(data, note)
        if reader_of(note) != "markdown":
            refused.append(f"{note}: not a Markdown note; mend it by hand")
            continue
        after, done = apply(text, fixes)
        if done:
            notes.append(Mended(note, text, after, encoding, data, tuple(done)))
    return Mending(tuple(notes), tuple(refused))


def apply(text: str, fixes: Iterable[Fix]) -> tuple[str, list[Fix]]:
    """The text with all fixes that do not get in one another's way, the first of them first."""
    taken: list[tuple[int, int, str]] = []
    done = []
    for fix in fixes:
        edits = [(e.span.start, e.span.end, e.text) for e in fix.edits]
        if any(not 0 <= start <= end <= len(text) for start, end, _ in edits):
            continue
        if any(_clash(edit, other) for edit in edits for other in taken):
            continue
        taken += edits
        done.append(fix)
    for start, end, words in sorted(taken, reverse=True):
        text = text[:start] + words + text[end:]
    return text, done


def _clash(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    return (one[0] < other[1] and other[0] < one[1]) or one[:2] == other[:2]


def write_mended(root: Path, mended: Mended) -> str:
    """Write a note whose file is still what it was; gives the reason where it is not written."""
    path = Path(os.path.realpath(root / mended.note))
    if not str(path).startswith(os.path.realpath(root).rstrip(os.sep) + os.sep):
        return f"{mended.note}: lies outside the vault; it is left as it is"
    try:
        data = encode(mended.after, mended.encoding)
    except UnicodeEncodeError:
        return (
            f"{mended.note}: the fix has a letter that {mended.encoding} lacks; save the note as UTF-8 first"
        )
    try:
        if path.read_bytes() != mended.data:
            return f"{mended.note}: changed since it was checked; it is left as it is"
        write_atomically(path, data)
    except OSError as error:
        return f"{mended.note}: {error.strerror or error}; it is left as it is"
    except NotecError as error:
        return error.message
    return ""
