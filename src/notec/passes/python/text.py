"""Python text by its tokens: tidying, indenting, and finding lines again after a formatter went over them.

Must not know: what the lines mean.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

T = TypeVar("T")

INDENT = "    "
_NO_TOKENS = frozenset({tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER})
_MOVED = frozenset("(),;")  # what a formatter adds and takes away
_F_START, _F_END = getattr(tokenize, "FSTRING_START", -1), getattr(tokenize, "FSTRING_END", -1)


def tokens_of(text: str) -> list[tokenize.TokenInfo]:
    """The tokens.

    Raises:
        ValueError: it has none that make sense.
    """
    try:
        return list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError) as error:
        raise ValueError(f"it is no Python: {error.args[0]}") from None


def inside_strings(tokens: Sequence[tokenize.TokenInfo]) -> frozenset[int]:
    """Numbers of the lines that begin inside of a string."""
    rows: set[int] = set()
    opened: list[int] = []
    for token in tokens:
        if token.type == tokenize.STRING:
            rows.update(range(token.start[0] + 1, token.end[0] + 1))
        elif token.type == _F_START:
            opened.append(token.start[0])
        elif token.type == _F_END:
            rows.update(range(opened.pop() + 1, token.end[0] + 1))
    return frozenset(rows)


def indent(lines: Sequence[str], depth: int = 1) -> list[str]:
    """The lines of a body further in; what stands inside of strings stays."""
    fixed = inside_strings(tokens_of("\n".join(lines) + "\n"))
    return [INDENT * depth + line if line and i not in fixed else line for i, line in enumerate(lines, 1)]


def tidy(lines: Sequence[str]) -> list[str]:
    """Each line with four spaces for each level, the first with none; as many lines as were given.

    Raises:
        ValueError: the indentation makes no sense.
    """
    text = "\n".join(lines) + "\n"
    tokens = tokens_of(text)
    fixed = inside_strings(tokens)
    shift: dict[int, int] = {}  # line -> how much further out it goes
    level, base, waiting, first = 0, -1, [], True
    for token in tokens:
        if token.type in (tokenize.INDENT, tokenize.DEDENT):
            level += 1 if token.type == tokenize.INDENT else -1
        elif token.type == tokenize.COMMENT and first:
            waiting.append(token.start[0])
        elif token.type == tokenize.NEWLINE:
            first = True
        elif token.type not in _NO_TOKENS and first:
            first = False
            base = level if base < 0 else base
            by = token.start[1] - len(INDENT) * (level - base)
            shift.update(dict.fromkeys([*waiting, token.start[0]], by))
            waiting = []
    out, by = [], 0
    for number, line in enumerate(lines, 1):
        if number in fixed:
            out.append(line)
            continue
        by = shift.get(number, by)
        bare = line.expandtabs(8).rstrip() if line[:1] == "\t" else line.rstrip()
        indented = len(bare) - len(bare.lstrip())
        out.append(" " * max(indented - by, 0) + bare.lstrip() if bare else "")
    return out


def double_quoted(text: str) -> str:
    """Plain strings in double quotes, where that needs no escape: what formatters do."""
    lines = text.split("\n")
    for token in reversed(tokens_of(text + "\n")):
        said = token.string
        row, column = token.start
        plain = token.type == tokenize.STRING and said[0] == "'" and said[:3] != "'''" and row == token.end[0]
        if plain and not set(said) & {'"', "\\"}:
            line = lines[row - 1]
            lines[row - 1] = f'{line[:column]}"{said[1:-1]}"{line[token.end[1] :]}'
    return "\n".join(lines)


def relocate(old: str, origins: Sequence[T], new: str, *, python: bool = True) -> list[T | None]:
    """The origin of each line of `new`, which was `old` before a formatter or a person changed it.

    Tokens are followed, not lines: a line may have been broken, joined or moved. None for a line that is new.
    """
    old_units, new_units = _units(old, python), _units(new, python)
    lines = new.removesuffix("\n").split("\n")
    found: list[T | None] = [None] * len(lines)
    foreign: set[int] = set()
    pairs = _aligned([u for u, _ in old_units], [u for u, _ in new_units])
    for mine, theirs in pairs:
        row = new_units[theirs][1] - 1
        if found[row] is None:
            found[row] = origins[old_units[mine][1] - 1]
    matched = {theirs for _, theirs in pairs}
    for number, (_, row) in enumerate(new_units):
        if number not in matched and found[row - 1] is None:
            foreign.add(row - 1)
    for row in range(len(lines)):  # brackets, commas and empty lines go with what stands above them
        if found[row] is None and row not in foreign:
            found[row] = found[row - 1] if row else next((f for f in found if f is not None), None)
    return found


def _aligned(old: list[str], new: list[str]) -> list[tuple[int, int]]:
    if old == new:
        return [(i, i) for i in range(len(old))]
    pairs: list[tuple[int, int]] = []
    for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        pairs += [(block.a + i, block.b + i) for i in range(block.size)]
    return pairs


def _units(text: str, python: bool) -> list[tuple[str, int]]:
    """What is compared, each with its line: tokens without layout; words, where it is not Python."""
    if python:
        try:
            return list(_tokens(text))
        except ValueError:
            pass
    return [(word, number) for number, line in enumerate(text.split("\n"), 1) for word in line.split()]


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    for token in tokens_of(text):
        if token.type in _NO_TOKENS or token.string in _MOVED:
            continue
        if token.type == tokenize.STRING:
            yield from _words_of_string(token)
        elif token.type == tokenize.COMMENT:
            yield token.string.lstrip("#! "), token.start[0]
        elif token.type == tokenize.NUMBER:
            yield token.string.lower(), token.start[0]
        elif token.type in (_F_START, _F_END):
            yield token.string.lower().replace("'", '"'), token.start[0]
        else:
            yield token.string, token.start[0]


def _words_of_string(token: tokenize.TokenInfo) -> Iterator[tuple[str, int]]:
    """A string over several lines word by word, since its lines are followed too."""
    if token.start[0] == token.end[0]:
        try:
            yield repr(ast.literal_eval(token.string)).strip(), token.start[0]
        except (ValueError, SyntaxError):
            yield token.string.replace("'", '"'), token.start[0]
        return
    for row, line in enumerate(token.string.split("\n"), token.start[0]):
        yield from ((word.strip("\"'"), row) for word in line.split() if word.strip("\"'"))
