"""Numbers with what they count or measure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from notec.facts import numwords
from notec.facts.numbers import DIGITS, numeral
from notec.facts.relations import relation_after, relation_before
from notec.facts.stems import fold, stem
from notec.facts.tokens import ADJECTIVE, ADJECTIVES, compound, tokens
from notec.facts.units import dimension, is_word, unit_of
from notec.facts.values import Quantity, Relation
from notec.facts.words import STOPWORDS

_UNIT = re.compile(
    r"[ \u00a0\u202f\u2009]?(?P<unit>[°º]\s?[CFС]?(?!\w)|[%‰$€£₽¥₴₸₿℃″]|"
    r"[^\W\d_]+(?:[·*⋅-][чh](?![^\W\d_]))?[²³]?(?:(?<=[мm])[23](?!\w))?(?:/[^\W\d_]+)?)"
)
_PHRASES = (
    (re.compile(r"\s?(?:кв\.?\s?м|квадратн\w+ метр\w*|square met(?:er|re)s?|sq\.? ?m)(?!\w)\.?"), "meter**2"),
    (re.compile(r"\s?(?:куб\.?\s?м|кубическ\w+ метр\w*|cubic met(?:er|re)s?)(?!\w)\.?"), "meter**3"),
    (re.compile(r"\s?(?:п\.\s?п\.|процентн\w+ пункт\w*|percentage points?)"), "percentage_point"),
    (re.compile(r"\s?(?:лошадин\w+ сил\w*|л\.\s?с\.)"), "horsepower"),
    (re.compile(r"\s?per cent(?!\w)"), "percent"),
    (re.compile(r"\s?(?:градус\w* цельсия|degrees? celsius)", re.IGNORECASE), "degC"),
    (re.compile(r"\s?(?:градус\w* фаренгейта|degrees? fahrenheit)", re.IGNORECASE), "degF"),
    (re.compile(r"\s?(?:Вт|кВт|МВт)[ -]?час\w*"), ""),
)
_WATT_HOURS = {"Вт": "watt_hour", "кВт": "kilowatt_hour", "МВт": "megawatt_hour"}
_RATE = re.compile(r"(?:\s+(?:в|за|per|an?|each|every)\s+|\s*/\s*)(?P<unit>[^\W\d_]+)(?!\w)", re.IGNORECASE)
_RATE_RU = frozenset(
    ["секунду", "минуту", "час", "день", "сутки", "неделю", "месяц", "год", "с", "сек", "мин", "ч", "сутки"]
)
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
_LOOSE_LETTERS = frozenset(["с", "в", "к", "а", "В", "А", "К", "А", "K", "A", "t", "x", "х", "T"])
BARE_UNITS = frozenset(("течение", "через", "спустя", "раз", "дважды", "трижды", "an", "a"))
"""One of these words stands in every match of the next pattern."""
_BARE = re.compile(
    r"(?<!\w)(?:в течение|через|спустя|(?:раз|дважды|трижды) в|(?:within|in|after|for|once|twice|times) an?)\s+(?P<unit>[^\W\d_]+)",
    re.IGNORECASE,
)
"""One unit without a number: "within an hour"."""
_AND_A_HALF = re.compile(r"\s+(?:and\s+a\s+(half|quarter)|с\s+(половиной|четвертью))(?!\w)")
_RANGE_SIGN = re.compile(r"\s?(?:[-–—−‑]|\.\.\.?|…|÷)\s?(?=\d|[$€£])|[-‑](?=[^\W\d_])")
_GAP = re.compile(r"[ \u00a0-]*")
_WORD = re.compile(r"\s?[^\W\d_]+")
_CONNECTOR = re.compile(r"\s+(до|to|and|по|и)\s+")
_CHANGE = re.compile(
    r"вырос|возрос|увелич|сниз|упал|упад|сокра|повы|подня|расшир|уменьш|довед|довел|сжа|замедл|ускор|grow|grew|ris|rose"
    r"|increas|decreas|fell|fall|drop|reduc|shr[aiu]nk|cut|rais|lower|expand|extend"
)
_TIME_SECONDS = {"day": 86400.0, "hour": 3600.0, "minute": 60.0, "second": 1.0}
_ALIASES = {"ток": "token", "токен": "token", "tok": "token", "тока": "token"}
_NOT_SECOND = frozenset(["per", "a", "each", "every", "one", "last", "split", "next", "the"])


class _Reader:
    """Reads the quantities of one text; `taken` are places that say something else (dates, names)."""

    def __init__(self, text: str, language: str, taken: Sequence[tuple[int, int]]) -> None:
        self.text = text
        self.language = language
        self.all = [t for t in tokens(text) if not any(s < t.end and t.start < e for s, e in taken)]
        self.index = {token.start: index for index, token in enumerate(self.all)}
        self.lows = [token.low for token in self.all]
        self.found: list[Quantity] = []
        self.plain: set[int] = set()  # starts of numbers whose "to" is the end of a change, not a bound

    def run(self) -> list[Quantity]:
        at = 0
        while at < len(self.all):
            token = self.all[at]
            quantity = None
            if token.kind == "number":
                quantity = self._digits(at)
            elif token.kind == "word":
                quantity = self._words(at)
            if quantity is None:
                at += 1
                continue
            self._add(quantity)
            at += 1
            while at < len(self.all) and self.all[at].start < quantity.end:
                at += 1
        return self.found

    # a number in digits

    def _digits(self, at: int) -> Quantity | None:
        text, token = self.text, self.all[at]
        before = text[token.start - 1 : token.start] if token.start else ""
        if (
            before.isalnum()
            or before == "_"
            or (before == "." and text[token.start - 2 : token.start - 1].isdigit())
        ):
            return None
        match = DIGITS.match(text, token.start)
        if match is None:
            return None
        value, digits, end = numeral(text, match, self.language)
        start = token.start
        if at and self.all[at - 1].end == start and self.all[at - 1].low in "-−+±" and self._free(at - 1):
            start = self.all[at - 1].start
            value = value if self.all[at - 1].low in "+±" else -value
        elif at and self.lows[at - 1] in ("минус", "minus"):
            start, value = self.all[at - 1].start, -value
        ordinal = _ORDINAL.match(text, end)
        if ordinal and digits == 0 and (text[end] == "-" or ordinal[0].isascii()):
            return self._finish(at, start, ordinal.end(), value, value, 0, "ordinal", False)
        end, value, digits = self._magnitude(end, value, digits)
        hyphen = _HYPHEN_WORD.match(text, end)
        if hyphen:
            return self._hyphenated(at, start, end, value, digits, hyphen)
        if text[end : end + 1].isalpha() and not self._unit(end)[0]:
            return None  # part of some identifier
        return self._ranged(at, start, end, value, digits)

    def _free(self, at: int) -> bool:
        """Whether a sign before a number is a sign and not a dash between two things."""
        start = self.all[at].start
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
            if index is None or self.all[index].kind != "word":
                return end, value, digits
            entry = numwords.WORDS.get(self.lows[index])
            if entry is None or entry.role not in ("times", "vague"):
                return end, value, digits
            value, end = value * entry.value, self.all[index].end
            digits = 0 if entry.value >= 1000 else digits
            if self.text[end : end + 1] == "." and self.lows[index] in ("тыс", "млн", "млрд", "трлн"):
                end += 1

    def _hyphenated(
        self, at: int, start: int, end: int, value: float, digits: int, match: re.Match[str]
    ) -> Quantity | None:
        """ "96-гигабайтный", "10-minute", "12-core"."""
        word = fold(match[1])
        adjective = ADJECTIVE.match(word)
        unit = ADJECTIVES[adjective[1]] if adjective else unit_of(match[1])
        if unit.startswith("*"):
            value, unit = value * float(unit[1:]), ""
        nouns = () if unit else (stem(word),)
        return self._finish(at, start, match.end(), value, value, digits, unit, False, nouns)

    # a number in words

    def _words(self, at: int) -> Quantity | None:
        low = self.lows[at]
        inside = compound(low)
        if inside:
            return self._finish(
                at, self.all[at].start, self.all[at].end, inside[0], inside[0], 1, inside[1], False
            )
        if low not in numwords.WORDS or self._is_not_number(at):
            return None
        words, ends = self._run_of_words(at)
        spelled = numwords.spelled(words)
        if spelled is None:
            return None
        start, end = self.all[at].start, ends[spelled.used - 1]
        if spelled.kind == "fold":
            return self._finish(at, start, end, spelled.low, spelled.high, 0, "times", spelled.low == 1)
        if spelled.kind == "part":
            return self._finish(at, start, end, spelled.low, spelled.high, 3, "ratio", False)
        if spelled.kind == "ordinal":
            return self._finish(at, start, end, spelled.low, spelled.high, 0, "ordinal", spelled.low == 1)
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
            return self._finish(
                at, start, end, spelled.low, spelled.high, 0, *self._unit_and_end(end)[:1], weak
            )
        end, value, digits = self._magnitude(end, spelled.low, 0)
        return self._ranged(at, start, end, value, digits, weak)

    def _run_of_words(self, at: int) -> tuple[list[str], list[int]]:
        """Number words from `at` on that stand next to one another."""
        words, ends = [self.lows[at]], [self.all[at].end]
        for index in range(at + 1, min(at + 12, len(self.all))):
            token = self.all[index]
            gap = self.text[ends[-1] : token.start]
            if token.kind == "word" and (not gap.strip(" \u00a0-") and len(gap) <= 2):
                words.append(token.low)
                ends.append(token.end)
            elif token.low != "-":
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

    # what follows a number

    def _unit(self, end: int) -> tuple[str, int]:
        """The unit written at `end`, and where it ends; `("", end)` where there is none."""
        text = self.text
        for pattern, unit in _PHRASES:
            match = pattern.match(text, end)
            if match:
                return unit or _WATT_HOURS.get(match[0].split()[0].split("-")[0].strip(), ""), match.end()
        match = _UNIT.match(text, end)
        if match is None:
            return "", end
        form = match["unit"].replace(" ", "").replace("º", "°").replace("⋅", "·")
        unit = unit_of(form)
        stop = match.end()
        if not unit and "/" in form:
            unit, stop = unit_of(form.partition("/")[0]), match.start("unit") + form.index("/")
            form = form.partition("/")[0]
        if not unit or (form in _LOOSE_LETTERS and not self._loose_letter(match.start("unit") - end, stop)):
            return "", end
        if (
            text[stop : stop + 1] == "."
            and not is_word(fold(form))
            and text[stop + 1 : stop + 3].strip()[:1].islower()
        ):
            stop += 1
        return unit, stop

    def _loose_letter(self, gap: int, stop: int) -> bool:
        """Whether a letter that is also a word ("с", "в", "a") is a unit here."""
        if gap == 0:
            return True
        rest = self.text[stop : stop + 2]
        return not rest.strip() or rest[0] in '.,;:)!?»"' or rest.startswith("\n")

    def _unit_and_end(self, end: int) -> tuple[str, int, tuple[str, ...]]:
        """Unit with a rate ("ГБ в секунду", "pages per minute"), where it ends, and counted nouns."""
        unit, stop = self._unit(end)
        nouns = self._nouns(stop, 3)
        rate = _RATE.match(self.text, stop)
        if not unit and nouns and not rate:
            word = _WORD.match(self.text, stop)
            rate = _RATE.match(self.text, word.end()) if word else None
            if rate:
                nouns = nouns[:1]
        if rate and "/" not in unit:
            under = unit_of(rate["unit"])
            first = fold(rate[0].split()[0]) if rate[0].split() else ""
            timed = dimension(under) == "time" and (
                first not in ("в", "за") or fold(rate["unit"]) in _RATE_RU
            )
            if under and (
                timed or (first in ("за", "per") and dimension(under) in ("mass", "volume", "length"))
            ):
                return f"{unit or 'count'}/{under}", rate.end(), nouns
        return unit, stop, nouns

    def _nouns(self, end: int, limit: int) -> tuple[str, ...]:
        """Stems of the next words, up to a sign, a number or a word that begins something else."""
        out: list[str] = []
        position = end
        while len(out) < limit:
            gap = _GAP.match(self.text, position)
            index = self.index.get(gap.end() if gap else position)
            if index is None or self.all[index].kind != "word":
                break
            low = self.lows[index]
            if low in STOPWORDS and not (low == "of" and not out):
                break
            if low != "of":
                found = stem(low)
                out.append(_ALIASES.get(found, found))
            position = self.all[index].end
        return tuple(out)

    def _ranged(
        self, at: int, start: int, end: int, value: float, digits: int, weak: bool = False
    ) -> Quantity | None:
        """The number, or the range that it begins."""
        unit, stop = self._unit(end)
        second = self._range_end(at, stop if unit else end)
        if second is None:
            return self._finish(at, start, end, value, value, digits, None, weak)
        other, after, more_digits, second_start = second
        after, scaled, more_digits = self._magnitude(after, other, more_digits)
        if scaled != other and not unit and value < other * 1.5:
            value *= scaled / other
        if at and self.lows[at - 1] in ("с", "from") and self.text[stop : stop + 1].isspace():
            self.plain.add(second_start)
            return self._finish(at, start, end, value, value, digits, unit or self._unit(after)[0], weak)
        low, high = min(value, scaled), max(value, scaled)
        known = unit if unit and not self._unit(after)[0] else None
        return self._finish(at, start, after, low, high, max(digits, more_digits), known, False, None, True)

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
        token = self.all[index]
        if token.kind == "number":
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
        if token.low in numwords.WORDS and (sign is None or sign[0] in "-‑"):
            words, ends = self._run_of_words(index)
            spelled = numwords.spelled(words)
            if spelled and spelled.kind == "cardinal":
                return spelled.low, ends[spelled.used - 1], 0, position
        return None

    # the whole

    def _finish(
        self, at: int, start: int, end: int, low: float, high: float, digits: int, unit: str | None, weak: bool,
        nouns: tuple[str, ...] | None = None, ranged: bool = False,
    ) -> Quantity:  # fmt: skip
        """A quantity with its relation, its unit and the words that it counts."""
        if unit is None:
            unit, end, counted = self._unit_and_end(end)
        else:
            counted = self._nouns(end, 3)
        first = self.index.get(start, at)
        if first and self.lows[first - 1] in _CURRENCY_BEFORE and (not unit or unit.startswith("count/")):
            unit = "currency:" + _CURRENCY_BEFORE[self.lows[first - 1]] + unit.removeprefix("count")
            first -= 1
            start = self.all[first].start
        elif first > 1 and self.lows[first - 1] == "$" and self.lows[first - 2] == "us":
            first -= 2
        words = [t.low for t in self.all[max(0, first - 6) : first] if t.low != ","]
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
        return Quantity(
            low, high, relation, unit, counted if nouns is None else nouns + counted, digits, weak, start, end
        )

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
    found = _Reader(text, language, taken).run()
    for match in _BARE.finditer(text):
        unit = unit_of(match["unit"])
        start, end = match.span("unit")
        if dimension(unit) == "time" and not any(q.start < end and start < q.end for q in found):
            found.append(Quantity(1.0, 1.0, Relation.EQUAL, unit, (), 0, True, start, end))
    return sorted(found, key=lambda quantity: quantity.start)
