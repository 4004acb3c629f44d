"""What a step once found out: a value and its diagnostics, under a key that holds all it may see."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from notec.core import Diagnostic, Outcome, digest
from notec.store import findings
from notec.store.database import Database

_LONG = 80  # characters; a longer part is kept as its digest
_USED_AGAIN = 3600.0  # seconds; how exactly the time of the last use is kept, so that a read seldom writes


@dataclass(frozen=True)
class StepKey:
    """The key of one run of a step; made by `step_key`.

    Args:
        subject: what the run is about, such as the path of a note. Not part of the digest: a note that moved
            costs nothing. `Memo.why` compares with the last run for the same subject.
        parts: name and value (or digest) of all that the step may see, in the order in which they were given.
    """

    step: str
    version: str
    subject: str
    parts: tuple[tuple[str, str], ...]

    @cached_property
    def digest(self) -> str:
        """The same for the same parts in any order; 32 hexadecimal characters."""
        return digest(json.dumps([self.step, self.version, sorted(self.parts)]))


def step_key(step: str, version: str | int, /, *, subject: str = "", **parts: Any) -> StepKey:
    """The key of a step's run.

    Args:
        version: change it when the step's code changes what it gives.
        parts: bytes, or plain data that JSON can say: prompt, schema, model fingerprint, settings, digests of
            inputs. Floats are compared as written; sets and own classes raise `TypeError`.
    """
    return StepKey(step, str(version), subject, tuple((name, _part(value)) for name, value in parts.items()))


def _part(value: Any) -> str:
    if isinstance(value, (bytes, bytearray)):
        return "bytes:" + digest(bytes(value))
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text if len(text) <= _LONG else "digest:" + digest(text)


@dataclass(frozen=True)
class Why:
    """Why a step would run again.

    Args:
        reason: `kept` (it would not run), `never` (the first run for this subject), `changed` (see
            `part`), or `gone` (the same key, but its value was removed to save space).
        part: the first part that differed; `version` for the step's own version.
        before, after: its values, or digests of long ones; empty where the part did not exist.
    """

    reason: Literal["kept", "never", "changed", "gone"]
    part: str = ""
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        return {
            "kept": "nothing changed",
            "never": "it never ran before",
            "gone": "its result was removed to save space",
            "changed": f"{self.part} changed: {self.before or 'nothing'} -> {self.after or 'nothing'}",
        }[self.reason]


@dataclass(frozen=True)
class MemoStats:
    """How much is kept: entries and bytes of values, and by step."""

    entries: int
    bytes: int
    steps: dict[str, int]


class Memo:
    """A table of finished steps.

    Args:
        limit: bytes of values to keep; past it, what was not used for longest goes. None keeps all.
        clock: seconds since 1970.
    """

    def __init__(
        self, database: Database, *, limit: int | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._limit = limit
        self._clock = clock

    def get(self, key: StepKey) -> Outcome[bytes] | None:
        """The value and its diagnostics, or None where this step did not run with this key."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT value, diagnostics, used FROM memo WHERE key = ?", (key.digest,)
            ).fetchone()
            last = self._last(key)
        if row is None:
            return None
        now = self._clock()
        if now - row[2] > _USED_AGAIN or (key.subject and (last is None or last[0] != key.digest)):
            with self._database.write() as connection:
                connection.execute("UPDATE memo SET used = ? WHERE key = ?", (now, key.digest))
                self._remember(key)
        return Outcome(bytes(row[0]), findings.load(row[1]))

    def get_many(self, keys: Iterable[StepKey]) -> dict[str, bytes]:
        """The values of those keys that have one, by the keys' digests; ask for some hundreds at a time."""
        wanted = [key.digest for key in keys]
        marks = ", ".join("?" * len(wanted))
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT key, value, used FROM memo WHERE key IN ({marks})",  # noqa: S608
                wanted,
            ).fetchall()
        now = self._clock()
        if late := [(now, key) for key, _, used in rows if now - used > _USED_AGAIN]:
            with self._database.write() as connection:
                connection.executemany("UPDATE memo SET used = ? WHERE key = ?", late)
        return {key: bytes(value) for key, value, _ in rows}

    def put(self, key: StepKey, value: bytes, diagnostics: Iterable[Diagnostic] = ()) -> None:
        """Keep a value. When this returns, a kill of the process cannot lose it."""
        said = findings.dump(diagnostics)
        now = self._clock()
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO memo (key, step, value, diagnostics, size, made, used)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value, diagnostics = excluded.diagnostics,"
                " size = excluded.size, made = excluded.made, used = excluded.used",
                (key.digest, key.step, value, said, len(value) + len(said), now, now),
            )
            self._remember(key)
            self._make_room(key.digest)

    def put_many(self, items: Iterable[tuple[StepKey, bytes]]) -> None:
        """Keep many values at once, in one transaction."""
        with self._database.write():
            for key, value in items:
                self.put(key, value)

    def why(self, key: StepKey) -> Why:
        """Why a run with this key is, or would be, needed."""
        with self._database.read() as connection:
            kept = connection.execute("SELECT 1 FROM memo WHERE key = ?", (key.digest,)).fetchone()
            last = self._last(key)
        if kept:
            return Why("kept")
        if last is None:
            return Why("never")
        before: dict[str, str] = dict(json.loads(last[1]))
        after = {"version": key.version, **{f"part {n}": v for n, v in key.parts}}
        for name in [*after, *(n for n in before if n not in after)]:
            if before.get(name) != after.get(name):
                return Why("changed", name.removeprefix("part "), before.get(name, ""), after.get(name, ""))
        return Why("gone")

    def forget(self, step: str) -> int:
        """Remove all values of a step; how many there were."""
        with self._database.write() as connection:
            return connection.execute("DELETE FROM memo WHERE step = ?", (step,)).rowcount

    def stats(self) -> MemoStats:
        """How much is kept."""
        with self._database.read() as connection:
            steps = connection.execute(
                "SELECT step, count(*) FROM memo GROUP BY step ORDER BY step"
            ).fetchall()
            size = connection.execute("SELECT bytes FROM memo_size").fetchone()[0]
        return MemoStats(sum(n for _, n in steps), size, dict(steps))

    def _last(self, key: StepKey) -> tuple[str, str] | None:
        """Key and parts of the last run of this step for this subject."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT key, parts FROM memo_run WHERE step = ? AND subject = ?", (key.step, key.subject)
            ).fetchone()
        return (row[0], row[1]) if row else None

    def _remember(self, key: StepKey) -> None:
        parts = json.dumps([("version", key.version), *((f"part {n}", v) for n, v in key.parts)])
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO memo_run (step, subject, key, parts) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (step, subject) DO UPDATE SET key = excluded.key, parts = excluded.parts",
                (key.step, key.subject, key.digest, parts),
            )

    def _make_room(self, spare: str) -> None:
        """Remove what was not used for longest until a tenth of the limit is free; `spare` was just put."""
        if self._limit is None:
            return
        with self._database.write() as connection:
            size = connection.execute("SELECT bytes FROM memo_size").fetchone()[0]
            if size <= self._limit:
                return
            rows = connection.execute(
                "SELECT key, size FROM memo WHERE key <> ? ORDER BY used, made", (spare,)
            )
            gone = []
            for old, bytes_ in rows:
                if size <= self._limit * 9 // 10:
                    break
                gone.append((old,))
                size -= bytes_
            connection.executemany("DELETE FROM memo WHERE key = ?", gone)
