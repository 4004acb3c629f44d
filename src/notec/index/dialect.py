"""Which side of `[[a|b]]` is the target in a vault: Obsidian writes it first, Dendron last.

A few hundred notes are looked at, the same ones each time (those whose paths have the smallest digests),
and each piped link in them whose one side names a note, and the other does not, is a vote. Nothing is
read while those notes are as they were; and a verdict changes only for a clear majority, since all
notes are read again then.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from notec.core import digest
from notec.vault.read import read_bytes
from notec.vault.resolve import fold
from notec.vault.scan import FileEntry, reader_of

_NOTES = 300
_LONGEST = 1 << 18  # bytes of a note that is looked at
_PIPED = re.compile(rb"\[\[([^\[\]|\n]{1,200})\|([^\[\]|\n]{1,200})\]\]")
_MARKS = frozenset({"dendron.yml", "root.schema.yml"})  # files that a Dendron workspace has
_CLEAR = 2  # times as many votes


class Verdict(NamedTuple):
    """`dialect` as `notec.vault.read` takes it; `sample` changes when it has to be asked again."""

    dialect: str
    sample: str


def detect(root: Path, entries: Sequence[FileEntry], before: Verdict) -> Verdict:
    """The dialect of the vault at `root`; `before` is the verdict of the last time, or empty."""
    texts = [e for e in entries if reader_of(e.path) == "markdown" and e.size <= _LONGEST]
    sample = heapq.nsmallest(_NOTES, texts, key=lambda e: digest(e.path))
    key = digest(repr([(e.path, e.size, e.mtime_ns) for e in sample]))
    if key == before.sample:
        return before
    first, last = _votes(root, sample, entries)
    marked = any(e.path.rpartition("/")[2] in _MARKS for e in entries)
    if last > _CLEAR * first and (last > 1 or marked):
        return Verdict("dendron", key)
    if first > _CLEAR * last:
        return Verdict("obsidian", key)
    return Verdict(before.dialect or "obsidian", key)


def _votes(root: Path, sample: Iterable[FileEntry], entries: Iterable[FileEntry]) -> tuple[int, int]:
    """How many piped links name a note on their first side only, and on their last side only."""
    names: set[str] | None = None
    first = last = 0
    for entry in sample:
        data = read_bytes(root, entry.path, max_bytes=_LONGEST).value or b""
        for a, b in _PIPED.findall(data):
            if names is None:
                names = {_stem(e.path) for e in entries if e.kind == "note"}
            one, other = (_stem(_target(side)) in names for side in (a, b))
            first += one and not other
            last += other and not one
    return first, last


def _target(side: bytes) -> str:
    return side.decode("utf-8", "replace").partition("#")[0].strip().removesuffix("\\")


def _stem(path: str) -> str:
    name = fold(path).rpartition("/")[2]
    return name.removesuffix(".md")
