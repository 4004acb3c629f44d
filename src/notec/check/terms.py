"""Words of content of a statement: with their concepts, and whether they set its thing apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from notec.check.copied import NAMED
from notec.check.lexicon import concepts, is_loose, marks
from notec.check.scope import Term
from notec.facts import Facts
from notec.facts.tokens import fold_all

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_EACH = frozenset(["each", "every", "каждый", "каждая", "каждое", "каждого", "каждую", "каждой", "каждые"])
_TIME = re.compile(
    r"\s+(?:\w+day|day|week|month|year|quarter|hour|minute|second|дн|ден|недел|месяц|год|квартал|час|мин|сек"
    r"|понед|вторн|сред|четв|пятн|субб|воскр)",
    re.IGNORECASE,
)


def terms(text: str, facts: Facts, shown: Sequence[tuple[int, int]]) -> list[Term]:
    """Words of content that are part of no value; those of links (`shown`) stand for a note."""
    taken: set[int] = set()
    for group in (facts.quantities, facts.moments, facts.modalities):
        for v in group:
            taken.update(range(v.start, v.end))
    classes = _appositions(text, facts)
    folded = fold_all(text)
    out: list[Term] = []
    for m in WORD.finditer(text):
        start, end = m.span()
        low = folded[start:end].removesuffix("'s")
        sense = _sense(low)
        if sense is None or start in taken:
            continue
        if (low in _EACH and _TIME.match(text, end)) or (low == "last" and not _TIME.match(text, end)):
            continue  # "shall last for 8 hours"
        found, loose, under = sense
        linked = bool(shown) and any(a <= start < b for a, b in shown)
        out.append(
            Term(low, start, end, found, loose or (start in classes and len(found) == 1), linked, under)
        )
    return out


@lru_cache(maxsize=65_536)
def _sense(low: str) -> tuple[tuple[str, ...], bool, frozenset[str]] | None:
    """Concepts of a folded word, whether it is loose, its conditions; None for one that says nothing."""
    found, under = concepts(low), marks(low)
    return (found, is_loose(low), under) if found or under else None


def over(low: str) -> Term:
    """A word of content that stands elsewhere: over a column, or behind the hyphen of a number."""
    return Term(low, -1, -1, concepts(low), True, False, marks(low))


def _appositions(text: str, facts: Facts) -> set[int]:
    """Starts of class words beside a name: "Project Aurora", "поезд «Ласточка»"."""
    out: set[int] = set()
    for n in facts.names:
        if n.kind in NAMED:
            words = [m.start() for m in WORD.finditer(text, max(0, n.start - 24), n.start)]
            out.update(w for w in words if " " not in text[w : n.start].rstrip(' «"“'))
            if n.kind == "proper" and len(n.words) > 1 and any(c[0] == "=" for c in concepts(n.words[0])):
                out.add(n.start)
    return out
