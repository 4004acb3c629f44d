"""The user's own pseudo-code: functions, their parameters and their steps, each with its place.

A file is read as he wrote it: words of both languages, any indentation. A step is a line; its depth comes
from how far it is indented. A file without a function's head is one function of the file's name.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import NamedTuple

from notec.core import Doc


class Line(NamedTuple):
    """A step at `start` to `end` of the text, without its indentation; `depth` from 0."""

    text: str
    depth: int
    start: int
    end: int


class PseudoFunction(NamedTuple):
    """A function.

    Args:
        name: as written, blanks as `_`. parameters: name and type (or empty), as written.
        returns: type as written, or empty. about: the comment above or below its head.
        start, end: of its head. body_end: of its last step.
    """

    name: str
    parameters: tuple[tuple[str, str], ...]
    returns: str
    about: str
    start: int
    end: int
    lines: tuple[Line, ...]
    body_end: int


_HEAD = re.compile(
    r"^[ \t]*(?:[-*+] |#{1,6} |\d+[.)] )?(?:\*\*)?(?:(?:async |public |private |static |export |главная |"
    r"основная )*)"
    r"(?:function|def|func|fn|fun|procedure|proc|algorithm|method|sub|функция|функ|процедура|проц|"
    r"алгоритм|алг|метод|"
    r"подпрограмма)[ \t]+[`*]*(?P<name>[^\W\d][\w.]*(?:[ \t-][\w]+){0,4}?)[`*]*[ \t]*"
    r"(?:\((?P<args>[^()\n]*(?:\([^()\n]*\)[^()\n]*)*)\))?[`*]*[ \t]*"
    r"(?:(?:->|→|:|=>|returns?|возвращает)[ \t]*(?P<returns>[^\W\d][\w\[\], .|]*?))?[ \t]*[:{]?[ \t]*$",
    re.IGNORECASE,
)
_END = re.compile(
    r"^[ \t]*(?:end(?:[ \t]+(?:function|procedure|proc|func|if|for|while|sub|method))?|"
    r"конец(?:[ \t]+\w+)?|кон|все|кц|"
    r"нач|begin|начало|[{}]|```\w*|~~~\w*|fi|od|done)[ \t]*[;.]?[ \t]*$",
    re.IGNORECASE,
)
_COMMENT = re.compile(
    r"^[ \t]*(?:#(?!#)|//|--|/\*|\*/|%|;;?|\{\*|комментарий:|note:)[ \t]*(.*?)(?:\*/)?[ \t]*$", re.IGNORECASE
)
_HEADING = re.compile(r"^#{1,6}[ \t]+\S")
_FRONT = re.compile(r"\A---[ \t]*\n.*?\n---[ \t]*\n", re.DOTALL)


class _Item(NamedTuple):
    """A function that is being read: its head and place, its lines with theirs, its comments."""

    head: re.Match[str] | None
    start: int
    end: int
    body: list[tuple[str, int, int]]
    about: list[str]


def functions(doc: Doc) -> tuple[PseudoFunction, ...]:
    """The functions of a `.pseudo` file, in its order."""
    text = doc.text
    front = _FRONT.match(text)
    at = front.end() if front else 0
    found: list[_Item] = []
    above: list[str] = []
    for raw in text[at:].splitlines(keepends=True):
        line, start = raw.rstrip("\r\n"), at
        at += len(raw)
        head = _HEAD.match(line)
        comment = _COMMENT.match(line)
        if head:
            indent = len(line) - len(line.lstrip())
            found.append(_Item(head, start + indent, start + len(line.rstrip()), [], above))
            above = []
        elif not line.strip() or _END.match(line):
            continue
        elif _HEADING.match(line) and not (comment and found and line[:1] in " \t"):
            above = [line.lstrip("# ").strip()] if not found else above
        elif comment:
            if comment[1].strip():
                (found[-1].about if found and not found[-1].body else above).append(comment[1].strip())
        else:
            if not found:
                found.append(_Item(None, start, start, [], above))
                above = []
            found[-1].body.append((line, start, start + len(line.rstrip())))
    return tuple(_function(doc, item) for item in found if item.head is not None or item.body)


def _function(doc: Doc, item: _Item) -> PseudoFunction:
    head, start, end, body, about = item
    name = head["name"] if head else PurePosixPath(doc.path).stem
    lines, stack = [], [-1]
    for line, at, stop in body:
        width = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
        while len(stack) > 1 and width <= stack[-1]:
            stack.pop()
        stack.append(width)
        lines.append(Line(line.strip(), len(stack) - 2, at + len(line) - len(line.lstrip()), stop))
    lowest = min((line.depth for line in lines), default=0)
    return PseudoFunction(
        re.sub(r"[ \t-]+", "_", name.strip()),
        _parameters(head["args"] if head else None),
        (head["returns"] or "").strip() if head else "",
        " ".join(about),
        start,
        end,
        tuple(line._replace(depth=line.depth - lowest) for line in lines),
        lines[-1].end if lines else end,
    )


def _parameters(text: str | None) -> tuple[tuple[str, str], ...]:
    """Names and types of `a, b: int, строка c = 5`."""
    out = []
    depth, parts = 0, [""]
    for char in text or "":
        depth += char in "([{"
        depth -= char in ")]}"
        if char in ",;" and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    for part in parts:
        bare = part.split("=", 1)[0].strip().strip("`*")
        name, _, kind = (p.strip() for p in bare.partition(":"))
        if not kind and " " in name:  # "int a", "строка имя"
            kind, _, name = name.rpartition(" ")
        if name:
            out.append((re.sub(r"\W+", "_", name), kind.strip()))
    return tuple(out)
