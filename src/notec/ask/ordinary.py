"""Which words are ordinary: in a dictionary, no name, no number, no month. Only such may leave unasked.

Russian words are looked up in the dictionary of pymorphy3, which also knows names in all their cases; English
ones in `ordinary_en.txt`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from notec.facts.morphology import is_cyrillic, known, readings
from notec.facts.units import unit_of
from notec.facts.words import STOPWORDS, Analyzer

_PRIVATE = frozenset({"Name", "Surn", "Patr", "Geox", "Orgn", "Trad", "Init", "Abbr"})
NUMERALS = frozenset({"NUMR", "Anum"})
_LIKELY = 0.1  # share of a form's readings from which a lower-case word counts as a name
_MONTHS_WORDS = """
январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь понедельник вторник среда
четверг пятница суббота воскресенье january february march april may june july august september october
november december monday tuesday wednesday thursday friday saturday sunday
"""
MONTHS = frozenset(_MONTHS_WORDS.split())
_COUNTS_WORDS = """
тысяча миллион миллиард сотня десяток дюжина половина треть четверть полтора полторы полтораста zero half
one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand
million billion dozen first second third
"""
COUNTS = frozenset(_COUNTS_WORDS.split()) - {"second"}
_COUNTED = re.compile(  # "двухканальный", "восьмилетний": a number inside a word
    r"(?:дву[хм]?|тр[её]х|четыр[её]х|пяти|шести|восьми|девяти|десяти|\w+дцати|сорока|\w+десяти|\w+сот)[а-яё]{3,}"
    r"|пол-\w+|семи(?:летн|дневн|часов|месячн|этажн|недельн)\w+"
)
_VAGUE = frozenset(["несколько", "много", "мало", "сколько", "столько", "больше", "меньше"])
_SHORT = frozenset(["см", "т.е", "т.д", "т.п", "т.к", "др", "пр", "др.", "напр", "e.g", "i.e", "etc", "vs"])
_SURNAME_WORDS = """
baker barber bell bishop black brown bush butler carpenter carter chapman church clay cole cook cooper
day dean duke farmer field fields fisher fox french gardener glass gold green hall hill hunter king
knight lamb lane law lock long marsh mason miller moon page parker pike pope porter potter price rice
rivers rose shepherd singer snow stone summers swan taylor turner walker wall ward waters weaver west
white wolf wood woods young
"""
_SURNAMES = frozenset(_SURNAME_WORDS.split())  # ordinary words; at the start of a sentence they may be people
_TECHNICAL_WORDS = """
uid api cli cpu csv ddr dns dvd gpu gui html http https ide json kv lan llm llms nas npu nvme ocr pcie pdf
psu ram rest sdk sql sqlite ssd ssh tls tpu ups url usb vpn vram wifi xml yaml hdd bios bluetooth
ethernet linux unix markdown python токен промпт эмбеддинг квантование бэкап плагин фреймворк датасет
нейросеть автодополнение пдф апи ии ллм гпу цпу ссд впн
"""
TECHNICAL = frozenset(_TECHNICAL_WORDS.split())
"""Terms of the trade that no dictionary has and that say nothing of anybody."""
_PERSONS_WORDS = """
я мы ты вы меня мне мной нас нам нами тебя тебе тобой вас вам вами мой моя моё мое мои моего моей моих
моим моему наш наша наше наши нашего нашей наших твой твоя твои ваш ваша ваши он она его её ее i me my
mine we us our ours you your yours he him his she her hers myself ourselves
"""
_PERSONS = frozenset(_PERSONS_WORDS.split())


_LIFE = re.compile(  # health, money, family, law: dictionary words that nobody wants to let out unasked
    r"диагноз|болезн|гипертон|диабет|депресс|онколог|опухол|инсульт|инфаркт|астм|аллерги|эпилеп|шизофр|псих(?:иатр|оз|отер)"
    r"|невроз|беремен|аборт|вич$|гепатит|алкогол|нарко|антидепресс|лекарств|таблет(?:к|ок)|зарплат|долг(?:[аиу]|ом|ов|ам|ами|ах)?$"
    r"|кредит|ипоте[кч]|банкрот|алимент|наследств|взят(?:к|ок)|развод(?:[аеу]|ом)?$|любовни[кц]|секс|интим|судимост|тюр[ье]м|арест"
    r"|уголовн"
    r"|diagnos|hypertens|diabet|depress|cancer|tumou?r|asthma|allerg|epilep|schizo|psych(?:iatr|os|other)|pregnan|abortion"
    r"|hiv$|hepatitis|alcohol|addict|antidepress|medication|salar(?:y|ies)$|wages?$|severance|debts?$|mortgage|bankrupt"
    r"|alimony|divorc|sexual|prison|arrest"
)


def is_ordinary(form: str) -> bool:
    """Whether a word is one of the dictionary, no name, no numeral, and not of somebody's life."""
    low = form.casefold()
    if _LIFE.match(low):
        return False
    if low in STOPWORDS or low in _VAGUE or low in TECHNICAL or low in _SHORT:
        return True
    if is_unit(form) or form == "may":
        return True
    if is_cyrillic(form):
        found = readings(form)
        if any(r.lemma in TECHNICAL for r in found):
            return True
        if not known(form) or _COUNTED.fullmatch(low):
            return False
        if any(r.marks & NUMERALS or r.lemma in MONTHS | COUNTS for r in found):
            return False
        likely = sum(r.score for r in found if r.marks & _PRIVATE)
        return likely < (_LIKELY if form[0].islower() else 1e-9)
    stems, stem = _english()
    pieces = re.split(r"['’-]", low)
    return form.isascii() and all(
        p in STOPWORDS or (p not in MONTHS | COUNTS and stem.term(p) in stems) for p in pieces
    )


def is_unit(form: str) -> bool:
    return bool(unit_of(form)) and not (
        form.istitle() and len(form) > 2
    )  # "ГБ" and "Вт", but not "Ом" or "Bar"


def may_be_somebody(form: str) -> bool:
    """Whether an ordinary word is also worn as a name: "Мельник", "Baker"."""
    if not is_cyrillic(form):
        return form.casefold() in _SURNAMES
    found = readings(form)[:1]
    return bool(found) and {"NOUN", "anim"} <= found[0].marks and "plur" not in found[0].marks


def spoken_privately(words: Iterable[str]) -> bool:
    """Whether a clause speaks of its writer or to somebody: then it is about a life, not a topic."""
    for word in words:
        low = word.casefold()
        if low in _PERSONS or any(r.marks & {"1per", "2per"} for r in readings(word)[:1]):
            return True
    return False


@cache
def _english() -> tuple[frozenset[str], Analyzer]:
    """Stems of the ordinary English words, and what stems a word."""
    analyzer = Analyzer()
    text = files("notec.ask").joinpath("ordinary_en.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(analyzer.term(word) for line in lines for word in line.split()), analyzer
