"""Three-way merge of texts, line by line: what was, what the user made of it, what is new.

Must not know: what the lines mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple


class Merged(NamedTuple):
    """What came of a merge.

    Attributes:
        text: None where both sides changed one place in two ways.
        line: of the user's text, from 1, where that is; 0 where it is merged.
        taken: how many places of the new text were taken over.
    """

    text: str | None
    line: int = 0
    taken: int = 0


class _Edit(NamedTuple):
    """Lines `start` to `end` of the base became `lines`, which begin at `at` of their own text."""

    start: int
    end: int
    lines: tuple[str, ...]
    at: int


def merge(base: str | None, his: str, new: str) -> Merged:
    """`his` with what `new` changed in `base`; a `base` that never was is empty."""
    was, mine, theirs = ((text or "").splitlines(keepends=True) for text in (base, his, new))
    out: list[str] = []
    done = taken = 0
    for ours, other in _groups(_edits(was, mine), _edits(was, theirs)):
        start = min(e.start for e in (*ours, *other))
        end = max(e.end for e in (*ours, *other))
        out += was[done:start]
        done = end
        left, right = _applied(was, ours, start, end), _applied(was, other, start, end)
        if not other or left == right:
            out += left
        elif not ours or _says_all(was[start:end], left, right):
            out += right
            taken += 1
        else:
            return Merged(None, min(e.at for e in ours) + 1)
    return Merged("".join([*out, *was[done:]]), 0, taken)


def _edits(was: Sequence[str], now: Sequence[str]) -> list[_Edit]:
    found = SequenceMatcher(None, was, now, autojunk=False).get_opcodes()
    return [_Edit(a, b, tuple(now[c:d]), c) for tag, a, b, c, d in found if tag != "equal"]


def _groups(ours: list[_Edit], other: list[_Edit]) -> Iterator[tuple[list[_Edit], list[_Edit]]]:
    """Edits of both sides that touch one another, in order."""
    edits = sorted([(e, 0) for e in ours] + [(e, 1) for e in other], key=lambda pair: pair[0][:2])
    while edits:
        group: tuple[list[_Edit], list[_Edit]] = ([], [])
        end = edits[0][0].end
        while edits and edits[0][0].start <= end:
            edit, side = edits.pop(0)
            group[side].append(edit)
            end = max(end, edit.end)
        yield group


def _applied(was: Sequence[str], edits: Sequence[_Edit], start: int, end: int) -> list[str]:
    out: list[str] = []
    for edit in edits:
        out += [*was[start : edit.start], *edit.lines]
        start = edit.end
    return [*out, *was[start:end]]


def _says_all(was: Sequence[str], his: Sequence[str], new: Sequence[str]) -> bool:
    """What is new has every line that he wrote, in his order, and none that he took out."""
    written = iter(new)
    kept = all(line in written for line in his if line not in was)
    return kept and not any(line in new for line in was if line not in his)
