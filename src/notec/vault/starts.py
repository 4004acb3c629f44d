"""How a block begins: the line patterns of CommonMark, GFM and Obsidian, compiled once.

All of them run in linear time: nothing is tried twice at one place (possessive quantifiers), and
none looks past the end of the line that it is given.
"""

from __future__ import annotations

import re

SPACES = re.compile(r"[ \t]*")
ATX = re.compile(r"(#{1,6})(?=[ \t]|$)[ \t]*")
ATX_CLOSE = re.compile(r"(?:^|[ \t])#+[ \t]*$")
FENCE = re.compile(r"(`{3,}+)([^`]*)$|(~{3,}+)(.*)$", re.DOTALL)
MARKER = re.compile(r"(?:([-+*])|(\d{1,9})([.)]))(?=[ \t]|$)")
SETEXT = re.compile(r"(?:=+|(-+))[ \t]*$")
TASK = re.compile(r"\[([^\[\]])\](?=[ \t]|$)[ \t]*")
CALLOUT = re.compile(r"\[!([^\[\]]+)\]([+-]?)[ \t]*")
FOOTNOTE = re.compile(r"\[\^([^\[\]\s]{1,999})\]:[ \t]*")
DELIMITERS = re.compile(r"\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*+\|?[ \t]*+$")

_BLOCK_TAGS = (
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|"
    "dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h1|h2|h3|h4|h5|h6|head|header|hr|html|iframe|"
    "legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|source|summary|"
    "table|tbody|td|tfoot|th|thead|title|tr|track|ul"
)
ATTRIBUTES = (
    r"(?:[ \t\n]++[A-Za-z_:][A-Za-z0-9_.:-]*+"
    r"(?:[ \t\n]*+=[ \t\n]*+(?:\"[^\"]*+\"|'[^']*+'|[^ \t\n\"'=<>`]++))?+)*+"
)
TAG = rf"<(?:[A-Za-z][A-Za-z0-9-]*+{ATTRIBUTES}[ \t\n]*+/?>|/[A-Za-z][A-Za-z0-9-]*+[ \t\n]*+>)"

HTML = re.compile(
    r"(?i:<(?:(?P<raw>(?:script|pre|style|textarea)(?:[ \t>]|$))|(?P<comment>!--)|(?P<processing>\?)"
    r"|(?P<cdata>!\[CDATA\[)|(?P<declaration>![A-Za-z])"
    rf"|(?P<block>/?(?:{_BLOCK_TAGS})(?:[ \t]|/?>|$)))|(?P<any>{TAG}[ \t]*$))"
)
# The end of each kind of HTML block; those without one end at a blank line.
HTML_END = {
    "raw": re.compile(r"</(?:script|pre|style|textarea)>", re.IGNORECASE),
    "comment": re.compile(r"-->"),
    "processing": re.compile(r"\?>"),
    "cdata": re.compile(r"\]\]>"),
    "declaration": re.compile(r">"),
}


def columns(text: str, at: int, end: int, column: int) -> tuple[int, int]:
    """Skips blanks from `at`: the offset of the first other character (or `end`) and its column.

    A tab stretches to the next multiple of four, counted from the start of the line.
    """
    found = SPACES.match(text, at, end)
    stop = found.end() if found else at
    if stop == at or "\t" not in (blanks := text[at:stop]):
        return stop, column + stop - at
    for blank in blanks:
        column += 1 if blank == " " else 4 - column % 4
    return stop, column


def advance(text: str, at: int, column: int, count: int) -> tuple[int, int]:
    """Takes `count` columns of blanks; a tab taken only in part stays, with the column inside it."""
    goal = column + count
    while column < goal:
        if text[at] == "\t":
            stop = column + 4 - column % 4
            if stop > goal:
                return at, goal
            column = stop
        else:
            column += 1
        at += 1
    return at, column


def cells(row: str) -> list[tuple[int, int]]:
    r"""The cells of a table row as offsets in it, trimmed; `\|` and a wikilink's own pipe do not cut."""
    stop = len(row)
    at = 0
    while at < stop and row[at] in " \t":
        at += 1
    while stop > at and row[stop - 1] in " \t":
        stop -= 1
    if at < stop and row[at] == "|":
        at += 1
    found: list[tuple[int, int]] = []
    begin = at
    for bar in _BAR.finditer(row, at, stop):
        if bar.group() == "|":
            found.append(_trim(row, begin, bar.start()))
            begin = bar.end()
    if begin < stop:
        found.append(_trim(row, begin, stop))
    return found


_BAR = re.compile(r"\\.|\[\[[^\[\]\n]*+\]\]|\|", re.DOTALL)


def _trim(row: str, start: int, end: int) -> tuple[int, int]:
    cell = row[start:end]
    left = len(cell) - len(cell.lstrip(" \t"))
    return start + left, max(start + left, end - (len(cell) - len(cell.rstrip(" \t"))))
