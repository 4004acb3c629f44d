"""Values that stand among the very same words in two places: one was copied, and one of the two is wrong."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Protocol

from notec.check.said import NOTHING, Said
from notec.check.worth import is_counted, is_since
from notec.facts import Facts, Quantity
from notec.facts.tokens import fold_all
from notec.facts.values import Moment, Name
from notec.facts.words import STOPWORDS

_TOKEN = re.compile(r"[^\W_]+")
_WINDOWS = ((6, 2), (2, 6), (4, 4))  # words before a value and after it
MOST = 8  # values in one statement; where there are more, it is a list of measurements
NAMED = frozenset(("proper", "title"))
_CONTENT = 3  # words of content among them: fewer may be anybody's phrase


class _Placed(Protocol):
    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


def surroundings(text: str, values: Iterable[_Placed]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The start of each value that stands among enough words to know them again, with digests of them."""
    tokens = [(m.start(), m.end(), m[0]) for m in _TOKEN.finditer(fold_all(text))]
    if len(tokens) < min(map(sum, _WINDOWS)):
        return
    starts, ends = [t[0] for t in tokens], [t[1] for t in tokens]
    words = [t[2] for t in tokens]
    for v in values:
        left, right = bisect_right(ends, v.start), bisect_left(starts, v.end)
        found = []
        for ahead, behind in _WINDOWS:
            around = words[max(0, left - ahead) : left] + words[right : right + behind]
            if len(around) == ahead + behind and sum(low not in STOPWORDS for low in around) >= _CONTENT:
                found.append(blake2b(f"{ahead} {' '.join(around)}".encode(), digest_size=8).hexdigest())
        if found:
            yield v.start, tuple(found)


def stamp_of(text: str, facts: Facts) -> str:
    """The day from which a statement says that it holds."""
    for m in facts.moments:
        if m.year and is_since(text, m):
            return "-".join(f"{x:02}" for x in (m.year, m.month, m.day) if x)
    return ""


def number_of(q: Quantity) -> float:
    """A quantity as written, told apart from a range with the same beginning."""
    return q.low + (q.high - q.low) / 1e6


def copied(text: str, facts: Facts, values: Sequence[Quantity]) -> Iterator[Said]:
    """Values with the words around them, as a copy of the sentence would have them."""
    named = [n for n in facts.names if n.kind in NAMED]
    sure = [q for q in values if q.unit or is_counted(text, q)]
    told: list[Moment | Quantity | Name] = [*facts.moments, *sure, *(named if len(named) <= MOST else ())]
    around = dict(surroundings(text, told)) if told else {}
    if not around:
        return
    words = tuple(word for n in named for word in n.words)
    empty = NOTHING._replace(
        values=tuple((q.unit, q.low, q.high) for q in values), names=words, stamp=stamp_of(text, facts)
    )
    for v in told:
        if v.start not in around:
            continue
        said = empty._replace(text=text[v.start : v.end], around=around[v.start])
        if isinstance(v, Moment):
            if v.fields:
                days = tuple((str(tuple(m.fields.items())), 0.0, 0.0) for m in facts.moments)
                yield said._replace(kind="date", fields=tuple(v.fields.items()), values=days)
        elif isinstance(v, Quantity):
            low, high = v.to_base()
            yield said._replace(kind="quantity", number=number_of(v), unit=v.unit, low=low, high=high)
        else:
            yield said._replace(kind="name", near=v.words, names=tuple(w for w in words if w not in v.words))
