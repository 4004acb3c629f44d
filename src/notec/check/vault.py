"""Checks an indexed vault: what is known of a note is kept, and only what differs is looked at anew.

A note's sheet is kept under its path, its digest and the rules that made it; sheets of many notes are made in
processes of their own. Rules see the text as it was indexed, so a check never meets a half-written file.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType

from notec.check.checker import Checker, Sheet, sheet_of
from notec.check.links import FILE, LINKS, Held
from notec.check.rule import Rule
from notec.core import Diagnostic, Doc, Severity
from notec.index import Index, Settings
from notec.store import Memo, StepKey, step_key
from notec.vault import parse_markdown
from notec.vault.nearest import Names, may_be_near
from notec.vault.resolve import fold

_CHUNK = 250  # notes of one look-up, and of one task of a worker
_FEW_NAMES = 50  # more are not compared with what was asked, one by one
_FEW = 120  # fewer notes are looked at in this process

Told = Callable[[int, int], None]
NoSuchModel = Callable[[str], tuple[str, str] | None]  # as `View.no_such_model`
Sheets = list[tuple[str, Sheet]]


class IndexView:
    """What rules may see of the whole vault, read from its index."""

    def __init__(self, index: Index, names: NameTable, models: NoSuchModel | None = None) -> None:
        self._index, self._names, self._models = index, names, models
        self._doc = lru_cache(64)(lambda note: Doc(note, index.text(note)))

    def paths(self) -> Sequence[str]:
        return self._index.notes()

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


class NameTable:
    """Names and aliases of notes for "did you mean"; a change of names asks again only what it may touch."""

    def __init__(self) -> None:
        self._names: dict[str, tuple[str, ...]] = {}  # path -> folded names
        self._table = Names()
        self._answers: dict[str, list[str]] = {}
        self._askers: dict[str, set[str]] = {}
        self._changed: set[str] = set()

    def put(self, path: str, names: tuple[str, ...]) -> None:
        """A note has these names; none when it is gone."""
        before = set(self._names.pop(path, ()))
        if names:
            self._names[path] = names
        for name in before - set(names):
            self._table.remove(name, path)
        for name in set(names) - before:
            self._table.put(name, path)
        self._changed |= before ^ set(names)

    def nearest(self, name: str, asker: str) -> list[str]:
        """Notes that are named much like `name`, best first; which note asks is remembered."""
        plain = _bare(name)
        self._askers.setdefault(plain, set()).add(asker)
        if plain not in self._answers:
            self._answers[plain] = self._table.nearest(plain, 3)
        return self._answers[plain]

    def stale(self) -> set[str]:
        """The notes that would be told something else than when they asked."""
        out: set[str] = set()
        few = len(self._changed) <= _FEW_NAMES
        for name, before in list(self._answers.items()):
            if few and not any(may_be_near(name, changed) for changed in self._changed):
                continue
            now = self._answers[name] = self._table.nearest(name, 3)
            if now != before:
                out |= self._askers.pop(name)
        self._changed.clear()
        return out


def _bare(name: str) -> str:
    """A file name as names are compared, without folder and suffix."""
    last = fold(name.replace("\\", "/").strip()).rpartition("/")[2]
    return last.removesuffix(".md")


def _names_of(sheet: Sheet) -> tuple[str, ...]:
    helds = [Held(*e.said[1:]) for topic, _, e in sheet.shared if topic == LINKS.name and e.said[0] == FILE]
    return tuple(sorted({_bare(name) for held in helds for name in (held.path, *held.aliases)}))


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
        self._files: list[str] | None = None

    def update(self, told: Told | None = None) -> list[Diagnostic]:
        """Bring the check up to date with the index; all findings of now."""
        digests = self.index.digests()
        for path in self._known.keys() - digests.keys():
            self.checker.remove(path)
            self._names.put(path, ())
        changed = sorted(path for path, digest in digests.items() if self._known.get(path) != digest)
        for done, (path, sheet) in enumerate(self._sheets(changed, digests), 1):
            self.checker.put(path, sheet)
            self._names.put(path, _names_of(sheet))
            if told:
                told(done, len(changed))
        self._known = digests
        files = self.index.attachments()
        if files != self._files:
            self.checker.put_files(files)
            self._files = files
        view = IndexView(self.index, self._names, self._models)
        self.checker.settle(view)
        self.checker.finish_anew(self._names.stale())
        return self.checker.diagnostics(view)

    def _sheets(self, paths: Sequence[str], digests: Mapping[str, str]) -> Iterator[tuple[str, Sheet]]:
        missing: list[str] = []
        for path in paths:
            kept = self.memo.get(self._key(path, digests[path])) if self.memo else None
            if kept is None:
                missing.append(path)
            else:
                yield path, pickle.loads(kept.value)  # noqa: S301  our own file, beside the index
        said: dict[str, list[Diagnostic]] = {}
        for finding in self.index.read_findings() if missing else ():
            said.setdefault(finding.note, []).append(finding)
        for made in self._made(missing):
            whole = [(p, s._replace(findings=(*said.get(p, ()), *s.findings))) for p, s in made]
            if self.memo:
                self.memo.put_many((self._key(p, digests[p]), pickle.dumps(s, protocol=5)) for p, s in whole)
            yield from whole

    def _made(self, paths: Sequence[str]) -> Iterator[Sheets]:
        """Sheets of notes, a chunk at a time."""
        chunks = [paths[at : at + _CHUNK] for at in range(0, len(paths), _CHUNK)]
        if len(paths) < _FEW:
            yield from (make_sheets(self.index, chunk, self.rules) for chunk in chunks)
            return
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        job = partial(_work, self.index.root, self.index.home, self.index.settings, self.rules)
        done = 0
        try:
            with ProcessPoolExecutor(min(cores, 8), get_context("spawn")) as pool:
                main = sys.modules["__main__"]
                # A spawned process runs the main script again; ours need nothing of it, and a script without
                # `if __name__ == "__main__"` would check once more in each of them.
                sys.modules["__main__"] = ModuleType("__main__")
                try:
                    results = pool.map(job, chunks)
                finally:
                    sys.modules["__main__"] = main
                for made in results:
                    done += 1
                    yield made
        except BrokenProcessPool:  # killed for memory: one process needs less
            yield from (make_sheets(self.index, chunk, self.rules) for chunk in chunks[done:])

    def _key(self, path: str, digest: str) -> StepKey:
        rules = [rule.code for rule in self.rules]
        return step_key("check-note", self.version, subject=path, path=path, digest=digest, rules=rules)


def make_sheets(index: Index, paths: Sequence[str], rules: Sequence[Rule]) -> Sheets:
    """Read notes from the index and look at each."""
    dialect = index.dialect()
    return [(path, _sheet(path, index.text(path), dialect, rules)) for path in paths]


def _sheet(path: str, text: str, dialect: str, rules: Sequence[Rule]) -> Sheet:
    try:
        return sheet_of(parse_markdown(path, text, dialect).value, rules)
    except Exception as error:  # noqa: BLE001  one note must not stop the others
        said = f"could not be checked: {type(error).__name__}: {error}; please report this"
        return Sheet((Diagnostic("note-failed", Severity.ERROR, said, path),), (), {})


def _work(root: Path, home: Path, settings: Settings, rules: Sequence[Rule], paths: Sequence[str]) -> Sheets:
    with Index.open(root, home, settings) as index:
        return make_sheets(index, paths, rules)
