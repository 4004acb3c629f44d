"""Which statements may contradict each other: those that share rare words, the most alike of them first.

Each statement is looked up by its rarest words among all statements; a pair is as alike as the words that
both have weigh against all that they have. Notes that link each other, and facts that plainly differ, come
first.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from heapq import nlargest

from notec.check.briefs import analyzer
from notec.check.deep.place import Library, Place
from notec.facts.compare import disagreements

MOST = 2000  # pairs that are asked about unless more are wanted
_RAREST = 5  # words by which a statement is looked up
_FEW, _MANY = 3, 60  # terms of a statement that says one thing
_ALIKE = 0.3
_LINKED, _DIFFERS = 1.2, 1.5
_EACH = 6  # partners of one statement
_QUESTION = re.compile(r"\?[\s»\")*_]*$")


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
            words = tuple(dict.fromkeys(analyzer().sequence(place.text)))
            if _FEW <= len(words) <= _MANY and not _QUESTION.search(place.text):
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
    for number, words in enumerate(terms):
        mine = frozenset(words)
        near = {n for term in words if term in holders for n in holders[term] if n > number}
        best = []
        for other in near:
            a, b = places[number], places[other]
            if (a.note == b.note and a.turn >= 0) or _same(a.text, b.text):
                continue
            shared = [t for t in terms[other] if t in mine]
            alike = sum(idf[t] ** 2 for t in shared) / (norm[number] * norm[other])
            if len(shared) > 1 and alike >= _ALIKE / (_LINKED if linked(a.note, b.note) else 1.0):
                best.append((alike, -number, -other))
        scored += nlargest(_EACH, best)
    first = nlargest(2 * most, scored)
    ranked = sorted(first, key=lambda item: (-item[0] * _weight(places, item, linked), -item[1], -item[2]))
    chosen = tuple((places[-one], places[-other]) for _, one, other in ranked[:most])
    return Pairs(chosen, len(places), len(scored) - len(chosen))


def _weight(places: list[Place], item: tuple[float, int, int], linked: Callable[[str, str], bool]) -> float:
    a, b = places[-item[1]], places[-item[2]]
    differs = any(d.contradicts for d in disagreements(a.text[:500], b.text[:500]))
    return (_DIFFERS if differs else 1.0) * (_LINKED if linked(a.note, b.note) else 1.0)


def _same(a: str, b: str) -> bool:
    """Whether both say the very same."""
    return a == b or re.findall(r"\w+", a.lower()) == re.findall(r"\w+", b.lower())
