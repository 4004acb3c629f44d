"""Words that have to reach the program as they are: quoted text, code, numbers, lists of values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from notec.facts.values import Facts


class Literal(NamedTuple):
    """Exact words.

    Args:
        kind: `text`, `code`, `number`, `list`.
        text: as in the note. items: of a list, as in the note, in its order.
    """

    kind: str
    text: str
    items: tuple[str, ...] = ()


_QUOTED = re.compile(r"«([^«»\n]+)»|“([^“”\n]+)”|„([^„“\n]+)“|\"([^\"\n]+)\"|(?<!\w)'([^'\n]+)'(?!\w)")
_CODE = re.compile(r"(?<!`)(`{1,3})(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_SLASHED = re.compile(r"(?<![\w/.:])[A-Za-zА-Яа-яЁё0-9]+(?:/[A-Za-zА-Яа-яЁё0-9]+){2,}(?![\w/])")
_INTRODUCES = re.compile(
    r"(?:\b(?:one of|any of|either|namely|such as|following|values?|formats?|types?|kinds?|commands?|"
    r"options?|fields?|"
    r"columns?|levels?|states?|status(?:es)?|languages?|colou?rs?|units?|modes?|keys?|names?|words?|"
    r"один из|одно из|одна из|а именно|таки[ех] как|следующ\w+|значени\w+|формат\w*|тип\w*|вид\w*|"
    r"команд\w*|опци\w*|"
    r"пол[яей]\w*|столбц\w*|уровн\w*|состояни\w*|статус\w*|язык\w*|цвет\w*|единиц\w*|режим\w*|ключ\w*|"
    r"имен\w*|слов\w*)"
    r"[^:—–\n]{0,40}(?::|\s[—–-]\s)|\b(?:one of|any of|either|namely|such as|like|"
    r"один из|одно из|а именно|таки[ех] как))\s*",
    re.IGNORECASE,
)
_SPLIT = re.compile(r"\s*[,;]\s*(?:(?:and|or|и|или)\s+)?|\s+(?:and|or|и|или)\s+", re.IGNORECASE)
_LONGEST_ITEM = 4  # words


def literals(raw: str, words: str, facts: Facts, children: tuple[str, ...] = ()) -> tuple[Literal, ...]:
    """All exact words of a statement, in its order.

    Args:
        raw: as in the note. words: as a reader sees it; `facts` has its places there.
        children: items of a list below it that are values, not sentences.
    """
    found = [(at, lit) for at, lit in _in_raw(raw)]
    taken = [(at, at + len(lit.text)) for at, lit in found]
    at = 0
    for quantity in facts.quantities:
        if quantity.weak and not quantity.unit:
            continue
        text = words[quantity.start : quantity.end]
        where = raw.find(text, at)
        if where < 0:
            where = raw.find(text)
        if where < 0 or any(a <= where < b for a, b in taken):
            continue
        at = where + len(text)
        found.append((where, Literal("number", text)))
    for where, items in _lists(raw):
        text = raw[where : raw.rfind(items[-1]) + len(items[-1])]
        found.append((where, Literal("list", text, items)))
    found.sort(key=lambda pair: pair[0])
    out = [lit for _, lit in found]
    if children:
        out.append(Literal("list", ", ".join(children), children))
    return tuple(dict.fromkeys(out))


def _in_raw(raw: str) -> Iterator[tuple[int, Literal]]:
    """Code and quoted words."""
    taken = []
    for code in _CODE.finditer(raw):
        taken.append(code.span())
        yield code.start(2), Literal("code", code[2].strip() or code[2])
    for quoted in _QUOTED.finditer(raw):
        if any(a <= quoted.start() < b for a, b in taken):
            continue
        inside = next(group for group in quoted.groups() if group is not None)
        yield quoted.start() + 1, Literal("text", inside)


def _lists(raw: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Lists of values within a sentence: "one of red, green or blue", "форматы: PNG, JPEG и SVG", `a/b/c`."""
    for intro in _INTRODUCES.finditer(raw):
        rest = raw[intro.end() :]
        end = re.search(r"[.!?;)](?:\s|$)|\n\s*\n|$", rest)
        part = rest[: end.start() if end else len(rest)]
        items = tuple(i for i in (_bare(item) for item in _SPLIT.split(part)) if i)
        if len(items) >= 2 and all(len(item.split()) <= _LONGEST_ITEM for item in items):
            yield intro.end(), items
            return
    for slashed in _SLASHED.finditer(raw):
        items = tuple(slashed[0].split("/"))
        if not all(item.isdigit() for item in items):  # a date
            yield slashed.start(), items


def _bare(item: str) -> str:
    return item.strip().strip("`\"«»“”'*_").strip()
