"""The words that a reader sees: text without its marks."""

from __future__ import annotations

from collections.abc import Iterable

from notec.vault.emphasis import Hidden
from notec.vault.targets import entities


def visible(text: str, start: int, end: int, hidden: Iterable[Hidden]) -> str:
    """`text[start:end]` without the hidden ranges (in order), entities decoded, blanks collapsed."""
    pieces = []
    at = start
    for begin, stop, blank in hidden:
        if begin >= end:
            break
        if begin > at:
            pieces.append(text[at:begin])
        if blank:
            pieces.append(" ")
        at = max(at, stop)
    if at < end:
        pieces.append(text[at:end])
    words = "".join(pieces) if len(pieces) != 1 else pieces[0]
    if "&" in words:
        words = entities(words)
    return " ".join(words.split())
