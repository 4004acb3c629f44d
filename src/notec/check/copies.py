"""Near-copies among the notes of a vault, found by the bands of their MinHash.

Each run of five words of a note is a number, of which each of 120 hash functions keeps the least. The share
of functions on which two notes agree estimates the share of runs that they have in common. Twenty bands of
six are the places where notes meet: copies meet nearly always, notes with half in common hardly ever.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from notec.check.where import Numbers

if TYPE_CHECKING:
    import numpy as np

_RUN = 5
_BANDS, _ROWS = 20, 6
_LEAST_WORDS = 25  # shorter notes are alike by chance
_COPY = 0.82  # share in common from which on it is a copy
_LONGER = 0.9  # the same where one title has more words: a copy, or a thing beside another
_SAME = 0.97  # the same where each title has a word of its own: pages of one template on two things
_WINDOW = 50  # notes of one band that others are compared with, the first by path
_WORD = re.compile(r"\w+")
_BYTES = 4 * _ROWS


class Sketch(NamedTuple):
    """The least numbers of a note, 4 bytes each (none where it is too short), and the words of its title."""

    least: bytes
    title: frozenset[str]


@lru_cache(1)
def _functions() -> np.ndarray:
    import numpy as np

    numbers = np.random.default_rng(5).integers(1, 1 << 32, _BANDS * _ROWS, np.uint32) | np.uint32(1)
    return numbers[:, None]


_numbers = Numbers()


def words_of(text: str) -> list[str]:
    """The words of a text, as they are compared."""
    return _WORD.findall(text.lower())


def least_of(text: str) -> bytes:
    """The least numbers of a text; empty for one that is too short to tell."""
    import numpy as np

    words = words_of(text)
    if len(words) < _LEAST_WORDS:
        return b""
    row = np.fromiter(map(_numbers.__getitem__, words), np.uint64, len(words))
    runs = np.zeros(len(row) - _RUN + 1, np.uint64)
    for at in range(_RUN):
        runs = runs * np.uint64(0x9E3779B97F4A7C15) + row[at : at + len(runs)]
    runs = (runs ^ (runs >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9) >> np.uint64(32)
    short = runs.astype(np.uint32)
    least = np.full(_BANDS * _ROWS, np.iinfo(np.uint32).max, np.uint32)
    for at in range(0, len(short), 1024):  # a note of 100 MB does not need 100 GB
        mixed = _functions() * short[at : at + 1024]
        np.minimum(least, mixed.min(axis=1), out=least)
    return least.astype("<u4").tobytes()


class Copies:
    """The sketches of a vault; after a change only the notes that meet a changed one are compared again."""

    def __init__(self) -> None:
        self.found: dict[str, tuple[str, float]] = {}  # note -> the first that it copies, how much
        self._sketches: dict[str, Sketch] = {}
        self._alone: dict[bytes, str] = {}  # number and part of a sketch -> the only note that has it
        self._bands: dict[bytes, list[str]] = {}  # those that more have, or had -> notes, by path
        self._touched: set[str] = set()

    def put(self, path: str, sketch: Sketch) -> None:
        """A note is new, or has changed."""
        if self._sketches.get(path) == sketch:
            return
        self.remove(path)
        if sketch.least:
            self._sketches[path] = sketch
            self._touched.add(path)
            for key in _keys(sketch.least):
                if key not in self._bands:
                    other = self._alone.setdefault(key, path)
                    if other == path:
                        continue
                    self._bands[key] = [self._alone.pop(key)]
                insort(self._bands[key], path)
                self._touch(self._bands[key], path)

    def remove(self, path: str) -> None:
        """A note is gone; nothing happens when it was not there."""
        sketch = self._sketches.pop(path, None)
        if sketch is None:
            return
        self.found.pop(path, None)
        for key in _keys(sketch.least):
            if self._alone.pop(key, None):
                continue
            band = self._bands[key]
            self._touch(band, path)
            band.remove(path)
            if not band:
                del self._bands[key]

    def _touch(self, band: Sequence[str], path: str) -> None:
        """Those that come after a note in a band may copy it, unless they copy an earlier one anyway."""
        at = bisect_left(band, path)
        if at < _WINDOW:
            self._touched.update(p for p in band[at + 1 :] if p not in self.found or self.found[p][0] >= path)

    def settle(self) -> None:
        """Compare what was touched."""
        for path in self._touched & self._sketches.keys():
            first = self._first(path)
            if first:
                self.found[path] = first
            else:
                self.found.pop(path, None)
        self._touched.clear()

    def _first(self, path: str) -> tuple[str, float] | None:
        import numpy as np

        own = self._sketches[path]
        met: set[str] = set()
        for key in _keys(own.least):
            band = self._bands.get(key, ())
            met.update(band[: min(_WINDOW, bisect_left(band, path))])
        if not met:
            return None
        others = sorted(met)
        least = np.frombuffer(b"".join(self._sketches[p].least for p in others), "<u4")
        shares = (least.reshape(len(others), -1) == np.frombuffer(own.least, "<u4")).mean(axis=1)
        for at in np.flatnonzero(shares >= _COPY):
            title = self._sketches[others[at]].title
            apart = bool(title - own.title) + bool(own.title - title)
            if shares[at] >= (_COPY, _LONGER, _SAME)[apart]:
                return others[at], float(shares[at])
        return None


def _keys(least: bytes) -> list[bytes]:
    return [bytes([n]) + least[n * _BYTES : (n + 1) * _BYTES] for n in range(_BANDS)]
