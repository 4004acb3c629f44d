"""An answer or a brief as Markdown with footnotes, and what each footnote cites as data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from notec.ask.brief import Brief
from notec.ask.linking import linker_of
from notec.ask.page import answer_body
from notec.ask.sources import Footnotes
from notec.ask.types import Answer
from notec.core import Citation
from notec.index import Index


@dataclass(frozen=True)
class Told:
    """What a reader gets.

    Args:
        paragraphs: Markdown; the last holds the footnotes, where there are any.
        citations: number of the footnote and what it cites.
    """

    paragraphs: tuple[str, ...]
    citations: tuple[tuple[int, Citation], ...]
    refused: bool = False

    @property
    def markdown(self) -> str:
        return "\n\n".join(self.paragraphs)

    def citations_json(self) -> list[dict[str, Any]]:
        return [{"number": number, **citation.to_json()} for number, citation in self.citations]


def tell(index: Index, value: Answer | Brief) -> Told:
    """The value as a chat shows it."""
    if isinstance(value, Brief):
        footnotes = Footnotes(value.links.__getitem__, value.language, own=value.note)
        body = value.body()
        cited: list[Citation] = []
        for part in value.parts.values():  # in the order in which `body` numbers them
            cited += [c for claim in part.claims for c in claim.because]
            cited += [c for related in part.related for c in related.because]
        return Told(tuple(body), _numbered(footnotes, cited), value.refused)
    footnotes = Footnotes(linker_of(index).to_place, value.language)
    body = answer_body(value, footnotes)
    claims = value.nearest if value.refused else value.claims
    citations = _numbered(footnotes, [c for claim in claims for c in claim.because])
    if definitions := footnotes.definitions():
        body.append("\n".join(definitions))
    return Told(tuple(body), citations, value.refused)


def _numbered(footnotes: Footnotes, cited: Iterable[Citation]) -> tuple[tuple[int, Citation], ...]:
    """Each citation under its footnote's number, a number once for each different place."""
    out: dict[tuple[int, Citation], None] = {}
    for citation in cited:
        if mark := re.fullmatch(r"\[\^(\d+)\]", footnotes.marks([citation])):
            out[int(mark[1]), citation] = None
    return tuple(sorted(out, key=lambda item: item[0]))
