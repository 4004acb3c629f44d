"""Where words stand, as Obsidian shows it: links to exact places, and numbered footnotes.

A place is linked as `[[note#^block]]` where its block has an id, else as `[[note#Heading]]`, and named by
its line and its words. A link is only written when it leads there: the heading is looked up
in the note as it lies on the disk, a name that two files share is written as a path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import quote as percent

from notec.ask.escape import escape, flat, quoted, shorten
from notec.ask.plain import plain
from notec.core import Citation
from notec.vault import Note
from notec.vault.resolve import fold
from notec.vault.subpath import match_heading

LONGEST_QUOTE = 300  # characters of a footnote's quote; a table row can have thousands
_BREAKS_LINK = re.compile(r"[#^\[\]|\\\n\r\t]|%%|[\ud800-\udfff]")
_NOT_IN_SUBPATH = re.compile(r"[#^\[\]|\\]|%%")
_LINE = {"ru": "строка", "en": "line"}

LinkOf = Callable[[Citation], str]


class Linker:
    """Writes links to the places of one vault.

    Args:
        paths: every file of the vault, for what a bare name would mean.
        read: gives a note as it is now, or None where it cannot be read. Asked once a note.
    """

    def __init__(self, paths: Iterable[str], read: Callable[[str], Note | None]) -> None:
        self._named: dict[str, int] = {}
        for path in paths:
            name = _stem(fold(path)).rpartition("/")[2]
            self._named[name] = self._named.get(name, 0) + 1
        self._read = read
        self._notes: dict[str, Note | None] = {}

    def note(self, path: str) -> Note | None:
        """The note as it is now."""
        if path not in self._notes:
            self._notes[path] = self._read(path)
        return self._notes[path]

    def to_note(self, path: str) -> str:
        """A link to a whole note, shown under its name."""
        return self._link(path, "")

    def to_place(self, citation: Citation) -> str:
        """A link to the block of a citation, or to its heading, or at least to its note."""
        return self._link(citation.note, self._subpath(citation))

    def _link(self, path: str, subpath: str) -> str:
        target = _stem(path)
        name = target.rpartition("/")[2]
        if _BREAKS_LINK.search(path):
            address = percent(path.encode("utf-8", "surrogateescape"), safe="/")
            anchor = "#" + percent(subpath) if subpath else ""
            label = escape(name)
            label = f"\\{label}" if label.startswith("^") else label  # `[^` would begin a footnote
            return f"[{label}]({address}{anchor})"
        if self._named.get(fold(name), 0) <= 1:
            target = name
        elif "." in name:
            target = path  # "v1.2" alone could be a file of that name
        return f"[[{target}#{subpath}]]" if subpath else f"[[{target}]]"

    def _subpath(self, citation: Citation) -> str:
        note = self.note(citation.note)
        statement = (
            next(
                (s for s in note.statements if s.start == citation.span.start or s.id == citation.statement),
                None,
            )
            if note
            else None
        )
        if note is None or statement is None:
            return ""
        for block in note.block_ids:
            if block.block == statement.block:
                return f"^{block.id}"
        if statement.heading < 0:
            return ""
        heading = note.headings[statement.heading]
        if heading.level == 1 and statement.heading == 0:
            return ""  # the top of the note is the note
        chain = [flat(_NOT_IN_SUBPATH.sub(" ", text)) for text in note.heading_chains[statement.heading]]
        for start in range(len(chain) - 1, -1, -1):
            subpath = "#".join(part for part in chain[start:] if part)
            if subpath and match_heading(note.headings, subpath) == statement.heading:
                return subpath
        return ""


class Footnotes:
    """Numbers places in the order of their first mention; a place has one number, however often it is used.

    Args:
        own: the note that is written about; it is no source of its own, so it gets no number.
        taken: definitions that stand already; what they name keeps its number.
        last: the highest number that is in use already.
    """

    def __init__(
        self, link_of: LinkOf, language: str, own: str = "", taken: Sequence[str] = (), last: int = 0
    ) -> None:
        self._link_of = link_of
        self._language = language
        self._own = own
        self._numbers: dict[str, int] = {}  # what a definition says -> its number
        for definition in taken:
            if found := DEFINITION.match(definition):
                self._numbers[found["place"]] = int(found["number"])
        self._last = max(last, *self._numbers.values(), 0)

    def marks(self, citations: Iterable[Citation]) -> str:
        """`[^1][^2]` for what a claim rests on."""
        out: dict[str, None] = {}
        for citation in citations:
            if citation.note == self._own:
                continue
            place = self._place(citation)
            if place not in self._numbers:
                self._last += 1
                self._numbers[place] = self._last
            out[f"[^{self._numbers[place]}]"] = None
        return "".join(out)

    def definitions(self) -> list[str]:
        """One line for each number."""
        ordered = sorted(self._numbers.items(), key=lambda item: item[1])
        return [f"[^{number}]: {place}" for place, number in ordered]

    def _place(self, citation: Citation) -> str:
        """A link to the block, or a link as near as one leads, with the line and the words."""
        link = self._link_of(citation)
        words = shorten(plain(citation.quote), LONGEST_QUOTE)
        line = f"{_LINE.get(self._language, 'line')} {citation.line}"
        return f"{link}, {line}: {quoted(words, self._language)}"


DEFINITION = re.compile(
    r"\[\^(?P<number>\d+)\]: (?P<place>(?:\[\[[^\[\]\n]*\]\]|\[(?:[^\[\]\\\n]|\\.)*\]\([^()\s]*\)), .*)$"
)


def _stem(path: str) -> str:
    """A path as a link names it: without `.md`, any other extension kept."""
    return path[:-3] if path.lower().endswith(".md") else path
