"""Finds which detailed requirements refine which general ones, without a model.

Three signs, each from the texts themselves: words in common, the rarer the heavier (stems and the pieces of
identifiers); words that go together in this set of texts, by its singular vectors; and the order, where both
documents tell of the same things in the same order. A pair is a link where it is near to the best of both.

Must not know: where requirements come from.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from notec.facts.words import Analyzer, stop_terms

_TOGETHER = 0.5  # weight of words that go together, beside that of words in common
_ORDER = 0.5  # weight of the order, beside a usual best pair
_OF_GENERAL, _OF_DETAIL = 0.5, 0.7  # of the best score; a detail refines few, a general one has many details
_NEAR = 3.0  # places within which anchors say where an item has its counterpart
_FEWEST = 5  # anchors that can tell an order
_MOST = 2_000  # texts whose singular vectors are computed


class Item(NamedTuple):
    """A requirement of a document; a document's items stand in its order."""

    document: str
    id: str
    text: str


class Link(NamedTuple):
    """A detailed requirement that refines a general one; `score` compares within one call."""

    general: str
    detail: str
    score: float


def recover(general: Sequence[Item], details: Sequence[Item]) -> tuple[Link, ...]:
    """The links, in the order of the general requirements."""
    if not general or not details:
        return ()
    words, together = _likeness(general, details)
    scores = words + _TOGETHER * together
    scores += _ORDER * scores.max(axis=1).mean() * _order(words, general, details)
    best_of_general, best_of_detail = scores.max(axis=1, keepdims=True), scores.max(axis=0, keepdims=True)
    near = (scores >= _OF_GENERAL * best_of_general) & (scores >= _OF_DETAIL * best_of_detail) & (scores > 0)
    return tuple(
        Link(general[row].id, details[column].id, float(scores[row, column]))
        for row, column in zip(*near.nonzero(), strict=True)
    )


def _likeness(general: Sequence[Item], details: Sequence[Item]) -> tuple[Any, Any]:
    """Cosines of each pair: of their words, and of what their words mean in this set of texts."""
    import numpy as np

    analyser, stop = Analyzer(), stop_terms()
    counted = [
        Counter(t for t in analyser.terms(item.text) if t not in stop and len(t) > 1)
        for item in (*general, *details)
    ]
    spread = Counter(term for terms in counted for term in terms)
    columns = {term: i for i, term in enumerate(sorted(spread))}
    matrix = np.zeros((len(counted), max(len(columns), 1)))
    for row, terms in enumerate(counted):
        for term, count in terms.items():
            weight = math.log((len(counted) + 1) / spread[term])
            matrix[row, columns[term]] = (1 + math.log(count)) * weight
    matrix = _unit(matrix)
    half = len(general)
    words = matrix[:half] @ matrix[half:].T
    if len(counted) > _MOST:
        return words, np.zeros_like(words)
    left, values, _ = np.linalg.svd(matrix, full_matrices=False)
    kept = int(1.5 * math.sqrt(len(counted))) + 1
    meant = _unit(left[:, :kept] * values[:kept])
    return words, np.maximum(meant[:half] @ meant[half:].T, 0)


def _unit(matrix: Any) -> Any:
    import numpy as np

    return matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)


def _order(scores: Any, general: Sequence[Item], details: Sequence[Item]) -> Any:
    """How well each pair fits to the order of the two documents, 0 to 1; nothing where they have none."""
    import numpy as np

    out = np.zeros_like(scores)
    for rows in _documents(general):
        for columns in _documents(details):
            part = scores[np.ix_(rows, columns)]
            likest, back = part.argmax(axis=1), part.argmax(axis=0)
            anchors = [
                (row, int(column))
                for row, column in enumerate(likest)
                if back[column] == row and part[row, column] > 0
            ]
            agree = _agreement(anchors)
            if len(anchors) < _FEWEST or agree <= 0:
                continue
            weights = [float(part[row, column]) for row, column in anchors]
            missed = [
                abs(column - _expected(row, anchors, weights, leave=i))
                for i, (row, column) in enumerate(anchors)
            ]
            reach = max(1.0, 1.5 * float(np.median(missed)))
            for row, place in enumerate(rows):
                expected = _expected(row, anchors, weights)
                fit = agree * np.exp(-np.abs(np.arange(len(columns)) - expected) / reach)
                out[place, columns] = np.maximum(out[place, columns], fit)
    return out


def _documents(items: Sequence[Item]) -> list[list[int]]:
    """The places of the items of each document."""
    found: dict[str, list[int]] = {}
    for place, item in enumerate(items):
        found.setdefault(item.document, []).append(place)
    return list(found.values())


def _agreement(anchors: Sequence[tuple[int, int]]) -> float:
    """Kendall's tau: 1 where all pairs stand in the same order, about 0 where there is no order."""
    signs = [
        ((a - c) * (b - d) > 0) - ((a - c) * (b - d) < 0)
        for i, (a, b) in enumerate(anchors)
        for c, d in anchors[i + 1 :]
    ]
    return sum(signs) / len(signs) if signs else 0.0


def _expected(
    row: int, anchors: Sequence[tuple[int, int]], weights: Sequence[float], leave: int = -1
) -> float:
    """Where the counterpart of an item is to be looked for: the middle of the anchors around it."""
    near = sorted(
        (column, weight * math.exp(-(((at - row) / _NEAR) ** 2) / 2))
        for i, ((at, column), weight) in enumerate(zip(anchors, weights, strict=True))
        if i != leave
    )
    half = sum(weight for _, weight in near) / 2
    for column, weight in near:
        half -= weight
        if half <= 0:
            return column
    return near[-1][0]
