"""From a query to hits: lists of passages, fused by reciprocal rank, and shown.

words and names -> lexical list ─┐
vectors         -> dense list   ─┼─> fused by reciprocal rank -> hits
the caller's lists              ─┘
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from notec.core import Span
from notec.facts.words import Analyzer
from notec.index.candidates import Restriction, Scored, draw
from notec.index.fusion import fuse
from notec.index.lexical import Lexical
from notec.index.query import Query
from notec.index.reading import Reader
from notec.index.values import DenseLeg, Hit, PassageRow

DEPTH = 100  # passages of each list
_CACHED = 200_000  # terms and names that are remembered


class Finder:
    """Searches one generation of the index; keeps what it has learned of terms and names.

    Args:
        dense: vectors beside the full text, or None.
    """

    def __init__(
        self, lexical: Lexical, reader: Reader, analyzer: Analyzer, dense: DenseLeg | None = None
    ) -> None:
        self.lexical, self.reader, self.analyzer, self.dense = lexical, reader, analyzer, dense
        self._documents = max(int(lexical.searcher.num_docs), 1)
        self._idf: dict[str, float] = {}
        self._names: dict[str, tuple[str, ...]] = {}

    def idf(self, term: str) -> float:
        """Inverse document frequency of an analysed term among passages, as BM25 has it."""
        found = self._idf.get(term)
        if found is None:
            if len(self._idf) >= _CACHED:
                self._idf.clear()
            often = self.lexical.doc_freq("body", term)
            found = self._idf[term] = math.log(1 + (self._documents - often + 0.5) / (often + 0.5))
        return found

    def search(
        self,
        query: Query,
        limit: int,
        per_note: int,
        others: Sequence[tuple[str, Sequence[int]]] = (),
    ) -> list[Hit]:
        """The first `limit` passages, at most `per_note` of one note."""
        restriction = Restriction(query, self.lexical, self.reader)
        if restriction.nothing:
            return []
        lexical = self._lexical_list(query, restriction)
        lists = [[p for p, _ in lexical]]
        lists += [list(ids) for _, ids in others]
        ranked = fuse(lists) if len([x for x in lists if x]) > 1 else lexical
        return self._hits(query, ranked, limit, per_note)

    def _lexical_list(self, query: Query, restriction: Restriction) -> Scored:
        """Passages by their words, and by how much of a name of their note the query says."""
        drawn = draw(self.lexical, query, restriction, DEPTH)
        places = self.reader.places([p for p, _ in drawn])
        called = self._called(query, {note for note, _ in places.values()})
        scores = [(p, score + called[places[p][0]]) for p, score in drawn if p in places]
        return sorted(scores, key=lambda item: (-item[1], item[0]))

    def _called(self, query: Query, notes: set[int]) -> dict[int, float]:
        """For each note the idf of what the query says of its name, times the share that this is of the name.

        Of several names (title, aliases, file name) the best one counts.
        """
        words = set(query.words)
        out: dict[int, float] = {}
        for note, names in self.reader.names(notes).items():
            best = 0.0
            for name in names:
                weights = [(term in words, self.idf(term)) for term in self._terms(name)]
                said = sum(weight for is_said, weight in weights if is_said)
                if said:
                    best = max(best, said * said / sum(weight for _, weight in weights))
            out[note] = best
        return out

    def _terms(self, name: str) -> tuple[str, ...]:
        found = self._names.get(name)
        if found is None:
            if len(self._names) >= _CACHED:
                self._names.clear()
            found = self._names[name] = tuple(self.analyzer.sequence(name))
        return found

    def _hits(self, query: Query, ranked: Scored, limit: int, per_note: int) -> list[Hit]:
        places = self.reader.places([p for p, _ in ranked])
        shown: dict[int, int] = {}
        chosen: dict[int, float] = {}
        for number, score in ranked:
            if number not in places or len(chosen) == limit:
                continue
            note = places[number][0]
            if shown.get(note, 0) < per_note:
                shown[note] = shown.get(note, 0) + 1
                chosen[number] = score
        weights = {term: weight * self.idf(term) for term, weight in query.terms.items()}
        return [
            Hit(
                note=row.note,
                line=row.line + best_line(row, weights, self.analyzer),
                text=row.text,
                score=chosen[row.id],
                passage=row.id,
                span=Span(row.start, row.end),
                heading=row.heading,
                title=row.title,
            )
            for row in self.reader.passages(list(chosen))
        ]


def best_line(row: PassageRow, weights: Mapping[str, float], analyzer: Analyzer) -> int:
    """Which line of a passage, from 0, has most of the query; the first of equal ones."""
    best, most = 0, 0.0
    for number, line in enumerate(row.text.split("\n")):
        found = sum(weights[term] for term in weights.keys() & set(analyzer.terms(line)))
        if found > most:
            best, most = number, found
    return best
