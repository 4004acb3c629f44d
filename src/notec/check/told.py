"""What notes tell that can clash: quantities, dates, versions, names, obligations, and of what they tell it.

A statement is read once. Kept is only what a comparison needs: the value, its own words (`scope`), the names
among them, what the note and its headings are about, the conditions and the dates. Statements meet under keys
of what kind of value it is and one concept or name: only those that share one are compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from notec.check.copied import surroundings
from notec.check.lexicon import ROLES, concepts, counted, hints, marks
from notec.check.rule import Entry, Topic
from notec.check.said import Said, keys
from notec.check.scope import Own, Placed, Term, owned, segments
from notec.check.verbs import is_verb
from notec.facts import Facts, Modal, Quantity, read
from notec.facts.stems import fold
from notec.facts.units import to_base
from notec.facts.values import Moment
from notec.vault import Note
from notec.vault.note import Statement

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_UNSURE = re.compile(
    r"\?\s*$|\b(?:например|допустим|предположим|к примеру|скажем|если бы|if|suppose|for example|for instance"
    r"|e\.g|пример|example|another|другой|другая|другое|другом|другую|другие|say,|imagine|если|whether|или|either|or|instead|вместо|was raised|raised from|grew|выросл?[оаи]?"
    r"|снизил\w*|увеличил\w*|уменьшил\w*|increased|decreased|reduced|up from|down from|rumou?r\w*|слух\w*|говорят|якобы|reportedly"
    r"|allegedly|they say|people say|supposedly|claims? that|утвержда\w+)\b",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"(?<![\w./\\#-])\d")
_SPACES = str.maketrans(dict.fromkeys('.,:;!?()*_«»"|', " "))
_SIGNS = re.compile(r"[^\W\d_]*\d+\w*|(?<=\w\s)[A-ZА-Я](?!\w)")  # "A6000", the B of "Camera B"
_AS_OF = re.compile(
    r"\b(?:as of|as at|since|starting|effective|по состоянию на|на момент|начиная с|действует с|с)\s*$",
    re.IGNORECASE,
)
_AT_YEAR = re.compile(r"(?<!\w)на\s*$", re.IGNORECASE)  # "на 2010 год"
_DATED = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_. ](0[1-9]|1[0-2])(?:[-_. ](0[1-9]|[12]\d|3[01]))?(?!\d)")
_STAMPS = ("updated", "as_of", "as-of", "valid_from", "date", "обновлено", "актуально", "дата", "modified")
_SUBJECTS = frozenset(
    (
        "project", "product", "service", "client", "customer", "subject", "device", "system", "book", "trip", "place",
        "проект", "продукт", "сервис", "клиент", "заказчик", "предмет", "тема", "устройство", "система", "книга", "поездка", "место"
    )
)  # fmt: skip
"""Properties of a note that say what it is about."""
_ENTRY = re.compile(
    r"\s*(?:\[[^\]\n]{0,24}\d[^\]\n]{0,12}\]\s*(?:[^\W\d_][^:\n]{0,24}:\s)?"
    r"|\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?)[\s:—–-]*(?=\S)"
)
_STATEMENTS = frozenset(("sentence", "item", "row"))
_SKIPPED = frozenset(("code", "html", "comment", "heading", "math", "frontmatter"))
_RELATIVE = re.compile(r"(?<!\w)(?:котор\w{2,3}|which|who|that)(?!\w)", re.IGNORECASE)
_PERMIT = re.compile(r"can|could|might|мож[еу]т|могут|мог|могл[аои]|можем|можешь|можете|можно", re.IGNORECASE)
_CLAUSE = re.compile(r"[;:]\s|,\s+(?:so|but|because|which|если|но|чтобы|потому|так|котор\w+)\s|\s[—–]\s")
_CLAUSES = re.compile(rf"{_CLAUSE.pattern}|\s(?:and|but|и|а|но)\s")
_TOLD = re.compile(r"(?:[:=|—–]|\b(?:is|are|was|equals)|\b(?:равн\w+|составля\w+))\s*$")
_COMPARES = re.compile(
    r"\s+(?:as|an?|per|in|the|more|less|в|чем|больше|меньше|выше|ниже|дороже|дешевле|\w{2,}er|\w{2,}ее)(?!\w)"
)
_PRONOUN = re.compile(r"(?:it|its|he|his|she|her|they|their|он|она|оно|они|его|ее|её|их|это)(?!\w)", re.IGNORECASE)
_POINTS = re.compile(r"(?<!\w)(?:this|these|those|эт(?:от|а|ого|ой|ому|у|ом|им|ими|и|их)|данн\w{2,3})(?!\w)", re.IGNORECASE)
_STEP = re.compile(
    r"(?<!\w)(?:top|first|last|next|step|stage|phase|page|chapter|section|figure|table|row|column|line|item|part|level|type|field|no|number"
    r"|шаг\w?|этап\w?|глав\w|раздел\w?|страниц\w|рисун\w+|таблиц\w|строк\w|столб\w+|пункт\w?|част\w|уров\w+|тип\w?"
    r"|пол[ея]|топ|первы[еx]|последни[еx]|номер\w?)\s$", re.IGNORECASE)
_EACH = frozenset("each every каждый каждая каждое каждого каждую каждой каждые".split())
_TIME = re.compile(r"\s+(?:\w+day|day|week|month|year|quarter|hour|minute|second|дн|ден|недел|месяц|год|квартал|час|мин|сек"
    r"|понед|вторн|сред|четв|пятн|субб|воскр)", re.IGNORECASE)
_LINE_END = re.compile(r"[.!?…;]\s*\n\s*")
_ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,2}|1\d\d|2[0-5]\d)(?:\.(?:\d{1,2}|1\d\d|2[0-5]\d)){3}(?![\d.])")
_OF_YEAR = re.compile(r"(?<!\w)(?:the|of|in|since|from|until|в|с|до|от|к|of the|in the)\s$", re.IGNORECASE)
_NAMED = frozenset(("proper", "title"))
_ERA = re.compile(r"\s?(?:BC|BCE|AD|CE|до н\.?\s?э|н\.?\s?э)(?!\w)")
_SUM = frozenset("×*+÷^")
_BITS = re.compile(r"\d+[-‑ ]?(?:bit|бит|разрядн)(?!s)", re.IGNORECASE)
_AT = re.compile(r"(?<!\w)(?:in|at|by|on|from|to|via|through|near|в|во|на|из|от|с|к|при|через)(?:\s(?:the|a|an))?\s$", re.IGNORECASE)
_NOT_COUNTED = re.compile(r"[/_#№]\s?$")
_FEW = 8  # links in a note; where there are more, they tell little of what it is about
LONGEST = 600  # characters of a statement that is compared
MOST = 6  # values in one statement; where there are more, it is a list of measurements


class _Reader:
    """Reads the statements of one note."""

    def __init__(self, note: Note) -> None:
        self.note = note
        stem = PurePosixPath(note.path).stem
        self.stamp = self._stamp(stem)
        bare = _DATED.sub(" ", stem).strip(" -_.")
        told = [v for k, v in note.properties.items() if isinstance(v, str) and k.lower() in _SUBJECTS]
        names = dict.fromkeys((note.title, bare, *note.aliases, *told))
        bags = (self._bag(name) for title in names if title for name in (title, *_named_in(title)))
        self.titles = tuple(dict.fromkeys(t for t in bags if t))
        targets = {x.target: None for x in note.links if x.kind == "wikilink" and x.target}
        self.links = tuple(self._bag(t.rpartition("/")[2]) for t in targets) if len(targets) <= _FEW else ()
        self.folder = note.path.rpartition("/")[0]
        self.about: dict[int, tuple[str, ...]] = {}
        self.heads: dict[int, tuple[str, ...]] = {}

    def _bag(self, text: str) -> tuple[str, ...]:
        lows = [fold(m[0]) for m in _WORD.finditer(text)]
        words = (c for low in lows for c in (concepts(low) or counted(low)))
        return tuple(dict.fromkeys((*words, *_SIGNS.findall(text))))

    def _stamp(self, name: str) -> str:
        values = [name, *(str(self.note.properties.get(key, "")) for key in _STAMPS)]
        found = [m for m in map(_DATED.search, values) if m]
        return "-".join(x for x in found[0].groups() if x) if found else ""

    def _context(self, heading: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if heading not in self.about:
            chain = self.note.heading_chains[heading] if heading >= 0 else ()
            words = [c for text in chain for c in self._bag(text)]
            words += [c for title in self.titles for c in title]
            self.about[heading] = tuple(dict.fromkeys(words))
            last = self._bag(chain[-1]) if chain else ()
            self.heads[heading] = () if last in self.titles else last
        return self.about[heading], self.heads[heading]

    def run(self) -> Iterator[tuple[str, Entry]]:
        note = self.note
        before, block, header = "", -1, [""]
        for s in (part for whole in note.statements for part in _lines(note, whole)):
            if s.kind not in _STATEMENTS or note.blocks[s.block].kind in _SKIPPED or s.end - s.start > LONGEST:
                continue
            if s.block != block:
                before, block = "", s.block
                if s.kind == "row":
                    header = note.plain(s).split("|")
                    continue
            raw = note.doc.text[s.start : s.end]
            if not _DIGIT.search(raw) and hints().isdisjoint(raw.lower().translate(_SPACES).split()):
                before = raw
                continue
            text = note.plain(s)
            entry = _ENTRY.match(text)
            stamp = self._stamp(entry[0]) if entry else ""
            text = text[entry.end() :] if entry else text
            if not _UNSURE.search(text):
                links = [x for x in note.links if s.start <= x.start < s.end and x.target]
                aimed = [self._bag(x.target.rpartition("/")[2].removesuffix(".md")) for x in links]
                labels = [x.label or x.target for x in links]
                cells = header if s.kind == "row" else []
                for found, word in self._said(text, s.heading, cells, before, stamp, labels, aimed):
                    at = _find(raw, word)
                    start, end = (s.start + at, s.start + at + len(word)) if at >= 0 else (s.start, s.end)
                    place = Entry(note.path, note.doc.line(start), start, end, found)
                    for key in keys(found):
                        yield key, place
            before = raw

    def _said(
        self, text: str, heading: int, header: list[str], before: str, stamp: str, labels: list[str],
        aimed: list[tuple[str, ...]],
    ) -> Iterator[tuple[Said, str]]:  # fmt: skip
        facts = read(text.replace("need not ", "needn't  "))
        values = [q for q in facts.quantities if not q.weak and not _is_rank(text, q) and not _is_part(text, q)]
        if not header:
            yield from self._copied(text, facts, values)
        if len(values) > MOST or len(facts.moments) > 3:
            return
        shown = [(at, at + len(x)) for x in labels if (at := text.find(x)) >= 0]
        terms = list(_terms(text, facts, shown))
        told: list[Placed] = [*values, *facts.moments]
        parts = segments(text, told)
        about, heads = self._context(heading)
        stamp = self._told_stamp(text, facts) or stamp or self.stamp
        spread = {c for t in terms for c in t.concepts} | {c for bag in aimed for c in bag}
        deictic = _PRONOUN.match(text) is not None
        if deictic:
            spread |= set(self._bag(before))
        linked, bags = self.links, tuple(aimed)
        values_told = tuple((q.unit, q.low, q.high) for q in values)
        proper, subjects = _names(text, facts)
        letters = [x for x in _SIGNS.findall(text) if len(x) == 1 and x.isalpha() and x != "I"]

        def plain(place: Placed, own: Own, **more: object) -> Said:
            mine = [t for t in own.own if not place.start <= t.start < place.end]
            lows = {t.low for t in (*mine, *own.label)}
            mine += [t for t in own.lead if t.low in proper]
            timed = isinstance(place, Quantity)
            held = {m for t in (*own.lead, *mine) if not (timed and t.end + 1 == place.start) for m in marks(t.low)}
            held |= {m for low in heads for m in marks(low)}
            label = tuple(c for t in own.label for c in t.concepts)
            own_terms = tuple(dict.fromkeys(c for t in mine for c in t.concepts))
            nouns = {c: ("[" + t.low if t.linked else t.low) for t in mine if not t.loose and not marks(t.low) for c in t.concepts}
            said = Said(
                "", "", text[place.start : place.end], 0.0, "", 0.0, 0.0, False, (), own.near, own_terms,
                tuple(nouns.items()), label,
                tuple(spread - set(own_terms) - set(label)),
                (*(n for n in proper if n in lows or not n.isalpha()), *letters),
                tuple(n for n in subjects if n in lows), about, heads, self.titles, tuple(sorted(held)), self._when(text, facts, place, own),
                stamp, bool(header), 2 if _POINTS.search(text, 0, place.end) else int(deictic), values_told, self.folder, tuple(c for t in own.under if not marks(t.low) and not t.loose for c in t.concepts), linked, bags,
            )  # fmt: skip
            return said._replace(**more)  # type: ignore[arg-type]

        for q in values:
            if not q.unit and not _counted(text, q):
                continue
            own = owned(text, parts, terms, q, told)
            column = text.count("|", 0, q.start)
            if 0 < column < len(header):
                heading_terms = [Term(low, -1, -1, concepts(low), True, False) for low in _lows(header[column])]
                own = own._replace(own=[*own.own, *heading_terms])
                if not own.near or not q.nouns:
                    own = own._replace(near=(*own.near, *(c for t in heading_terms for c in t.concepts)))
            if not own.own:
                continue
            kind = q.dimension.partition(":")[0] if q.unit else "count"
            side = {-1: {"max"}, 1: {"min"}}.get(q.relation.direction, set())
            low, high = q.to_base()
            unit, _, rate = q.unit.partition("/")
            if rate and kind == "currency":  # "900 euros a month" may be written without the month
                low, high = to_base(q.low, unit), to_base(q.high, unit)
            else:
                unit, rate = q.unit, ""
            said = plain(q, own)
            yield said._replace(
                kind="quantity", what=kind, number=q.low + (q.high - q.low) / 1e6, unit=unit, low=low, high=high,
                loose=q.relation.name == "ABOUT", fields=((rate, 1),) if rate else (),
                marks=tuple(sorted({*said.marks, *side})),
            ), said.text  # fmt: skip
        if len(facts.moments) == 1:
            (m,) = facts.moments
            period = m.fields.keys() == {"year"} and values  # "in 2023 there were 340"
            plainly = m.relation.name in ("EQUAL", "AT_MOST", "LESS") and not m.decade
            if m.fields and plainly and not period and not _since(text, m):
                own = owned(text, parts, terms, m, told)
                if own.own:
                    said = plain(m, own, kind="date", fields=tuple(m.fields.items()), when=())
                    yield said, said.text
        if len(facts.versions) == 1 and not facts.modalities and _is_version(text, facts.versions[0].start, facts.versions[0].end):
            v = facts.versions[0]
            named = [c for w in v.subject.split() for c in concepts(w)]
            fields = tuple((str(place), part) for place, part in enumerate(v.parts))
            own = owned(text, parts, [t for t in terms if not v.start <= t.start < v.end], v, [*told, v])
            said = plain(v, own, kind="version", fields=fields)
            whole = tuple(dict.fromkeys((*named, *said.terms)))
            if whole:
                yield said._replace(terms=whole, near=whole[-3:]), said.text
        several = len({m.kind for m in facts.modalities}) > 1
        duties = tuple((str(m.kind), 0.0, 0.0) for m in facts.modalities)
        cuts = [0, *(m.end() for m in (_CLAUSES if several else _CLAUSE).finditer(text)), len(text)]
        for m0 in facts.modalities[:3]:
            first, last = max(c for c in cuts if c <= m0.start), min(c for c in cuts if c >= m0.end)
            here = [t for t in terms if first <= t.start < last]
            if len(here) > 1 and not _RELATIVE.search(text, first, m0.start):
                word = text[m0.start : m0.end + (text[m0.end - 1 : m0.end + 1] == "ot")]
                able = m0.kind is Modal.MAY and _PERMIT.fullmatch(word) is not None  # "can" may tell of ability
                what = Modal.NEED_NOT if able and text.startswith(" не ", m0.end) else m0.kind  # "может не знать"
                said = plain(m0, Own(here, [], [], (), []), kind="modal", what=str(what), text=word)
                yield said._replace(loose=able, values=duties), word
        if not header and not ROLES.isdisjoint(spread):
            yield from self._roles(text, facts, parts, terms, told, plain)

    def _copied(self, text: str, facts: Facts, values: Sequence[Quantity]) -> Iterator[tuple[Said, str]]:
        """Values with the words around them, as a copy of the sentence would have them."""
        named = [n for n in facts.names if n.kind in _NAMED]
        around = dict(surroundings(text, [*facts.moments, *values, *named]))
        if not around:
            return
        words = tuple(w for n in named for w in n.words)
        empty = Said.nothing(self.titles, words, tuple((q.unit, q.low, q.high) for q in values))
        for v in (*facts.moments, *values, *named):
            if v.start not in around:
                continue
            word = text[v.start : v.end]
            said = empty._replace(text=word, around=around[v.start])
            if isinstance(v, Moment):
                if v.fields:
                    yield said._replace(kind="date", fields=tuple(v.fields.items())), word
            elif isinstance(v, Quantity):
                low, high = v.to_base()
                yield said._replace(kind="quantity", number=v.low + (v.high - v.low) / 1e6, unit=v.unit, low=low, high=high), word
            else:
                rest = tuple(w for w in words if w not in v.words)
                yield said._replace(kind="name", near=v.words, names=rest), word

    def _roles(self, text, facts, parts, terms, told, plain):  # type: ignore[no-untyped-def]
        """Who holds a role: "Project lead: Maria Ortega"."""
        found = [n for n in facts.names if n.kind == "proper" or (n.kind == "initial" and n.start > 0)]
        titles = {c for title in self.titles for c in title}
        people = sum(len(n.words) > 1 and not any(t.concepts and t.start == n.start for t in terms[:1]) for n in found)
        for n in found:
            if all(c in titles for c in self._bag(" ".join(n.words))):
                continue
            rest = [t for t in terms if not n.start <= t.start < n.end + 2]  # "Elsterhaus GmbH"
            own = owned(text, parts, rest, n, [*told, n])
            if ROLES.isdisjoint(c for t in own.own for c in t.concepts) or people > 1:
                continue
            said = plain(n, own, kind="name", what="role", near=tuple(n.words))
            yield said._replace(names=tuple(x for x in said.names if x not in n.words)), said.text

    def _when(self, text: str, facts: Facts, place: Placed, own: Own) -> tuple[tuple[tuple[str, int], ...], ...]:
        """The days that a value is bound to, unless they say since when it holds."""
        return tuple(
            tuple(m.fields.items())
            for m in facts.moments
            if m.fields and (m.year or m.month or m.weekday is not None) and m is not place
            and not _since(text, m)
        )  # fmt: skip

    def _told_stamp(self, text: str, facts: Facts) -> str:
        for m in facts.moments:
            if m.year and _since(text, m):
                return "-".join(f"{x:02}" for x in (m.year, m.month, m.day) if x)
        return ""


def _is_part(text: str, q: Quantity) -> bool:
    """Whether a number is part of a sum or of a sign: "150 × 8", "64-bit", "001,9"."""
    form = text[q.start : q.end]
    around = text[: q.start].rstrip()[-1:] + text[q.end :].lstrip()[:1]
    sign = form[0] == "0" and form[1:2].isdigit()
    return sign or not _SUM.isdisjoint(around) or _BITS.match(form) is not None


def _since(text: str, m: Moment) -> bool:
    """Whether a date says since when, or as of when, a value holds."""
    before = text[max(0, m.start - 24) : m.start]
    return bool(_AS_OF.search(before) or (m.fields.keys() == {"year"} and _AT_YEAR.search(before)))


def _named_in(title: str) -> list[str]:
    """Proper names inside a title: "Freelance contract, Brightfox" is about Brightfox, "Проект Ладога" about Ладога."""
    first, *rest = [m[0] for m in _WORD.finditer(title)] or [""]
    if not (any(map(str.islower, rest)) or not first.isascii() or _is_class(first)):
        return []  # In A Title Like This capitals tell nothing
    runs: list[list[str]] = [[]]
    for word in rest:
        if word[0].isupper() and not word.isupper():
            runs[-1].append(word)
        elif runs[-1]:
            runs.append([])
    return [" ".join(run) for run in runs if run and (len(run) > 1 or not _is_class(run[0]))]


def _is_class(word: str) -> bool:
    """Whether a word names a kind of thing rather than one: "project", "дом"."""
    return any(c[0] == "=" for c in concepts(fold(word)))


def _lines(note: Note, s: Statement) -> Iterable[Statement]:
    """A statement, cut where a line ends with a stop: "5 m.", "2019 г." end sentences there."""
    text = note.doc.text
    if text.find("\n", s.start, s.end) < 0:
        return (s,)
    starts = [s.start, *(m.end() for m in _LINE_END.finditer(text, s.start, s.end))]
    ends = [*starts[1:], s.end]
    return tuple(s._replace(start=a, end=b) for a, b in zip(starts, ends, strict=True) if a < b)


def _find(raw: str, word: str) -> int:
    """Where a value stands, not where its digits are part of another number."""
    at = raw.find(word)
    while at > 0 and word[:1].isdigit() and raw[at - 1].isdigit():
        at = raw.find(word, at + 1)
    return at


def _is_rank(text: str, q: Quantity) -> bool:
    """Whether a number ranks or compares ("the third", "3 times faster") instead of counting."""
    return q.unit == "ordinal" or (q.unit == "times" and _COMPARES.match(text, q.end) is not None)


def _is_version(text: str, start: int, end: int) -> bool:
    """Whether a number behind a name is a version of it, and no part of its name ("Windows Server 2008")."""
    form = text[start:end]
    if _ADDRESS.search(form):
        return False
    return re.search(r"\d\.\d", form) is not None and not re.search(r"(?<!\d)0\d", form)


def _counted(text: str, q: Quantity) -> bool:
    """Whether a bare number tells how many of something, and is no date, name or part of a sign."""
    before = text[: q.start]
    if _NOT_COUNTED.search(before) or text[q.end : q.end + 1] in ("/", "_"):
        return False
    after = _WORD.search(text, q.end, q.end + 40)
    named = after is not None and after[0].istitle()
    if _STEP.search(before) or _ERA.match(text, q.end) or (1900 <= q.low <= 2100 and (named or not q.nouns or _OF_YEAR.search(before))):
        return False
    if after is not None and not q.unit and q.end + 1 == after.start() and not after[0].isascii() and is_verb(fold(after[0])):
        return False  # "button 4 stands", "field 3 depends"
    return bool(q.nouns) or _TOLD.search(before) is not None


def _lows(text: str) -> Iterator[str]:
    return (fold(m[0]) for m in _WORD.finditer(text))


def _terms(text: str, facts: Facts, shown: Sequence[tuple[int, int]]) -> Iterator[Term]:
    """Words of content that are part of no value; those of links (`shown`) stand for the note that they lead to."""
    taken = [(v.start, v.end) for group in (facts.quantities, facts.moments, facts.modalities) for v in group]
    before_names = _appositions(text, facts)
    for m in _WORD.finditer(text):
        start = m.start()
        if any(a <= start < b for a, b in taken):
            continue
        low = fold(m[0]).removesuffix("'s")
        found = concepts(low) if low else ()
        if low in _EACH and _TIME.match(text, m.end()):
            continue
        if found or marks(low):
            linked = any(a <= start < b for a, b in shown)
            yield Term(low, start, m.end(), found, start in before_names and len(found) == 1, linked)


def _appositions(text: str, facts: Facts) -> set[int]:
    """Starts of class words beside a name: "Project Aurora", "поезд «Ласточка»"."""
    out: set[int] = set()
    for n in facts.names:
        if n.kind not in ("proper", "title"):
            continue
        words = [m.start() for m in _WORD.finditer(text, max(0, n.start - 24), n.end)]
        ahead = [w for w in words if w < n.start and not text[w : n.start].rstrip(' «"“').count(" ")]
        out.update(ahead)
        if n.kind == "proper" and len(n.words) > 1 and concepts(n.words[0])[:1] and concepts(n.words[0])[0][0] == "=":
            out.add(n.start)
    return out


def _names(text: str, facts: Facts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Words of names; those that may say what a value is of, not where, from whom or by whom."""
    found: list[str] = []
    placed: set[str] = set()
    for name in facts.names:
        known = name.kind == "acronym" and any(c[0] == "=" for w in name.words for c in concepts(w))
        if name.kind in ("identifier", "proper", "acronym", "title") and not known:
            found += [w for w in name.words if len(w) > 1]
            if _AT.search(text[: name.start]):
                placed.update(name.words)
    for version in facts.versions:
        found += version.subject.split()
    every = tuple(dict.fromkeys(w for w in found if not marks(w)))
    return every, tuple(w for w in every if w not in placed)


def _share(note: Note) -> Iterable[tuple[str, Entry]]:
    return _Reader(note).run()


FACTS = Topic("facts", _share)
