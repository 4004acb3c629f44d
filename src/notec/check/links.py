"""What notes tell about links: which files there are, what they hold, and who links to what.

The key is the name by which a link is looked up, so that a link and all files that it could mean meet under
one key, and `vault.resolve` decides among these few as it would among all.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import unquote

from notec.check.rule import Entry, Topic
from notec.vault import Note
from notec.vault.note import BlockId, Heading, Link
from notec.vault.resolve import Resolved, Resolver

_OUTSIDE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://|(?:mailto|tel|xmpp):|//")
FILE, FOLDER, LINK = "file", "folder", "link"


class Wanted(NamedTuple):
    """A link as a note tells of it; `cited`: it stands in the text of a footnote."""

    kind: str
    target: str
    heading: str
    block: str
    embed: bool
    target_start: int
    target_end: int
    cited: bool


class Held(NamedTuple):
    """A file as it tells of itself."""

    path: str
    aliases: tuple[str, ...]
    headings: tuple[tuple[int, str], ...]
    blocks: tuple[str, ...]
    is_note: bool


class Found(NamedTuple):
    """A link of a note with the file that it means; no path where there is none."""

    entry: Entry
    wanted: Wanted
    file: Resolved
    held: Held | None


@lru_cache(65_536)  # most links of a vault lead to few notes
def name_key(name: str) -> str:
    """The part of a file name, alias or target that all files share which could be meant by it."""
    plain = unquote(name).replace("\\", "/").partition("?")[0].rstrip("/").rpartition("/")[2].strip()
    folded = normalize("NFC", plain).lower()
    return folded.partition(".")[0].strip() or folded


def _share(note: Note) -> Iterator[tuple[str, Entry]]:
    held = Held(
        note.path,
        note.aliases,
        tuple((h.level, h.text) for h in note.headings),
        tuple(b.id for b in note.block_ids),
        True,
    )
    for key in {name_key(name) for name in (note.path, *note.aliases)}:
        yield key, Entry(note.path, 1, 0, 0, (FILE, *held))
    cited = [(f.start, f.end) for f in note.footnotes if f.kind != "reference"]
    for x in note.links:
        if x.kind == "autolink" or _OUTSIDE.match(x.target) or not (x.target or x.heading or x.block):
            continue
        if _is_of_a_site(x) or _is_above(x):
            continue
        in_footnote = bool(cited) and any(start <= x.start < end for start, end in cited)
        wanted = Wanted(
            x.kind, x.target, x.heading, x.block, x.embed, x.target_start, x.target_end, in_footnote
        )
        yield name_key(x.target or note.path), Entry(note.path, x.line, x.start, x.end, (LINK, *wanted))


def _is_of_a_site(x: Link) -> bool:
    """Whether a link leads to the top of a web site: `/docs/start`; a vault would have `/docs/Start.md`.

    Such pages come by thousands with notes that were copied from a site, and none of them was ever here.
    """
    return x.target.startswith("/") and x.kind != "wikilink" and not x.embed and ".md" not in x.target.lower()


def _is_above(x: Link) -> bool:
    """Whether a link leads to the folder of its note, or to one above it."""
    return x.kind != "wikilink" and x.target.rstrip("/").rpartition("/")[2] in (".", "..")


def _files(paths: Sequence[str]) -> Iterator[tuple[str, Entry]]:
    """The files; a path that ends with `/` is a folder, to which Markdown links may lead."""
    for path in paths:
        if path.endswith("/"):
            yield name_key(path), Entry("", 0, 0, 0, (FOLDER, path))
            continue
        yield name_key(path), Entry("", 0, 0, 0, (FILE, *Held(path, (), (), (), False)))


def _is_file(entry: Entry) -> bool:
    return bool(entry.said[0] != LINK)


def _resolved(entries: Sequence[Entry]) -> list[Found]:
    """Each link of one key with the file that it means."""
    files: dict[str, Held] = {}
    folders: set[str] = set()
    links: list[tuple[Entry, Wanted]] = []
    for entry in entries:
        if entry.said[0] == FOLDER:
            folders.add(entry.said[1])
        elif entry.said[0] == FILE:
            held = Held(*entry.said[1:])
            files[held.path] = held
        else:
            links.append((entry, Wanted(*entry.said[1:])))
    if not links:
        return []
    resolver = Resolver(
        ((h.path, h.aliases) for h in files.values() if h.is_note),
        (h.path for h in files.values() if not h.is_note),
    )
    out: list[Found] = []
    for entry, wanted in links:
        if not wanted.target:
            own = Resolved(entry.note, (entry.note,), "path")
            out.append(Found(entry, wanted, own, files.get(entry.note)))
            continue
        found = resolver.resolve(wanted.target, entry.note, wanted.kind)
        if not found.path and folders and wanted.kind != "wikilink":
            path = posixpath.join(posixpath.dirname(entry.note), wanted.target)
            if f"{posixpath.normpath(path)}/" in folders:
                continue
        if found.how != "external":
            out.append(Found(entry, wanted, found, files.get(found.path)))
    return out


LINKS = Topic("links", _share, _files, _is_file, _resolved)


def headings_of(headings: Sequence[tuple[int, str]]) -> list[Heading]:
    """Headings as `vault.subpath` wants them."""
    return [Heading(level, text, 0, 0, 0) for level, text in headings]


def blocks_of(held: Held) -> list[BlockId]:
    """The block ids of a file, as `vault.subpath` wants them."""
    return [BlockId(name, 0, 0, 0) for name in held.blocks]
