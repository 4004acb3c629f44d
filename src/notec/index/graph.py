"""A walk from what was found to what belongs to it: personalised PageRank over a small graph.

The graph is drawn around the first passages of the list, so that its size does not grow with the vault:
links from and to their notes, tags that few notes share, and names of notes that stand in their words
(most vaults have far more mentions than links). The walk starts at those passages' notes, by their scores,
and returns there (Haveliwala: "Topic-sensitive PageRank", WWW 2002). What it reaches is lifted in the list,
and what was not in the list comes in; the first passage stays the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from notec.index.mentions import Mentions
from notec.index.reading import Reader
from notec.index.weigh import Idf

SEEDS = 5  # notes that the walk starts from
WEIGHT = 1.0  # of the walk beside the list
_SHARP = 3  # power of the seeds' scores
_BACK = 0.5  # probability of going back to a seed
_STEPS = 3
_BASE = 0.1  # weight of an edge to a note that has nothing of the query; one to the best note has 1 more
_AMBIGUOUS = 5  # notes that one name may mean
_NEIGHBOURS = 60  # of one note, by links in each direction
_COMMON = 20  # notes with a tag that still says something

Edges = dict[int, dict[int, float]]


class Graph:
    """Draws edges between notes from the truth."""

    def __init__(self, reader: Reader, idf: Idf) -> None:
        self.reader, self.idf = reader, idf
        self.mentions = Mentions(reader.db)
        self._rare = idf("") or 1.0  # of a term that stands nowhere

    def edges(
        self,
        seeds: Sequence[int],
        words: Mapping[int, Sequence[str]],
        names: Mapping[int, Iterable[Sequence[str]]],
    ) -> Edges:
        """Edges around `seeds`, each weighed from 0 to 1 by how much it says.

        Args:
            words: the terms of the best passage of each note in the list.
            names: what the seeds are called.
        """
        out: Edges = {note: {} for note in seeds}
        lines = {note: f" {' '.join(terms)} " for note, terms in words.items()}

        def join(note: int, other: int, weight: float) -> None:
            if note != other:
                edges = out.setdefault(note, {})
                edges[other] = max(edges.get(other, 0.0), weight)

        for note, found in zip(seeds, self.mentions.of([words.get(n, ()) for n in seeds]), strict=True):
            for mention, meant in found.items():
                if len(meant) <= _AMBIGUOUS:
                    for other in meant:
                        join(note, other, self._says(mention) / len(meant))
            for name in names.get(note, ()):
                line = f" {' '.join(name)} "
                for other, whole in lines.items() if name else ():
                    if line in whole:
                        join(note, other, self._says(name))
            for other in self.reader.linked(note, _NEIGHBOURS):
                join(note, other, 1.0)
            for others in self.reader.tagged_like(note, _COMMON):
                for other in others:
                    join(note, other, 1.0 / len(others))
        return out

    def _says(self, name: Sequence[str]) -> float:
        return min(1.0, sum(map(self.idf, name)) / self._rare)


def walk(edges: Edges, scores: Mapping[int, float], seeds: Sequence[int]) -> dict[int, float]:
    """How often a walker from the seeds is at each note, as a share of the most visited one.

    Args:
        scores: of the notes in the list; the best has 1.
    """
    start = {note: scores[note] ** _SHARP for note in seeds}
    total = sum(start.values()) or 1.0
    start = {note: share / total for note, share in start.items()}
    chances = {
        note: {other: weight * (_BASE + scores.get(other, 0.0)) for other, weight in others.items()}
        for note, others in edges.items()
    }
    for note, others in list(chances.items()):  # the way back
        for other in others:
            if other not in edges:
                chances.setdefault(other, {})[note] = edges[note][other] * (_BASE + scores.get(note, 0.0))
    at = dict(start)
    for _ in range(_STEPS):
        then = {note: _BACK * share for note, share in start.items()}
        for note, share in at.items():
            others = chances.get(note, {})
            if not (out := sum(others.values())):
                continue
            for other, chance in others.items():
                then[other] = then.get(other, 0.0) + (1 - _BACK) * share * chance / out
        at = then
    most = max(at.values(), default=0.0) or 1.0
    return {note: share / most for note, share in at.items()}
