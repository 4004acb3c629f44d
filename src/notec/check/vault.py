"""Checks an indexed vault: what is known of a note is kept, and only what differs is looked at anew.

A note's sheet is kept under its path, its digest and the rules that made it; sheets of many notes are made in
processes of their own. Rules see the text as it was indexed, so a check never meets a half-written file.
"""

from __future__ import annotations

import gc
import pickle
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from functools import lru_cache

from notec.check.checker import Checker, Sheet
from notec.check.judging import Found, Judges
from notec.check.links import FILE, LINKS, Held
from notec.check.making import make_sheets
from notec.check.names import NameTable, bare
from notec.check.rule import Rule
from notec.core import Diagnostic, Doc
from notec.index import Index
from notec.store import Memo, StepKey, step_key

_MANY = 1000  # notes at once; what they hold makes up most of what the process holds
_SETTLED = "check-settled"
_CHUNK = 250  # notes whose findings of reading are asked for one by one, and whose sheets come at once

Told = Callable[[int, int], None]
NoSuchModel = Callable[[str], tuple[str, str] | None]  # as `View.no_such_model`


class IndexView:
    """What rules may see of the whole vault, read from its index."""

    def __init__(
        self, index: Index, notes: Collection[str], names: NameTable, models: NoSuchModel | None = None
    ) -> None:
        self._index, self._notes, self._names, self._models = index, notes, names, models
        self._doc = lru_cache(64)(lambda note: Doc(note, index.text(note)))

    def paths(self) -> Collection[str]:
        return self._notes

    def nearest(self, name: str, asker: str) -> list[str]:
        return self._names.nearest(name, asker)

    def unlinked(self) -> Sequence[str]:
        return self._index.unlinked()

    def line_text(self, note: str, line: int) -> str:
        return self._doc(note).line_text(line)

    def doc(self, note: str) -> Doc:
        return self._doc(note)

    def no_such_model(self, name: str) -> tuple[str, str] | None:
        return self._models(name) if self._models else None


def _with_above(folder: str) -> Iterator[str]:
    """A folder and those that hold it, but for the vault."""
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]


def _names_of(sheet: Sheet) -> tuple[str, ...]:
    helds = [Held(*e.said[1:]) for topic, _, e in sheet.shared if topic == LINKS.name and e.said[0] == FILE]
    return tuple(sorted({bare(name) for held in helds for name in (held.path, *held.aliases)}))


class VaultCheck:
    """The check of one vault; `update` after each change of the index.

    Args:
        memo: where sheets are kept; None keeps none.
        version: of all code that decides what is found; another one looks at every note again.
        models: knows which models never existed.
    """

    def __init__(
        self,
        index: Index,
        rules: Sequence[Rule],
        memo: Memo | None = None,
        version: str = "",
        models: NoSuchModel | None = None,
    ) -> None:
        self._models = models
        self.index, self.rules, self.memo, self.version = index, tuple(rules), memo, version
        self.checker = Checker(rules)
        self._names = NameTable()
        self._known: dict[str, str] = {}  # path -> digest of what the checker has
        self._stamp: tuple[str, int] = ("", 0)
        self._dialect = ""
        self._codes = [rule.code for rule in rules]
        self._files: list[str] | None = None
        self._folders: set[str] = set()
        self.looked_at = 0  # notes, since it was last kept what they gave
        self._moved = False  # notes came or went since folders were looked at

    def __len__(self) -> int:
        """How many notes there are."""
        return len(self._known)

    def update(self, told: Told | None = None) -> list[Diagnostic]:
        """Bring the check up to date with the index; all findings of now."""
        self.checker.wake()
        stamp, dialect = self.index.stamp(), self.index.dialect()
        if dialect != self._dialect:
            self._known, self._dialect = dict.fromkeys(self._known, ""), dialect  # links may mean others
            self._stamp = ("", 0)
        if not self._known and self.memo:
            self._restore()
        changed, gone = self._differing(stamp)
        self._moved |= bool(gone) or any(path not in self._known for path in changed)
        for path in gone:
            self.checker.remove(path)
            self._names.put(path, ())
            del self._known[path]
        many = len(changed) > _MANY
        apart = many and self.checker.is_empty() and any(r.topic and r.topic.apart for r in self.rules)
        with _few_collections(many), closing(Judges(self.rules)) if apart else nullcontext() as judges:
            if judges:
                self.checker.split()
            for done, (path, sheet) in enumerate(self._sheets(sorted(changed), changed), 1):
                self._put(path, sheet)
                if judges:
                    judges.give(path, sheet.apart)
                if told:
                    told(done, len(changed))
            if judges:
                judges.judge()
            self._known.update(changed)
            self.looked_at += len(changed)
            self._stamp = stamp
            files = self.index.attachments()
            if self._moved or files != self._files:
                self._put_files(files, self._known)
            view = IndexView(self.index, self._known, self._names, self._models)
            self.checker.settle(view)
            self.checker.finish_anew(self._names.stale())
            if judges:
                self.checker.diagnostics(view)  # most of them, while the judges are busy
                self._take(judges.found(), view)
            return self.checker.diagnostics(view)

    def _take(self, found: Found | None, view: IndexView) -> None:
        if found is None:  # a process was lost
            self.checker.wake()
            self.checker.settle(view)
        else:
            self.checker.take(found)

    def keep(self) -> None:
        """Keep what was found out, so that another process has to look at what changed since then only."""
        if self.memo:
            kept = self._known, self._files, self.checker.kept(), self._names.kept()
            self.memo.forget(_SETTLED)  # those of other versions are of no use
            self.memo.put(self._settled_key(), pickle.dumps(kept, protocol=5))
            self.looked_at = 0

    def _restore(self) -> None:
        """Begin where another process ended, unless a sheet of then is lost."""
        found = self.memo.get(self._settled_key()) if self.memo else None
        if found is None:
            return
        known, files, checker, names = pickle.loads(found.value)  # noqa: S301  our own file
        with _few_collections(many=len(known) > _MANY):
            for path, packed in self._kept(known, known):
                if packed is None:
                    self.checker, self._names = Checker(self.rules), NameTable()
                    return
                self._put(path, pickle.loads(packed))  # noqa: S301
            self._put_files(files, known)
            self.checker.restore(checker)
            self._names.restore(names)
        self._known = known

    def _put(self, path: str, sheet: Sheet) -> None:
        self.checker.put(path, sheet)
        self._names.put(path, _names_of(sheet))

    def _put_files(self, files: list[str], notes: Iterable[str]) -> None:
        """What there is besides the notes: other files, and the folders of all."""
        now, before = set(files), set(self._files or ())
        for path in now ^ before:
            self._names.put(path, (bare(path),) if path in now else ())
        parents = {path.rpartition("/")[0] for path in (*files, *notes)}
        folders = {f"{at}/" for parent in parents for at in _with_above(parent)}
        if now != before or folders != self._folders:
            self.checker.put_files([*files, *sorted(folders)])
        self._files, self._folders, self._moved = files, folders, False

    def _differing(self, stamp: tuple[str, int]) -> tuple[dict[str, str], set[str]]:
        """The digests of the notes that differ from what is known, and the notes that are gone.

        Where notes are known already, what changed since is all that is read.
        """
        gone: set[str] = set()
        known = self._known
        digests, count = self.index.changes(self._stamp[1]) if self._stamp[0] == stamp[0] else ({}, -1)
        if count != len(known) + sum(path not in known for path in digests):
            digests = self.index.digests()
            gone = known.keys() - digests.keys()
        return {path: digest for path, digest in digests.items() if known.get(path) != digest}, gone

    def _sheets(self, paths: Sequence[str], digests: Mapping[str, str]) -> Iterator[tuple[str, Sheet]]:
        """Sheets, those that are kept first; what reading a note had to say is put to it."""
        said: dict[str, list[Diagnostic]] = {}
        for finding in self.index.read_findings(paths if len(paths) < _CHUNK else None):
            said.setdefault(finding.note, []).append(finding)
        for path, packed in self._packed(paths, digests):
            sheet: Sheet = pickle.loads(packed)  # noqa: S301  our own file, beside the index
            if path in said:
                sheet = sheet._replace(findings=(*said[path], *sheet.findings))
            yield path, sheet

    def _packed(self, paths: Sequence[str], digests: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
        missing: list[str] = []
        for path, kept in self._kept(paths, digests):
            if kept is None:
                missing.append(path)
            else:
                yield path, kept
        waiting: list[tuple[str, bytes]] = []
        try:
            for made in make_sheets(self.index, missing, self.rules):
                waiting += made
                if len(waiting) >= _CHUNK:
                    self._remember(waiting, digests)
                    waiting = []
                yield from made
        finally:  # nor is lost what was made until somebody stopped it
            self._remember(waiting, digests)

    def _remember(self, made: Iterable[tuple[str, bytes]], digests: Mapping[str, str]) -> None:
        if self.memo:
            self.memo.put_many((self._key(path, digests[path]), packed) for path, packed in made)

    def _kept(self, paths: Iterable[str], digests: Mapping[str, str]) -> Iterator[tuple[str, bytes | None]]:
        """Each note with its sheet as it was kept, or None."""
        every = list(paths)
        for at in range(0, len(every), _CHUNK):
            keys = {path: self._key(path, digests[path]) for path in every[at : at + _CHUNK]}
            found = self.memo.get_many(keys.values()) if self.memo else {}
            yield from ((path, found.get(key.digest)) for path, key in keys.items())

    def _settled_key(self) -> StepKey:
        parts = {"dialect": self._dialect, "rules": self._codes}
        return step_key(_SETTLED, self.version, subject="vault", **parts)

    def _key(self, path: str, digest: str) -> StepKey:
        parts = {"path": path, "digest": digest, "dialect": self._dialect, "rules": self._codes}
        return step_key("check-note", self.version, subject=path, **parts)


@contextmanager
def _few_collections(many: bool) -> Iterator[None]:
    """Sheets are millions of small values that stay; going over them again finds nothing to free.

    After many came, nothing that is there now is gone over any more: that would take seconds, of any edit.
    """
    before, enabled = gc.get_threshold(), gc.isenabled()
    gc.set_threshold(200_000, 50, 1000)
    if many:
        gc.disable()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        if many:
            gc.freeze()
            if enabled:
                gc.enable()
