"""`%% notec: ignore CODE ... %%`: on a line of its own for the whole note, else for its line and the next."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from notec.vault import Note

Ignored = Mapping[str, tuple[int, ...]]
"""Code (or `*`) -> the lines on which it is ignored; line 0 stands for all."""

_MARK = re.compile(r"(?:%%|<!--)\s*notec:\s*ignore\b([^%\n]*?)(?:%%|-->)")


def marks_in(note: Note) -> Iterator[tuple[int, list[tuple[str, int]]]]:
    """Where a note asks to be let alone: the start of the mark, and the codes in it with their places."""
    text = note.doc.text
    for match in _MARK.finditer(text) if "notec:" in text else ():
        yield match.start(), [(m[0], match.start(1) + m.start()) for m in re.finditer(r"[^\s,]+", match[1])]


def ignored_in(note: Note) -> Ignored:
    """What a note asks not to be told."""
    text = note.doc.text
    found: dict[str, list[int]] = {}
    for match in _MARK.finditer(text) if "notec:" in text else ():
        line = note.doc.line(match.start())
        alone = note.doc.line_text(line).strip() == match.group()
        codes = match[1].replace(",", " ").split() or ["*"]
        for code in codes:
            found.setdefault(code, []).extend([0] if alone else [line, line + 1])
    return {code: tuple(lines) for code, lines in found.items()}


def is_ignored(ignored: Ignored, code: str, line: int) -> bool:
    """Whether a finding is one of those."""
    if not ignored:
        return False
    return any(0 in lines or line in lines for lines in (ignored.get(code, ()), ignored.get("*", ())))
