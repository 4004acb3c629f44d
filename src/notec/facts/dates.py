"""Dates, parts of dates and times of day, Russian and English."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from functools import cache

from notec.facts.stems import fold
from notec.facts.tokens import Taken
from notec.facts.values import Moment, Relation

_RU_MONTH = (
    r"(?:январ|феврал|апрел|июн|июл|сентябр|октябр|ноябр|декабр)(?:ь|я|ю|ем|е)"
    r"|(?:март|август)(?:а|у|ом|е)?|ма(?:й|я|ю|ем|е)"
)
_EN_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_RU_STEMS = ("янв фев мар апр ма июн июл авг сен окт ноя дек").split()
_EN_STEMS = ("jan feb mar apr may jun jul aug sep oct nov dec").split()
_RU_DAYS = ["понедельник", "вторник", "сред", "четверг", "пятниц", "суббот", "воскресень"]
_EN_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_RU_DAY = (
    r"(?:понедельник|вторник|четверг)(?:а|у|ом|е|и|ам|ами|ах)?|(?<=[вВ]\s)среду|(?<=[сС][оО]\s)среды"
    r"|(?<=[пП][оО]\s)средам|(?<=(?:кам|цам|там)\sи\s)средам|(?:пятниц|суббот)(?:а|у|ы|е|ой|ей|ам|ами|ах)"
    r"|воскресень(?:е|я|ю|ем|ям|ями|ях)"
)
_YEAR_WORD = r"\s*(?:-?(?:го|м|й)\s+)?(?:года|году|годом|годе|год|гг?\.|г\b)"
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])"
_MONTH = r"(?P<month>0?[1-9]|1[0-2])"
_CLOCK = r"(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:[.,]\d+)?)?"
_HALF = r"(?P<half>[ap])\.?m\b\.?"
_WORDED = "in|since|during|by|until|till|before|after|from|to|of|between|year|circa|early|late|mid"
_HUNDREDS = r"(?:1[0-9]|20|21)\d\d"

Groups = Mapping[str, str | None]


def _month(word: str) -> int:
    low = fold(word.upper())  # a long s reads as an s
    stems = _EN_STEMS if low.isascii() else _RU_STEMS
    return next(index for index, stem in enumerate(stems, 1) if low.startswith(stem))


def _number(groups: Groups, name: str) -> int | None:
    found = groups.get(name)
    return int(found) if found else None


def _plain(groups: Groups, start: int, end: int) -> Moment:
    """A moment from groups that hold numbers, month names and half-days."""
    month = groups.get("month")
    hour, half = _number(groups, "hour"), (groups.get("half") or "").lower()
    if hour is not None and half:
        hour = hour % 12 + (12 if half == "p" else 0)
    year = _number(groups, "year")
    if year is not None and year < 100:
        year += 2000 if year < 70 else 1900
    return Moment(
        year,
        (int(month) if month.isdigit() else _month(month)) if month else None,
        _number(groups, "day"),
        start,
        end,
        hour=hour,
        minute=0 if half and not groups.get("minute") else _number(groups, "minute"),
        second=_number(groups, "second"),
        quarter=_number(groups, "quarter"),
    )


def _slashed(groups: Groups, start: int, end: int) -> Moment:
    """Month first as Americans write, unless that cannot be."""
    first, second = _number(groups, "a") or 0, _number(groups, "b") or 0
    month, day = (second, first) if first > 12 else (first, second)
    return Moment(_number(groups, "year"), month, day, start, end)


def _decade(groups: Groups, start: int, end: int) -> Moment:
    year = _number(groups, "year") or 0
    return Moment(year if year > 100 else 1900 + year, None, None, start, end, decade=True)


def _century(groups: Groups, start: int, end: int) -> Moment:
    text = (groups.get("century") or "").upper().replace("Х", "X").replace("І", "I")
    if text.isdigit():
        return Moment(None, None, None, start, end, century=int(text))
    values = [{"I": 1, "V": 5, "X": 10}.get(char, 0) for char in text]
    after = [*values[1:], 0]
    total = sum(-value if value < follow else value for value, follow in zip(values, after, strict=True))
    return Moment(None, None, None, start, end, century=total)


def _weekday(groups: Groups, start: int, end: int) -> Moment:
    low = fold((groups.get("name") or "").upper())
    names = _EN_DAYS if low.isascii() else _RU_DAYS
    day = next(index for index, name in enumerate(names) if low.startswith(name))
    return Moment(None, None, None, start, end, weekday=day)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], Callable[[Groups, int, int], Moment], frozenset[str]], ...]:
    """Patterns in the order in which they may claim a place, each with the signs of all its matches."""
    free, end = r"(?<![\w.,/:-])", r"(?![\w:/]|[.,-]\d)"
    year = r"(?P<year>\d{4})(?!\d)"
    return tuple(
        (re.compile(pattern, re.IGNORECASE), maker, frozenset(signs.split()))
        for pattern, maker, signs in (
            (
                rf"{free}{year}([-/.]){_MONTH}\2{_DAY}(?!\d)(?:[T ]\s?{_CLOCK}(?:Z|[+-]\d\d:?\d\d)?)?",
                _plain,
                "year cut",
            ),
            (rf"{free}{_DAY}\.{_MONTH}\.(?P<year>\d{{4}}|\d\d)(?:{_YEAR_WORD})?{end}", _plain, "."),
            (rf"{free}(?P<a>0?[1-9]|[12]\d|3[01])/(?P<b>0?[1-9]|[12]\d|3[01])/{year}{end}", _slashed, "/"),
            (rf"{free}(?P<year>(?:19|20)\d\d)-(?P<month>0[1-9]|1[0-2]){end}", _plain, "year -"),
            (
                rf"{free}{_DAY}(?:-?го|-?е)?\s+(?P<month>{_RU_MONTH})(?!\w)(?:,?\s+{year}(?:{_YEAR_WORD})?)?",
                _plain,
                "month",
            ),
            (
                rf"{free}{_DAY}(?:st|nd|rd|th)?(?:\s+of)?\s+(?P<month>{_EN_MONTH})(?!\w)(?:,?\s+{year})?",
                _plain,
                "month",
            ),
            (
                rf"(?<!\w)(?P<month>{_EN_MONTH})\s+{_DAY}(?:st|nd|rd|th)?(?![\w%]|[.,:]\d)(?:,?\s+{year})?",
                _plain,
                "month",
            ),
            (rf"(?<!\w)(?P<month>{_EN_MONTH})(?:\s+of)?,?\s+{year}(?!\w)", _plain, "month year"),
            (rf"(?<!\w)(?P<month>{_RU_MONTH}),?\s+{year}(?:{_YEAR_WORD})?(?!\w)", _plain, "month year"),
            (rf"(?<![\d:.,]){_CLOCK}(?:\s*{_HALF})?(?![\d:])", _plain, ":"),
            (rf"(?<![\d:.,])(?P<hour>1[0-2]|0?[1-9])\s*{_HALF}(?!\w)", _plain, "half"),
            (rf"{free}(?P<year>\d{{3}}0)['’]?s(?!\w)", _decade, "year"),
            (
                rf"{free}(?P<year>(?:1\d|20)?\d0)-(?:е|х|м|ми)(?:\s+год(?:ы|ов|ах|ам|ами))?(?!\w)",
                _decade,
                "-",
            ),
            (r"(?<!\w)(?P<century>\d\d?)(?:st|nd|rd|th)[\s-]+centur(?:y|ies)(?!\w)", _century, "centur"),
            (
                r"(?<!\w)(?P<century>\d\d?|[XVIХІ]{1,6})(?:-?(?:й|го|м|му))?\s+(?:век(?:а|у|ом|е)?|в\.)(?!\w)",
                _century,
                "век",
            ),
            (
                r"(?<!\w)(?P<quarter>[1-4])(?:-?(?:й|го|м|му))?\s+квартал(?:а|у|ом|е)?"
                rf"(?:\s+{year}(?:{_YEAR_WORD})?)?(?!\w)",
                _plain,
                "квартал",
            ),
            (rf"(?<!\w)Q(?P<quarter>[1-4])(?:\s+(?:of\s+)?{year})?(?!\w)", _plain, "q"),
            (rf"{free}(?P<year>{_HUNDREDS}){_YEAR_WORD}(?!\w)", _plain, "year г"),
            (rf"{free}(?P<year>{_HUNDREDS})-(?:м|го|му|й)(?!\w)", _plain, "year -"),
            (
                rf"(?<!\w)(?:{_WORDED})[\s-]+"
                rf"(?P<year>(?:1[5-9]|20)\d\d){end}(?!\s*(?:[%$€₽]|[kKMG]?B\b|tokens?\b|pages\b))",
                _plain,
                "year",
            ),
            (r"(?<=\()(?P<year>(?:19|20)\d\d)(?=\))", _plain, "year )"),
            (
                rf"{free}(?P<year>(?:1[5-9]|20)\d\d)(?=\s*(?:[-–—]|по|до|и|to|and|through)\s*\d{{4}}(?:{_YEAR_WORD}))",
                _plain,
                "year г",
            ),
            (r"(?<=\d{4} and )(?P<year>(?:1[5-9]|20)\d\d)(?!\w)", _plain, "year and"),
        )
    )


_FOUR_DIGITS = re.compile(r"\d\d{3}")
_BEHIND = re.compile(r"\d([^\w\s])")
_AM_PM = re.compile(r"[ap](?<=[\d\s].)\.?m")
_LETTER_SIGNS = ("centur", "век", "квартал", "q", "г", "and")
_SHORT_MONTHS = frozenset(("jan feb mar apr jun jul aug sep sept oct nov dec").split())


def _signs(low: str, lows: Set[str]) -> set[str]:
    """What a folded text with digits has that a date may need: a look that rules out most patterns."""
    signs = {sign for sign in _LETTER_SIGNS if sign in low}
    signs.update(_BEHIND.findall(low))
    if "'" in low:
        lows = {part for word in lows for part in word.split("'")}
    if not (lows.isdisjoint(HINTS) and lows.isdisjoint(_SHORT_MONTHS)):
        signs.add("month")
    if _FOUR_DIGITS.search(low):
        signs.add("year")
    if not signs.isdisjoint("-/."):
        signs.add("cut")
    if "в." in low:
        signs.add("век")
    if _AM_PM.search(low):
        signs.add("half")
    return signs


_LETTERED = re.compile(
    rf"(?<!\w)(?:(?:в|с|к|до|после|за|на|по|начале|конце|середине)\s+(?P<ru>{_RU_MONTH})"
    rf"|(?:(?i:in|since|by|until|before|after|last|next|this|early|late|mid)[\s-]+)"
    rf"(?P<en>January|February|March|April|May|June|July|August|September|October|November|December))(?!\w)",
)
_WEEKDAY = re.compile(rf"(?<!\w)(?P<name>{_RU_DAY}|(?i:{'|'.join(_EN_DAYS)}))s?(?!\w)")
_SOFT = ("ь", "я", "ю", "ем", "е")
_HARD = ("", "а", "у", "ом", "е", "и", "ам", "ами", "ах")
HINTS = frozenset(
    [
        stem + end
        for stem in ("январ феврал апрел июн июл сентябр октябр ноябр декабр").split()
        for end in _SOFT
    ]
    + [stem + end for stem in ["март", "август", "понедельник", "вторник", "четверг"] for end in _HARD]
    + [
        stem + end
        for stem in ["пятниц", "суббот", "сред"]
        for end in ("а", "ы", "е", "у", "ой", "ей", "ам", "ами", "ах")
    ]
    + (
        "май мая маю маем мае воскресенье воскресенья воскресенью воскресеньем"
        " воскресеньям воскресеньями воскресеньях"
    ).split()
    + ("век века веке веков веком веку january february march april may june july august september").split()
    + ["october", "november", "december"]
    + [day + end for day in _EN_DAYS for end in ("", "s")]
)
"""Folded words that may be a date in a text without digits."""
_BEFORE = {
    "до": Relation.LESS, "before": Relation.LESS, "until": Relation.LESS, "till": Relation.LESS,
    "раньше": Relation.LESS, "ранее": Relation.LESS, "earlier than": Relation.LESS, "prior to": Relation.LESS,
    "после": Relation.MORE, "after": Relation.MORE, "позже": Relation.MORE, "позднее": Relation.MORE,
    "later than": Relation.MORE, "с": Relation.AT_LEAST, "со": Relation.AT_LEAST, "since": Relation.AT_LEAST,
    "from": Relation.AT_LEAST, "начиная с": Relation.AT_LEAST, "не раньше": Relation.AT_LEAST,
    "не ранее": Relation.AT_LEAST, "no earlier than": Relation.AT_LEAST, "not before": Relation.AT_LEAST,
    "к": Relation.AT_MOST, "ко": Relation.AT_MOST, "by": Relation.AT_MOST, "не позднее": Relation.AT_MOST,
    "не позже": Relation.AT_MOST, "no later than": Relation.AT_MOST, "not later than": Relation.AT_MOST,
    "около": Relation.ABOUT, "примерно": Relation.ABOUT, "circa": Relation.ABOUT, "around": Relation.ABOUT,
    "about": Relation.ABOUT, "приблизительно": Relation.ABOUT, "накануне": Relation.LESS,
}  # fmt: skip
_LETTERS = re.compile(r"[^\W\d_]+")


def _relation(text: str, start: int) -> Relation:
    """What stands before a moment: before, after, since, by."""
    before = text[max(0, start - 28) : start]
    if not before or not before.rstrip()[-1:].isalpha():
        return Relation.EQUAL
    words = [fold(word) for word in _LETTERS.findall(before)[-3:]]
    for count in range(len(words), 0, -1):
        found = _BEFORE.get(" ".join(words[-count:]))
        if found:
            return found
    return Relation.EQUAL


def moments(text: str, lows: Set[str], *, digits: bool) -> list[Moment]:
    """Dates and times in their order.

    Args:
        lows: its folded words. digits: whether it has a digit.
    """
    lettered = not lows.isdisjoint(HINTS)
    if not digits and not lettered:
        return []
    found: list[Moment] = []
    taken = Taken(text)

    def put(moment: Moment) -> None:
        if taken.free(moment.start, moment.end):
            taken.take(moment.start, moment.end)
            relation = _relation(text, moment.start)
            if relation is not Relation.EQUAL:
                named = {name: getattr(moment, name) for name in moment.__slots__}
                moment = Moment(**(named | {"relation": relation}))
            found.append(moment)

    if digits:
        signs = _signs(fold(text), lows)
        for pattern, maker, needed in _patterns():
            if not needed <= signs:
                continue
            for match in pattern.finditer(text):
                first = (
                    match.start("year")
                    if match[0][:1].isalpha() and _WORDED in pattern.pattern
                    else match.start()
                )
                put(maker(match.groupdict(), first, match.end()))
    if lettered:
        for match in _LETTERED.finditer(text):
            name = "ru" if match["ru"] else "en"
            put(Moment(None, _month(match[name]), None, match.start(name), match.end(name)))
        for match in _WEEKDAY.finditer(text):
            put(_weekday(match.groupdict(), match.start(), match.end()))
        if not digits:
            century, maker, _ = next(p for p in _patterns() if "XVI" in p[0].pattern)
            for match in century.finditer(text):
                put(maker(match.groupdict(), match.start(), match.end()))
    return sorted(found, key=lambda moment: moment.start)
