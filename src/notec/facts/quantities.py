"""Numbers with what they count or measure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from notec.facts import numwords
from notec.facts.following import Following
from notec.facts.numbers import DIGITS, numeral
from notec.facts.relations import relation_after, relation_before
from notec.facts.stems import fold, stem
from notec.facts.tokens import ADJECTIVE, ADJECTIVES, Taken, compound, is_number_word, tokens
from notec.facts.units import dimension, unit_of
from notec.facts.values import Quantity, Relation

_ORDINAL = re.compile(r"-?(?:й|го|му|м|я|ю|е|ой|ая|ую|ый|ого|ом|ые|ых|st|nd|rd|th)(?!\w)")
_HYPHEN_WORD = re.compile(r"[-‑–]([^\W\d_]+)(?:-(old|long))?")
_CURRENCY_BEFORE = {
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "₽": "RUB",
    "¥": "JPY",
    "₿": "BTC",
    "usd": "USD",
    "eur": "EUR",
}
_OF_A = re.compile(r"\s+(?:of\s+)?an?\s+")
_PARTED = frozenset(("time", "volume", "mass", "length", "information"))
BARE_UNITS = frozenset(("течение", "через", "спустя", "раз", "дважды", "трижды", "an", "a"))
"""One of these words stands in every match of the next pattern."""
_BARE = re.compile(
    r"(?<!\w)(?:в течение|через|спустя|(?:раз|дважды|трижды) в"
    r"|(?:within|in|after|for|once|twice|times) an?)\s+(?P<unit>[^\W\d_]+)",
    re.IGNORECASE,
)
"""One unit without a number: "within an hour"."""
_AND_A_HALF = re.compile(r"\s+(?:and\s+a\s+(half|quarter)|с\s+(половиной|четвертью))(?!\w)")
_RANGE_SIGN = re.compile(r"\s?(?:[-–—−‑]|\.\.\.?|…|÷)\s?(?=\d|[$€£])|[-‑](?=[^\W\d_])")
_CONNECTOR = re.compile(r"\s+(до|to|and|по|и)\s+")
_CHANGE = re.compile(
    r"вырос|возрос|увелич|сниз|упал|упад|сокра|повы|подня|расшир|уменьш|довед|довел|сжа|замедл|ускор|grow|grew|ris|rose"
    r"|increas|decreas|fell|fall|drop|reduc|shr[aiu]nk|cut|rais|lower|expand|extend"
)
_TIME_SECONDS = {"day": 86400.0, "hour": 3600.0, "minute": 60.0, "second": 1.0}
_NOT_SECOND = frozenset(("per a each every one last split next the").split())


class _Value(NamedTuple):
    """The number of a quantity; see there."""

    low: float
    high: float
    digits: int
    weak: bool = False


class _Reader:
    """Reads the quantities of one text; `taken` are places that say something else (dates, names)."""

    def __init__(self, text: str, language: str, taken: Sequence[tuple[int, int]]) -> None:
        self.text = text
        self.language = language
        self.all = tokens(text, taken)
        self.kinds, self.lows, self.starts, self.ends = self.all
        self.index = {start: index for index, start in enumerate(self.starts)}
        self.after = Following(text, self.all, self.index)
        self.found: list[Quantity] = []
        self.plain: set[int] = set()  # starts of numbers whose "to" is the end of a change, not a bound

    def run(self) -> list[Quantity]:
        past = 0
        for at, (kind, low, start) in enumerate(zip(self.kinds, self.lows, self.starts, strict=True)):
            if start < past:
                continue
            quantity = None
            if kind == "number":
                quantity = self._digits(at)
            elif kind == "word" and is_number_word(low):
                quantity = self._words(at)
            if quantity:
                self._add(quantity)
                past = quantity.end
        return self.found

    # a number in digits

    def _digits(self, at: int) -> Quantity | None:
        text, start = self.text, self.starts[at]
        before = text[start - 1 : start] if start else ""
        if before.isalnum() or before == "_" or (before == "." and text[start - 2 : start - 1].isdigit()):
            return None
        match = DIGITS.match(text, start)
        if match is None:
            return None
        value, digits, end = numeral(text, match, self.language)
        sign = self.lows[at - 1] if at else ""
        if at and self.ends[at - 1] == start and sign in "-−+±" and self._free(at - 1):
            start = self.starts[at - 1]
            value = value if sign in "+±" else -value
        elif sign in ("минус", "minus"):
            start, value = self.starts[at - 1], -value
        ordinal = _ORDINAL.match(text, end)
        if ordinal and digits == 0 and (text[end] == "-" or ordinal[0].isascii()):
            return self._finish(at, (start, ordinal.end()), _Value(value, value, 0), "ordinal")
        end, value, digits = self._magnitude(end, value, digits)
        hyphen = _HYPHEN_WORD.match(text, end)
        if hyphen:
            return self._hyphenated(at, start, _Value(value, value, digits), hyphen)
        if text[end : end + 1].isalpha() and not self.after.unit(end)[0]:
            return None  # part of some identifier
        return self._ranged(at, (start, end), _Value(value, value, digits))

    def _free(self, at: int) -> bool:
        """Whether a sign before a number is a sign and not a dash between two things."""
        start = self.starts[at]
        return start == 0 or self.text[start - 1].isspace() or self.text[start - 1] in "([{=:~<>≤≥"

    def _magnitude(self, end: int, value: float, digits: int) -> tuple[int, float, int]:
        """ "5 тысяч", "1.5 million", "two and a half": the number with the words that multiply it."""
        half = _AND_A_HALF.match(self.text, end)
        if half:
            value += 0.5 if (half[1] or half[2]) in ("half", "половиной") else 0.25
            end, digits = half.end(), 2
        while True:
            gap = len(self.text[end : end + 2]) - len(self.text[end : end + 2].lstrip(" \u00a0\u202f-"))
            index = self.index.get(end + gap)
            if index is None or self.kinds[index] != "word":
                return end, value, digits
            entry = numwords.WORDS.get(self.lows[index])
            if entry is None or entry.role not in ("times", "vague"):
                return end, value, digits
            value, end = value * entry.value, self.ends[index]
            digits = 0 if entry.value >= 1000 else digits
            if self.text[end : end + 1] == "." and self.lows[index] in ("тыс", "млн", "млрд", "трлн"):
                end += 1

    def _hyphenated(self, at: int, start: int, number: _Value, match: re.Match[str]) -> Quantity | None:
        """ "96-гигабайтный", "10-minute", "12-core"."""
        word = fold(match[1])
        adjective = ADJECTIVE.match(word)
        unit = ADJECTIVES[adjective[1]] if adjective else unit_of(match[1])
        if unit.startswith("*"):
            scale, unit = float(unit[1:]), ""
            number = number._replace(low=number.low * scale, high=number.high * scale)
        nouns = () if unit else (stem(word),)
        return self._finish(at, (start, match.end()), number, unit, nouns=nouns)

    # a number in words

    def _words(self, at: int) -> Quantity | None:
        low = self.lows[at]
        inside = compound(low)
        if inside:
            place = self.starts[at], self.ends[at]
            return self._finish(at, place, _Value(inside[0], inside[0], 1), inside[1])
        if low not in numwords.WORDS or self._is_not_number(at):
            return None
        words, ends = self._run_of_words(at)
        spelled = numwords.spelled(words)
        if spelled is None:
            return None
        start, end = self.starts[at], ends[spelled.used - 1]
        if spelled.kind == "fold":
            return self._finish(
                at, (start, end), _Value(spelled.low, spelled.high, 0, spelled.low == 1), "times"
            )
        if spelled.kind == "part":
            of = _OF_A.match(self.text, end)
            unit, stop = self.after.unit(of.end() if of else end)
            if dimension(unit) in _PARTED:  # "half a litre", "четверть часа"
                return self._finish(at, (start, stop), _Value(spelled.low, spelled.high, 3), unit)
            return self._finish(at, (start, end), _Value(spelled.low, spelled.high, 3), "ratio")
        if spelled.kind == "ordinal":
            return self._finish(
                at, (start, end), _Value(spelled.low, spelled.high, 0, spelled.low == 1), "ordinal"
            )
        weak = spelled.kind == "one" or low in (
            "оба",
            "обе",
            "обоих",
            "обеих",
            "обоим",
            "обеим",
            "both",
            "couple",
        )
        if spelled.low != spelled.high:
            number = _Value(spelled.low, spelled.high, 0, weak)
            return self._finish(at, (start, end), number, self.after.unit_and_end(end)[0])
        end, value, digits = self._magnitude(end, spelled.low, 0)
        return self._ranged(at, (start, end), _Value(value, value, digits, weak))

    def _run_of_words(self, at: int) -> tuple[list[str], list[int]]:
        """Number words from `at` on that stand next to one another."""
        words, ends = [self.lows[at]], [self.ends[at]]
        for index in range(at + 1, min(at + 12, len(self.lows))):
            gap = self.text[ends[-1] : self.starts[index]]
            if self.kinds[index] == "word" and (not gap.strip(" \u00a0-") and len(gap) <= 2):
                words.append(self.lows[index])
                ends.append(self.ends[index])
            elif self.lows[index] != "-":
                break
        return words, ends

    def _is_not_number(self, at: int) -> bool:
        low = self.lows[at]
        before = self.lows[at - 1] if at else ""
        if low == "second":
            return before in _NOT_SECOND - {"the"} or before == "/"
        if low in ("quarter", "third", "thirds", "четверть"):
            return False
        if low in ("сорока", "сот", "тем"):  # a magpie; part of "до сих пор"-like runs
            return before not in ("до", "от", "около", "более", "менее", "из", "с")
        return low.startswith(("перв", "втор", "трет")) and before == "-"

    def _ranged(self, at: int, place: tuple[int, int], number: _Value) -> Quantity | None:
        """The number, or the range that it begins."""
        (start, end), value = place, number.low
        unit, stop = self.after.unit(end)
        second = self._range_end(at, stop if unit else end)
        if second is None:
            return self._finish(at, place, number)
        other, after, more_digits, second_start = second
        after, scaled, more_digits = self._magnitude(after, other, more_digits)
        if scaled != other and not unit and value < other * 1.5:
            value *= scaled / other
        if at and self.lows[at - 1] in ("с", "from") and self.text[stop : stop + 1].isspace():
            self.plain.add(second_start)
            return self._finish(
                at, place, number._replace(low=value, high=value), unit or self.after.unit(after)[0]
            )
        low, high = min(value, scaled), max(value, scaled)
        known = unit if unit and not self.after.unit(after)[0] else None
        return self._finish(
            at, (start, after), _Value(low, high, max(number.digits, more_digits)), known, ranged=True
        )

    def _range_end(self, at: int, end: int) -> tuple[float, int, int, int] | None:
        sign = _RANGE_SIGN.match(self.text, end)
        lead = self.lows[at - 1] if at else ""
        if sign is None:
            connector = _CONNECTOR.match(self.text, end)
            if connector is None:
                return None
            word = connector[1]
            pairs = {
                "до": True,
                "to": True,
                "and": lead == "between",
                "по": lead in ("с", "от"),
                "и": lead == "между",
            }
            if not pairs[word]:
                return None
            position = connector.end()
        else:
            position = sign.end()
        if self.text[position : position + 1] in "$€£":
            position += 1
        index = self.index.get(position)
        if index is None:
            return None
        if self.kinds[index] == "number":
            match = DIGITS.match(self.text, position)
            if match is None:
                return None
            number = numeral(self.text, match, self.language)
            if (
                self.text[number.end : number.end + 1] in "-–"
                and self.text[number.end + 1 : number.end + 2].isdigit()
            ):
                return None  # a telephone number
            return number.value, number.end, number.digits, position
        if self.lows[index] in numwords.WORDS and (sign is None or sign[0] in "-‑"):
            words, ends = self._run_of_words(index)
            spelled = numwords.spelled(words)
            if spelled and spelled.kind == "cardinal":
                return spelled.low, ends[spelled.used - 1], 0, position
        return None

    # the whole

    def _finish(
        self, at: int, place: tuple[int, int], number: _Value, unit: str | None = None, *,
        nouns: tuple[str, ...] | None = None, ranged: bool = False,
    ) -> Quantity:  # fmt: skip
        """A quantity with its relation, its unit and the words that it counts."""
        start, end = place
        if unit is None:
            unit, end, counted = self.after.unit_and_end(end)
        else:
            counted = self.after.nouns(end, 3)
        first = self.index.get(start, at)
        if first and self.lows[first - 1] in _CURRENCY_BEFORE and (not unit or unit.startswith("count/")):
            unit = "currency:" + _CURRENCY_BEFORE[self.lows[first - 1]] + unit.removeprefix("count")
            first -= 1
            start = self.starts[first]
        elif first > 1 and self.lows[first - 1] == "$" and self.lows[first - 2] == "us":
            first -= 2
        words = [low for low in self.lows[max(0, first - 6) : first] if low != ","]
        relation, used = relation_before(words)
        if ranged and relation is Relation.AT_LEAST:
            relation = Relation.EQUAL
        after = self._words_after(end)
        later, count = relation_after(after)
        if count and relation is Relation.EQUAL and not ranged:
            relation = later
        reached = (
            used == 1 and words[-1] in ("до", "to") and _CHANGE.match(words[-2] if len(words) > 1 else "")
        )
        if (used and unit == "ordinal") or start in self.plain or reached:
            relation = Relation.EQUAL
        low, high, digits, weak = number
        counted = counted if nouns is None else nouns + counted
        return Quantity(low, high, relation, unit, counted, digits, weak, start, end)

    def _words_after(self, end: int) -> list[str]:
        position = end
        while position < len(self.text) and self.text[position].isspace():
            position += 1
        index = self.index.get(position)
        return self.lows[index : index + 2] if index is not None else []

    def _add(self, quantity: Quantity) -> None:
        """Keep a quantity; "2 hours 30 minutes" become one."""
        if self.found:
            last = self.found[-1]
            gap = self.text[last.end : quantity.start].strip().lower() if last.end <= quantity.start else "?"
            big, small = _TIME_SECONDS.get(last.unit, 0.0), _TIME_SECONDS.get(quantity.unit, 0.0)
            if (
                gap in ("", "и", "and")
                and big > small > 0
                and quantity.low == quantity.high
                and last.low == last.high
            ):
                value = last.low * big / small + quantity.low
                self.found[-1] = replace(
                    quantity, low=value, high=value, start=last.start, relation=last.relation, weak=False
                )
                return
        self.found.append(quantity)


def quantities(text: str, language: str, taken: Sequence[tuple[int, int]] = ()) -> list[Quantity]:
    """The quantities of a text in their order.

    Args:
        taken: places that were read as something else (dates, versions, names), left out here.
    """
    reader = _Reader(text, language, taken)
    found = reader.run()
    if BARE_UNITS.isdisjoint(reader.lows):
        return found
    read = Taken(text, ((q.start, q.end) for q in found))
    for match in _BARE.finditer(text):
        unit = unit_of(match["unit"])
        start, end = match.span("unit")
        if dimension(unit) == "time" and read.free(start, end):
            found.append(Quantity(1.0, 1.0, Relation.EQUAL, unit, (), 0, True, start, end))
    return sorted(found, key=lambda quantity: quantity.start)
