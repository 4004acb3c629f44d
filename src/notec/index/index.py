"""The index of one vault: kept up to date by one, read by many."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from notec.core import Diagnostic, NotecError, Severity
from notec.facts.words import Analyzer
from notec.index import names
from notec.index.behind import Behind, behind
from notec.index.layout import Kept, kept_notes
from notec.index.lexical import FOLDER, DamagedIndex, Lexical
from notec.index.opened import Opened
from notec.index.query import read_query
from notec.index.reading import Reader
from notec.index.schema import errors
from notec.index.search import RERANKED, Finder, rerank
from notec.index.upkeep import Upkeep, text_key
from notec.index.values import (
    Cancel,
    DenseLeg,
    Filters,
    Hit,
    IndexReport,
    LinkRow,
    NoteRow,
    PassageRow,
    ProgressSink,
    Reranker,
    Settings,
    StatementRow,
    TurnRow,
)

Ranker = tuple[str, Sequence[int]]
_ROUNDS = 15  # looks at whether the full text has come up with the truth
_ROUND_SECONDS = 0.02


class Index:
    """Finds in one vault. Not for several threads at once; several processes may read while one writes.

    Args:
        root: the vault. home: where the index lies, outside the vault.
        dense: vectors beside the full text, where an embedding model is configured.

    Attributes:
        reranker: reorders the first passages of every search, where one is configured.
        warnings: what went wrong in searching, such as a reranker that cannot be asked; the search went on.
    """

    def __init__(self, root: Path, home: Path, settings: Settings, dense: DenseLeg | None = None) -> None:
        self.root, self.home, self.settings, self.dense = root, home, settings, dense
        self.analyzer = Analyzer()
        self._truth = Opened(home)
        self._lexical: Lexical | None = None
        self._found: Finder | None = None
        self._version = self._waited = -1
        self._unlinked: tuple[Any, list[str]] = (None, [])
        self.reranker: Reranker | None = None
        self.warnings: tuple[Diagnostic, ...] = ()

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
        return self._truth.is_there()

    def close(self) -> None:
        """Let go of the files; the next use opens them again."""
        if self.dense is not None:
            self.dense.close()
        self._let_go()

    def _let_go(self) -> None:
        self._let_text_go()
        self._truth.close()

    def _let_text_go(self) -> None:
        self._found = None
        if self._lexical is not None:
            self._lexical.close()
            self._lexical = None

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- keeping it up to date

    def update(
        self, progress: ProgressSink | None = None, cancel: Cancel | None = None, *,
        rebuild: bool = False, paranoid: bool = False,
    ) -> IndexReport:  # fmt: skip
        """Take in what changed in the vault since the last time.

        Args:
            progress: is told how far it is.
            cancel: is asked after each note; once true, what was done is kept and the report says `stopped`.
            rebuild: read every note again.
            paranoid: then build from scratch elsewhere and compare; differences are errors in the report.

        Raises:
            NotecError: another process writes, the vault cannot be read, or the disk is full or read-only.
        """
        upkeep = self.upkeep(progress, cancel)
        return replace(upkeep, rebuild=rebuild, paranoid=paranoid).run()

    def upkeep(self, progress: ProgressSink | None = None, cancel: Cancel | None = None) -> Upkeep:
        """An update that is yet to run; this index lets go of the full text for it.

        The database stays open: whoever is the last to close it copies its whole log into it, and waits.
        """
        self._let_text_go()
        self._truth.close_if_moved()
        told, stop = progress or (lambda _: None), cancel or (lambda: False)
        what = (self.root, self.home, self.settings, self.analyzer, self.dense, told, stop)
        return Upkeep(*what, let_go=self._let_go)

    def kind_of(self, path: str) -> str:
        """What lies at `path` as far as is known: `note`, `attachment`, `folder`, or nothing."""
        with self._state() as reader:
            return reader.kind_of(path)

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
        how = self.settings.graph if graph is None else graph
        wanted = filters if isinstance(filters, Filters) else Filters(**(filters or {}))
        asked = read_query(query, self.analyzer, wanted)
        with self._state() as reader:
            found = self._finder(reader).search(
                asked, max(limit, RERANKED) if self.reranker else limit, per_note, rankers, how
            )
        return self._reranked(asked.text, found)[:limit] if self.reranker else found

    def _reranked(self, query: str, hits: list[Hit]) -> list[Hit]:
        """The first hits in the reranker's order; in their own where it fails, and then it is left alone."""
        if self.reranker is None or not query:
            return hits
        try:
            return rerank(self.reranker, query, hits)
        except NotecError as error:
            self.reranker = None
            said = Diagnostic("reranker-unavailable", Severity.WARNING, f"searched without it: {error}", "")
            self.warnings += (said,)
            return hits

    def doc_freq(self, term: str) -> int:
        """In how many passages an analysed term stands."""
        with self._state() as reader:
            return self._text(reader).doc_freq("body", term)

    def idf(self, term: str) -> float:
        """Inverse document frequency of an analysed term, over passages, as BM25 has it."""
        with self._state() as reader:
            return self._finder(reader).idf(term)

    def passage_count(self) -> int:
        with self._state() as reader:
            return reader.counts()["passages"]

    # --- reading

    def note(self, path: str) -> NoteRow | None:
        """What is known of the note at a path, or None."""
        with self._state() as reader:
            return reader.note(path)

    def notes(self) -> list[str]:
        """The paths of all notes, sorted."""
        with self._state() as reader:
            return reader.paths()

    def digests(self) -> dict[str, str]:
        """The digest of each note's bytes, by path; what has the same digest has the same text."""
        with self._state() as reader:
            return reader.changes(-1)[0]

    def changes(self, since: int) -> tuple[dict[str, str], int]:
        """The digests of the notes that changed or moved after a generation, and how many notes there are."""
        with self._state() as reader:
            return reader.changes(since)

    def attachments(self) -> list[str]:
        """The paths of the files that are no notes, sorted."""
        with self._state() as reader:
            return reader.attachments()

    def read_findings(self, paths: Sequence[str] | None = None) -> list[Diagnostic]:
        """What reading the notes, or some of them, had to say."""
        with self._state() as reader:
            return reader.findings(paths)

    def unlinked(self) -> list[str]:
        """Notes that no other note links to and that link to none."""
        with self._state() as reader:
            known = (reader.meta("identity"), reader.meta("relinked"))
            if reader.meta("linked") != reader.generation():  # an update ended before it came to the links
                return reader.unlinked()
            if self._unlinked[0] != known:
                self._unlinked = known, reader.unlinked()
            return self._unlinked[1]

    def dialect(self) -> str:
        """Which side of `[[a|b]]` is the target in this vault: `obsidian` or `dendron`."""
        with self._state() as reader:
            known = str(reader.meta("dialect") or "obsidian")
        return known if self.settings.dialect == "auto" else self.settings.dialect

    def generation(self) -> int:
        """Grows with every change of what is indexed."""
        with self._state() as reader:
            return reader.generation()

    def stamp(self) -> tuple[str, int]:
        """Which database this is, and its generation: the same stamp has the same notes."""
        with self._state() as reader:
            return str(reader.meta("identity") or ""), reader.generation()

    def find(self, name: str) -> list[str]:
        """The notes that a person may mean by `name`: a path, a file name, a title or an alias."""
        with self._state() as reader:
            return names.find(reader.db, self._inside(name))

    def nearest(self, name: str) -> list[str]:
        """Notes whose names are written much like `name`, best first."""
        with self._state() as reader:
            return names.nearest(reader.db, name)

    def _inside(self, name: str) -> str:
        """A path of this machine as one inside the vault, where it is one."""
        if not Path(name).is_absolute():
            return name
        full, root = os.path.realpath(name), os.path.realpath(self.root)
        return full[len(root) + 1 :].replace(os.sep, "/") if full.startswith(root + os.sep) else name

    def text(self, path: str) -> str:
        """The text of a note as it was indexed; empty when there is no such note."""
        with self._state() as reader:
            return reader.text(number) if (number := reader.number(path)) else ""

    def kept(self, paths: Sequence[str]) -> list[Kept]:
        """Notes as they were indexed, in the order asked; one that is not there has no text."""
        with self._state() as reader:
            return kept_notes(reader.db, paths)

    def passages(self, ids: Sequence[int]) -> list[PassageRow]:
        """Passages by id, in the order asked; those that are gone are left out."""
        with self._state() as reader:
            return reader.passages(ids)

    def statements(self, of: str | int) -> list[StatementRow]:
        """The statements of a note (by path) or of a passage (by id), in order."""
        with self._state() as reader:
            if isinstance(of, int):
                return reader.statements_within([of]).get(of, [])
            return reader.statements(number, of) if (number := reader.number(of)) else []

    def statements_of(self, passages: Sequence[int]) -> dict[int, list[StatementRow]]:
        """The statements of many passages at once, by passage; passages that are gone are left out."""
        with self._state() as reader:
            return reader.statements_within(passages)

    def show(self, statement: str) -> list[StatementRow]:
        """The statement with an id, or with a unique beginning of one; once for each note that has it."""
        with self._state() as reader:
            return reader.statement(statement)

    def links(self, path: str) -> list[LinkRow]:
        """The links of a note."""
        with self._state() as reader:
            return reader.links(number, path) if (number := reader.number(path)) else []

    def backlinks(self, path: str) -> list[LinkRow]:
        """The links of other notes to this one."""
        with self._state() as reader:
            return reader.backlinks(number, path) if (number := reader.number(path)) else []

    def turns(self, path: str) -> list[TurnRow]:
        """The messages of a chat note."""
        with self._state() as reader:
            return reader.turns(number, path) if (number := reader.number(path)) else []

    def status(self) -> dict[str, Any]:
        """Counts and sizes, as plain data."""
        out: dict[str, Any] = {"vault": str(self.root), "home": str(self.home), "indexed": self.made}
        counts = dict.fromkeys(("notes", "statements", "links", "passages"), 0)
        out |= {**counts, "generation": 0, "full_text_generation": 0, "bytes": 0}
        if self.dense is not None:
            out["vectors"] = self.dense.status()
        if not self.made:
            return out
        with self._state() as reader:
            out |= reader.counts()
            out["generation"] = reader.generation()
            with suppress(NotecError):  # it is built again by the next update
                out["full_text_generation"] = self._text(reader).generation
        out["bytes"] = sum(f.stat().st_size for f in self.home.rglob("*") if f.is_file())
        return out

    def behind(self) -> Behind:
        """How many notes of the vault are newer than the index; looks at names, sizes and times alone."""
        with self._state() as reader:
            return behind(self.root, self.settings, reader.stamps())

    @contextmanager
    def _state(self) -> Iterator[Reader]:
        """One state of the truth, as long as it is used, whatever a writer does meanwhile."""
        with errors(self.home):
            db = self._truth.get()
            if db.in_transaction:
                yield Reader(db)
                return
            try:
                self._begin(db)
                yield Reader(db)
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    def _begin(self, db: sqlite3.Connection) -> None:
        """Begin to read, with a full text that shows nothing that the truth does not have any more."""
        for _ in range(_ROUNDS):
            self._see_commits(db)
            db.execute("BEGIN")
            replaced = int(Reader(db).meta("replaced") or 0)
            if self._lexical is None or self._lexical.generation >= replaced or replaced == self._waited:
                return
            db.execute("ROLLBACK")
            time.sleep(_ROUND_SECONDS)  # the writer commits the one, then the other
        db.execute("BEGIN")
        self._waited = replaced  # it was killed in between, and will not come

    def _see_commits(self, db: sqlite3.Connection) -> None:
        version = db.execute("PRAGMA data_version").fetchone()[0]
        lags = self._lexical is not None and self._lexical.generation != Reader(db).generation()
        if version != self._version or lags:
            self._version = version
            self._found = None
            if self._lexical is not None:
                try:
                    self._lexical.reload()
                except DamagedIndex:  # another one is in its place
                    self._lexical.close()
                    self._lexical = None

    def _finder(self, reader: Reader) -> Finder:
        if self._found is None:
            self._found = Finder(self._text(reader), reader, self.analyzer, self.dense)
        return self._found

    def _text(self, reader: Reader) -> Lexical:
        if self._lexical is None:
            lexical = Lexical(self.home / FOLDER, text_key(str(reader.meta("identity") or "")))
            try:
                lexical.open()
            except DamagedIndex as error:
                raise NotecError(
                    f"the full text in {lexical.folder} cannot be used: {error}", "run `notec index`"
                ) from None
            self._lexical = lexical
        return self._lexical
