"""Words that say the contrary of one another, and words that deny without a "not".

`opposites.txt` has one pair of sides a line, only pairs of which one side excludes the other. An entry
that ends with a hyphen is the beginning of a word, any other one stands for all forms of that word.
`deniers.txt` is read the same way.
"""

from __future__ import annotations

from functools import cache, lru_cache

from notec.facts.stems import stem, table

_PREFIXES = ("не", "без", "бес", "un", "in", "im", "ir", "il", "non", "dis")

Side = tuple[int, int]


@cache
def _sides() -> tuple[dict[str, tuple[Side, ...]], dict[str, list[tuple[str, Side]]]]:
    """Sides by stem, and beginnings of words by their first two letters."""
    whole: dict[str, tuple[Side, ...]] = {}
    begins: dict[str, list[tuple[str, Side]]] = {}
    for number, line in enumerate(table("opposites").splitlines()):
        for side, entries in enumerate(line.split("/")):
            for entry in entries.split():
                if entry.endswith("-"):
                    begins.setdefault(entry[:2], []).append((entry[:-1], (number, side)))
                else:
                    key = stem(entry)
                    whole[key] = (*whole.get(key, ()), (number, side))
    return whole, begins


@lru_cache(maxsize=65536)
def sides(low: str) -> frozenset[Side]:
    """The sides of pairs on which a folded word stands: (number of the pair, 0 or 1)."""
    whole, begins = _sides()
    found = set(whole.get(stem(low), ()))
    found.update(side for begin, side in begins.get(low[:2], ()) if low.startswith(begin))
    numbers = [number for number, _ in found]
    return frozenset(side for side in found if numbers.count(side[0]) == 1)


def opposite(one: str, other: str) -> bool:
    """Whether two folded words exclude each other: "рост" and "снижение", "open" and "closed"."""
    mine = sides(one)
    if not mine:
        return False
    return any((number, 1 - side) in mine for number, side in sides(other))


@cache
def _deniers() -> tuple[frozenset[str], tuple[str, ...]]:
    entries = table("deniers").split()
    return frozenset(e for e in entries if e[-1] != "-"), tuple(e[:-1] for e in entries if e[-1] == "-")


@lru_cache(maxsize=65536)
def denies(low: str) -> bool:
    """Whether a folded word denies what follows, as "запрещено" and "fails" do."""
    whole, begins = _deniers()
    return low in whole or low.startswith(begins)


@lru_cache(maxsize=65536)
def bare(term: str) -> str:
    """The stem without a denying prefix ("недоступ" -> "доступ"); empty where there is none."""
    for prefix in _PREFIXES:
        if term.startswith(prefix) and len(term) - len(prefix) >= 4:
            return term[len(prefix) :]
    return ""
