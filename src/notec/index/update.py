"""Brings the index up to date with the vault: what is new, changed, renamed, gone; nothing else is read."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from notec.core import Diagnostic, NotecError, digest
from notec.facts.words import ANALYSER_VERSION, Analyzer
from notec.index.cut import CUT_VERSION
from notec.index.derive import catch_up
from notec.index.dialect import Verdict, detect
from notec.index.extract import EXTRACT_VERSION, Extract, Known, Same, Unread
from notec.index.lexical import Lexical
from notec.index.pool import extract_all
from notec.index.reading import Reader
from notec.index.relink import Relinker
from notec.index.values import Cancel, IndexReport, Progress, ProgressSink, Settings
from notec.index.writing import Truth
from notec.vault.read import read_bytes
from notec.vault.scan import FileEntry, reader_of, scan

_BATCH_NOTES = 400
_BATCH_BYTES = 16_000_000
_BATCH_SECONDS = 5.0
_COMMIT_SECONDS = 30.0  # between commits of the full text, which cost more than those of the truth
_RACE_NS = 2_000_000_000  # a file that changed so shortly before it was read may have changed since
_MANY = 50  # notes that do not all go at once, unless their disk does
_LOST = frozenset({"file-vanished", "not-a-file", "outside-vault", "file-too-large"})


class _Row(NamedTuple):
    id: int
    digest: bytes
    size: int
    mtime_ns: int
    seen_ns: int
    uid: str
    reading: str


class Update:
    """One run. The caller holds the writer's lock and gives a lexical index that is open.

    Args:
        skip: folders of the vault that are not part of it, beside notec's own.
    """

    def __init__(
        self,
        root: Path,
        truth: Truth,
        lexical: Lexical,
        settings: Settings,
        analyzer: Analyzer,
        *,
        skip: tuple[str, ...] = (),
    ) -> None:
        self.root, self.settings, self.skip = root, settings, (settings.saved_folder, *skip)
        self.truth, self.lexical, self.analyzer = truth, lexical, analyzer
        self.reading, self.dialect = "", "obsidian"
        self.progress: ProgressSink = lambda _: None
        self.cancel: Cancel = lambda: False
        self.relinker = Relinker(truth.db)
        self.said: list[Diagnostic] = []
        self.count = dict.fromkeys(("changed", "added", "removed", "renamed", "read", "analysed"), 0)
        self.rows: dict[str, _Row] = {}
        self.missing: dict[str, _Row] = {}
        self.lost = False  # files went between the scan and their reading
        self.stopped = False
        self.derived = 0  # generation that the full text will have with its next commit
        self.text_waits = False  # it is empty, and not committed before it has every note
        self.committed = time.monotonic()

    def run(self, rebuild: bool = False, among: Sequence[FileEntry] | None = None) -> IndexReport:
        """Do it all. What was committed stays, whatever happens on the way.

        Args:
            among: look at these files alone, all of them notes that are known already.
        """
        began = time.monotonic()
        before = self.truth.generation()
        relink_all = self.truth.meta("linked") != before
        self.progress(Progress("scan", 0, 0))
        entries = self._entries() if among is None else among
        self._decide_how_to_read(None if among is not None else entries)
        files = {entry.path: entry for entry in entries if entry.kind == "note"}
        self.rows = self._known_rows(None if among is None else list(files))
        if among is None and not rebuild and not files and len(self.rows) > _MANY:
            raise NotecError(
                f"{self.root}: no note is there any more, and {len(self.rows)} were indexed",
                "is its disk mounted? If they are gone for good, run `notec index --rebuild`",
            )
        again = rebuild or all(row.reading != self.reading for row in self.rows.values())
        self.text_waits = bool(self.rows) and self.lexical.generation == 0 and again
        if not self.text_waits:
            self._catch_up(before)
        self.missing = self._missing(files) if among is None else {}
        wanted = [self._known(entry, rebuild) for entry in files.values() if self._differs(entry, rebuild)]
        try:
            self._read(self._without_renamed(wanted), few=among is not None)
            if self.lost and self._is_gone():
                self._commit_text()
                raise NotecError(
                    f"{self.root}: the vault is not there any more",
                    "bring it back (is its disk mounted?) and start again; the index has lost nothing",
                )
            if not self.stopped:
                if self.text_waits:
                    self._catch_up(before)
                self.progress(Progress("links", 0, 0))
                attachments = [e.path for e in entries if e.kind == "attachment"]
                self._finish(attachments if among is None else None, relink_all)
        except KeyboardInterrupt:
            self._commit_text()
            raise
        self._commit_text()
        reader = Reader(self.truth.db)
        return IndexReport(
            **reader.counts(),
            **self.count,
            seconds=time.monotonic() - began,
            stopped=self.stopped,
            diagnostics=(*self.said, *reader.findings(None if among is None else list(files))),
        )

    def _catch_up(self, generation: int) -> None:
        """The full text has what the truth had at `generation`."""
        told = partial(_told, self.progress)
        self.count["analysed"] += catch_up(self.truth, self.lexical, self.analyzer, generation, told)
        self.derived = max(self.derived, self.lexical.generation)
        self.text_waits = False

    # --- what is there, and what is known

    def _entries(self) -> list[FileEntry]:
        found = scan(
            self.root, ignore=self.settings.ignore, skip=self.skip, documents=self.settings.documents
        )
        self.said += found.diagnostics
        return found.value

    def _decide_how_to_read(self, entries: Sequence[FileEntry] | None) -> None:
        """Sets `dialect` (as it was where no entries are given) and `reading`: what differs is read again."""
        self.dialect = self.settings.dialect
        if self.dialect == "auto":
            known = (str(self.truth.meta(key) or "") for key in ("dialect", "dialect.sample"))
            before = Verdict(*known)
            verdict = detect(self.root, entries, before) if entries is not None else before
            self.dialect = verdict.dialect
            if verdict != before:
                with self.truth.transaction(moves=False):
                    self.truth.set_meta("dialect", verdict.dialect)
                    self.truth.set_meta("dialect.sample", verdict.sample)
        parts = (ANALYSER_VERSION, CUT_VERSION, EXTRACT_VERSION, self.dialect, self.settings.front_matter)
        self.reading = digest(repr(parts))[:12]

    def _known_rows(self, paths: Sequence[str] | None) -> dict[str, _Row]:
        columns = "SELECT path, id, digest, size, mtime_ns, seen_ns, uid, reading FROM notes"
        if paths is None:
            rows: Iterable[Any] = self.truth.db.execute(columns)
        else:
            found = (self.truth.db.execute(f"{columns} WHERE path = ?", (p,)).fetchone() for p in paths)
            rows = (row for row in found if row)
        return {path: _Row(*rest) for path, *rest in rows}

    def _missing(self, files: dict[str, FileEntry]) -> dict[str, _Row]:
        """Notes whose files are gone; below a folder that could not be listed nothing is known to be."""
        unlisted = tuple(f"{d.note}/" if d.note else "" for d in self.said if d.code == "unreadable-folder")
        return {
            path: row
            for path, row in self.rows.items()
            if path not in files and not (unlisted and path.startswith(unlisted))
        }

    def _differs(self, entry: FileEntry, rebuild: bool) -> bool:
        row = self.rows.get(entry.path)
        return (
            rebuild
            or row is None
            or row.reading != self.reading
            or (row.size, row.mtime_ns) != (entry.size, entry.mtime_ns)
            or abs(row.seen_ns - row.mtime_ns) < _RACE_NS
        )

    def _known(self, entry: FileEntry, rebuild: bool) -> Known:
        row = self.rows.get(entry.path)
        known = row.digest if row and row.reading == self.reading and not rebuild else b""
        return Known(entry.path, entry.size, entry.mtime_ns, known)

    def _is_gone(self) -> bool:
        """Whether the folder went, or all that was in it: a disk that is not mounted any more."""
        if not self.root.is_dir():
            return True
        return len(self.rows) > _MANY and not any(Path(self.root, path).exists() for path in self.rows)

    # --- renames

    def _without_renamed(self, wanted: list[Known]) -> list[Known]:
        """Give notes that only moved their new paths; what is left is to be read."""
        sizes = {row.size for row in self.missing.values() if row.reading == self.reading}
        moved: list[tuple[str, Same, str]] = []
        if sizes:
            by_digest: dict[bytes, list[str]] = {}
            for path, row in self.missing.items():
                if row.reading == self.reading:
                    by_digest.setdefault(row.digest, []).append(path)
            for known in wanted:
                if known.path in self.rows or known.size not in sizes:
                    continue
                seen = time.time_ns()
                data = read_bytes(self.root, known.path, max_bytes=self.settings.max_bytes).value
                same = by_digest.get(bytes.fromhex(digest(data)), []) if data is not None else []
                same = [path for path in same if reader_of(path) == reader_of(known.path)]
                if same:
                    old = max(same, key=lambda path: _likeness(path, known.path))
                    by_digest[self.missing[old].digest].remove(old)
                    moved.append((old, Same(known.path, known.size, known.mtime_ns, seen), known.path))
                    self.count["read"] += 1
        if not moved:
            return wanted
        notes = {old: self.missing.pop(old).id for old, _, _ in moved}
        cards = []
        with self.truth.transaction() as generation:
            for old, same_bytes, new in moved:
                before = self.truth.names_of(notes[old])
                cards.append(self.truth.rename(notes[old], new, same_bytes, generation, self.analyzer))
                self.relinker.put(new, before[1], before)
                self.relinker.sources.add(notes[old])
        for card in cards:
            self.lexical.remove_card(card.note)
            self.lexical.add_card(card.note, card.card)
        self.derived = generation
        self.count["renamed"] += len(moved)
        gone = {new for _, _, new in moved}
        return [known for known in wanted if known.path not in gone]

    # --- reading

    def _read(self, wanted: Sequence[Known], few: bool) -> None:
        """Read what differs; store it batch by batch.

        Args:
            few: what is left to do afterwards is done at once, so the full text waits for it.
        """
        by_uid = {row.uid: path for path, row in self.missing.items() if row.uid}
        batch: list[tuple[Extract, int | None]] = []
        touched: list[tuple[int, Same]] = []
        size, last = 0, time.monotonic()
        for done, result in enumerate(
            extract_all(self.root, wanted, self.settings, self.analyzer, self.dialect), 1
        ):
            self.count["read"] += 1
            row = self.rows.get(result.path)
            if isinstance(result, Unread):
                self.said += result.findings
                if row and any(d.code in _LOST for d in result.findings):
                    self.missing[result.path] = row
                    self.lost = True
            elif isinstance(result, Same):
                if row:
                    touched.append((row.id, result))
            else:
                self.count["analysed"] += 1
                if row is None and result.uid in by_uid:  # moved and edited: the note's own id tells
                    row = self.missing.pop(by_uid.pop(result.uid))
                    self.count["renamed"] += 1
                else:
                    self.count["added" if row is None else "changed"] += 1
                batch.append((result, row.id if row else None))
                size += result.size
            if len(batch) >= _BATCH_NOTES or size > _BATCH_BYTES or time.monotonic() - last > _BATCH_SECONDS:
                self._store(batch, touched)
                batch, touched, size, last = [], [], 0, time.monotonic()
            self.progress(Progress("read", done, len(wanted)))
            if self.cancel():
                self.stopped = True
                break
        self._store(batch, touched, text_waits=few)

    def _store(
        self,
        batch: list[tuple[Extract, int | None]],
        touched: list[tuple[int, Same]],
        text_waits: bool = False,
    ) -> None:
        """One transaction of the truth, then the same for the full text."""
        if not batch and not touched:
            return
        written = []
        with self.truth.transaction(moves=bool(batch)) as generation:
            for note, same in touched:
                self.truth.touch(note, same)
            for new, old in batch:
                before = self.truth.names_of(old) if old is not None else None
                if old is not None:
                    self.truth.set_meta("replaced", generation)
                    self.relinker.replaces(old)
                stored = self.truth.put(new, self.reading, generation, old)
                written.append(stored)
                self.relinker.put(new.path, new.aliases, before)
                if not stored.same_links:
                    self.relinker.sources.add(stored.note)
        for stored in written:
            if not stored.is_new:
                self.lexical.remove(stored.note)
            self.lexical.add_passages(stored.note, stored.passages)
            self.lexical.add_card(stored.note, stored.card)
        self.derived = generation
        replaced = any(not stored.is_new for stored in written)  # what readers find of them is gone
        if not text_waits and (replaced or time.monotonic() - self.committed > _COMMIT_SECONDS):
            self._commit_text()

    def _finish(self, attachments: Sequence[str] | None, relink_all: bool) -> None:
        """What is gone goes, and links mean what they mean now; attachments that are not given stay."""
        differ = attachments is not None and self.truth.attachments_differ(attachments)
        if not (differ or self.missing or self.relinker or relink_all):
            if self.truth.meta("linked") != self.truth.generation():
                with self.truth.transaction(moves=False) as generation:
                    self.truth.set_meta("linked", generation)
            return
        with self.truth.transaction() as generation:
            if self.missing:
                self.truth.set_meta("replaced", generation)
            for row in self.missing.values():
                self.relinker.gone(*self.truth.names_of(row.id))
                self.truth.remove(row.id, generation)
                self.count["removed"] += 1
            if attachments is not None:
                self.relinker.keys |= self.truth.set_attachments(attachments)
            self.relinker.resolve(everything=relink_all)
            self.truth.set_meta("linked", generation)
            if self.relinker.moved or relink_all:
                self.truth.set_meta("relinked", generation)
        for row in self.missing.values():
            self.lexical.remove(row.id)
        self.derived = generation

    def _commit_text(self) -> None:
        if self.derived != self.lexical.generation and not self.text_waits:
            self.lexical.commit(self.derived)
            self.truth.forget_gone(self.derived)
        self.committed = time.monotonic()


def _told(progress: ProgressSink, done: int, total: int) -> None:
    progress(Progress("search", done, total))


def _likeness(old: str, new: str) -> tuple[bool, int, str]:
    """How likely a file of the same bytes was `old` before: the same name, then the same folders."""
    a, b = PurePosixPath(old), PurePosixPath(new)
    return a.name == b.name, sum(x == y for x, y in zip(a.parts, b.parts, strict=False)), old
