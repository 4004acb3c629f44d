"""From a query to hits: candidates, ranked, fused, and shown."""

from __future__ import annotations

from collections.abc import Sequence

from notec.core import Span
from notec.index.candidates import Restriction, draw
from notec.index.lexical import Lexical
from notec.index.query import Query
from notec.index.reading import Reader
from notec.index.values import Hit


def lexical_ranking(
    lexical: Lexical, reader: Reader, query: Query, depth: int = 100
) -> list[tuple[int, float]]:
    """Passages with their scores, best first: words of the passage plus names of its note."""
    restriction = Restriction(query.filters, reader)
    if restriction.nothing or not query.terms:
        return []
    found = draw(lexical, query, restriction, depth)
    cards = dict(found.cards)
    places = reader.places([p for p, _ in found.passages])
    scores = {p: score + cards.get(places[p][0], 0.0) for p, score in found.passages if p in places}
    seen = {places[p][0] for p in scores}
    for note, score in found.cards:
        if note not in seen and not restriction.flags and (own := reader.passages_of(note)):
            scores[own[0][0]] = score
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def hits(
    reader: Reader,
    ranked: Sequence[tuple[int, float]],
    limit: int,
    per_note: int,
) -> list[Hit]:
    """The first `limit` passages, at most `per_note` of one note, with their words."""
    places = reader.places([p for p, _ in ranked[: limit * 8 + 50]])
    shown: dict[int, int] = {}
    chosen: list[tuple[int, float]] = []
    for number, score in ranked:
        if number not in places:
            continue
        note = places[number][0]
        if shown.get(note, 0) < per_note:
            shown[note] = shown.get(note, 0) + 1
            chosen.append((number, score))
            if len(chosen) == limit:
                break
    scores = dict(chosen)
    return [
        Hit(
            note=row.note,
            line=row.line,
            text=row.text,
            score=scores[row.id],
            passage=row.id,
            span=Span(row.start, row.end),
            heading=row.heading,
            title=row.title,
        )
        for row in reader.passages([p for p, _ in chosen])
    ]
