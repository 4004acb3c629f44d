"""Markdown text to a `Note`: the driver of the reader.

    front matter -> blocks -> what stands inside them -> statements, turns, title, language

Each step is a module of its own that knows nothing of the others.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

from notec.core import Diagnostic, Doc, Outcome, Severity, Span, short_id
from notec.vault.blocks import MAX_DEPTH, scan_blocks
from notec.vault.chat import find_turns, turns_of
from notec.vault.content import Content
from notec.vault.frontmatter import FrontMatter, read_frontmatter
from notec.vault.inline import Inline, scan_html, scan_inline
from notec.vault.language import language_of
from notec.vault.layout import Layout, Leaf
from notec.vault.note import (
    Block,
    BlockId,
    CodeSpan,
    Footnote,
    Heading,
    Link,
    Note,
    Statement,
    Tag,
)
from notec.vault.plain import block_id
from notec.vault.properties import Properties
from notec.vault.sentences import sentences
from notec.vault.starts import cells
from notec.vault.visible import visible

_WORDS = re.compile(r"\w+")
_ANCHOR = re.compile(r"(?:<a\b[^<>]*></a>\s*)+")
_KINDS = {"bare": "autolink"}
_REMEMBERED = 300_000  # characters of the longest text whose note is kept


def parse_markdown(path: str, text: str, dialect: str = "obsidian") -> Outcome[Note]:
    """Reads a Markdown text. Never raises: what cannot be read is a diagnostic, the rest lives.

    Args:
        path: the note's path inside the vault; names the note where nothing else does.
        dialect: `obsidian` reads `[[target|label]]`, `dendron` reads `[[label|target]]`.

    Of the same text as the last time the same note is given: an edit is indexed, then checked.
    """
    return (_read_again if len(text) <= _REMEMBERED else _read)(path, text, dialect)


def _read(path: str, text: str, dialect: str) -> Outcome[Note]:
    doc = Doc(path, text)
    front = read_frontmatter(doc)
    layout = scan_blocks(text, front.end or text.startswith("\ufeff"))
    reader = _Reader(doc, front, layout, dialect)
    for leaf in layout.leaves:
        reader.read(leaf)
    diagnostics = front.diagnostics
    if layout.too_deep >= 0:
        said = f"more than {MAX_DEPTH} quotes and lists inside one another; what is deeper is read as text"
        place = Span(layout.too_deep, layout.too_deep)
        diagnostics += (Diagnostic.at(doc, place, "deep-nesting", Severity.INFO, said),)
    return Outcome(reader.note(), diagnostics)


_read_again = lru_cache(maxsize=1)(_read)


class _Reader:
    """Collects the parts of a note from its leaves, in order."""

    def __init__(self, doc: Doc, front: FrontMatter, layout: Layout, dialect: str) -> None:
        self.doc, self.text, self.layout, self.dialect = doc, doc.text, layout, dialect
        self.starts = doc.line_starts
        self.properties = Properties(doc, front)
        self.first = 0  # index of the first block that the scanner found
        blocks = layout.blocks
        if front.end:
            blocks.insert(0, Block("frontmatter", 0, front.end))
            self.first = 1
        elif blocks:
            blocks[0] = blocks[0]._replace(start=0)
        elif doc.text:
            blocks.append(Block("blank", 0, len(doc.text)))
        self.turns = find_turns(doc, layout.containers)
        self.turn_of = turns_of(layout.containers, self.turns)
        self.headings: list[Heading] = []
        self.statements: list[Statement] = []
        self.links: list[Link] = list(self.properties.links)
        self.tags: list[Tag] = list(self.properties.tags)
        self.block_ids: list[BlockId] = []
        self.notes: list[Footnote] = []
        self.codes: list[CodeSpan] = []
        self.hidden = array("q")
        self.times: dict[str, int] = {}
        self.ids: set[str] = set()

    def read(self, leaf: Leaf) -> None:
        kind, index = leaf.kind, leaf.block + self.first
        if kind == "table":
            self._table(leaf, index)
            return
        content = Content(self.text, leaf.lines)
        if kind in ("html", "comment"):
            self._html(content, index)
            return
        inline = scan_inline(content.text, self.layout.references, self.dialect)
        end = len(content.text)
        if "^" in content.text and (found := block_id(content.text)):
            self._block_id(content, found, index)
            end = found.start()
            inline.hidden.append((end, len(content.text), 0))
        self._take(content, inline)
        if kind == "heading":
            shown = visible(content.text, 0, end, inline.hidden)
            block = self.layout.blocks[index]
            line = bisect_right(self.starts, block.start)
            self.headings.append(Heading(leaf.level, shown, block.start, block.end, line))
            return
        if kind == "title" and self.layout.blocks[index].container in self.turns:
            return
        if end == 0:
            return
        if "::" in content.text:
            self.properties.in_text(content.text, inline)
        words = content.text if end == len(content.text) else content.text[:end]
        breaks = [(s, e) for s, e, blank in inline.hidden if blank and words[s : s + 1] == "<"]
        self._say(
            content,
            inline,
            sentences(words, inline.whole, breaks),
            "item" if kind == "item" else "sentence",
            index,
        )

    def _table(self, leaf: Leaf, index: int) -> None:
        lines = leaf.lines
        for at in range(0, len(lines), 2):
            if at == 2:
                continue  # the row of delimiters
            content = Content(self.text, lines[at : at + 2])
            row = content.text
            inline = scan_inline(row, self.layout.references, self.dialect, table=True)
            if any(_crosses(row[s:e]) for s, e in inline.whole):
                inline = self._by_cells(row)
            self._take(content, inline)
            start, end = _inside(row)
            if "^" in row and (found := block_id(row)) and found.start() == 0:
                self._block_id(content, found, index)
            elif _WORDS.search(row, start, end):
                self._say(content, inline, [(start, end)], "row", index)

    def _by_cells(self, row: str) -> Inline:
        """A row in which something would reach over the border of a cell: cell by cell."""
        whole = Inline()
        for start, end in cells(row):
            whole.add(scan_inline(row[start:end], self.layout.references, self.dialect, table=True), start)
        return whole

    def _html(self, content: Content, index: int) -> None:
        block = self.layout.blocks[index]
        if block.info in ("", "raw"):
            inline = scan_html(content.text)
            self._take(content, inline)
            if not block.info:
                breaks = [(s, e) for s, e, blank in inline.hidden if blank]
                self._say(content, inline, sentences(content.text, inline.whole, breaks), "sentence", index)

    def _take(self, content: Content, inline: Inline) -> None:
        """Adds what was found in a content, at its place in the note."""
        place, end, starts = content.place, content.end, self.starts
        for p in inline.links:
            start = place(p.start)
            target = (p.target_start, p.target_end)
            if not p.outside:
                target = (place(p.target_start), end(p.target_end))
            self.links.append(
                Link(
                    _KINDS.get(p.kind, p.kind), p.text, p.heading, p.block, p.label, p.embed,
                    start, end(p.end), bisect_right(starts, start), target[0], max(target),
                )
            )  # fmt: skip
        for p in inline.codes:
            self.codes.append(CodeSpan(p.text, place(p.start), end(p.end)))
        for p in inline.tags:
            self.tags.append(Tag(p.text, place(p.start), end(p.end)))
        for p in inline.notes:
            start = place(p.start)
            self.notes.append(Footnote(p.kind, p.text, start, end(p.end), bisect_right(starts, start)))
        hidden = [(place(s), end(e) * 2 + blank) for s, e, blank in inline.hidden]
        if content.starts is not None:
            lines = content.lines
            hidden += [(lines[i], lines[i + 1] * 2 + 1) for i in range(1, len(lines) - 1, 2)]
            hidden.sort()
        for pair in hidden:
            self.hidden.extend(pair)

    def _block_id(self, content: Content, found: re.Match[str], index: int) -> None:
        """A block id; one that stands alone names the block before it."""
        name = found.group().strip()
        start = content.place(found.start() + found.group().index("^"))
        if found.start() == 0:
            before = index - 1
            while before >= 0 and self.layout.blocks[before].kind == "blank":
                before -= 1
            index = before if before >= 0 else index
        self.block_ids.append(BlockId(name[1:], start, start + len(name), index))

    def _say(
        self, content: Content, inline: Inline, spans: list[tuple[int, int]], kind: str, index: int
    ) -> None:
        text, hidden, starts = content.text, inline.hidden, self.starts
        container = self.layout.blocks[index].container
        turn = self.turn_of[container] if container >= 0 else -1
        heading = len(self.headings) - 1
        at = 0
        for start, end in spans:
            if text.startswith("<a", start) and (anchor := _ANCHOR.match(text, start, end)):
                start = anchor.end()  # noqa: PLW2901
            while at < len(hidden) and hidden[at][0] < start:
                at += 1
            shown = text[start:end]
            if at < len(hidden) and hidden[at][0] < end:
                shown = visible(text, start, end, hidden[at:] if at else hidden)
            words = " ".join(_WORDS.findall(shown.casefold()))
            if not words:
                words = " ".join(text[start:end].split())
            first = content.place(start)
            self.statements.append(
                Statement(
                    self._id(words),
                    first,
                    content.end(end),
                    bisect_right(starts, first),
                    kind,
                    heading,
                    index,
                    turn,
                )
            )

    def _id(self, words: str) -> str:
        time = self.times.get(words, 0)
        self.times[words] = time + 1
        name = short_id(f"{words}\n{time}" if time else words)
        while name in self.ids:  # never seen: 60 bits
            time += 1
            name = short_id(f"{words}\n{time}")
        self.ids.add(name)
        return name

    def note(self) -> Note:
        for container in self.layout.containers:
            if container.kind == "footnote":
                line = bisect_right(self.starts, container.start)
                self.notes.append(
                    Footnote("definition", container.info, container.start, container.end, line)
                )
        self.notes.sort(key=_start)
        title = self.properties.title
        if not title:
            title = next((h.text for h in self.headings if h.level == 1 and h.text), "")
        return Note(
            self.doc,
            title or PurePosixPath(self.doc.path).stem or self.doc.path,
            language_of(self.text, self.statements),
            self.properties.values,
            self.properties.aliases,
            self.properties.uid,
            tuple(self.layout.blocks),
            tuple(self.layout.containers),
            tuple(self.headings),
            tuple(self.statements),
            tuple(self.links),
            tuple(self.tags),
            tuple(self.block_ids),
            tuple(self.notes),
            tuple(self.codes),
            tuple(self.turns.values()),
            self.hidden,
        )


def _start(part: Any) -> int:
    return int(part.start)


def _crosses(piece: str) -> bool:
    """Whether a find in a table row reaches over the border of a cell; a wikilink may."""
    if "|" not in piece or piece.startswith(("[[", "![[")):
        return False
    return "|" in piece.replace("\\|", "")


def _inside(row: str) -> tuple[int, int]:
    """A row without the bars and blanks around it."""
    start, end = 0, len(row.rstrip())
    start = end - len(row[:end].lstrip())
    if row.startswith("|", start):
        start += 1
    if end > start and row[end - 1] == "|" and row[end - 2 : end - 1] != "\\":
        end -= 1
    end = start + len(row[start:end].rstrip())
    return end - len(row[start:end].lstrip()), end
