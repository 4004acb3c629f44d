"""Which passages there are, under which key the vector of each stands, and what of them is embedded.

A key is the digest of the embedded text. The text is the headings above the passage and its words, and
nothing that a rename or a move could change, so that neither embeds anything again; passages with the same
words share one vector.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from notec.index.extract import property_texts, visible
from notec.index.quantised import Floats
from notec.index.reading import Reader
from notec.index.segments import Keys
from notec.index.values import PassageRow
from notec.vault.write import write_atomically

_ROW = np.dtype(
    [("id", "<i8"), ("note", "<i8"), ("language", "S8"), ("role", "S12"), ("high", "<u8"), ("low", "<u8")]
)
_READ = 256  # passages whose texts are in memory at once


class Allowed(NamedTuple):
    """What may be found: numbers of notes (None: all), language of the note, role of a chat turn."""

    notes: Collection[int] | None = None
    language: str = ""
    role: str = ""

    @property
    def everything(self) -> bool:
        return self.notes is None and not self.language and not self.role


class Vectors(Protocol):
    """Where the vectors of one model lie."""

    def __len__(self) -> int:
        """How many can be found."""

    def missing(self, keys: Sequence[bytes]) -> list[bytes]:
        """Those of `keys` that have no vector, each once."""

    def add(self, keys: Sequence[bytes], vectors: Floats, texts: Sequence[str], table: Table) -> None:
        """Store vectors; on the disk when this returns. `texts` are what they are of."""

    def settle(self, table: Table, before: Table | None) -> None:
        """Let just the passages of `table` be found.

        Args:
            before: those that can be found until now; None where that is not known.
        """

    def search(
        self, vector: Floats, query: str, limit: int, table: Table, allowed: Allowed
    ) -> list[tuple[int, float]]:
        """Passages with their scores, best first."""

    def of(self, keys: Sequence[bytes]) -> Floats:
        """The vectors of keys that have one, in their order."""

    def remove(self) -> None:
        """Delete all of it."""

    def close(self) -> None:
        """Let go of files and connections."""


class Table:
    """The passages of one state of the index."""

    def __init__(self, rows: NDArray[np.void] | None = None) -> None:
        self.rows = np.empty(0, _ROW) if rows is None else rows

    @classmethod
    def read(cls, file: Path) -> Table:
        """What `write` wrote; empty where there is nothing that can be read."""
        try:
            rows = np.load(file, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return cls()
        return cls(rows) if rows.dtype == _ROW else cls()

    def write(self, file: Path) -> None:
        out = io.BytesIO()
        np.save(out, self.rows, allow_pickle=False)
        write_atomically(file, out.getvalue())

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def keys(self) -> Keys:
        """(rows,) of `high` and `low`."""
        return np.ascontiguousarray(self.rows[["high", "low"]]).astype([("high", "<u8"), ("low", "<u8")])

    def languages(self) -> dict[str, int]:
        """How many passages there are of each language."""
        names, counts = np.unique(self.rows["language"], return_counts=True)
        return {name.decode(): int(count) for name, count in zip(names, counts, strict=True)}

    def mask(self, allowed: Allowed) -> NDArray[np.bool_]:
        """(rows,) which passages may be found."""
        out = np.ones(len(self.rows), np.bool_)
        if allowed.notes is not None:
            out &= np.isin(self.rows["note"], np.fromiter(allowed.notes, np.int64, len(allowed.notes)))
        if allowed.language:
            out &= self.rows["language"] == allowed.language.encode()
        if allowed.role:
            out &= self.rows["role"] == allowed.role.encode()
        return out

    def by_key(self) -> dict[bytes, int]:
        """For each key one passage that has it."""
        raw = self.keys.tobytes()
        ids = self.rows["id"].tolist()
        return {raw[16 * n : 16 * n + 16]: ids[n] for n in range(len(ids))}


def derive(reader: Reader, before: Table) -> Table:
    """The table of what `reader` shows; only passages that `before` does not know are read."""
    found = reader.db.execute(
        "SELECT passages.id, note, language, turn FROM passages JOIN notes ON notes.id = note"
        " ORDER BY passages.id"
    ).fetchall()
    rows = np.zeros(len(found), _ROW)
    if not found:
        return Table(rows)
    rows["id"] = [row[0] for row in found]
    rows["note"] = [row[1] for row in found]
    rows["language"] = [row[2].encode() for row in found]
    if len(before):
        place = np.minimum(np.searchsorted(before.rows["id"], rows["id"]), len(before) - 1)
        known = before.rows["id"][place] == rows["id"]
        for name in ("role", "high", "low"):
            rows[name][known] = before.rows[name][place[known]]
    else:
        known = np.zeros(len(rows), np.bool_)
    fresh = np.flatnonzero(~known)
    _roles(reader, rows, [(int(n), found[n][1], found[n][3]) for n in fresh if found[n][3] >= 0])
    number = {int(rows["id"][n]): n for n in fresh}
    for passage, text in texts_of(reader, list(number)):
        key = np.frombuffer(key_of(text), "<u8")
        rows["high"][number[passage]], rows["low"][number[passage]] = key
    return Table(rows)


def _roles(reader: Reader, rows: NDArray[np.void], turns: Sequence[tuple[int, int, int]]) -> None:
    known: dict[int, list[str]] = {}
    for row, note, turn in turns:
        if note not in known:
            known[note] = [t.role for t in reader.turns(note, "")]
        if turn < len(known[note]):
            rows["role"][row] = known[note][turn].encode()[:12]


def texts_of(reader: Reader, passages: Sequence[int]) -> Iterator[tuple[int, str]]:
    """The embedded text of each passage; a few of them in memory at once."""
    for start in range(0, len(passages), _READ):
        for row in reader.passages(passages[start : start + _READ]):
            yield row.id, _embedded(reader, row)


def _embedded(reader: Reader, row: PassageRow) -> str:
    if row.start == 0 and row.text.startswith("---") and (note := reader.note(row.note)):
        return "\n".join(property_texts(note.properties))
    body = visible(row.text).strip()
    first = body.partition("\n")[0]
    above = [heading for heading in row.heading if heading and heading not in first]
    return " > ".join(above) + "\n" + body if above else body


def key_of(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
