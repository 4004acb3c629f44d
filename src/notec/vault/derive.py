"""Notes from files that are no Markdown: a text is written for them, and read as Markdown.

The text depends on the file alone, and `Note.doc.text` is that text: spans, lines and quotes refer
to it, not to the file's own bytes. It is made of pieces, read one by one and put together, so that
an open fence in one chat message or one card of a canvas cannot swallow the next, and a heading
inside one does not become the heading of another.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from notec.core import Diagnostic, Doc, Outcome, Span, short_id
from notec.vault.language import language_of
from notec.vault.note import (
    Block,
    BlockId,
    CodeSpan,
    Container,
    Footnote,
    Heading,
    Link,
    Note,
    Statement,
    Tag,
    Turn,
)
from notec.vault.parse import parse_markdown

_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_NO_TEXT = re.compile("[\0-\x08\x0e-\x1f\x7f\ud800-\udfff\ufeff]")  # a half character has no UTF-8


def clean(text: str) -> str:
    """Text with plain line ends, and without what no text has."""
    return _NO_TEXT.sub("", _LINE_ENDS.sub("\n", text))


def one_line(text: str) -> str:
    """Text on one line, with single spaces."""
    return " ".join(clean(text).split())


def block_name(uid: str) -> str:
    """A block id made from any id: Obsidian takes Latin letters, digits and hyphens."""
    return re.sub(r"[^A-Za-z0-9]+", "-", uid).strip("-") or "x"


class Derived:
    """A note in the making. Call `heading`, `frame`, `body`, `turn` in reading order, then `note`."""

    def __init__(self, path: str, dialect: str = "obsidian") -> None:
        self.path = path
        self.dialect = dialect
        self.diagnostics: list[Diagnostic] = []
        self.size = 0  # characters so far
        self._line = 1
        self._parts: list[str] = []
        self._outline: list[tuple[int, int]] = []  # level and index of the headings around
        self._same: Counter[str] = Counter()  # how often a statement's id was met
        self.blocks: list[Block] = []
        self.containers: list[Container] = []
        self.headings: list[Heading] = []
        self.statements: list[Statement] = []
        self.links: list[Link] = []
        self.tags: list[Tag] = []
        self.block_ids: list[BlockId] = []
        self.footnotes: list[Footnote] = []
        self.code_spans: list[CodeSpan] = []
        self.turns: list[Turn] = []

    def heading(self, level: int, text: str) -> None:
        """A heading; what follows stands under it, until one of its level or above."""
        text = one_line(text) or "untitled"
        level = min(max(level, 1), 6)
        start = self.size
        while self._outline and self._outline[-1][0] >= level:
            self._outline.pop()
        self._outline.append((level, len(self.headings)))
        line = self._line
        self._write(f"{'#' * level} {text}\n", "heading")
        self.headings.append(Heading(level, text, start, self.size, line))
        self._write("\n", "blank")

    def leave(self, level: int) -> None:
        """What follows stands under no heading of `level` or deeper."""
        while self._outline and self._outline[-1][0] >= level:
            self._outline.pop()

    def frame(self, text: str) -> None:
        """A line that notec adds (who speaks): it is shown, and says nothing by itself."""
        self._write(f"{one_line(text)}\n", "paragraph")
        self._write("\n", "blank")

    def body(self, text: str, block_id: str = "") -> None:
        """Words of the file, read as Markdown; `block_id` lets links point at them."""
        text = clean(text).strip("\n").rstrip()
        if not text.strip():
            return
        if text.startswith(("---", "+++")):
            text = "\n" + text  # a rule, not the front matter of a note
        first = len(self.blocks)
        found = parse_markdown(self.path, text + "\n", dialect=self.dialect)
        self._take(found.value)
        self.diagnostics += [self._moved(finding) for finding in found.diagnostics]
        self._parts.append(text + "\n")
        self.size += len(text) + 1
        self._line += text.count("\n") + 1
        if block_id:
            name = block_name(block_id)
            solid = [i for i in range(first, len(self.blocks)) if self.blocks[i].kind != "blank"]
            start = self.size
            self._write(f"^{name}\n", "paragraph")
            self.block_ids.append(BlockId(name, start, start + 1 + len(name), solid[-1] if solid else first))
        self._write("\n", "blank")

    def turn(self, role: str, name: str, time: str, uid: str, text: str) -> None:
        """A message of a chat."""
        start, line, first = self.size, self._line, len(self.statements)
        self.frame(f"**{name or role}**" + (f" · {time}" if time else ""))
        self.body(text)
        number = len(self.turns)
        self.turns.append(Turn(role, name, time, uid, start, self.size, line))
        self.statements[first:] = [s._replace(turn=number) for s in self.statements[first:]]

    def note(
        self,
        title: str,
        *,
        properties: Mapping[str, Any] | None = None,
        uid: str = "",
        diagnostics: tuple[Diagnostic, ...] = (),
    ) -> Outcome[Note]:
        """What was put together; `diagnostics` come first."""
        text = "".join(self._parts)
        note = Note(
            Doc(self.path, text),
            one_line(title),
            language_of(text, self.statements),
            properties=dict(properties or {}),
            uid=uid,
            blocks=tuple(self.blocks),
            containers=tuple(self.containers),
            headings=tuple(self.headings),
            statements=tuple(self.statements),
            links=tuple(self.links),
            tags=tuple(self.tags),
            block_ids=tuple(self.block_ids),
            footnotes=tuple(self.footnotes),
            code_spans=tuple(self.code_spans),
            turns=tuple(self.turns),
        )
        return Outcome(note, diagnostics + tuple(self.diagnostics))

    def _write(self, text: str, kind: str) -> None:
        self.blocks.append(Block(kind, self.size, self.size + len(text)))
        self._parts.append(text)
        self.size += len(text)
        self._line += text.count("\n")

    def _moved(self, finding: Diagnostic) -> Diagnostic:
        span = finding.span and Span(finding.span.start + self.size, finding.span.end + self.size)
        return replace(finding, line=finding.line and finding.line + self._line - 1, span=span)

    def _take(self, note: Note) -> None:
        """Add the parts of a piece that will stand at the end of the text so far."""
        at, lines = self.size, self._line - 1
        block, container, heading = len(self.blocks), len(self.containers), len(self.headings)
        level, outer = self._outline[-1] if self._outline else (0, -1)
        for b in note.blocks:
            inside = b.container + container if b.container >= 0 else -1
            self.blocks.append(b._replace(start=b.start + at, end=b.end + at, container=inside))
        for c in note.containers:
            parent = c.parent + container if c.parent >= 0 else -1
            self.containers.append(c._replace(start=c.start + at, end=c.end + at, parent=parent))
        for h in note.headings:
            self.headings.append(
                h._replace(
                    level=min(h.level + level, 6), start=h.start + at, end=h.end + at, line=h.line + lines
                )
            )
        for s in note.statements:
            count = self._same[s.id]
            self._same[s.id] += 1
            self.statements.append(
                s._replace(
                    id=short_id(f"{s.id} {count}") if count else s.id,
                    start=s.start + at,
                    end=s.end + at,
                    line=s.line + lines,
                    heading=s.heading + heading if s.heading >= 0 else outer,
                    block=s.block + block,
                    turn=-1,
                )
            )
        for link in note.links:
            self.links.append(
                link._replace(
                    start=link.start + at,
                    end=link.end + at,
                    line=link.line + lines,
                    target_start=link.target_start + at,
                    target_end=link.target_end + at,
                )
            )
        self.tags += [t._replace(start=t.start + at, end=t.end + at) for t in note.tags]
        self.code_spans += [c._replace(start=c.start + at, end=c.end + at) for c in note.code_spans]
        self.footnotes += [
            f._replace(start=f.start + at, end=f.end + at, line=f.line + lines) for f in note.footnotes
        ]
        self.block_ids += [
            i._replace(start=i.start + at, end=i.end + at, block=i.block + block) for i in note.block_ids
        ]
