"""What each rule of `same.py` says of two values, as numbers that `likeness.py` weighs."""

from __future__ import annotations

from notec.check.said import Said
from notec.check.same import (
    alone_in,
    has,
    held,
    in_series,
    is_plain,
    is_strange,
    labels_apart,
    one_deed,
    one_name,
    one_place,
    same_title,
    sisters,
    speaks_of,
    strange_label,
    twins,
    under_alone,
)

_MOST = 4  # common words that count


def verdicts(a: Said, b: Said, *, beside: bool, plain: bool) -> dict[str, float]:
    """The same for both orders.

    Args:
        beside: both stand in one note. plain: all rules together call it one thing.
    """
    mine, theirs = speaks_of(a, b), speaks_of(b, a)
    common = [word for word in a.terms if has(word, b.terms)]
    return {
        "plain": float(plain),
        "rule: names the note": float(mine) + float(theirs),
        "rule: strange name": float(is_strange(a, b)) + float(is_strange(b, a)),
        "rule: strange word": float(alone_in(a, b, named=theirs)) + float(alone_in(b, a, named=mine)),
        "rule: limit": float(under_alone(a, b)) + float(under_alone(b, a)),
        "rule: labels": float(labels_apart(a, b)), "rule: label": float(strange_label(a, b)),
        "rule: common": float(min(len(common), _MOST)),
        "rule: one title": float(same_title(a, b)), "rule: twins": float(twins(a, b)),
        "rule: series": float(in_series(a, b)), "rule: one name": float(one_name(a, b)),
        "rule: sisters": float(sisters(a, b)), "rule: one place": float(one_place(a, b, common)),
        "rule: one deed": float(one_deed(a, b)), "rule: vague note": float(is_plain(a)) + float(is_plain(b)),
        "rule: conditions": float(len(held(a) ^ held(b))),
        "rule: one day": float(bool(a.when) != bool(b.when)), "rule: bare": float(a.bare) + float(b.bare),
    }  # fmt: skip
