"""The words of a statement as a person reads them: Markdown taken away, nothing added."""

from __future__ import annotations

import re

from notec import vault

_EMBEDDED = re.compile(r"!\[\[[^\[\]\n]*\]\]")  # an embedded file says nothing in words
_INSIDE = re.compile(r"(\[\[[^\[\]|#\n]+)#[^\[\]|\n]*(?=\]\])")  # a bare link is read as its note
_TIMES = re.compile(r"(?<=\w)\*(?=\w)")  # 2*3*4 is a product here, whatever Markdown makes of it
_HEAD = re.compile(
    r"^\s*(?:>+\s?(?:\[![^\]]*\][+-]?\s?)?|(?:[-*+]|\d{1,9}[.)])\s+(?:\[[ xX/-]\]\s+)?|#{1,6}\s+)",
    re.MULTILINE,
)
_BLOCK_ID = re.compile(r"(?<=\s)\^[A-Za-z0-9-]+\s*$")
_CELL = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r":?-+:?")
_SPACE_BEFORE = re.compile(r"\s+(?=[,.;:!?»)])")


def plain(markdown: str) -> str:
    """Readable words of a piece of Markdown, on one line. A table row joins its cells by ` | `."""
    text = markdown
    if text.lstrip().startswith("|"):
        cells = [cell.strip() for cell in _CELL.split(text.strip().strip("|"))]
        text = " | ".join(cell for cell in cells if cell and not _RULE.fullmatch(cell))
    text = _BLOCK_ID.sub("", _HEAD.sub("", _EMBEDDED.sub(" ", text)))
    text = _TIMES.sub(r"\\*", _INSIDE.sub(r"\1", text))
    return _SPACE_BEFORE.sub("", " ".join(vault.plain(text).split()))
