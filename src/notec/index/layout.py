"""The parts of a note that nothing else in the index holds, packed, so that nobody has to parse it twice.

Statements, headings and links are kept for search already; this adds where the blocks end, what stands
around them and what a reader does not see. Kept is only what comes back exactly: of other notes nothing, and
they are parsed again, as are notes that an older notec has read.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate, chain, pairwise
from typing import Any, NamedTuple

from notec.core import Doc, whole
from notec.index.packing import unpack_json, unpack_statements, unpack_text
from notec.vault import Note, parse_markdown
from notec.vault.note import Block, BlockId, CodeSpan, Container, Footnote, Heading, Link, Tag, Turn
from notec.vault.scan import reader_of

_KINDS = (
    *("frontmatter", "heading", "paragraph", "item", "table", "code", "math", "html", "comment", "footnote"),
    *("rule", "blank", "definition", "title"),
)
_LETTERS = {kind: chr(ord("a") + n) for n, kind in enumerate(_KINDS)}
_KIND_OF = {letter: kind for kind, letter in _LETTERS.items()}
_HEAD = 3  # numbers before all others: how many blocks, hidden ranges and links there are


def pack_layout(note: Note, properties: str) -> bytes:
    """What the other columns do not hold of a note that was read from Markdown; nothing if that is not all.

    Args:
        properties: as they are stored, in JSON.
    """
    blocks, links = note.blocks, note.links
    tiled = all(a.end == b.start for a, b in pairwise(blocks)) and (not blocks or blocks[0].start == 0)
    texts = (note.title, note.uid, *note.aliases)
    if (
        reader_of(note.path) != "markdown"
        or not tiled
        or not all(block.kind in _LETTERS for block in blocks)
        or any(whole(text) != text for text in texts)
        or json.loads(properties) != note.properties
    ):
        return b""
    numbers = array("i", (len(blocks), len(note.hidden), len(links)))
    numbers.extend(block.end - block.start for block in blocks)
    numbers.extend(_differences([block.container for block in blocks]))
    numbers.extend(_differences(note.hidden))
    numbers.extend(link.target_start - link.start for link in links)
    numbers.extend(link.target_end - link.start for link in links)
    if sys.byteorder == "big":
        numbers.byteswap()
    rest = (
        note.title,
        "".join([_LETTERS[block.kind] for block in blocks]),
        {n: block.info for n, block in enumerate(blocks) if block.info},
        *(note.containers, note.tags, note.block_ids, note.footnotes, note.code_spans, note.turns),
    )
    plain = json.dumps(rest, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(numbers.tobytes() + plain.encode("utf-8", "surrogatepass"), 1)


def _differences(values: Sequence[int]) -> list[int]:
    return [b - a for a, b in pairwise(chain((0,), values))]


class Kept(NamedTuple):
    """A note as the index holds it."""

    path: str
    title: str
    language: str
    uid: str
    aliases: str
    statement_count: int
    properties: str
    headings: bytes
    statements: bytes
    links: bytes
    layout: bytes
    chunks: tuple[bytes, ...]

    def note(self, dialect: str) -> Note:
        """The note itself: put together from what is kept, or parsed."""
        text = "".join(map(unpack_text, self.chunks))
        if self.layout:
            raw = zlib.decompress(self.layout)
            head = array("i", raw[: 4 * _HEAD])
            if sys.byteorder == "big":
                head.byteswap()
            blocks, hidden, links = head
            size = _HEAD + 2 * blocks + hidden + 2 * links
            rest = json.loads(raw[4 * size :].decode("utf-8", "surrogatepass"))
            if rest[0] == self.title:  # a note that moved may have another name
                numbers = array("i", raw[4 * _HEAD : 4 * size])
                if sys.byteorder == "big":
                    numbers.byteswap()
                return self._assembled(text, numbers, (blocks, hidden, links), rest)
        return parse_markdown(self.path, text, dialect).value

    def _assembled(
        self, text: str, numbers: Sequence[int], counts: tuple[int, int, int], rest: Sequence[Any]
    ) -> Note:
        _, kinds, infos, containers, tags, block_ids, footnotes, code_spans, turns = rest
        at_hidden = 2 * counts[0]
        at_links = at_hidden + counts[1]
        at_ends = at_links + counts[2]
        return Note(
            Doc(self.path, text),
            self.title,
            self.language,
            json.loads(self.properties),
            tuple(json.loads(self.aliases)),
            self.uid,
            tuple(_blocks(numbers[: counts[0]], numbers[counts[0] : at_hidden], kinds, infos)),
            tuple(Container(*x) for x in containers),
            tuple(Heading(*x) for x in unpack_json(self.headings)),
            tuple(unpack_statements(self.statements, self.statement_count)),
            tuple(_links(unpack_json(self.links), numbers[at_links:at_ends], numbers[at_ends:])),
            tuple(Tag(*x) for x in tags),
            tuple(BlockId(*x) for x in block_ids),
            tuple(Footnote(*x) for x in footnotes),
            tuple(CodeSpan(*x) for x in code_spans),
            tuple(Turn(*x) for x in turns),
            array("q", accumulate(numbers[at_hidden:at_links])),
        )  # fmt: skip


def _blocks(
    sizes: Sequence[int], containers: Sequence[int], kinds: str, infos: Mapping[str, str]
) -> list[Block]:
    ends = list(accumulate(sizes, initial=0))
    told = [""] * len(kinds)
    for number, info in infos.items():
        told[int(number)] = info
    columns = (map(_KIND_OF.__getitem__, kinds), ends[:-1], ends[1:], told, accumulate(containers))
    return list(map(partial(tuple.__new__, Block), zip(*columns, strict=True)))


def _links(packed: Iterable[list[Any]], firsts: Iterable[int], lasts: Iterable[int]) -> Iterator[Link]:
    for told, first, last in zip(packed, firsts, lasts, strict=True):
        kind, target, heading, block, label, embed, start, end, line = told
        places = start, end, line, start + first, start + last
        yield Link(kind, target, heading, block, label, bool(embed), *places)


def kept_notes(db: sqlite3.Connection, paths: Sequence[str]) -> list[Kept]:
    """The notes at some paths; of one that is gone nothing is known but the path."""
    out = []
    for path in paths:
        row = db.execute(
            "SELECT id, title, language, uid, aliases, statement_count, properties, headings, statements,"
            " links, layout FROM notes JOIN bodies ON note = id WHERE path = ?",
            (path,),
        ).fetchone()
        if row is None:
            out.append(Kept(path, "", "", "", "", 0, "", b"", b"", b"", b"", ()))
            continue
        number, *known = row
        chunks = db.execute(
            "SELECT data FROM texts WHERE id BETWEEN ? AND ? ORDER BY id",
            (number << 20, (number + 1 << 20) - 1),
        )
        out.append(Kept._make((path, *known, tuple(data for (data,) in chunks))))
    return out
