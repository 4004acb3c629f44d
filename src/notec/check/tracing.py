"""What notes tell about requirement ids: where one is stated, who refers to it, and who alone names none.

Ids are those that people write: `R-12`, `REQ-3`, `ФТ-7`, `Requirement 4`, `^r4` and `[[spec#^r4]]`. An id is
stated at the beginning of a line of a list of requirements, or before words that oblige. All else that has
its form refers to it. Entries of one prefix meet under one key, block ids under the name of their note.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import PurePosixPath
from typing import NamedTuple

from notec.check.links import name_key
from notec.check.rule import Entry, Topic
from notec.facts import Modal, read
from notec.spec import requirements_of
from notec.spec.requirements import names_requirements
from notec.vault import Note

STATED, REFERRED, SILENT = "stated", "referred", "silent"
_PREFIX = r"REQ|NFR|FR|UR|SR|BR|TR|R|НФТ|ФТ|ТР|БТ|ПТ|НТ|Т|Р"
_NUMBER = r"\d{1,4}(?:\.\d{1,3}){0,3}(?![\w.]*\d)"
_ID = re.compile(
    rf"(?<![\w#/\-])(?<![^.]\.)(?:(?P<prefix>{_PREFIX})(?P<sep>[-_.]?)(?P<number>{_NUMBER})"
    rf"|(?P<word>(?i:requirement|требовани\w{{1,3}}))\s(?:№\s?|#)?(?P<counted>{_NUMBER}))(?![\w-])"
)
_MAYBE = tuple(  # quickly, whether an id may stand in a text at all
    map(re.compile, (r"[QRqrРТ][-_.]?\d", r"equirement\s#?\d", r"ребовани\w{1,3}\s(?:№\s?|#)?\d"))
)
_BEFORE_NUMBER = re.compile(rf"(?:{_PREFIX})[-_.]?\d")  # where an id may begin, unless it begins with a word
_COUNTED = tuple(map(re.compile, (r"requirement\s(?:№\s?|#)?\d", r"требовани\w{1,3}\s(?:№\s?|#)?\d")))
_TEST_NAME = re.compile(
    r"[Tt](?<!\w.)est_?(?P<prefix>[Rr]eq|[Ff]r|[Nn]fr|[Rr])_?(?P<number>\d{1,4})(?![0-9])"
)
_MAYBE_TEST = re.compile(r"est_?(?:[Rr]eq|[Ff]r|[Nn]fr|[Rr])_?\d")  # quick to search for
_BLOCK = re.compile(r"(?P<prefix>req|nfr|fr|r|ft|t)-?(?P<number>\d{1,4})", re.I)
_LEAD = re.compile(r"[\s>]*(?:[-*+]\s+|\d+[.)]\s+|#{1,6}\s+|\|\s*)?(?:\[.\]\s*)?[*_`(\[]*")
_BEGIN = re.compile(rf"{_LEAD.pattern}(?={_ID.pattern})")
_AFTER_ID = re.compile(
    r"[*_`)\]]*(?:\s*[:.|—–]|(?<=[*_`)\]])\s|\s+-|\s+(?=[A-ZА-ЯЁ«\"`]))[\s|*_]*(?P<text>\S[^\n]*)"
)
_RANGE = re.compile(rf"\s?(?:\.{{2,3}}|…|–|—|-|по|to)\s?(?:{_PREFIX})[-_.]?(?P<last>\d{{1,4}})(?![\w-])")
_TRACES = re.compile(
    r"\b(?:tests?|testing|acceptance|verif\w+|trac\w+|coverage|covers?|checks|implement\w*|steps?|plan|components?|modules?|"
    r"architecture|design|tasks?|satisf\w+|because|тест\w*|провер\w+|при[её]мк\w+|трассир\w+|покры\w+|реализ\w+|шаг\w*|"
    r"план\w*|компонент\w*|модул\w+|архитектур\w+|задач\w*|выполн\w+|закрыва\w+)\b",
    re.I,
)
_GONE = re.compile(
    r"\b(?:removed|dropped|deleted|retired|obsolete|deprecated|withdrawn|former|renamed|no longer|merged|"
    r"superseded|удал[её]н\w*|снят\w*|отмен[её]н\w*|устарел\w*|бывш\w+|больше не|переименован\w*|"
    r"вычеркнут\w*|объединен\w*)\b|~~",
    re.I,
)
_EMPTY_CELL = re.compile(r"[\s|:—–\-?]*(?:нет|none|no|n/a|todo|tbd)?[\s|:—–\-?]*", re.I)
_UNIT = re.compile(
    r"^[ \t]*(?:(?:async\s+)?(?:def|fn|func|function|procedure|test)\s+[\"'\w]|"
    r"(?:функция|процедура|шаг|тест)\s+\S|"
    r"(?:step|component|module|test)\s+\S|[-*+]\s+\S|\d+[.)]\s+\S|#{1,6}\s+\S)",
    re.I | re.M,
)
_OF_ANY = 2  # specs that a reference from elsewhere may mean; of more it says nothing
_OBLIGES = (Modal.MUST, Modal.MUST_NOT, Modal.SHOULD, Modal.SHOULD_NOT)


class Stated(NamedTuple):
    """A requirement with its id; `sure`: in a list of requirements. `shown`: the id as written.

    One that was withdrawn has no text.
    """

    kind: str
    id: str
    shown: str
    sure: bool
    text: str


class Referred(NamedTuple):
    """A reference to an id; `traces`: it tests, carries out or plans. `sure`: nothing else is so written."""

    kind: str
    id: str
    shown: str
    traces: bool
    sure: bool


class Silent(NamedTuple):
    """A step, test or component that names no id where most of its siblings do; `ids`: those they name."""

    kind: str
    what: str
    ids: tuple[str, ...]


def _share(note: Note) -> Iterator[tuple[str, Entry]]:
    yield from _blocks(note)
    text = note.doc.text
    if not any(sign.search(text) for sign in _MAYBE):
        return
    ids = list(_find(text))
    tests = list(_TEST_NAME.finditer(text)) if _MAYBE_TEST.search(text) else []
    if not ids and not tests:
        return
    above = _Above(note)
    stated = _stated(note, ids, above)
    inside: list[tuple[int, int]] = []
    for start, end, key, own_id in stated:
        inside.append((start, end))
        yield key, Entry(note.path, note.doc.line(start), start, end, own_id)
    own = PurePosixPath(note.path)
    whole = own.suffix.lower() == ".pseudo" or bool(_TRACES.search(note.title) or _TRACES.search(own.stem))
    for match in (*ids, *tests):
        if any(a <= match.start() < b for a, b in inside):
            continue
        line = note.doc.line_text(note.doc.line(match.start()))
        if _GONE.search(line) or ("|" in line and _empty_row(line, match[0])):
            continue
        traces = whole or bool(_TRACES.search(line)) or above.is_traced(match.start())
        for key, number, shown, sure in _ids(match, text):
            said = Referred(REFERRED, number, shown, traces, sure)
            yield key, Entry(note.path, note.doc.line(match.start()), match.start(), match.end(), said)
    yield from _siblings(note, whole, above)


def _find(text: str) -> Iterator[re.Match[str]]:
    """All ids of a text, as `_ID.finditer`, but quickly where there are none."""
    low = text.lower()
    if any(counted.search(low) for counted in _COUNTED):
        yield from _ID.finditer(text)
        return
    end = 0
    for maybe in _BEFORE_NUMBER.finditer(text):
        if maybe.start() >= end and (found := _ID.match(text, maybe.start())):
            yield found
            end = found.end()


def _ids(match: re.Match[str], text: str) -> Iterator[tuple[str, str, str, bool]]:
    """Prefix, number, as written, and whether it is plainly an id; all of a range `R-1..R-5`."""
    found = match.groupdict()
    if found.get("word"):
        yield "#", found["counted"], match[0], True
        return
    prefix, number = found["prefix"].upper(), found["number"]
    sure = len(prefix) > 1 or bool(found.get("sep"))
    yield prefix, _plain(number), match[0], sure
    ranged = _RANGE.match(text, match.end())
    if ranged and number.isdigit() and 0 < int(ranged["last"]) - int(number) <= 100:
        for n in range(int(number) + 1, int(ranged["last"]) + 1):
            yield prefix, str(n), f"{prefix}-{n}", False


def id_end(words: str) -> int:
    """Where the id ends that a requirement begins with; 0 where it has none."""
    begin = _BEGIN.match(words)
    found = _ID.match(words, begin.end()) if begin else None
    return found.end() if found else 0


def _plain(number: str) -> str:
    return ".".join(part.lstrip("0") or "0" for part in number.split("."))


def _stated(note: Note, ids: Sequence[re.Match[str]], above: _Above) -> list[tuple[int, int, str, Stated]]:
    """Lines that state a requirement under its id."""
    if note.path.lower().endswith(".pseudo"):
        return []
    text, found = note.doc.text, []
    for match in ids:
        if not _LEAD.fullmatch(text, text.rfind("\n", 0, match.start()) + 1, match.start()):
            continue
        after = _AFTER_ID.match(text, match.end())
        if not after or above.block(match.start()) in ("code", "frontmatter", "comment"):
            continue
        chain = above.chain(match.start())
        if any(_TRACES.search(h) and not names_requirements(h) for h in chain):
            continue
        words = re.sub(r"(?:\s\^[\w-]+|\|)\s*$", "", after["text"]).strip()
        listed = note.path.lower().endswith(".idea") or any(
            map(names_requirements, (note.title, PurePosixPath(note.path).stem, *chain))
        )
        obliges = any(m.kind in _OBLIGES for m in read(words).modalities)
        if not words or not (listed or obliges) or _RANGE.match(text, match.end()):
            continue
        key, number, shown, sure = next(_ids(match, text))
        if sure or listed:
            end = after.end()
            words = "" if _GONE.search(words) and not obliges else words
            found.append((match.start(), end, key, Stated(STATED, number, shown, listed, words)))
    return found


def _blocks(note: Note) -> Iterator[tuple[str, Entry]]:
    """Requirements with a block id, and links to such ids."""
    for link in note.links:
        if link.block and (found := _BLOCK.fullmatch(link.block)):
            said = Referred(REFERRED, link.block.lower(), f"^{link.block}", True, False)
            place = (note.path, link.line, link.start, link.end)
            yield "^" + name_key(link.target or note.path), Entry(*place, said)
            also = said._replace(id=_plain(found["number"]))
            yield found["prefix"].upper(), Entry(*place, also)
    named = {b.block: b for b in note.block_ids if _BLOCK.fullmatch(b.id)}
    for r in requirements_of(note) if named else ():
        if (own := named.get(r.statement.block)) and not _ID.match(r.words):
            stated = Stated(STATED, own.id.lower(), f"^{own.id}", True, r.words)
            yield (
                "^" + name_key(note.path),
                Entry(note.path, r.statement.line, r.statement.start, own.end, stated),
            )


class _Above:
    """What stands over the places of a note: headings, and the block that a place is in."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._headings = [h.start for h in note.headings]
        self._blocks = [b.start for b in note.blocks]
        self._traced: dict[tuple[str, ...], bool] = {}

    def chain(self, at: int) -> tuple[str, ...]:
        """The headings over a place."""
        number = bisect_right(self._headings, at) - 1
        return self._note.heading_chains[number] if number >= 0 else ()

    def block(self, at: int) -> str:
        """The kind of the block that a place is in."""
        number = bisect_right(self._blocks, at) - 1
        return self._note.blocks[number].kind if number >= 0 and at < self._note.blocks[number].end else ""

    def is_traced(self, at: int) -> bool:
        """Whether a place stands under a heading of tests, steps or the like, or in code."""
        chain = self.chain(at)
        if chain not in self._traced:
            self._traced[chain] = any(_TRACES.search(h) and not names_requirements(h) for h in chain)
        return self._traced[chain] or self.block(at) == "code"


def _empty_row(line: str, shown: str) -> bool:
    """Whether a row of a table names an id and nothing beside it."""
    return bool(_EMPTY_CELL.fullmatch(line.replace(shown, "").replace("*", "").replace("`", "")))


def _siblings(note: Note, whole: bool, above: _Above) -> Iterator[tuple[str, Entry]]:
    """Units of one kind, in one place, of which most name an id and few name none."""
    text = note.doc.text
    groups: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    starts = [m.start() for m in _UNIT.finditer(text)]
    for start, end in pairwise([*starts, len(text)]):
        if whole or above.is_traced(start):
            line = note.doc.line_text(note.doc.line(start))
            lead = re.match(r"[ \t]*(?:[-*+]|\d|#+|\w+)", line)
            mark = re.sub(r"\d", "1", lead[0]) if lead else ""
            groups.setdefault((mark, *above.chain(start)[: -1 if "#" in mark else None]), []).append(
                (start, end)
            )
    for units in groups.values():
        named = [list(_ID.finditer(text, start, end)) for start, end in units]
        silent = [unit for unit, ids in zip(units, named, strict=True) if not ids]
        if not silent or len(units) < 3 or len(silent) > len(units) / 3:
            continue
        told = [next(_ids(ids[0], text)) for ids in named if ids]
        prefix = max({key for key, *_ in told}, key=[key for key, *_ in told].count)
        numbers = tuple(sorted({told_id for key, told_id, _, sure in told if key == prefix and sure}))
        for start, _ in silent:
            number = note.doc.line(start)
            words = note.doc.line_text(number)
            at = note.doc.line_starts[number - 1]
            first = at + len(words) - len(words.lstrip())
            if not _GONE.search(words) and numbers:
                said = Silent(SILENT, words.strip(" \t#-*+:"), numbers)
                yield prefix, Entry(note.path, number, first, at + len(words.rstrip()), said)


def _where_stated(entries: Sequence[Entry]) -> Sequence[Entry]:
    """The entries, where one of them states a requirement; elsewhere `R2` may be a release of something."""
    return entries if any(e.said[0] == STATED for e in entries) else ()


TRACING = Topic("requirement ids", _share, prepare=_where_stated)


class Traced:
    """All that was told under one key, put together."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        told = [(e, Stated(*e.said)) for e in entries if e.said[0] == STATED]
        sure = {said.id for _, said in told if said.sure}
        self.stated = [(e, said) for e, said in told if said.sure or said.id not in sure]
        self.restated = [(e, said) for e, said in told if not said.sure and said.id in sure]
        self.referred = [(e, Referred(*e.said)) for e in entries if e.said[0] == REFERRED]
        self.referred += [(e, Referred(REFERRED, s.id, s.shown, True, True)) for e, s in self.restated]
        self.silent = [(e, Silent(*e.said)) for e in entries if e.said[0] == SILENT]
        self._by_id: dict[str, list[Entry]] = {}
        for entry, said in self.stated:
            self._by_id.setdefault(said.id, []).append(entry)

        self._at_home: dict[str, bool] = {}

    def meant(self, entry: Entry, number: str) -> list[Entry]:
        """Where the id is stated that a note refers to: there, or in the nearest folder.

        A note that speaks of the spec beside it means no spec of another folder that has the same ids.
        """
        found = self._by_id.get(number, [])
        if own := [e for e in found if e.note == entry.note]:
            return own
        if self.at_home(entry.note):
            return [e for e in found if _beside(e.note, entry.note)]
        near = [_together(e.note, entry.note) for e in found]
        best = [e for e, n in zip(found, near, strict=True) if n == max(near)]
        return best if len({e.note for e in best}) <= _OF_ANY else []

    def unknown(self, entry: Entry, number: str) -> bool:
        """Whether no note states the id that a note refers to; none beside it, where it has its own spec."""
        found = self._by_id.get(number, [])
        return not found or (self.at_home(entry.note) and not self.meant(entry, number))

    def at_home(self, note: str) -> bool:
        """Whether a note refers to a spec of its own folder, or of one above it."""
        if not self._at_home:
            self._at_home = {e.note: False for e, _ in self.referred}
            for e, said in self.referred:
                self._at_home[e.note] |= any(_beside(s.note, e.note) for s in self._by_id.get(said.id, ()))
        return self._at_home.get(note, False)


def _beside(spec: str, note: str) -> bool:
    """Whether a spec lies in the folder of a note, or in one above it that is not the whole vault."""
    folder = spec.rpartition("/")[0]
    return spec.rpartition("/")[0] == note.rpartition("/")[0] or (
        bool(folder) and note.startswith(folder + "/")
    )


def _together(a: str, b: str) -> int:
    """How many folders two notes share."""
    count = 0
    for x, y in zip(a.split("/")[:-1], b.split("/")[:-1], strict=False):
        if x != y:
            break
        count += 1
    return count
