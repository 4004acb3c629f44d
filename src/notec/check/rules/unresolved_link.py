"""`unresolved-link`."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher, get_close_matches
from functools import lru_cache
from urllib.parse import quote

from notec.check.links import LINKS, Found, Held, Wanted, blocks_of, headings_of
from notec.check.rule import Entry, Rule, View
from notec.core import Diagnostic, Edit, Fix, Severity, Span
from notec.vault.subpath import match_block, match_heading

CODE = "unresolved-link"
_SLIP = 0.8  # letters that a misspelt name shares with the right one
_BREAKS_LINK = re.compile(r"[\[\]|#^]")


def _judge(key: str, links: Sequence[Found]) -> Iterator[Diagnostic]:
    del key
    for entry, wanted, found, held in links:
        if not found.path:
            place = Span(wanted.target_start, wanted.target_end)
            as_is = Fix("", (Edit(place, wanted.target),))  # `_finish` knows the names that are near
            what = "file" if wanted.embed else "note"
            yield replace(_finding(entry, f"no {what} {wanted.target!r} in the vault"), fix=as_is)
        elif held is not None and held.is_note:
            yield from _inside(entry, wanted, held)


def _inside(entry: Entry, wanted: Wanted, held: Held) -> Iterator[Diagnostic]:
    """What is wrong with the part of a link after `#`."""
    if wanted.block:
        if match_block(blocks_of(held), wanted.block) >= 0:
            return
        near = tuple(f"^{name}" for name in get_close_matches(wanted.block, held.blocks, 1))
        found = _finding(entry, f"no block ^{wanted.block} in {held.path}", *near)
    elif wanted.heading and (like := _like_heading(held.headings, wanted.heading)) is not None:
        near = tuple(name.removeprefix("#") for name in like)
        found = _finding(entry, f"no heading {wanted.heading!r} in {held.path}", *like)
    else:
        return
    place = Span(wanted.target_start, wanted.target_end)
    as_is = Fix("#", (Edit(place, near[0]),)) if near else None  # `_finish` knows where the part stands
    yield replace(found, fix=as_is)


@lru_cache(4096)  # what one note wants of another it often wants more than once
def _like_heading(headings: tuple[tuple[int, str], ...], wanted: str) -> tuple[str, ...] | None:
    """A heading that is written much like the one that is not there; None where it is."""
    if match_heading(headings_of(headings), wanted) >= 0:
        return None
    last = wanted.rpartition("#")[2]
    return tuple(f"#{name}" for name in get_close_matches(last, [text for _, text in headings], 1))


def _finding(entry: Entry, message: str, *near: str) -> Diagnostic:
    place = Span(entry.start, entry.end)
    notes = tuple(f"did you mean {name!r}?" for name in near)
    return Diagnostic(CODE, Severity.ERROR, message, entry.note, entry.line, place, notes=notes)


def _finish(found: Diagnostic, view: View) -> Diagnostic:
    """Says what may have been meant; a single near name can be put in."""
    if found.fix is None or found.span is None:
        return found
    (edit,) = found.fix.edits
    if found.fix.message:
        return replace(found, fix=_other_part(found.span, edit, view.doc(found.note).text))
    near = view.nearest(edit.text, found.note)
    if not near:
        return replace(found, fix=None)
    said = (f"did you mean {' or '.join(repr(_shown(path)) for path in near)}?",)
    same = [path for path in near if _letters(_shown(path)) == _letters(edit.text)]
    if len(same) != 1 and len(near) > 1:
        return replace(found, notes=said, fix=None)
    path = (same or near)[0]
    if not same and not _slip(_letters(edit.text), _letters(_shown(path))):
        return replace(found, notes=said, fix=None)
    text = view.doc(found.note).text
    wiki = _is_wiki(text, found.span)
    folder = "" if wiki else posixpath.dirname(found.note)
    if wiki and "/" not in edit.text:
        name, moved = _shown(path).rpartition("/")[2], False
    else:
        name = _shown(path) if wiki else _as_url(posixpath.relpath(path, folder or "."))
        asked = posixpath.normpath(posixpath.join(folder, posixpath.dirname(edit.text)))
        moved = asked != (posixpath.dirname(path) or ".")
    stop = text.find("#", edit.span.start, edit.span.end)
    place = edit.span if wiki or stop < 0 else Span(edit.span.start, stop)
    mend = Fix(f"link to {path}", (Edit(place, name),), "safe" if same and not moved else "unsafe")
    return replace(found, notes=said, fix=mend)


def _slip(written: str, meant: str) -> bool:
    """Whether a name may only be misspelt; another number is another thing."""
    digits = [[char for char in name if char.isdigit()] for name in (written, meant)]
    return digits[0] == digits[1] and SequenceMatcher(None, written, meant, False).ratio() >= _SLIP


def _is_wiki(text: str, link: Span) -> bool:
    return text.startswith(("[[", "![["), link.start)


def _other_part(link: Span, edit: Edit, text: str) -> Fix | None:
    """Puts another heading or block after the `#` of a link."""
    stop, wiki = edit.span.end, _is_wiki(text, link)
    if wiki:
        if _BREAKS_LINK.search(edit.text.removeprefix("^")):
            return None
        ends = (text.find(mark, stop, link.end) for mark in ("|", "]]"))
        stop = min((at for at in ends if at >= 0), default=stop)
    start = text.rfind("#", edit.span.start, stop) + 1
    if not start:
        return None
    name = edit.text if wiki else _as_url(edit.text)
    return Fix(f"link to #{edit.text}", (Edit(Span(start, stop), name),), "unsafe")


def _as_url(name: str) -> str:
    """A path or heading as it is written in `[text](here)`."""
    return "".join(quote(char) if char in ' ()<>%"#?' else char for char in name)


def _shown(path: str) -> str:
    return path.removesuffix(".md")


def _letters(name: str) -> str:
    """A name without what people write now so, now so: case, spaces, hyphens, `ё`."""
    last = name.rpartition("/")[2].casefold().replace("ё", "е")
    return "".join(char for char in last if char.isalnum())


RULE = Rule(
    code=CODE,
    severity=Severity.ERROR,
    summary="a link leads to a note, heading, block or file that is not there",
    why="Whoever follows it stands before nothing, and what was meant is soon forgotten.",
    mend="Correct the name, or write the note. `--fix` puts in a name that differs in hyphens or case "
    "alone, `--unsafe-fixes` the only one that is a slip of the pen away.",
    example="## a.md\nSee [[Targt]] and [[b#Two]].\n## Target.md\nText.\n## b.md\n# One\n",
    topic=LINKS,
    judge=_judge,
    finish=_finish,
)
