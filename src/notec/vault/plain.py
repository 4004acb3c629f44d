"""Readable words from Markdown that stands alone: a label, a quote, a heading."""

from __future__ import annotations

import re

from notec.vault.inline import scan_inline
from notec.vault.visible import visible

_MARKS = re.compile(r"[\\`!\[\]<$%*_~=^&\n]")
_CONTINUED = re.compile(r"((?:\r\n?|\n)[ \t]*)(?:>[ \t]?)+")
_BLOCK_ID = re.compile(r"(?:^|\s)\^[A-Za-z0-9-]+\s*\Z")


def plain(text: str, dialect: str = "obsidian") -> str:
    """The words of `text` as a reader sees them, on one line.

    Links become their labels; marks of emphasis, code and mathematics, HTML tags, comments and
    footnote references go. Linear in the length of the text; never raises.
    """
    if not _MARKS.search(text):
        return " ".join(text.split())
    words = clean(text)
    return visible(words, 0, len(words), scan_inline(words, {}, dialect).hidden)


def clean(text: str) -> str:
    """A quote from a note without the `>` marks at the head of its further lines; Markdown stays."""
    if "\n" not in text and "\r" not in text:
        return text
    return _CONTINUED.sub(r"\1", text)


def block_id(text: str) -> re.Match[str] | None:
    """The block id that ends `text`: ` ^id`."""
    at = text.rfind("^")
    if at < 0 or len(text) - at > 200:
        return None
    return (
        _BLOCK_ID.match(text, at - 1 if at and text[at - 1].isspace() else at) if _starts(text, at) else None
    )


def _starts(text: str, at: int) -> bool:
    return at == 0 or text[at - 1].isspace()
