"""What the block scanner finds, and the part of it that closes leaves and keeps their words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from notec.vault import starts
from notec.vault.content import Content
from notec.vault.note import Block, Container
from notec.vault.targets import Reference, definition


class Leaf(NamedTuple):
    """A block with words: index of its block, kind, its lines (start, end, ...) and heading level."""

    block: int
    kind: str
    lines: list[int]
    level: int = 0


@dataclass
class Layout:
    """What the block scanner found. `too_deep` is the offset where nesting passed the limit, or -1."""

    blocks: list[Block] = field(default_factory=list)
    containers: list[Container] = field(default_factory=list)
    leaves: list[Leaf] = field(default_factory=list)
    references: dict[str, Reference] = field(default_factory=dict)
    too_deep: int = -1


class Entry:
    """A container that is still open; `width` is the indentation of a list item's content."""

    __slots__ = ("empty", "end", "fold", "index", "info", "kind", "parent", "start", "title", "width")

    def __init__(self, kind: str, start: int, *, index: int, parent: int, width: int, info: str) -> None:
        self.kind, self.start, self.index, self.parent = kind, start, index, parent
        self.width, self.info = width, info
        self.title = self.fold = ""
        self.end = start
        self.empty = True


class Builder:
    """The stack of open containers and the one open leaf; what is closed goes into the layout.

    The leaf's `kind` is one of `paragraph`, `table`, `fence`, `indented`, `html` (ends at a blank line),
    `raw` (HTML with an end of its own), `math`, `comment`, or empty.
    """

    def __init__(self, text: str, at: int) -> None:
        self.text, self.origin = text, at
        self.stack: list[Entry] = []
        self.containers: list[Entry] = []
        self.found: list[tuple[str, int, str, int]] = []
        self.leaves: list[Leaf] = []
        self.references: dict[str, Reference] = {}
        self.leaf = ""
        self.start = at  # where the open leaf's first line begins
        self.block = ""  # its kind as a block
        self.info = ""
        self.lines: list[int] = []
        self.fence = ""
        self.until: re.Pattern[str] = starts.SETEXT
        self.code_end = at  # end of the last line of indented code that is not blank
        self.last = at  # end of the last line that is not blank

    def push(self, kind: str, start: int, width: int, info: str = "") -> Entry:
        parent = self.stack[-1].index if self.stack else -1
        if self.stack:
            self.stack[-1].empty = False
        entry = Entry(kind, start, index=len(self.containers), parent=parent, width=width, info=info)
        self.containers.append(entry)
        self.stack.append(entry)
        return entry

    def close_to(self, depth: int) -> None:
        """Closes the leaf, and the containers beyond `depth`."""
        if self.leaf:
            self.close_leaf()
        while len(self.stack) > depth:
            self.stack.pop().end = self.last

    def home(self) -> int:
        """Index of the innermost open container, or -1."""
        return self.stack[-1].index if self.stack else -1

    def emit(
        self, kind: str, start: int, info: str = "", lines: list[int] | None = None, level: int = 0
    ) -> None:
        """A finished block. It ends where the next one begins."""
        stack = self.stack
        if stack:
            stack[-1].empty = False
        if lines is not None:
            self.leaves.append(Leaf(len(self.found), kind, lines, level))
        self.found.append((kind, start, info, stack[-1].index if stack else -1))

    def blank(self, start: int) -> None:
        """A blank line; several in one container make one block."""
        home = self.home()
        if not (self.found and self.found[-1][0] == "blank" and self.found[-1][3] == home):
            self.found.append(("blank", start, "", home))

    def open_leaf(self, leaf: str, start: int, block: str, lines: list[int], info: str = "") -> None:
        self.leaf, self.start, self.block, self.lines, self.info = leaf, start, block, lines, info
        if self.stack:
            self.stack[-1].empty = False

    def open_paragraph(self, start: int, at: int, end: int) -> None:
        block, info = "paragraph", ""
        if self.stack:
            top = self.stack[-1]
            if top.kind == "list_item" and top.empty:
                block, info = "item", top.info
            elif top.kind == "footnote":
                block, info = "footnote", top.info
            top.empty = False
        self.leaf, self.start, self.block, self.info = "paragraph", start, block, info
        self.lines = [at, end]

    def close_leaf(self) -> None:
        leaf, self.leaf = self.leaf, ""
        if leaf == "paragraph":
            if self.text[self.lines[0] : self.lines[0] + 1] == "[":
                self.take_definitions()
            if self.lines:
                self.emit(self.block, self.start, self.info, self.lines)
        elif leaf in ("table", "html"):
            self.emit(self.block, self.start, self.info, self.lines)
        else:
            self.emit(self.block, self.start, self.info)
            if leaf == "indented" and self.code_end < self.last_line:
                self.blank(self.code_end)

    last_line = 0  # where the line at hand begins

    def take_definitions(self) -> None:
        """Takes the link reference definitions off the head of the open paragraph."""
        content = Content(self.text, self.lines)
        at = 0
        while at < len(content.text) and content.text[at] == "[":
            found = definition(content.text, at)
            if found is None:
                break
            label, start, end, at = found
            place = Reference(content.text[start:end], content.place(start), content.end(end))
            self.references.setdefault(label, place)
        if at == 0:
            return
        taken = 2 * content.text.count("\n", 0, at) if at < len(content.text) else len(self.lines)
        self.emit("definition", self.start)
        rest = self.lines[taken:]
        if rest:
            self.start = self.line_start(self.lines[taken - 1], rest[0])
        self.lines = rest

    def line_start(self, previous_end: int, at: int) -> int:
        """Where the line with the words at `at` begins; the words of the line before end earlier."""
        gap = self.text[previous_end:at]
        return previous_end + max(gap.rfind("\n"), gap.rfind("\r")) + 1

    def finish(self, too_deep: int) -> Layout:
        ends = [start for _, start, _, _ in self.found[1:]]
        ends.append(len(self.text))
        return Layout(
            [
                Block(kind, start, end, info, container)
                for (kind, start, info, container), end in zip(self.found, ends, strict=False)
            ],
            [
                Container(
                    "callout" if e.kind == "quote" and e.info else e.kind,
                    e.start,
                    max(e.end, e.start),
                    "" if e.kind == "list" else e.info,
                    e.title,
                    e.fold,
                    e.parent,
                    e.width,
                )
                for e in self.containers
            ],
            self.leaves,
            self.references,
            too_deep,
        )
