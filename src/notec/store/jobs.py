"""Work that outlives the process that asked for it.

A worker claims a job for as long as its lease lasts and renews the lease while it works. A worker that
was killed renews nothing, so its job is free again when the lease is over. Times are wall-clock seconds,
so that the queue survives a reboot.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from notec.store.database import Database

State = Literal["queued", "running", "done", "failed", "cancelled"]

_COLUMNS = (
    *("id", "kind", "payload", "state", "made", "started", "ended", "attempts"),
    *("progress", "result", "error", "cancel", "lease"),
)


@dataclass(frozen=True)
class Job:
    """A job as it stood when it was read.

    Args:
        payload, progress, result: text of the caller's own making.
        attempts: how often it was claimed.
        error: why it failed.
        cancel: 1 where someone wishes it to stop.
        lease: when the claim of its worker ends; 0.0 where it is not running.
    """

    id: str
    kind: str
    payload: str
    state: State
    made: float
    started: float
    ended: float
    attempts: int
    progress: str
    result: str
    error: str
    cancel: int
    lease: float


class Jobs:
    """The queue. Each method is one transaction, safe among any number of processes.

    Args:
        tries: how often a job is claimed before it counts as failed: one that kills its worker must end.
        clock: seconds since 1970.
    """

    def __init__(self, database: Database, *, tries: int = 3, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._tries = tries
        self._clock = clock

    def enqueue(self, kind: str, payload: str, *, priority: int = 0) -> str:
        """Add a job; its id. Higher priority goes first, then the older one."""
        number = uuid.uuid4().hex[:12]
        with self._database.write(durable=True) as connection:
            connection.execute(
                "INSERT INTO job (id, kind, payload, priority, made) VALUES (?, ?, ?, ?, ?)",
                (number, kind, payload, priority, self._clock()),
            )
        return number

    def claim(self, worker: str, *, lease: float = 60.0, kinds: Iterable[str] = ()) -> Job | None:
        """Take the next job that is free, for `lease` seconds; None where there is none.

        Args:
            worker: a name that no other worker has, such as host, process id and a random part.
            kinds: take only these kinds.
        """
        wanted = tuple(kinds)
        among = f" AND kind IN ({', '.join('?' * len(wanted))})" if wanted else ""
        now = self._clock()
        with self._database.write(durable=True) as connection:
            connection.execute(
                "UPDATE job SET state = iif(cancel, 'cancelled', 'failed'), ended = ?, lease = 0,"
                " worker = '', error = iif(cancel, '', 'its worker died ' || attempts || ' times')"
                " WHERE state = 'running' AND lease < ? AND (cancel OR attempts >= ?)",
                (now, now, self._tries),
            )
            row = connection.execute(
                "SELECT id FROM job WHERE (state = 'queued' OR (state = 'running' AND lease < ?))"  # noqa: S608
                f"{among} ORDER BY priority DESC, made, rowid LIMIT 1",
                (now, *wanted),
            ).fetchone()
            if row is None:
                return None
            connection.execute(
                "UPDATE job SET state = 'running', worker = ?, lease = ?, attempts = attempts + 1,"
                " started = iif(started = 0, ?, started) WHERE id = ?",
                (worker, now + lease, now, row[0]),
            )
            return self.get(row[0])

    def heartbeat(
        self, number: str, worker: str, *, lease: float = 60.0, progress: str | None = None
    ) -> Literal["go on", "cancel", "lost"]:
        """Renew the lease. `cancel`: stop and `finish` with `cancelled`. `lost`: it is another's now."""
        with self._database.write() as connection:
            cursor = connection.execute(
                "UPDATE job SET lease = ?, progress = coalesce(?, progress)"
                " WHERE id = ? AND worker = ? AND state = 'running'",
                (self._clock() + lease, progress, number, worker),
            )
            if not cursor.rowcount:
                return "lost"
            cancel = connection.execute("SELECT cancel FROM job WHERE id = ?", (number,)).fetchone()[0]
        return "cancel" if cancel else "go on"

    def finish(
        self,
        number: str,
        worker: str,
        state: Literal["done", "failed", "cancelled", "queued"] = "done",
        *,
        result: str = "",
        error: str = "",
    ) -> bool:
        """End a job, or put it back (`queued`); False where it is not this worker's any more."""
        ended = 0.0 if state == "queued" else self._clock()
        with self._database.write(durable=True) as connection:
            cursor = connection.execute(
                "UPDATE job SET state = ?, result = ?, error = ?, ended = ?, lease = 0, worker = ''"
                " WHERE id = ? AND worker = ? AND state = 'running'",
                (state, result, error, ended, number, worker),
            )
        return bool(cursor.rowcount)

    def cancel(self, number: str) -> State | None:
        """Wish a job to stop. One that waits is cancelled at once; a running one learns it at its next
        heartbeat. The state after that, or None where there is no such job."""
        with self._database.write(durable=True) as connection:
            connection.execute(
                "UPDATE job SET cancel = 1, ended = iif(state = 'queued', ?, ended),"
                " state = iif(state = 'queued', 'cancelled', state)"
                " WHERE id = ? AND state IN ('queued', 'running')",
                (self._clock(), number),
            )
            job = self.get(number)
        return job.state if job else None

    def get(self, number: str) -> Job | None:
        """One job."""
        rows = self._select("WHERE id = ?", (number,))
        return rows[0] if rows else None

    def list(self, *states: State) -> tuple[Job, ...]:
        """All jobs, or those in these states; the oldest first."""
        if not states:
            return self._select("ORDER BY made, rowid", ())
        return self._select(f"WHERE state IN ({', '.join('?' * len(states))}) ORDER BY made, rowid", states)

    def _select(self, rest: str, values: tuple[Any, ...]) -> tuple[Job, ...]:
        with self._database.read() as connection:
            rows = connection.execute(f"SELECT {', '.join(_COLUMNS)} FROM job {rest}", values).fetchall()  # noqa: S608
        return tuple(Job(**dict(zip(_COLUMNS, row, strict=True))) for row in rows)
