"""`inconsistency`: the part that needs no model. Names of screens and functions are for `check.deep`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from notec.check.rule import Entry, Rule
from notec.check.tracing import STATED, TRACING, Stated
from notec.core import Diagnostic, Label, Severity, Span
from notec.facts.compare import disagreements
from notec.facts.stems import fold
from notec.facts.words import STOPWORDS

CODE = "inconsistency"
_ALIKE = 0.4  # share of words; less is a requirement of something else that happens to have the id


def _judge(key: str, entries: Sequence[Entry]) -> Iterator[Diagnostic]:
    del key
    by_id: dict[str, list[tuple[Entry, Stated]]] = {}
    for entry in entries:
        if entry.said[0] == STATED:
            said = Stated(*entry.said)
            by_id.setdefault(said.id, []).append((entry, said))
    for same in by_id.values():
        for number, (entry, said) in enumerate(same):
            other = next((o for o in same[:number] if _differs(o, (entry, said))), None)
            if other is None:
                continue
            first = other[0]
            where = f"line {first.line}" if first.note == entry.note else f"{first.note}:{first.line}"
            label = Label(first.note, first.line, Span(first.start, first.end), "it says otherwise here")
            message = f"{said.shown} is not what it is in {where}"
            place = Span(entry.start, entry.end)
            yield Diagnostic(CODE, Severity.WARNING, message, entry.note, entry.line, place, (label,))


def _differs(one: tuple[Entry, Stated], other: tuple[Entry, Stated]) -> bool:
    """Whether two notes state one requirement, and not the same."""
    a, b = one[1].text, other[1].text
    mine, theirs = _words(a), _words(b)
    if mine == theirs or not mine or not theirs:
        return mine == theirs and _contradict(a, b)
    share = len(mine & theirs) / min(len(mine), len(theirs))
    if one[0].note == other[0].note:
        return share < 1 or _contradict(a, b)
    stems = [PurePosixPath(entry.note).name.partition(".")[0].lower() for entry, _ in (one, other)]
    folders = [PurePosixPath(entry.note).parent for entry, _ in (one, other)]
    beside = folders[0] in (folders[1], *folders[1].parents) or folders[1] in folders[0].parents
    if not beside or (share < _ALIKE and stems[0] != stems[1]):
        return False
    return share < 1 or _contradict(a, b)  # else one is only said more briefly


def _contradict(a: str, b: str) -> bool:
    return any(d.contradicts for d in (*disagreements(a, b), *disagreements(b, a)))


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(w) for w in re.findall(r"\w+", text.lower()) if w not in STOPWORDS)


RULE = Rule(
    code=CODE,
    severity=Severity.WARNING,
    summary="texts of one spec that should agree and do not: a requirement, a screen, a function",
    why="Each reader builds what his text says, and the parts do not fit.",
    mend="Make both say the same, or name the other thing otherwise. Names are compared with `--deep`.",
    example=(
        "## a.idea\n# Export\n\n- R-1: the export must write a PDF file of the notes\n\n"
        "Example: `f(1) = 2`\n\n[[b.idea]]\n"
        "## b.idea\n# Export, new\n\n- R-1: the export must write an HTML file of the notes\n\n"
        "Example: `f(1) = 2`\n"
    ),
    topic=TRACING,
    judge=_judge,
)
