"""Which words of a statement tell what a value is of, and which only stand beside it.

A statement falls into segments at commas, dashes, colons, brackets, cells and conjunctions. The words of the
value's own segment are about it; so is a label before it ("RAM: 96 GB", a first cell, a column's head). What
leads up to it may name the thing; what follows in segments of its own is a remark.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from notec.facts.tokens import fold_all
from notec.facts.values import Moment

_SIGN = re.compile(r"[\s:|;(),.!?](?:(?<=\s)[—–-]+\s|(?<=[|;()])|(?<=[:,.!?])(?=\s))")
_PLAIN_SIGNS = frozenset(";(),.!?")
"""Signs that make no label of what stands before them."""
_JOIN = re.compile(  # for folded text; most words are passed over by their first letter
    r"\b(?=[abistwаеиксчнпх])(?:according to|по словам|по данным|судя по|согласно"
    r"|по паспорту|по документам|по чеку"
    r"|and|but|while|so|because|which|who|that|if|when|as(?=\s(?:he|she|it|we|they|you|i)\s)|whereas"
    r"|although|и|а|но|что|чтобы|потому|если|когда|хотя"
    r"|котор\w{2,3})(?!\w)"
)


class Placed(Protocol):
    """Anything with a place."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


class Term(NamedTuple):
    """A word of content: folded, its place, its concepts and conditions; `loose` if it sets nothing apart."""

    low: str
    start: int
    end: int
    concepts: tuple[str, ...]
    loose: bool
    linked: bool
    marks: frozenset[str]


class Segment(NamedTuple):
    """`text[start:end]`; `label` when the sign behind it makes it a label of what follows."""

    start: int
    end: int
    label: bool


class Own(NamedTuple):
    """The terms of one value.

    Args:
        own: about it. label: a label of a whole clause. lead: what stands before, in segments of its own.
        near: the measured thing, beside it. under: what follows it and may limit it.
    """

    own: list[Term]
    label: list[Term]
    lead: list[Term]
    near: tuple[str, ...]
    under: list[Term]


def segments(text: str, values: Sequence[Placed]) -> list[Segment]:
    """The segments of a statement, in order; no value is cut."""
    cuts = [(*m.span(), m[0][0] not in _PLAIN_SIGNS) for m in _SIGN.finditer(text)]
    cuts += [(*m.span(), False) for m in _JOIN.finditer(fold_all(text))]
    out: list[Segment] = []
    start = 0
    for first, last, label in sorted(cuts):
        if not values or not any(v.start < last and first < v.end for v in values):
            out.append(Segment(start, first, label))
            start = last
    out.append(Segment(start, len(text), False))
    return out


def owned(
    text: str, parts: Sequence[Segment], terms: Sequence[Term], q: Placed, values: Sequence[Placed]
) -> Own:
    """What a value's own words are; `values` are all that the statement tells, `q` among them."""
    at = next(i for i, part in enumerate(parts) if q.start < part.end or i == len(parts) - 1)
    begin, end = parts[at].start, parts[at].end
    here = [t for t in terms if begin <= t.start < end]
    beside = [v for v in values if v is not q and begin <= v.start < end and not _opens(v, q, here)]
    mine = here
    if beside:
        first, last = min([q.start, *(v.start for v in beside)]), max([q.end, *(v.end for v in beside)])
        mine = [
            t
            for t in here
            if t.end <= first or t.start >= last or all(_far(text, t, q) <= _far(text, t, v) for v in beside)
        ]
    label: list[Term] = []
    lead: list[Term] = []
    for i in range(at - 1, -1, -1):
        begin, end, named = parts[i]
        full = any(begin <= v.start < max(end, begin + 1) for v in values)
        if full and not named:
            break
        (label if named else lead)[:0] = [t for t in terms if begin <= t.start < end]
        if full:
            break
    own = mine
    row = "|" in text
    if label:
        colon = text[parts[at].start :].lstrip()[:1]
        if len(mine) < 2 or row:
            own, label = [*label, *mine], []
        elif colon.isupper():
            label = []  # somebody speaks: "Anna: The water is off until 5"
    opened = at > 0 and text[parts[at - 1].end : parts[at].start].strip() == "("
    if opened:
        lead = [t for t in terms if parts[at - 1].start <= t.start < parts[at - 1].end]
    if lead and (opened or (len(own) < 2 and own == mine)):
        own, lead = [*lead, *own], []
    if not own:
        start = min(v.start for v in values)
        own = [t for t in terms if t.end <= start]
    after = [t for t in mine if t.start >= q.end]
    counted: list[Term] = []
    under: list[Term] = []
    for t in after:
        (counted if not counted and _far(text, t, q) <= 2 else under).append(t)
    ahead = [t for t in own if t.end <= q.start and _far(text, t, q) <= 12]
    near = [c for t in (counted or ahead[-3:]) for c in t.concepts]
    return Own(own, label, lead, tuple(dict.fromkeys(near)), under)


def _opens(v: Placed, q: Placed, terms: Sequence[Term]) -> bool:
    """Whether a date only opens a statement of something else: "In 2012 the furnace weighed 20 kg"."""
    return isinstance(v, Moment) and not isinstance(q, Moment) and all(t.start >= v.end for t in terms)


def _far(text: str, t: Placed, v: Placed) -> int:
    gap = text[t.end : v.start] if t.end <= v.start else text[v.end : t.start]
    return gap.count(" ")
