"""Which statement answers best, without a model: a line of weighted features.

Each feature lies roughly between 0 and 1 and can be read off by a person; `explain` names them. The
weights were fitted by `bench/fit_answers.py` (listwise logistic regression) and rounded; the type signs of
kinds that the fitting data hardly asks for are set by hand, lower than the fitted ones.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from notec.ask.question import Kind, Question
from notec.ask.signs import fit
from notec.core import Span
from notec.facts.words import stop_terms

Idf = Callable[[str], float]
_PRONOUN = re.compile(
    r"(?:it|its|he|his|she|her|they|their|this|these|that|он|она|оно|они|его|её|ее|их|это|этот|эта|эти|там)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A statement that may answer.

    Args:
        quote: exactly as in the note; `text`: its readable words.
        terms: of the readable words, in order, extras included.
        passage: which of the passages it comes from; `position`: its place among that passage's statements.
        context: terms of the note's title, file name, the headings above it and the head of its table.
    """

    statement: str
    note: str
    title: str
    line: int
    span: Span
    quote: str
    text: str
    heading: tuple[str, ...]
    terms: tuple[str, ...]
    bag: frozenset[str]
    passage: int
    position: int
    context: frozenset[str]


@dataclass(frozen=True, slots=True)
class Passage:
    """A found passage: the search's score and the statements in it, in the note's order."""

    score: float
    candidates: tuple[Candidate, ...]


class Features(NamedTuple):
    """What speaks for a statement.

    Args:
        found: score of its passage in the search, as a share of the best passage's.
        passage: BM25 of its passage, as a share of the best passage's.
        own: BM25 of its own words, as a share of the most that the question allows.
        context: idf share of the question's terms that only its title or headings have.
        near: idf share of the terms that only the statements before and after it have.
        first: 1 for the passage's first statement, then 1/2, 1/3, ...
        news: how much it says that is not in the question: logarithm of idf, in units of a rare term.
        asks: 1 for a question: a chat's own question resembles ours most and answers nothing.
        leans: 1 where it begins with a pronoun, so that it says little without what stands before it.
        fit: whether its values fit the question's kind, see `notec.ask.signs`.
    """

    found: float
    passage: float
    own: float
    context: float
    near: float
    first: float
    news: float
    asks: float
    leans: float
    fit: float


WEIGHTS = Features(
    found=5.0,
    passage=3.5,
    own=5.0,
    context=2.5,
    near=0.7,
    first=1.7,
    news=1.7,
    asks=-6.0,
    leans=-0.5,
    fit=1.0,
)
FIT_WEIGHTS = {
    Kind.WHO: 2.0,
    Kind.WHEN: 3.0,
    Kind.COUNT: 3.5,
    Kind.WHERE: 2.0,
    Kind.WHY: 1.5,
    Kind.HOW: 0.5,
    Kind.DEFINITION: 1.5,
}
"""Weight of `Features.fit` by the question's kind; 0 where it is not named."""

_K1, _B, _USUAL_STATEMENT, _USUAL_PASSAGE = 1.2, 0.75, 25.0, 120.0  # lengths in terms


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its score and the features behind it."""

    candidate: Candidate
    score: float
    features: Features


def rank(question: Question, passages: Sequence[Passage], idf: Idf) -> list[Ranked]:
    """All candidates, the best first; of equal ones the one found first."""
    out = [Ranked(c, score(question.kind, f), f) for c, f in features(question, passages, idf)]
    out.sort(key=lambda r: -r.score)
    return out


def score(kind: Kind, found: Features) -> float:
    """The weighted sum."""
    plain = sum(w * f for w, f in zip(WEIGHTS[:-1], found[:-1], strict=True))
    return plain + FIT_WEIGHTS.get(kind, 0.0) * found.fit


def features(question: Question, passages: Sequence[Passage], idf: Idf) -> list[tuple[Candidate, Features]]:
    """The features of every candidate, in the order given."""
    weights = {term: idf(term) for term in question.terms}
    total = sum(weights.values()) or 1.0
    rarest = max(weights.values(), default=1.0) or 1.0
    asked = frozenset(question.terms).union(*question.pieces.values())
    stops = stop_terms()
    best_found = max((p.score for p in passages), default=0.0) or 1.0
    inner = [passage_depth(question, p, weights) for p in passages]
    best_inner = max(inner, default=0.0) or 1.0

    def share(terms: set[str]) -> float:
        return sum(weights[t] for t in terms) / total

    out: list[tuple[Candidate, Features]] = []
    for number, passage in enumerate(passages):
        had = [question.found_in(c.bag) for c in passage.candidates]
        for i, c in enumerate(passage.candidates):
            own = had[i]
            above = question.found_in(c.context)
            beside = (had[i - 1] if i else set()) | (had[i + 1] if i + 1 < len(had) else set())
            news = sum(idf(t) for t in c.bag - asked - c.context if len(t) > 1 and t not in stops)
            out.append(
                (
                    c,
                    Features(
                        found=passage.score / best_found,
                        passage=inner[number] / best_inner,
                        own=_bm25(own, c.terms, weights, _USUAL_STATEMENT) / (total * (_K1 + 1)),
                        context=share(above - own),
                        near=share(beside - own - above),
                        first=1 / (1 + c.position),
                        news=math.log1p(news / rarest) / 3,
                        asks=float(c.text.endswith("?")),
                        leans=float(bool(_PRONOUN.match(c.text))),
                        fit=fit(question, c.text),
                    ),
                )
            )
    return out


def passage_depth(question: Question, passage: Passage, weights: dict[str, float]) -> float:
    """BM25 of a passage, its title and headings counted twice, as a share of the most that can be: 0 to 1."""
    if not passage.candidates:
        return 0.0
    terms: list[str] = [*passage.candidates[0].context] * 2
    for candidate in passage.candidates:
        terms += candidate.terms
    most = sum(weights.values()) * (_K1 + 1)
    return _bm25(question.found_in(set(terms)), terms, weights, _USUAL_PASSAGE) / most if most else 0.0


def _bm25(found: set[str], terms: Sequence[str], weights: dict[str, float], usual: float) -> float:
    if not found:
        return 0.0
    counts = Counter(terms) if len(terms) > 40 else None
    length = 1 - _B + _B * len(terms) / usual
    score = 0.0
    for term in found:
        often = (counts[term] if counts else terms.count(term)) or 1  # 1: an identifier found by its pieces
        score += weights[term] * often * (_K1 + 1) / (often + _K1 * length)
    return score
