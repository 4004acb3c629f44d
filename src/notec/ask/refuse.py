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
    """What speaks for the vault knowing the answer; each but the last from 0 to 1.

    Args:
        depth: BM25 of the passage, as a share of the most that the question's terms allow.
        covered: idf share of the question's terms that stand in the passage or above it.
        rarest: the same for the two rarest terms alone: what the question is really about.
        title: the same for the title, file name and headings alone.
        length: logarithm of the number of terms: short questions are covered by chance.
    """

    depth: float
    covered: float
    rarest: float
    title: float
    length: float


NOTHING = Evidence(0.0, 0.0, 0.0, 0.0, 0.0)
WEIGHTS = Evidence(depth=9.0, covered=2.0, rarest=2.0, title=1.5, length=1.0)
BIAS = -7.0
THRESHOLD = 0.3
"""Below this confidence the answer is refused."""


def weigh(question: Question, ranked: Sequence[Ranked], passages: Sequence[Passage], idf: Idf) -> Evidence:
    """The evidence for the best statement's passage; `NOTHING` where there is no candidate."""
    if not ranked or not question.terms:
        return NOTHING
    passage = passages[ranked[0].candidate.passage]
    weights = {term: idf(term) for term in question.terms}
    above = question.found_in(ranked[0].candidate.context)
    found = above.union(*(question.found_in(c.bag) for c in passage.candidates))
    rarest = sorted(weights, key=lambda term: -weights[term])[:2]
    return Evidence(
        depth=passage_depth(question, passage, weights),
        covered=_share(found, question.terms, weights),
        rarest=_share(found, rarest, weights),
        title=_share(above, question.terms, weights),
        length=math.log1p(len(question.terms)),
    )


def confidence(evidence: Evidence) -> float:
    """The estimated chance, 0 to 1, that the vault answers."""
    if evidence == NOTHING:
        return 0.0
    line = BIAS + sum(w * e for w, e in zip(WEIGHTS, evidence, strict=True))
    return 1 / (1 + math.exp(-line))


def missing(question: Question, ranked: Sequence[Ranked], passages: Sequence[Passage]) -> tuple[str, ...]:
    """Terms of the question that no shown passage has: the reason that a person understands."""
    found: set[str] = set()
    for item in ranked:
        found |= question.found_in(item.candidate.context)
        for candidate in passages[item.candidate.passage].candidates:
            found |= question.found_in(candidate.bag)
    return tuple(term for term in question.terms if term not in found)


def _share(found: set[str], of: Sequence[str], weights: dict[str, float]) -> float:
    total = sum(weights[t] for t in of)
    return sum(weights[t] for t in of if t in found) / total if total else 0.0
