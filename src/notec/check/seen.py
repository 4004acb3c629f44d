"""The words of one value as sets, by which it is compared with many."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property, lru_cache
from itertools import pairwise

from notec.check.chain import links
from notec.check.lexicon import concepts, is_paper
from notec.check.said import Said, begin
from notec.check.verbs import is_verb

_KNOWN, _OTHER, _RARE = 35 / 64, 0.75, 1.0
"""What a word weighs: of the list of concepts, any, one with digits. Their sums are exact, in any order."""
_KEPT = 4_000  # values whose words are kept as sets


class Seen:
    """The words of one value as sets, each cut to how it and its kin begin; what few pairs need is made late.

    Args:
        own: about it. all: of its statement. every: of that, of titles and headings, and the names.
        weighs, all_weigh: what the first two weigh.
    """

    def __init__(self, said: Said) -> None:
        self.said = said
        self.own = begun(said.terms) | begun(said.label)
        self.all = self.own | begun(said.rest)
        if said.kind == "name":  # which name it is tells nothing of what it is the name of
            self.all = self.own | (self.all - begun(meant(said.near)))
        self.over = begun(said.about) | begun(said.heads)
        self.named = begun(said.names)
        self.every = self.all | self.over | self.named
        self.weighs, self.all_weigh = total(self.own), total(self.all)

    @cached_property
    def titled(self) -> frozenset[str]:
        """Words of the note's names, without those that only say what kind of note it is."""
        return begun(tuple(c for title in self.said.titles for c in title if not is_paper(c)))

    @cached_property
    def spoken(self) -> frozenset[str]:
        """Words of the statement and the nearest heading."""
        return self.all | begun(self.said.heads)

    @cached_property
    def deeds(self) -> frozenset[str]:
        """Verbs."""
        return verbs(self.said.strict)

    @cached_property
    def near(self) -> frozenset[str]:
        """Words of what is measured."""
        return begun(self.said.near)

    @cached_property
    def order(self) -> list[tuple[str, str, bool]]:
        """Words of the statement in their order, as `chain.links` gives them."""
        return links(self.said.chain)

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """Neighbours among them."""
        words = self.order
        return frozenset((a[0], b[0]) for a, b in pairwise(words) if b[1] != "/")


_seen: dict[int, Seen] = {}


def seen(said: Said) -> Seen:
    """The sets of one value, kept while it is compared with many."""
    kept = _seen.get(id(said))
    if kept is not None and kept.said is said:
        return kept
    if len(_seen) > _KEPT:
        _seen.clear()
    made = _seen[id(said)] = Seen(said)
    return made


@lru_cache(maxsize=8192)
def verbs(strict: tuple[tuple[str, str], ...]) -> frozenset[str]:
    """Those of some words that tell a deed."""
    return begun(tuple(c for c, low in strict if is_verb(low.lstrip("["))))


@lru_cache(maxsize=16_384)  # the values of a note have its titles and headings in common
def begun(words: tuple[str, ...]) -> frozenset[str]:
    """How each of some words begins."""
    return frozenset(map(begin, words))


@lru_cache(maxsize=8192)
def meant(words: tuple[str, ...]) -> tuple[str, ...]:
    """The concepts of some folded words."""
    return tuple(c for word in words for c in concepts(word))


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
