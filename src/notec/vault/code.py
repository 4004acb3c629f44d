"""The text of a code block as a program would get it: without fences, quote marks and indentation."""

from __future__ import annotations

import re

from notec.vault import starts
from notec.vault.note import Block, Container, Note

_LINE = re.compile(r"([^\r\n]*+)(\r\n?|\n)?+")
_FENCE = re.compile(r"(`{3,}|~{3,})")


def code_text(note: Note, block: Block) -> str:
    """The text of `block`, a code block of `note`; lines end with LF, an empty block is empty."""
    text = note.doc.text
    around: list[Container] = []
    index = block.container
    while index >= 0:
        around.append(note.containers[index])
        index = note.containers[index].parent
    around.reverse()
    lines = [m.span(1) for m in _LINE.finditer(text, block.start, block.end) if m.end() > m.start()]
    if not lines:
        return ""
    first, indent = _strip(text, *lines[0], around, text)
    fence = _FENCE.match(first)
    if fence and indent < 4:
        mark = fence[1]
        out = [_less(*_strip(text, start, end, around, text), indent) for start, end in lines[1:]]
        if out:
            last, lead = _strip(text, *lines[-1], around, text)
            if lead < 4 and last.startswith(mark) and not last.lstrip(mark[0]).strip(" \t"):
                out.pop()
    else:
        out = [_less(*_strip(text, start, end, around, text), 4) for start, end in lines]
        while out and not out[-1].strip(" \t"):
            out.pop()
    return "".join(line + "\n" for line in out)


def _strip(text: str, start: int, end: int, around: list[Container], whole: str) -> tuple[str, int]:
    """A line without the marks of its containers: its words from the first that is no blank, and the
    columns of blanks before them."""
    column = 0
    at, at_column = starts.columns(text, start, end, 0)
    for container in around:
        if container.kind in ("quote", "callout"):
            if at < end and text[at] == ">":
                at, column = at + 1, at_column + 1
                if at < end and text[at] in " \t":
                    column += 1
                    if text[at] == " " or column % 4 == 0:
                        at += 1
                at, at_column = starts.columns(text, at, end, column)
        elif container.kind != "list":
            column += container.width
            if at_column < column and at < end:  # the line of the item's own marker
                marker = starts.MARKER.match(text, at, end) or starts.FOOTNOTE.match(text, at, end)
                if marker:
                    at, at_column = starts.columns(text, marker.end(), end, at_column + marker.end() - at)
    return text[at:end], max(at_column - column, 0)


def _less(words: str, indent: int, count: int) -> str:
    """A line with up to `count` columns of its blanks taken away."""
    return " " * max(indent - count, 0) + words
