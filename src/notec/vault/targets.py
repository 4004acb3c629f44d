"""Where a link leads: destinations, titles, labels and link reference definitions of CommonMark."""

from __future__ import annotations

import re
from html.entities import html5
from typing import NamedTuple
from urllib.parse import unquote

_ANGLE = re.compile(r"<((?:[^<>\n\\]++|\\.)*+)>", re.DOTALL)
_RAW = re.compile(r"(?:[^\s()\\\x00-\x1f\x7f]++|\\[!-/:-@\[-`{-~]|\\(?![!-/:-@\[-`{-~]))++")
_BLANKS = re.compile(r"[ \t]*+(?:\n[ \t]*+)?+")
_TITLE = re.compile(r"\"(?:[^\"\\]++|\\.)*+\"|'(?:[^'\\]++|\\.)*+'|\((?:[^()\\]++|\\.)*+\)", re.DOTALL)
_LABEL = re.compile(r"\[((?:[^\[\]\\]++|\\.){1,999}+)\]", re.DOTALL)
_LINE_END = re.compile(r"[ \t]*+(?:\n|$)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])|&(#[xX][0-9a-fA-F]{1,6}|#[0-9]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});")
_ENTITY = re.compile(r"&(#[xX][0-9a-fA-F]{1,6}|#[0-9]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,31}:")
_MAX_PARENS = 32  # as cmark: deeper nesting is no destination, which keeps the work linear


class Reference(NamedTuple):
    """A link reference definition: its target as written and where that stands in the note."""

    target: str
    start: int
    end: int


def entities(text: str) -> str:
    """Decodes HTML entities that end with a semicolon, as CommonMark does."""
    return _ENTITY.sub(_entity, text) if "&" in text else text


def unescape(text: str) -> str:
    """Decodes backslash escapes and entities."""
    if "\\" not in text and "&" not in text:
        return text
    return _ESCAPE.sub(lambda m: m[1] if m[1] else _entity(m, 2), text)


def _entity(match: re.Match[str], group: int = 1) -> str:
    name = match[group]
    if name[0] != "#":
        return html5.get(name + ";", match[0])
    number = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
    if number == 0 or number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        return "\ufffd"
    return chr(number)


def destination(text: str, at: int) -> tuple[int, int, int] | None:
    """A link destination at `at`: start and end of the target as written, and the offset after it."""
    if text.startswith("<", at):
        found = _ANGLE.match(text, at)
        return (at + 1, found.end() - 1, found.end()) if found else None
    depth = 0
    stop = at
    size = len(text)
    while stop < size:
        run = _RAW.match(text, stop)
        if run:
            stop = run.end()
            continue
        char = text[stop]
        if char == "(":
            depth += 1
            if depth > _MAX_PARENS:
                return None
        elif char == ")":
            if depth == 0:
                break
            depth -= 1
        elif char <= " " or char == "\x7f":
            break
        stop += 1  # a bracket, or a blank that is no ASCII one
    return None if depth or stop == at else (at, stop, stop)


def inline_target(text: str, at: int) -> tuple[int, int, int] | None:
    """The rest of an inline link after `[label](`: target start, target end, offset after `)`."""
    found = _BLANKS.match(text, at)
    at = found.end() if found else at
    if text.startswith(")", at):
        return at, at, at + 1
    place = destination(text, at)
    if place is None:
        return None
    start, end, after = place
    gap = _BLANKS.match(text, after)
    stop = gap.end() if gap else after
    if stop > after and text[stop : stop + 1] in ('"', "'", "("):
        title = _TITLE.match(text, stop)
        if title is None:
            return None
        gap = _BLANKS.match(text, title.end())
        stop = gap.end() if gap else title.end()
    return (start, end, stop + 1) if text.startswith(")", stop) else None


def normal_label(label: str) -> str:
    """What two labels must share to be the same one: case folded, blanks collapsed."""
    return " ".join(label.split()).casefold().replace("ẞ", "ss")


def label_at(text: str, at: int) -> tuple[str, int] | None:
    """A link label `[...]` at `at` with its end; None where there is none or it is blank."""
    found = _LABEL.match(text, at)
    if found is None or len(found[1]) > 999 or not found[1].strip():
        return None
    return found[1], found.end()


def definition(text: str, at: int) -> tuple[str, int, int, int] | None:
    """A link reference definition at `at`: normal label, target start and end, offset after its line."""
    label = label_at(text, at)
    if label is None or not text.startswith(":", label[1]):
        return None
    gap = _BLANKS.match(text, label[1] + 1)
    place = destination(text, gap.end() if gap else label[1] + 1)
    if place is None:
        return None
    start, end, after = place
    gap = _BLANKS.match(text, after)
    stop = gap.end() if gap else after
    if stop > after and (title := _TITLE.match(text, stop)) and (line := _LINE_END.match(text, title.end())):
        return normal_label(label[0]), start, end, line.end()
    line_end = _LINE_END.match(text, after)
    return (normal_label(label[0]), start, end, line_end.end()) if line_end else None


def is_external(target: str) -> bool:
    """Whether a target names a scheme (`https:`) or a host (`//host`), not a place in the vault."""
    return bool(_SCHEME.match(target)) or target.startswith("//")


def split_target(raw: str) -> tuple[str, str, str]:
    """A target of Markdown as written to (path, heading, block). Addresses with a scheme stay whole."""
    return split_decoded(unescape(raw))


def split_decoded(target: str) -> tuple[str, str, str]:
    """The same for a target without escapes."""
    if is_external(target):
        return target, "", ""
    path, sharp, sub = target.partition("#")
    if "%" in path:
        path = unquote(path, errors="surrogateescape") if _decodes(path) else path
    if not sharp:
        return path, "", ""
    if "%" in sub and _decodes(sub):
        sub = unquote(sub)
    return path, *split_subpath(sub)


def _decodes(text: str) -> bool:
    try:
        unquote(text, errors="strict")
    except (UnicodeDecodeError, UnicodeEncodeError):
        return False
    return True


def split_subpath(sub: str) -> tuple[str, str]:
    """What follows `#`: (headings joined by `#`, block id)."""
    if sub[:1] == "^":
        return "", sub[1:].strip()
    head, mark, block = sub.rpartition("#^")
    if not mark:
        head, block = sub, ""
    return "#".join(part for part in map(str.strip, head.split("#")) if part), block.strip()
