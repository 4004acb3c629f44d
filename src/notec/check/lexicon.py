"""What words of notes mean to one another: concepts, conditions, and words that say nothing.

`concepts.txt` lists words of one concept, Russian and English; `marks.txt` words that say under which
condition a value holds; `glue.txt` words that never tell what a value is about. All count in every form.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files

from notec.facts.stems import fold, stem
from notec.facts.words import STOPWORDS


def _lines(name: str) -> list[str]:
    text = files("notec.check").joinpath(f"{name}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@cache
def _concepts() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for line in _lines("concepts"):
        words = line.split()
        for word in words:
            table.setdefault(stem(word), (f"={words[0]}",))
    return table


@cache
def _marks() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for line in _lines("marks"):
        name, *words = line.split()
        for word in words:
            table.setdefault(fold(word), set()).add(name)
    return {word: frozenset(names) for word, names in table.items()}


@cache
def _glue() -> frozenset[str]:
    return frozenset(fold(word) for line in _lines("glue") for word in line.split())


@lru_cache(maxsize=200_000)
def concepts(low: str) -> tuple[str, ...]:
    """What one folded word means, as concepts that both languages share; its stem where it is in no list."""
    if low in _glue() or low in STOPWORDS or len(low) < 2 or low.isdigit():
        return ()
    base = stem(low)
    table = _concepts()
    if base not in table and len(base) > 5 and base[:-1] in table:
        base = base[:-1]  # forms of one word that the stemmer keeps apart: "видеопамять", "видеопамяти"
    return table.get(base, (base,))


def marks(low: str) -> frozenset[str]:
    """The conditions that one folded word names: "idle", "peak", "плановый"."""
    return _marks().get(low, frozenset())
