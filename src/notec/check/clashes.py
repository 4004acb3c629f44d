"""Which of the values that were told under one key clash, and how."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from notec.check.likeness import likenesses, may_be_one
from notec.check.rule import Entry
from notec.check.said import Said
from notec.check.same import is_parted, same_thing
from notec.core import Diagnostic, Label, Severity, Span
from notec.facts.inflection import same_name

PLAIN = {True: 0.08, False: 0.3}  # likeness of values that are one thing by all rules, in one note or not
SURE = 0.7  # of others
COMPANY = 16  # values under one key among which likeness may tell; among more its word says too little
_CROWD = 40  # values under one key; where there are more, the word tells too little
_MANY = 3  # different values of what looks like one thing: then it is several things
_CLASHING = {
    frozenset(pair)
    for pair in (
        ("must", "must-not"), ("must", "may"), ("must", "need-not"), ("must", "should-not"),
        ("must-not", "may"), ("must-not", "should"), ("should", "should-not"),
    )
}  # fmt: skip
_FORM = 3  # notes with the same words around a value: then it is a form that is filled in for many things
_OUTCOMES = 2  # clashes in the same words; where there are more, they are outcomes that a list tells apart


class Clash(NamedTuple):
    """Two entries that cannot both hold; `newer` is 0 or 1 for the one that is dated later, else -1."""

    code: str
    first: Entry
    second: Entry
    newer: int


def found(code: str, severity: Severity, key: str, entries: Sequence[Entry]) -> Iterator[Diagnostic]:
    """The findings of one rule under one key."""
    if 1 < len(entries) <= _CROWD:
        for clash in _once(key, entries):
            if clash.code == code:
                yield _diagnostic(clash, severity)


class Candidate(NamedTuple):
    """Two values that differ, and the rule that this would be a finding of."""

    code: str
    first: Entry
    second: Entry
    a: Said
    b: Said

    @property
    def beside(self) -> bool:
        return self.first.note == self.second.note


def candidates(key: str, entries: Sequence[Entry]) -> Iterator[Candidate]:
    """Pairs of entries under a key that differ in value."""
    if not 1 < len(entries) <= _CROWD:
        return
    by_number = key.startswith("number:")
    told = [(entry, _said(entry)) for entry in entries]
    for (one, a), (other, b) in combinations(told, 2):
        if (one.note, one.line) != (other.note, other.line):
            kind = _kind(a, b)
            if kind and (not by_number or kind == "unit-conflict"):
                yield Candidate(kind, one, other, a, b)


def _said(entry: Entry) -> Said:
    return entry.said if isinstance(entry.said, Said) else Said(*entry.said)


def is_alike(a: Said, b: Said) -> bool:
    """Whether two values may be of one thing, so that it is worth to weigh how likely that is."""
    return not a.around and not b.around and may_be_one(a, b) and not is_parted(a, b)


def holding(entries: Sequence[Entry]) -> Callable[[Sequence[str]], int]:
    """In how many notes all of some words stand beside a value; each counted once."""
    words = [frozenset(_said(entry).terms) for entry in entries]
    counted: dict[tuple[str, ...], int] = {}

    def notes(common: Sequence[str]) -> int:
        some = tuple(common)
        if some not in counted:
            counted[some] = len(
                {e.note for e, form in zip(entries, words, strict=True) if form.issuperset(some)}
            )
        return counted[some]

    return notes


def is_plainly_one(c: Candidate, notes: Callable[[Sequence[str]], int]) -> bool:
    """Whether both values are of one thing by all rules."""
    return not (c.a.bare or c.b.bare) and same_thing(c.a, c.b, beside=c.beside, notes=notes)


_last: list[tuple[str, Sequence[Entry], Sequence[Clash]]] = []


def _once(key: str, entries: Sequence[Entry]) -> Sequence[Clash]:
    """The clashes under a key, looked for once for all rules, which ask one after the other."""
    if not (_last and _last[0][0] == key and _last[0][1] is entries):
        _last[:] = [(key, entries, _clashes(key, entries))]
    return _last[0][2]


def _clashes(key: str, entries: Sequence[Entry]) -> Sequence[Clash]:
    out: list[Clash] = []
    forms: dict[frozenset[str], set[str]] = {}
    for entry in entries:
        forms.setdefault(frozenset(_said(entry).terms), set()).add(entry.note)
    notes = holding(entries)
    filled = {form for form, where in forms.items() if form and len(where) > _FORM}
    few = len(entries) <= COMPANY
    met: list[tuple[Candidate, bool]] = []
    for c in candidates(key, entries):
        if frozenset(c.a.terms) in filled or frozenset(c.b.terms) in filled:
            continue
        if not c.a.around and not is_alike(c.a, c.b):
            continue
        plain = is_plainly_one(c, notes)
        if c.a.around and plain:
            out.append(_dated(c))
        elif not c.a.around and (plain or few):
            met.append((c, plain))
    likely = likenesses([(c.a, c.b, c.beside, plain) for c, plain in met], len(entries))
    best: dict[tuple[object, ...], float] = {}
    for (c, _), like in zip(met, likely, strict=True):
        lines = c.first.note, c.first.line, c.second.note, c.second.line
        best[lines] = max(like, best.get(lines, 0.0))
    for (c, plain), like in zip(met, likely, strict=True):
        lines = c.first.note, c.first.line, c.second.note, c.second.line
        least = PLAIN[c.beside] if plain else SURE
        if like >= least and like == best[lines]:  # of two lines one pair of values clashes
            out.append(_dated(c))
    duties = Counter(_duty(c) for c in out if c.code == "modality-clash")
    return [c for c in out if _is_few(c, out) and duties[_duty(c)] <= _OUTCOMES]


def _duty(clash: Clash) -> frozenset[str]:
    return frozenset((*_said(clash.first).terms, *_said(clash.second).terms))


def _is_few(clash: Clash, every: Sequence[Clash]) -> bool:
    """Whether the thing has few values: where it has many they are of many things."""
    places = {clash.first[:4], clash.second[:4]}
    near = (c for c in every if c.first[:4] in places or c.second[:4] in places)
    told = [_said(entry) for c in near for entry in (c.first, c.second)]
    values = {(f"{s.low:.2g}", f"{s.high:.2g}", s.fields, "" if s.low else s.text) for s in told}
    return len(values) <= _MANY


def _kind(a: Said, b: Said) -> str:
    """How two values differ; empty where they may well agree."""
    if a.kind != b.kind:
        return ""
    if a.kind == "modal":
        return "modality-clash" if frozenset((a.what, b.what)) in _CLASHING else ""
    if a.kind == "date":
        mine, theirs = dict(a.fields), dict(b.fields)
        shared = mine.keys() & theirs.keys()
        return "date-conflict" if any(mine[k] != theirs[k] for k in shared) else ""
    if a.kind == "version":
        short = min(len(a.fields), len(b.fields))
        return "value-conflict" if set(a.near) & set(b.near) and a.fields[:short] != b.fields[:short] else ""
    if a.kind == "name":
        few, many = sorted((a.near, b.near), key=len)
        alike = all(any(same_name(x, y) or y[:1] == x.rstrip(".") for y in many) for x in few)
        other_script = a.near[0].isascii() != b.near[0].isascii()
        return "" if alike or other_script else "name-conflict"
    return _quantities(a, b)


def _quantities(a: Said, b: Said) -> str:
    if a.fields and b.fields and a.fields != b.fields:
        return ""  # a month, a year
    if a.unit != b.unit and a.number == b.number:
        money = a.what == b.what == "currency"
        bound = math.isinf(a.low) or math.isinf(a.high) or math.isinf(b.low) or math.isinf(b.high)
        agree = _overlap(a, b) if not bound else _end(a) == _end(b)
        return "unit-conflict" if money or a.what != b.what or not agree else ""
    if a.what != b.what or _overlap(a, b):
        return ""
    if a.what == "currency" and a.unit != b.unit:
        return ""
    return "value-conflict"


def _overlap(a: Said, b: Said) -> bool:
    """Whether one number may be both, as rounded, as a range, or as somebody counts bytes by 1,024."""
    room = 0.2 if a.loose or b.loose else 0.0 if _is_exact(a) and _is_exact(b) else 0.002
    low, high = max(a.low, b.low), min(a.high, b.high)
    if math.isinf(a.low) and math.isinf(b.low):  # two upper bounds, two lower ones
        low, high = max(a.high, b.high), min(a.high, b.high)
    elif math.isinf(a.high) and math.isinf(b.high):
        low, high = max(a.low, b.low), min(a.low, b.low)
    elif "max" in a.marks and "max" in b.marks and math.isfinite(a.high) and math.isfinite(b.high):
        low, high = max(a.high, b.high), min(a.high, b.high)
    elif "min" in a.marks and "min" in b.marks and math.isfinite(a.low) and math.isfinite(b.low):
        low, high = max(a.low, b.low), min(a.low, b.low)
    if low <= high:
        return True
    if not math.isfinite(low) or not math.isfinite(high):
        return False
    if abs(low - high) <= room * max(abs(low), abs(high)):
        return True
    if a.what.startswith("information") and low > 0 < high:
        ratio = low / high
        return any(abs(ratio - 1.024**n) < 0.002 for n in (1, 2, 3, 4))
    return False


def _end(said: Said) -> float:
    """The bound of a quantity that has one side only."""
    return said.low if math.isinf(said.high) else said.high


def _is_exact(said: Said) -> bool:
    """Whether a count is no rounded one, as of a port or an inventory."""
    return said.what == "count" and said.number % 10 != 0


def _dated(c: Candidate) -> Clash:
    stamps = c.a.stamp, c.b.stamp
    if c.a.kind not in ("quantity", "version") or not all(stamps) or stamps[0] == stamps[1]:
        return Clash(c.code, c.first, c.second, -1)
    return Clash("superseded-value", c.first, c.second, int(stamps[1] > stamps[0]))


def _diagnostic(clash: Clash, severity: Severity) -> Diagnostic:
    first, second = clash.first, clash.second
    if clash.newer == 0:  # the older one is the place to mend
        first, second = second, first
    a, b = _said(first), _said(second)
    where = f"in {second.note}:{second.line}"
    if clash.newer >= 0:
        message = f"{a.text} of {a.stamp} here, {b.text} of {b.stamp} {where}"
    else:
        message = f"{a.text} here, {b.text} {where}"
    place = Span(second.start, second.end)
    label = Label(second.note, second.line, place, f"{b.text} here")
    return Diagnostic(
        clash.code, severity, message, first.note, first.line, Span(first.start, first.end), (label,)
    )
