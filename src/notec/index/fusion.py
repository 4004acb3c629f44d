"""Reciprocal rank fusion: several ranked lists into one, by ranks alone.

Scores of different origin cannot be compared; ranks can. Each list gives `weight / (K + rank)` to what it
holds (Cormack, Clarke, Büttcher: "Reciprocal rank fusion outperforms Condorcet", SIGIR 2009).
"""

from __future__ import annotations

from collections.abc import Sequence

K = 60
DENSE = 0.5  # weight of the list of vectors beside that of words; measured by bench/dense.py


def fuse(lists: Sequence[Sequence[int]], weights: Sequence[float] | None = None) -> list[tuple[int, float]]:
    """The passages of all lists with the sums of what each gives, best first; of equal ones the lower id."""
    scores: dict[int, float] = {}
    for ids, weight in zip(lists, weights or [1.0] * len(lists), strict=True):
        for rank, passage in enumerate(dict.fromkeys(ids), 1):
            scores[passage] = scores.get(passage, 0.0) + weight / (K + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
