"""Two statements of one thing: can both be true?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from notec.check.deep.asking import Question
from notec.check.deep.place import Answered, Place
from notec.check.rules.contradiction import CODE
from notec.core import Diagnostic, Severity

VERDICTS = ("conflict", "superseded", "different things")
_SAID = {
    "conflict": (Severity.WARNING, "cannot be true together with {}", "says otherwise"),
    "superseded": (Severity.INFO, "of this and {}, one is no longer true", "the other one"),
}


def contradiction_questions(pairs: Iterable[tuple[Place, Place]]) -> Iterator[Question]:
    """One question a pair."""
    for a, b in pairs:
        shown = {"A": a.shown, "B": b.shown}
        yield Question(
            CODE, f"{a.name} | {b.name}", shown, VERDICTS, ("quote_a", "quote_b"), partial(_read, a, b)
        )


def _read(a: Place, b: Place, data: Mapping[str, Any]) -> Answered:
    verdict = data["verdict"]
    if verdict not in _SAID:
        return Answered(verdict)
    places = both_quoted(a, b, data)
    if places is None:
        return Answered(verdict, lied=True)
    here, there = places
    severity, message, label = _SAID[verdict]
    where = f"line {b.line_of(there)}" if a.note == b.note else f"{b.note}:{b.line_of(there)}"
    found = Diagnostic(
        CODE,
        severity,
        message.format(where),
        a.note,
        a.line_of(here),
        here,
        (b.label(there, label),),
        (f"the model says: {data['why']}",) if data["why"] else (),
    )
    return Answered(verdict, (found,))


def both_quoted(a: Place, b: Place, data: Mapping[str, Any]) -> Any:
    """Where the quotes stand, each at its own place or both exchanged; None where one does not."""
    for one, other in (("quote_a", "quote_b"), ("quote_b", "quote_a")):
        here, there = a.quoted(data[one]), b.quoted(data[other])
        if here and there:
            return here, there
    return None
