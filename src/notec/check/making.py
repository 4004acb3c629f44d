"""Makes the sheets of many notes, in processes of their own; those of a few in this one."""

from __future__ import annotations

import gc
import os
import pickle
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from notec.check.checker import Sheet, sheet_of
from notec.check.rule import Rule
from notec.core import Diagnostic, Severity
from notec.index import Index, Settings
from notec.index.layout import Kept
from notec.index.pool import spawning

_CHUNK = 50  # notes of one task of a worker
_FEW = 120  # fewer notes are looked at in this process
_MOST_WORKERS = 8

Packed = list[tuple[str, bytes]]


def make_sheets(index: Index, paths: Sequence[str], rules: Sequence[Rule]) -> Iterator[Packed]:
    """The pickled sheets of notes as they are indexed, some at a time, in no order that matters."""
    chunks = [paths[at : at + _CHUNK] for at in range(0, len(paths), _CHUNK)]
    if len(paths) < _FEW:
        yield from (_made(index, chunk, rules) for chunk in chunks)
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    pool = ProcessPoolExecutor(min(cores, _MOST_WORKERS), get_context("spawn"), _prepare)
    job = partial(_work, index.root, index.home, index.settings, rules)
    done = 0
    try:
        for future in _given(pool, job, chunks):
            made = future.result()
            done += 1
            yield made
    except BrokenProcessPool:  # killed for memory: one process needs less
        yield from (_made(index, chunk, rules) for chunk in chunks[done:])
    finally:
        pool.shutdown(cancel_futures=True)


def _given(
    pool: ProcessPoolExecutor, job: partial[Packed], chunks: Sequence[Sequence[str]]
) -> list[Future[Packed]]:
    """All chunks, given to the workers, which start with that."""
    with spawning():
        return [pool.submit(job, chunk) for chunk in chunks]


def _prepare() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(200_000, 20, 100)  # notes are trees of small values that go as a whole


def _work(root: Path, home: Path, settings: Settings, rules: Sequence[Rule], paths: Sequence[str]) -> Packed:
    with Index.open(root, home, settings) as index:
        return _made(index, paths, rules)


def _made(index: Index, paths: Sequence[str], rules: Sequence[Rule]) -> Packed:
    dialect = index.dialect()
    return [(kept.path, pickle.dumps(_sheet(kept, dialect, rules), 5)) for kept in index.kept(paths)]


def _sheet(kept: Kept, dialect: str, rules: Sequence[Rule]) -> Sheet:
    try:
        return sheet_of(kept.note(dialect), rules)
    except Exception as error:  # noqa: BLE001  one note must not stop the others
        said = f"could not be checked: {type(error).__name__}: {error}; please report this"
        return Sheet((Diagnostic("note-failed", Severity.ERROR, said, kept.path),), (), {})
