"""Keeps what every note tells, and judges again only what a change touches."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

from notec.check.ignore import Ignored, ignored_in, is_ignored
from notec.check.rule import Entry, Keeping, Rule, Topic, View
from notec.core import Diagnostic
from notec.vault import Note

Key = tuple[str, str]  # topic, key
Shared = tuple[tuple[str, str, Entry], ...]  # topic, key, entry
Halves = tuple[bytes, bytes]  # see `Topic.half`
_SHEET, _SURVEY = ("", "sheet"), ("", "survey")  # where findings come from that belong to no key


class Sheet(NamedTuple):
    """Everything that checking has to know of one note; plain data that can be kept under its digest."""

    findings: tuple[Diagnostic, ...]
    shared: Shared
    ignored: Ignored
    briefs: tuple[tuple[str, Any], ...] = ()  # code, what the rule's surveyor is told
    apart: Halves = (b"", b"")  # what topics apart were told, packed; empty for nothing


def sheet_of(note: Note, rules: Sequence[Rule], findings: Iterable[Diagnostic] = ()) -> Sheet:
    """What a note tells.

    Args:
        findings: what reading the note had to say.
    """
    found = list(findings)
    for rule in rules:
        if rule.look:
            found += rule.look(note)
    shared: list[tuple[str, str, Entry]] = []
    halves: tuple[list[tuple[str, str, Entry]], ...] = ([], [])
    for t in {rule.topic.name: rule.topic for rule in rules if rule.topic}.values():
        for key, entry in t.share(note):
            (halves[t.half(key)] if t.apart else shared).append((t.name, key, entry))
    briefs = tuple((rule.code, rule.brief(note)) for rule in rules if rule.brief)
    one, other = (pickle.dumps(tuple(half), 5) if half else b"" for half in halves)
    return Sheet(tuple(found), tuple(shared), ignored_in(note), briefs, (one, other))


def unpacked(*apart: bytes) -> Shared:
    """What topics apart were told."""
    return tuple(told for half in apart if half for told in pickle.loads(half))  # noqa: S301  our own bytes


def by_key(shared: Shared) -> dict[Key, list[Entry]]:
    """What one note told, in order."""
    found: dict[Key, list[Entry]] = {}
    for topic, key, entry in shared:
        found.setdefault((topic, key), []).append(entry)
    return found


class _Told(Sequence[Entry]):
    """What notes told under a key, by their paths; put together only for a rule that looks into it.

    Where so much was told that it says nothing, how much it is is all that a rule asks for.
    """

    def __init__(self, by_note: Mapping[str, list[Entry]]) -> None:
        self._by_note = by_note

    @cached_property
    def _entries(self) -> list[Entry]:
        return [entry for path in sorted(self._by_note) for entry in self._by_note[path]]

    @cached_property
    def _size(self) -> int:  # asked by every rule, and some keys have thousands of notes
        return sum(map(len, self._by_note.values()))

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, at: Any) -> Any:
        return self._entries[at]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)


def _is_moved(old: Sequence[Entry], new: Sequence[Entry]) -> bool:
    """Whether a note tells the same in other places, of which those that were one still are."""
    if [e.said for e in old] != [e.said for e in new]:
        return False
    lines = {(a.line, b.line) for a, b in zip(old, new, strict=True)}
    places = {(a[1:4], b[1:4]) for a, b in zip(old, new, strict=True)}
    return all(len(set(one)) == len(pairs) for pairs in (lines, places) for one in zip(*pairs, strict=True))


def judges_of(rules: Iterable[Rule]) -> dict[str, list[Rule]]:
    """The rules that judge, by topic."""
    judges: dict[str, list[Rule]] = {}
    for rule in rules:
        if rule.topic and rule.judge:
            judges.setdefault(rule.topic.name, []).append(rule)
    return judges


def judged(topic: Topic, rules: Sequence[Rule], key: str, entries: Sequence[Entry]) -> list[Diagnostic]:
    """What rules find in all that was told under a key, or some of it."""
    if len(entries) < topic.least:
        return []
    told = topic.prepare(entries) if topic.prepare else entries
    return [d for rule in rules if rule.judge for d in rule.judge(key, told)]


class Checker:
    """The state of a checked vault: `put` and `remove` notes, `settle`, then take the `diagnostics`."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self._topics = {rule.topic.name: rule.topic for rule in self.rules if rule.topic}
        self._judges = judges_of(self.rules)
        self._sheets: dict[str, Sheet] = {}
        self._told: dict[Key, dict[str, list[Entry]]] = {}
        self._common: dict[Key, dict[str, list[Entry]]] = {}  # of that, what concerns all
        self._touched: dict[
            Key, set[str] | None
        ] = {}  # notes to be judged again; None: all that told under it
        self._about: dict[Key, set[str]] = {}  # notes that have findings from a source
        self._surveyed: tuple[Diagnostic, ...] = ()
        self._said: dict[str, dict[Key, tuple[Diagnostic, ...]]] = {}  # by the note that they are about
        self._shown: dict[str, list[Diagnostic]] = {}  # the same in order, without what is ignored
        self._unsorted = False
        self._stale: set[str] = set()  # notes of which that has to be made anew
        self._surveyors = {rule.code: rule.surveyor() for rule in self.rules if rule.surveyor}
        self._is_split = self._is_judged = False  # see `split`, `take`

    def put(self, path: str, sheet: Sheet) -> None:
        """A note is new, or has changed."""
        self._replace(path, sheet)
        briefs = dict(sheet.briefs)
        for code, surveyor in self._surveyors.items():
            if code in briefs:
                surveyor.put(path, briefs[code])
            else:  # the note could not be looked at
                surveyor.remove(path)

    def put_files(self, files: Sequence[str]) -> None:
        """The files of the vault that are no notes."""
        shared = tuple(
            (t.name, key, entry) for t in self._topics.values() if t.files for key, entry in t.files(files)
        )
        self.put("", Sheet((), shared, {}))

    def remove(self, path: str) -> None:
        """A note is gone; nothing happens when it was not there."""
        self._replace(path, None)
        for surveyor in self._surveyors.values():
            surveyor.remove(path)

    def _shared(self, sheet: Sheet | None) -> dict[Key, list[Entry]]:
        if sheet is None:
            return {}
        return by_key(sheet.shared if self._is_split else sheet.shared + unpacked(*sheet.apart))

    def _replace(self, path: str, sheet: Sheet | None) -> None:
        self._tell(path, self._shared(self._sheets.pop(path, None)), self._shared(sheet))
        if sheet:
            self._sheets[path] = sheet
        self._set(path, _SHEET, sheet.findings if sheet else ())
        self._stale.add(path)  # it may ignore something else now

    def _tell(self, path: str, before: dict[Key, list[Entry]], now: dict[Key, list[Entry]]) -> None:
        for key in before.keys() | now.keys() if before else now:
            old, new = before.get(key, []), now.get(key, [])
            if old == new:
                continue
            told = self._told.setdefault(key, {})
            told.pop(path, None)
            if new:
                told[path] = new
            topic = self._topics[key[0]]
            if topic.placeless and key not in self._about and _is_moved(old, new):
                continue  # an edit above it; nothing was found that would have to say another line
            if not (common := topic.common):
                self._touched[key] = None
                continue
            was, for_all = [e for e in old if common(e)], [e for e in new if common(e)]
            if for_all:
                self._common.setdefault(key, {})[path] = for_all
            elif was:
                del self._common[key][path]
            if was != for_all:
                self._touched[key] = None
            elif (notes := self._touched.setdefault(key, set())) is not None:
                notes.add(path)

    def is_empty(self) -> bool:
        """Whether no note was put."""
        return not self._sheets

    def split(self) -> None:
        """Leave the topics apart to other processes, of whose findings `take` is told, until `wake`."""
        self._is_split, self._is_judged = True, False

    def take(self, found: Iterable[tuple[Key, Sequence[Diagnostic]]]) -> None:
        """What other processes found under the keys of the topics apart."""
        for key, findings in found:
            self._take(key, findings)
        self._is_judged = True

    def wake(self) -> None:
        """Unpack what topics apart were told; it will be judged here where no other process did."""
        if not self._is_split:
            return
        self._is_split, touched = False, self._touched
        self._touched = {}
        for path, sheet in self._sheets.items():
            self._tell(path, {}, by_key(unpacked(*sheet.apart)))
        self._touched = touched if self._is_judged else touched | self._touched

    def settle(self, view: View) -> None:
        """Judge what was touched since the last time."""
        for key, notes in self._touched.items():
            self._judge(key, notes)
        self._touched.clear()
        found_by = [rule.survey(view) for rule in self.rules if rule.survey]
        found_by += [surveyor.survey(view) for surveyor in self._surveyors.values()]
        surveyed = tuple(d for found in found_by for d in found)
        if surveyed != self._surveyed:
            self._take(_SURVEY, surveyed)
            self._surveyed = surveyed

    def _judge(self, key: Key, notes: set[str] | None) -> None:
        """Judge all that was told under a key, or what some notes told, with what concerns all."""
        told, topic = self._told.get(key, {}), self._topics[key[0]]
        if notes is None or not topic.common:
            entries = _Told(told)
        else:
            some = {path: told[path] for path in notes if path in told}
            entries = _Told({**self._common.get(key, {}), **some})
        self._take(key, judged(topic, self._judges.get(key[0], ()), key[1], entries), notes)
        if not told:
            self._told.pop(key, None)
            self._common.pop(key, None)

    def _take(self, source: Key, found: Iterable[Diagnostic], among: set[str] | None = None) -> None:
        """Keep what a source found now, about all notes or some."""
        by_note: dict[str, list[Diagnostic]] = {}
        for d in found:
            by_note.setdefault(d.note, []).append(d)
        about = self._about.get(source)
        if about is None:
            if not by_note:
                return
            about = self._about[source] = set()
        for note in [*(by_note.keys() | about)] if among is None else among:
            self._set(note, source, by_note.get(note, ()))
            (about.add if note in by_note else about.discard)(note)
        if not about:
            del self._about[source]

    def _set(self, note: str, source: Key, found: Sequence[Diagnostic]) -> None:
        said = self._said.setdefault(note, {})
        if said.get(source, ()) != tuple(found):
            self._stale.add(note)
            if found:
                said[source] = tuple(found)
            else:
                del said[source]

    def kept(self) -> Any:
        """What judging and surveying gave, as plain data; of use with the same sheets only."""
        surveyors = {c: s.kept() for c, s in self._surveyors.items() if isinstance(s, Keeping)}
        return self._said, self._about, self._surveyed, self._shown, surveyors

    def restore(self, kept: Any) -> None:
        """The sheets that were put are those of then, and need not be judged again."""
        self._said, self._about, self._surveyed, self._shown, surveyors = kept
        for code, surveyor in self._surveyors.items():
            if isinstance(surveyor, Keeping):
                surveyor.restore(surveyors[code])
        self._touched.clear()
        self._stale.clear()

    def finish_anew(self, notes: Iterable[str]) -> None:
        """What `Rule.finish` adds to the findings of these notes is another now."""
        self._stale.update(notes)

    def diagnostics(self, view: View) -> list[Diagnostic]:
        """All findings of now, by note, line and code, without those that their note asks to ignore."""
        finish = {rule.code: rule.finish for rule in self.rules if rule.finish}
        for note in self._stale:
            ignored = self._sheets[note].ignored if note in self._sheets else {}
            # a pair of notes may meet under several keys, and is told once
            found = dict.fromkeys(d for said in self._said.get(note, {}).values() for d in said)
            kept = [d for d in found if not is_ignored(ignored, d.code, d.line)]
            kept.sort(key=lambda d: (d.line, d.code, d.span or (0, 0), d.message))
            if kept:
                self._unsorted |= note not in self._shown
                self._shown[note] = [end(d, view) if (end := finish.get(d.code)) else d for d in kept]
            else:
                self._shown.pop(note, None)
        self._stale.clear()
        if self._unsorted:
            self._shown = dict(sorted(self._shown.items(), key=itemgetter(0)))  # quick: it nearly is
            self._unsorted = False
        return list(chain.from_iterable(self._shown.values()))
