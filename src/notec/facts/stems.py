"""The stem of one word, kept for the whole process and safe to ask from several threads."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from threading import Lock

from notec.facts.words import Analyzer

_LOCK = Lock()
_ANALYZERS: list[Analyzer] = []


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """What two forms of one word share (Snowball by script, `ё` folded); see `Analyzer.term`."""
    with _LOCK:
        if not _ANALYZERS:
            _ANALYZERS.append(Analyzer())
        return _ANALYZERS[0].term(_regular().get(word.lower(), word))


@cache
def _regular() -> dict[str, str]:
    """The plain form of an irregular English one: "rise" for "rose"."""
    lines = [line.split() for line in table("irregular").splitlines()]
    return {form: forms[0] for forms in lines for form in forms[1:]}


def table(name: str) -> str:
    """A list of words that stands beside the code, such as `opposites`."""
    return files("notec.facts").joinpath(f"{name}.txt").read_text(encoding="utf-8")


def fold(word: str) -> str:
    """Lower case, ё as е, typographic apostrophes as typed ones."""
    low = word.lower()
    return low if low.isascii() else low.replace("ё", "е").replace("’", "'")
