"""From a query to hits: lists of passages, fused by reciprocal rank, and shown.

words and names -> lexical list ─┐
vectors         -> dense list   ─┼─> fused by reciprocal rank -> hits
the caller's lists              ─┘
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from notec.core import Span
from notec.facts.words import Analyzer, language
from notec.index.candidates import Restriction, Scored, draw, draw_from, named
from notec.index.cut import Cut
from notec.index.extract import visible
from notec.index.fusion import DENSE, fuse
from notec.index.graph import SEEDS, WEIGHT, Graph, walk
from notec.index.lexical import Lexical
from notec.index.query import Query
from notec.index.reading import Reader
from notec.index.typos import nearest, other_keys
from notec.index.values import DenseLeg, Hit, PassageRow, Reranker
from notec.index.weigh import weigh_names, weigh_words

DEPTH = 60  # passages of each list that are looked at closely
_CACHED = 200_000  # terms and names that are remembered
RERANKED = 30  # passages that a reranker reads
_FEW = 3  # terms; a query of fewer asks for one thing
_ENTERING = 20  # notes that a walk brings into the list
_OPEN = 0.1  # share of the query that the first passage may leave open

Words = dict[int, list[str]]  # passage -> its terms


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
        self._graph = Graph(reader, self.idf)

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
        graph: str | bool = "auto",
    ) -> list[Hit]:
        """The first `limit` passages, at most `per_note` of one note.

        Args:
            others: ranked lists of the caller, each with a name.
            graph: whether to walk from what was found to what belongs to it; `auto` decides by the query.
        """
        restriction = Restriction(query, self.lexical, self.reader)
        if restriction.nothing or limit < 1:
            return []
        query = self._mended(query)
        words: Words = {}
        lexical = self._lexical_list(query, restriction, max(DEPTH, 8 * limit), words)
        lists = [(self._dense_list(query, restriction), DENSE), *((list(ids), 1.0) for _, ids in others)]
        ranked = self._fused(
            lexical, [(restriction.allowed(self.lexical, ids), w) for ids, w in lists if ids]
        )
        if ranked and (
            graph in (True, "on") or (graph == "auto" and self._asks_for_more(query, ranked, words))
        ):
            ranked = self._walked(query, restriction, ranked, words)
        return self._hits(query, ranked, limit, per_note)

    def _mended(self, query: Query) -> Query:
        """The query with the nearest terms in the place of those that stand nowhere."""
        instead = {}
        for term in query.terms:
            if self._count(term):
                continue
            keys = [t for t in self.analyzer.sequence(other_keys(term)) if self._count(t)]
            if near := keys or nearest(term, self._count, self.lexical.vocabulary):
                instead[term] = near
        return query.mended(instead) if instead else query

    def _count(self, term: str) -> int:
        """In how many passages and names a term stands."""
        return sum(self.lexical.doc_freq(field, term) for field in ("body", "head", "title", "names"))

    def _fused(self, lexical: Scored, lists: Sequence[tuple[Sequence[int], float]]) -> Scored:
        """One list by reciprocal rank, with the scores that the lexical list has at the same ranks."""
        if not lists:
            return lexical
        weights = [1.0, *(weight for _, weight in lists)]
        ranked = fuse([[p for p, _ in lexical], *(ids for ids, _ in lists)], weights)
        scale = [score for _, score in lexical] or [score for _, score in ranked]
        last = len(scale) - 1
        return [(p, scale[min(rank, last)]) for rank, (p, _) in enumerate(ranked)]

    def _asks_for_more(self, query: Query, ranked: Scored, words: Words) -> bool:
        """Whether the first passage, with its headings and names, leaves open what the query asks for.

        A passage that says all of it is what was sought; a phrase or a name in a field is what it is.
        """
        if query.phrases or query.title or len(query.terms) < _FEW:
            return False
        passage = ranked[0][0]
        place = self.reader.places([passage]).get(passage)
        if place is None:
            return False
        said = {*words.get(passage, ()), *self._above(place[0], place[1].heading)}
        for name in self.reader.names([place[0]]).get(place[0], ()):
            said.update(self._terms(name))
        asked = {term: weight * self.idf(term) for term, weight in query.terms.items()}
        open_ = sum(weight for term, weight in asked.items() if term not in said)
        return open_ > _OPEN * sum(asked.values())

    def _walked(self, query: Query, restriction: Restriction, ranked: Scored, words: Words) -> Scored:
        """The list with what the walk lifts and brings in; the first passage stays the first."""
        places = self.reader.places([p for p, _ in ranked[:DEPTH]])
        best: dict[int, int] = {}  # note -> its first passage in the list
        scores: dict[int, float] = {}
        top = ranked[0][1] or 1.0
        for passage, score in ranked[:DEPTH]:
            if passage in places and (note := places[passage][0]) not in best:
                best[note], scores[note] = passage, score / top
        seeds = list(best)[:SEEDS]
        self._read(places, [best[note] for note in seeds if best[note] not in words], words)
        names = {n: [self._terms(x) for x in called] for n, called in self.reader.names(seeds).items()}
        listed = {note: words[passage] for note, passage in best.items() if passage in words}
        edges = self._graph.edges(seeds, listed, names)
        reached = walk(edges, scores, seeds)
        outside = [note for note in reached if note not in best]
        entering = sorted(outside, key=lambda note: (-reached[note], note))[:_ENTERING]
        lifted = dict(self._entering(query, restriction, entering, words)) if entering else {}
        come = self.reader.places(lifted)
        for passage, (note, _) in come.items():
            lifted[passage] += WEIGHT * top * reached.get(note, 0.0)
        every = dict(ranked)
        for note, passage in best.items():
            every[passage] += WEIGHT * top * reached.get(note, 0.0)
        first = ranked[0][0]
        del every[first]
        rest = sorted((every | lifted).items(), key=lambda item: (-item[1], item[0]))
        scale = min(1.0, top / rest[0][1]) if rest and rest[0][1] > 0 else 1.0
        return [ranked[0], *((passage, score * scale) for passage, score in rest)]

    def _entering(self, query: Query, restriction: Restriction, notes: Sequence[int], words: Words) -> Scored:
        """For each note that the walk brings in, the passage that fits best, or else its first one."""
        found = draw_from(self.lexical, query, restriction, list(notes), 2 * len(notes))
        places = self.reader.places([p for p, _ in found])
        with_words = {note for note, _ in places.values()}
        for note in notes:
            own = self.reader.passages_of(note)[:1] if note not in with_words else []
            for passage in restriction.allowed(self.lexical, [p for p, _ in own]):
                places[passage] = (note, own[0][1])
        best: dict[int, tuple[int, float]] = {}
        for passage, score in self._weighed(query, places, words):
            best.setdefault(places[passage][0], (passage, score))
        return list(best.values())

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

    def _lexical_list(self, query: Query, restriction: Restriction, depth: int, words: Words) -> Scored:
        """Passages by their words, and by how much of a name of their note the query says.

        The first `DEPTH` are weighed; those below keep their order, and scores below.
        """
        drawn = draw(self.lexical, query, restriction, depth)
        places = self.reader.places([p for p, _ in drawn[:DEPTH]])
        scored = self._weighed(query, places | self._only_named(query, restriction, places), words)
        low, high = (scored[-1][1] if scored else 0.0), (drawn[DEPTH][1] if len(drawn) > DEPTH else 1.0)
        return scored + [(passage, low * score / high) for passage, score in drawn[DEPTH:]]

    def _only_named(
        self, query: Query, restriction: Restriction, drawn: Mapping[int, tuple[int, Cut]]
    ) -> dict[int, tuple[int, Cut]]:
        """The first passages of notes that only their names, such as an alias, bring to the query."""
        if not query.terms or (query.strict and query.phrases):
            return {}
        held = {note for note, _ in drawn.values()}
        out = {
            passage: (note, place)
            for note, _ in named(self.lexical, query, restriction)
            if note not in held
            for passage, place in self.reader.passages_of(note)[:1]
        }
        return {p: out[p] for p in restriction.allowed(self.lexical, list(out))}

    def _weighed(self, query: Query, places: Mapping[int, tuple[int, Cut]], words: Words) -> Scored:
        names = {
            note: weigh_names(query, map(self._terms, called), self.idf)
            for note, called in self.reader.names({note for note, _ in places.values()}).items()
        }
        self._read(places, places, words)
        scores = {
            passage: names.get(note, 0.0)
            + weigh_words(query, words[passage], self._above(note, place.heading), self.idf)
            for passage, (note, place) in places.items()
        }
        return sorted(scores.items(), key=lambda item: (-item[1], item[0]))

    def _read(self, places: Mapping[int, tuple[int, Cut]], passages: Iterable[int], words: Words) -> None:
        """Adds to `words` the terms of passages, as they are indexed."""
        wanted = {p: places[p] for p in passages if p in places}
        for passage, text in self.reader.texts(wanted).items():
            words[passage] = self.analyzer.line(visible(text)).split(" ")

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
        least = math.inf  # sums of the same parts in another order can differ in their last digit
        for number, score in ranked:
            if number not in places or len(chosen) == limit:
                continue
            note = places[number][0]
            if shown.get(note, 0) < per_note:
                shown[note] = shown.get(note, 0) + 1
                chosen[number] = least = min(score, least)
        weights = {term: weight * self.idf(term) for term, weight in query.terms.items()}
        return [
            Hit(
                note=row.note,
                line=row.line + best_line(row, weights, self.analyzer),
                first_line=row.line,
                text=row.text,
                score=chosen[row.id],
                passage=row.id,
                span=Span(row.start, row.end),
                heading=row.heading,
                title=row.title,
            )
            for row in self.reader.passages(list(chosen))
        ]


def rerank(reranker: Reranker, query: str, hits: Sequence[Hit]) -> list[Hit]:
    """The first `RERANKED` hits in the reranker's order, with the scores of their new places."""
    first = hits[:RERANKED]
    scores = reranker.scores(query, [hit.text for hit in first])
    order = sorted(range(len(first)), key=lambda n: (-scores[n], n))
    moved = [replace(first[n], score=place.score) for n, place in zip(order, first, strict=True)]
    return moved + list(hits[RERANKED:])


def best_line(row: PassageRow, weights: Mapping[str, float], analyzer: Analyzer) -> int:
    """Which line of a passage, from 0, has most of the query; the first of equal ones."""
    best, most = 0, 0.0
    for number, line in enumerate(row.text.split("\n")):
        found = sum(weights[term] for term in weights.keys() & set(analyzer.terms(line)))
        if found > most:
            best, most = number, found
    return best
