"""In which notes some terms may stand: hashes in one long array, looked through in a millisecond or two.

A posting list for each term would take a gigabyte of small objects for a question that is asked seldom: when
a note gets a new name. A hit by chance does no harm, since whoever asks reads the note.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_TERMS = 100  # more than so many are asked one by one for longer than all notes are read
_FEW = 500  # changed notes beside the array
_MOST_KEPT = 200_000  # words whose hashes are kept


class Numbers(dict[str, int]):
    """A hash for each word, made when it is first asked for."""

    def __missing__(self, word: str) -> int:
        if len(self) > _MOST_KEPT:
            self.clear()
        self[word] = number = zlib.crc32(word.encode("utf-8", "surrogatepass"))
        return number


class Where:
    """Give it the hashes of each note's terms, 4 bytes each."""

    def __init__(self) -> None:
        self._packed: dict[str, bytes] = {}
        self._changed: set[str] = set()
        self._paths: list[str] = []
        self._starts: np.ndarray
        self._hashes: np.ndarray

    def put(self, path: str, packed: bytes) -> None:
        """A note is new, or has changed."""
        self._packed[path] = packed
        self._changed.add(path)

    def remove(self, path: str) -> None:
        """A note is gone."""
        if self._packed.pop(path, None) is not None:
            self._changed.add(path)

    def holding(self, names: Collection[tuple[str, ...]]) -> set[str]:
        """The notes that may have all terms of one of the names."""
        import numpy as np

        if len(names) > _TERMS or not self._packed:
            return set(self._packed)
        if len(self._changed) > _FEW or not self._paths:
            self._rebuild()
        found: set[str] = set()
        changed = [(p, set(array("I", self._packed[p]))) for p in self._changed & self._packed.keys()]
        for name in names:
            hashes = {zlib.crc32(term.encode("utf-8", "surrogatepass")) for term in name}
            rows: np.ndarray | None = None
            for one in hashes:
                held = np.searchsorted(self._starts, np.flatnonzero(self._hashes == one), "right")
                rows = held if rows is None else np.intersect1d(rows, held, assume_unique=True)
            if rows is not None:
                found.update(path for row in rows if (path := self._paths[row - 1]) not in self._changed)
            found.update(path for path, own in changed if own >= hashes)
        return found

    def _rebuild(self) -> None:
        import numpy as np

        self._paths = list(self._packed)
        sizes = [len(self._packed[path]) // 4 for path in self._paths]
        self._starts = np.cumsum([0, *sizes[:-1]])
        self._hashes = np.frombuffer(b"".join(self._packed.values()), np.uint32)
        self._changed.clear()
