"""What notes tell that can clash: quantities, dates, versions, names, obligations, and of what they tell it.

A statement is read once. Kept is only what a comparison needs: the value, the concepts beside it, the
names in the sentence, what the note and its headings are about, the conditions and the dates. Statements
meet under keys of what kind of value it is and one concept or name: only those that share one are compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Protocol

from notec.check.lexicon import ROLES, concepts, counted, hints, marks
from notec.check.rule import Entry, Topic
from notec.check.said import Said, keys
from notec.facts import Facts, Modal, Quantity, read
from notec.facts.stems import fold
from notec.facts.units import to_base
from notec.vault import Note

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_UNSURE = re.compile(
    r"\?\s*$|\b(?:например|допустим|предположим|к примеру|скажем|если бы|if|suppose|for example|for instance"
    r"|e\.g|say,|imagine|если|whether|или|either|or|instead|вместо|was raised|raised from|grew|выросл?[оаи]?"
    r"|снизил\w*|увеличил\w*|уменьшил\w*|increased|decreased|reduced|up from|down from|rumou?r\w*|слух\w*)\b",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"(?<![\w./\\#-])\d")
_SPACES = str.maketrans(dict.fromkeys('.,:;!?()*_«»"|', " "))
_SIGNS = re.compile(r"[^\W\d_]*\d+\w*|(?<=\w\s)[A-ZА-Я](?!\w)")  # "A6000", the B of "Camera B"
_AS_OF = re.compile(
    r"\b(?:as of|as at|since|starting|effective|по состоянию на|на момент|начиная с|действует с|с)\s*$",
    re.IGNORECASE,
)
_DATED = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_. ](0[1-9]|1[0-2])(?:[-_. ](0[1-9]|[12]\d|3[01]))?(?!\d)")
_STAMPS = ("updated", "as_of", "as-of", "valid_from", "обновлено", "актуально", "modified")
_SENTENCE = frozenset(("sentence", "item", "row"))
_SKIPPED = frozenset(("code", "html", "comment", "heading", "math", "frontmatter"))
_BREAK = re.compile(r"[,;()]|\s[—–-]\s|(?<!\w)(?:и|а|но|and|but|while|with|с)(?!\w)")
_PER = re.compile(r"\s*(?:per|every|на|за|/)\s", re.IGNORECASE)
_PAUSE = re.compile(r"[,;:(]|\s[—–-]\s")
_PERMIT = re.compile(r"can|could|might|мож[еу]т|могут|мог|могл[аои]|можем|можешь|можете|можно", re.IGNORECASE)
_CLAUSE = re.compile(r"[;:]\s|,\s+(?:so|but|because|which|если|но|чтобы|потому|так|котор\w+)\s|\s[—–]\s")
_CLAUSES = re.compile(rf"{_CLAUSE.pattern}|\s(?:and|but|и|а|но)\s")
_TOLD = re.compile(r"(?:[:=|—–]|\b(?:is|are|was|equals)|\b(?:равн\w+|составля\w+))\s*$")
_COMPARES = re.compile(
    r"\s+(?:as|an?|per|in|the|more|less|в|чем|больше|меньше|выше|ниже|дороже|дешевле|\w{2,}er|\w{2,}ее)(?!\w)"
)
_BOUNDS = frozenset(("min", "max", "avg", "total", "plan", "measured", "past"))
_NOT_COUNTED = re.compile(r"[/_#№]\s?$")
LONGEST = 600  # characters of a statement that is compared
MOST = 6  # values in one statement; where there are more, it is a list of measurements


class _Placed(Protocol):
    """Anything with a place."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


Words = list[tuple[str, int, int, tuple[str, ...]]]  # folded, place, concepts


class _Reader:
    """Reads the statements of one note."""

    def __init__(self, note: Note) -> None:
        self.note = note
        stem = PurePosixPath(note.path).stem
        names = dict.fromkeys((note.title, stem, *note.aliases))
        self.titles = tuple(t for t in (self._bag(name) for name in names if name) if t)
        self.stamp = self._stamp(stem)
        self.folder = note.path.rpartition("/")[0]
        self.about: dict[int, tuple[str, ...]] = {}

    def _bag(self, text: str) -> tuple[str, ...]:
        lows = [fold(m[0]) for m in _WORD.finditer(text)]
        words = (c for low in lows for c in (concepts(low) or counted(low)))
        return tuple(dict.fromkeys((*words, *_SIGNS.findall(text))))

    def _stamp(self, name: str) -> str:
        values = [name, *(str(self.note.properties.get(key, "")) for key in _STAMPS)]
        found = [m for m in map(_DATED.search, values) if m]
        return "-".join(x for x in found[0].groups() if x) if found else ""

    def _context(self, heading: int) -> tuple[str, ...]:
        if heading not in self.about:
            chain = self.note.heading_chains[heading] if heading >= 0 else ()
            words = [c for text in chain for c in self._bag(text)]
            words += [c for title in self.titles for c in title]
            self.about[heading] = tuple(dict.fromkeys(words))
        return self.about[heading]

    def run(self) -> Iterator[tuple[str, Entry]]:
        note = self.note
        for s in note.statements:
            if s.kind not in _SENTENCE or note.blocks[s.block].kind in _SKIPPED or s.end - s.start > LONGEST:
                continue
            raw = note.doc.text[s.start : s.end]
            if not _DIGIT.search(raw) and hints().isdisjoint(raw.lower().translate(_SPACES).split()):
                continue
            text = note.plain(s)
            if _UNSURE.search(text):
                continue
            links = [x for x in note.links if s.start <= x.start < s.end and x.target]
            shown = {c for x in links for c in self._bag(f"{x.target} {x.label}")}
            linked = tuple(dict.fromkeys(c for x in links for c in self._bag(x.target)))
            for found, word in self._said(text, s.heading, s.kind == "row"):
                if found.kind == "name" and shown & set(self._bag(word)):
                    continue
                said = found._replace(names=tuple(dict.fromkeys((*found.names, *linked))))
                at = raw.find(word)
                start, end = (s.start + at, s.start + at + len(word)) if at >= 0 else (s.start, s.end)
                entry = Entry(note.path, note.doc.line(start), start, end, said)
                for key in keys(said):
                    yield key, entry

    def _said(self, text: str, heading: int, row: bool) -> Iterator[tuple[Said, str]]:
        facts = read(text.replace("need not ", "needn't  "))
        values = [q for q in facts.quantities if not q.weak and not _is_rank(text, q)]
        if len(values) > MOST or len(facts.moments) > 3:
            return
        words = list(_words(text, facts))
        marked = tuple(sorted({m for low, *_ in words for m in marks(low)}))
        whole = tuple(c for _, _, _, cs in words for c in cs)
        bounds = {c for low, _, _, cs in words if marks(low) & _BOUNDS for c in cs}
        names = (
            *_names(facts),
            *(sign for sign in _SIGNS.findall(text) if len(sign) == 1 and sign.isalpha() and sign != "I"),
        )
        context = self._context(heading)
        stamp = self._told_stamp(text, facts) or self.stamp
        when = tuple(
            tuple(m.fields.items()) for m in facts.moments if not _AS_OF.search(text[: m.start]) and m.fields
        )

        plain = Said(
            "", "", "", 0.0, "", 0.0, 0.0, False, (), (), whole, names, context, self.titles, marked,
            when, stamp, row, self.folder,
        )  # fmt: skip
        for q in values:
            others = [o for o in values if o is not q]
            own, near, under = _belonging(text, words, q, others)
            own = tuple(c for c in own if c not in bounds)
            side = {-1: {"max"}, 1: {"min"}}.get(q.relation.direction, set())
            conditions = tuple(sorted({*marked, *side}))
            if not own and not near:
                continue
            kind = q.dimension.partition(":")[0] if q.unit else "count"
            if not q.unit and not _counted(text, q):
                continue
            word = text[q.start : q.end]
            low, high = q.to_base()
            unit, _, rate = q.unit.partition("/")
            if rate and kind == "currency":  # "900 euros a month" may be written without the month
                low, high = to_base(q.low, unit), to_base(q.high, unit)
            else:
                unit, rate = q.unit, ""
            yield plain._replace(
                kind="quantity", what=kind, text=word, number=q.low + (q.high - q.low) / 1e6, unit=unit,
                low=low, high=high, loose=q.relation.name == "ABOUT",
                fields=((rate, 1),) if rate else (), near=near, terms=own, under=under, marks=conditions,
            ), word  # fmt: skip
        if len(facts.moments) == 1:
            (m,) = facts.moments
            period = m.fields.keys() == {"year"} and facts.quantities  # "in 2023 there were 340"
            plainly = m.relation.name in ("EQUAL", "AT_MOST", "LESS") and not m.decade
            if m.fields and plainly and not period and not _AS_OF.search(text[: m.start]):
                word = text[m.start : m.end]
                yield plain._replace(kind="date", text=word, fields=tuple(m.fields.items()), when=()), word
        if len(facts.versions) == 1:
            v = facts.versions[0]
            named = v.subject.split() or _WORD.findall(fold(text[: v.start]))[-1:]
            parts = tuple((str(place), part) for place, part in enumerate(v.parts))
            word = text[v.start : v.end]
            if named:
                yield plain._replace(kind="version", text=word, fields=parts, near=tuple(named[-1:])), word
        several = len({m.kind for m in facts.modalities}) > 1
        cuts = [0, *(m.end() for m in (_CLAUSES if several else _CLAUSE).finditer(text)), len(text)]
        for m0 in facts.modalities[:3]:
            word = text[m0.start : m0.end + (text[m0.end - 1 : m0.end + 1] == "ot")]
            first, last = max(c for c in cuts if c <= m0.start), min(c for c in cuts if c >= m0.end)
            here = [w for w in words if first <= w[1] < last]
            own = tuple(c for *_, cs in here for c in cs)
            held = tuple(sorted({m for low, *_ in here for m in marks(low)}))
            able = m0.kind is Modal.MAY and _PERMIT.fullmatch(word) is not None  # "can" may tell of ability
            if len(own) > 1:
                duty = plain._replace(kind="modal", what=str(m0.kind), text=word, terms=own, marks=held)
                yield duty._replace(loose=able), word
        if ROLES & set(whole):
            proper = [n for n in facts.names if n.kind == "proper" or (n.kind == "initial" and n.start > 0)]
            titles = {c for title in self.titles for c in title}
            for n in proper:
                if all(c in titles for c in self._bag(" ".join(n.words))):
                    continue
                word = text[n.start : n.end]
                rest = tuple(w for w in names if w not in n.words)
                own = tuple(c for low, start, _, cs in words for c in cs if not n.start <= start < n.end)
                role = plain._replace(kind="name", text=word, near=tuple(n.words), terms=own, names=rest)
                yield role, word

    def _told_stamp(self, text: str, facts: Facts) -> str:
        for m in facts.moments:
            if m.year and _AS_OF.search(text[: m.start]):
                return "-".join(f"{x:02}" for x in (m.year, m.month, m.day) if x)
        return ""


def _is_rank(text: str, q: Quantity) -> bool:
    """Whether a number ranks or compares ("the third", "3 times faster") instead of counting."""
    return q.unit == "ordinal" or (q.unit == "times" and _COMPARES.match(text, q.end) is not None)


def _counted(text: str, q: Quantity) -> bool:
    """Whether a bare number tells how many of something, and is no date, name or part of a sign."""
    before = text[: q.start]
    if _NOT_COUNTED.search(before) or text[q.end : q.end + 1] in ("/", "_"):
        return False
    if 1900 <= q.low <= 2100 and not q.nouns:
        return False
    return bool(q.nouns) or _TOLD.search(before) is not None


def _words(text: str, facts: Facts) -> Iterator[tuple[str, int, int, tuple[str, ...]]]:
    """Words that are part of no value: folded, place, concepts."""
    taken = [(v.start, v.end) for group in (facts.quantities, facts.moments, facts.modalities) for v in group]
    for m in _WORD.finditer(text):
        if any(a <= m.start() < b for a, b in taken):
            continue
        low = fold(m[0]).removesuffix("'s")
        if low:
            yield low, m.start(), m.end(), concepts(low)


def _names(facts: Facts) -> tuple[str, ...]:
    found: list[str] = []
    for name in facts.names:
        known = name.kind == "acronym" and any(c[0] == "=" for w in name.words for c in concepts(w))
        if name.kind in ("identifier", "proper", "acronym") and not known:
            found += [w for w in name.words if len(w) > 1]
    for version in facts.versions:
        found += version.subject.split()
    return tuple(dict.fromkeys(w for w in found if not marks(w)))


def _belonging(
    text: str, words: Words, q: _Placed, others: Sequence[_Placed]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Concepts nearer to this value than to any other; those of the measured thing; those of what limits it.

    In "lasts 26 hours with GPS" the last words say under which condition the value holds.
    """

    def far(start: int, end: int, v: _Placed) -> float:
        a, b = v.start, v.end
        gap = text[end:a] if end <= a else text[b:start]
        return gap.count(" ") + 3 * len(_BREAK.findall(gap))

    first = min([q.start, *(o.start for o in others)])
    last = max([q.end, *(o.end for o in others)])
    own: list[str] = []
    after: list[str] = []
    before: list[str] = []
    under: list[str] = []
    for _, start, end, found in words:
        if not found:
            continue
        mine = far(start, end, q)
        if others and mine > min(far(start, end, o) for o in others) and not end < first:
            if start > last and _PER.match(text, q.end):
                under += found  # "5 litres per 100 km in the city"
            continue
        if start >= q.end and _PAUSE.search(text, q.end, start):
            continue  # a remark behind the value
        own += found
        if start >= q.end and not after and mine <= 2:
            after = list(found)
        elif start >= q.end:
            under += found
        elif mine <= 12:
            before = [*before, *found][-4:]
    return tuple(dict.fromkeys(own)), tuple(dict.fromkeys(after or before)), tuple(under)


def _share(note: Note) -> Iterator[tuple[str, Entry]]:
    return _Reader(note).run()


FACTS = Topic("facts", _share)
