"""`unclosed-block`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from notec.check.rule import Rule
from notec.core import Diagnostic, Severity, Span
from notec.vault import Note
from notec.vault.note import Block

CODE = "unclosed-block"
_FENCE = re.compile(r"[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*(`{3,}|~{3,})")
_LONE = re.compile(r"^[ \t]*(\$\$|%%)(.*)$", re.M)


def _look(note: Note) -> Iterator[Diagnostic]:
    for block in note.blocks:
        if block.kind == "code":
            found = _open_fence(note, block)
        elif block.kind == "comment":
            found = _open_comment(note, block)
        elif block.kind == "paragraph":
            found = _open_mark(note, block)
        else:
            continue
        if found:
            what, span = found
            said = f"this {what} is never closed"
            yield Diagnostic.at(note.doc, span, CODE, Severity.WARNING, said)


def _open_fence(note: Note, block: Block) -> tuple[str, Span] | None:
    text = note.doc.text
    found = _FENCE.match(text, block.start, block.end)
    if not found or _indent(note, block, found) > 3:
        return None  # indented code
    mark = found[1]
    lines = text[block.start : block.end].splitlines()
    last = next((line for line in reversed(lines[1:]) if line.strip(" \t>")), "").strip(" \t>")
    if len(last) >= len(mark) and not last.strip(mark[0]):
        return None
    return "code block", Span(found.start(1), found.end(1))


def _indent(note: Note, block: Block, found: re.Match[str]) -> int:
    """By how many columns a fence is further in than what it stands in."""
    columns, at = len(note.doc.text[found.start() : found.start(1)].expandtabs(4)), block.container
    while at >= 0:
        around = note.containers[at]
        columns -= 2 if around.kind in ("quote", "callout") else around.width
        at = around.parent
    return columns


def _open_comment(note: Note, block: Block) -> tuple[str, Span] | None:
    text = note.doc.text
    at = text.find("<!--", block.start, block.end)
    if at < 0 or text.find("-->", at + 2, block.end) >= 0:
        return None
    return "comment", Span(at, at + 4)


def _open_mark(note: Note, block: Block) -> tuple[str, Span] | None:
    """`$$` or `%%` at the start of a line, with no second one in the whole rest of the note."""
    text = note.doc.text
    for found in _LONE.finditer(text, block.start, block.end):
        mark, rest = found[1], found[2].strip()
        if mark in rest or text.find(mark, found.end(1)) >= 0:
            continue
        if mark == "%%" or not rest or "\\" in rest:
            what = "comment" if mark == "%%" else "formula"
            return what, Span(found.start(1), found.end(1))
    return None


RULE = Rule(
    code=CODE,
    severity=Severity.WARNING,
    summary="a code block, comment or formula that is opened and never closed",
    why="All that follows is taken for code or comment: its links are dead, and it is not found.",
    mend="Close it where it was meant to end, with the marks that opened it.",
    example="## a.md\nSee [[b]].\n\n```python\nprint(1)\n\nText that was meant to be read.\n## b.md\nText.\n",
    look=_look,
)
