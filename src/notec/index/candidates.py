"""Draws candidates from the full text: passages by their words, notes by their names.

A passage is drawn by BM25 of its words, of the headings above it (`_HEAD`) and of each pair of words that
stand beside one another in the query and in the passage (`_PAIR`). `notec.index.weigh` weighs it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tantivy

from notec.index.lexical import Lexical
from notec.index.query import Query
from notec.index.reading import Reader

_Q = tantivy.Query
_SHOULD, _MUST = tantivy.Occur.Should, tantivy.Occur.Must
_HEAD = 0.3  # of the weight of a term in the body
_PAIR = 0.2
_NAMES = 0.5  # of the weight of a term in the title
_CARDS = 10  # notes whose passages are looked at for their names
_TITLES = 20_000  # notes that `title:word` can mean
_MOST_PAIRS = 40  # of a long query

Scored = list[tuple[int, float]]


def draw(lexical: Lexical, query: Query, restriction: Restriction, depth: int) -> Scored:
    """The best passages for the words of a query, and those of the notes whose names have its words."""
    if restriction.nothing:
        return []
    if not query.terms:
        every = [(_MUST, _Q.const_score_query(_Q.all_query(), 1.0))]
        narrow = restriction.notes is not None or restriction.flags
        return lexical.top(restriction.of_passages(lexical.schema, every), depth) if narrow else []
    drawn = restriction.of_passages(lexical.schema, _body(lexical.schema, query))
    scores = dict(lexical.top(drawn, depth))
    if notes := [note for note, _ in named(lexical, query, restriction)]:
        scores |= dict(draw_from(lexical, query, restriction, notes, _CARDS))
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def draw_from(
    lexical: Lexical, query: Query, restriction: Restriction, notes: list[int], depth: int
) -> Scored:
    """The best passages of some notes."""
    body = _body(lexical.schema, query)
    return lexical.top(restriction.of_passages(lexical.schema, body, notes), depth) if body else []


def named(lexical: Lexical, query: Query, restriction: Restriction) -> Scored:
    """Notes by the words of their names, best first."""
    schema = lexical.schema
    parts = [
        (_SHOULD, _Q.boost_query(_Q.term_query(schema, field, term), weight * share))
        for term, weight in query.terms.items()
        for field, share in (("title", 1.0), ("names", _NAMES))
    ]
    return lexical.top(restriction.of_cards(schema, parts), _CARDS, "card")


def _body(schema: Any, query: Query) -> list[Any]:
    parts = [
        (_SHOULD, _Q.boost_query(_Q.term_query(schema, field, term), weight * share))
        for term, weight in query.terms.items()
        for field, share in (("body", 1.0), ("head", _HEAD))
    ]
    parts += [
        (_SHOULD, _Q.boost_query(_Q.phrase_query(schema, "body", list(pair)), _PAIR))
        for pair in query.pairs[:_MOST_PAIRS]
    ]
    parts += [(_MUST if query.strict else _SHOULD, _phrase(schema, phrase)) for phrase in query.phrases]
    return parts


class Restriction:
    """What the filters of a query allow, as parts of a full-text query."""

    def __init__(self, query: Query, lexical: Lexical, reader: Reader) -> None:
        filters = query.filters
        self.notes = reader.selected(filters)
        self.flags = [f"lang:{filters.language}"] if filters.language else []
        self.flags += [f"role:{filters.role}"] if filters.role else []
        if query.title:
            schema = lexical.schema
            parts = [(_MUST, _Q.term_query(schema, "title", term)) for term in dict.fromkeys(query.title)]
            self.notes = sorted(
                note for note, _ in lexical.top(self.of_cards(schema, parts), _TITLES, "card")
            )

    def allowed(self, lexical: Lexical, passages: Sequence[int]) -> list[int]:
        """Those of the passages that may be shown, in their order."""
        if not passages or (self.notes is None and not self.flags):
            return list(passages)
        schema = lexical.schema
        asked = _Q.const_score_query(_Q.term_set_query(schema, "passage", list(passages)), 1.0)
        found = {p for p, _ in lexical.top(self.of_passages(schema, [(_MUST, asked)]), len(passages))}
        return [p for p in passages if p in found]

    @property
    def nothing(self) -> bool:
        return self.notes is not None and not self.notes

    def of_passages(self, schema: Any, parts: list[Any], notes: list[int] | None = None) -> Any:
        """`parts`, in allowed passages, and where they are given only in those of `notes`."""
        must = [_Q.term_query(schema, "flags", flag) for flag in self.flags]
        must += [
            _Q.term_set_query(schema, "note", allowed)
            for allowed in (self.notes, notes)
            if allowed is not None
        ]
        if not must:
            return _Q.boolean_query(parts)
        silent = [(_MUST, _Q.const_score_query(q, 0.0)) for q in must]
        return _Q.boolean_query([(_MUST, _Q.boolean_query(parts)), *silent])

    def of_cards(self, schema: Any, parts: list[Any]) -> Any:
        if self.notes is None:
            return _Q.boolean_query(parts)
        allowed = _Q.const_score_query(_Q.term_set_query(schema, "card", self.notes), 0.0)
        return _Q.boolean_query([(_MUST, _Q.boolean_query(parts)), (_MUST, allowed)])


def _phrase(schema: Any, terms: tuple[str, ...]) -> Any:
    if len(terms) == 1:
        return _Q.term_query(schema, "body", terms[0])
    return _Q.phrase_query(schema, "body", list(terms))
