"""One value that a note tells, with all that a comparison needs, and the keys under which it is found."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple


class Said(NamedTuple):
    """One value and all that tells what it is a value of.

    Args:
        kind: `quantity`, `date`, `version`, `name`, `modal`.
        what: dimension of a quantity, kind of modality, `role` of a name that holds one; else empty.
        number: as written, before any conversion.
        low, high: in base units; infinite for bounds.
        fields: of a date; parts of a version; roles that a name holds.
        near: concepts of the measured thing beside the value; words of the name.
        terms: concepts of the value's own words, in their order.
        strict: those of `terms` that may set its thing apart, each with its word; `[` before those of a link.
        label: concepts of a label before the clause.
        rest: other concepts of the statement and of the one before.
        names: folded words of names and identifiers among its own words.
        about: concepts of the note's names, its properties and the headings above.
        heads: those of the nearest heading, where it is not the note's name.
        titles: each name of the note, each property and the heading of the first level, as concepts.
        under: concepts of words behind the value that limit it.
        subjects: those of `names` that do not only say where or by whom.
        deictic: 1 if its thing is left to a pronoun, 2 if it is pointed at ("this file").
        values: all quantities of the statement in base units, all its modalities.
        around: digests of the words around it, for one that is told in the same words elsewhere; else empty.
        aims: names of the notes that the statement links to.
        bare: a number without a counted thing.
        chain: words of content of the whole statement in their order, each after two signs: how it is tied
            to the one before (`-` beside, `>` for it, `+` over small words, `/` over signs), `^` if capital.
        at: how many of them stand before the value.
        signs: numbers of years and models, and letters, that may tell its thing from others.
        unsure: the statement may tell it under a condition, of another thing or of a change.
        links: names of the notes that the note links to, where it links to few.
        folder: of the note; empty at the top of the vault.
        stamp: day from which the value holds, where one is told.
    """

    kind: str
    what: str
    text: str
    number: float
    unit: str
    low: float
    high: float
    loose: bool
    fields: tuple[tuple[str, int], ...]
    near: tuple[str, ...]
    terms: tuple[str, ...]
    strict: tuple[tuple[str, str], ...]
    label: tuple[str, ...]
    rest: tuple[str, ...]
    names: tuple[str, ...]
    subjects: tuple[str, ...]
    about: tuple[str, ...]
    heads: tuple[str, ...]
    titles: tuple[tuple[str, ...], ...]
    marks: tuple[str, ...]
    when: tuple[tuple[tuple[str, int], ...], ...]
    stamp: str
    row: bool
    deictic: int
    values: tuple[tuple[str, float, float], ...]
    folder: str
    under: tuple[str, ...] = ()
    links: tuple[tuple[str, ...], ...] = ()
    aims: tuple[tuple[str, ...], ...] = ()
    around: tuple[str, ...] = ()
    bare: bool = False
    chain: str = ""
    at: int = 0
    unsure: bool = False
    signs: tuple[str, ...] = ()


NOTHING = Said(
    "", "", "", 0.0, "", 0.0, 0.0, False, (), (), (), (), (), (), (), (), (), (), (), (), (), "", False, 0,
    (), "",
)  # fmt: skip
"""A value of which nothing is known."""


_FEW = 4  # words of its own
_NEIGHBOURS = 3  # words of a value whose neighbours are a key
_MOST, _REST, _TITLE = 6, 3, 2  # words of a value, its statement and its note under which it is looked for


def begin(word: str) -> str:
    """What forms and kin of a word have in common: "гаран" of "гарантия" and "гарантийный"."""
    return word if word[0] == "=" else word[:5]


def keys(said: Said) -> list[str]:
    """Under what a value is looked for: its kind and each of the words that tell what it is of."""
    if said.around:
        return [f"copy|{words}" for words in said.around]
    sort, unit = said.kind, said.unit
    kind = f"{sort}:{said.what}" if sort == "quantity" else sort
    own = (*said.near, *said.terms, *said.label) if sort != "name" else (*said.terms, *said.label)
    chosen = [*dict.fromkeys(own)][: 3 if sort == "modal" else _MOST]
    words = [*chosen, *said.names[:3]]
    if len(chosen) < _FEW and not said.row:  # it may be told by the others of its statement or note
        words += [*sorted(said.rest)[:_REST], *(word for title in said.titles[:1] for word in title[:_TITLE])]
    out = [f"{kind}|{word}" for word in dict.fromkeys(map(begin, words))]
    told = [*dict.fromkeys(map(begin, said.terms))]
    if len(told) > _FEW - 2 and sort in ("quantity", "modal"):  # a word of many values tells too little
        out.append(f"{kind}|{' '.join(sorted(told))}")
        if sort == "quantity":
            out += [f"{kind}|{one} {other}" for one, other in pairwise(told[:_NEIGHBOURS])]
    if sort == "quantity" and unit:
        out += [f"number:{said.number:g}|{word}" for word in chosen[:3]]
    return out
