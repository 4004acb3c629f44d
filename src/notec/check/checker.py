"""Keeps what every note tells, and judges again only what a change touches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from notec.check.ignore import Ignored, ignored_in, is_ignored
from notec.check.rule import Entry, Rule, View
from notec.core import Diagnostic
from notec.vault import Note

Key = tuple[str, str]  # topic, key
_SHEET, _SURVEY = ("", "sheet"), ("", "survey")  # where findings come from that belong to no key


class Sheet(NamedTuple):
    """Everything that checking has to know of one note; plain data that can be kept under its digest."""

    findings: tuple[Diagnostic, ...]
    shared: tuple[tuple[str, str, Entry], ...]  # topic, key, entry
    ignored: Ignored
    briefs: tuple[tuple[str, Any], ...] = ()  # code, what the rule's surveyor is told


def sheet_of(note: Note, rules: Sequence[Rule], findings: Iterable[Diagnostic] = ()) -> Sheet:
    """What a note tells.

    Args:
        findings: what reading the note had to say.
    """
    found = list(findings)
    for rule in rules:
        if rule.look:
            found += rule.look(note)
    topics = {rule.topic.name: rule.topic for rule in rules if rule.topic}
    shared = [(t.name, key, entry) for t in topics.values() for key, entry in t.share(note)]
    briefs = tuple((rule.code, rule.brief(note)) for rule in rules if rule.brief)
    return Sheet(tuple(found), tuple(shared), ignored_in(note), briefs)


class Checker:
    """The state of a checked vault: `put` and `remove` notes, `settle`, then take the `diagnostics`."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self._judges: dict[str, list[Rule]] = {}
        for rule in self.rules:
            if rule.topic and rule.judge:
                self._judges.setdefault(rule.topic.name, []).append(rule)
        self._sheets: dict[str, Sheet] = {}
        self._told: dict[Key, dict[str, list[Entry]]] = {}
        self._verdicts: dict[Key, tuple[Diagnostic, ...]] = {}
        self._touched: set[Key] = set()
        self._surveyed: tuple[Diagnostic, ...] = ()
        self._said: dict[str, dict[Key, list[Diagnostic]]] = {}  # by the note that they are about
        self._shown: dict[str, list[Diagnostic]] = {}  # the same in order, without what is ignored
        self._stale: set[str] = set()  # notes of which that has to be made anew
        self._surveyors = {rule.code: rule.surveyor() for rule in self.rules if rule.surveyor}

    def put(self, path: str, sheet: Sheet) -> None:
        """A note is new, or has changed."""
        self.remove(path)
        self._sheets[path] = sheet
        self._say(_SHEET, (), sheet.findings)
        self._stale.add(path)  # it may ignore something else now
        for topic, key, entry in sheet.shared:
            self._told.setdefault((topic, key), {}).setdefault(path, []).append(entry)
            self._touched.add((topic, key))
        for code, brief in sheet.briefs:
            self._surveyors[code].put(path, brief)

    def put_files(self, files: Sequence[str]) -> None:
        """The files of the vault that are no notes."""
        topics = {rule.topic.name: rule.topic for rule in self.rules if rule.topic}
        shared = tuple(
            (t.name, key, entry) for t in topics.values() if t.files for key, entry in t.files(files)
        )
        self.put("", Sheet((), shared, {}))

    def remove(self, path: str) -> None:
        """A note is gone; nothing happens when it was not there."""
        sheet = self._sheets.pop(path, None)
        self._say(_SHEET, sheet.findings if sheet else (), ())
        self._stale.add(path)
        for topic, key, _ in sheet.shared if sheet else ():
            told = self._told.get((topic, key))
            if told and told.pop(path, None) is not None and not told:
                del self._told[topic, key]
            self._touched.add((topic, key))
        for surveyor in self._surveyors.values():
            surveyor.remove(path)

    def settle(self, view: View) -> None:
        """Judge what was touched since the last time."""
        for key in self._touched:
            told = self._told.get(key, {})
            entries = [entry for path in sorted(told) for entry in told[path]]
            judges = self._judges.get(key[0], ()) if entries else ()
            found = [d for rule in judges if rule.judge for d in rule.judge(key[1], entries)]
            self._say(key, self._verdicts.pop(key, ()), found)
            if found:
                self._verdicts[key] = tuple(found)
        self._touched.clear()
        found_by = [rule.survey(view) for rule in self.rules if rule.survey]
        found_by += [surveyor.survey(view) for surveyor in self._surveyors.values()]
        surveyed = tuple(d for found in found_by for d in found)
        if surveyed != self._surveyed:
            self._say(_SURVEY, self._surveyed, surveyed)
            self._surveyed = surveyed

    def _say(self, source: Key, before: Iterable[Diagnostic], now: Iterable[Diagnostic]) -> None:
        """Other findings come from a source now."""
        for d in before:
            self._said.get(d.note, {}).pop(source, None)
            self._stale.add(d.note)
        for d in now:
            self._said.setdefault(d.note, {}).setdefault(source, []).append(d)
            self._stale.add(d.note)

    def finish_anew(self) -> None:
        """What `Rule.finish` adds may be another now."""
        self._stale.update(self._shown)

    def diagnostics(self, view: View) -> list[Diagnostic]:
        """All findings of now, by note, line and code, without those that their note asks to ignore."""
        finish = {rule.code: rule.finish for rule in self.rules if rule.finish}
        for note in self._stale:
            ignored = self._sheets[note].ignored if note in self._sheets else {}
            # a pair of notes may meet under several keys, and is told once
            found = dict.fromkeys(d for said in self._said.get(note, {}).values() for d in said)
            kept = [d for d in found if not is_ignored(ignored, d.code, d.line)]
            kept.sort(key=lambda d: (d.line, d.code, d.span or (0, 0), d.message))
            self._shown[note] = [end(d, view) if (end := finish.get(d.code)) else d for d in kept]
            if not kept:
                del self._shown[note]
        self._stale.clear()
        return [d for note in sorted(self._shown) for d in self._shown[note]]
