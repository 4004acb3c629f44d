"""`duplicate-citation`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from notec.check.rule import Rule
from notec.core import Diagnostic, Edit, Fix, Label, Severity, Span
from notec.vault import Note
from notec.vault.note import Footnote

CODE = "duplicate-citation"
_MARK = re.compile(r"\s*\[\^[^\]]+\]:\s*")
_URL = re.compile(r"<?(https?://[^\s<>\])]+)>?", re.I)
_GLUE = re.compile(r"[^\w%]+")


class _Source(NamedTuple):
    footnote: Footnote
    words: str  # the text, apart from case and spaces
    url: str  # the only address in it, as addresses are compared
    rest: str  # the words beside the address


def _source(note: Note, footnote: Footnote) -> _Source:
    text = _MARK.sub("", note.text_of(footnote), count=1)
    urls = {_address(url) for url in _URL.findall(text)}
    rest = _GLUE.sub(" ", _URL.sub(" ", text)).casefold().strip()
    return _Source(footnote, " ".join(text.split()).casefold(), urls.pop() if len(urls) == 1 else "", rest)


def _address(url: str) -> str:
    plain = url.rstrip(".,;:!?").partition("://")[2]
    host, slash, path = plain.partition("/")
    return host.lower().removeprefix("www.") + (slash + path).rstrip("/")


def _is_same(one: _Source, other: _Source) -> bool:
    """One source: the same words, or the same address with nothing beside it that tells them apart."""
    if one.words == other.words:
        return bool(one.words)
    if not one.url or one.url != other.url:
        return False
    return one.rest == other.rest or not one.rest or not other.rest


def _look(note: Note) -> Iterator[Diagnostic]:
    sources = [_source(note, f) for f in note.footnotes if f.kind == "definition"]
    for number, later in enumerate(sources):
        for first in sources[:number]:
            if first.footnote.label.casefold() == later.footnote.label.casefold():
                continue
            if _is_same(first, later):
                yield _finding(note, first, later)
                break


def _finding(note: Note, first: _Source, later: _Source) -> Diagnostic:
    one, two = first.footnote, later.footnote
    label = Label(note.path, one.line, note.span_of(one), "here first")
    fix = None
    if first.words == later.words:
        marks = [f for f in note.footnotes if f.kind == "reference"]
        used = [f for f in marks if f.label.casefold() == two.label.casefold()]
        edits = [Edit(note.span_of(f), f"[^{one.label}]") for f in used]
        fix = Fix(f"use [^{one.label}] for both", (*edits, Edit(note.span_of(two), "")), "safe")
    place = Span(two.start, two.end)
    said = f"[^{two.label}] is the same source as [^{one.label}]"
    return Diagnostic(CODE, Severity.WARNING, said, note.path, two.line, place, labels=(label,), fix=fix)


RULE = Rule(
    code=CODE,
    severity=Severity.WARNING,
    summary="one source under two footnotes",
    why="It looks like two sources: a claim seems better supported than it is.",
    mend="Use the first footnote in both places; `--fix` does it where the texts are equal.",
    example="## a.md\nOne.[^1] Two.[^2]\n\n[^1]: https://example.org/x\n[^2]: https://www.example.org/x/\n",
    look=_look,
)
