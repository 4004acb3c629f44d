"""Finds quoted words in a note: letter by letter, then without regard to what a copy loses.

A copy may lose or change white space, line breaks, Markdown, quotation marks and dashes, the dots of `ё`,
composed or decomposed accents, and the case of its first letter. Words and numbers are never guessed: each
must stand there as it is quoted, whole and in order.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from notec.core import Span

# What a reader of the rendered note does not see: link targets, comments, tags, ids, list and quote marks.
_HIDDEN = re.compile(
    r"<!--.*?-->|%%.*?%%|!?\[\[[^\[\]|\n]*\||\[\^[^\]\s]+\]|\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"]*\")?\)"
    r"|\]\[[^\[\]\n]*\]|#[^\[\]|\n]*(?=\]\])|</?[A-Za-z][^<>]*>|&#?\w+;"
    r"|^[ \t]*(?:>[ \t]?)+(?:\[![^\]]*\][+-]?)?|^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX/-]\][ \t]+)?"
    r"|[ \t]\^[A-Za-z0-9-]+[ \t]*$",
    re.DOTALL | re.MULTILINE,
)
_DROPPED = frozenset("*~`=\\_\u00ad\u200b\u200c\u200d\u2060\ufeff")
_SIGNS = frozenset("%‰$€£₽¥°±≤≥≈№")  # they change what a number says, so a copy must keep them
_JOINTS = frozenset(".,:/*^")  # the same, between two digits
_SAME = str.maketrans({"ё": "е", "Ё": "Е", "’": "'", "ʼ": "'", "−": "-", "‑": "-", "‐": "-"})


class _Skeleton(NamedTuple):
    """What counts of a text, and the places where each of its characters comes from."""

    text: str
    places: list[tuple[int, int]]


def find(quote: str, text: str) -> Span | None:
    """Where the words of `quote` stand in `text`; None where they do not."""
    wanted = quote.strip()
    if not any(char.isalnum() for char in wanted):
        return None
    at = _whole(wanted, text)
    if at >= 0:
        return Span(at, at + len(wanted))
    mine, theirs = _skeleton(wanted), _skeleton(text)
    if not mine.text:
        return None
    first = mine.text[0]
    for letter in dict.fromkeys((first, first.upper(), first.lower())):
        at = _whole(letter + mine.text[1:], theirs.text)
        if at >= 0:
            return _balanced(text, theirs.places[at][0], theirs.places[at + len(mine.text) - 1][1])
    return None


def _balanced(text: str, start: int, end: int) -> Span:
    """The place with the emphasis mark that it cuts from its other half, where that mark adjoins it."""
    for mark in ("**", "*", "__", "_", "~~", "==", "`"):
        if text.count(mark, start, end) % 2:
            if text.endswith(mark, 0, start):
                start -= len(mark)
            elif text.startswith(mark, end):
                end += len(mark)
    return Span(start, end)


def _whole(wanted: str, text: str) -> int:
    """Where `wanted` stands in `text` without cutting a word or a number in two; -1 where it does not."""
    at = text.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        if not (_joined(text, at) or _joined(text, end)):
            return at
        at = text.find(wanted, at + 1)
    return -1


def _joined(text: str, at: int) -> bool:
    """Whether the characters on both sides of an offset belong to one word or number."""
    if not 0 < at < len(text):
        return False
    left, right = text[at - 1], text[at]
    if left.isalnum() and (right.isalnum() or unicodedata.combining(right)):
        return True
    if right.isdigit() and left in ".,":
        return text[at - 2 : at - 1].isdigit()
    if right.isdigit() and left in "-−":
        return at == 1 or not text[at - 2].isalnum()
    return left.isdigit() and right in ".,%" and (right == "%" or text[at + 1 : at + 2].isdigit())


def _skeleton(text: str) -> _Skeleton:
    chars: list[str] = []
    places: list[tuple[int, int]] = []

    def put(char: str, start: int, end: int) -> None:
        if char == " " and (not chars or chars[-1] == " "):
            return
        for single in char:
            chars.append(single)
            places.append((start, end))

    hidden = iter(_HIDDEN.finditer(text))
    skip = next(hidden, None)
    at = 0
    while at < len(text):
        if skip and at == skip.start() and skip.end() > at:
            at = skip.end()
            if skip[0][:1] not in "]<[":
                put(" ", skip.start(), at)
            skip = next(hidden, None)
            continue
        end = at + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        cluster = unicodedata.normalize("NFC", text[at:end]).translate(_SAME)
        put(_kept(cluster, text[at - 1 : at], text[end : end + 2]), at, end)
        at = end
    while chars and chars[-1] == " ":
        chars.pop()
        places.pop()
    return _Skeleton("".join(chars), places)


def _kept(char: str, before: str, after: str) -> str:
    """What a character counts for: itself, a gap between words, or nothing."""
    if char[:1].isalnum() or char in _SIGNS:
        return char
    inside = before.isalnum() and after[:1].isalnum()
    if char == "'" and inside:
        return char
    if char == "_" and inside:
        return char
    if char in _JOINTS and before.isdigit() and after[:1].isdigit():
        return char
    if char == "-" and after[:1].isdigit() and not before.isalnum():
        return char
    if char in "+#" and (before.isalnum() or before == char):
        return char
    if char in "<>~" and after.strip()[:1].isdigit() and before != char:
        return char
    return "" if char in _DROPPED else " "
