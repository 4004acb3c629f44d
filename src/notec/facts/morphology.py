"""Forms of Russian words: what a form can be, and how the word stands in another case (pymorphy3).

Cyrillic only; any other word has no readings. The first call loads the dictionary, about 0.4 s.
"""

from __future__ import annotations

from copy import copy
from functools import cache, lru_cache
from typing import Any, NamedTuple

from notec.facts.words import _morphology


class Reading(NamedTuple):
    """One way to read a form.

    Args:
        lemma: the dictionary form.
        marks: grammemes of OpenCorpora, such as `NOUN`, `femn`, `nomn`, `Name`, `Surn`.
        score: its likelihood among the form's readings, 0 to 1.
    """

    lemma: str
    marks: frozenset[str]
    score: float


@lru_cache(maxsize=65_536)
def readings(form: str) -> tuple[Reading, ...]:
    """How a form may be read, the likeliest first; guesses for words that the dictionary lacks."""
    low = form.lower()
    if not is_cyrillic(low):
        return ()
    return tuple(
        Reading(p.normal_form, frozenset(p.tag.grammemes), p.score) for p in _morphology().parse(low)
    )


def tags(form: str) -> list[frozenset[str]]:
    """The marks of each reading, in no order: quicker, for what takes longest is how likely each one is."""
    low = form.lower()
    return [tag.grammemes for tag in _unweighed().tag(low)] if is_cyrillic(low) else []


@cache
def _unweighed() -> Any:
    morphology = copy(_morphology())
    morphology.prob_estimator = None
    return morphology


@lru_cache(maxsize=65_536)
def known(form: str) -> bool:
    """Whether the dictionary has this Russian form."""
    return is_cyrillic(form) and bool(_morphology().word_is_known(form.lower()))


def inflected(form: str, part: str, wanted: frozenset[str]) -> str:
    """`form`, read as the part of speech `part`, in the form `wanted`; empty where there is none."""
    for parse in _morphology().parse(form.lower()):
        if part in parse.tag.grammemes:
            found = parse.inflect(wanted)
            return str(found.word) if found else ""
    return ""


def is_cyrillic(form: str) -> bool:
    """Whether a form has Russian letters only, hyphens aside."""
    return bool(form) and all("а" <= c <= "я" or c in "ё-" for c in form.lower()) and form != "-"
