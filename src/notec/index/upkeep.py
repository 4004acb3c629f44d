"""An update as a whole: the lock, the files and their damage; the run, the vectors, the paranoid compare."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from notec.core import Diagnostic, Severity
from notec.facts.words import ANALYSER_VERSION, Analyzer
from notec.index.cut import CUT_VERSION
from notec.index.extract import EXTRACT_VERSION
from notec.index.lexical import FOLDER, DamagedIndex, Lexical
from notec.index.lock import WriterLock
from notec.index.paranoid import compare
from notec.index.reading import Reader
from notec.index.schema import FILE_NAME, errors, is_damage, is_sound, move_aside, open_truth
from notec.index.update import Update
from notec.index.values import Cancel, DenseLeg, IndexReport, Progress, ProgressSink, Settings
from notec.index.writing import Truth
from notec.vault.scan import FileEntry


@dataclass(frozen=True)
class Upkeep:
    """What an update needs; `run` does it.

    Args:
        rebuild: read every note again, and make the full text anew.
        paranoid: afterwards build from scratch elsewhere and compare.
        among: look at these files alone, all of them notes that are known.
        let_go: is called before the database gets another name; whoever reads it must not hold it.
    """

    root: Path
    home: Path
    settings: Settings
    analyzer: Analyzer
    dense: DenseLeg | None
    progress: ProgressSink
    cancel: Cancel
    rebuild: bool = False
    paranoid: bool = False
    among: Sequence[FileEntry] | None = None
    let_go: Callable[[], None] = lambda: None

    def run(self) -> IndexReport:
        """The update, once more from nothing where the database turns out to be damaged."""
        with WriterLock(self.home), errors(self.home):
            if self.rebuild and not is_sound(self.home):
                return self._from_nothing()
            try:
                return self._run()
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                return self._from_nothing()

    def _from_nothing(self) -> IndexReport:
        """Notes are the user's files, so a damaged index loses nothing but time."""
        self.let_go()
        aside = move_aside(self.home)
        report = self._run()
        said = f"{self.home / FILE_NAME} was damaged; it is kept as {aside.name}, and was built again"
        found = Diagnostic("index-rebuilt", Severity.WARNING, said, "")
        return replace(report, diagnostics=(found, *report.diagnostics))

    def _run(self) -> IndexReport:
        with self._opened() as (connection, lexical):
            work = self._work(connection, lexical)
            report = work.run(self.rebuild, self.among)
            said: tuple[Diagnostic, ...] = ()
            if self.dense is not None and not report.stopped:
                said += self.dense.sync(Reader(connection), self.progress, self.cancel)
            if self.paranoid and not report.stopped:
                said += self._compared(connection, lexical, work.dialect)
            return replace(report, diagnostics=report.diagnostics + said)

    @contextmanager
    def _opened(self) -> Iterator[tuple[sqlite3.Connection, Lexical]]:
        connection = open_truth(self.home, write=True)
        try:
            lexical = Lexical(self.home / FOLDER, text_key(Truth(connection).identity()))
            try:
                if self.rebuild:
                    lexical.create()
                else:
                    try:
                        lexical.open()
                    except DamagedIndex:
                        lexical.create()
                yield connection, lexical
            finally:
                lexical.close()
        finally:
            connection.close()

    def _compared(
        self, connection: sqlite3.Connection, lexical: Lexical, dialect: str
    ) -> tuple[Diagnostic, ...]:
        """Differences from an index built from scratch in a folder of its own, which goes afterwards."""
        with TemporaryDirectory(prefix="notec-paranoid-") as place:
            settings = replace(self.settings, dialect=dialect)
            fresh = replace(self, home=Path(place), settings=settings, dense=None, rebuild=False)
            with fresh._opened() as (other, other_text):
                if fresh._work(other, other_text, inside(self.root, self.home)).run().stopped:
                    return ()
                told = partial(_told, self.progress)
                return compare((connection, lexical), (other, other_text), told)

    def _work(self, connection: sqlite3.Connection, lexical: Lexical, skip: tuple[str, ...] = ()) -> Update:
        skip = skip or inside(self.root, self.home)
        work = Update(self.root, Truth(connection), lexical, self.settings, self.analyzer, skip=skip)
        work.progress, work.cancel = self.progress, self.cancel
        return work


def text_key(identity: str) -> str:
    """What the full text must have been made with, for the database of that identity."""
    return f"{ANALYSER_VERSION} {CUT_VERSION} {EXTRACT_VERSION} {identity}"


def inside(root: Path, home: Path) -> tuple[str, ...]:
    """The path of `home` inside the vault, where somebody put it there."""
    real, own = os.path.realpath(root), os.path.realpath(home)
    return (own[len(real) + 1 :].replace(os.sep, "/"),) if own.startswith(real + os.sep) else ()


def _told(progress: ProgressSink, done: int, total: int) -> None:
    progress(Progress("compare", done, total))
