"""What a note says about itself: front matter together with the properties in its text."""

from __future__ import annotations

import re
from typing import Any

from notec.core import Doc
from notec.vault.frontmatter import FrontMatter, scalar
from notec.vault.inline import Inline
from notec.vault.note import Link, Tag
from notec.vault.targets import split_subpath

_LINE = re.compile(
    r"^[ \t]*[*_]{0,3}([^\W\d_][\w /-]{0,60}?)[*_]{0,3}::[*_]{0,3}(?:[ \t]+(.*))?$", re.MULTILINE
)
_ROUND = re.compile(r"\(([^\W\d_][\w /-]{0,60})::[ \t]+([^()\n]{1,2000})\)")
_WIKILINK = re.compile(r"(!?)\[\[([^\[\]\n|]+)(?:\|([^\[\]\n]*))?\]\]")
_TAG_KEYS = ("tags", "tag")
_ALIAS_KEYS = ("aliases", "alias")
_ID_KEYS = ("id", "uid", "uuid")


class Properties:
    """Properties in the making: `values` of both sources, front matter first.

    Attributes:
        tags, links: those in the front matter, with their places.
    """

    def __init__(self, doc: Doc, front: FrontMatter) -> None:
        self.values: dict[str, Any] = dict(front.properties)
        self._own = frozenset(front.properties)
        lower = {key.lower(): value for key, value in front.properties.items()}
        title = lower.get("title")
        self.title = "" if title is None or isinstance(title, (dict, list)) else " ".join(str(title).split())
        self.aliases = tuple(_texts(_first(lower, _ALIAS_KEYS), ","))
        uid = _first(lower, _ID_KEYS)
        self.uid = str(uid) if isinstance(uid, (str, int)) and not isinstance(uid, bool) else ""
        text, start, end = doc.text, front.body_start, front.body_end
        self.links = _links(doc, start, end) if text.find("[[", start, end) >= 0 else []
        self.tags: list[Tag] = []
        at = start
        for written in _texts(_first(lower, _TAG_KEYS), ", \n\t"):
            name = written.strip().lstrip("#").strip("/ ")
            if not name:
                continue
            place = text.find(name, at, end)
            if place < 0:
                place = text.find(name, start, end)
            if place < 0:
                place, length = start, 0
            else:
                length, at = len(name), place + len(name)
            self.tags.append(Tag(name, place, place + length))

    def in_text(self, text: str, inline: Inline) -> None:
        """Adds the properties in a block's words: `key:: value`, `[key:: value]`, `(key:: value)`."""
        for part in inline.properties:
            self._add(part.kind, part.text)
        for match in _LINE.finditer(text):
            if not _within(match.start(1), inline):
                self._add(match[1].strip(), (match[2] or "").strip())
        for match in _ROUND.finditer(text):
            if not _within(match.start(), inline):
                self._add(match[1].strip(), match[2].strip())

    def _add(self, key: str, written: str) -> None:
        if key in self._own:
            return  # the front matter has the last word
        value = scalar(written)
        if key not in self.values:
            self.values[key] = value
        elif isinstance(self.values[key], list):
            self.values[key].append(value)
        else:
            self.values[key] = [self.values[key], value]


def _within(at: int, inline: Inline) -> bool:
    return any(start <= at < end for start, end in inline.whole)


def _first(values: dict[str, Any], keys: tuple[str, ...]) -> Any:
    return next((values[key] for key in keys if values.get(key) is not None), None)


def _texts(value: Any, separators: str) -> list[str]:
    """A text, cut at the separators, or a list of texts."""
    if value is None or isinstance(value, (bool, dict)):
        return []
    if isinstance(value, list):
        parts = [str(part) for part in value if part is not None and not isinstance(part, (dict, list))]
    else:
        parts = re.split(f"[{re.escape(separators)}]", str(value))
    return [part.strip() for part in parts if part.strip()]


def _links(doc: Doc, start: int, end: int) -> list[Link]:
    found = []
    for match in _WIKILINK.finditer(doc.text, start, end):
        path, sharp, sub = match[2].partition("#")
        heading, block = split_subpath(sub) if sharp else ("", "")
        at = match.start(2) + len(path) - len(path.lstrip())
        target = path.strip()
        found.append(
            Link(
                "wikilink", target, heading, block, (match[3] or "").strip(), bool(match[1]),
                match.start(), match.end(), doc.line(match.start()), at, at + len(target),
            )
        )  # fmt: skip
    return found
