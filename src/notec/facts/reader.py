"""Reads everything that one statement says."""

from __future__ import annotations

import re
from functools import lru_cache

from notec.facts.dates import moments
from notec.facts.modality import CUES, MODAL_WORDS, modalities, negations
from notec.facts.names import names, versions
from notec.facts.quantities import BARE_UNITS, quantities
from notec.facts.tokens import Taken, is_number_word, words
from notec.facts.values import Facts
from notec.facts.words import language as language_of

_DIGIT = re.compile(r"\d|[½¼¾⅓⅔]")
_LONGEST = 20_000  # characters; what is longer is no statement (a line of base64)


def read(text: str, language: str | None = None) -> Facts:
    """What a statement says: numbers, dates, names, versions, modality, negation, each with its place.

    Never raises. Of a text of more than 20,000 characters only the beginning is read.

    Args:
        language: `ru` or `en` settles how `1,500` is read; by default the letters of the text decide.
    """
    return _read(text[:_LONGEST], language or "")


@lru_cache(maxsize=4096)
def _read(text: str, language: str) -> Facts:
    all_words = words(text)
    lows = {word.low for word in all_words}
    digits = _DIGIT.search(text) is not None
    spoken = language or language_of(text)
    found_moments = moments(text, lows, digits=digits)
    taken = [(moment.start, moment.end) for moment in found_moments]
    found_versions = versions(text, taken) if digits else []
    taken += [(version.start, version.end) for version in found_versions]
    found_names = names(text, all_words, taken, digits=digits)
    found_quantities = []
    if digits or any(map(is_number_word, lows)) or not lows.isdisjoint(BARE_UNITS):
        blocks = taken + [(n.start, n.end) for n in found_names if n.kind == "identifier"]
        found_quantities = quantities(text, spoken, blocks)
        measured = Taken(text, ((q.start + 1, q.end) for q in found_quantities if q.unit))
        found_names = [n for n in found_names if measured.free(n.start, n.start + 1)]  # "kW" beside a number
    return Facts(
        tuple(found_quantities),
        tuple(found_moments),
        tuple(found_versions),
        tuple(found_names),
        tuple(modalities(all_words)) if not lows.isdisjoint(MODAL_WORDS) else (),
        tuple(negations(text, all_words)) if not lows.isdisjoint(CUES) else (),
        spoken,
    )
