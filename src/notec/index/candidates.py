"""Draws candidates from the full text: passages by their words, notes by their names."""

from __future__ import annotations

from typing import Any, NamedTuple

import tantivy

from notec.index.lexical import Lexical
from notec.index.query import Query
from notec.index.reading import Reader
from notec.index.values import Filters

_Q = tantivy.Query
_SHOULD, _MUST = tantivy.Occur.Should, tantivy.Occur.Must
_HEAD = 0.6  # of the weight of a term in the body
_NAMES = 0.5  # of the weight of a term in the title


class Candidates(NamedTuple):
    """Passages and notes with the scores of the full text, best first."""

    passages: list[tuple[int, float]]
    cards: list[tuple[int, float]]


def draw(lexical: Lexical, query: Query, restriction: Restriction, depth: int = 100) -> Candidates:
    """The best passages and notes for the words of a query."""
    schema = lexical.schema
    body = [
        (_SHOULD, _Q.boost_query(_Q.term_query(schema, field, term), weight * share))
        for term, weight in query.terms.items()
        for field, share in (("body", 1.0), ("head", _HEAD))
    ]
    body += [(_MUST if query.strict else _SHOULD, _phrase(schema, phrase)) for phrase in query.phrases]
    passages = lexical.top(restriction.of_passages(schema, body, query), depth) if body else []
    card = [
        (_SHOULD, _Q.boost_query(_Q.term_query(schema, field, term), weight * share))
        for term, weight in query.terms.items()
        for field, share in (("title", 1.0), ("names", _NAMES))
    ]
    cards = lexical.top(restriction.of_cards(schema, card), depth // 2, "card") if card else []
    return Candidates(passages, cards)


class Restriction:
    """What the filters of a query allow, as parts of a full-text query."""

    def __init__(self, filters: Filters, reader: Reader) -> None:
        self.notes = reader.selected(filters)
        self.flags = [f"lang:{filters.language}"] if filters.language else []
        self.flags += [f"role:{filters.role}"] if filters.role else []

    @property
    def nothing(self) -> bool:
        return self.notes is not None and not self.notes

    def narrow_to(self, notes: set[int]) -> None:
        self.notes = [n for n in self.notes if n in notes] if self.notes is not None else sorted(notes)

    def of_passages(self, schema: Any, parts: list[Any], query: Query) -> Any:
        del query
        must = [_Q.term_query(schema, "flags", flag) for flag in self.flags]
        if self.notes is not None:
            must.append(_Q.term_set_query(schema, "note", self.notes))
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
