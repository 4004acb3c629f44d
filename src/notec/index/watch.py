"""Keeps the index up to date while the vault changes.

The file system says what changed. Where that is the text of known notes, only they are looked at;
whatever else happens (a note comes, goes or moves, a folder, an ignore file) the whole vault is
compared, as `Index.update` does.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from notec.core import Diagnostic, NotecError
from notec.index.lock import BusyError
from notec.index.upkeep import inside
from notec.vault.ignore import IGNORE_FILES
from notec.vault.scan import SKIPPED_FOLDERS, FileEntry

if TYPE_CHECKING:
    from notec.index.index import Index
    from notec.index.values import IndexReport

_QUIET_MS = 50  # without a change, and what was changed is taken in
_LONGEST_MS = 500  # of changes without a pause
_ROUND_MS = 200  # between two looks at `stop`
_BACK_SECONDS = 0.15  # in which a file that went away may come back: some editors save like that


def watch(index: Index, stop: Callable[[], bool] | None = None) -> Iterator[IndexReport]:
    """A report for each update that found something to do, until `stop` says so.

    The first update comes once changes are watched, so that nothing falls between.

    Raises:
        NotecError: the vault is gone, or cannot be watched; or what `Index.update` raises.
        KeyboardInterrupt: Ctrl-C; what was taken in stays.
    """
    watcher = _Watcher(index, stop or (lambda: False))
    while not watcher.stop():
        yield from watcher.run()


class _Watcher:
    def __init__(self, index: Index, stop: Callable[[], bool]) -> None:
        self.index, self.stop = index, stop
        self.root = os.path.realpath(index.root)
        skipped = (index.settings.saved_folder, *inside(index.root, index.home))
        self.skip = tuple(f"{folder.strip('/')}/" for folder in skipped)
        self.edited: set[str] = set()
        self.everything = True  # the whole vault is to be compared
        self.told: set[Diagnostic] = set()  # once is enough

    def run(self) -> Iterator[IndexReport]:
        """Watch the folder until `stop`, or until another folder lies in its place."""
        from watchfiles import watch as changes_of

        before = self._identity()
        try:
            for changes in changes_of(
                self.root,
                watch_filter=None,
                debounce=_LONGEST_MS,
                step=_QUIET_MS,
                rust_timeout=_ROUND_MS,
                yield_on_timeout=True,
                raise_interrupt=True,
            ):
                if self.stop():
                    return
                if self._identity() != before:
                    self.everything = True
                    return
                self._sort([path for _, path in changes])
                report = self._taken_in()
                if report is None:
                    continue
                news = [d for d in report.diagnostics if d not in self.told]
                self.told.update(news)
                if report.changed or report.added or report.removed or report.renamed:
                    yield replace(report, diagnostics=tuple(news))
        except (OSError, RuntimeError) as error:  # what the library raises for want of watches
            raise NotecError(
                f"{self.root}: cannot be watched ({error})",
                "on Linux raise fs.inotify.max_user_watches; WATCHFILES_FORCE_POLLING=true works everywhere",
            ) from error

    def _identity(self) -> tuple[int, int]:
        try:
            status = os.stat(self.root)
        except OSError:
            status = None
        if status is None or not stat.S_ISDIR(status.st_mode):
            raise NotecError(
                f"{self.root}: the vault is not there any more",
                "bring it back (is its disk mounted?) and start again",
            )
        return status.st_dev, status.st_ino

    def _sort(self, changes: list[str]) -> None:
        """Into notes that were edited, and what needs a look at everything."""
        paths = {os.path.relpath(path, self.root).replace(os.sep, "/") for path in changes}
        wanted = {path for path in paths if not self._is_foreign(path)}
        if any(not os.path.lexists(Path(self.root, path)) for path in wanted):
            time.sleep(_BACK_SECONDS)
        for path in wanted if not self.everything else ():
            kind = self.index.kind_of(path)
            if not os.path.lexists(Path(self.root, path)):
                self.everything |= bool(kind)
            elif kind == "note" and os.path.isfile(Path(self.root, path)):
                self.edited.add(path)
            elif kind != "attachment":
                self.everything = True

    def _is_foreign(self, path: str) -> bool:
        """Whether a change is none of the vault's: hidden files, and our own."""
        parts = path.split("/")
        if parts[-1] in IGNORE_FILES:
            parts.pop()
        hidden = any(part.startswith(".") or part in SKIPPED_FOLDERS for part in parts)
        return hidden or f"{path}/".startswith(self.skip)

    def _taken_in(self) -> IndexReport | None:
        """Bring the index up to date; None where there is nothing to do, or another process is at it."""
        if not self.everything and not self.edited:
            return None
        try:
            upkeep = self.index.upkeep(cancel=self.stop)
            report = upkeep.run() if self.everything else replace(upkeep, among=self._entries()).run()
        except BusyError:
            return None  # in the next round
        self.everything = False
        self.edited.clear()
        return report

    def _entries(self) -> list[FileEntry]:
        out = []
        for path in sorted(self.edited):
            try:
                status = os.stat(Path(self.root, path))
            except OSError:
                continue
            out.append(FileEntry(path, status.st_size, status.st_mtime_ns, "note", status.st_ino))
        return out
