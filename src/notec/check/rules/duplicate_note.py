"""`duplicate-note`: near-copies by MinHash.

Each run of five words of a note is a number, of which each of 120 hash functions keeps the least. The share
of functions on which two notes agree estimates the share of runs that they have in common. Twenty bands of
six are the keys under which notes meet: copies meet nearly always, notes with half in common hardly ever.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from notec.check.rule import Entry, Rule, Topic
from notec.core import Diagnostic, Label, Severity, Span
from notec.vault import Note

CODE = "duplicate-note"
_RUN = 5
_BANDS, _ROWS = 20, 6
_LEAST_WORDS = 25  # shorter notes are alike by chance
_COPY = 0.82  # share in common from which on it is a copy
_SAME = 0.97  # the same where each title has a word of its own: pages of one template on two things
_WORD = re.compile(r"\w+")
_BYTES = 4 * _ROWS


@lru_cache(1)
def _functions() -> np.ndarray:
    return np.random.default_rng(5).integers(1, 1 << 63, _BANDS * _ROWS, np.uint64) | np.uint64(1)


def signature(text: str) -> bytes:
    """The least numbers of a text, 4 bytes each; empty for one that is too short to tell."""
    words = _WORD.findall(text.lower())
    if len(words) < _LEAST_WORDS:
        return b""
    numbers = {word: zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in set(words)}
    row = np.array([numbers[word] for word in words], np.uint64)
    runs = np.zeros(len(row) - _RUN + 1, np.uint64)
    for at in range(_RUN):
        runs = runs * np.uint64(0x9E3779B97F4A7C15) + row[at : at + len(runs)]
    runs = np.unique(runs ^ (runs >> np.uint64(31)))
    least = np.full(_BANDS * _ROWS, np.iinfo(np.uint32).max, np.uint64)
    for at in range(0, len(runs), 4096):  # a note of 100 MB does not need 100 GB
        mixed = (runs[at : at + 4096, None] * _functions()[None, :]) >> np.uint64(32)
        least = np.minimum(least, mixed.min(axis=0))
    return least.astype("<u4").tobytes()


def _share(note: Note) -> Iterator[tuple[str, Entry]]:
    blocks = note.blocks
    start = blocks[0].end if blocks and blocks[0].kind == "frontmatter" else 0
    made = signature(note.doc.text[start:])
    if made:
        title = note.headings[0].text if note.headings else ""
        entry = Entry(note.path, 1, 0, 0, (made, frozenset(_WORD.findall(title.casefold()))))
        for band in range(_BANDS):
            yield f"{band} {made[band * _BYTES : (band + 1) * _BYTES].hex()}", entry


def _judge(key: str, entries: Sequence[Entry]) -> Iterator[Diagnostic]:
    """Each note with the first that it copies, in the first band in which the two meet."""
    band = int(key.partition(" ")[0])
    for number, later in enumerate(entries):
        for first in entries[: min(number, 50)]:
            one, two = first.said[0], later.said[0]
            shared = _alike(one, two)
            other_thing = first.said[1] - later.said[1] and later.said[1] - first.said[1]
            if shared < (_SAME if other_thing else _COPY):
                continue
            if not any(_part(one, b) == _part(two, b) for b in range(band)):
                said = f"nearly a copy of {first.note} (about {shared:.0%} in common)"
                label = Label(first.note, 1, Span(0, 0), "the other one")
                yield Diagnostic(CODE, Severity.WARNING, said, later.note, 1, labels=(label,))
            break


def _alike(one: bytes, two: bytes) -> float:
    if one == two:
        return 1.0
    return float(np.mean(np.frombuffer(one, "<u4") == np.frombuffer(two, "<u4")))


def _part(made: bytes, band: int) -> bytes:
    return made[band * _BYTES : (band + 1) * _BYTES]


_TEXT = (
    "The machine was moved to the cellar in spring because it was too loud for the study, and since then "
    "nobody has heard it; the fans run slowly, the disk is backed up every night, and the light stays on.\n"
)
RULE = Rule(
    code=CODE,
    severity=Severity.WARNING,
    summary="a note that is nearly a copy of another one",
    why="What is corrected in one stays wrong in the other, and search finds everything twice.",
    mend="Keep one, and link to it from where the other was; or say in a word how they differ.",
    example=f"## a.md\nSee [[b]].\n\n{_TEXT}## b.md\n{_TEXT}",
    topic=Topic("copies", _share),
    judge=_judge,
)
