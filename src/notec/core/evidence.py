"""Claims and what they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from notec.core.text import Span


@dataclass(frozen=True)
class Citation:
    """Words that stand in a note: `quote` equals the note's text at `span`, on line `line`.

    Args:
        note: path inside the vault.
        line: line of the first quoted character, from 1.
        quote: the words, exactly as in the note.
        span: character offsets of the quote in the note's text.
        statement: id of the statement that the quote belongs to.
        heading: the chain of headings above it, outermost first.
    """

    note: str
    line: int
    quote: str
    span: Span
    statement: str
    heading: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "note": self.note,
            "line": self.line,
            "quote": self.quote,
            "span": list(self.span),
            "statement": self.statement,
            "heading": list(self.heading),
        }


@dataclass(frozen=True)
class Claim:
    """A sentence and the citations that support it.

    Args:
        score: how well it fits what was asked; comparable inside one answer only.
    """

    text: str
    because: tuple[Citation, ...]
    score: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "score": round(self.score, 4),
            "because": [c.to_json() for c in self.because],
        }
