"""The words of a block without the marks of its containers, and the way back to the note's text."""

from __future__ import annotations

from bisect import bisect_right


class Content:
    """The text of a leaf block, lines joined by LF, with quote marks and indentation taken off.

    Args:
        text: the words.
        lines: offsets of each line's words in the note: start, end, start, end, ...
        starts: offset in `text` of each line; None where `text` is one piece of the note.
    """

    __slots__ = ("base", "lines", "starts", "text")

    def __init__(self, note: str, lines: list[int]) -> None:
        self.lines = lines
        self.base = lines[0]
        self.starts: list[int] | None = None
        if len(lines) == 2 or _in_one_piece(note, lines):
            self.text = note[lines[0] : lines[-1]]
            return
        pieces = [note[lines[i] : lines[i + 1]] for i in range(0, len(lines), 2)]
        self.text = "\n".join(pieces)
        starts = [0] * len(pieces)
        at = 0
        for i, piece in enumerate(pieces):
            starts[i] = at
            at += len(piece) + 1
        self.starts = starts

    def place(self, offset: int) -> int:
        """The offset in the note of the character at `offset`."""
        if self.starts is None:
            return self.base + offset
        line = bisect_right(self.starts, offset) - 1
        return self.lines[2 * line] + offset - self.starts[line]

    def end(self, offset: int) -> int:
        """The offset in the note just past the character before `offset`."""
        if self.starts is None:
            return self.base + offset
        return self.place(offset - 1) + 1 if offset else self.lines[0]


def _in_one_piece(note: str, lines: list[int]) -> bool:
    ends = lines[1:-1:2]
    if lines[2::2] != [end + 1 for end in ends]:
        return False
    return "\r" not in note[lines[0] : lines[-1]]
