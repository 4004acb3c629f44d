"""Plants for `seeded.py` about facts: notes that differ in a value, a unit or a duty, or only seem to.

Things are told apart by one word of their names, so that every other plant is a near miss of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from random import Random

from seeded_specs import SEE, Sower, Sown

_PLACES_EN = (
    "the Oak Street house", "the harbour office", "the north workshop", "the old mill", "the school kitchen",
    "the village library", "the river station", "the south barn", "the museum cellar", "the airport hotel",
    "the lake cottage", "the print shop",
)  # fmt: skip
_PLACES_RU = (
    "доме на Дубовой улице", "портовой конторе", "северной мастерской", "старой мельнице", "школьной кухне",
    "сельской библиотеке", "речной станции", "южном сарае", "подвале музея", "гостинице аэропорта",
    "домике у озера", "типографии",
)  # fmt: skip
_THINGS_EN = (
    "boiler", "freezer", "water pump", "printer", "router", "heater", "oil tank", "dryer", "projector",
    "compressor", "safe", "generator", "washing machine", "telescope", "workbench", "piano", "sewing machine",
    "loudspeaker", "cash register", "aquarium", "ladder", "scanner", "furnace", "bookcase",
)  # fmt: skip
_THINGS_RU = (
    "котёл", "морозильник", "водяной насос", "принтер", "роутер", "обогреватель", "бак", "проектор",
    "компрессор", "сейф", "генератор", "телескоп", "верстак", "рояль", "станок", "динамик", "холодильник",
    "аквариум", "шкаф", "сканер", "фонарь", "диван", "мотоцикл", "прицеп",
)  # fmt: skip
_GROUPS_EN = ("visitors", "drivers", "guests", "students", "volunteers", "cleaners", "guards", "cooks")
_GROUPS_RU = ("посетители", "водители", "гости", "ученики", "волонтёры", "уборщики", "охранники", "повара")
_DUTIES_EN = (
    "sign the book", "carry a badge", "use the lift", "park in the yard", "bring food", "take photos",
)  # fmt: skip
_DUTIES_RU = (
    "расписываться в журнале", "носить пропуск", "пользоваться лифтом", "парковаться во дворе",
    "приносить еду", "фотографировать",
)  # fmt: skip
_KINDS_EN = ("new", "old", "spare", "large", "green")
_KINDS_RU = ("новый", "старый", "запасной", "большой", "зелёный")
_SORTS_EN = ("young", "foreign", "local", "senior", "new", "weekend", "regular")
_SORTS_RU = ("молодые", "иностранные", "местные", "старшие", "новые", "ночные", "постоянные")
_SAID = {  # verb, unit, the same unit a thousand times smaller or another one, and how many of it
    False: (("weighs", "kg", "g", 1000), ("is wide", "m", "cm", 100), ("draws", "kW", "W", 1000)),
    True: (("весит", "кг", "г", 1000), ("имеет ширину", "м", "см", 100), ("потребляет", "кВт", "Вт", 1000)),
}
_WITH_EN = ("", "As the plate says, ", "According to the manual, ")
_WITH_RU = ("", "По паспорту ", "Как пишут в инструкции, ")


class _Subjects:
    """Things in places, each once."""

    def __init__(self, random: Random) -> None:
        self._left: dict[tuple[bool, str], list[tuple[str, str]]] = {}
        self._random = random

    def thing(self, russian: bool) -> tuple[str, str]:
        """A thing and where it is."""
        things = (_KINDS_RU, _THINGS_RU) if russian else (_KINDS_EN, _THINGS_EN)
        return self._next("thing", russian, *things)

    def group(self, russian: bool) -> tuple[str, str]:
        """People and where they are."""
        groups = (_SORTS_RU, _GROUPS_RU) if russian else (_SORTS_EN, _GROUPS_EN)
        return self._next("group", russian, *groups)

    def _next(
        self, what: str, russian: bool, kinds: tuple[str, ...], names: tuple[str, ...]
    ) -> tuple[str, str]:
        if (russian, what) not in self._left:
            all_of = product(kinds, names, _PLACES_RU if russian else _PLACES_EN)
            self._left[russian, what] = left = [(f"{kind} {name}", place) for kind, name, place in all_of]
            self._random.shuffle(left)
        left = self._left[russian, what]
        if not left:
            raise SystemExit("there are no more things to tell of; lower --defects")
        return left.pop()


def _pair(code: str, russian: bool, one: str, two: str, line: int) -> Sown:
    heads = ("Заметка", "Запись") if russian else ("A note", "A record")
    files = tuple(
        (f"qz-{n}.md", f"# {head}\n\n{text}\n{SEE}")
        for n, head, text in zip("ab", heads, (one, two), strict=True)
    )
    return Sown(code, files, "qz-a.md", line)


def _told(russian: bool, subject: tuple[str, str], verb: str, value: str, lead: str = "") -> str:
    thing, place = subject
    if russian:
        text = f"{thing} в {place} {verb} {value}."
    elif verb == "is wide":
        text = f"the {thing} in {place} is {value} wide."
    else:
        text = f"the {thing} in {place} {verb} {value}."
    return f"{lead}{text}" if lead else text[0].upper() + text[1:]


def facts(subjects: _Subjects) -> Callable[[Sower, bool], Iterator[Sown]]:
    """Values and units."""

    def sow(s: Sower, russian: bool) -> Iterator[Sown]:
        pick = s.random.choice
        verb, unit, small, times = pick(_SAID[russian])
        lead = pick(_WITH_RU if russian else _WITH_EN)
        value = s.random.randrange(2, 60)
        other = value + s.random.randrange(2, 40)
        subject = subjects.thing(russian)
        first = _told(russian, subject, verb, f"{value} {unit}")
        yield _pair(
            "value-conflict", russian, first, _told(russian, subject, verb, f"{other} {unit}", lead), 3
        )
        subject = subjects.thing(russian)
        first = _told(russian, subject, verb, f"{value} {unit}")
        yield _pair(
            "unit-conflict", russian, first, _told(russian, subject, verb, f"{value} {small}", lead), 3
        )
        subject = subjects.thing(russian)
        first = _told(russian, subject, verb, f"{value} {unit}")
        to, year = (" до ", "В 2012 году ") if russian else (" to ", "In 2012 ")
        between = f"{'от ' if russian else ''}{value - 1}{to}{other} {unit}"
        seems = pick(
            (
                _told(russian, subject, verb, between, lead),
                _told(russian, subject, verb, f"{value * times} {small}", lead),
                _told(russian, subjects.thing(russian), verb, f"{other} {unit}", lead),
            )
        )
        yield _pair("value-conflict", russian, first, seems, 0)
        subject = subjects.thing(russian)
        first = _told(russian, subject, verb, f"{value} {unit}", pick(("", year)))
        same = _told(russian, subject, verb, f"{value * times} {small}", lead)
        yield _pair("unit-conflict", russian, first, same, 0)

    return sow


def duties(subjects: _Subjects) -> Callable[[Sower, bool], Iterator[Sown]]:
    """What must be here and may or must not there."""

    def sow(s: Sower, russian: bool) -> Iterator[Sown]:
        pick = s.random.choice
        deed = pick(_DUTIES_RU if russian else _DUTIES_EN)
        must, no = ("должны", "не должны") if russian else ("must", "must not")
        soft = pick((no, "могут" if russian else "may"))

        def said(subject: tuple[str, str], word: str) -> str:
            group, place = subject
            return f"{group.capitalize()} {'в' if russian else 'in'} {place} {word} {deed}."

        subject = subjects.group(russian)
        yield _pair("modality-clash", russian, said(subject, must), said(subject, soft), 3)
        one, two = subjects.group(russian), subjects.group(russian)
        yield _pair("modality-clash", russian, said(one, must), said(two, soft), 0)

    return sow


def fact_sowers(random: Random) -> tuple[Callable[[Sower, bool], Iterator[Sown]], ...]:
    """Makers of plants, which share what they speak of."""
    subjects = _Subjects(random)
    return facts(subjects), duties(subjects)
