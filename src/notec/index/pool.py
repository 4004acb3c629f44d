"""Reads many notes at once, in processes of their own, and outlives what a note does to them.

Each worker takes a chunk of files and gives back what `extract` made of them. A worker that dies
(killed for memory, a bug in a library) is replaced; its chunk is tried again file by file, and the file
that kills a worker a second time is reported and left out. A few notes are read in this process.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import ModuleType
from typing import Any

from notec.core import Diagnostic, Severity
from notec.facts.words import Analyzer
from notec.index.extract import Extract, Known, Same, Unread, extract
from notec.index.values import Settings

Result = Extract | Same | Unread
_FEW_NOTES = 96
_FEW_BYTES = 2_000_000
_CHUNK_NOTES = 24
_CHUNK_BYTES = 1_000_000
_AHEAD = 6  # chunks that may wait for an earlier one to be finished
_MOST_WORKERS = 8


def extract_all(
    root: Path, wanted: Sequence[Known], settings: Settings, analyzer: Analyzer, dialect: str
) -> Iterator[Result]:
    """What became of each file, in the order of `wanted`."""
    few = len(wanted) < _FEW_NOTES and sum(k.size for k in wanted) < _FEW_BYTES
    count = settings.workers or min(_cores(), _MOST_WORKERS)
    if few or count < 2:
        for known in wanted:
            yield carefully(root, known, settings, analyzer, dialect)
        return
    pool = _Pool(count, (root, settings, dialect))
    try:
        yield from pool.run(_chunks(wanted))
    finally:
        pool.stop()


def carefully(root: Path, known: Known, settings: Settings, analyzer: Analyzer, dialect: str) -> Result:
    """`extract`, where a bug or a lack of memory costs one note and not the run."""
    try:
        return extract(root, known, settings, analyzer, dialect)
    except Exception as error:  # noqa: BLE001  one note must not stop the others
        return _failed(known.path, f"could not be read: {type(error).__name__}: {error}; please report this")


def _failed(path: str, said: str) -> Unread:
    return Unread(path, (Diagnostic("note-failed", Severity.ERROR, f"{path}: {said}", path),))


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _chunks(wanted: Sequence[Known]) -> Iterator[list[Known]]:
    chunk: list[Known] = []
    size = 0
    for known in wanted:
        if chunk and (len(chunk) >= _CHUNK_NOTES or size + known.size > _CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(known)
        size += known.size
    if chunk:
        yield chunk


@contextmanager
def spawning() -> Iterator[None]:
    """Processes that start in this block run no main script and do not hear Ctrl-C before they can ignore it.

    A spawned process runs the main script again; ours need nothing of it, and a script without
    `if __name__ == "__main__"` would do its work once more in each of them.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    mask = getattr(signal, "pthread_sigmask", None)
    if mask:
        resource_tracker.ensure_running()  # a first start of it would lift the mask
        held = mask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        if mask:
            mask(signal.SIG_SETMASK, held)


class _Worker:
    """A process and the pipe to it."""

    def __init__(self, job: tuple[Path, Settings, str]) -> None:
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, *job), daemon=True)
        with spawning():
            self.process.start()
        theirs.close()
        self.number = -1  # of the chunk in work
        self.chunk: list[Known] = []

    def give(self, number: int, chunk: list[Known]) -> None:
        self.number, self.chunk = number, chunk
        self.pipe.send(chunk)

    def end(self) -> None:
        self.pipe.close()
        self.process.terminate()
        self.process.join()


class _Pool:
    def __init__(self, count: int, job: tuple[Path, Settings, str]) -> None:
        self.job = job
        self.count = count
        self.workers: list[_Worker] = []

    def run(self, chunks: Iterator[list[Known]]) -> Iterator[Result]:
        """Results in order: a chunk that is ready early waits for those before it."""
        self.workers = [_Worker(self.job) for _ in range(self.count)]
        idle = list(self.workers)
        ready: dict[int, list[Result]] = {}
        given = shown = 0
        exhausted = False
        while True:
            while idle:
                if not exhausted and given - shown < self.count + _AHEAD:
                    chunk = next(chunks, None)
                    if chunk is None:
                        exhausted = True
                        break
                    idle.pop().give(given, chunk)
                    given += 1
                else:
                    break
            busy = [w for w in self.workers if w.number >= 0]
            if exhausted and shown == given:
                return
            for pipe in wait([w.pipe for w in busy]):
                worker = next(w for w in busy if w.pipe is pipe)
                number, chunk = worker.number, worker.chunk
                worker.number = -1
                results = _received(worker)
                if results is None:
                    results = self._replace(worker, chunk, idle)
                else:
                    idle.append(worker)
                ready[number] = results
            while shown in ready:
                yield from ready.pop(shown)
                shown += 1

    def _replace(self, dead: _Worker, chunk: list[Known], idle: list[_Worker]) -> list[Result]:
        """A worker died over a chunk: try its files one by one, each in a process that may die of it."""
        dead.end()
        self.workers.remove(dead)
        results: list[Result] = []
        worker: _Worker | None = None
        for known in chunk:
            worker = worker or _Worker(self.job)
            worker.give(0, [known])
            found = _received(worker)
            if found is None:
                worker.end()
                worker = None
                found = [_failed(known.path, "ends the process that reads it; it is left out")]
            results += found
        worker = worker or _Worker(self.job)
        worker.number = -1
        self.workers.append(worker)
        idle.append(worker)
        return results

    def stop(self) -> None:
        for worker in self.workers:
            worker.end()
        self.workers = []


def _received(worker: _Worker) -> list[Result] | None:
    """The results of a chunk; None when the worker died."""
    try:
        found: list[Result] = worker.pipe.recv()
    except (EOFError, OSError):
        return None
    return found


def _work(pipe: Connection[Any, Any], root: Path, settings: Settings, dialect: str) -> None:
    """The life of a worker: chunk in, results out, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    analyzer = Analyzer()
    while True:
        try:
            chunk: list[Known] = pipe.recv()
        except (EOFError, OSError):
            return
        pipe.send([carefully(root, known, settings, analyzer, dialect) for known in chunk])
