"""What stands inside the words of a block: links, code, tags, footnotes, mathematics, marks.

One regular expression jumps from special character to special character; nothing else is looked
at. Brackets are matched by a stack, as CommonMark's reference reader does it, and everything that
might be searched for in vain is searched for once. No tree is built: each find is a range, and the
marks that a reader does not see are ranges too, so that visible words can be had for any place.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import NamedTuple

from notec.vault import starts
from notec.vault.autolinks import bare_address
from notec.vault.emphasis import Hidden, Run, pair, run_at
from notec.vault.targets import (
    Reference,
    entities,
    inline_target,
    label_at,
    normal_label,
    split_decoded,
    split_subpath,
    split_target,
)
from notec.vault.visible import visible

# The first character is looked for by itself, which is fast; what must follow it comes after.
_MARK = (
    r"(?:(?<=[\]<\[])|(?<=\\)[!-/:-@\[-`{-~]|(?<=\*)\**|(?<=_)_*|(?<=`)`*|(?<=!)\[|(?<=\$)\$?|(?<=%)%"
    r"|(?<=~)~|(?<==)=|(?<=\^)\[|(?<=#)(?=[^\s#])"
)
_TOKENS = re.compile(rf"[\\`!\[\]<$%*_~=^#]{_MARK})")
_TOKENS_AND_ADDRESSES = re.compile(
    rf"[\\`!\[\]<$%*_~=^#@hfwmxHFWMX]{_MARK}|(?<=@)|(?<=[hH])(?i:ttps?://)|(?<=[fF])(?i:tp://)"
    r"|(?<=[wW])(?i:ww\.)|(?<=[mM])(?i:ailto:)|(?<=[xX])(?i:mpp:))"
)
_WIKILINK = re.compile(r"\[\[([^\[\]\n]+)\]\]")
_FOOTNOTE = re.compile(r"\[\^([^\[\]\s]{1,999})\](?!\()")
_SIMPLE_TARGET = re.compile(r"\(([^\s()<>\\&]+)\)")
_TAG_NAME = re.compile("#([^\\s\u2000-\u206f\u2e00-\u2e7f'!\"#$%&()*+,.:;<=>?@^`{|}~\\[\\]\\\\«»\x00]+)")
_MATH_END = re.compile(r"\$|\\.", re.DOTALL)
_TICKS = re.compile(r"`+")
_URI = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>\x00-\x20]*)>")
_MAIL = re.compile(
    r"<([a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]++@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*)>"
)
_HTML = re.compile(starts.TAG)
_SOURCE = re.compile(
    r"(?i)<(?:(?P<image>img|iframe|video|audio|source|embed)|a|area)\b[^>]*?\s(?:href|src)\s*=\s*"
    r"(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'=<>`]+))"
)
_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)")
_INSIDE_WORDS = (
    "a abbr b bdi bdo cite code data del dfn em font i ins kbd mark q s samp small span strong sub sup "
    "time tt u var wbr"
)
_PLAIN_TAGS = frozenset(_INSIDE_WORDS.split())
_MAX_MARKS = 100  # of emphasis and the like inside one label
_MAX_LABEL = 2000  # characters
_BEFORE_TAG = frozenset("([{«\"'|*_~=>„“")


class Part(NamedTuple):
    """A find in the offsets of its content: what, where, and up to three texts."""

    kind: str
    start: int
    end: int
    text: str = ""
    heading: str = ""
    block: str = ""
    label: str = ""
    embed: bool = False
    target_start: int = 0
    target_end: int = 0
    outside: bool = False  # the target stands in the note's text, not in the content

    def moved(self, by: int) -> Part:
        """The same find, `by` characters further on."""
        target = 0 if self.outside else by
        return self._replace(
            start=self.start + by,
            end=self.end + by,
            target_start=self.target_start + target,
            target_end=self.target_end + target,
        )


class Inline:
    """The finds of one content.

    Attributes:
        links, codes, tags, notes, properties: `Part`s; notes are footnotes.
        hidden: ranges that a reader does not see, in order.
        whole: ranges inside which no sentence ends.
    """

    __slots__ = ("codes", "hidden", "links", "notes", "properties", "tags", "whole")

    def __init__(self) -> None:
        self.links: list[Part] = []
        self.codes: list[Part] = []
        self.tags: list[Part] = []
        self.notes: list[Part] = []
        self.properties: list[Part] = []
        self.hidden: list[Hidden] = []
        self.whole: list[tuple[int, int]] = []

    def add(self, other: Inline, by: int) -> None:
        """Adds the finds of a piece that begins at offset `by`."""
        for name in ("links", "codes", "tags", "notes", "properties"):
            getattr(self, name).extend(part.moved(by) for part in getattr(other, name))
        self.hidden += ((start + by, end + by, blank) for start, end, blank in other.hidden)
        self.whole += ((start + by, end + by) for start, end in other.whole)


class _Bracket(NamedTuple):
    """An open `[`, `![` or `^[`, and how much had been found before it."""

    kind: str
    start: int
    after: int
    links: int
    tags: int
    runs: int
    hidden: int


def scan_inline(
    text: str, references: dict[str, Reference], dialect: str = "obsidian", table: bool = False
) -> Inline:
    """Finds what stands in `text`, the words of one block or one row of a table."""
    return _Scanner(text, references, dialect, table).run()


class _Scanner:
    __slots__ = (
        "brackets", "dead", "dialect", "found", "missing", "references", "runs", "table", "text", "ticks",
    )  # fmt: skip

    def __init__(self, text: str, references: dict[str, Reference], dialect: str, table: bool) -> None:
        self.text, self.references, self.dialect, self.table = text, references, dialect, table
        self.found = Inline()
        self.brackets: list[_Bracket] = []
        self.dead = 0  # brackets below this depth can open no link: one was found inside them
        self.runs: list[Run] = []
        self.ticks: dict[int, list[int]] | None = None
        self.missing: set[str] = set()  # closing marks that do not come any more

    def run(self) -> Inline:
        text, found = self.text, self.found
        hidden, runs, brackets = found.hidden, self.runs, self.brackets
        tokens = _TOKENS
        if "@" in text or "://" in text or "www." in text.lower() or "mailto:" in text:
            tokens = _TOKENS_AND_ADDRESSES
        pos = 0
        again = True
        while again:
            again = False
            for match in tokens.finditer(text, pos):
                start, end = match.span()
                if start < pos:
                    if end > pos:  # the last find ended inside this token: look afresh from there
                        again = True
                        break
                    continue
                char = text[start]
                if char in "*_~=":
                    run = run_at(text, start, end)
                    if run:
                        runs.append(run)
                elif char in "[!^":
                    if char != "^" and text.startswith("[[", end - 1):
                        stop = self._wikilink(start, end)
                        if stop:
                            pos = stop
                            continue
                    elif char == "[" and text.startswith("^", end):
                        note = _FOOTNOTE.match(text, start)
                        if note:
                            pos = note.end()
                            found.notes.append(Part("reference", start, pos, note[1]))
                            hidden.append((start, pos, 0))
                            found.whole.append((start, pos))
                            continue
                    brackets.append(
                        _Bracket(char, start, end, len(found.links), len(found.tags), len(runs), len(hidden))
                    )
                elif char == "]":
                    if brackets:
                        pos = self._close(start)
                elif char == "\\":
                    hidden.append((start, start + 1, 0))
                elif char == "<":
                    pos = self.angle(start)
                elif char == "`":
                    pos = self._code(start, end)
                elif char == "$":
                    pos = self._math(start, end)
                elif char == "#":
                    pos = self._tag(start)
                elif char == "%":
                    pos = self._until(start, end, "%%")
                else:
                    pos = self._address(start, match.group(), pos)
        if runs:
            pair(runs, 0, hidden)
        hidden.sort()
        if len(found.links) > 1:
            found.links.sort(key=_start)
        if len(found.whole) > 1:
            found.whole.sort()
        return found

    # Brackets.

    def _wikilink(self, start: int, end: int) -> int:
        text = self.text
        match = _WIKILINK.match(text, end - 1)
        if match is None or not match[1].strip():
            return 0
        inner, at, stop = match[1], end + 1, match.end()
        first, bar, second = inner.partition("|")
        target_at, shown_at = at, at + len(first) + 1
        if bar and self.table and first.endswith("\\"):
            first = first[:-1]
        target, label = first, second
        if bar and self.dialect == "dendron" and second.strip():
            target, label = second, first
            target_at, shown_at = shown_at, at
        lead = len(target) - len(target.lstrip())
        path, sharp, sub = target.partition("#")
        heading, block = split_subpath(sub) if sharp else ("", "")
        path_at = target_at + lead
        self.found.links.append(
            Part(
                "wikilink", start, stop, path.strip(), heading, block, label.strip(), text[start] == "!",
                path_at, path_at + len(path.strip()),
            )
        )  # fmt: skip
        if bar and label.strip():
            self.found.hidden += ((start, shown_at, 0), (shown_at + len(label), stop, 0))
        else:
            self.found.hidden += ((start, target_at, 0), (target_at + len(target), stop, 0))
        self.found.whole.append((start, stop))
        return stop

    def _close(self, at: int) -> int:
        """A `]` that meets an open bracket: a link, an inline footnote, a property, or just words."""
        text, found, brackets = self.text, self.found, self.brackets
        bracket = brackets.pop()
        depth = len(brackets)
        if bracket.kind == "^":
            found.notes.append(Part("inline", bracket.start, at + 1, self._label(bracket, at)))
            found.hidden += ((bracket.start, bracket.after, 1), (at, at + 1, 0))
            self.dead = min(self.dead, depth)
            return at + 1
        is_image = bracket.kind == "!"
        if not is_image and depth < self.dead:
            self.dead = min(self.dead, depth)
            return at + 1
        self.dead = min(self.dead, depth)
        after = at + 1
        kind = "markdown"
        target = heading = block = ""
        target_start = target_end = 0
        outside = False
        place: tuple[int, int, int] | None = None
        if text.startswith("(", after):
            simple = _SIMPLE_TARGET.match(text, after)
            place = (*simple.span(1), simple.end()) if simple else inline_target(text, after + 1)
        if place:
            target_start, target_end, stop = place
            target, heading, block = split_target(text[target_start:target_end])
        else:
            reference, stop = self._reference(bracket.after, at) if self.references else (None, 0)
            if reference is None:
                self._property(bracket.after, at)
                return after
            kind, outside = "reference", True
            target, heading, block = split_target(reference.target)
            target_start, target_end = reference.start, reference.end
        if is_image:
            del found.links[bracket.links :]  # an image's words are a description: nothing in them links
        else:
            self.dead = depth
            if len(found.links) > bracket.links:  # a bare address in a link's words is no link
                found.links[bracket.links :] = [p for p in found.links[bracket.links :] if p.kind != "bare"]
        del found.tags[bracket.tags :]
        label = self._label(bracket, at)
        found.links.append(
            Part(
                "image" if is_image else kind, bracket.start, stop, target, heading, block, label, is_image,
                target_start, target_end, outside,
            )
        )  # fmt: skip
        found.hidden += ((bracket.start, bracket.after, 0), (at, stop, 0))
        found.whole.append((bracket.start, stop))
        return stop

    def _label(self, bracket: _Bracket, end: int) -> str:
        """The visible words inside a bracket. Bounded, for brackets may be nested by the thousand."""
        hidden = self.found.hidden
        pair(self.runs, bracket.runs, hidden)
        if len(hidden) - bracket.hidden > _MAX_MARKS:
            return " ".join(self.text[bracket.after : min(end, bracket.after + _MAX_MARKS)].split())
        inside = sorted(hidden[bracket.hidden :])
        return visible(self.text, bracket.after, min(end, bracket.after + _MAX_LABEL), inside)

    def _reference(self, start: int, end: int) -> tuple[Reference | None, int]:
        """What the label after `]`, else the bracket's own words, refer to; and the end of the link."""
        text = self.text
        after = label_at(text, end + 1) if text.startswith("[", end + 1) else None
        if after:
            return self.references.get(normal_label(after[0])), after[1]
        own = label_at(text, start - 1) if end - start < 1001 else None
        stop = end + 3 if text.startswith("[]", end + 1) else end + 1
        if own is None or own[1] != end + 1:
            return None, stop
        return self.references.get(normal_label(own[0])), stop

    def _property(self, start: int, end: int) -> None:
        mark = self.text.find("::", start, min(end, start + 80))
        if mark > start and (key := self.text[start:mark].strip()) and "[" not in key:
            self.found.properties.append(Part(key, start, end, self.text[mark + 2 : end].strip()))

    # What ends where its closing mark stands.

    def _code(self, start: int, end: int) -> int:
        text = self.text
        if self.ticks is None:
            self.ticks = {}
            for match in _TICKS.finditer(text):
                self.ticks.setdefault(match.end() - match.start(), []).append(match.start())
        width = end - start
        places = self.ticks.get(width, ())
        at = bisect_left(places, end)
        if at == len(places):
            return end
        close = places[at]
        stop = close + width
        code = text[end:close].replace("\n", " ")
        if self.table:
            code = code.replace("\\|", "|")
        if code[:1] == " " == code[-1:] and code.strip(" "):
            code = code[1:-1]
        self.found.codes.append(Part("code", start, stop, code))
        self.found.hidden += ((start, end, 0), (close, stop, 0))
        self.found.whole.append((start, stop))
        return stop

    def _math(self, start: int, end: int) -> int:
        text = self.text
        if end - start == 2:
            close = -1 if "$$" in self.missing else text.find("$$", end)
            if close < 0:
                self.missing.add("$$")
            if close <= end:
                return end
            stop = close + 2
        else:
            if text[end : end + 1].isspace():
                return end
            close = end
            for match in _MATH_END.finditer(text, end):
                close = match.start()
                if match.group() == "$":
                    break
            else:
                return end
            stop = close + 1
            if close == end or text[close - 1].isspace() or text[stop : stop + 1].isdigit():
                return end
        self.found.hidden += ((start, end, 0), (close, stop, 0))
        self.found.whole.append((start, stop))
        return stop

    def _until(self, start: int, after: int, mark: str) -> int:
        """Hides what goes from `start` to the mark's next place; nothing where it does not come."""
        close = -1 if mark in self.missing else self.text.find(mark, after)
        if close < 0:
            self.missing.add(mark)
            return start + 1
        stop = close + len(mark)
        self.found.hidden.append((start, stop, 0))
        self.found.whole.append((start, stop))
        return stop

    def angle(self, start: int, *, markdown: bool = True) -> int:
        """An autolink, an HTML tag, a comment; else `<` is a word."""
        text, found = self.text, self.found
        match = _HTML.match(text, start)
        if match:
            stop = match.end()
            name = _NAME.match(text, start)
            blank = 0 if name and name[1].lower() in _PLAIN_TAGS else 1
            found.hidden.append((start, stop, blank))
            found.whole.append((start, stop))
            if stop - start > 8 and (source := _SOURCE.match(text, start, stop)):
                group = 2 if source[2] is not None else 3 if source[3] is not None else 4
                target, heading, block = split_decoded(entities(source[group]))
                place = source.span(group)
                found.links.append(
                    Part("html", start, stop, target, heading, block, "", bool(source["image"]), *place)
                )
            return stop
        match = (_URI.match(text, start) or _MAIL.match(text, start)) if markdown else None
        if match:
            stop = match.end()
            target = match[1] if match.re is _URI else "mailto:" + match[1]
            found.links.append(
                Part("autolink", start, stop, target, "", "", match[1], False, start + 1, stop - 1)
            )
            found.hidden += ((start, start + 1, 0), (stop - 1, stop, 0))
            found.whole.append((start, stop))
            return stop
        if text.startswith("<!--", start):
            if text.startswith((">", "->"), start + 4):
                stop = text.index(">", start) + 1
                found.hidden.append((start, stop, 0))
                return stop
            return self._until(start, start + 4, "-->")
        if text.startswith("<?", start):
            return self._until(start, start + 2, "?>")
        if text.startswith("<![CDATA[", start):
            return self._until(start, start + 9, "]]>")
        if text.startswith("<!", start) and text[start + 2 : start + 3].isalpha():
            return self._until(start, start + 2, ">")
        return start + 1

    def _tag(self, start: int) -> int:
        text = self.text
        before = text[start - 1] if start else " "
        match = _TAG_NAME.match(text, start)
        if match is None or not (before.isspace() or before in _BEFORE_TAG):
            return start + 1
        if before == "(" and text[start - 2 : start - 1] == "]":
            return start + 1
        name = match[1].rstrip("/")
        if not name or name.isdigit():
            return start + 1
        self.found.tags.append(Part("tag", start, start + 1 + len(name), name))
        return match.end()

    def _address(self, start: int, mark: str, floor: int) -> int:
        stops = ("]" if self.brackets else "") + ("|" if self.table else "")
        place = bare_address(self.text, start, mark, floor, stops)
        if place is None:
            return start + 1
        begin, stop, target = place
        shown = self.text[begin:stop]
        self.found.links.append(Part("bare", begin, stop, target, "", "", shown, False, begin, stop))
        self.found.whole.append((begin, stop))
        return stop


def scan_html(text: str) -> Inline:
    """Finds tags, comments and addresses in the words of an HTML block, which hold no Markdown."""
    scanner = _Scanner(text, {}, "", False)
    at = text.find("<")
    while at >= 0:
        at = text.find("<", max(scanner.angle(at, markdown=False), at + 1))
    found = scanner.found
    found.hidden.sort()
    return found


def _start(part: Part) -> int:
    return part.start
