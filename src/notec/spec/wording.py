"""By which words a sentence asks for something, how much it asks, and for what kind of thing."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from notec.facts import Modal
from notec.facts.morphology import readings
from notec.facts.values import Facts

Kind = Literal["function", "constraint", "prohibition", "data", "interface", "quality"]
Priority = Literal["must", "should", "may"]

_I = re.IGNORECASE
OBLIGES = frozenset((Modal.MUST, Modal.MUST_NOT, Modal.SHOULD, Modal.SHOULD_NOT))
_PROGRAM = (
    r"(?:program(?:me)?|tool|app(?:lication)?|system|server|service|script|command|bot|library|function|"
    r"method|"
    r"module|utility|package|api|page|screen|report|output|site|website|interface|editor|user|users|result|"
    r"программа|утилита|приложение|система|сервер|сервис|скрипт|команда|бот|библиотека|функция|метод|модуль|"
    r"пакет|страница|экран|отч[её]т|вывод|сайт|интерфейс|редактор|датчик|устройство|пользовател[ьи]|"
    r"результат|"
    r"компилятор|парсер|анализатор|калькулятор|plugin|плагин|compiler|parser|calculator)"
)
_SUBJECT = re.compile(
    rf"^(?:(?:the|this|that|an?|each|every|any|its|эта?|этот|кажд\w+|наш\w*|our|my|"
    rf"мо[яйё])\s+)?(?:[\w-]+\s+)?"
    rf"{_PROGRAM}\b(?:\s+(?:[`«\"][\w.]+[`»\"]|[\w.]+\(\)|\w+_\w+))?",
    _I,
)
_PRONOUN = re.compile(r"^(?:it|they|он|она|оно|они)\b", _I)
_CODE_SUBJECT = re.compile(r"^`?[A-Za-z_][\w.]*(?:\([^)]*\)|`)`?\s+[a-zа-яё]+")
_PURPOSE = re.compile(
    rf"^(?:(?:the|an?|the primary|the main)\s+)?(?:(?:goals?|purpose|objective|idea|цель|задача|идея|"
    rf"смысл)\b|"
    rf"[\w\s-]{{0,40}}?\b{_PROGRAM}\b,?\s+(?:that|which|who|to|for|котор\w+|для|чтобы|designed)\b)",
    _I,
)
_WISH = re.compile(
    r"\b(?:(?:i|we|users?)(?:'d| would)? (?:want|need|wish)|(?:i|we)'d like|"
    r"want(?:ed)?\b.{0,40}\bto\b|would like|"
    r"хочу|хотим|хочется|хотелось бы|мне (?:нужн|надо)\w*|нам (?:нужн|надо)\w*|пусть|"
    r"чтобы (?:можно|был|программ|он))",
    _I,
)
_TALK = re.compile(
    r"^(?:(?:and |so |but |then |well,? |а |и |но |ну,? )?"
    r"(?:we|i|you|мы|я|вы|мне|нам|вам|надо бы|нужно бы|let'?s|давай\w*))\b",
    _I,
)
_CONDITION = re.compile(r"^(?:if|when(?:ever)?|unless|on|for each|if,|если|когда|при|для кажд\w+)\b", _I)
_ABILITY = re.compile(
    r"^(?:ability to|allows?|automatic(?:ally)?|support(?:s|ing)? (?:for|of)\b|possibility|"
    r"возможность|поддержка|умение|автоматическ\w+)\b",
    _I,
)
_FORBIDS = re.compile(
    r"^(?:no|never|without|none of|not|don'?t|do not|avoid|forbid|"
    r"не|никак\w+|никогда|без|запрещ\w+|запретить|избегать)\b|"
    r"\b(?:never|under no circumstances|ни в коем случае|никогда)\b",
    _I,
)
_MAY = re.compile(
    r"\b(?:may|might|could|optional(?:ly)?|nice to have|if possible|где-нибудь потом|можно|допускается|"
    r"по желанию|при желании|опционально|необязательн\w+|если получится|когда-нибудь|хорошо бы|неплохо бы)\b",
    _I,
)
_SHOULD = re.compile(
    r"\b(?:should|ought to|recommended|preferabl[ey]|ideally|следует|желательно|желательн\w+|рекомендуется|"
    r"предпочтительно|лучше|в идеале|хотелось бы|would like)\b",
    _I,
)
_TOLD = """
accept add aggregate align allow answer append apply ask assign avoid back build cache calculate cancel
check choose clean clear close collect color colour compare compile compute configure confirm connect
consist contain convert copy count create cut decode decrypt delete deliver deny detect determine display
divide download draw drop edit emit enable encode encrypt end enforce ensure estimate evaluate exclude
execute exit export extract fail fetch fill filter find follow format generate get give group guarantee
handle help hide highlight identify ignore implement import include indent index inform insert install join
keep label leave let limit link list listen load lock log look lower make map mark match measure merge move
name normalise normalize notify number offer open order output overwrite parse pass pick place play preserve
prevent print process produce protect provide publish query raise rank read receive recognise recognize
reconnect record refuse reject reload remember remind remove rename render repeat replace report require
reset resolve respond restore retry return reuse reverse round run save scale scan schedule search select
send separate serve set show shut skip sort split start stop store strip sum summarise summarize support
switch take test tokenise tokenize track transform translate trim turn update use utilise utilize validate
verify wait warn watch work wrap write
"""
_VERBS = frozenset(_TOLD.split())
_BOUND = re.compile(
    r"\b(?:at most|at least|no more than|no less than|not more than|within|up to|maximum|minimum|"
    r"limit(?:ed)? to|"
    r"only|exactly|between|не (?:более|больше|менее|меньше|дольше|чаще|реже|выше|ниже|позже|раньше)|максимум|"
    r"минимум|не превыша\w+|только|ровно|до \d|от \d|в пределах|за \d)\b|[<>≤≥]=?\s*\d",
    _I,
)
_DATA = re.compile(
    r"\b(?:fields?|records?|schema|stor(?:e|es|ed|age)|database|encoding|columns?|dataset|data|csv|json|"
    r"xml|yaml|"
    r"utf-8|contains?|consists? of|file format|формат\w*|пол[еяй]|запис[ьи]\w*|хран\w+|баз[аеуы] данных|"
    r"кодировк\w+|столб\w+|данны\w+|содержит|состоит)\b",
    _I,
)
_INTERFACE = re.compile(
    r"\b(?:command[- ]line|cli|gui|option|flag|button|menu|endpoint|api|interfaces?|screen|page|argument|"
    r"parameters?|shortcut|keyboard|url|route|prompt|header file|экран\w*|кнопк\w+|меню|команд\w+|"
    r"опци[яийюе]\w*|"
    r"флаг\w*|"
    r"ключ\w* командной|параметр\w*|интерфейс\w*|аргумент\w*|страниц\w+|клавиш\w+|адрес\w*)\b|(?<!\w)--\w",
    _I,
)
_QUALITY = re.compile(
    r"\b(?:fast|quick\w*|easy|easily|user[- ]friendly|intuitive|reliab\w+|robust\w*|secure\w*|performan\w+|"
    r"scalab\w+|maintainab\w+|portab\w+|availab\w+|readab\w+|accura\w+|efficien\w+|latency|response time|"
    r"memory|"
    r"coverage|быстр\w*|удобн\w*|над[её]жн\w*|понятн\w*|безопасн\w*|производительн\w*|масштабируем\w*|"
    r"переносим\w*|точност\w*|время ответа|памят\w+|устойчив\w*|отклик\w*)\b",
    _I,
)
_PAST = re.compile(
    r"\b(?:was|were|had|did|used to|yesterday|last (?:week|year|summer)|вчера|раньше|прошл\w+)\b", _I
)
_FIRST = re.compile(r"[\W\d_]*([^\W\d_]+(?:-[^\W\d_]+)*)")
_ONE_OF = re.compile(
    r"^[^.!?]{1,80}?(?:[:—–-]|\bis|\bare|\bэто)\s*(?:exactly )?(?:one of|any of|од(?:ин|на|но) из)\b"
    r"(?!\s+(?:the|my|our|those|these|them|самых|наших|тех)\b).+(?:,|\b(?:or|или)\b)",
    _I,
)
_LASTS = re.compile(
    r"\b(?:lasts|takes|costs|equals|amounts to|is kept|are kept|длится|длятся|хранится|хранятся|"
    r"занима[ею]т|составля[ею]т|рав(?:ен|на|но|ны)|стоит|стоят|истека[ею]т)\b",
    _I,
)
_THEN = re.compile(r"[:—–]\s+(?:тогда|то)?\s*([а-яё].+)|[:,—–]\s+then\s+(.+)", _I)
_QUESTION = re.compile(r"\?[\s»\")*_]*$")


def is_question(words: str) -> bool:
    return bool(_QUESTION.search(words))


def asks(words: str, facts: Facts, *, listed: bool, item: bool) -> bool:
    """Whether a sentence of an idea asks for something.

    Args:
        listed: it stands under a heading of requirements, where an item needs no word that obliges.
        item: it is an item of a list.
    """
    if is_question(words) or not any(c.isalpha() for c in words):
        return False
    talk = bool(_TALK.match(words))
    if _WISH.search(words):
        return True
    kinds = {m.kind for m in facts.modalities}
    if kinds & {Modal.MUST, Modal.MUST_NOT, Modal.SHOULD, Modal.SHOULD_NOT}:
        return not talk
    if talk:
        return False
    if listed and item:
        return True
    if kinds and (item or _about_program(words)):
        return True
    if _PAST.search(words):
        return False
    if _imperative(words) or _PURPOSE.match(words) or _ABILITY.match(words) or _about_program(words):
        return True
    if _CONDITION.match(words) and "," in words:
        return True
    if _ONE_OF.match(words) or any(_imperative(m[1] or m[2]) for m in _THEN.finditer(words)):
        return True
    if _LASTS.search(words) and any(q.unit and not q.weak for q in facts.quantities):
        return True
    bounded = any(q.relation.direction and (q.unit or not q.weak) for q in facts.quantities)
    return bounded or (item and bool(_FORBIDS.search(words)))


def _about_program(words: str) -> bool:
    """The program, a part of it or "it" does something, in the present."""
    match = _SUBJECT.match(words) or _PRONOUN.match(words)
    if match is None:
        return bool(_CODE_SUBJECT.match(words))
    rest = words[match.end() :]
    for word in re.findall(r"[^\W\d_]+", rest)[:3]:
        if word.isascii():
            low = word.lower()
            if low in ("is", "are", "can", "will", "has", "have") or low.removesuffix("s") in _VERBS:
                return True
            if low.removesuffix("es") in _VERBS or (low.endswith("ies") and low[:-3] + "y" in _VERBS):
                return True
        elif _is_verb(word):
            return True
    return False


@lru_cache(maxsize=8192)
def _is_verb(word: str) -> bool:
    best = readings(word)[:1]
    return bool(best) and "VERB" in best[0].marks and "past" not in best[0].marks


def _imperative(words: str) -> bool:
    """It begins by telling what to do: "Print ...", "Считать ...", "Выведи ...", "Optionally show ..."."""
    at = 0
    for _ in range(2):
        match = _FIRST.match(words, at)
        if match is None:
            return False
        at = match.end()
        low, rest = match[1].lower(), words[at:].strip()
        if not rest or rest[0] in ":.,;)":
            return False
        if low in ("never", "always", "не", "никогда", "всегда") or low in _VERBS:
            return True
        best = readings(low)[:1]
        if best and best[0].marks & {"INFN", "impr"}:
            return True
        is_adverb = low == "also" or low.endswith(("ly", "но")) or (best and "ADVB" in best[0].marks)
        if not is_adverb:
            return False
    return False


def forbids(words: str, facts: Facts) -> bool:
    """Whether it says what may not be."""
    kinds = [m.kind for m in facts.modalities]
    if kinds and kinds[0] in (Modal.MUST_NOT, Modal.SHOULD_NOT):
        return True
    return bool(_FORBIDS.search(words)) and not (kinds and kinds[0] in (Modal.MAY, Modal.NEED_NOT))


def priority(words: str, facts: Facts, default: Priority = "must") -> Priority:
    """How much it asks: the first word that says so decides."""
    ranks: list[tuple[int, Priority]] = []
    for modality in facts.modalities:
        name = modality.kind
        if name in (Modal.MUST, Modal.MUST_NOT):
            ranks.append((modality.start, "must"))
        elif name in (Modal.SHOULD, Modal.SHOULD_NOT):
            ranks.append((modality.start, "should"))
        elif name is Modal.NEED_NOT:
            ranks.append((modality.start, "may"))
    for pattern, rank in ((_SHOULD, "should"), (_MAY, "may")):
        if found := pattern.search(words):
            ranks.append((found.start(), rank))  # type: ignore[arg-type]
    return min(ranks)[1] if ranks else default


def kind(words: str, facts: Facts) -> Kind:
    """What kind of thing it asks for."""
    if forbids(words, facts):
        return "prohibition"
    if _BOUND.search(words) or any(q.relation.direction for q in facts.quantities):
        return "constraint"
    if _QUALITY.search(words):
        return "quality"
    if _INTERFACE.search(words):
        return "interface"
    if _DATA.search(words) and not _acts(words):
        return "data"
    return "function"


def _acts(words: str) -> bool:
    """It is the doing that is asked for, and the data are only what it is done with."""
    first = _FIRST.match(words)
    verb = re.search(
        r"\b(?:must|shall|should|can|will|должн\w+|долж\w+|может|умеет|нужно|надо)\s+(?:быть\s+)?([^\W\d_]+)",
        words,
        _I,
    )
    name = (verb[1] if verb else first[1] if first else "").lower()
    return name not in ("store", "contain", "consist", "have", "be", "хранить", "содержать", "иметь", "быть")
