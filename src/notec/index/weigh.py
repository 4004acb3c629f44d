"""How well the words of one passage, and the names of its note, fit a query.

The full text draws candidates by BM25 with fixed constants and by the mean length of everything that is
in it, where tables of one line count as much as pages. Here each candidate is weighed again by its own
words; every part is a sum of idf, so that the parts can be added:

* BM25 against a usual length, whatever the vault;
* what the query says in the same order: pairs and triples of neighbours, words without topic included;
* what only the headings above it say;
* what stands at the beginning, where a passage says what it is about;
* of a name of its note: the idf of what the query says of it, times the share that this is of the name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from notec.index.query import Query

K1, B = 0.9, 0.4
USUAL = 80.0  # terms of a passage
PAIR, TRIPLE = 0.2, 0.1
EARLY = 0.1
HEAD = 0.3
_BEGINNING = 40  # terms

Idf = Callable[[str], float]


def weigh_words(query: Query, terms: Sequence[str], above: frozenset[str], idf: Idf) -> float:
    """The weight of a passage, given its terms as they are indexed, and those of the headings above it."""
    wanted = query.terms.keys() | set(query.words)
    places: dict[str, list[int]] = {}
    for place, term in enumerate(terms):
        if term in wanted:
            places.setdefault(term, []).append(place)
    norm = K1 * (1 - B + B * len(terms) / USUAL)
    total = 0.0
    for term, weight in query.terms.items():
        if found := places.get(term):
            often = len(found)
            total += (
                weight * idf(term) * (often * (K1 + 1) / (often + norm) + EARLY * (found[0] < _BEGINNING))
            )
        elif term in above:
            total += HEAD * weight * idf(term)
    for first, second in query.pairs:
        after = {place + 1 for place in places.get(first, ())}.intersection(places.get(second, ()))
        if after:
            total += PAIR * (idf(first) + idf(second))
            for third in query.after.get((first, second), ()):
                if any(place + 1 < len(terms) and terms[place + 1] == third for place in after):
                    total += TRIPLE * (idf(first) + idf(second) + idf(third))
    return total


def weigh_names(query: Query, names: Iterable[Sequence[str]], idf: Idf) -> float:
    """The weight of the best of a note's names, each given as terms."""
    words = query.said
    best = 0.0
    for name in names:
        said = sum(idf(term) for term in name if term in words)
        if said:
            best = max(best, said * said / sum(map(idf, name)))
    return best
