"""One pass over a statement: its words, numbers and signs, and what kinds of readers they call for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from notec.facts.numbers import DIGITS
from notec.facts.numwords import WORDS
from notec.facts.stems import fold

_LETTERS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_TOKEN = re.compile(rf"(?P<word>[^\W\d_]+)|(?P<number>{DIGITS.pattern})|(?P<sign><=|>=|[^\w\s]|_)")


class Tokens(NamedTuple):
    """The tokens of a statement by column: a kind is `number`, `word` or `sign`; `lows` are folded."""

    kinds: list[str | None]
    lows: list[str]
    starts: list[int]
    ends: list[int]


def tokens(text: str, taken: Sequence[tuple[int, int]]) -> Tokens:
    """All tokens that stand in no `taken` place, words cut at hyphens."""
    low = fold_all(text)
    found = list(_TOKEN.finditer(text))
    if taken:
        elsewhere = Taken(text, taken)
        found = [match for match in found if elsewhere.free(*match.span())]
    spans = [match.span() for match in found]
    return Tokens(
        [match.lastgroup for match in found],
        [low[start:end] for start, end in spans],
        [start for start, _ in spans],
        [end for _, end in spans],
    )


def fold_all(text: str) -> str:
    """A text with each character folded at its place."""
    low = fold(text)
    return low if len(low) == len(text) else "".join(fold(char)[:1] for char in text)


class Word(NamedTuple):
    """A word of letters as it stands, with apostrophes inside (`don't`), and its folded form."""

    form: str
    low: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """The words of a statement without numbers and signs."""
    low = fold_all(text)
    spans = [match.span() for match in _LETTERS.finditer(text)]
    return [Word(text[start:end], low[start:end], start, end) for start, end in spans]


class Taken:
    """Which characters of a text are spoken for; each question costs only as much as the place is long."""

    def __init__(self, text: str, spans: Iterable[tuple[int, int]] = ()) -> None:
        self._covered = bytearray(len(text))
        for start, end in spans:
            self.take(start, end)

    def take(self, start: int, end: int) -> None:
        self._covered[start:end] = b"\x01" * (end - start)

    def free(self, start: int, end: int) -> bool:
        return 1 not in self._covered[start:end]


_HALF = re.compile(
    r"(?:пол|полу)(?:часа|года|дня|минуты|секунды|месяца|метра|литра|километра|килограмма|процента|тонны)$"
)
_COMPOUND_STARTS = {
    "одно": 1.0, "двух": 2.0, "трех": 3.0, "четырех": 4.0, "пяти": 5.0, "шести": 6.0, "семи": 7.0,
    "восьми": 8.0, "девяти": 9.0, "десяти": 10.0, "двенадцати": 12.0, "пятнадцати": 15.0, "двадцати": 20.0,
    "тридцати": 30.0, "сорока": 40.0, "пятидесяти": 50.0, "шестидесяти": 60.0, "сто": 100.0, "полутора": 1.5,
}  # fmt: skip
ADJECTIVES = {
    "летн": "year", "годичн": "year", "месячн": "month", "недельн": "week", "дневн": "day", "суточн": "day",
    "часов": "hour", "минутн": "minute", "секундн": "second", "процентн": "percent", "байтн": "byte",
    "килобайтн": "kilobyte", "мегабайтн": "megabyte", "гигабайтн": "gigabyte", "терабайтн": "terabyte",
    "битн": "bit", "километров": "kilometer", "метров": "meter", "сантиметров": "centimeter",
    "миллиметров": "millimeter", "килограммов": "kilogram", "граммов": "gram", "тонн": "metric_ton",
    "литров": "liter", "ваттн": "watt", "киловаттн": "kilowatt", "вольтов": "volt", "дюймов": "inch",
    "градусн": "degree", "кратн": "times", "гигагерцев": "gigahertz", "мегагерцев": "megahertz",
    "рублев": "currency:RUB", "долларов": "currency:USD", "миллионн": "*1e6", "тысячн": "*1e3",
}  # fmt: skip
_ADJECTIVE_END = r"(?:ый|ий|ой|ая|яя|ое|ее|ые|ие|ого|его|ому|ему|ым|им|ом|ем|ую|юю|ых|их|ыми|ими|о)$"
_STEMS = "|".join(sorted(ADJECTIVES, key=len, reverse=True))
ADJECTIVE = re.compile(rf"({_STEMS}){_ADJECTIVE_END}")
_COMPOUND = re.compile(rf"({'|'.join(_COMPOUND_STARTS)})({_STEMS}){_ADJECTIVE_END}")


@lru_cache(maxsize=65536)
def compound(low: str) -> tuple[float, str] | None:
    """Number and unit inside one Russian word: "десятилетний", "двухдневного", "полчаса"."""
    from notec.facts.units import unit_of

    if low.startswith(("пол", "получ")) and _HALF.match("пол" + low[3:].removeprefix("у")):
        unit = unit_of(low[3:].removeprefix("у"))
        return (0.5, unit) if unit else None
    match = _COMPOUND.match(low)
    if match is None or (match[2] in ("часов", "тонн") and match[1] == "сто"):
        return None
    return _COMPOUND_STARTS[match[1]], ADJECTIVES[match[2]]


@lru_cache(maxsize=65536)
def is_number_word(low: str) -> bool:
    """Whether a folded word can begin a number that is written in words."""
    return low in WORDS or compound(low) is not None
