"""`case-collision`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from unicodedata import normalize

from notec.check.rule import Entry, Rule, Topic
from notec.core import Diagnostic, Severity
from notec.vault import Note

CODE = "case-collision"


def _key(path: str) -> str:
    """Equal for names that are one on a disk that knows no case or composes letters."""
    return normalize("NFC", normalize("NFC", path).casefold())


def _share(note: Note) -> Iterator[tuple[str, Entry]]:
    yield _key(note.path), Entry(note.path, 1, 0, 0, (note.path,))


def _files(paths: Sequence[str]) -> Iterator[tuple[str, Entry]]:
    for path in paths:
        yield _key(path), Entry("", 0, 0, 0, (path,))


def _judge(key: str, entries: Sequence[Entry]) -> Iterator[Diagnostic]:
    del key
    names = sorted(entry.said[0] for entry in entries)
    for name in names[1:]:
        said = f"clashes with {names[0]}: on Windows and macOS both are one file"
        yield Diagnostic(CODE, Severity.ERROR, said, name, 1)


RULE = Rule(
    code=CODE,
    severity=Severity.ERROR,
    summary="two files whose names differ in case or in how letters are composed alone",
    why="Copied or synced to Windows or macOS, one of them silently replaces the other.",
    mend="Rename one, and correct the links to it.",
    example="## Note.md\nSee [[b]].\n## note.md\nOther words.\n## b.md\nText.\n",
    topic=Topic("cases", _share, _files),
    judge=_judge,
)
