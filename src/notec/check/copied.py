"""Values that stand among the very same words in two places: one text was copied, and one of the two is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Protocol

from notec.facts.stems import fold
from notec.facts.words import STOPWORDS

_TOKEN = re.compile(r"[^\W_]+")
_BEFORE, _AFTER = 6, 4  # words
_LEAST, _CONTENT = (
    7,
    4,
)  # words around a value, and those of content among them: fewer may be anybody's phrase


class _Placed(Protocol):
    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


def surroundings(text: str, values: Iterable[_Placed]) -> Iterator[tuple[int, str]]:
    """The start of each value that stands among words enough to know them again, with a digest of these words."""
    tokens = [(m.start(), m.end(), fold(m[0])) for m in _TOKEN.finditer(text)]
    if len(tokens) < _LEAST:
        return
    for v in values:
        before = [low for _, end, low in tokens if end <= v.start][-_BEFORE:]
        after = [low for start, _, low in tokens if start >= v.end][:_AFTER]
        around = before + after
        if len(around) >= _LEAST and sum(low not in STOPWORDS for low in around) >= _CONTENT:
            whole = f"{' '.join(before)}\0{' '.join(after)}"
            yield v.start, blake2b(whole.encode(), digest_size=8).hexdigest()
