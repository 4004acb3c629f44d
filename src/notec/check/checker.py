"""Keeps what every note tells, and judges again only what a change touches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from notec.check.ignore import Ignored, ignored_in, is_ignored
from notec.check.rule import Entry, Rule, View
from notec.core import Diagnostic
from notec.vault import Note

Key = tuple[str, str]  # topic, key


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
        self._surveyors = {rule.code: rule.surveyor() for rule in self.rules if rule.surveyor}

    def put(self, path: str, sheet: Sheet) -> None:
        """A note is new, or has changed."""
        self.remove(path)
        self._sheets[path] = sheet
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
            told = self._told.get(key)
            if told is None:
                self._verdicts.pop(key, None)
                continue
            entries = [entry for path in sorted(told) for entry in told[path]]
            found = [d for rule in self._judges[key[0]] if rule.judge for d in rule.judge(key[1], entries)]
            if found:
                self._verdicts[key] = tuple(found)
            else:
                self._verdicts.pop(key, None)
        self._touched.clear()
        found_by = [rule.survey(view) for rule in self.rules if rule.survey]
        found_by += [surveyor.survey(view) for surveyor in self._surveyors.values()]
        self._surveyed = tuple(d for found in found_by for d in found)

    def diagnostics(self, view: View) -> list[Diagnostic]:
        """All findings of now, by note, line and code, without those that their note asks to ignore."""
        finish = {rule.code: rule.finish for rule in self.rules if rule.finish}
        every = [d for sheet in self._sheets.values() for d in sheet.findings]
        every += (d for found in self._verdicts.values() for d in found)
        every += self._surveyed
        kept = [
            d
            for d in every
            if d.note not in self._sheets or not is_ignored(self._sheets[d.note].ignored, d.code, d.line)
        ]
        kept.sort(key=lambda d: (d.note, d.line, d.code, d.span or (0, 0), d.message))
        return [end(d, view) if (end := finish.get(d.code)) else d for d in kept]
