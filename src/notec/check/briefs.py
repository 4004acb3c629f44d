"""What naming has to know of a note: its names, its links, and the terms of its prose with their places.

Code, links, headings, front matter, addresses and tags are no prose. Kept packed: there is one of each note.
"""

from __future__ import annotations

import re
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from notec.check.links import name_key
from notec.check.where import Numbers
from notec.facts.words import FORM, Analyzer
from notec.index.extract import names_of
from notec.vault import Note

LONGEST = 8  # terms of a name
_PROSE = frozenset({"paragraph", "item", "table", "footnote"})
_OUTSIDE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://|(?:mailto|tel|xmpp):|//")
_FORMS = re.compile(rf"({FORM.pattern})")
_BREAK = re.compile(r"[.!?;:](?=\s)|[\n\r]\s*[\n\r]|[\[\]{}<>|\\/=]")
_HIDDEN = (  # what a text must hold for a pattern to find anything, and the pattern
    ("<", re.compile(r"<[^<>\n]*>")),
    ("://", re.compile(r"[hf](?<!\w.)(?:(?<=h)ttps?|(?<=f)tp|(?<=f)ile)://\S+")),  # quick to search for
    ("www.", re.compile(r"www\.(?<!\w.{4})\S+")),
    ("%%", re.compile(r"%%.*?%%", re.DOTALL)),
    ("$", re.compile(r"\$[^$\n]+\$")),
    ("[", re.compile(r"\[\[[^\]\n]*\]\]|\[\^?[^\]\n]*\]:.*|\[[^\]\n]*\]\([^)\n]*\)?")),
)
CUT = "\n"  # stands between stretches of prose as a term of its own
_FIRST_CJK = "\u3040"  # from there on letters are no words
_HIDES = "|"  # stands for what is hidden; it cuts
_MOST_KEPT = 100_000  # forms whose terms are kept
_LONG_GAP = 16  # characters between two forms; longer gaps seldom come twice


class Brief(NamedTuple):
    """What naming has to know of a note.

    Args:
        title: as written. names: title and aliases as terms. own: by which keys links mean this note.
        labels: (label as terms, key of the target) of each link, once.
        wiki: whether it links by wikilinks, as far as it links at all.
        prose: terms, joined by spaces, `CUT` between stretches; packed.
        open: the first and the last place of each stretch of the text that is prose.
        marks: the distinct terms, for `where.Where`.
    """

    title: str
    names: tuple[str, ...]
    own: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]
    wiki: bool
    prose: bytes
    open: bytes
    marks: bytes

    def terms(self) -> list[str]:
        """The prose as terms."""
        return zlib.decompress(self.prose).decode("utf-8", "surrogatepass").split(" ")

    def places(self, text: str) -> Callable[[int], int]:
        """Tells where in the text of the note its term of a number begins, of one that is no `CUT`."""
        open_ = array("I", self.open)
        parts = _FORMS.split(_shown(text, open_))
        forms = list(accumulate(map(len, parts)))[:-1:2]  # where each begins in what is shown
        terms = list(accumulate(map(_counts.__getitem__, parts[1::2])))  # how many there are up to each form
        cuts = [number for number, term in enumerate(self.terms()) if term == CUT]
        sizes = (end - start + len(_HIDES) for start, end in zip(open_[::2], open_[1::2], strict=True))
        stretches = list(accumulate(sizes, initial=0))

        def place(number: int) -> int:
            at = forms[bisect_right(terms, number - bisect_right(cuts, number))]
            stretch = bisect_right(stretches, at) - 1
            return open_[2 * stretch] + at - stretches[stretch]

        return place


class _Counts(dict[str, int]):
    """How many terms a form has."""

    def __missing__(self, form: str) -> int:
        if len(self) > _MOST_KEPT:
            self.clear()
        is_word = form.isalnum() and max(form) < _FIRST_CJK
        self[form] = number = 1 if is_word else len(analyzer().parts(form).terms)
        return number


class _Terms(dict[str, str]):
    """The terms of a form, joined by spaces."""

    def __missing__(self, form: str) -> str:
        if len(self) > _MOST_KEPT:
            self.clear()
        self[form] = terms = " ".join(analyzer().parts(form).terms)
        return terms


class _Gaps(dict[str, str]):
    """What stands between two terms, by what stands between their forms."""

    def __missing__(self, gap: str) -> str:
        between = f" {CUT} " if _BREAK.search(gap) else " "
        if len(gap) <= _LONG_GAP and len(self) < _MOST_KEPT:
            self[gap] = between
        return between


_terms, _counts, _gaps, _marks = _Terms(), _Counts(), _Gaps(), Numbers()


@cache
def analyzer() -> Analyzer:
    """The one of this process."""
    return Analyzer()


def brief_of(note: Note) -> Brief:
    """What naming has to know of a note."""
    open_ = _open(note)
    prose = _prose(note.doc.text, open_)
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
        zlib.compress(prose.encode("utf-8", "surrogatepass"), 1),
        array("I", open_).tobytes(),
        array("I", {*map(_marks.__getitem__, {*prose.split(" ")})}).tobytes(),
    )


def _prose(text: str, open_: Sequence[int]) -> str:
    """The terms of the prose, cut at the ends of sentences and at what is hidden."""
    parts = _FORMS.split(_shown(text, open_))[1:-1]  # what stands at both ends cuts nothing
    parts[::2] = map(_terms.__getitem__, parts[::2])
    parts[1::2] = map(_gaps.__getitem__, parts[1::2])
    return "".join(parts)


def _shown(text: str, open_: Sequence[int]) -> str:
    """The prose of a text, with a sign for what is hidden."""
    return _HIDES.join([text[start:end] for start, end in zip(open_[::2], open_[1::2], strict=True)])


def _open(note: Note) -> list[int]:
    """The first and the last place of each stretch of prose with nothing hidden in it."""
    text = note.doc.text
    hidden = [(x.start, x.end) for part in (note.links, note.code_spans, note.tags) for x in part]
    hidden += [m.span() for mark, pattern in _HIDDEN if mark in text for m in pattern.finditer(text)]
    hidden.sort()
    hidden.append((len(text), len(text)))
    found: list[int] = []
    number, covered = 0, 0  # covered: up to where all is hidden by those before `number`
    for block in note.blocks:
        if block.kind not in _PROSE:
            continue
        at = block.start
        while hidden[number][0] < block.end:
            start, end = hidden[number]
            if start > max(at, covered):
                found += max(at, covered), start
            covered = max(covered, end)
            number += 1
        if max(at, covered) < block.end:
            found += max(at, covered), block.end
    return found
