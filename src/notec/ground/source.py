"""What a model may cite: a statement under the number by which it was shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from notec.core import Citation, Span

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Source:
    """A statement that was shown to a model.

    Args:
        number: the number by which the model names it, from 1.
        citation: its place; `citation.quote` is the note's text as it stands there, Markdown included.
        text: its readable words, as the model saw them.
        context: title and headings above it: they may name what the statement calls "it".
    """

    number: int
    citation: Citation
    text: str
    context: str = ""

    def narrow(self, span: Span) -> Citation:
        """The citation of a part; `span` counts characters inside `citation.quote`."""
        whole = self.citation
        lines = len(_LINE_END.findall(whole.quote[: span.start]))
        start = whole.span.start + span.start
        return replace(
            whole,
            line=whole.line + lines,
            quote=span.of(whole.quote),
            span=Span(start, start + span.end - span.start),
        )
