"""How the words of a statement hang together, and the signs in it that may tell its thing from others."""

from __future__ import annotations

import re
from collections.abc import Sequence

from notec.check.said import begin
from notec.check.scope import Term

_SIGNS = re.compile(
    r"(?<![\w.,:])(?:(?:19|20)\d\d|[^\W\d_]++[-.]?\d[\w-]*|\d+[^\W\d_]|\d+/\d+|[A-ZА-Я]|[IVX]{2,4}"
    r"|v\.?\s?\d[\d.]*)(?!\w)"
    r"|\d(?:(?<=№\s\d)|(?<=№\d))\d*|\d(?<=[A-ZА-ЯЁa-zа-яё]\s\d)\d*(?=\s[a-zа-яё])"
)  # "2024", "A6000", the B of "Camera B", the 2 of "Film 2 is"
_UNSURE = re.compile(
    r"(?<!\w)(?:если|или|либо|бы|вместо|друг(?:ой|ая|ое|ом|ую|ие)|вырос(?:л[аои])?|снизил\w*|увеличил\w*"
    r"|уменьшил\w*|расширить|if|or|either|instead|another|grew|increased|decreased|reduced|was raised"
    r"|raised from|expanded|up from|down from|the other)(?!\w)",
    re.IGNORECASE,
)
"""What tells a value under a condition, of another thing, or of a change."""
_BESIDE = frozenset((" ", "-", ""))
_FOR = re.compile(r"\s(?:for|для|на)\s(?:(?:the|a|an|my|our|your)\s)?")
_SIGN = re.compile(r"[^\w\s'’]|\d")


def signs(text: str) -> list[tuple[int, str]]:
    """Numbers of years and models, and letters that name one of a kind, each with its place."""
    return [(m.start(), m[0].upper()) for m in _SIGNS.finditer(text)]


def is_unsure(text: str) -> bool:
    """Whether a statement tells its value under a condition, of another thing, or of a change."""
    return _UNSURE.search(text) is not None


def chain(text: str, terms: Sequence[Term]) -> str:
    """The words as `Said.chain` has them: packed, for there is one of each statement."""
    out: list[str] = []
    end = -1
    for t in terms:
        gap = text[end : t.start] if end >= 0 else "|"
        tie = "-" if gap in _BESIDE else "/" if _SIGN.search(gap) else ">" if _FOR.fullmatch(gap) else "+"
        capital = "^" if text[t.start].isupper() else "_"
        out.append(tie + capital + (begin(t.concepts[0]) if t.concepts else "~" + t.low))
        end = t.end
    return "\n".join(out)  # a letter may fold to words: "ﷺ"


def links(packed: str) -> list[tuple[str, str, bool]]:
    """Each word of a chain, its tie to the one before, and whether it is capital."""
    return [(word[2:], word[0], word[1] == "^") for word in packed.split("\n") if word]
