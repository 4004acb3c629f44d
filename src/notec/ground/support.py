"""Does a source support a claim? Rules and a line of readable features, no model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from notec.facts import Disagreement, disagreements
from notec.facts.inflection import related
from notec.facts.profile import Profile, profile


class Features(NamedTuple):
    covered: float
    missing: float


WEIGHTS = Features(6.0, -0.5)
BIAS = -3.0
THRESHOLD = 0.5


@dataclass(frozen=True)
class Support:
    """How a source stands to a claim.

    Args:
        score: estimated chance that the source supports the claim's words, 0 to 1.
        differs: facts of the claim that the source states otherwise or does not state.
        missing: the claim's words of content that the source does not have.
    """

    score: float
    differs: tuple[Disagreement, ...]
    missing: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """The verdict: no fact differs, and the words are there."""
        return not self.differs and self.score >= THRESHOLD


@lru_cache(maxsize=2048)
def support(claim: str, source: str, context: str = "") -> Support:
    """Judge a claim by its source.

    Args:
        context: titles and headings above the source. A date, name or word that stands there counts as
            said; it cannot excuse what the source itself states otherwise.
    """
    differs = disagreements(claim, source)
    mine, theirs = profile(claim), profile(source)
    if context:
        wide = f"{context}\n{source}"
        still = {(d.kind, d.claim_span) for d in disagreements(claim, wide)}
        differs = tuple(d for d in differs if (d.kind, d.claim_span) in still)
        theirs = profile(wide)
    found, missing = features(mine, theirs)
    total = BIAS + sum(w * f for w, f in zip(WEIGHTS, found, strict=True))
    return Support(1 / (1 + math.exp(-total)), differs, missing)


def features(mine: Profile, theirs: Profile) -> tuple[Features, tuple[str, ...]]:
    missing = tuple(
        t.low
        for t in mine.terms
        if t.stem not in theirs.stems and not any(related(t.stem, s) for s in theirs.stems)
    )
    total = len(mine.terms)
    return Features(1 - len(missing) / total if total else 1.0, float(len(missing))), missing
