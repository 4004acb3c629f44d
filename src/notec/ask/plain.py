"""The words of a statement as a person reads them: Markdown taken away, nothing added."""

from __future__ import annotations

import html
import re

_STEPS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"<!--.*?-->|%%.*?%%", re.DOTALL), " "),
    (re.compile(r"!\[\[[^\[\]\n]*\]\]"), " "),  # an embedded file says nothing in words
    (re.compile(r"!\[([^\[\]]*)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)"), r"\1"),
    (re.compile(r"\[\[[^\[\]|\n]*\|([^\[\]\n]*)\]\]"), r"\1"),
    (re.compile(r"\[\[([^\[\]|#\n]*)(?:#[^\[\]|\n]*)?\]\]"), r"\1"),
    (re.compile(r"\[\^[^\]\s]+\]"), ""),
    (re.compile(r"\[((?:[^\[\]\\]|\\.)*)\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"]*\")?\)"), r"\1"),
    (re.compile(r"\[([^\[\]]+)\]\[[^\[\]]*\]"), r"\1"),
    (re.compile(r"<((?:https?|mailto):[^<>\s]+)>"), r"\1"),
    (re.compile(r"</?[A-Za-z][^<>]*>"), " "),
    (re.compile(r"(?<![\w*\\])(\*{1,3}|~~|==)(?=\S)(.+?)(?<=[^\s\\])\1(?![\w*])", re.DOTALL), r"\2"),
    (re.compile(r"(?<![\w\\])(_{1,3})(?=\S)(.+?)(?<=[^\s\\])\1(?!\w)", re.DOTALL), r"\2"),
    (re.compile(r"(?<![`\\])(`+)(?!`)\s?(.+?)\s?(?<!`)\1(?!`)", re.DOTALL), r"\2"),
    (re.compile(r"^\s*>+\s?(?:\[![^\]]*\][+-]?\s?)?", re.MULTILINE), ""),
    (re.compile(r"^\s*(?:[-*+]|\d{1,9}[.)])\s+(?:\[[ xX/-]\]\s+)?", re.MULTILINE), ""),
    (re.compile(r"^\s*#{1,6}\s+", re.MULTILINE), ""),
    (re.compile(r"(?<=\s)\^[A-Za-z0-9-]+\s*$"), ""),
    (re.compile(r"\\([!-/:-@\[-`{-~])"), r"\1"),
)
_CELL = re.compile(r"(?<!\\)\|")
_SPACE_BEFORE = re.compile(r"\s+(?=[,.;:!?»)])")


def plain(markdown: str) -> str:
    """Readable words of a piece of Markdown, on one line. A table row joins its cells by ` | `."""
    text = markdown
    if text.lstrip().startswith("|"):
        cells = [cell.strip() for cell in _CELL.split(text.strip().strip("|"))]
        text = " | ".join(cell for cell in cells if cell and not re.fullmatch(r":?-+:?", cell))
    for pattern, replacement in _STEPS:
        text = pattern.sub(replacement, text)
    text = html.unescape(text) if "&" in text else text
    return _SPACE_BEFORE.sub("", " ".join(text.split()))
