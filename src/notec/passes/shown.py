"""Which requirement an example of a note belongs to."""

from __future__ import annotations

import re
from collections.abc import Sequence

from notec.passes.identity import alike
from notec.spec.examples import HEADING, Shown
from notec.vault import Note

_CALLED = re.compile(r"([^\W\d][\w.]*)\(")


class Owner:
    """A demand that may own an example: its place, its words, and whether it is something done."""

    def __init__(self, start: int, end: int, words: str, heading: int, does: bool) -> None:
        self.start, self.end, self.words, self.heading, self.does = start, end, words, heading, does


def owner_of(note: Note, shown: Shown, owners: Sequence[Owner]) -> int | None:
    """Index of the demand that an example shows; None where the note has none.

    The one that names its function; that it stands in, or right after in the same section; that shares
    most words with it; else the last one before it that says what the program does.
    """
    if not owners:
        return None
    heading = _heading_at(note, shown.start)
    name = _CALLED.match(shown.call or shown.text)
    before = [i for i, o in enumerate(owners) if o.start <= shown.start]
    if name and name[1] != "_":
        bare = name[1].rsplit(".", 1)[-1]
        named = [i for i, o in enumerate(owners) if re.search(rf"(?<!\w){re.escape(bare)}(?!\w)", o.words)]
        if named:
            near = [i for i in named if i in before]
            return near[-1] if near else named[0]
    for i in before:
        if owners[i].start <= shown.start < owners[i].end:
            return i
    chain = note.heading_chains[heading] if heading >= 0 else ()
    if not any(HEADING.search(h) for h in chain):
        near = [i for i in before if owners[i].heading == heading]
        near = [i for i in near if owners[i].does] or near
        if near:
            return max(near, key=lambda i: (alike(shown.text, owners[i].words), i))
    elif len(chain) > 1 and heading > 0:  # "### Example" below the section that it belongs to
        above = [h for h in range(heading) if note.heading_chains[h] == chain[:-1]]
        near = [i for i in before if above and owners[i].heading == above[-1]]
        if near and note.headings[heading].level > 2:
            return near[-1]
    likeness = [
        (alike(shown.text, o.words), o.does, -abs(o.start - shown.start), i) for i, o in enumerate(owners)
    ]
    best = max(likeness)
    if best[0] > 0:
        return best[3]
    doing = [i for i in before if owners[i].does] or [i for i, o in enumerate(owners) if o.does]
    return doing[-1] if doing and doing[-1] in before else doing[0] if doing else 0


def _heading_at(note: Note, offset: int) -> int:
    found = -1
    for index, heading in enumerate(note.headings):
        if heading.start > offset:
            break
        found = index
    return found
