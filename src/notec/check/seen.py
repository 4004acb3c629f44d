"""The words of one value as sets, by which it is compared with many."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import NamedTuple

from notec.check.lexicon import is_paper
from notec.check.said import Said, begin
from notec.check.verbs import is_verb

_KNOWN, _OTHER, _RARE = 0.55, 0.75, 1.0  # what a word weighs: of the list of concepts, any, one with digits
_KEPT = 4_000  # values whose words are kept as sets
_LONGEST = 24  # words of a statement whose order is compared


class Seen(NamedTuple):
    """The words of one value as sets, each cut to how it and its kin begin.

    Args:
        own: about it. all: of its statement. over: of titles and headings. every: all of these and the names.
        named: names. titled: of the note's names, without those that only say what kind of note it is.
        spoken: of the statement and the nearest heading. deeds: verbs. near: what is measured.
        order: words of the statement in their order. pairs: neighbours among them.
    """

    own: frozenset[str]
    all: frozenset[str]
    over: frozenset[str]
    every: frozenset[str]
    named: frozenset[str]
    titled: frozenset[str]
    spoken: frozenset[str]
    deeds: frozenset[str]
    near: frozenset[str]
    order: tuple[str, ...]
    pairs: frozenset[tuple[str, str]]


_seen: dict[int, tuple[Said, Seen]] = {}


def seen(said: Said) -> Seen:
    """The sets of one value, kept while it is compared with many."""
    kept = _seen.get(id(said))
    if kept and kept[0] is said:
        return kept[1]
    own = begun((*said.terms, *said.label))
    all_ = own | begun(said.rest)
    heads = begun(said.heads)
    over = begun(said.about) | heads
    named = begun(said.names)
    titled = begun(c for title in said.titles for c in title if not is_paper(c))
    chain = said.chain
    made = Seen(
        own, all_, over, all_ | over | named, named, titled, all_ | heads, verbs(said.strict),
        begun(said.near),
        tuple(word for word, _, _ in chain[:_LONGEST]),
        frozenset((chain[i - 1][0], chain[i][0]) for i in range(1, len(chain)) if chain[i][1]),
    )  # fmt: skip
    if len(_seen) > _KEPT:
        _seen.clear()
    _seen[id(said)] = said, made
    return made


@lru_cache(maxsize=8192)
def verbs(strict: tuple[tuple[str, str], ...]) -> frozenset[str]:
    """Those of some words that tell a deed."""
    return begun(c for c, low in strict if is_verb(low.lstrip("[")))


def begun(words: Iterable[str]) -> frozenset[str]:
    """How each of some words begins."""
    return frozenset(map(begin, words))


@lru_cache(maxsize=65_536)
def weight(word: str) -> float:
    if word[0] == "=":
        return _KNOWN
    return _RARE if not word.isalpha() else _OTHER


def total(words: Collection[str]) -> float:
    """What some words weigh."""
    return sum(map(weight, words))


def part(some: frozenset[str], others: frozenset[str]) -> float:
    """How much of some words others have, from 0 to 1."""
    met = some & others
    return total(met) / total(some) if met else 0.0
