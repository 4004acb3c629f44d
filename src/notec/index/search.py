"""From a query to hits: lists of passages, fused by reciprocal rank, and shown.

words and names -> lexical list ─┐
vectors         -> dense list   ─┼─> fused by reciprocal rank -> hits
the caller's lists              ─┘
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from notec.core import Span
from notec.facts.words import Analyzer, language
from notec.index.candidates import Restriction, Scored, draw
from notec.index.cut import Cut
from notec.index.extract import visible
from notec.index.fusion import fuse
from notec.index.lexical import Lexical
from notec.index.query import Query
from notec.index.reading import Reader
from notec.index.values import DenseLeg, Hit, PassageRow
from notec.index.weigh import weigh_names, weigh_words

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
        self._heads: dict[tuple[int, int], frozenset[str]] = {}

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
        lists = [[p for p, _ in lexical], self._dense_list(query, restriction)]
        lists += [list(ids) for _, ids in others]
        ranked = fuse(lists) if len([x for x in lists if x]) > 1 else lexical
        return self._hits(query, ranked, limit, per_note)

    def _dense_list(self, query: Query, restriction: Restriction) -> list[int]:
        """Passages by their vectors, where there are some and they help; not where a phrase must be found."""
        if self.dense is None or (query.strict and query.phrases):
            return []
        filters = query.filters
        found = self.dense.ranking(
            query.text,
            language(query.text),
            restriction.notes,
            DEPTH,
            note_language=filters.language,
            role=filters.role,
        )
        return [passage for passage, _ in found]

    def _lexical_list(self, query: Query, restriction: Restriction) -> Scored:
        """Passages by their words, and by how much of a name of their note the query says."""
        drawn = [p for p, _ in draw(self.lexical, query, restriction, DEPTH)]
        return self._weighed(query, self.reader.places(drawn))

    def _weighed(self, query: Query, places: Mapping[int, tuple[int, Cut]]) -> Scored:
        names = {
            note: weigh_names(query, map(self._terms, called), self.idf)
            for note, called in self.reader.names({note for note, _ in places.values()}).items()
        }
        scores: dict[int, float] = {}
        for passage, text in self.reader.texts(places).items():
            note, place = places[passage]
            terms = self.analyzer.line(visible(text)).split(" ")
            above = self._above(note, place.heading)
            scores[passage] = weigh_words(query, terms, above, self.idf) + names.get(note, 0.0)
        return sorted(scores.items(), key=lambda item: (-item[1], item[0]))

    def _above(self, note: int, heading: int) -> frozenset[str]:
        """The terms of the headings above a passage and of the one that it begins under."""
        found = self._heads.get((note, heading))
        if found is None:
            if len(self._heads) >= _CACHED:
                self._heads.clear()
            chains = self.reader.headings(note) if heading >= 0 else []
            chain = chains[heading] if 0 <= heading < len(chains) else ()
            found = self._heads[note, heading] = frozenset(self.analyzer.terms(" . ".join(chain)))
        return found

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
