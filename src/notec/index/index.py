"""The index of one vault: kept up to date by one, read by many."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from notec.core import Diagnostic, NotecError
from notec.facts.words import ANALYSER_VERSION, Analyzer
from notec.index import names
from notec.index.cut import CUT_VERSION
from notec.index.extract import EXTRACT_VERSION
from notec.index.lexical import FOLDER, DamagedIndex, Lexical
from notec.index.lock import WriterLock
from notec.index.paranoid import compare
from notec.index.query import read_query
from notec.index.reading import Reader
from notec.index.schema import FILE_NAME, errors, open_truth
from notec.index.search import Finder
from notec.index.update import Update
from notec.index.values import (
    Cancel,
    DenseLeg,
    Filters,
    Hit,
    IndexReport,
    LinkRow,
    NoteRow,
    PassageRow,
    Progress,
    ProgressSink,
    Settings,
    StatementRow,
    TurnRow,
)
from notec.index.writing import Truth

Ranker = tuple[str, Sequence[int]]


class Index:
    """Finds in one vault. Not for several threads at once; several processes may read while one writes.

    Args:
        root: the vault. home: where the index lies, outside the vault.
        dense: vectors beside the full text, where an embedding model is configured.
    """

    def __init__(self, root: Path, home: Path, settings: Settings, dense: DenseLeg | None = None) -> None:
        self.root, self.home, self.settings, self.dense = root, home, settings, dense
        self.analyzer = Analyzer()
        self._db: sqlite3.Connection | None = None
        self._lexical: Lexical | None = None
        self._found: Finder | None = None

    @classmethod
    def open(
        cls,
        root: Path | str,
        home: Path | str,
        settings: Settings | None = None,
        dense: DenseLeg | None = None,
    ) -> Index:
        """The index of the vault at `root`, kept in `home`. Nothing is read or made before it is needed."""
        return cls(Path(root), Path(home), settings or Settings(), dense)

    @property
    def made(self) -> bool:
        """Whether there is an index; it may lag behind the vault."""
        return (self.home / FILE_NAME).is_file()

    def close(self) -> None:
        """Let go of the files; the next use opens them again."""
        if self.dense is not None:
            self.dense.close()
        self._let_go()

    def _let_go(self) -> None:
        self._found = None
        if self._lexical is not None:
            self._lexical.close()
            self._lexical = None
        if self._db is not None:
            self._db.close()
            self._db = None

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- keeping it up to date

    def update(
        self,
        progress: ProgressSink | None = None,
        cancel: Cancel | None = None,
        *,
        rebuild: bool = False,
        paranoid: bool = False,
    ) -> IndexReport:
        """Take in what changed in the vault since the last time.

        Args:
            progress: is told how far it is.
            cancel: is asked after each note; once true, what was done is kept and the report says `stopped`.
            rebuild: read every note again.
            paranoid: then build from scratch elsewhere and compare; differences are errors in the report.

        Raises:
            NotecError: another process writes, the vault cannot be read, or the disk is full or read-only.
        """
        self._let_go()
        with WriterLock(self.home), errors(self.home):
            connection = open_truth(self.home, write=True)
            try:
                truth = Truth(connection)
                lexical = self._open_for_writing(truth)
                try:
                    run = Update(self.root, truth, lexical, self.settings, self.analyzer)
                    run.reading, run.dialect = self._reading(), self._dialect()
                    run.progress, run.cancel = progress or run.progress, cancel or run.cancel
                    report = run.run(rebuild)
                    if self.dense is not None and not report.stopped:
                        said = self.dense.sync(Reader(connection), run.progress, run.cancel)
                        report = replace(report, diagnostics=report.diagnostics + said)
                    if paranoid and not report.stopped:
                        said = self._compared(connection, lexical, run.progress, run.cancel)
                        report = replace(report, diagnostics=report.diagnostics + said)
                    return report
                finally:
                    lexical.close()
            finally:
                connection.close()

    def _compared(
        self, truth: sqlite3.Connection, lexical: Lexical, progress: ProgressSink, cancel: Cancel
    ) -> tuple[Diagnostic, ...]:
        """Differences from an index built from scratch in a folder of its own, which goes afterwards."""
        with TemporaryDirectory(prefix="notec-paranoid-") as place:
            fresh = Index(self.root, Path(place), self.settings)
            with closing(fresh):
                if fresh.update(progress, cancel).stopped:
                    return ()
                other = (fresh._reader().db, fresh._text())
                told = partial(_told, progress, "compare")
                return compare((truth, lexical), other, told)

    def _open_for_writing(self, truth: Truth) -> Lexical:
        lexical = Lexical(self.home / FOLDER, self._text_key(truth.identity()))
        try:
            lexical.open()
        except DamagedIndex:
            lexical.create()
        return lexical

    def _reading(self) -> str:
        """What decides how a note is read; a note read otherwise is read again."""
        s = self.settings
        parts = (ANALYSER_VERSION, CUT_VERSION, EXTRACT_VERSION, self._dialect(), s.front_matter)
        return hashlib.blake2b(repr(parts).encode(), digest_size=6).hexdigest()

    def _dialect(self) -> str:
        return "obsidian" if self.settings.dialect == "auto" else self.settings.dialect

    def _text_key(self, identity: str) -> str:
        return f"{ANALYSER_VERSION} {CUT_VERSION} {EXTRACT_VERSION} {identity}"

    # --- finding

    def search(
        self,
        query: str,
        limit: int = 10,
        filters: Filters | Mapping[str, str] | None = None,
        *,
        graph: str | bool | None = None,
        per_note: int = 1,
        rankers: Sequence[Ranker] = (),
    ) -> list[Hit]:
        """The passages that fit a query best.

        Args:
            query: words, "exact phrases", `title:word`, `tag:word`, `path:folder`.
            filters: narrow the search; a mapping has the names of `Filters`' fields.
            graph: True, False or `auto`; None takes the setting.
            per_note: how many passages of one note may be shown.
            rankers: other opinions, each a name and passage ids, best first; fused by reciprocal rank.
        """
        del graph  # taken up by the walk over links
        wanted = filters if isinstance(filters, Filters) else Filters(**(filters or {}))
        asked = read_query(query, self.analyzer, wanted)
        return self._finder().search(asked, limit, per_note, rankers)

    def doc_freq(self, term: str) -> int:
        """In how many passages an analysed term stands."""
        return self._text().doc_freq("body", term)

    def idf(self, term: str) -> float:
        """Inverse document frequency of an analysed term, over passages, as BM25 has it."""
        return self._finder().idf(term)

    def passage_count(self) -> int:
        return int(self._reader().db.execute("SELECT COUNT(*) FROM passages").fetchone()[0])

    # --- reading

    def note(self, path: str) -> NoteRow | None:
        """What is known of the note at a path, or None."""
        return self._reader().note(path)

    def notes(self) -> list[str]:
        """The paths of all notes, sorted."""
        return self._reader().paths()

    def find(self, name: str) -> list[str]:
        """The notes that a person may mean by `name`: a path, a file name, a title or an alias."""
        return names.find(self._reader().db, self._inside(name))

    def nearest(self, name: str) -> list[str]:
        """Notes whose names are written much like `name`, best first."""
        return names.nearest(self._reader().db, name)

    def _inside(self, name: str) -> str:
        """A path of this machine as one inside the vault, where it is one."""
        if not Path(name).is_absolute():
            return name
        full, root = os.path.realpath(name), os.path.realpath(self.root)
        return full[len(root) + 1 :].replace(os.sep, "/") if full.startswith(root + os.sep) else name

    def text(self, path: str) -> str:
        """The text of a note as it was indexed; empty when there is no such note."""
        reader = self._reader()
        return reader.text(number) if (number := reader.number(path)) else ""

    def passages(self, ids: Sequence[int]) -> list[PassageRow]:
        """Passages by id, in the order asked; those that are gone are left out."""
        return self._reader().passages(ids)

    def statements(self, of: str | int) -> list[StatementRow]:
        """The statements of a note (by path) or of a passage (by id), in order."""
        reader = self._reader()
        if isinstance(of, str):
            return reader.statements(number, of) if (number := reader.number(of)) else []
        place = reader.places([of]).get(of)
        if place is None:
            return []
        note, within = place
        path = reader.titles([note])[note][0]
        return reader.statements(note, path, within)

    def statements_of(self, passages: Sequence[int]) -> dict[int, list[StatementRow]]:
        """The statements of many passages at once, by passage; passages that are gone are left out."""
        return self._reader().statements_within(passages)

    def show(self, statement: str) -> list[StatementRow]:
        """The statement with an id, or with a unique beginning of one; once for each note that has it."""
        return self._reader().statement(statement)

    def links(self, path: str) -> list[LinkRow]:
        """The links of a note."""
        reader = self._reader()
        return reader.links(number, path) if (number := reader.number(path)) else []

    def backlinks(self, path: str) -> list[LinkRow]:
        """The links of other notes to this one."""
        reader = self._reader()
        return reader.backlinks(number, path) if (number := reader.number(path)) else []

    def turns(self, path: str) -> list[TurnRow]:
        """The messages of a chat note."""
        reader = self._reader()
        return reader.turns(number, path) if (number := reader.number(path)) else []

    def status(self) -> dict[str, Any]:
        """Counts and sizes, as plain data."""
        out: dict[str, Any] = {"vault": str(self.root), "home": str(self.home), "indexed": self.made}
        counts = dict.fromkeys(("notes", "statements", "links", "passages"), 0)
        out |= {**counts, "generation": 0, "full_text_generation": 0, "bytes": 0}
        if not self.made:
            return out
        reader = self._reader()
        out |= reader.counts()
        out["generation"] = reader.generation()
        with suppress(NotecError):  # it is built again by the next update
            out["full_text_generation"] = self._text().generation
        out["bytes"] = sum(f.stat().st_size for f in self.home.rglob("*") if f.is_file())
        return out

    def _reader(self) -> Reader:
        if self._db is None:
            try:
                self._db = open_truth(self.home, write=False)
            except FileNotFoundError:
                raise NotecError(
                    f"there is no index in {self.home} yet ({FILE_NAME} is missing)",
                    "run `notec index` first",
                ) from None
        return Reader(self._db)

    def _finder(self) -> Finder:
        if self._found is None:
            self._found = Finder(self._text(), self._reader(), self.analyzer, self.dense)
        return self._found

    def _text(self) -> Lexical:
        if self._lexical is None:
            identity = self._reader().meta("identity") or ""
            lexical = Lexical(self.home / FOLDER, self._text_key(str(identity)))
            try:
                lexical.open()
            except DamagedIndex as error:
                raise NotecError(
                    f"the full text in {lexical.folder} cannot be used: {error}", "run `notec index`"
                ) from None
            self._lexical = lexical
        return self._lexical


def _told(progress: ProgressSink, stage: str, done: int, total: int) -> None:
    progress(Progress(stage, done, total))
