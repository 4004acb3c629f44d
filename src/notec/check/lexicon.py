"""What words of notes mean to one another: concepts, conditions, and words that say nothing.

`concepts.txt` lists words of one concept, Russian and English, `roles.txt` those that say what somebody or
something is to a thing; `translations.txt` words of both languages that mean the same and count as the first
of their line; `marks.txt` words that say under which condition a value holds; `glue.txt` words that never
tell what a value is about. All count in every form.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files

from notec.facts.modality import MODAL_WORDS
from notec.facts.numwords import WORDS
from notec.facts.stems import fold, stem
from notec.facts.words import STOPWORDS

IMPLIED = {
    "currency": ("=price", "=fee", "month", "ежемесячн"), "volume": ("=volume", "=size"),
    "time": ("=duration", "=timeout", "=deadline", "=end", "=interval", "=length"), "energy": ("=volume",),
    "length": ("=length", "=distance"), "mass": ("=weight",), "area": ("=area", "=size"),
    "count": ("=people", "=length", "=team", "=cpu", "=serving"), "power": ("=power",),
    "temperature": ("=temperature",), "information": ("=size", "=volume"), "length/time": ("=speed",),
    "ratio": ("=interest",), "information/time": ("=speed",), "frequency": ("=frequency",),
    "version": ("=version", "=release"),
    "date": (
        "=deadline", "=end", "=start", "=run", "=delivery", "=fee", "date", "дат", "вечер", "утр", "ноч",
        "дня", "morn", "evening", "noon",
    ),
}  # fmt: skip
"""What a value is of by its kind alone: what costs 5 euros has a price."""


def _lines(name: str) -> list[str]:
    text = files("notec.check").joinpath(f"{name}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@cache
def roles() -> frozenset[str]:
    """Concepts of what somebody or something is to a thing: the places that names can clash in."""
    return frozenset(f"={line.split()[0]}" for line in _lines("roles"))


@cache
def _groups() -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(line.split()) for line in (*_lines("concepts"), *_lines("roles")))


@cache
def _concepts() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for words in _groups():
        for word in words:
            table.setdefault(stem(word), (f"={words[0]}",))
    return table


@cache
def _translations() -> dict[str, tuple[str, ...]]:
    """The stem of a word, and that of the first word of its line."""
    table: dict[str, tuple[str, ...]] = {}
    for line in _lines("translations"):
        first, *others = line.split()
        for word in (first, *others):
            table.setdefault(stem(fold(word)), (stem(fold(first)),))
    return table


@cache
def _exact() -> dict[str, tuple[str, ...]]:
    """The listed words themselves: the stemmer makes one of "responsible" and "response"."""
    table: dict[str, tuple[str, ...]] = {}
    for words in _groups():
        for word in words:
            table.setdefault(fold(word), (f"={words[0]}",))
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
    if low in _exact():
        return _exact()[low]
    base = stem(low)
    table = _concepts()
    if base not in table and len(base) > 5 and base[:-1] in table:
        base = base[:-1]  # forms of one word that the stemmer keeps apart: "видеопамять", "видеопамяти"
    return table.get(base) or _translations().get(base) or (base,)


@cache
def _loose() -> frozenset[str]:
    return frozenset(stem(fold(word)) for line in _lines("loose") for word in line.split())


@lru_cache(maxsize=65_536)
def is_loose(low: str) -> bool:
    """Whether a folded word sets no thing apart from another: "system", "balance", "полис"."""
    return stem(low) in _loose()


@cache
def _papers() -> frozenset[str]:
    return frozenset(c for line in _lines("papers") for word in line.split() for c in concepts(fold(word)))


def is_paper(word: str) -> bool:
    """Whether a concept or a number says what kind of note this is, not what it is about: "plan", "март"."""
    return word in _papers() or word.isdigit()


def counted(low: str) -> tuple[str, ...]:
    """A number in words as digits, where a name is told apart by it: the "two" of "Kettle two"."""
    number = WORDS.get(low)
    return (f"{number.value:g}",) if number and number.role in ("unit", "teen", "ten") else ()


def marks(low: str) -> frozenset[str]:
    """The conditions that one folded word names: "idle", "peak", "плановый"."""
    return _marks().get(low, frozenset())


@cache
def hints() -> frozenset[str]:
    """Words in lower case of which one stands in nearly every value that is told without a digit."""
    numbers = {word for word, number in WORDS.items() if number.value > 1 and number.role != "ordinal"}
    named = {fold(word) for line in _lines("roles") for word in line.split()}
    return frozenset(numbers | named | MODAL_WORDS)
