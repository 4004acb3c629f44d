"""A place of a note that can be shown to a model, and where such places come from."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from notec.core import Diagnostic, Label, Span
from notec.ground import find

_SAYS = re.compile(r"\w\W+\w|\d")
SHOWN = 700  # characters of one place that a model is shown


class Place(NamedTuple):
    """A statement or passage.

    Args:
        text: exactly as in the note, from `start` on.
        context: the note's title and the headings above, outermost first.
        turn: of a chat, or -1.
    """

    note: str
    line: int
    start: int
    text: str
    context: tuple[str, ...] = ()
    turn: int = -1

    @property
    def shown(self) -> dict[str, str]:
        """What a model sees of it."""
        return {"from": " > ".join(dict.fromkeys(self.context)), "text": self.text[:SHOWN]}

    @property
    def name(self) -> str:
        return f"{self.note}:{self.line}"

    def quoted(self, quote: object) -> Span | None:
        """Where words stand in the note; None where they do not stand at this place, word for word.

        A single word is no quote, unless it is all that is said, or a number.
        """
        if not isinstance(quote, str) or not (_SAYS.search(quote) or quote.strip() == self.text.strip()):
            return None
        found = find(quote, self.text[:SHOWN])
        return Span(self.start + found.start, self.start + found.end) if found else None

    def line_of(self, span: Span) -> int:
        """The line of a part."""
        before = self.text[: span.start - self.start].replace("\r\n", "\n").replace("\r", "\n")
        return self.line + before.count("\n")

    def label(self, span: Span, message: str) -> Label:
        return Label(self.note, self.line_of(span), span, message)


class Library(Protocol):
    """The notes, as the caller keeps them."""

    def notes(self) -> Sequence[str]:
        """All notes, in their order."""

    def statements(self, note: str) -> Sequence[Place]:
        """What a note says, in its order."""

    def text(self, note: str) -> str:
        """The whole text of a note."""

    def linked(self, note: str) -> Collection[str]:
        """Notes that it links to."""

    def search(self, words: str, limit: int) -> Sequence[Place]:
        """Passages that fit some words best."""


class Answered(NamedTuple):
    """What became of one answer.

    Args:
        verdict: the model's word, for the count.
        lied: it quoted what does not stand there.
    """

    verdict: str
    findings: tuple[Diagnostic, ...] = ()
    lied: bool = False
