"""Does the vault say it at all? A logistic of five readable features decides before anything is shown.

The features look at the passage of the best statement, with its title and headings: a question is
answered there or nowhere. Weights and threshold were fitted by `bench/fit_answers.py` on questions whose
answer stands in the vault against questions on other subjects and questions whose page was taken away.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from notec.ask.question import Question
from notec.ask.rank import Idf, Passage, Ranked, passage_depth


class Evidence(NamedTuple):
    """What speaks for the vault knowing the answer, or against it; each but the last from 0 to 1.

    Args:
        depth: BM25 of the best statement's passage, as a share of the most that the question's terms allow.
        title: idf share of the question's terms that stand in its title, file name and headings.
        unknown: idf share of the terms that none of the found passages has.
        nameless: idf share of the question's names and identifiers that the best passage lacks.
        length: logarithm of the number of terms: short questions are covered by chance.
    """

    depth: float
    title: float
    unknown: float
    nameless: float
    length: float


NOTHING = Evidence(0.0, 0.0, 1.0, 0.0, 0.0)
WEIGHTS = Evidence(depth=10.0, title=0.8, unknown=-3.1, nameless=-1.8, length=1.7)
BIAS = -6.6
THRESHOLD = 0.3
"""Below this confidence the answer is refused."""


def weigh(question: Question, ranked: Sequence[Ranked], passages: Sequence[Passage], idf: Idf) -> Evidence:
    """The evidence for the best statement's passage; `NOTHING` where there is no candidate."""
    if not ranked or not question.terms:
        return NOTHING
    best = ranked[0].candidate
    weights = {term: idf(term) for term in question.terms}
    above = question.found_in(best.context)
    had = known(question, passages[best.passage])
    anywhere = set().union(*(known(question, passage) for passage in passages))
    names = [term for term in question.terms if term in question.names]
    return Evidence(
        depth=passage_depth(question, passages[best.passage], weights),
        title=_share(above, question.terms, weights),
        unknown=1 - _share(anywhere, question.terms, weights),
        nameless=1 - _share(had, names, weights) if names else 0.0,
        length=math.log1p(len(question.terms)),
    )


def known(question: Question, passage: Passage) -> set[str]:
    """Those of the question's terms that a passage has, or what stands above it."""
    found: set[str] = set()
    for candidate in passage.candidates:
        found |= question.found_in(candidate.bag) | question.found_in(candidate.context)
    return found


def confidence(evidence: Evidence) -> float:
    """The estimated chance, 0 to 1, that the vault answers."""
    if evidence == NOTHING:
        return 0.0
    line = BIAS + sum(w * e for w, e in zip(WEIGHTS, evidence, strict=True))
    return 1 / (1 + math.exp(-line))


def missing(question: Question, ranked: Sequence[Ranked], passages: Sequence[Passage]) -> tuple[str, ...]:
    """Terms of the question that no shown passage has: the reason that a person understands."""
    found = set().union(*(known(question, passages[item.candidate.passage]) for item in ranked))
    return tuple(term for term in question.terms if term not in found)


def _share(found: set[str], of: Sequence[str], weights: dict[str, float]) -> float:
    total = sum(weights[t] for t in of)
    return sum(weights[t] for t in of if t in found) / total if total else 0.0
