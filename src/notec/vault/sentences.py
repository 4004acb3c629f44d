"""Where one sentence ends and the next begins, in Russian and English.

A stop is a border unless something says that it is none: an abbreviation, an initial, a number's
point, a small letter after it, or a place inside a link, code or mathematics.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from notec.vault.abbreviations import ENDING, MAYBE, NEVER, STARTERS, UNITS

MAX_LENGTH = 4000  # characters of one statement; a longer one is cut at a blank
_NARROW = 60  # characters of a line that is hardly ever wrapped at less

# A stop with what closes after it, before a blank; an East Asian stop; a line end that the writer meant:
# after two blanks or a backslash, or before a bullet that Markdown does not know.
_BORDER = re.compile(
    r"[.!?…。！？\n](?:"
    r"(?<=[.!?…])(?<![.!?…].)[.!?…]*+(?:[)\]}\"'»”’*_~=]|\[\^[^\[\]\s]{1,64}\])*+(?=\s)"
    r"|(?<=[。！？])[。！？]*+[」』”）]*+"
    r"|(?<=[ ][ ]\n)|(?<=\\\n)|(?<=\n)(?=[ \t]*+[•◦▪‣●○·–—]\s))",
    re.DOTALL,
)
_STOPS = re.compile(r"[.!?…]+")
_TAIL = re.compile(r"[\w.]+\Z")
_NEXT = re.compile(r"\s*+([*_~=\"'«(„“\[‘]*+)(?:([—–-])\s*+)?(\w*)", re.DOTALL)
_WORD = re.compile(r"\w")
_BULLETS = re.compile(r"(?:\s|[•◦▪‣●○·]\s)+")
_SPACE = re.compile(r"\s*+")
_VOWELS = frozenset("аеёиоуыэюяйь")


def sentences(
    text: str, whole: Sequence[tuple[int, int]], breaks: Iterable[tuple[int, int]] = ()
) -> list[tuple[int, int]]:
    """The sentences of `text` as offsets, trimmed, in order, each with at least one letter or digit.

    Args:
        whole: ranges, in order of their start, inside which no sentence ends.
        breaks: ranges that stand between sentences and belong to none (`<br>`, `</td><td>`).
    """
    return _pieces(text, _cuts(text, whole, breaks), whole)


def _cuts(
    text: str, whole: Sequence[tuple[int, int]], breaks: Iterable[tuple[int, int]]
) -> list[tuple[int, int]]:
    found = list(breaks)
    begin = at = reach = 0
    for border in _BORDER.finditer(text):
        start, end = border.span()
        while at < len(whole) and whole[at][0] < end:
            reach = max(reach, whole[at][1])
            at += 1
        if start < reach and end <= reach:
            continue
        if text[start] in ".!?…" and not _is_end(text, begin, start, end):
            continue
        found.append((end, end))
        begin = end
    if len(found) > 1:
        found.sort()
    return found


def _is_end(text: str, begin: int, start: int, end: int) -> bool:
    """Whether the stop at `start`, with its closing marks up to `end`, ends the sentence from `begin` on."""
    following = _NEXT.match(text, end)
    if following is None or following.end() == len(text) == end:
        return True
    word = following[3]
    lower = word[:1].islower()
    if following[2]:
        return not lower and not following[1]
    found = _STOPS.match(text, start)
    stop = found.end() if found else start + 1
    if text[start:stop] != ".":
        return not lower
    tail = _TAIL.search(text, max(begin, start - 32), start)
    if tail is None:
        return not lower
    before = tail.group().lower().lstrip(".")
    if before in NEVER:
        return before in UNITS and text[begin : tail.start()].rstrip()[-1:].isdigit() and not lower
    if before in ENDING:
        return not lower
    starter = not lower and word.lower() in STARTERS and not _is_initial(text, following.end(3), word)
    if before in MAYBE:
        if before in ("г", "в", "д", "т", "с", "п", "ок") and word[:1].isdigit():
            return False
        return starter or (not lower and tail.group().islower() and _ends_line(text, end, following))
    if before.isdigit():
        if tail.start() - begin <= 4 and not text[begin : tail.start()].strip():
            return False  # the number of a list item or a section
        return not lower and not (word.isdigit() and len(before) <= 2)
    if len(before) == 1 or (before[1:2] == "." and all(len(part) == 1 for part in before.split("."))):
        return starter
    if lower:  # a sentence without its capital, or a shortened word that we do not know
        if end > stop or len(word) < 3 or not before.isalpha():
            return False
        return (len(before) >= 4 and before[-1] in _VOWELS) or (len(before) >= 5 and before.isascii())
    return True


def _ends_line(text: str, end: int, following: re.Match[str]) -> bool:
    """Whether the writer meant a new line: whatever wraps lines would have put the next word on this one."""
    if "\n" not in text[end : following.start(1)]:
        return False
    return following.end(3) - following.start(1) + end - text.rfind("\n", 0, end) <= _NARROW


def _is_initial(text: str, after: int, word: str) -> bool:
    return len(word) == 1 and text[after : after + 1] == "."


def _pieces(
    text: str, cuts: list[tuple[int, int]], whole: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    begin = 0
    cuts.append((len(text), len(text)))
    for stop, after in cuts:
        if stop < begin:
            continue
        start = begin
        begin = max(begin, after)
        lead = _BULLETS.match(text, start, stop)
        if lead:
            start = lead.end()
        end = start + len(text[start:stop].rstrip())
        if end <= start:
            continue
        if not _WORD.search(text, start, end):
            if found and after == stop:
                found[-1] = (found[-1][0], end)
            continue
        if end - start > MAX_LENGTH:
            found += _cut_long(text, start, end, whole)
        else:
            found.append((start, end))
    return found


def _cut_long(text: str, start: int, end: int, whole: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    found = []
    at = 0
    while end - start > MAX_LENGTH:
        cut = text.rfind(" ", start + MAX_LENGTH // 2, start + MAX_LENGTH) + 1 or start + MAX_LENGTH
        while at < len(whole) and whole[at][1] <= cut:
            at += 1
        if at < len(whole) and start < whole[at][0] < cut:
            cut = whole[at][0]
        stop = start + len(text[start:cut].rstrip())
        if _WORD.search(text, start, stop):
            found.append((start, stop))
        space = _SPACE.match(text, cut)
        start = min(space.end() if space else cut, end)
    if _WORD.search(text, start, end):
        found.append((start, end))
    return found
