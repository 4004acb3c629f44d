"""`duplicate-id`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from notec.check.rule import Entry, Rule, Topic
from notec.core import Diagnostic, Doc, Label, Severity, Span
from notec.vault import Note

CODE = "duplicate-id"
_PROPERTY = re.compile(r"^(?:id|uid|uuid)[ \t]*:[ \t]*(.*?)[ \t]*\r?$", re.M | re.I)


def _share(note: Note) -> Iterator[tuple[str, Entry]]:
    uid = note.uid.strip()
    if not uid or not any(char.isdigit() for char in uid):  # `id: index` counts in its folder alone
        return
    front = note.blocks[0] if note.blocks and note.blocks[0].kind == "frontmatter" else None
    found = _PROPERTY.search(note.doc.text, front.start, front.end) if front else None
    place = Span(found.start(1), found.end(1)) if found else Span(0, 0)
    yield uid.casefold(), Entry(note.path, note.doc.line(place.start), *place, (uid,))


def _judge(key: str, entries: Sequence[Entry]) -> Iterator[Diagnostic]:
    del key
    first = entries[0]
    for later in entries[1:]:
        label = Label(first.note, first.line, Span(first.start, first.end), "here first")
        said = f"the id {later.said[0]!r} is that of {first.note}"
        place = Span(later.start, later.end)
        yield Diagnostic(CODE, Severity.ERROR, said, later.note, later.line, place, labels=(label,))


def _look(note: Note) -> Iterator[Diagnostic]:
    first: dict[str, Span] = {}
    for block in note.block_ids:
        place = note.span_of(block)
        if (known := first.setdefault(block.id.lower(), place)) != place:
            yield _twice(note.doc, block.id, place, known)


def _twice(doc: Doc, name: str, place: Span, known: Span) -> Diagnostic:
    label = Label(doc.path, doc.line(known.start), known, "links lead here")
    said = f"the block id ^{name} stands in this note twice"
    return Diagnostic(CODE, Severity.ERROR, said, doc.path, doc.line(place.start), place, labels=(label,))


RULE = Rule(
    code=CODE,
    severity=Severity.ERROR,
    summary="one id for two notes, or for two blocks of a note",
    why="What refers to the second by its id leads to the first.",
    mend="Give the younger one an id of its own, and correct what refers to it.",
    example="## a.md\n---\nuid: 20240101\n---\nSee [[b]].\n## b.md\n---\nuid: 20240101\n---\nText.\n",
    look=_look,
    topic=Topic("ids", _share),
    judge=_judge,
)
