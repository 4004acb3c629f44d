"""Compilations that run in the background: a queue in the store, and the worker that takes from it.

There is one worker at a time in a home, since one model serves one job best. It may be killed, or the machine
rebooted: the next worker takes its job up when the lease is over, and the memo knows all that was finished.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from notec.core import NotecError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notec.app.compiling import Build
    from notec.app.workspace import Workspace
    from notec.store import Job

COMPILE = "compile"
FOLDER = "jobs"  # in the home: logs, and the lock of the worker
LEASE = 20.0  # seconds; so long a job waits after its worker was killed
_BEAT = 4.0
_LOOK = 0.5
_LAST_LINES = 12


@dataclass(frozen=True)
class Order:
    """What to compile, see `Workspace.compile`; all paths are absolute."""

    idea: str
    out: str
    stop_after: str = ""
    force: bool = False
    replay: str = ""


class Jobs:
    """The queue of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace, self._queue = workspace, workspace._kept().jobs
        self.folder = workspace.home / FOLDER

    def add(self, order: Order) -> str:
        """The id of a job; that of one which waits or runs already for the same order."""
        here = Path(order.idea).expanduser()
        idea = str(here.resolve()) if here.exists() else order.idea
        place = asdict(order) | {"idea": idea, "out": str(Path(order.out).expanduser().resolve())}
        place["replay"] = str(Path(order.replay).expanduser().resolve()) if order.replay else ""
        payload = json.dumps(place, ensure_ascii=False)
        for job in self._queue.list("queued", "running"):
            if job.payload == payload and not job.cancel:
                return job.id
        return self._queue.enqueue(COMPILE, payload)

    def start(self) -> int:
        """Start a worker that outlives this process and its terminal; its process id."""
        from notec.engine.detached import start_detached

        places = ("--vault", str(self._workspace.vault), "--home", str(self._workspace.home))
        command = (sys.executable, "-m", "notec.front.cli", *places, "jobs", "run")
        return start_detached(command, self.folder / "worker.log")

    def every(self) -> tuple[Job, ...]:
        """All jobs, the oldest first."""
        return self._queue.list()

    def get(self, number: str) -> Job:
        """A job by its id, or by how that begins.

        Raises:
            NotecError: there is none, or several.
        """
        found = [job for job in self._queue.list() if number and job.id.startswith(number)]
        if len(found) == 1:
            return found[0]
        raise NotecError(
            f"{len(found)} jobs begin with {number!r}" if found else f"no job {number!r}",
            "`notec jobs` lists them",
        )

    def cancel(self, number: str) -> str:
        """Wish a job to stop; the state after that. A running one stops before its next request."""
        return self._queue.cancel(self.get(number).id) or ""

    def log(self, number: str) -> str:
        """Where a job writes down what it does."""
        return str(self.folder / f"{self.get(number).id}.log")

    def log_tail(self, number: str, lines: int = _LAST_LINES) -> str:
        """The last lines of a job's log."""
        try:
            text = Path(self.log(number)).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def work(self, stop: Callable[[], bool], say: Callable[[str], None] = lambda line: None) -> list[Job]:
        """Do all jobs that wait; those that ended. Waits while another worker is at it.

        Args:
            stop: asked several times a second; the job that runs goes back to the queue.
        """
        done: list[Job] = []
        worker = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        while not stop() and self._queue.list("queued", "running"):
            with self._alone() as alone:
                job = self._queue.claim(worker, lease=LEASE, kinds=(COMPILE,)) if alone else None
                if job is not None:
                    say(f"{job.id}: {Order(**json.loads(job.payload)).idea}")
                    self._do(job, worker, stop, say)
                    done.append(self.get(job.id))
                    say(f"{job.id}: {done[-1].state} {done[-1].result or done[-1].error}".rstrip())
                    continue
            time.sleep(_LOOK)  # another worker has the lock, or a killed one the lease
        return done

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        from notec.index.lock import BusyError, WriterLock

        lock = WriterLock(self.folder)
        try:
            lock.acquire()
        except BusyError:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def _do(self, job: Job, worker: str, stop: Callable[[], bool], say: Callable[[str], None]) -> None:
        """One job to its end, with its lease renewed all the time."""
        cancelled, ended = threading.Event(), threading.Event()

        def beat() -> None:
            while not ended.wait(_BEAT):
                if self._queue.heartbeat(job.id, worker, lease=LEASE) != "go on":
                    cancelled.set()

        with (self.folder / f"{job.id}.log").open("a", encoding="utf-8") as log:

            def told(line: str) -> None:
                _write(log, line)
                say(f"{job.id}: {line}")
                if self._queue.heartbeat(job.id, worker, lease=LEASE, progress=line) != "go on":
                    cancelled.set()

            told(f"attempt {job.attempts}")
            beating = threading.Thread(target=beat, daemon=True)
            beating.start()
            try:
                build = self._compile(job, told, lambda: stop() or cancelled.is_set())
            except NotecError as error:
                _write(log, f"error: {error}")
                self._queue.finish(job.id, worker, "failed", error=error.message)
                return
            finally:
                ended.set()
                beating.join()
            for found in build.diagnostics:
                _write(log, f"{found.severity} {found.code}: {found.message}")
            self._finish(job, worker, build, by_user=cancelled.is_set())

    def _compile(self, job: Job, told: Callable[[str], None], cancel: Callable[[], bool]) -> Build:
        from notec.app.compiling import Wishes
        from notec.models import Replay

        order = Order(**json.loads(job.payload))
        model = Replay(order.replay) if order.replay else None
        wishes = Wishes(order.force, stop_after=order.stop_after, progress=told, cancel=cancel)
        return self._workspace.compile(order.idea, order.out, wishes=wishes, model=model)

    def _finish(self, job: Job, worker: str, build: Build, *, by_user: bool) -> None:
        states = [r.state for r in build.results]
        counts = ", ".join(
            f"{states.count(s)} {s}" for s in ("done", "unverified", "open") if states.count(s)
        )
        if build.stopped == "cancelled":
            self._queue.finish(job.id, worker, "cancelled" if by_user else "queued")
        elif build.stopped:
            said = next((d.message for d in reversed(build.diagnostics)), build.stopped)
            self._queue.finish(job.id, worker, "failed", result=counts, error=said)
        else:
            self._queue.finish(job.id, worker, result=counts)


def job_json(job: Job) -> dict[str, Any]:
    """A job as plain data."""
    out = {k: v for k, v in asdict(job).items() if k not in ("payload", "lease", "cancel")}
    return {**out, "cancel": bool(job.cancel), **json.loads(job.payload)}


def _write(log: TextIO, line: str) -> None:
    log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}\n")
    log.flush()
