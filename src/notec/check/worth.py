"""Which numbers, dates, versions and names of a statement tell something of a thing, and so can clash."""

from __future__ import annotations

import re

from notec.check.verbs import is_verb
from notec.facts import Modality, Quantity
from notec.facts.stems import fold
from notec.facts.values import Moment, Version

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_COMPARES = re.compile(
    r"\s+(?:as|an?|per|in|the|more|less|в|чем|больше|меньше|выше|ниже|дороже|дешевле|\w{2,}er|\w{2,}ее)(?!\w)"
)
_SUM = frozenset("×*+÷^")
_BITS = re.compile(r"\d+[-‑ ]?(?:bit|бит|разрядн)(?!s)", re.IGNORECASE)
_NOT_COUNTED = re.compile(r"[/_#№]\s?$")
_STEP = re.compile(
    r"(?<!\w)(?:top|first|last|next|step|stage|phase|page|chapter|section|figure|table|row|column|line|item|part"
    r"|level|type|field|no|number|шаг\w?|этап\w?|глав\w|раздел\w?|страниц\w|рисун\w+|таблиц\w|строк\w|столб\w+"
    r"|пункт\w?|част\w|уров\w+|тип\w?|пол[ея]|топ|первы[еx]|последни[еx]|номер\w?)\s$",
    re.IGNORECASE,
)
_ERA = re.compile(r"\s?(?:BC|BCE|AD|CE|до н\.?\s?э|н\.?\s?э)(?!\w)")
_OF_YEAR = re.compile(r"(?<!\w)(?:the|an?|of|in|since|from|until|в|с|до|от|к)\s$", re.IGNORECASE)
_TOLD = re.compile(r"(?:[:=|—–]|\b(?:is|are|was|equals|of|set to)|\b(?:равн\w+|составля\w+))\s*$")
_ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,2}|1\d\d|2[0-5]\d)(?:\.(?:\d{1,2}|1\d\d|2[0-5]\d)){3}(?![\d.])")
_POINTED = re.compile(r"\d\.\d")
_PADDED = re.compile(r"(?<![\d.])0\d")
_AS_OF = re.compile(
    r"\b(?:as of|as at|since|starting|effective|по состоянию на|на момент|начиная с|действует с|с)\s*$",
    re.IGNORECASE,
)
_AT_YEAR = re.compile(r"(?<!\w)на\s*$", re.IGNORECASE)  # "на 2010 год"
_RELATIVE = re.compile(
    r"(?<!\w)(?:котор\w{2,3}|which|who|that(?=\s+(?:must|may|can|cannot|should|need|has|have|is|are)(?!\w)))"
    r"(?!\w)",
    re.IGNORECASE,
)

_LABELLED = re.compile(
    r"^(?P<label>[^\W\d_]{3,}(?:\s[^\W\d_]+){0,5})(?::|\s[—–-]|,?\sis|\sare)\s(?:the\s|ООО\s|АО\s|ИП\s|ПАО\s)?"
    r"(?P<name>[«“\"]?[A-ZА-ЯЁ][\w’'-]+(?:\s[A-ZА-ЯЁ][\w.’'-]*){0,2}[»”\"]?)\s*[.;]?\s*$"
)
"""A label and nothing but a name: "Hotel: Santa Clara", "Заказчик Маяка — АО «Горизонт»"."""
_WHOLE = frozenset(
    """
    debian ubuntu fedora android ios macos freebsd postgresql postgres mysql mariadb java jdk openjdk
    php node nodejs angular drupal rails rust go cuda blender kotlin firefox chrome
    """.split()  # noqa: SIM905
)
"""Programs whose versions are told as whole numbers."""
_SHORT = 80  # characters of a label with a name


def is_value(text: str, q: Quantity) -> bool:
    """Whether a quantity measures or counts: it neither ranks nor compares, and is no part of a sum."""
    if q.weak or q.unit == "ordinal" or (q.unit == "times" and _COMPARES.match(text, q.end)):
        return False
    form = text[q.start : q.end]
    around = text[: q.start].rstrip()[-1:] + text[q.end :].lstrip()[:1]
    padded = form[0] == "0" and form[1:2].isdigit()  # "001,9"
    return not padded and _SUM.isdisjoint(around) and not _BITS.match(form)


def is_number(text: str, q: Quantity) -> bool:
    """Whether a bare number may tell how many or which: no date, step or part of a path."""
    before = text[max(0, q.start - 40) : q.start]
    word = before.rstrip().rfind(" ") + 1
    if _NOT_COUNTED.search(before) or text[q.end : q.end + 1] in ("/", "_") or _STEP.search(before, word):
        return False
    return not _ERA.match(text, q.end)


def is_counted(text: str, q: Quantity) -> bool:
    """Whether a bare number plainly tells how many of something, and is no year or part of a name."""
    before = text[max(0, q.start - 40) : q.start]
    after = _WORD.search(text, q.end, q.end + 40)
    word = after[0] if after else ""
    if 1900 <= q.low <= 2100 and (word.istitle() or not q.nouns or _OF_YEAR.search(before)):
        return False  # "the 2022 Winter Olympics"
    if after and after.start() == q.end + 1 and not word.isascii() and is_verb(fold(word)):
        return False  # "кнопка 4 находится"
    return is_number(text, q) and (bool(q.nouns) or _TOLD.search(before) is not None)


def is_version(text: str, v: Version) -> bool:
    """Whether a number behind a name is a version of it: "Grafana 10.2", "Debian 12", not "Sprint 12"."""
    form = text[v.start : v.end]
    if _ADDRESS.search(form):
        return len(v.parts) == 4
    pointed = _POINTED.search(form) or (v.subject.split()[-1:] and fold(v.subject.split()[-1]) in _WHOLE)
    return bool(pointed) and not _PADDED.search(form)


def is_address(form: str) -> bool:
    """Whether a number of four parts is an address in a network."""
    return _ADDRESS.fullmatch(form.rsplit(maxsplit=1)[-1]) is not None


def is_since(text: str, m: Moment) -> bool:
    """Whether a date says since when, or as of when, a value holds."""
    before = text[max(0, m.start - 24) : m.start]
    return bool(_AS_OF.search(before) or (m.fields.keys() == {"year"} and _AT_YEAR.search(before)))


def is_duty(text: str, clause: int, m: Modality) -> bool:
    """Whether a modality is that of the sentence, and not of a clause that describes something in it."""
    return not _RELATIVE.search(text, clause, m.start)


def is_labelled(text: str) -> re.Match[str] | None:
    """The label and the name, where a short statement is nothing else."""
    return _LABELLED.match(text) if len(text) <= _SHORT else None
