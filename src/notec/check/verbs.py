"""Whether a word is a verb or the like, which names no thing."""

from __future__ import annotations

from functools import lru_cache

from notec.facts.morphology import readings

_VERBAL = frozenset(("VERB", "INFN", "PRTS", "GRND", "ADVB", "PRED", "COMP"))


@lru_cache(maxsize=65_536)
def is_verb(low: str) -> bool:
    """Whether a folded word is most likely a verb or an adverb: by the dictionary, in English by its end."""
    if low.isascii():
        return len(low) > 4 and low.endswith(("ed", "ing"))
    found = readings(low)
    return bool(found) and not _VERBAL.isdisjoint(found[0].marks)
