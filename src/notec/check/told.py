"""What notes tell that can clash: quantities, dates, versions, names, obligations, and of what they tell it.

A statement is read once. Kept is only what a comparison needs: the value, its own words (`scope`), the names
among them, what the note and its headings are about, the conditions and the dates. Statements meet under keys
of what kind of value it is and one concept or name: only those that share one are compared.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import PurePosixPath
from typing import NamedTuple

from notec.check.lexicon import concepts, counted, hints, is_paper, marks, roles
from notec.check.rule import Entry, Topic
from notec.check.said import Said, keys
from notec.check.statement import PRONOUN, SIGNS, Scene, tell
from notec.check.terms import WORD
from notec.check.worth import is_labelled
from notec.facts.stems import fold
from notec.vault import Note
from notec.vault.note import Link, Statement

_MADE_UP = frozenset(
    """
    например допустим предположим пример скажем говорят якобы suppose example instance imagine whether
    reportedly allegedly supposedly
    """.split()  # noqa: SIM905
)
"""Folded words of a statement that tells nothing for certain."""
_DOUBT = re.compile(
    r"\?\s*$|слух|rumou?r|утвержда|claims? that|e\.g(?<=\be\.g)|say,(?<=\bsay,)|they say|people say"
)
_DIGIT = re.compile(r"\d(?<![\w./\\#]\d)(?<![\w./\\#]-\d)")
_LOWS = re.compile(r"[a-zа-я]+")
_DATED = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_. ](0[1-9]|1[0-2])(?:[-_. ](0[1-9]|[12]\d|3[01]))?(?!\d)")
_NUMBERED = re.compile(r"[^\W\d_]{0,5}[-_ ]?\d+")
_STAMPS = ("updated", "as_of", "as-of", "valid_from", "date", "обновлено", "актуально", "дата", "modified")
_SUBJECTS = frozenset(
    """
    project product service client customer subject device system book trip place проект продукт сервис
    клиент заказчик предмет тема устройство система книга поездка место
    """.split()  # noqa: SIM905
)
"""Properties of a note that say what it is about."""
_ENTRY = re.compile(
    r"\s*(?:\[[^\]\n]{0,24}\d[^\]\n]{0,12}\]\s*(?:[^\W\d_][^:\n]{0,24}:\s)?"
    r"|\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?|[A-ZА-Я]{1,6}-?\d+(?:\.\d+)*(?=[:.)]))[\s:.)—–-]*(?=\S)"
)
"""How a line of a log, a chat or a specification begins: "2025-03-01 swapped", "[19:02] Lea:", "REQ-5:"."""
_PROPERTY = re.compile(r"^([^\W\d][\w -]{1,40}):[ \t]+[\"']?([^\s\"'\[{].{0,80}?)[\"']?[ \t]*$", re.MULTILINE)
_OF_NOTE = frozenset(
    (
        *_STAMPS, "title", "aliases", "alias", "tags", "tag", "id", "uid", "created", "type", "status",
        "cssclass", "cssclasses", "publish", "source", "url", "up", "lang", "name", "название", "создано",
        "теги", "тип", "ms.date", "author", "ms.author",
    )
)  # fmt: skip
"""Properties that tell of the note, not of its subject."""
_BEGINS = re.compile(r"[«\"“\[`(]*[^\W_a-zа-яё]")
_LABEL = re.compile(r"[A-ZА-ЯЁ][^:\n]{1,60}:\s|\[[^\]\n]{0,24}\d|\d{4}-\d\d-\d\d|\*\*[^*\n]{1,30}:")
_NARROW = 50  # characters; narrower lines are not wrapped
_STOPS = frozenset(".!?…;:*")
_STATEMENTS = frozenset(("sentence", "item", "row"))
_SKIPPED = frozenset(("code", "html", "comment", "heading", "math", "frontmatter"))
_FEW = 8  # links in a note; where there are more, they tell little of what it is about
LONGEST = 600  # characters of a statement that is compared


class _Context(NamedTuple):
    """What stands over a statement.

    Args:
        about: concepts of the note's names and the headings.
        heads: of the nearest heading, where it is not the note's name. marks: conditions that it names.
    """

    about: tuple[str, ...]
    heads: tuple[str, ...]
    marks: frozenset[str]


class _Reader:
    """Reads the statements of one note."""

    def __init__(self, note: Note) -> None:
        self.note = note
        stem = PurePosixPath(note.path).stem
        self.stamp = self._stamp(stem)
        bare = _DATED.sub(" ", stem).strip(" -_.")
        told = [v for k, v in note.properties.items() if isinstance(v, str) and k.lower() in _SUBJECTS]
        if note.title != stem and _NUMBERED.fullmatch(bare):
            bare = ""  # "n017": a number, no name
        names = dict.fromkeys((note.title, bare, *note.aliases, *told))
        bags = [_bag(name) for title in names if title for name in (title, *_named_in(title))]
        self.titles = tuple(dict.fromkeys(t for t in (*bags, *map(_subject, bags)) if t))
        self.named = frozenset(c for title in self.titles for c in title)
        self.folder = note.path.rpartition("/")[0]
        self.links = sorted((x for x in note.links if x.target), key=lambda x: x.start)
        self.starts = [x.start for x in self.links]
        targets = dict.fromkeys(_aim(x) for x in self.links if x.kind == "wikilink")
        self.aims = tuple(map(_bag, targets)) if len(targets) <= _FEW else ()
        self.under: dict[int, _Context] = {}

    def _stamp(self, name: str) -> str:
        values = [name, *(str(self.note.properties.get(key, "")) for key in _STAMPS)]
        found = [m for m in map(_DATED.search, values) if m]
        return "-".join(x for x in found[0].groups() if x) if found else ""

    def _context(self, heading: int) -> _Context:
        if heading not in self.under:
            chain = self.note.heading_chains[heading] if heading >= 0 else ()
            words = [c for text in chain for c in _bag(text)]
            words += [c for title in self.titles for c in title]
            last = _bag(chain[-1]) if chain else ()
            heads = () if last in self.titles else last
            held = frozenset(m for low in heads for m in marks(low))
            self.under[heading] = _Context(tuple(dict.fromkeys(words)), heads, held)
        return self.under[heading]

    def run(self) -> Iterator[tuple[str, Entry]]:
        note = self.note
        text, blocks = note.doc.text, note.blocks
        before, block, held = "", -1, False
        header: tuple[str, ...] = ("",)
        yield from self._properties()
        for s in (part for whole in note.statements for part in _lines(text, whole)):
            if s.kind not in _STATEMENTS or s.end - s.start > LONGEST or blocks[s.block].kind in _SKIPPED:
                continue
            row = s.kind == "row"
            if s.block != block:
                before, block = "", s.block
                if row:
                    head = note.plain(s)
                    header = tuple(head.split("|"))
                    held = any(not roles().isdisjoint(concepts(low)) for low in _LOWS.findall(fold(head)))
                    continue
            raw = text[s.start : s.end]
            if _may_tell(raw, row and held):
                yield from self._tell(s, raw, note.plain(s), header if row else (), before)
            before = raw

    def _properties(self) -> Iterator[tuple[str, Entry]]:
        """What the front matter tells: a property is a label with a value."""
        note = self.note
        if not note.blocks or note.blocks[0].kind != "frontmatter":
            return
        for m in _PROPERTY.finditer(note.doc.text, 0, note.blocks[0].end):
            text = f"{m[1].capitalize()}: {m[2]}"
            if m[1].lower() not in _OF_NOTE and _may_tell(text, False):
                s = Statement("", m.start(), m.end(), 0, "item", -1, 0, -1)
                yield from self._tell(s, m[0], text, (), "")

    def _tell(
        self, s: Statement, raw: str, text: str, header: tuple[str, ...], before: str
    ) -> Iterator[tuple[str, Entry]]:
        note = self.note
        entry = _ENTRY.match(text)
        stamp = entry and self._stamp(entry[0])
        text = text[entry.end() :] if entry else text
        links = self.links[bisect_left(self.starts, s.start) : bisect_left(self.starts, s.end)]
        under = self._context(s.heading)
        scene = Scene(
            header, _bag(before) if PRONOUN.match(text) else (), tuple(x.label or x.target for x in links),
            tuple(_bag(_aim(x)) for x in links), under.marks,
        )  # fmt: skip
        for said, unless in tell(text, scene):
            if unless and self.named.issuperset(unless):
                continue
            whole = self._placed(said, stamp or self.stamp, under)
            at = _find(raw, said.text)
            start, end = (s.start + at, s.start + at + len(said.text)) if at >= 0 else (s.start, s.end)
            place = Entry(note.path, note.doc.line(start), start, end, whole)
            for key in keys(whole):
                yield key, place

    def _placed(self, said: Said, stamp: str, under: _Context) -> Said:
        """With what the note and its headings add; a copy is known by its words alone."""
        stamp = said.stamp or stamp
        if said.around:
            return said._replace(titles=self.titles, folder=self.folder, stamp=stamp)
        return said._replace(
            titles=self.titles, folder=self.folder, stamp=stamp,
            about=under.about, heads=under.heads, links=self.aims,
        )  # fmt: skip


@lru_cache(maxsize=16_384)  # notes of one kind repeat most of their statements
def _may_tell(raw: str, role: bool) -> bool:
    """Whether a statement may tell something, and tells it for certain; `role`: its table is of roles."""
    low = fold(raw)
    lows = _LOWS.findall(low)
    tells = role or _DIGIT.search(raw) or not hints().isdisjoint(lows) or is_labelled(raw)
    return bool(tells) and _MADE_UP.isdisjoint(lows) and not _DOUBT.search(low)


@lru_cache(maxsize=4096)
def _bag(text: str) -> tuple[str, ...]:
    """The concepts of a name, with its numbers and signs."""
    lows = [fold(m[0]) for m in WORD.finditer(text)]
    words = (c for low in lows for c in (concepts(low) or counted(low)))
    return tuple(dict.fromkeys((*words, *SIGNS.findall(text))))


def _subject(bag: tuple[str, ...]) -> tuple[str, ...]:
    """A name without what kind of note it is: "Export, review" is about the export."""
    kept = tuple(word for word in bag if not is_paper(word) or word.isdigit())
    vague = all(map(is_paper, kept)) or (len(kept) == 1 and kept[0][0] == "=")
    return () if vague else kept


def _aim(link: Link) -> str:
    return link.target.rpartition("/")[2].removesuffix(".md")


def _named_in(title: str) -> list[str]:
    """Proper names inside a title: "Freelance contract, Brightfox" is about Brightfox."""
    first, *rest = [m[0] for m in WORD.finditer(title)] or [""]
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


def _lines(text: str, s: Statement) -> Iterable[Statement]:
    """A statement, cut at the line breaks that are meant: people write a fact a line.

    A line that is only wrapped is as long as the others, or goes on in lower case.
    """
    if s.kind == "row" or text.find("\n", s.start, s.end) < 0:
        return (s,)
    rows = text[s.start : s.end].split("\n")
    wide = max(map(len, rows))
    starts, at = [s.start], s.start
    for row, following in pairwise(rows):
        at += len(row) + 1
        begun = following.lstrip(" >\t-*")
        first = begun.partition(" ")[0]
        fits = wide < _NARROW or len(row) + 1 + len(first) <= wide  # a wrapped line would have held the word
        stopped = row.rstrip()[-1:] in _STOPS
        if (_BEGINS.match(begun) and (fits or stopped)) or _LABEL.match(begun):
            starts.append(at)
    return tuple(s._replace(start=a, end=b) for a, b in pairwise((*starts, s.end)) if a < b)


def _find(raw: str, word: str) -> int:
    """Where a value stands, not where its digits are part of another number."""
    at = raw.find(word)
    while at > 0 and word[:1].isdigit() and raw[at - 1].isdigit():
        at = raw.find(word, at + 1)
    return at


def _share(note: Note) -> Iterable[tuple[str, Entry]]:
    return _Reader(note).run()


def _is_measured(key: str) -> bool:
    """Whether a key is one of quantities, which take most of the time."""
    return key.startswith(("quantity:", "number:"))


FACTS = Topic("facts", _share, least=2, apart=True, placeless=True, half=_is_measured)
