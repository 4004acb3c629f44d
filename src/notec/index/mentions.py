"""Finds the names of notes in texts: a title or an alias that stands in a passage, word for word by stems."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

_LONGEST = 8  # terms of a name, as `extract` stores them
_FIRST = "SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM names WHERE first = value)"
_WHOLE = (
    "SELECT value, note FROM json_each(?) JOIN names"
    " ON first = substr(value, 1, instr(value || ' ', ' ') - 1) AND terms = value"
)


class Mentions:
    """Looks up names in the truth; remembers which terms begin one."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self._begins: dict[str, bool] = {}

    def of(self, texts: Sequence[Sequence[str]]) -> list[dict[tuple[str, ...], tuple[int, ...]]]:
        """For each text, given as terms: the names in it, the longest where some overlap, with notes."""
        new = {term for terms in texts for term in terms} - self._begins.keys()
        found = {term for (term,) in self.db.execute(_FIRST, (json.dumps(sorted(new)),))}
        self._begins |= {term: term in found for term in new}
        every = {
            " ".join(terms[at : at + size])
            for terms in texts
            for at in range(len(terms))
            if self._begins[terms[at]]
            for size in range(1, min(_LONGEST, len(terms) - at) + 1)
        }
        notes: dict[str, list[int]] = {}
        for name, note in self.db.execute(_WHOLE, (json.dumps(sorted(every)),)):
            notes.setdefault(name, []).append(note)
        return [self._in(terms, notes) for terms in texts]

    def _in(
        self, terms: Sequence[str], notes: dict[str, list[int]]
    ) -> dict[tuple[str, ...], tuple[int, ...]]:
        out: dict[tuple[str, ...], tuple[int, ...]] = {}
        at = 0
        while at < len(terms):
            step = 1
            if self._begins[terms[at]]:
                for size in range(min(_LONGEST, len(terms) - at), 0, -1):
                    name = tuple(terms[at : at + size])
                    if meant := notes.get(" ".join(name)):
                        out[name] = tuple(meant)
                        step = size
                        break
            at += step
        return out
