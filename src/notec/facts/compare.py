"""On what do a claim and its source disagree?"""

from __future__ import annotations

from functools import lru_cache

from notec.facts.compare_names import name_disagreements
from notec.facts.compare_numbers import (
    MOST,
    moment_disagreements,
    quantity_disagreements,
    version_disagreements,
)
from notec.facts.compare_words import word_disagreements
from notec.facts.disagreement import Disagreement, Kind
from notec.facts.profile import profile


def disagreements(claim: str, source: str) -> tuple[Disagreement, ...]:
    """Values of `claim` that `source` states otherwise or does not state, in the order of the claim.

    Numbers are compared in base units and as rounded, dates by the parts that were said, names in any
    case, denials by the word that they deny, clause by clause. A text never disagrees with itself.
    """
    return _disagreements(claim.strip(), source.strip())


@lru_cache(maxsize=4096)
def _disagreements(claim: str, source: str) -> tuple[Disagreement, ...]:
    if not claim or claim == source:
        return ()
    mine, theirs = profile(claim), profile(source)
    found: list[Disagreement] = []
    facts = mine.facts
    for values in (facts.quantities, facts.moments, facts.versions):
        for value in values[MOST : MOST + 1]:
            found.append(
                Disagreement(Kind.NUMBER, value.span.of(claim), "", value.span, None, contradicts=False)
            )
    if facts.quantities:
        found += quantity_disagreements(mine, theirs)
    if facts.moments:
        found += moment_disagreements(mine, theirs)
    if facts.versions:
        found += version_disagreements(mine, theirs)
    if facts.names:
        found += name_disagreements(mine, theirs)
    found += word_disagreements(mine, theirs)
    return tuple(sorted(dict.fromkeys(found), key=lambda d: (d.claim_span, d.kind)))
