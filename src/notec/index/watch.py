"""Keeps the index up to date while the vault changes: the file system tells, `Index.update` does the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from notec.core import NotecError

if TYPE_CHECKING:
    from notec.index.index import Index
    from notec.index.values import IndexReport

_QUIET_MS = 50  # without a change, and what was changed is taken in
_LONGEST_MS = 500  # of changes without a pause
_ROUND_MS = 200  # between two looks at `stop`


def watch(index: Index, stop: Callable[[], bool] | None = None) -> Iterator[IndexReport]:
    """A report for each update that found something to do, until `stop` says so.

    Raises:
        NotecError: the vault is gone, or cannot be watched.
        KeyboardInterrupt: Ctrl-C; what was taken in stays.
    """
    from watchfiles import watch as changes_of

    if not index.root.is_dir():
        raise _gone(index)
    rounds = changes_of(
        index.root,
        watch_filter=None,
        debounce=_LONGEST_MS,
        step=_QUIET_MS,
        rust_timeout=_ROUND_MS,
        yield_on_timeout=True,
        raise_interrupt=True,
    )
    first = True  # what changed before the watcher stood
    for changes in rounds:
        if stop is not None and stop():
            return
        if not index.root.is_dir():
            raise _gone(index)
        if changes or first:
            first = False
            report = index.update(cancel=stop)
            if report.changed or report.added or report.removed or report.renamed:
                yield report


def _gone(index: Index) -> NotecError:
    return NotecError(
        f"{index.root}: the vault is not there any more",
        "bring it back (is its disk mounted?) and start again",
    )
