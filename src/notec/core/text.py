"""Texts and places in them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple


def whole(text: str) -> str:
    """`text` with a replacement character for each half of a surrogate pair, which no database can keep.

    A byte that means nothing in its encoding, an escape in YAML or JSON can leave one.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


class Span(NamedTuple):
    """A half-open range of character offsets: `text[start:end]`."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The words that stand at this place."""
        return text[self.start : self.end]


@dataclass(frozen=True)
class Doc:
    """A text under its name.

    Args:
        path: the note's path inside the vault, with forward slashes.
        text: the decoded text, exactly as in the file (line ends and a byte order mark included).
    """

    path: str
    text: str

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """Offset of the first character of each line; a line ends after CRLF, LF or a lone CR."""
        text = self.text
        if "\r" not in text:  # the usual case, twenty times faster than looking at each line end
            starts = [0]
            at = text.find("\n")
            while at != -1:
                starts.append(at + 1)
                at = text.find("\n", at + 1)
            return tuple(starts)
        starts = [0]
        for at, char in enumerate(text):
            if char == "\n" or (char == "\r" and text[at + 1 : at + 2] != "\n"):
                starts.append(at + 1)
        return tuple(starts)

    def line(self, offset: int) -> int:
        """The line, counted from 1, on which the character at `offset` stands."""
        return bisect_right(self.line_starts, max(offset, 0))

    def column(self, offset: int) -> int:
        """The column, counted from 1, in characters, of `offset` on its line."""
        return offset - self.line_starts[self.line(offset) - 1] + 1

    def line_text(self, line: int) -> str:
        """Line number `line` (from 1) without its line end; empty past the end of the text."""
        starts = self.line_starts
        if not 1 <= line <= len(starts):
            return ""
        end = starts[line] if line < len(starts) else len(self.text)
        return self.text[starts[line - 1] : end].rstrip("\r\n")
