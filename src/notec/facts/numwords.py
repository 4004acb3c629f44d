"""Numbers written in words, Russian in every case, and English."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

# A class tells how a word joins its neighbours: `unit` below ten, `teen`, `ten`, `hundred` (a
# Russian word for hundreds), `times` (multiplies what stands before it), `part` (a fraction).


class NumberWord(NamedTuple):
    value: float
    role: str


def _russian() -> dict[str, NumberWord]:
    table: dict[str, NumberWord] = {}

    def put(value: float, role: str, forms: str) -> None:
        table.update((form, NumberWord(value, role)) for form in forms.split())

    put(0, "unit", "ноль нуль нуля нулю нулем нуле ноля нолю нолем ноле")
    put(1, "one", "один одна одно одного одной одному одним одном одну одною")
    put(2, "unit", "два две двух двум двумя двое двоих двоим двоими оба обе обоих обеих обоим обеим")
    put(3, "unit", "три трех трем тремя трое троих троим троими")
    put(4, "unit", "четыре четырех четырем четырьмя четверо четверых четверым четверыми")
    fives = {5: "пят", 6: "шест", 7: "сем", 9: "девят", 10: "десят"}
    for value, stem in fives.items():
        put(value, "unit" if value < 10 else "teen", f"{stem}ь {stem}и {stem}ью")
    put(8, "unit", "восемь восьми восьмью восемью")
    put(5, "unit", "пятеро пятерых пятерым пятерыми")
    put(6, "unit", "шестеро шестерых шестерым шестерыми")
    put(7, "unit", "семеро семерых семерым семерыми")
    teens = "один две три четыр пят шест сем восем девят"
    for value, stem in enumerate(teens.split(), 11):
        put(value, "teen", " ".join(f"{stem}надцат{ending}" for ending in ("ь", "и", "ью")))
    for value, stem in {20: "двадцат", 30: "тридцат"}.items():
        put(value, "ten", f"{stem}ь {stem}и {stem}ью")
    put(40, "ten", "сорок сорока")
    for value, stem in {50: "пят", 60: "шест", 70: "сем"}.items():
        put(value, "ten", f"{stem}ьдесят {stem}идесяти {stem}ьюдесятью")
    put(80, "ten", "восемьдесят восьмидесяти восьмьюдесятью восемьюдесятью")
    put(90, "ten", "девяносто девяноста")
    put(100, "hundred", "сто ста")
    put(200, "hundred", "двести двухсот двумстам двумястами двухстах")
    put(300, "hundred", "триста трехсот тремстам тремястами трехстах")
    put(400, "hundred", "четыреста четырехсот четыремстам четырьмястами четырехстах")
    for value, stem in {500: "пят", 600: "шест", 700: "сем", 900: "девят"}.items():
        put(value, "hundred", f"{stem}ьсот {stem}исот {stem}истам {stem}ьюстами {stem}истах")
    put(800, "hundred", "восемьсот восьмисот восьмистам восемьюстами восьмьюстами восьмистах")
    put(100, "times", "сотня сотни сотню сотней сотне")
    put(100, "vague", "сотен сотням сотнями сотнях")
    put(10, "times", "десяток десятка десятку десятком десятке")
    put(10, "vague", "десятки десятков десяткам десятками десятках")
    put(12, "times", "дюжина дюжины дюжину дюжиной дюжине дюжин")
    put(1e3, "times", "тысяча тысячу тысячей тысячью тысяче тысячи тыс")
    put(1e3, "vague", "тысяч тысячам тысячами тысячах")
    for much, stem in {1e6: "миллион", 1e9: "миллиард", 1e12: "триллион"}.items():
        put(much, "times", " ".join(stem + ending for ending in ("", "а", "у", "ом", "е")))
        put(much, "vague", " ".join(stem + ending for ending in ("ы", "ов", "ам", "ами", "ах")))
    put(1e6, "times", "млн")
    put(1e9, "times", "млрд")
    put(1e12, "times", "трлн")
    put(1.5, "unit", "полтора полторы полутора")
    put(0.5, "part", "половина половины половину половиной половине")
    put(1 / 3, "part", "треть трети третью третей")
    put(0.25, "part", "четверть четверти четвертью четвертей")
    put(2, "fold", "вдвое дважды двукратно двукратный двукратное двукратного")
    put(3, "fold", "втрое трижды трехкратно трехкратный")
    put(4, "fold", "вчетверо четырежды")
    put(5, "fold", "впятеро")
    put(10, "fold", "вдесятеро десятикратно")
    put(1.5, "fold", "полуторакратно")
    ordinals = (
        "1:перв 2:втор 4:четверт 5:пят 6:шест 7:седьм 8:восьм 9:девят 10:десят 11:одиннадцат 12:двенадцат"
        " 13:тринадцат 14:четырнадцат 15:пятнадцат 16:шестнадцат 17:семнадцат 18:восемнадцат 19:девятнадцат"
        " 20:двадцат 30:тридцат 40:сороков 50:пятидесят 60:шестидесят 70:семидесят 80:восьмидесят"
        " 90:девяност 100:сот 1000:тысячн"
    )
    for item in ordinals.split():
        value_text, stem = item.split(":")
        nominative = "ой" if value_text in ("2", "6", "7", "8", "40") else "ый"
        endings = {nominative, "ого", "ому", "ым", "ом", "ая", "ой", "ую", "ое", "ые", "ых", "ыми"}
        put(int(value_text), "ordinal", " ".join(stem + ending for ending in endings))
    put(
        3, "ordinal", "третий третьего третьему третьим третьем третья третьей третье третьи третьих третьими"
    )
    return table


def _english() -> dict[str, NumberWord]:
    table: dict[str, NumberWord] = {}
    low = ("zero one two three four five six seven eight nine").split()
    teens = ("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen").split()
    tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
    table.update((word, NumberWord(value, "unit")) for value, word in enumerate(low))
    table["one"] = NumberWord(1, "one")
    table.update((word, NumberWord(value, "teen")) for value, word in enumerate(teens, 10))
    table.update(
        (word, NumberWord(value, "ten")) for value, word in zip(range(20, 100, 10), tens, strict=True)
    )
    for value, word in {
        1e2: "hundred",
        1e3: "thousand",
        1e6: "million",
        1e9: "billion",
        1e12: "trillion",
    }.items():
        table[word] = NumberWord(value, "times")
        table[word + "s"] = NumberWord(value, "vague")
    for value, forms in {1e6: "mln", 1e9: "bn", 1e12: "trn"}.items():
        table[forms] = NumberWord(value, "times")
    table["dozen"] = NumberWord(12, "times")
    table["dozens"] = NumberWord(12, "vague")
    table["both"] = table["couple"] = NumberWord(2, "unit")
    table["half"] = NumberWord(0.5, "part")
    for value, forms in {1 / 3: "third thirds", 0.25: "quarter quarters"}.items():
        table.update((form, NumberWord(value, "part")) for form in forms.split())
    for value, forms in {1: "once", 2: "twice doubled doubles", 3: "thrice tripled triples"}.items():
        table.update((form, NumberWord(value, "fold")) for form in forms.split())
    for value, forms in {2: "twofold", 3: "threefold", 10: "tenfold"}.items():
        table[forms] = NumberWord(value, "fold")
    ordinals = (
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth"
        " fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
    ).split()
    table.update((word, NumberWord(value, "ordinal")) for value, word in enumerate(ordinals, 1))
    table["hundredth"] = NumberWord(100, "ordinal")
    for value, word in zip(range(30, 100, 10), tens[1:], strict=True):
        table[word[:-1] + "ieth"] = NumberWord(value, "ordinal")
    return table


WORDS: dict[str, NumberWord] = {**_russian(), **_english()}


class Spelled(NamedTuple):
    """A number in words: `low` to `high` (they differ for "thousands"), over `used` words."""

    low: float
    high: float
    used: int
    kind: str  # cardinal, ordinal, part, fold, one


_RANK = {"hundred": 3, "ten": 2, "teen": 1, "unit": 1, "one": 1}


def spelled(words: Sequence[str], at: int = 0, start_value: float | None = None) -> Spelled | None:
    """The number that starts at `words[at]`, the longest one; `None` where there is none.

    Args:
        words: folded words (lower case, ё as е); hyphenated English numbers as two words.
        start_value: a number in digits that stands before `words[at]` ("5 тысяч"); then only
            words that multiply may follow.
    """
    total, group, rank = 0.0, start_value, 4 if start_value is None else 0
    biggest = float("inf")
    index, kind, vague = at, "cardinal", False
    while index < len(words):
        word = words[index]
        entry = WORDS.get(word)
        if entry is None:
            joins = word == "and" and index > at and group is not None and group >= 100
            following = WORDS.get(words[index + 1]) if joins and index + 1 < len(words) else None
            if following is None or following.role not in ("unit", "one", "teen", "ten"):
                break
            index += 1
            continue
        value, role = entry
        if role in _RANK:
            if _RANK[role] >= rank or (group is not None and value >= _lowest_place(group)):
                break
            group, rank = (group or 0.0) + value, _RANK[role]
            kind = "one" if role == "one" and index == at else "cardinal"
            if word in ("полтора", "полторы", "полутора", "оба", "обе", "both", "couple"):
                rank = 0
        elif role in ("times", "vague"):
            if group is None and total:
                break
            if role == "vague" and group is None:
                vague = True
            if value >= biggest and value >= 1e3:
                break
            if word in ("тысячи", "сотни") and group is None:
                vague = True
            if value < 1e3 and not vague:
                group, rank = (1.0 if group is None else group) * value, 3 if value == 100 else 0
            else:
                total, group, rank = total + (1.0 if group is None else group) * value, None, 4
                biggest = value
                if vague:
                    total, index, kind = _vague_chain(words, index, value)
                    return Spelled(total, total * 10, index - at, kind)
            kind = "cardinal"
        elif role == "ordinal":
            if group is not None and value >= _lowest_place(group):
                break
            return Spelled(
                total + (group or 0.0) + value, total + (group or 0.0) + value, index + 1 - at, "ordinal"
            )
        elif role == "part" and index == at and start_value is None:
            return Spelled(value, value, 1, "part")
        elif role == "part" and group is not None and index > at and value < 0.5:
            return Spelled(group * value, group * value, index + 1 - at, "part")
        elif role == "fold" and index == at and start_value is None:
            return Spelled(value, value, 1, "fold")
        else:
            break
        index += 1
    if index == at:
        return None
    value = total + (group or 0.0)
    return Spelled(value, value, index - at, kind)


def _lowest_place(value: float) -> float:
    """The place of the last digit that is not zero: 100 for 200, 10 for 20, 1 for 21."""
    for place in (100.0, 10.0):
        if value and value % place == 0:
            return place
    return 1.0 if value else float("inf")


def _vague_chain(words: Sequence[str], index: int, value: float) -> tuple[float, int, str]:
    """ "десятки тысяч", "hundreds of millions": the product, and the index past it."""
    total = value
    index += 1
    while index < len(words):
        skip = 1 if words[index] == "of" and index + 1 < len(words) else 0
        entry = WORDS.get(words[index + skip])
        if entry is None or entry.role not in ("vague", "times") or entry.value <= value:
            break
        total, value, index = total * entry.value, entry.value, index + skip + 1
    return total, index, "cardinal"
