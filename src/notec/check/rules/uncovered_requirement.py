"""`uncovered-requirement`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from notec.check.rule import Entry, Rule
from notec.check.tracing import TRACING, Stated, Traced
from notec.core import Diagnostic, Severity, Span

CODE = "uncovered-requirement"
_FEW = 4  # requirements, of which one that is traced shows that all should be


def _judge(key: str, entries: Sequence[Entry]) -> Iterator[Diagnostic]:
    del key
    traced = Traced(entries)
    covered: set[tuple[str, str]] = set()
    shown: set[tuple[str, str]] = set()
    for entry, said in traced.referred:
        for there in traced.meant(entry, said.id):
            covered.add((there.note, said.id))
            if said.traces:
                shown.add((there.note, said.id))
    by_note: dict[str, list[tuple[Entry, Stated]]] = {}
    for entry, stated in traced.stated:
        if stated.sure and stated.text:
            by_note.setdefault(entry.note, []).append((entry, stated))
    for note, requirements in by_note.items():
        ids = {stated.id for _, stated in requirements}
        evidence = sum(n == note for n, _ in shown)
        if evidence < (1 if len(ids) <= _FEW else 2):
            continue  # nobody traces these
        for entry, stated in requirements:
            if (note, stated.id) not in covered:
                message = f"nothing carries out or tests {stated.shown}"
                place = Span(entry.start, entry.end)
                yield Diagnostic(CODE, Severity.WARNING, message, note, entry.line, place)


RULE = Rule(
    code=CODE,
    severity=Severity.WARNING,
    summary="a requirement that no step or test refers to, where others of its list are referred to",
    why="It is on paper and nowhere else: it will be forgotten, and nobody will notice.",
    mend="Name its id where it is carried out or tested, or strike it out.",
    example=(
        "## spec.idea\n# Export\n\n- R-1: the export must hold every note\n"
        "- R-2: it must end within 5 seconds\n\nExample: `f(1) = 2`\n"
        "## tests.md\n# Tests\n\n- R-1: two notes in, two notes out, see [[spec.idea]]\n"
    ),
    topic=TRACING,
    judge=_judge,
)
