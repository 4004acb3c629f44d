"""What follows a number: its unit, a rate ("ГБ в секунду", "pages per minute"), the things that it counts."""

from __future__ import annotations

import re
from collections.abc import Mapping

from notec.facts.stems import fold, stem
from notec.facts.tokens import Tokens
from notec.facts.units import dimension, is_word, unit_of
from notec.facts.words import STOPWORDS

_UNIT = re.compile(
    r"[ \u00a0\u202f\u2009]?(?P<unit>[°º]\s?[CFС]?(?!\w)|[%‰$€£₽¥₴₸₿℃″]|"
    r"[^\W\d_]+(?:[·*⋅-][чh](?![^\W\d_]))?[²³]?(?:(?<=[мm])[23](?!\w))?(?:/[^\W\d_]+)?)"
)
_PHRASES = (
    (r"(?:кв\.?\s?м|квадратн\w+ метр\w*|square met(?:er|re)s?|sq\.? ?m)(?!\w)\.?", "meter**2"),
    (r"(?:куб\.?\s?м|кубическ\w+ метр\w*|cubic met(?:er|re)s?)(?!\w)\.?", "meter**3"),
    (r"столов\w+ лож\w+|ст\.\s?л(?!\w)\.?|(?:tbsp|tablespoons?)(?!\w)", "tablespoon"),
    (r"чайн\w+ лож\w+|ч\.\s?л(?!\w)\.?|(?:tsp|teaspoons?)(?!\w)", "teaspoon"),
    (r"п\.\s?п\.|процентн\w+ пункт\w*|percentage points?", "percentage_point"),
    (r"лошадин\w+ сил\w*|л\.\s?с\.", "horsepower"),
    (r"per cent(?!\w)", "percent"),
    (r"(?i:градус\w* цельсия|degrees? celsius)", "degC"),
    (r"(?i:градус\w* фаренгейта|degrees? fahrenheit)", "degF"),
    (r"(?:Вт|кВт|МВт)[ -]?час\w*", ""),
)
_PHRASE = re.compile(rf"\s?(?:{'|'.join(f'({pattern})' for pattern, _ in _PHRASES)})")
_WATT_HOURS = {"Вт": "watt_hour", "кВт": "kilowatt_hour", "МВт": "megawatt_hour"}
_RATE = re.compile(r"(?:\s+(?:в|за|per|an?|each|every)\s+|\s*/\s*)(?P<unit>[^\W\d_]+)(?!\w)", re.IGNORECASE)
_RATE_RU = frozenset(("секунду минуту час день сутки неделю месяц год с сек мин ч").split())
_LOOSE_LETTERS = frozenset(("с в к а В А К K A t x х T").split())
_GAP = re.compile(r"[ \u00a0-]*")
_WORD = re.compile(r"\s?[^\W\d_]+")
_ALIASES = {"ток": "token", "токен": "token", "tok": "token", "тока": "token"}


class Following:
    """Reads on from the end of a number; `index` gives the place among `tokens` of the one at an offset."""

    def __init__(self, text: str, tokens: Tokens, index: Mapping[int, int]) -> None:
        self.text = text
        self.all = tokens
        self.index = index
        self.known: dict[int, tuple[str, int]] = {}

    def unit(self, end: int) -> tuple[str, int]:
        """The unit written at `end`, and where it ends; `("", end)` where there is none."""
        if end not in self.known:
            self.known[end] = self._unit(end)
        return self.known[end]

    def _unit(self, end: int) -> tuple[str, int]:
        text = self.text
        match = _PHRASE.match(text, end)
        if match:
            unit = _PHRASES[(match.lastindex or 0) - 1][1]
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

    def unit_and_end(self, end: int) -> tuple[str, int, tuple[str, ...]]:
        """Unit with a rate ("ГБ в секунду", "pages per minute"), where it ends, and counted nouns."""
        unit, stop = self.unit(end)
        nouns = self.nouns(stop, 3)
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

    def nouns(self, end: int, limit: int) -> tuple[str, ...]:
        """Stems of the next words, up to a sign, a number or a word that begins something else."""
        out: list[str] = []
        position = end
        while len(out) < limit:
            gap = _GAP.match(self.text, position)
            index = self.index.get(gap.end() if gap else position)
            if index is None or self.all.kinds[index] != "word":
                break
            low = self.all.lows[index]
            if low in STOPWORDS and not (low == "of" and not out):
                break
            if low != "of":
                found = stem(low)
                out.append(_ALIASES.get(found, found))
            position = self.all.ends[index]
        return tuple(out)
