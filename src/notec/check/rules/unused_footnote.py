"""`unused-footnote`."""

from __future__ import annotations

from collections.abc import Iterator

from notec.check.rule import Rule
from notec.core import Diagnostic, Severity
from notec.vault import Note

CODE = "unused-footnote"


def _look(note: Note) -> Iterator[Diagnostic]:
    used = {f.label.casefold() for f in note.footnotes if f.kind == "reference"}
    for f in note.footnotes:
        if f.kind == "definition" and f.label.casefold() not in used:
            yield Diagnostic.at(
                note.doc, note.span_of(f), CODE, Severity.WARNING, f"nothing refers to footnote [^{f.label}]"
            )


RULE = Rule(
    code=CODE,
    severity=Severity.WARNING,
    summary="the text of a footnote that nothing refers to",
    why="A reader never sees it: the claim that it was written for has lost its source.",
    mend="Put `[^label]` behind the claim, or delete the text.",
    example="## a.md\nA claim.\n\n[^1]: Its source.\n",
    look=_look,
)
