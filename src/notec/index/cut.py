"""Cuts a note into passages: what a search finds and shows as one.

A passage is a run of whole blocks of about 200 words under one heading chain. A short note is one
passage; small neighbouring sections share one; a block that is too long is cut at its statements, or,
where it has none (code, a line of ten megabytes), at line ends and spaces. A passage never mixes two
turns of a chat.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from notec.vault.note import Note

CUT_VERSION = 1  # a change cuts every note again
GOAL = 200  # words; a section that begins after so many halves of them begins a passage
MOST = 250  # words in a passage, where the blocks allow it
_LONGEST = 4_000  # characters of a piece that has no place to cut
_GOAL_WORDS = re.compile(rf"(?:[^ \n]*+[ \n]){{{GOAL}}}+")
_SILENT = frozenset({"blank", "frontmatter", "rule", "comment"})


class Cut(NamedTuple):
    """`note.doc.text[start:end]`, under heading number `heading` (or -1), in turn `turn` (or -1)."""

    start: int
    end: int
    line: int
    heading: int
    turn: int


class _Piece(NamedTuple):
    start: int
    end: int
    words: int
    is_heading: bool
    turn: int


def cut(note: Note) -> list[Cut]:
    """The passages of a note, in its order; front matter, comments and rules are in none."""
    starts = [h.start for h in note.headings]
    out: list[Cut] = []
    run: list[_Piece] = []
    words = 0

    def close() -> None:
        nonlocal words
        if run:
            start, end = run[0].start, run[-1].end
            text = note.doc.text
            while end > start and text[end - 1].isspace():
                end -= 1
            while start < end and text[start].isspace():
                start += 1
            heading = bisect_right(starts, start) - 1
            out.append(Cut(start, end, note.doc.line(start), heading, run[0].turn))
        run.clear()
        words = 0

    for piece in _pieces(note):
        if run and (
            piece.turn != run[0].turn
            or words + piece.words > MOST
            or (piece.is_heading and words >= GOAL // 2 and not run[-1].is_heading)
        ):
            carried = run.pop() if run[-1].is_heading and len(run) > 1 and not piece.is_heading else None
            close()  # a heading goes with what follows it
            if carried and carried.turn == piece.turn:
                run.append(carried)
                words = carried.words
            elif carried:
                run.append(carried)
                close()
        run.append(piece)
        words += piece.words
    close()
    return [c for c in out if c.end > c.start]


def _pieces(note: Note) -> Iterator[_Piece]:
    text = note.doc.text
    turns = [t.start for t in note.turns]
    cuts = [s.start for s in note.statements]
    for block in note.blocks:
        if block.kind in _SILENT:
            continue
        turn = bisect_right(turns, block.start) - 1
        if turn >= 0 and block.start >= note.turns[turn].end:
            turn = -1
        size = block.end - block.start
        words = text.count(" ", block.start, block.end) + text.count("\n", block.start, block.end)
        if words <= MOST and size <= _LONGEST:
            yield _Piece(block.start, block.end, words, block.kind == "heading", turn)
            continue
        at = block.start
        inside = cuts[bisect_left(cuts, block.start + 1) : bisect_left(cuts, block.end)]
        while at < block.end:
            end = _end_of_piece(text, at, block.end, inside)
            count = text.count(" ", at, end) + text.count("\n", at, end)
            yield _Piece(at, end, count, False, turn)
            at = end


def _end_of_piece(text: str, start: int, end: int, statements: list[int]) -> int:
    """Where a piece that begins at `start` may end: at most `_LONGEST` characters on, about `GOAL` words."""
    limit = min(end, start + _LONGEST)
    words = _GOAL_WORDS.match(text, start, limit)
    at = words.end() if words else limit
    if at >= end:
        return end
    before = bisect_right(statements, at) - 1
    if before >= 0 and statements[before] > start + (at - start) // 2:
        return statements[before]
    for mark in ("\n", " "):
        found = text.rfind(mark, start + (at - start) // 2, at)
        if found != -1:
            return found + 1
    return at
