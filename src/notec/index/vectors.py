"""Vectors in a folder: added a batch at a time, never lost, searched exactly, with nothing to build.

A store is a few files of rows and a manifest, `store.json`, that names them and says how many rows
count. Rows are written first, brought to the disk, and then the manifest is replaced in one step: what it
does not name does not exist, so a torn tail is overwritten by the next batch and a crash loses at most
the batch that was being written. Readers map the files and never wait; the manifest tells them when
something is new. A vector stands under the digest of the text that it is the vector of, which is why the
same text is never embedded twice, wherever it moves.

One writer at a time: whoever writes holds the index's lock.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from notec.index.quantised import HEAD, Floats, Rows, best, shrink, unit
from notec.index.segments import (
    MANIFEST,
    DamagedStoreError,
    Form,
    Keys,
    Manifest,
    append,
    bury,
    load,
    match,
    packed,
    stamp_of,
)
from notec.vault.write import write_atomically

__all__ = ["DamagedStoreError", "Form", "Keys", "VectorStore", "match", "packed"]

_COPY_ROWS = 1 << 12  # rows that a compaction holds in memory


class VectorStore:
    """The vectors of one model. Searching is safe from several threads.

    Args:
        folder: made by `create`.

    Raises:
        FileNotFoundError: there is no store.
        DamagedStoreError: its manifest cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._view = load(folder)
        self._rows: dict[bytes, int] | None = None  # writer's: key to row, dead ones too

    @classmethod
    def create(cls, folder: Path, fingerprint: str, dimension: int, form: Form = "int8") -> VectorStore:
        """An empty store in `folder`; what lay there is removed."""
        if dimension < 1:
            raise ValueError("a vector has at least one number")
        shutil.rmtree(folder, ignore_errors=True)
        write_atomically(folder / MANIFEST, Manifest(fingerprint, dimension, form).data())
        return cls(folder)

    @property
    def fingerprint(self) -> str:
        """Names the model and whatever else could change a vector."""
        return self._view.manifest.fingerprint

    @property
    def dimension(self) -> int:
        return self._view.manifest.dimension

    @property
    def generation(self) -> int:
        """Grows with every change."""
        return self._view.manifest.generation

    def __len__(self) -> int:
        """Vectors that can be found."""
        view = self._view
        return len(view.keys) if view.live is None else int(np.count_nonzero(view.live))

    @property
    def rows(self) -> int:
        """Vectors that lie there, dead ones too."""
        return len(self._view.keys)

    def refresh(self) -> bool:
        """See what a writer in another process did; whether there was anything."""
        if stamp_of(self.folder) == self._view.stamp:
            return False
        self._view = load(self.folder)
        self._rows = None
        return True

    def keys(self) -> Keys:
        """The key of each row, dead ones too: (rows,) of `high` and `low`, see `packed`."""
        return self._view.keys

    def search(
        self, query: Floats, limit: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[Rows, Floats]:
        """The `limit` rows most like `query`, best first, and their cosines.

        Exact in both forms. `allowed` is a mask over the rows; where it is shorter than they are by now, the
        new ones are not allowed.
        """
        view = self._view
        mask = view.live
        if allowed is not None:
            wide = np.zeros(len(view.keys), np.bool_)
            wide[: len(allowed)] = allowed[: len(wide)]
            mask = wide if mask is None else wide & mask
        return best(view.blocks, unit(query.reshape(1, -1))[0], limit, mask)

    def vectors(self, rows: Rows) -> Floats:
        """(len(rows), dimension), at length 1, in the order asked for."""
        out = np.empty((len(rows), self.dimension), np.float32)
        first = 0
        for block in self._view.blocks:
            here = (rows >= first) & (rows < first + len(block.head))
            out[here] = block.full[rows[here] - first]
            first += len(block.head)
        return out

    def missing(self, keys: Iterable[bytes]) -> list[bytes]:
        """Those that have no vector, dead or alive, each once, in their order."""
        known = self._known()
        return [key for key in dict.fromkeys(keys) if key not in known]

    def add(self, keys: Sequence[bytes], vectors: Floats) -> None:
        """Store the vectors of keys that have none; the dead come back to life.

        Everything is on the disk when this returns.

        Args:
            keys: 16 bytes each.
            vectors: (len(keys), dimension); stored at length 1.

        Raises:
            NotecError: the disk is full or cannot be written; what was there before is intact.
        """
        if vectors.shape != (len(keys), self.dimension):
            raise ValueError(f"{vectors.shape} vectors for {len(keys)} keys of {self.dimension} numbers")
        known = self._known()
        before, live = self._view.manifest, self._mask()
        manifest = before
        live[[known[k] for k in keys if k in known]] = True
        fresh = list({k: n for n, k in enumerate(keys) if k not in known}.values())
        if fresh:
            new = unit(vectors[fresh])
            head = np.zeros(len(fresh), HEAD)
            packing = packed([keys[n] for n in fresh])
            head["high"], head["low"] = packing["high"], packing["low"]
            codes, head["scale"], head["error"] = shrink(new)
            manifest = append(self.folder, manifest, new, codes, head)
        if not np.array_equal(live, self._mask()):
            manifest = bury(self.folder, manifest, live)
        if manifest is not before:
            self._commit(manifest)
            for n in fresh:
                known[keys[n]] = len(known)

    def keep(self, keys: Keys) -> None:
        """Let just these be found. Others are dead, not gone: they come back without being embedded."""
        live = np.zeros(self.rows, np.bool_)
        found = match(keys, self._view.keys)
        live[found[found >= 0]] = True
        self._settle(live)

    def delete(self, keys: Sequence[bytes]) -> None:
        """Let these not be found any more."""
        live = self._mask()
        found = match(packed(keys), self._view.keys)
        live[found[found >= 0]] = False
        self._settle(live)

    def compact(self, waste: float = 0.25) -> bool:
        """Leave the dead behind where they are more than this part of all rows; whether it did.

        Rows get new numbers.
        """
        view, mask = self._view, self._mask()
        if self.rows - len(self) <= waste * self.rows:
            return False
        manifest = replace(view.manifest, segments=(), dead="")
        first = 0
        for block in view.blocks:
            rows = np.flatnonzero(mask[first : first + len(block.head)])
            for start in range(0, len(rows), _COPY_ROWS):
                some = rows[start : start + _COPY_ROWS]
                codes = block.small[some] if block.small is not None else np.empty((0, 0), np.int8)
                manifest = append(self.folder, manifest, block.full[some], codes, block.head[some])
            first += len(block.head)
        self._rows = None
        self._commit(replace(manifest, generation=manifest.generation + 1))
        return True

    def tidy(self) -> None:
        """Remove files that the manifest does not name: of a crash, or that a reader still held."""
        manifest = self._view.manifest
        named = {MANIFEST, manifest.dead} | {name for name, _ in manifest.segments}
        for file in self.folder.iterdir():
            if file.name not in named and file.stem not in named:
                with suppress(OSError):
                    file.unlink()

    def _mask(self) -> NDArray[np.bool_]:
        """(rows,) which can be found; the caller's own copy."""
        live = self._view.live
        return np.ones(self.rows, np.bool_) if live is None else live.copy()

    def _settle(self, live: NDArray[np.bool_]) -> None:
        if not np.array_equal(live, self._mask()):
            self._commit(bury(self.folder, self._view.manifest, live))

    def _known(self) -> dict[bytes, int]:
        if self._rows is None:
            raw = self._view.keys.tobytes()
            self._rows = {raw[16 * n : 16 * n + 16]: n for n in range(len(self._view.keys))}
        return self._rows

    def _commit(self, manifest: Manifest) -> None:
        before = self._view.manifest
        write_atomically(self.folder / MANIFEST, manifest.data())
        self._view = load(self.folder)
        if before.dead != manifest.dead or before.segments[:1] != manifest.segments[:1]:
            self.tidy()
