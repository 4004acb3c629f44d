"""What each rule of `same.py` says of two values, as numbers that `likeness.py` weighs."""

from __future__ import annotations

from notec.check.said import Said
from notec.check.same import (
    alone_in,
    has,
    held,
    labels_apart,
    one_place,
    sisters,
    speaks_of,
    strange_label,
    under_alone,
)

MOST = {
    "plain": 1, "rule: strange word": 2, "rule: limit": 2, "rule: labels": 1, "rule: label": 1,
    "rule: common": 4, "rule: sisters": 1, "rule: one place": 1, "rule: conditions": 4,
}  # fmt: skip
"""The most that each can be."""


def verdicts(a: Said, b: Said, *, beside: bool, plain: bool) -> dict[str, float]:
    """The same for both orders.

    Args:
        beside: both stand in one note. plain: all rules together call it one thing.
    """
    mine, theirs = speaks_of(a, b), speaks_of(b, a)
    common = [word for word in a.terms if has(word, b.terms)]
    return {
        "plain": float(plain),
        "rule: strange word": float(alone_in(a, b, named=theirs)) + float(alone_in(b, a, named=mine)),
        "rule: limit": float(under_alone(a, b)) + float(under_alone(b, a)),
        "rule: labels": float(labels_apart(a, b)), "rule: label": float(strange_label(a, b)),
        "rule: common": float(min(len(common), MOST["rule: common"])),
        "rule: sisters": float(sisters(a, b)), "rule: one place": float(one_place(a, b, common)),
        "rule: conditions": float(min(len(held(a) ^ held(b)), MOST["rule: conditions"])),
    }  # fmt: skip
