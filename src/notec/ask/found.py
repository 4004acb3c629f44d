"""What the vault has to a question, and the two answers that need no model: its best statements, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from notec.ask.choose import arrange, choose
from notec.ask.messages import Key, say
from notec.ask.question import Question
from notec.ask.rank import Candidate, Passage, Ranked
from notec.ask.refuse import THRESHOLD, missing
from notec.ask.types import Answer
from notec.core import Citation, Claim

NEAREST = 3  # statements shown with a refusal


@dataclass(frozen=True)
class Found:
    """What the vault has to a question, ranked and weighed: all that both modes build on."""

    question: Question
    passages: tuple[Passage, ...]
    ranked: tuple[Ranked, ...]
    confidence: float


def select(base: Answer, found: Found, limit: int) -> Answer:
    """The best statements by the built-in ranker, or a refusal where they do not answer."""
    if found.confidence < THRESHOLD:
        return refuse(base, found, "not-said")
    return replace(base, claims=claims(arrange(choose(found.ranked, limit))))


def refuse(base: Answer, found: Found, key: Key) -> Answer:
    """A refusal with its reason and the nearest statements."""
    nearest = choose(found.ranked, NEAREST)
    reason = say(key, base.language)
    absent = missing(found.question, nearest, found.passages) if key == "not-said" else ()
    if absent:
        words = dict.fromkeys(found.question.shown[term] for term in absent)
        reason = say("missing-terms", base.language, terms=", ".join(list(words)[:5]))
    return replace(base, refused=True, reason=reason, nearest=claims(nearest))


def claims(chosen: Sequence[Ranked]) -> tuple[Claim, ...]:
    """Statements as claims: the user's own words, each with its one place."""
    return tuple(Claim(r.candidate.text, (cite(r.candidate),), r.score) for r in chosen)


def cite(candidate: Candidate) -> Citation:
    """The place of a candidate."""
    c = candidate
    return Citation(c.note, c.line, c.quote, c.span, c.statement, c.heading)
