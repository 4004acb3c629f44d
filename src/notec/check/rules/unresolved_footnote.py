"""`unresolved-footnote`."""

from __future__ import annotations

from collections.abc import Iterator

from notec.check.rule import Rule
from notec.core import Diagnostic, Severity
from notec.vault import Note

CODE = "unresolved-footnote"


def _look(note: Note) -> Iterator[Diagnostic]:
    defined = {f.label.casefold() for f in note.footnotes if f.kind == "definition"}
    for f in note.footnotes:
        if f.kind == "reference" and f.label.casefold() not in defined:
            yield Diagnostic.at(
                note.doc,
                note.span_of(f),
                CODE,
                Severity.ERROR,
                f"footnote [^{f.label}] is defined nowhere in this note",
            )


RULE = Rule(
    code=CODE,
    severity=Severity.ERROR,
    summary="a footnote that has no text",
    why="The sentence claims a source and shows none.",
    mend="Add `[^label]: the source` to the note, or take the mark away.",
    example="## a.md\nA claim.[^1]\n",
    look=_look,
)
