"""Numbers in digits: signs, thousands in both languages, decimals, powers, fractions."""

from __future__ import annotations

import re
from typing import NamedTuple

_SPACE = "[ \u00a0\u202f\u2009\u2007]"
DIGITS = re.compile(
    rf"\d{{1,3}}(?:{_SPACE}\d{{3}})+(?!\d)(?:[.,]\d+)?"
    r"|\d{1,3}(?:[,'’]\d{3})+(?![\d])(?:\.\d+)?"
    r"|\d{1,3}(?:\.\d{3})+(?!\d),\d+|\d{1,3}(?:\.\d{3}){2,}(?!\d)"
    r"|\d+(?:[.,]\d+)?"
)
_GROUPED = re.compile(rf"{_SPACE}|['’]")
_POWER = re.compile(
    r"\s?[×x·*⋅]\s?10(?:(?:\^|\*\*)([-−]?\d{1,3})|([⁻⁰¹²³⁴-⁹]{1,4}))|[eE]([+-]?\d{1,3})(?!\w)"
)
_SUPERSCRIPT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")
_SUFFIX = re.compile(r"(?:[kKкКMМBТT]|тыс|млн|млрд)(?![\w/])")
_SUFFIX_VALUE = {"k": 1e3, "к": 1e3, "m": 1e6, "м": 1e6, "b": 1e9, "t": 1e12, "т": 1e12}
_FRACTION = re.compile(r"/(\d{1,2})(?![\d/.,]\d|\w)")
_VULGAR = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3, "⅛": 0.125}


class Numeral(NamedTuple):
    """A number in digits over `text[start:end]`, with its digits after the point."""

    value: float
    digits: int
    end: int


def _value(form: str, language: str) -> tuple[float, int]:
    """Value and decimals of a form of `DIGITS`."""
    if form.isdecimal():
        return float(form), 0
    bare = _GROUPED.sub("", form)
    commas, dots = bare.count(","), bare.count(".")
    if commas + dots == 0:
        return float(bare), 0
    if commas and dots:
        point = max(bare.rfind(","), bare.rfind("."))
        whole = re.sub("[.,]", "", bare[:point])
        return float(f"{whole}.{bare[point + 1 :]}"), len(bare) - point - 1
    if commas + dots > 1:
        return float(re.sub("[.,]", "", bare)), 0
    whole, _, part = bare.replace(",", ".").partition(".")
    groups = len(part) == 3 and whole not in ("", "0") and len(whole) <= 3 and bare == form
    if groups and commas and (language != "ru" or part == "000"):
        return float(whole + part), 0
    if groups and dots and language == "ru" and part == "000":
        return float(whole + part), 0
    return float(f"{whole}.{part}"), len(part)


def numeral(text: str, match: re.Match[str], language: str) -> Numeral:
    """The number at a match of `DIGITS`, with what belongs to it: a power of ten, `64K`, `7B`, a fraction."""
    value, digits = _value(match[0], language)
    end = match.end()
    power = _POWER.match(text, end)
    if power:
        exponent = int((power[1] or power[2] or power[3]).translate(_SUPERSCRIPT))
        if abs(exponent) <= 300:
            return Numeral(value * 10.0**exponent, max(0, digits - exponent), power.end())
    suffix = _SUFFIX.match(text, end)
    if suffix and suffix[0].lower() in _SUFFIX_VALUE and not _unit_letter(suffix[0]):
        return Numeral(value * _SUFFIX_VALUE[suffix[0].lower()], 0, suffix.end())
    if digits == 0 and value < 100:
        fraction = _FRACTION.match(text, end)
        if fraction and 1 < int(fraction[1]) <= 16 and value < int(fraction[1]):
            return Numeral(value / int(fraction[1]), 3, fraction.end())
    if text[end : end + 1] in _VULGAR:
        return Numeral(value + _VULGAR[text[end]], 3, end + 1)
    return Numeral(value, digits, end)


def _unit_letter(letter: str) -> bool:
    """Letters that mean a unit rather than a multiple when they stand close to a number."""
    return letter in "МТ"
