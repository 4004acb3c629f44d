"""`unresolved-link`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache

from notec.check.links import LINKS, Found, Held, Wanted, blocks_of, headings_of
from notec.check.rule import Entry, Rule, View
from notec.core import Diagnostic, Edit, Fix, Severity, Span
from notec.vault.subpath import match_block, match_heading

CODE = "unresolved-link"


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
        if match_block(blocks_of(held), wanted.block) < 0:
            blocks = get_close_matches(wanted.block, held.blocks, 1)
            yield _finding(entry, f"no block ^{wanted.block} in {held.path}", *(f"^{n}" for n in blocks))
    elif wanted.heading and (near := _like_heading(held.headings, wanted.heading)) is not None:
        yield _finding(entry, f"no heading {wanted.heading!r} in {held.path}", *near)


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
    if found.fix is None:
        return found
    (edit,) = found.fix.edits
    near = view.nearest(edit.text, found.note)
    if not near:
        return replace(found, fix=None)
    said = (f"did you mean {' or '.join(repr(_shown(path)) for path in near)}?",)
    same = [path for path in near if _letters(_shown(path)) == _letters(edit.text)]
    if len(same) != 1 and len(near) > 1:
        return replace(found, notes=said, fix=None)
    path = (same or near)[0]
    if "/" in edit.text or edit.text.endswith(".md"):  # a path may be meant from the note, or from the top
        return replace(found, notes=said, fix=None)
    name = _shown(path).rpartition("/")[2]
    mend = Fix(f"link to {path}", (Edit(edit.span, name),), "safe" if same else "unsafe")
    return replace(found, notes=said, fix=mend)


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
    "alone, `--unsafe-fixes` the only one that is written alike.",
    example="## a.md\nSee [[Targt]] and [[b#Two]].\n## Target.md\nText.\n## b.md\n# One\n",
    topic=LINKS,
    judge=_judge,
    finish=_finish,
)
