"""Whether a word is a verb or the like, which names no thing."""

from __future__ import annotations

from functools import lru_cache

from notec.facts.morphology import readings, tags

_VERBAL = frozenset(("VERB", "INFN", "PRTS", "GRND", "ADVB", "PRED", "COMP"))


@lru_cache(maxsize=65_536)
def is_verb(low: str) -> bool:
    """Whether a folded word is most likely a verb or an adverb: by the dictionary, in English by its end."""
    if low.isascii():
        return len(low) > 4 and low.endswith(("ed", "ing"))
    told = {not _VERBAL.isdisjoint(marks) for marks in tags(low)}
    if len(told) > 1:  # "стекло": the likeliest reading decides
        return not _VERBAL.isdisjoint(readings(low)[0].marks)
    return True in told
