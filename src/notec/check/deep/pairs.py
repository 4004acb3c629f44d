"""Which statements may contradict each other: those that share rare words, the most alike of them first.

Each statement is looked up by its rarest words among all statements; a pair is as alike as the words that
both have weigh against all that they have. Notes that link each other come first, and statements that name
other numbers or of which one denies.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from heapq import nlargest

from notec.check.briefs import analyzer
from notec.check.deep.gap import LEFT_OPEN
from notec.check.deep.place import Library, Place

MOST = 2000  # pairs that are asked about unless more are wanted
_RAREST = 5  # words by which a statement is looked up
_FEW, _MANY = 3, 60  # terms of a statement that says one thing
_ALIKE = 0.3
_LINKED, _DIFFERS = 1.2, 1.5
_EACH = 6  # partners of one statement
_FORM, _COPIES = 0.6, 5  # so many partners so alike: the words of one form, filled in for many things
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_DENIES = re.compile(
    r"\b(?:no|not|never|none|nobody|nothing|without|cannot|\w+n['’]t|не|нет|ни|нельзя|никогда|никто|ничего|без)\b",
    re.I,
)
_TAG = re.compile(r"<[^<>\n]*>")
_QUESTION = re.compile(r"\?[\s»\")*_]*$")
_LINK = re.compile(r"!?\[\[[^\]\n]*\]\]|!?\[[^\]\n]*\]\([^)\n]*\)|https?://\S+")


@dataclass(frozen=True)
class Pairs:
    """Candidates, best first.

    Args:
        statements: among which they were looked for.
        left_out: pairs that are alike, too, beyond the limit.
    """

    pairs: tuple[tuple[Place, Place], ...]
    statements: int
    left_out: int


def pairs_of(library: Library, most: int = MOST, told: Callable[[int, int], None] | None = None) -> Pairs:
    """The most promising pairs of the whole vault.

    Args:
        told: is told how many of how many notes were read.
    """
    notes = library.notes()
    places: list[Place] = []
    terms: list[tuple[str, ...]] = []
    for number, note in enumerate(notes, 1):
        for place in library.statements(note):
            words = tuple(dict.fromkeys(analyzer().sequence(_TAG.sub(" ", place.text))))
            if _FEW <= len(words) <= _MANY and _says(place.text):
                places.append(place)
                terms.append(words)
        if told:
            told(number, len(notes))
    seen: Counter[str] = Counter(term for words in terms for term in words)
    often = max(40, round(len(places) ** 0.5 / 4))
    idf = {term: math.log(1 + len(places) / count) for term, count in seen.items()}
    norm = [math.sqrt(sum(idf[t] ** 2 for t in words)) for words in terms]
    holders: dict[str, list[int]] = {}
    for number, words in enumerate(terms):
        rare = sorted((t for t in words if 2 <= seen[t] <= often), key=lambda t: (seen[t], t))[:_RAREST]
        for term in rare:
            holders.setdefault(term, []).append(number)
    links: dict[str, frozenset[str]] = {}

    def linked(a: str, b: str) -> bool:
        for note in (a, b):
            if note not in links:
                links[note] = frozenset(library.linked(note))
        return b in links[a] or a in links[b]

    scored = []
    copies: Counter[int] = Counter()
    for number, words in enumerate(terms):
        mine = frozenset(words)
        near = {n for term in words if term in holders for n in holders[term] if n > number}
        best = []
        for other in near:
            a, b = places[number], places[other]
            shared = [t for t in terms[other] if t in mine]
            alike = sum(idf[t] ** 2 for t in shared) / (norm[number] * norm[other])
            if alike >= _FORM:
                copies.update((number, other))
            if len(shared) < 2 or (a.note == b.note and a.turn >= 0) or alike < _ALIKE / _LINKED:
                continue
            if alike < _ALIKE and not linked(a.note, b.note):
                continue
            if not (_same(a.text, b.text) or _own_name(a, mine.difference(shared), b, terms[other], mine)):
                best.append((alike, -number, -other))
        scored += nlargest(_EACH, best)
    scored = [item for item in scored if max(copies[-item[1]], copies[-item[2]]) <= _COPIES]
    first = nlargest(2 * most, scored)
    ranked = sorted(first, key=lambda item: (-item[0] * _weight(places, item, linked), -item[1], -item[2]))
    chosen = tuple((places[-one], places[-other]) for _, one, other in ranked[:most])
    return Pairs(chosen, len(places), len(scored) - len(chosen))


def _says(text: str) -> bool:
    """Whether a statement says something: no question, nothing left open, no mere link."""
    if _QUESTION.search(text) or LEFT_OPEN.search(text):
        return False
    return len(re.findall(r"\w+", _LINK.sub(" ", text))) > 1


def _weight(places: list[Place], item: tuple[float, int, int], linked: Callable[[str, str], bool]) -> float:
    a, b = places[-item[1]], places[-item[2]]
    return (_DIFFERS if _differ(a.text, b.text) else 1.0) * (_LINKED if linked(a.note, b.note) else 1.0)


def _differ(a: str, b: str) -> bool:
    """Whether both name numbers, and not the same, or one alone denies."""
    mine, theirs = set(_FIGURE.findall(a)), set(_FIGURE.findall(b))
    return bool(mine and theirs and mine != theirs) or bool(_DENIES.search(a)) != bool(_DENIES.search(b))


@lru_cache(maxsize=4096)
def _title(title: str) -> frozenset[str]:
    return frozenset(analyzer().sequence(title))


def _own_name(
    a: Place, only_a: frozenset[str], b: Place, theirs: tuple[str, ...], mine: frozenset[str]
) -> bool:
    """Whether two statements differ in the names of their notes alone: each says it of its own thing."""
    only_b = frozenset(theirs) - mine
    if a.note == b.note or not (only_a or only_b):
        return False
    named = [_title(place.context[0] if place.context else "") for place in (a, b)]
    return only_a <= named[0] and only_b <= named[1]


def _same(a: str, b: str) -> bool:
    """Whether both say the very same."""
    return a == b or re.findall(r"\w+", a.lower()) == re.findall(r"\w+", b.lower())
