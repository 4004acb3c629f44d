"""The stem of one word, kept for the whole process and safe to ask from several threads."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock

from notec.facts.words import Analyzer

_LOCK = Lock()
_ANALYZERS: list[Analyzer] = []


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """What two forms of one word share (Snowball by script, `ё` folded); see `Analyzer.term`."""
    with _LOCK:
        if not _ANALYZERS:
            _ANALYZERS.append(Analyzer())
        return _ANALYZERS[0].term(word)


def fold(word: str) -> str:
    """Lower case, ё as е, typographic apostrophes as typed ones."""
    return word.lower().replace("ё", "е").replace("’", "'")
