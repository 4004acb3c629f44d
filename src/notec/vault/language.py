"""The language of a note, by the letters of its prose."""

from __future__ import annotations

import re
from collections.abc import Sequence

from notec.vault.note import Statement

_CYRILLIC = re.compile(r"[А-Яа-яЁё]+")
_LATIN = re.compile(r"[A-Za-z]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_OURS = frozenset(["the", "of", "and", "to", "is", "that", "for", "with", "this", "are", "it", "you"])
_OTHERS = (
    "der die das und ist nicht mit ein eine für auf le la les et des est une dans pour que el los las por "
    "con una del il di che per sono não uma os het een van voor niet jest się nie"
)
_FOREIGN = frozenset(_OTHERS.split())
_SAMPLE = 40  # statements looked at
_LENGTH = 200  # characters of each


def language_of(text: str, statements: Sequence[Statement]) -> str:
    """`ru`, `en` or `other`, by the letters of statements drawn evenly from the note.

    Technical Russian is full of Latin names, English is never full of Cyrillic ones: a quarter of the
    letters in Cyrillic make a text Russian. Other languages in Latin script are told by their small words.
    """
    if not statements:
        return _language(text[:8000])
    step = max(1, len(statements) // _SAMPLE)
    return _language(" ".join(text[s.start : min(s.end, s.start + _LENGTH)] for s in statements[::step]))


def _language(text: str) -> str:
    words = _LETTERS.findall(text)
    letters = sum(map(len, words))
    cyrillic = sum(map(len, _CYRILLIC.findall(text)))
    latin = sum(map(len, _LATIN.findall(text)))
    if not letters:
        return "other"
    if cyrillic * 4 >= letters:
        return "ru"
    if (letters - latin - cyrillic) * 20 > letters:
        return "other"
    small = [word.lower() for word in words if len(word) < 6]
    foreign = sum(word in _FOREIGN for word in small)
    return "other" if foreign > 4 and foreign > 2 * sum(word in _OURS for word in small) else "en"
