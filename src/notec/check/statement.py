"""What one statement tells that can clash: each value with the words that tell what it is of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from notec.check.chain import chain, is_unsure, signs
from notec.check.copied import MOST, copied, number_of, stamp_of
from notec.check.lexicon import concepts, marks, roles
from notec.check.said import NOTHING, Said
from notec.check.scope import Own, Placed, Segment, owned, segments
from notec.check.terms import WORD, over, terms
from notec.check.worth import (
    is_address,
    is_counted,
    is_duty,
    is_labelled,
    is_number,
    is_since,
    is_value,
    is_version,
)
from notec.facts import Facts, Modal, Modality, Quantity, read
from notec.facts.stems import fold
from notec.facts.units import to_base
from notec.facts.values import Name

SIGNS = re.compile(
    r"(?<![^\W\d_])[^\W\d_]*+\d\w*|(?<=\w\s)(?:[A-ZА-Я]|[IVX]{2,4})(?!\w)|(?<=[«\"“])[A-ZА-Я](?=[»\"”])"
)  # "A6000", the B of "Camera B"
_LETTER = re.compile(r"[A-ZА-Я](?:(?<=\w\s.)(?:(?<=[IVX])[IVX]{1,3})?(?!\w)|(?<=[«\"“].)(?=[»\"”]))")
"""Those of them that are letters alone."""
_PERMIT = re.compile(r"can|could|might|мож[еу]т|могут|мог|могл[аои]|можем|можешь|можете|можно", re.IGNORECASE)
_CLAUSE = re.compile(r"[;:]\s|,\s+(?:so|but|because|which|если|но|чтобы|потому|так|котор\w+)\s|\s[—–]\s")
_CLAUSES = re.compile(rf"{_CLAUSE.pattern}|\s(?:and|but|и|а|но)\s")
_ACCORDING = re.compile(r"(?:according to|по словам|по данным|со слов)\s[^,]{2,40},\s", re.IGNORECASE)
_SAID = re.compile(
    r"[,\s](?:(?<=,)\s[^,]*(?<!\w)"
    r"(?:said|says|told|wrote|сказал[аи]?|говор[ия]т|пиш[еу]т|написал[аи]?|сообщил[аи]?)(?!\w)"
    r"|(?<=\sthat\s)|(?<=,\sчто\s))",
    re.IGNORECASE,
)
_GLUED = re.compile(r"\d+[- ]?([^\W\d_]{3,})$")
PRONOUN = re.compile(
    r"(?:it|its|he|his|she|her|they|their|он|она|оно|они|его|ее|её|их|это)(?!\w)", re.IGNORECASE
)
_OTHERS = frozenset(("identifier", "acronym", "title"))  # names that may hold a role where they are alone
_PLAINLY = frozenset(("EQUAL", "AT_MOST", "LESS"))
_NO = re.compile(r"(?<!\w)no\s(?:[\w-]+\s){1,4}(?:is|are|will\sbe)\s(?:\w+ly\s)?$", re.IGNORECASE)
_POINTS = re.compile(
    r"(?<!\w)(?:this|these|those|эт(?:от|а|о|ого|ой|ому|у|ом|им|ими|и|их)|данн\w{2,3})(?!\w)", re.IGNORECASE
)
_TURN = frozenset(
    c for w in ("угол", "наклон", "поворот", "angle", "slope", "tilt", "turn") for c in concepts(w)
)
_AT = re.compile(
    r"(?<!\w)(?:in|at|by|on|from|to|via|through|near|в|во|на|из|от|с|к|при|через)(?:\s(?:the|a|an))?\s$",
    re.IGNORECASE,
)
_TIMED = frozenset(("after", "before"))  # no conditions right before a value: "times out after 30 s"


class Scene(NamedTuple):
    """Where a statement stands, as far as that changes what it tells.

    Args:
        header: cells of the head of the table that it is a row of; empty outside tables.
        before: concepts of the statement before it.
        labels: words shown for its links. aims: names of the notes that they lead to.
        marks: conditions that the nearest heading names.
    """

    header: tuple[str, ...]
    before: tuple[str, ...]
    labels: tuple[str, ...]
    aims: tuple[tuple[str, ...], ...]
    marks: frozenset[str]


class Told(NamedTuple):
    """What a statement tells in any note; in one whose names hold all of `unless`, it tells nothing."""

    said: Said
    unless: tuple[str, ...] = ()


@lru_cache(maxsize=8192)  # notes of one kind repeat most of their statements
def tell(text: str, scene: Scene) -> tuple[Told, ...]:
    """All values that a statement tells, without what only the note knows of them."""
    facts = read(text.replace("need not ", "needn't  "))
    values = [q for q in facts.quantities if is_value(text, q)]
    copies = [] if scene.header else map(Told, copied(text, facts, values))
    if len(values) <= MOST and len(facts.moments) <= 3:
        return (*copies, *_Teller(text, facts, values, scene).run())
    return tuple(copies)


class _Teller:
    """Reads one statement that is not a list of measurements."""

    def __init__(self, text: str, facts: Facts, values: list[Quantity], scene: Scene) -> None:
        self.text, self.facts, self.values, self.scene = text, facts, values, scene
        shown = [(at, at + len(x)) for x in scene.labels if (at := text.find(x)) >= 0]
        self.terms = terms(text, facts, shown)
        self.told: list[Placed] = [*values, *facts.moments]
        self.spread = {c for t in self.terms for c in t.concepts}
        self.parts: list[Segment] = []
        self.whole: Said | None = None

    def run(self) -> Iterator[Told]:
        text, facts, scene = self.text, self.facts, self.scene
        self.labelled = None if scene.header else is_labelled(text)
        words = _concepts_of(scene.header) if scene.header else self.spread
        held = self.labelled is not None or not roles().isdisjoint(words)
        if not (self.told or facts.versions or facts.modalities or held):
            return
        if self.told or facts.versions or held:  # a duty has a clause
            self.parts = segments(text, self.told)
        self.spread.update(c for bag in scene.aims for c in bag)
        if PRONOUN.match(text):
            self.spread.update(scene.before)
        yield from map(Told, self._quantities())
        yield from map(Told, self._dates())
        yield from map(Told, self._versions())
        yield from map(Told, self._duties())
        if held:
            yield from self._roles()

    def _look(self) -> Said:
        """What all values have of the statement, made for the first one: many statements tell none."""
        text, facts, scene = self.text, self.facts, self.scene
        self.proper, self.subjects = _names(text, facts)
        self.letters = [x for x in _LETTER.findall(text) if x != "I"]
        self.signs = signs(text)
        self.days = tuple(
            (m, tuple(m.fields.items()))
            for m in facts.moments
            if m.fields
            and (m.year or m.month or m.weekday is not None)
            and not is_since(text, m)
            and (not scene.header or "|" not in text[: m.start])
        )
        return NOTHING._replace(
            values=tuple((q.unit, q.low, q.high) for q in self.values), stamp=stamp_of(text, facts),
            deictic=int(PRONOUN.match(text) is not None), row=bool(scene.header), aims=scene.aims,
            unsure=is_unsure(text), chain=chain(text, self.terms),
        )  # fmt: skip

    def _owned(self, place: Placed) -> Own:
        values = self.told if place in self.told else [*self.told, place]
        return owned(self.text, self.parts, self.terms, place, values)

    def _said(self, place: Placed, own: Own, side: Sequence[str] = (), **more: Any) -> Said:
        """A value at a place with what its own words tell; `side`: conditions that it brings itself."""
        if self.whole is None:
            self.whole = self._look()
        start, end = place.start, place.end
        mine = [t for t in own.own if not start <= t.start < end]
        lows = {t.low for t in (*mine, *own.label)}
        mine += [t for t in own.lead if t.low in self.proper]
        held = {m for t in (*own.lead, *mine) for m in t.marks if t.end + 1 != start or m not in _TIMED}
        held.update(self.scene.marks, side)
        label = tuple([c for t in own.label for c in t.concepts])
        terms = tuple(dict.fromkeys([c for t in mine for c in t.concepts]))
        apart = [t for t in mine if not t.loose and not t.marks]
        told: dict[str, Any] = {
            "text": self.text[start:end], "near": own.near, "terms": terms, "label": label,
            "strict": tuple({c: "[" * t.linked + t.low for t in apart for c in t.concepts}.items()),
            "rest": tuple(self.spread.difference(terms, label)),
            "names": (*[n for n in self.proper if n in lows or not n.isalpha()], *self.letters),
            "subjects": tuple([n for n in self.subjects if n in lows]), "marks": tuple(sorted(held)),
            "when": tuple([day for m, day in self.days if m is not place]),
            "deictic": 2 if _POINTS.search(self.text, 0, end) else self.whole.deictic,
            "under": tuple([c for t in own.under if not t.marks and not t.loose for c in t.concepts]),
            "at": sum([t.start < start for t in self.terms]),
            "signs": tuple([sign for at, sign in self.signs if not start <= at < end]),
        }  # fmt: skip
        return self.whole._replace(**(told | more))

    def _quantities(self) -> Iterator[Said]:
        for q in self.values:
            if not q.unit and not is_number(self.text, q):
                continue
            plain = not q.unit and not is_counted(self.text, q)
            if plain and 1900 <= q.low <= 2100:
                continue  # a year, most likely
            own = self._headed(self._owned(q), q, nouns=bool(q.nouns))
            if not q.unit and (glued := _GLUED.match(self.text[q.start : q.end])):  # "24-core"
                found = concepts(fold(glued[1]))
                own = own._replace(own=[*own.own, over(fold(glued[1]))], near=(*found, *own.near))
            if not own.own:
                continue
            kind = q.dimension.partition(":")[0] if q.unit else "count"
            low, high = q.to_base()
            if q.unit == "degree" and _TURN.isdisjoint(self.spread):  # "set to 55 degrees"
                kind, low, high = "temperature", to_base(q.low, "degC"), to_base(q.high, "degC")
            unit, _, rate = q.unit.partition("/")
            if rate and kind == "currency":  # "900 euros a month" may be written without the month
                low, high = to_base(q.low, unit), to_base(q.high, unit)
            else:
                unit, rate = q.unit, ""
            side = {-1: ("max",), 1: ("min",)}.get(q.relation.direction, ())
            yield self._said(
                q, own, side,
                bare=plain, kind="quantity", what=kind, number=number_of(q), unit=unit, low=low, high=high,
                loose=q.relation.name == "ABOUT", fields=((rate, 1),) if rate else (),
            )  # fmt: skip

    def _headed(self, own: Own, place: Placed, *, nouns: bool = False) -> Own:
        """Of a cell: its words, those of the row's first cell, and those that stand over it."""
        text, header = self.text, self.scene.header
        column = text.count("|", 0, place.start)
        if not 0 < column < len(header):
            return own
        first = text.find("|")
        left, right = text.rfind("|", 0, place.start), text.find("|", place.end)
        right = right if right >= 0 else len(text)
        cell = [t for t in self.terms if left < t.start < right]
        part = next((p for p in self.parts if place.start < p.end), self.parts[-1])
        beside = [t for t in cell if part.start <= t.start < part.end]  # "Ryzen 9 9950X, 16 cores"
        kept = [*(t for t in self.terms if t.end <= first), *(beside or cell)]
        own = own._replace(own=kept, label=[], lead=[])
        lows = [fold(m[0]) for m in WORD.finditer(header[column])]
        above = [over(low) for low in lows]
        near = () if own.near and nouns else tuple(c for t in above for c in t.concepts)
        return own._replace(own=[*own.own, *above], near=(*own.near, *near))

    def _dates(self) -> Iterator[Said]:
        told = tuple((str(tuple(m.fields.items())), 0.0, 0.0) for m in self.facts.moments)
        days = [m for m in self.facts.moments if m.month or m.year] or list(self.facts.moments)
        for m in days:
            period = m.fields.keys() == {"year"} and self.values  # "in 2023 there were 340"
            since = m.relation.name == "AT_LEAST" or is_since(self.text, m)  # of values it is the condition
            plainly = not m.decade and (m.relation.name in _PLAINLY or (since and not self.values))
            alone = not any(
                part.start <= m.start < part.end and part.start <= o.start < part.end
                for part in self.parts for o in days if o is not m
            )  # fmt: skip
            if m.fields and plainly and alone and not period and not (since and self.values):
                own = self._headed(self._owned(m), m)
                if own.own:
                    side = ("since",) if since else ()
                    fields = tuple(m.fields.items())
                    yield self._said(m, own, side, kind="date", fields=fields, when=(), values=told)

    def _versions(self) -> Iterator[Said]:
        found = self.facts.versions
        if len(found) != 1 or self.facts.modalities or not is_version(self.text, found[0]):
            return
        v = found[0]
        said = self._said(v, self._owned(v), kind="version")
        named = [c for word in v.subject.split() for c in concepts(word)]
        terms = tuple(dict.fromkeys((*named, *said.terms)))
        if terms:
            fields = tuple((str(place), part) for place, part in enumerate(v.parts))
            near = ("=address",) if is_address(said.text) else terms[-3:]
            yield said._replace(fields=fields, terms=terms, near=near)

    def _duties(self) -> Iterator[Said]:
        text, found = self.text, self.facts.modalities
        if not found:
            return
        pattern = _CLAUSES if len({m.kind for m in found}) > 1 else _CLAUSE
        cuts = [0, *(m.end() for m in pattern.finditer(text)), len(text)]
        cuts += [m.start() for m in _SAID.finditer(text)]
        if source := _ACCORDING.match(text):
            cuts.append(source.end())
        kinds = tuple((str(m.kind), 0.0, 0.0) for m in found)
        for m in found[:3]:
            first, last = max(c for c in cuts if c <= m.start), min(c for c in cuts if c >= m.end)
            here = [t for t in self.terms if first <= t.start < last]
            if here and is_duty(text, first, m):
                word = text[m.start : m.end + (text[m.end - 1 : m.end + 1] == "ot")]
                able, what = _able(m, word, text)
                own = Own(here, [], [], (), [])
                yield self._said(m, own, kind="modal", what=str(what), text=word, loose=able, values=kinds)

    def _roles(self) -> Iterator[Told]:
        """Who holds a role: "Project lead: Maria Ortega"."""
        if m := self.labelled:
            place = Name((), "proper", m.start("name"), m.end("name"))
            words = tuple(w for n in self.facts.names if place.start <= n.start < place.end for w in n.words)
            rest = [t for t in self.terms if t.end <= m.end("label")]
            named, _ = _names(self.text, self.facts)
            role = [c for t in rest if t.low not in named or t.start == 0 for c in t.concepts]
            if words and role:
                own = Own(rest, [], [], tuple(role), [])
                said = self._said(place, own, kind="name", what="role", near=words)
                names = tuple(x for x in said.names if x not in words)
                yield Told(said._replace(names=names, text=m["name"], fields=tuple((c, 0) for c in role)))
                return
        persons = map(_person, self.facts.names)
        found = [n for n in persons if n.kind == "proper" or (n.kind == "initial" and n.start > 0)]
        others = [n for n in self.facts.names if n.kind in _OTHERS]
        if not found and len(others) == 1 and not self.facts.modalities:
            found = others
        begins = {t.start for t in self.terms[:1] if t.concepts}
        if not self.scene.header and sum(len(n.words) > 1 and n.start not in begins for n in found) > 1:
            return  # several people: who of them holds it?
        for n in found:
            meaning = tuple(c for word in n.words for c in concepts(word))
            if not meaning:
                continue
            rest = [t for t in self.terms if not n.start <= t.start < n.end + 2]  # "Elsterhaus GmbH"
            own = self._headed(owned(self.text, self.parts, rest, n, [*self.told, n]), n)
            if self.scene.header:
                own = own._replace(own=[t for t in own.own if not n.start <= t.start < n.end])
            if not roles().isdisjoint(c for t in own.own for c in t.concepts):
                said = self._said(n, own, kind="name", what="role", near=n.words)
                names = tuple(x for x in said.names if x not in n.words)
                fields = tuple((c, 0) for t in own.own for c in t.concepts if c in roles())
                yield Told(said._replace(names=names, fields=fields), meaning)


@lru_cache(maxsize=1024)  # the rows of a table have their head in common
def _concepts_of(cells: tuple[str, ...]) -> frozenset[str]:
    return frozenset(c for cell in cells for m in WORD.finditer(cell) for c in concepts(fold(m[0])))


def _person(n: Name) -> Name:
    """A name without the role that a sentence begins with: "Преподаёт Ольга Носова"."""
    if n.start or len(n.words) < 2 or roles().isdisjoint(concepts(n.words[0])):
        return n
    return Name(n.words[1:], n.kind, len(n.words[0]) + 1, n.end)


def _able(m: Modality, word: str, text: str) -> tuple[bool, Modal]:
    """Whether a permission may tell of an ability ("can"); what it obliges to: "может не знать" need not."""
    if m.kind is Modal.MUST and _NO.search(text, max(0, m.start - 60), m.start):
        return False, Modal.NEED_NOT
    able = m.kind is Modal.MAY and _PERMIT.fullmatch(word) is not None
    return able, Modal.NEED_NOT if able and text.startswith(" не ", m.end) else m.kind


def _names(text: str, facts: Facts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Words of names; those that may say what a value is of, not where, from whom or by whom."""
    found: list[str] = []
    placed: set[str] = set()
    for name in facts.names:
        known = name.kind == "acronym" and any(c[0] == "=" for w in name.words for c in concepts(w))
        if name.kind in ("identifier", "proper", "acronym", "title") and not known:
            found += [w for w in name.words if len(w) > 1]
            if _AT.search(text[max(0, name.start - 14) : name.start]):
                placed.update(name.words)
    for version in facts.versions:
        found += version.subject.split()
    every = tuple(dict.fromkeys(w for w in found if not marks(w)))
    return every, tuple(w for w in every if w not in placed)
