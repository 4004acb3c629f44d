"""Ids that stay over edits: a requirement is known again by its words, else by its place and like words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from notec.facts import disagreements
from notec.facts.profile import profile
from notec.passes.ir import Requirement

_ALIKE = 0.5  # share of words that a reworded requirement has in common with what it was
_DIGITS = re.compile(r"\d+")
_NEAR = 50  # places, within which one is looked for where there are many
_MANY = 100_000  # pairs
_NUMBER = re.compile(r"R(\d+)")


def identified(
    new: Sequence[Requirement], last: Sequence[Requirement], others: Sequence[str] = ()
) -> tuple[tuple[Requirement, ...], dict[str, Requirement]]:
    """The requirements of now with ids of the last build where they are the same ones.

    An id that the user gave (any but an empty one) is left alone. Gives back too what each of them was.

    Args:
        others: further ids that are taken.
    """
    left = {r.id: r for r in last}
    found: dict[int, Requirement] = {}
    for index, requirement in enumerate(new):
        if requirement.id and requirement.id in left:
            found[index] = left.pop(requirement.id)
    for key in (_words, lambda r: r.text):
        table: dict[object, list[str]] = {}
        for old in left.values():
            table.setdefault(key(old), []).append(old.id)
        for index, requirement in enumerate(new):
            same = table.get(key(requirement))
            if index not in found and not requirement.id and same:
                found[index] = left.pop(same.pop(0))
    mine = [(i, _note(r), r.text) for i, r in enumerate(new) if i not in found and not r.id]
    theirs = [(i, _note(r), r.text) for i, r in enumerate(last) if r.id in left]
    for index, place in paired(mine, theirs, _ALIKE).items():
        found[index] = left.pop(last[place].id)
    taken = {r.id.casefold() for r in (*new, *last) if r.id} | {o.casefold() for o in others}
    number = max((int(m[1]) for m in (_NUMBER.fullmatch(r.id) for r in last) if m), default=0)
    out = []
    for index, requirement in enumerate(new):
        id_ = requirement.id or (found[index].id if index in found else "")
        while not id_:
            number += 1
            id_ = "" if f"r{number}" in taken else f"R{number}"
        out.append(replace(requirement, id=id_))
    return tuple(out), {out[index].id: old for index, old in found.items()}


def paired(
    mine: Sequence[tuple[int, str, str]], theirs: Sequence[tuple[int, str, str]], least: float
) -> dict[int, int]:
    """Which text of now was which: the likest first, of the same likeness the nearest.

    Args:
        mine, theirs: place, note and text of each.
        least: how much they must be alike.
    """
    near = _NEAR if len(mine) * len(theirs) > _MANY else 1 << 30
    pairs = sorted(
        (-likeness, abs(i - j), i, j)
        for i, note, text in mine
        for j, other, was in theirs
        if note == other and abs(i - j) <= near and (likeness := alike(text, was)) >= least
    )
    out: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, i, j in pairs:
        if i not in out and j not in taken:
            out[i] = j
            taken.add(j)
    return out


def alike(one: str, other: str) -> float:
    """Share of words of content that two texts have in common, 0 to 1."""
    mine, theirs = _stems(one), _stems(other)
    return len(mine & theirs) / len(mine | theirs) if mine and theirs else 0.0


def says_the_same(new: Requirement, old: Requirement) -> bool:
    """Whether it is only worded in another way: the same words of content, values, kind and priority."""
    return (
        (new.kind, new.priority) == (old.kind, old.priority)
        and sorted(e.text for e in new.literals) == sorted(e.text for e in old.literals)
        and _stems(new.text) == _stems(old.text)
        and not disagreements(new.text, old.text)
        and not disagreements(old.text, new.text)
    )


def _stems(text: str) -> frozenset[str]:
    return frozenset((*(term.stem for term in profile(text).terms), *_DIGITS.findall(text)))


def _words(requirement: Requirement) -> object:
    return tuple((c.note, c.quote) for c in requirement.because)


def _note(requirement: Requirement) -> str:
    return requirement.because[0].note if requirement.because else ""
