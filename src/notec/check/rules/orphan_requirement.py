"""`orphan-requirement`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from notec.check.rule import Entry, Rule
from notec.check.tracing import TRACING, Traced
from notec.core import Diagnostic, Severity, Span

CODE = "orphan-requirement"


def _judge(key: str, entries: Sequence[Entry]) -> Iterator[Diagnostic]:
    if key.startswith("^"):
        return  # a block id that is not there is an unresolved link
    traced = Traced(entries)
    known = {said.id for _, said in traced.stated}
    resolved = {entry.note for entry, said in traced.referred if said.id in known}
    resolved |= {entry.note for entry, _ in traced.stated}
    for entry, said in traced.referred:
        if said.sure and said.traces and traced.unknown(entry, said.id) and entry.note in resolved:
            message = f"no note states {said.shown}"
            yield Diagnostic(
                CODE, Severity.WARNING, message, entry.note, entry.line, Span(entry.start, entry.end)
            )
    for entry, silent in traced.silent:
        if len(known.intersection(silent.ids)) > 1:
            message = f"{silent.what[:60]!r} names no requirement, as those beside it do"
            yield Diagnostic(
                CODE, Severity.WARNING, message, entry.note, entry.line, Span(entry.start, entry.end)
            )


RULE = Rule(
    code=CODE,
    severity=Severity.WARNING,
    summary="a reference to a requirement that no note states, or a step or test that alone names none",
    why="Nobody can say why it is there, or whether it is still wanted.",
    mend="Correct the id, state the requirement, or take the step away.",
    example=(
        "## spec.idea\n# Export\n\n- R-1: the export must hold every note\n\nExample: `f(1) = 2`\n"
        "## tests.md\n# Tests\n\n- R-1: two notes in, two notes out, see [[spec.idea]]\n"
        "- R-7: an empty vault gives an empty file\n"
    ),
    topic=TRACING,
    judge=_judge,
)
