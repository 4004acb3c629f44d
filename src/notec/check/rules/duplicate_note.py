"""`duplicate-note`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from notec.check.copies import Copies, Sketch, least_of
from notec.check.rule import Rule, View
from notec.core import Diagnostic, Label, Severity, Span
from notec.vault import Note

CODE = "duplicate-note"
_TITLE = re.compile(r"\w+|[^\w\s]+")  # `operator >` is another thing than `operator <`


def _brief(note: Note) -> Sketch:
    blocks = note.blocks
    start = blocks[0].end if blocks and blocks[0].kind == "frontmatter" else 0
    title = note.headings[0].text if note.headings else ""
    return Sketch(least_of(note.doc.text[start:]), frozenset(_TITLE.findall(title.lower())))


class _Surveyor(Copies):
    def survey(self, view: View) -> Iterator[Diagnostic]:
        del view
        self.settle()
        for path, (first, shared) in self.found.items():
            yield _finding(path, first, shared)


@lru_cache(10_000)  # they are mostly the same as before
def _finding(path: str, first: str, shared: float) -> Diagnostic:
    said = f"nearly a copy of {first} (about {shared:.0%} in common)"
    label = Label(first, 1, Span(0, 0), "the other one")
    return Diagnostic(CODE, Severity.WARNING, said, path, 1, labels=(label,))


_TEXT = (
    "The machine was moved to the cellar in spring because it was too loud for the study, and since then "
    "nobody has heard it; the fans run slowly, the disk is backed up every night, and the light stays on.\n"
)
RULE = Rule(
    code=CODE,
    severity=Severity.WARNING,
    summary="a note that is nearly a copy of another one",
    why="What is corrected in one stays wrong in the other, and search finds everything twice.",
    mend="Keep one, and link to it from where the other was; or say in a word how they differ.",
    example=f"## a.md\nSee [[b]].\n\n{_TEXT}## b.md\n{_TEXT}",
    brief=_brief,
    surveyor=_Surveyor,
)
