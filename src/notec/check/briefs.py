"""What naming has to know of a note: its names, its links, and the terms of its prose with their places.

Code, links, headings, front matter, addresses and tags are no prose. Kept packed: there is one of each note.
"""

from __future__ import annotations

import re
import zlib
from array import array
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from notec.check.links import name_key
from notec.check.where import pack
from notec.facts.words import FORM, Analyzer
from notec.index.extract import names_of
from notec.vault import Note

LONGEST = 8  # terms of a name
_PROSE = frozenset({"paragraph", "item", "table", "footnote"})
_OUTSIDE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://|(?:mailto|tel|xmpp):|//")
_FORM_OR_BREAK = re.compile(rf"({FORM.pattern})|[.!?;:](?=\s)|[\n\r]\s*[\n\r]|[\[\]{{}}<>|\\/=]")
_HIDDEN = (  # what a text must hold for a pattern to find anything, and the pattern
    ("<", re.compile(r"<[^<>\n]*>")),
    ("://", re.compile(r"\b(?:https?|ftp|file)://\S+")),
    ("www.", re.compile(r"\bwww\.\S+")),
    ("%%", re.compile(r"%%.*?%%", re.DOTALL)),
    ("$", re.compile(r"\$[^$\n]+\$")),
    ("[", re.compile(r"\[\[[^\]\n]*\]\]|\[\^?[^\]\n]*\]:.*|\[[^\]\n]*\]\([^)\n]*\)?")),
)
CUT = "\n"  # stands between stretches of prose as a term of its own


class Brief(NamedTuple):
    """What naming has to know of a note.

    Args:
        title: as written. names: title and aliases as terms. own: by which keys links mean this note.
        labels: (label as terms, key of the target) of each link, once.
        wiki: whether it links by wikilinks, as far as it links at all.
        prose: terms, joined by spaces, `CUT` between stretches; places: where each begins; both packed.
        marks: the distinct terms, for `where.Where`.
    """

    title: str
    names: tuple[str, ...]
    own: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]
    wiki: bool
    prose: bytes
    places: bytes
    marks: bytes

    def terms(self) -> list[str]:
        """The prose as terms."""
        return zlib.decompress(self.prose).decode("utf-8", "surrogatepass").split(" ")

    def starts(self) -> array[int]:
        """Where each term begins in the note, in their order; a `CUT` where it stands."""
        out = array("I")
        out.frombytes(zlib.decompress(self.places))
        return out


@cache
def analyzer() -> Analyzer:
    """The one of this process."""
    return Analyzer()


def brief_of(note: Note) -> Brief:
    """What naming has to know of a note."""
    terms, starts = _prose(note)
    labels = set()
    kinds = set()
    for x in note.links:
        if x.target and x.kind != "autolink" and not _OUTSIDE.match(x.target):
            label = "" if x.embed else x.label or x.target.rpartition("/")[2]
            labels.add((" ".join(analyzer().sequence(label)[: LONGEST + 1]), name_key(x.target)))
            kinds.add(x.kind)
    return Brief(
        note.title,
        names_of(analyzer(), note.title, note.aliases),
        tuple(sorted({name_key(name) for name in (note.path, *note.aliases)})),
        tuple(sorted(labels)),
        "markdown" not in kinds or "wikilink" in kinds,
        zlib.compress(" ".join(terms).encode("utf-8", "surrogatepass"), 1),
        zlib.compress(starts.tobytes(), 1),
        pack(terms),
    )


def _prose(note: Note) -> tuple[list[str], array[int]]:
    """The terms of the prose and where they begin, cut at the ends of sentences and at what is hidden."""
    terms: list[str] = []
    starts = array("I")
    text, parts = note.doc.text, analyzer().parts
    for start, end in _open(note):
        if terms and terms[-1] != CUT:
            terms.append(CUT)
            starts.append(start)
        cut = False
        for m in _FORM_OR_BREAK.finditer(text, start, end):
            if m[1] is None:
                cut = True
                continue
            here = m.start()
            if cut and terms and terms[-1] != CUT:
                terms.append(CUT)
                starts.append(here)
            cut = False
            for term in parts(m[1]).terms:
                terms.append(term)
                starts.append(here)
    return terms, starts


def _open(note: Note) -> Iterator[tuple[int, int]]:
    """Stretches of prose with nothing hidden in them."""
    text = note.doc.text
    hidden = [(x.start, x.end) for part in (note.links, note.code_spans, note.tags) for x in part]
    hidden += [m.span() for mark, pattern in _HIDDEN if mark in text for m in pattern.finditer(text)]
    hidden.sort()
    hidden.append((len(text), len(text)))
    number, covered = 0, 0  # covered: up to where all is hidden by those before `number`
    for block in note.blocks:
        if block.kind not in _PROSE:
            continue
        at = block.start
        while hidden[number][0] < block.end:
            start, end = hidden[number]
            if start > max(at, covered):
                yield max(at, covered), start
            covered = max(covered, end)
            number += 1
        if max(at, covered) < block.end:
            yield max(at, covered), block.end
