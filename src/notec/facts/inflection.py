"""Whether two written words are forms of one name or word, without a dictionary."""

from __future__ import annotations

import re
from functools import lru_cache

_ENDINGS = frozenset(
    (
        "а я о е ы и у ю й ь ой ей ою ею ом ем ам ям ами ями ах ях ым им ого его ому ему ий ый ая яя ое ее"
        " ые ие ую юю ых их ыми ими ии ию ия ией ьи ье ью ья ьей ьею ьям ьях ьями"
    ).split()
) | {""}
_SOFT = frozenset(("ия ии ию ие ием ией иям иями иях").split())
_FLEETING = (
    ("ел", "л"),
    ("ец", "ц"),
    ("ок", "к"),
    ("ек", "к"),
    ("ень", "н"),
    ("ев", "ьв"),
    ("ец", "йц"),
    ("ол", "л"),
    ("ер", "р"),
)
_CYRILLIC = re.compile(r"[а-я]")


@lru_cache(maxsize=65536)
def same_name(one: str, other: str) -> bool:
    """Whether two folded words are cases of one name: "москва" and "москве", "павла" and "павел".

    Latin names must be equal but for a plural or possessive ending.
    """
    if one == other:
        return True
    if not (_CYRILLIC.search(one) and _CYRILLIC.search(other)):
        short, long = sorted((one, other), key=len)
        return len(short) >= 3 and long in (short + "s", short + "es", short + "'s")
    common = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        common += 1
    if common >= 2:
        least = 3 if len(one) > 3 and len(other) > 3 else 2
        for back in (0, 1, 2):
            if common - back < least:
                break
            ends = one[common - back :], other[common - back :]
            mixed = (ends[0] in _SOFT) != (ends[1] in _SOFT) and "ий" not in ends
            if ends[0] in _ENDINGS and ends[1] in _ENDINGS and not mixed:
                return True
    for whole, cut in _FLEETING:
        for first, second in ((one, other), (other, one)):
            if first.endswith(whole) and len(first) > len(whole):
                base = first[: -len(whole)] + cut
                if second.startswith(base) and second[len(base) :] in _ENDINGS:
                    return True
    return False


@lru_cache(maxsize=131072)
def related(one: str, other: str) -> bool:
    """Whether two stems come from one root, by how they begin: "analys" and "analyz"."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if len(short) < 4:
        return False
    common = 0
    for left, right in zip(short, long, strict=False):
        if left != right:
            break
        common += 1
    return common >= 4 and common >= 0.66 * len(short) and common >= 0.5 * len(long)
