"""What a note is made of. Every part carries its place in characters of `Note.doc.text`.

The parts are named tuples with bare `start` and `end`, because a vault has millions of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from notec.core import Doc, Span
from notec.vault.targets import entities


class Block(NamedTuple):
    """A leaf block. The blocks of a note tile its text: each character is in exactly one block.

    Args:
        kind: one of `frontmatter`, `heading`, `paragraph`, `item` (text of a list item), `table`,
            `code` (fenced or indented), `math`, `html`, `comment`, `footnote`, `rule`, `blank`,
            `definition` (link reference definition), `title` (of a callout).
        info: info string of a fence (`python`, `mermaid`), label of a footnote, marker of a task, type of a
            callout.
        container: index into `Note.containers` of the innermost container, or -1.
    """

    kind: str
    start: int
    end: int
    info: str = ""
    container: int = -1


class Container(NamedTuple):
    """A block quote, callout or list item around other blocks.

    Args:
        kind: `quote`, `callout`, `list`, `list_item`, `footnote`.
        info: the callout's type in lower case (`note`, `nexus_user`); the task marker (`x`, ` `).
        title: title of a callout.
        fold: `+`, `-` or empty.
        parent: index of the container around this one, or -1.
        width: columns of indentation that the content of a list item or footnote needs.
    """

    kind: str
    start: int
    end: int
    info: str = ""
    title: str = ""
    fold: str = ""
    parent: int = -1
    width: int = 0


class Heading(NamedTuple):
    """A heading; `text` is its visible text without markup and block id."""

    level: int
    text: str
    start: int
    end: int
    line: int


class Statement(NamedTuple):
    """A sentence, list item, table row or heading-like line that says something on its own.

    Args:
        id: stable: made of the statement's own words and which of several equal ones it is, so it
            survives edits elsewhere in the note, a rename and a move.
        kind: `sentence`, `item`, `row`, `turn` (a line of a chat turn is still a `sentence`).
        heading: index into `Note.headings` of the heading it stands under, or -1.
        block: index into `Note.blocks`.
        turn: index into `Note.turns`, or -1.
    """

    id: str
    start: int
    end: int
    line: int
    kind: str
    heading: int
    block: int
    turn: int


class Link(NamedTuple):
    """A link of any form.

    Args:
        kind: `wikilink`, `markdown`, `autolink`, `reference`, `image`, `html`; `embed` says if it stands
            in the page.
        target: what is linked, decoded (no `%20`), without `#...`; empty for the note itself.
        heading: the part after `#`, subpath headings joined by `#`; empty when absent.
        block: block id after `#^`; empty when absent.
        label: the words shown, empty when none were given.
        target_start: offset of the first character of the target as written, for fixes.
        target_end: offset past its last character.
    """

    kind: str
    target: str
    heading: str
    block: str
    label: str
    embed: bool
    start: int
    end: int
    line: int
    target_start: int
    target_end: int


class Tag(NamedTuple):
    """A tag without `#`, nested parts joined by `/`, as written."""

    name: str
    start: int
    end: int


class BlockId(NamedTuple):
    """`^id` at the end of a block; `block` indexes `Note.blocks`."""

    id: str
    start: int
    end: int
    block: int


class Footnote(NamedTuple):
    """A reference `[^label]`, an inline note `^[...]` or a definition `[^label]: ...`."""

    kind: str  # reference, inline, definition
    label: str
    start: int
    end: int
    line: int


class CodeSpan(NamedTuple):
    """Inline code; `text` is the content after CommonMark's normalisation."""

    text: str
    start: int
    end: int


class Turn(NamedTuple):
    """One message of a chat export.

    Args:
        role: `user`, `assistant` or `system`.
        name: who, as written (`User`, a model's name).
        time: ISO 8601, minutes kept as written, or empty.
        id: the message's own id (`<!-- UID: ... -->`), or empty.
    """

    role: str
    name: str
    time: str
    id: str
    start: int
    end: int
    line: int


@dataclass(frozen=True)
class Note:
    """A note as read. Nothing here is resolved against other notes."""

    doc: Doc
    title: str
    language: str  # `ru`, `en` or `other`, by the letters of its prose
    properties: Mapping[str, Any] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    uid: str = ""  # the note's own id from its properties (`id`, `uid`), or empty
    blocks: tuple[Block, ...] = ()
    containers: tuple[Container, ...] = ()
    headings: tuple[Heading, ...] = ()
    statements: tuple[Statement, ...] = ()
    links: tuple[Link, ...] = ()
    tags: tuple[Tag, ...] = ()
    block_ids: tuple[BlockId, ...] = ()
    footnotes: tuple[Footnote, ...] = ()
    code_spans: tuple[CodeSpan, ...] = ()
    turns: tuple[Turn, ...] = ()
    hidden: Sequence[
        int
    ] = ()  # what a reader does not see, in order: start, twice the end (odd: a blank), ...

    @property
    def path(self) -> str:
        """Path inside the vault."""
        return self.doc.path

    def text_of(self, part: Any) -> str:
        """The words at the place of any part."""
        return self.doc.text[part.start : part.end]

    def span_of(self, part: Any) -> Span:
        return Span(part.start, part.end)

    def plain(self, part: Any) -> str:
        """The words of a part as a reader sees them, on one line: no quote marks, labels for links."""
        text, hidden, start, end = self.doc.text, self.hidden, part.start, part.end
        low, high = 0, len(hidden) // 2
        while low < high:  # the first hidden range that begins at `start` or later
            middle = (low + high) // 2
            if hidden[2 * middle] < start:
                low = middle + 1
            else:
                high = middle
        pieces = []
        at = start
        if low and hidden[2 * low - 1] // 2 > start:
            at = min(hidden[2 * low - 1] // 2, end)
        for i in range(2 * low, len(hidden), 2):
            begin, stop = hidden[i], hidden[i + 1]
            if begin >= end:
                break
            if begin > at:
                pieces.append(text[at:begin])
            if stop & 1:
                pieces.append(" ")
            at = max(at, stop // 2)
        pieces.append(text[at:end])
        words = "".join(pieces)
        if "&" in words:
            words = entities(words)
        return " ".join(words.split())

    @cached_property
    def heading_chains(self) -> tuple[tuple[str, ...], ...]:
        """For each heading, the texts of the headings above it and its own, outermost first."""
        chains: list[tuple[str, ...]] = []
        stack: list[Heading] = []
        for heading in self.headings:
            while stack and stack[-1].level >= heading.level:
                stack.pop()
            stack.append(heading)
            chains.append(tuple(h.text for h in stack))
        return tuple(chains)
