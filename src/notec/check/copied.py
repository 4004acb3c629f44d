"""Values that stand among the very same words in two places: one was copied, and one of the two is wrong."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Protocol

from notec.facts.tokens import fold_all
from notec.facts.words import STOPWORDS

_TOKEN = re.compile(r"[^\W_]+")
_WINDOWS = ((6, 2), (2, 6), (4, 4))  # words before a value and after it
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
