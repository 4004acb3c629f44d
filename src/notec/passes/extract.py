"""A model reads one statement and says what it demands; what it quotes has to stand there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from notec.core import Diagnostic, Outcome, Severity, Span
from notec.facts import disagreements
from notec.ground.align import find
from notec.passes.context import Context
from notec.passes.ir import KINDS, PRIORITIES, Kind, Priority
from notec.passes.slot import Slot, ask_slot
from notec.vault import Note
from notec.vault.note import Statement

VERSION = 1
_LONGEST = 500  # characters of a requirement's text
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "requirements": {
            "type": "array",
            "maxItems": 6,
            "items": {
                "type": "object",
                "properties": {
                    "quote": {"type": "string"},
                    "text": {"type": "string"},
                    "kind": {"enum": list(KINDS), "default": "function"},
                    "priority": {"enum": list(PRIORITIES), "default": "must"},
                },
                "required": ["quote", "text", "kind", "priority"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["requirements"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Proposed:
    """What a model says that a statement demands.

    Args:
        quote: its place in the note.
    """

    quote: Span
    text: str
    kind: Kind
    priority: Priority


def propose(
    context: Context, note: Note, statement: Statement, before: str
) -> Outcome[tuple[Proposed, ...] | None]:
    """What the model says to one statement; None where there is no answer.

    Args:
        before: what the statement demanded before it was reworded, or empty.
    """
    chain = note.heading_chains[statement.heading] if statement.heading >= 0 else ()
    terms = context.terms(note.text_of(statement))
    inputs = {
        "Note": note.title,
        **({"Terms": terms} if terms else {}),
        **({"Heading": " > ".join(chain)} if chain else {}),
        **({"Said before": before} if before else {}),
        "Statement": note.text_of(statement),
    }
    outcome = ask_slot(
        context.asker,
        Slot(
            step="requirement",
            version=VERSION,
            subject=f"{note.path}:{statement.line}",
            prompt="requirement",
            inputs=inputs,
            schema=SCHEMA,
            read=_read,
            max_tokens=600,
        ),
    )
    if outcome.value is None:
        return Outcome(None, outcome.diagnostics)
    kept: list[Proposed] = []
    said = list(outcome.diagnostics)
    raw = note.text_of(statement)
    for quote, text, kind, priority in outcome.value:
        place = find(quote, raw)
        if place is None:
            said.append(_rejected(note, statement, quote))
            continue
        span = Span(statement.start + place.start, statement.start + place.end)
        more = len(text) > _LONGEST or not text or disagreements(text, note.plain(statement))
        words = note.plain(statement._replace(start=span.start, end=span.end)) if more else text
        kept.append(Proposed(span, words, kind, priority))
    return Outcome(tuple(kept), tuple(said))


def _read(data: Any) -> list[tuple[str, str, Kind, Priority]]:
    return [
        (item["quote"], " ".join(item["text"].split()), item["kind"], item["priority"])
        for item in data["requirements"]
    ]


def _rejected(note: Note, statement: Statement, quote: str) -> Diagnostic:
    message = f"a requirement was rejected: the model quotes words that do not stand here: {quote[:120]!r}"
    place = Span(statement.start, statement.end)
    return Diagnostic.at(note.doc, place, "quote-not-found", Severity.WARNING, message)
