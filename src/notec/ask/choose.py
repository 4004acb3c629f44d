"""From a ranked list to a short answer: no repetition, nothing weak, statements of one note together."""

from __future__ import annotations

from collections.abc import Sequence

from notec.ask.rank import Candidate, Ranked

CLAIMS = 5  # as many as one reads without scrolling
_SAME = 0.85  # share of its words said before from which a statement is a repetition
_REPEAT = 3.0  # what saying nothing new costs, in units of the score
_WEAK = 4.0  # a statement this far behind the best is e**4 = 55 times less likely to answer
_LOOK = 60  # how deep the list is searched for something different


def choose(ranked: Sequence[Ranked], limit: int = CLAIMS, *, weak: float | None = _WEAK) -> list[Ranked]:
    """At most `limit` statements, best first, by maximal marginal relevance.

    A near-duplicate of a chosen one is never taken; likeness short of that costs score. The list ends
    early where what is left is `weak` behind the best; with None it does not.
    """
    chosen: list[Ranked] = []
    rest = list(ranked[: max(_LOOK, 4 * limit)])
    likeness = [0.0] * len(rest)
    while rest and len(chosen) < limit:
        worth = [item.score - _REPEAT * a for item, a in zip(rest, likeness, strict=True)]
        at = max(range(len(rest)), key=worth.__getitem__)
        if chosen and weak is not None and worth[at] < chosen[0].score - weak:
            break
        item = rest.pop(at)
        likeness.pop(at)
        chosen.append(item)
        likeness = [max(a, said(item.candidate, r.candidate)) for a, r in zip(likeness, rest, strict=True)]
        keep = [i for i, a in enumerate(likeness) if a < _SAME]
        rest, likeness = [rest[i] for i in keep], [likeness[i] for i in keep]
    return chosen


def said(a: Candidate, b: Candidate) -> float:
    """How much of `b` the statement `a` has said already: the share of its words, 0 to 1."""
    if a.statement == b.statement or a.text == b.text or not b.bag:
        return 1.0
    return len(a.bag & b.bag) / len(b.bag)


def arrange(chosen: Sequence[Ranked]) -> list[Ranked]:
    """Statements of one note side by side: the best first, the others in the note's order behind it."""
    groups: dict[str, list[Ranked]] = {}
    for item in chosen:
        groups.setdefault(item.candidate.note, []).append(item)
    out: list[Ranked] = []
    for group in groups.values():
        out.append(group[0])
        out += sorted(group[1:], key=lambda item: item.candidate.span.start)
    return out
