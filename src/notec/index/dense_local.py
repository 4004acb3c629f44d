"""The vectors of one model in a folder of the home: an exact search over a memory-mapped matrix."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from notec.core import NotecError
from notec.index.dense_table import Allowed, Table
from notec.index.quantised import Floats
from notec.index.vectors import DamagedStoreError, VectorStore, match, packed


class LocalVectors:
    """A `VectorStore` seen through passages.

    Args:
        write: make the folder where it is missing, and anew where it is damaged; it is never the only copy.

    Raises:
        NotecError: it is missing or damaged, and this is a reader.
    """

    def __init__(self, folder: Path, fingerprint: str, dimension: int, *, write: bool) -> None:
        self.folder = folder
        try:
            self.store = VectorStore(folder)
            whole = (self.store.fingerprint, self.store.dimension) == (fingerprint, dimension)
        except (FileNotFoundError, DamagedStoreError):
            whole = False
        if not whole and not write:
            raise NotecError(f"the vectors in {folder} are damaged", "run `notec index`: they are made again")
        if not whole:
            self.store = VectorStore.create(folder, fingerprint, dimension)
        self._seen: tuple[Table | None, int] = (None, -1)
        self._row_of = np.empty(0, np.int64)  # of each passage of the table, -1 for none
        self._order = np.empty(0, np.int64)  # passages by their row

    def __len__(self) -> int:
        return len(self.store)

    def missing(self, keys: Sequence[bytes]) -> list[bytes]:
        return self.store.missing(keys)

    def add(self, keys: Sequence[bytes], vectors: Floats, texts: Sequence[str], table: Table) -> None:
        self.store.add(keys, vectors)

    def settle(self, table: Table, before: Table | None) -> None:
        self.store.keep(table.keys)
        self.store.compact()
        self.store.tidy()

    def search(
        self, vector: Floats, query: str, limit: int, table: Table, allowed: Allowed
    ) -> list[tuple[int, float]]:
        self._look(table)
        passages = None
        rows: NDArray[np.bool_] | None = None
        if not allowed.everything:
            passages = table.mask(allowed) & (self._row_of >= 0)
            rows = np.zeros(self.store.rows, np.bool_)
            rows[self._row_of[passages]] = True
        found, scores = self.store.search(vector, limit, rows)
        sorted_rows = self._row_of[self._order]
        first, last = np.searchsorted(sorted_rows, found), np.searchsorted(sorted_rows, found, "right")
        out: list[tuple[int, float]] = []
        for start, end, score in zip(first, last, scores, strict=True):
            for n in self._order[start:end]:  # passages of the same words, in the order of their ids
                if passages is None or passages[n]:
                    out.append((int(table.rows["id"][n]), float(score)))
        return out[:limit]

    def of(self, keys: Sequence[bytes]) -> Floats:
        rows = match(packed(keys), self.store.keys())
        if (rows < 0).any():
            raise NotecError(
                f"vectors are missing in {self.folder}", "run `notec index`: they are made again"
            )
        return self.store.vectors(rows)

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def close(self) -> None:
        self._seen = (None, -1)

    def _look(self, table: Table) -> None:
        """See what another process wrote, and where the passages of the table lie now."""
        self.store.refresh()
        if self._seen[0] is not table or self._seen[1] != self.store.generation:
            self._row_of = match(table.keys, self.store.keys())
            self._order = np.argsort(self._row_of, kind="stable")
            self._seen = (table, self.store.generation)
