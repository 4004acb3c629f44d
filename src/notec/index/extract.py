"""One file of the vault to everything that the index keeps of it. Runs in worker processes.

`Extract` is plain data: compressed, packed and analysed where the work is done, so that the writing
process only stores. `passage_lines` and `card_lines` also serve to derive the full text from the truth
again; they must depend on nothing else.
"""

from __future__ import annotations

import json
import re
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import unquote

from notec.core import Diagnostic, digest, whole
from notec.facts.words import Analyzer, stop_terms
from notec.index.cut import Cut, cut
from notec.index.layout import pack_layout
from notec.index.packing import PackedLink, id_number, pack_json, pack_statements, pack_text
from notec.index.values import Settings
from notec.vault import Note
from notec.vault.note import Link
from notec.vault.read import parse_bytes, read_bytes
from notec.vault.resolve import fold

EXTRACT_VERSION = 2  # a change reads every note again
PROPERTIES = -2  # `Cut.heading` of the passage that stands for the front matter
_HIDDEN_KEYS = re.compile(
    r"(?:^|[._-])(?:id|uid|uuid|guid|hash|sha|date|created|updated|modified|locale|type)$|^ms\.|cssclass"
)
_ADDRESS = re.compile(r"(\]\()[^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+\"[^\"\n]*\")?\)|\bhttps?://[^\s)>\]]+")
_MARKUP = re.compile(
    r"</?(?:a|abbr|b|blockquote|br|caption|center|code|col|colgroup|dd|del|details|div|dl|dt|em|font|h[1-6]|hr|i|"
    r"iframe|img|ins|kbd|li|ol|p|pre|q|s|section|small|span|strike|strong|style|sub|summary|sup|table|tbody|td|tfoot|"
    r"th|thead|tr|tt|u|ul|video)\b[^<>]*>|<!--.*?-->",
    re.IGNORECASE | re.DOTALL,
)
_DATE = re.compile(r"(?<!\d)(\d{4})[-._](\d{2})[-._](\d{2})(?!\d)")
_EUROPEAN = re.compile(r"(?<!\d)(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)")
_AMERICAN = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)")
_OUTSIDE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://|(?:mailto|tel):")
_DATE_KEYS = ("date", "created", "created_at", "creation_date", "ms.date", "updated", "modified")
_BRACKETS = re.compile(r"\s*\([^()]*\)\s*$")
_NAME_TERMS = 8  # longest name, in terms, that is looked for in texts


class Lines(NamedTuple):
    """What is indexed of a passage, analysed: `head` (headings above it) and `body`."""

    head: str
    body: str


class Card(NamedTuple):
    """What is indexed of a note as a whole, analysed: its title, and other words that name it."""

    title: str
    names: str


@dataclass(frozen=True, slots=True)
class Extract:
    """Everything the index keeps of one file; see the tables in `schema`."""

    path: str
    digest: bytes
    size: int
    mtime_ns: int
    seen_ns: int
    uid: str
    title: str
    language: str
    date: str
    properties: str
    aliases: tuple[str, ...]
    findings: str
    headings: bytes
    statements: bytes
    statement_count: int
    statement_ids: tuple[int, ...]
    texts: tuple[bytes, ...]
    cuts: tuple[Cut, ...]
    roles: tuple[str, ...]
    lines: tuple[Lines, ...]
    card: Card
    names: tuple[str, ...]
    links: bytes
    link_count: int
    layout: bytes
    link_keys: tuple[int, ...]
    tags: tuple[str, ...]
    turns: tuple[tuple[Any, ...], ...]


class Known(NamedTuple):
    """What is read again, and what is known of it."""

    path: str
    size: int
    mtime_ns: int
    digest: bytes  # of the bytes read last, or empty


class Same(NamedTuple):
    """The file's bytes have not changed."""

    path: str
    size: int
    mtime_ns: int
    seen_ns: int


class Unread(NamedTuple):
    """Nothing could be read."""

    path: str
    findings: tuple[Diagnostic, ...]


def extract(
    root: Path, known: Known, settings: Settings, analyzer: Analyzer, dialect: str
) -> Extract | Same | Unread:
    """Read, parse and analyse one file, unless its bytes are those that are known."""
    seen = time.time_ns()
    found = read_bytes(root, known.path, max_bytes=settings.max_bytes)
    if found.value is None:
        return Unread(known.path, found.diagnostics)
    print_of = bytes.fromhex(digest(found.value))
    if print_of == known.digest:
        return Same(known.path, known.size, known.mtime_ns, seen)
    note = parse_bytes(known.path, found.value, dialect=dialect)
    return extract_note(
        note.value,
        settings,
        analyzer,
        (print_of, known.size, known.mtime_ns, seen),
        found.diagnostics + note.diagnostics,
    )


def extract_note(
    note: Note,
    settings: Settings,
    analyzer: Analyzer,
    stamp: tuple[bytes, int, int, int],
    findings: Sequence[Diagnostic] = (),
) -> Extract:
    """Everything the index keeps of a note. `stamp`: digest, size, mtime_ns, seen_ns."""
    text = note.doc.text
    properties = json.dumps(note.properties, ensure_ascii=False, default=str)
    headings = [(h.level, h.text, h.start, h.end, h.line) for h in note.headings]
    cuts = cut(note)
    front = note.blocks[0] if note.blocks and note.blocks[0].kind == "frontmatter" else None
    if front and settings.front_matter and property_texts(note.properties):
        cuts.insert(0, Cut(front.start, front.end, 1, PROPERTIES, -1))
    chains = heading_chains(headings)
    tags = tuple(sorted({t.name.strip("/").lower() for t in note.tags if t.name.strip("/")}))
    extracted = Extract(
        path=note.path,
        digest=stamp[0],
        size=stamp[1],
        mtime_ns=stamp[2],
        seen_ns=stamp[3],
        uid=note.uid,
        title=note.title,
        language=note.language,
        date=day_of(note.properties, note.path, note.turns[0].time if note.turns else ""),
        properties=properties,
        aliases=note.aliases,
        findings=pack_findings(findings),
        headings=pack_json(headings),
        statements=pack_statements(note.statements),
        statement_count=len(note.statements),
        statement_ids=tuple(dict.fromkeys(id_number(s.id) for s in note.statements)),
        texts=tuple(pack_text(text)),
        cuts=tuple(cuts),
        roles=tuple(note.turns[c.turn].role if c.turn >= 0 else "" for c in cuts),
        lines=tuple(passage_lines(analyzer, text[c.start : c.end], c, chains, note.properties) for c in cuts),
        card=card_lines(analyzer, note.path, note.title, note.aliases),
        names=names_of(analyzer, note.title, note.aliases),
        links=pack_json(
            [
                (x.kind, x.target, x.heading, x.block, x.label, int(x.embed), x.start, x.end, x.line)
                for x in note.links
            ]
        ),
        link_count=len(note.links),
        layout=pack_layout(note, whole(properties)),
        link_keys=link_keys(note.links),
        tags=tags,
        turns=tuple((t.role, t.name, t.time, t.id, t.start, t.end, t.line) for t in note.turns),
    )
    return replace(extracted, **{f.name: _storable(getattr(extracted, f.name)) for f in fields(Extract)})


def _storable(value: Any) -> Any:
    """A value whose texts a database and a search engine can keep; bytes hold the text as it is."""
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, tuple):
        parts = [_storable(part) for part in value]
        return value._make(parts) if hasattr(value, "_make") else tuple(parts)
    return value


def heading_chains(headings: Sequence[Sequence[Any]]) -> list[tuple[str, ...]]:
    """For each heading `(level, text, ...)` the texts of those above it and its own."""
    chains: list[tuple[str, ...]] = []
    stack: list[tuple[int, str]] = []
    for level, text, *_ in headings:
        while stack and stack[-1][0] >= level:
            stack.pop()
        stack.append((level, text))
        chains.append(tuple(words for _, words in stack))
    return chains


def passage_lines(
    analyzer: Analyzer,
    text: str,
    place: Cut,
    chains: Sequence[tuple[str, ...]],
    properties: Mapping[str, Any],
) -> Lines:
    """What is indexed of the passage `text` at `place`."""
    if place.heading == PROPERTIES:
        return Lines("", analyzer.line(" . ".join(property_texts(properties))))
    above = chains[place.heading] if place.heading >= 0 else ()
    if above and above[-1] and above[-1] in text.partition("\n")[0]:
        above = above[:-1]  # the passage begins with this heading: it is in its body
    head = " . ".join(above)
    return Lines(analyzer.line(head), analyzer.line(visible(text)))


def card_lines(analyzer: Analyzer, path: str, title: str, aliases: Sequence[str]) -> Card:
    """What is indexed of a note by its names: title, aliases, and the words of its path."""
    parts = PurePosixPath(path)
    words = [*aliases, parts.stem.replace("-", " "), *(p.replace("-", " ") for p in parts.parts[:-1])]
    return Card(analyzer.line(title), analyzer.line(" . ".join(words)))


def names_of(analyzer: Analyzer, title: str, aliases: Sequence[str]) -> tuple[str, ...]:
    """Title and aliases as terms joined by spaces, also without what stands in brackets at the end."""
    out: dict[str, None] = {}
    for name in (title, *aliases):
        for form in (name, bare_name(name)):
            terms = analyzer.sequence(form)
            if 0 < len(terms) <= _NAME_TERMS and not stop_terms().issuperset(terms):
                out[" ".join(terms)] = None
    return tuple(out)


def bare_name(name: str) -> str:
    """A name without what stands in brackets at its end: "Mercury (planet)" is called Mercury."""
    return _BRACKETS.sub("", name) or name


def visible(text: str) -> str:
    """The text without link addresses and HTML tags, which nobody searches for."""
    if "](" in text or "://" in text:
        text = _ADDRESS.sub(lambda m: "](" if m[1] else " ", text)
    return _MARKUP.sub(" ", text) if "<" in text else text


def property_texts(properties: Mapping[str, Any]) -> list[str]:
    """The properties that are words: descriptions, summaries, lists of keywords; not ids and dates."""
    out: list[str] = []
    for key, value in properties.items():
        if _HIDDEN_KEYS.search(key.lower()) or key.lower() in ("title", "aliases", "alias", "tags", "tag"):
            continue
        for item in value if isinstance(value, list) else [value]:
            if (
                isinstance(item, str)
                and any(c.isalpha() for c in item)
                and not re.fullmatch(r"[\w-]{20,}", item)
            ):
                out.append(item)
    return out


def link_keys(links: Iterable[Link | PackedLink]) -> tuple[int, ...]:
    """The names that the links of a note are looked up by; those that lead out of the vault have none."""
    targets = {x.target for x in links if x.target and x.kind != "autolink"}
    return tuple(sorted({name_key(target) for target in targets if not _OUTSIDE.match(target)}))


def name_key(name: str) -> int:
    """A number of 32 bits for the part of a file name, alias or link target that decides what it may mean.

    Coarse: all that could mean the same file share it.
    """
    plain = unquote(name).replace("\\", "/").partition("?")[0].rstrip("/").rpartition("/")[2].strip()
    folded = fold(plain)
    return zlib.crc32((folded.partition(".")[0].strip() or folded).encode("utf-8", "surrogatepass"))


def day_of(properties: Mapping[str, Any], path: str, first_turn: str) -> str:
    """A note's day in ISO 8601: from its properties, its file name, or its first chat turn; or empty."""
    for key in _DATE_KEYS:
        if key in properties and (day := iso_day(str(properties[key]))):
            return day
    return iso_day(path.rpartition("/")[2]) or iso_day(first_turn)


def iso_day(text: str) -> str:
    """The first date in `text` as `2025-01-31`; `31.01.2025` and the American `01/31/2025` count too."""
    if m := _DATE.search(text):
        year, month, day = m[1], m[2], m[3]
    elif m := _EUROPEAN.search(text):
        year, month, day = m[3], m[2], m[1]
    elif m := _AMERICAN.search(text):
        year, month, day = m[3], m[1], m[2]
    else:
        return ""
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return ""
    return f"{year}-{int(month):02d}-{int(day):02d}"


def pack_findings(findings: Sequence[Diagnostic]) -> str:
    """Diagnostics as JSON, so that they are told again while the note stays as it is."""
    return (
        json.dumps(
            [
                (d.code, str(d.severity), d.message, d.line, list(d.span) if d.span else None)
                for d in findings
            ],
            ensure_ascii=False,
        )
        if findings
        else ""
    )
