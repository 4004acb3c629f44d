"""`duplicate-requirement`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from notec.check.rule import Entry, Rule, Topic
from notec.check.tracing import id_end
from notec.core import Diagnostic, Label, Severity, Span
from notec.facts.values import Modal
from notec.facts.words import STOPWORDS, Analyzer
from notec.spec import requirements_of
from notec.vault import Note

CODE = "duplicate-requirement"
_FEW = 3  # terms; less says too little to be the same thing
_FEW_ELSEWHERE = 4  # in another note, where "the program" may be another one
_PRONOUN = re.compile(r"^(?:it|they|he|she|this|that|these|он|она|оно|они|это|этот|эта|эти)\b", re.IGNORECASE)
_TURNING = (
    "not no without before after above below between from to in out off on over under more less all every"
    " each only не ни без до после над под между от из в на только все каждый"
)
_KEPT = frozenset(_TURNING.split())  # small words that change what is demanded


@cache
def _analyzer() -> Analyzer:
    return Analyzer()


def _share(note: Note) -> Iterator[tuple[str, Entry]]:
    for r in requirements_of(note):
        if not r.explicit or _PRONOUN.match(r.words):
            continue
        cut = sorted((m.start, m.end) for m in r.facts.modalities)
        cut.insert(0, (0, id_end(r.words)))
        rest = r.words
        for start, end in reversed(cut):
            rest = rest[:start] + " " + rest[end:]
        kept = [w for w in re.findall(r"\S+", rest) if w.lower().strip(".,;:") not in STOPWORDS - _KEPT]
        terms = _analyzer().sequence(" ".join(kept))
        if len(terms) < _FEW:
            continue
        strength = next(m.kind for m in r.facts.modalities if m.kind is not Modal.MAY)
        place = (note.path, r.statement.line, r.statement.start, r.statement.end)
        yield f"{strength} {' '.join(terms)}", Entry(*place, (len(terms),))


def _judge(key: str, entries: Sequence[Entry]) -> Iterator[Diagnostic]:
    del key
    for n, entry in enumerate(entries):
        first = next((e for e in entries[:n] if e.note == entry.note or e.said[0] >= _FEW_ELSEWHERE), None)
        if first is None:
            continue
        place = Span(entry.start, entry.end)
        label = Label(first.note, first.line, Span(first.start, first.end), "it stands here already")
        where = f"line {first.line}" if first.note == entry.note else f"{first.note}:{first.line}"
        message = f"the same is demanded in {where}"
        yield Diagnostic(CODE, Severity.WARNING, message, entry.note, entry.line, place, (label,))


RULE = Rule(
    code=CODE,
    severity=Severity.WARNING,
    summary="one requirement stands in two places",
    why="Whoever changes the one forgets the other, and then they contradict each other.",
    mend="Keep it in one place and link to it from the other.",
    example=(
        '## a.idea\nThe program must list all notes without links.\n\nExample: `orphans(vault) = ["b"]`\n'
        "\nThe program must list all the notes without links.\n"
    ),
    topic=Topic("requirements", _share),
    judge=_judge,
)
