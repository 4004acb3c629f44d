"""A note's words inside Markdown that notec writes: shown as they are, never obeyed.

A note is data. Whatever stands in it, links, tags, HTML, a callout's first line, must not become
active where it is quoted, and must not end the quote, callout or footnote around it. Words that are
harmless stay as they are, so that a brief also reads well in a terminal.
"""

from __future__ import annotations

import re
import unicodedata

_PUNCTUATION = r"!-/:-@\[-`{-~"
_RISKY = re.compile(
    rf"\\(?=[{_PUNCTUATION}]|$)"  # would escape what follows, ours included
    r"|[`*\[\]$]"
    r"|<(?=[A-Za-z/!?])|&(?=#?\w+;)"
    r"|(?<![^\W_])_|_(?![^\W_])"
    r"|~~|==|%%|::"
    r"|(?<![\w&])\#(?=\S)|(?<!\S)\^(?=[\w-]+$)|\^$"
)
_HIDDEN = frozenset({"Cc", "Cf", "Cs"})
_JOINER = "\u200d"  # makes one emoji of several
_OPENING = re.compile(r"(?:[-+](?=\s|$)|[>|#=~]|-(?=-))|(\d{1,9})([.)])(?=\s|$)")


def escape(text: str) -> str:
    """`text` as one line of Markdown that shows just these words, wherever it is put.

    Runs of white space become one space; characters that are not shown (control, direction and
    half characters) are left out.
    """
    line = flat(text)
    line = _RISKY.sub(_safe, line)
    if start := _OPENING.match(line):
        mark = start[2]
        line = f"{start[1]}\\{line[start.start(2) :]}" if mark else "\\" + line
    return line


def marked(words: str, marks: str) -> str:
    """Escaped words with their footnote marks; `![` would begin a picture."""
    return f"{words[:-1]}\\!{marks}" if marks and words.endswith("!") else words + marks


def flat(text: str) -> str:
    """`text` on one line, without characters that are not shown."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    shown = (c for c in text if c.isspace() or c == _JOINER or unicodedata.category(c) not in _HIDDEN)
    return " ".join("".join(shown).split())


def shorten(text: str, limit: int) -> str:
    """The first words of `text`, at most `limit` characters, with an ellipsis where something is left out."""
    line = flat(text)
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    words = cut.rpartition(" ")[0]
    return (words if len(words) > limit // 2 else cut).rstrip(" ,;:—–-") + "…"


def quoted(text: str, language: str) -> str:
    """Escaped words in the quotation marks of the language."""
    words = escape(text)
    return f"«{words}»" if language == "ru" else f"“{words}”"


def yaml_text(text: str) -> str:
    """A value of a property: on one line, in double quotes, whatever stands in it."""
    line = flat(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{line}"'


def _safe(match: re.Match[str]) -> str:
    found = match[0]
    if found == "%%":
        return "&#37;&#37;"  # a backslash does not stop an Obsidian comment
    return "".join("\\" + c for c in found)
