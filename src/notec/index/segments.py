"""The files of a vector store: a manifest, and segments of rows that only ever grow.

Must be read with `vectors`, which says why it is so.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from notec.core import NotecError
from notec.index.quantised import HEAD, Block, Floats, Rows
from notec.vault.write import write_atomically

Form = Literal["int8", "float32"]
Keys = NDArray[np.void]

MANIFEST = "store.json"
_FORMAT = 1
_SEGMENT_ROWS = 1 << 16
_KEY = np.dtype([("high", "<u8"), ("low", "<u8")])


class DamagedStoreError(Exception):
    """The manifest cannot be read. Nothing in a store is the only copy: remove it and embed again."""


@dataclass(frozen=True)
class Manifest:
    """What counts: `segments` as (name, rows), and the file of rows that are dead."""

    fingerprint: str
    dimension: int
    form: Form
    generation: int = 0
    segments: tuple[tuple[str, int], ...] = ()
    dead: str = ""

    def data(self) -> bytes:
        return json.dumps({"format": _FORMAT, **self.__dict__}, indent=1).encode()

    @classmethod
    def read(cls, file: Path) -> Manifest:
        try:
            found: dict[str, Any] = json.loads(file.read_bytes())
            if found.pop("format") != _FORMAT or found["form"] not in ("int8", "float32"):
                raise DamagedStoreError(f"{file} has an unknown format")
            found["segments"] = tuple((str(name), int(rows)) for name, rows in found["segments"])
            return cls(**found)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedStoreError(f"{file} cannot be read: {error}") from error


class View(NamedTuple):
    """One state of the store, mapped; searches keep the view they began with."""

    manifest: Manifest
    stamp: tuple[int, int]
    blocks: tuple[Block, ...]
    keys: Keys
    live: NDArray[np.bool_] | None  # None: all


def packed(keys: Sequence[bytes]) -> Keys:
    """Keys of 16 bytes as (n,) of two 64-bit numbers."""
    return np.frombuffer(b"".join(keys), _KEY)


def match(keys: Keys, among: Keys) -> Rows:
    """Where each of `keys` stands in `among`, or -1: (len(keys),)."""
    if not len(among):
        return np.full(len(keys), -1, np.int64)
    order = np.argsort(among["low"], kind="stable")
    place = np.searchsorted(among["low"], keys["low"], sorter=order)
    found = order[np.minimum(place, len(among) - 1)]
    return np.where(among[found] == keys, found, -1)


def stamp_of(folder: Path) -> tuple[int, int]:
    found = (folder / MANIFEST).stat()
    return found.st_mtime_ns, found.st_ino


def load(folder: Path) -> View:
    """The store as its manifest says it is now; tries again where a compaction came between."""
    for _ in range(20):
        stamp = stamp_of(folder)
        manifest = Manifest.read(folder / MANIFEST)
        try:
            return _map(folder, manifest, stamp)
        except FileNotFoundError:
            if stamp_of(folder) == stamp:
                break
    raise DamagedStoreError(f"files of {folder} are missing")


def _map(folder: Path, manifest: Manifest, stamp: tuple[int, int]) -> View:
    blocks, segments = [], []
    d = manifest.dimension
    for name, rows in manifest.segments:
        sizes = {"full": 4 * d, "head": HEAD.itemsize} | ({"small": d} if manifest.form == "int8" else {})
        there = min(
            [rows] + [(folder / f"{name}.{kind}").stat().st_size // size for kind, size in sizes.items()]
        )
        if there < rows and there == 0:
            continue  # a disk that lost what it had promised: the rest serves, the lost is embedded again
        full = np.memmap(folder / f"{name}.full", np.float32, "r", shape=(there, d))
        small = (
            np.memmap(folder / f"{name}.small", np.int8, "r", shape=(there, d)) if "small" in sizes else None
        )
        blocks.append(Block(full, small, np.fromfile(folder / f"{name}.head", HEAD, count=there)))
        segments.append((name, there))
    keys = np.concatenate([np.empty(0, _KEY), *(b.head[["high", "low"]].astype(_KEY) for b in blocks)])
    if segments != list(manifest.segments):
        manifest = replace(manifest, dead="")  # row numbers have moved; whoever keeps, buries again
    live = None
    if manifest.dead:
        live = np.ones(len(keys), np.bool_)
        dead = np.fromfile(folder / manifest.dead, "<i8")
        live[dead[dead < len(keys)]] = False
    return View(replace(manifest, segments=tuple(segments)), stamp, tuple(blocks), keys, live)


def bury(folder: Path, manifest: Manifest, live: NDArray[np.bool_]) -> Manifest:
    """A new list of the dead; the manifest that names it."""
    generation = manifest.generation + 1
    dead = np.flatnonzero(~live).astype("<i8")
    name = f"{generation:08d}.dead" if len(dead) else ""
    if name:
        write_atomically(folder / name, dead.tobytes())
    return replace(manifest, generation=generation, dead=name)


def append(
    folder: Path, manifest: Manifest, full: Floats, codes: NDArray[np.int8], head: NDArray[np.void]
) -> Manifest:
    """Rows after the last ones that count, on the disk; the manifest that names them."""
    generation = manifest.generation + 1
    segments = list(manifest.segments)
    if not segments or segments[-1][1] >= _SEGMENT_ROWS:
        segments.append((f"{generation:08d}", 0))
    name, before = segments[-1]
    parts: dict[str, NDArray[Any]] = {"full": full, "head": head}
    if manifest.form == "int8":
        parts["small"] = codes
    try:
        for kind, part in parts.items():
            with open(os.open(folder / f"{name}.{kind}", os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
                file.truncate(before * part.itemsize * (part.size // len(part)))
                file.seek(0, os.SEEK_END)
                file.write(np.ascontiguousarray(part).tobytes())
                file.flush()
                os.fsync(file.fileno())
    except OSError as error:
        raise NotecError(
            f"vectors cannot be written to {folder}: {error.strerror}",
            "free some space or make it writable; what was embedded is kept, the rest follows next time",
        ) from error
    segments[-1] = (name, before + len(head))
    return replace(manifest, generation=generation, segments=tuple(segments))
