"""What naming has to know of a note: its names, its links, and the terms of its prose with their places.

Code, links, headings, front matter, addresses and tags are no prose. Kept packed: there is one of each note.
"""

from __future__ import annotations

import re
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from notec.check.links import name_key
from notec.facts.words import Analyzer
from notec.index.extract import names_of
from notec.vault import Note

LONGEST = 8  # terms of a name
_PROSE = frozenset({"paragraph", "item", "table", "footnote"})
_OUTSIDE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://|(?:mailto|tel|xmpp):|//")
_BREAK = re.compile(r"[.!?;:](?=\s)|[\n\r]\s*[\n\r]|[\[\]{}<>|\\/=]")
_HIDDEN = re.compile(
    r"<[^<>\n]*>|\b(?:https?|ftp|file)://\S+|\bwww\.\S+|%%.*?%%|\$[^$\n]+\$|!?\[\[[^\]\n]*\]\]|\[\^?[^\]\n]*\]:.*"
    r"|!?\[[^\]\n]*\]\([^)\n]*\)?",
    re.DOTALL,
)


class Brief(NamedTuple):
    """What naming has to know of a note.

    Args:
        title: as written. names: title and aliases as terms. own: by which keys links mean this note.
        labels: (label as terms, key of the target) of each link, once.
        wiki: whether it links by wikilinks, as far as it links at all.
        prose: terms, joined by spaces, a line a stretch; places: where each begins; both packed.
    """

    title: str
    names: tuple[str, ...]
    own: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]
    wiki: bool
    prose: bytes
    places: bytes

    def terms(self) -> str:
        """The prose as terms."""
        return zlib.decompress(self.prose).decode("utf-8", "surrogatepass")

    def starts(self) -> array[int]:
        """Where each term begins in the note, in their order."""
        out = array("I")
        out.frombytes(zlib.decompress(self.places))
        return out


@cache
def analyzer() -> Analyzer:
    """The one of this process."""
    return Analyzer()


def brief_of(note: Note) -> Brief:
    """What naming has to know of a note."""
    lines, starts = [], array("I")
    text = note.doc.text
    for start, end in _stretches(note):
        if spots := analyzer().spots(text[start:end]):
            lines.append(" ".join(s.term for s in spots))
            starts.extend(start + s.start for s in spots)
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
        zlib.compress("\n".join(lines).encode("utf-8", "surrogatepass"), 1),
        zlib.compress(starts.tobytes(), 1),
    )


def _stretches(note: Note) -> Iterator[tuple[int, int]]:
    """Prose, cut at the ends of sentences and at what is hidden in it."""
    text = note.doc.text
    hidden = [(x.start, x.end) for x in note.links]
    hidden += [(c.start, c.end) for c in note.code_spans]
    hidden += [(t.start, t.end) for t in note.tags]
    hidden += [m.span() for m in _HIDDEN.finditer(text)]
    hidden.sort()
    starts = [start for start, _ in hidden]
    longest = max((end - start for start, end in hidden), default=0)
    for block in note.blocks:
        if block.kind not in _PROSE:
            continue
        at = block.start
        for start, end in hidden[bisect_left(starts, block.start - longest) :]:
            if start >= block.end:
                break
            if start > at:
                yield from _sentences(text, at, start)
            at = max(at, end)
        if at < block.end:
            yield from _sentences(text, at, block.end)


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    for match in _BREAK.finditer(text, start, end):
        if match.start() > at:
            yield at, match.start()
        at = match.end()
    if at < end:
        yield at, end
