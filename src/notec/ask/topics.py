"""Short topics of a note, in dictionary form: what may be asked about outside, two or three words each.

Russian: a noun with its adjectives and a noun in the genitive behind it, put into the nominative
("в пропускную способность памяти" -> "пропускная способность памяти"). English: runs of content words.
Only words that pass the screen are used, so a name breaks a topic, it never becomes part of one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from notec.facts.morphology import inflected, readings
from notec.facts.units import unit_of
from notec.facts.words import STOPWORDS, Token, tokens

_LONGEST = 3  # words
_ADVERB = 0.25  # share of a form's readings from which it is rather an adverb: "дома", "утром"
_BEFORE_NOUN = frozenset(
    ["a", "an", "the", "no", "of", "in", "on", "with", "without", "for", "from", "by", "into", "any"]
)
_EMPTY_WORDS = """
вещь дело раз день год человек слово случай пример часть образ вид сторона время место смысл вопрос ответ
конец начало объём неделя вечер ночь месяц помощь основа качестве тип порядок итог момент цель результат
раздел сведения причина источник выход главное трудность проблема решение ссылка имя число суть вывод утро
следующий предыдущий последующий данный дополнительный обязательный необязательный текущий новый старый
конкретный общий главный нужный возможный последний первый другой иной каждый любой весь важный хороший
плохой
хранилище заметка страница строка вещество мысль thing way case example part kind time day year place
side lot set number end use one
another every last first second next new old good bad big small same different several various following
much many more most less least few other also too only just even still very really well almost usually
often always never again back away up down however make makes made take takes took give gives get gets go
goes come comes say says said see look run runs put keep want need needs know let like things section
information topic page note notes problem solution question answer line reason cause word words hour
minute week month morning evening night bit bits something nothing everything anything must may might
cannot shall ought would could should since until while during though although
"""
_EMPTY = frozenset(_EMPTY_WORDS.split())
_VERBS_WORDS = """
reads costs stays draws lowers stores compresses answers waits beats takes keeps moves uses runs stands
loses says tells shows gives gets goes comes sends asks finds works fails breaks needs wants depends
means becomes begins starts stops ends allows brings holds leads leaves lets lies lives looks makes meets
opens pays plays puts remains requires returns sees seems sets sits speaks stretches supports tries turns
understands walks wins writes yields happens grows falls fills fits follows forgets helps hides includes
increases knows learns likes listens matches matters measures names notes offers owns passes picks
prefers prints produces protects proves pulls pushes raises reaches receives records reduces refuses
rejects relies reports rests rises saves searches sells serves shares slows solves spends spoils steals
suffers tends thinks throws wakes warns watches wears matter lose stand answer keep explains describes
appears applies believes buys calls carries catches causes changes checks chooses claims closes collects
compares contains controls converts copies corrects covers creates cuts deals decides defines deletes
delivers demands deserves drives drops earns eats enters exists expects feels fetches fixes forces gains
generates handles came chose cost dealt did done driven drove fell felt found gave given gone grew grown
held kept knew known laid led left lent lost made meant met paid put ran read risen said sat saw seen sent
set shown slept sold sought spent spoke spoken stood stuck taken taught thought threw told took tore
understood went won wore worn wound written wrote got began became brought tell ask say go come become die
"""
_VERBS = frozenset(_VERBS_WORDS.split())
_NOUN_ENDINGS = (
    "tion",
    "sion",
    "ness",
    "ity",
    "ment",
    "ance",
    "ence",
    "ship",
    "width",
    "ware",
    "acy",
    "ism",
    "age",
    "ture",
)


def is_telling(word: str) -> bool:
    """Whether an English word names a thing rather than framing one."""
    low = word.lower()
    unit = word.isupper() and bool(unit_of(word))  # "a 4 TB disk" is about the disk
    return not (unit or low in STOPWORDS or low in _EMPTY or low in _VERBS or low.endswith(("ly", "ed")))


class Topic(NamedTuple):
    """A topic as it can be asked about, and the place of its words in the text.

    Args:
        key: its main word, as the dictionary has it.
        base: all its words so; two topics that differ in number or case alone share it.
    """

    text: str
    key: str
    base: str
    start: int
    end: int


def topics(text: str, language: str, word: Callable[[str], bool]) -> list[Topic]:
    """The topics of one statement; `word` says which words may be used."""
    out: list[Topic] = []
    run: list[Token] = []
    for token in [*tokens(text), None]:
        joined = not run or (token is not None and text[run[-1].end : token.start] == " ")
        if token is not None and joined and len(token.form) > 1 and word(token.form):
            run.append(token)
            continue
        out += _russian(run) if language == "ru" else _english(run, text)
        run = [token] if token is not None and len(token.form) > 1 and word(token.form) else []
    return out


def _russian(run: list[Token]) -> list[Topic]:
    out: list[Topic] = []
    at = 0
    while at < len(run):
        adjectives = 0
        if _is(run[at], "ADJF") and readings(run[at].form)[0].lemma in _EMPTY:
            at += 1
            continue
        while at + adjectives < len(run) and adjectives < _LONGEST - 1 and _is(run[at + adjectives], "ADJF"):
            adjectives += 1
        head = at + adjectives
        if head >= len(run) or not _is(run[head], "NOUN"):
            at += max(adjectives, 1)
            continue
        found = _in_nominative(run[at:head], run[head])
        end = head + 1
        if found and end < len(run) and adjectives < _LONGEST - 1 and _is(run[end], "NOUN", "gent"):
            found += f" {run[end].form.lower()}"
            end += 1
        reading = readings(run[head].form)[0]
        low = reading.lemma
        if (
            found
            and low not in _EMPTY
            and not (unit_of(low) or unit_of(run[head].form))  # "мин" is a minute before it is a mine
            and "anim" not in reading.marks
        ):  # people are no topic
            base = " ".join(readings(token.form)[0].lemma for token in run[at:end])
            out.append(Topic(found, low, base, run[at].start, run[end - 1].end))
        at = end
    return out


def _is(token: Token, part: str, case: str = "") -> bool:
    """Whether the likeliest reading is this part of speech; with `case`, whether any such reading has it."""
    found = readings(token.form)
    if token.form.lower() in STOPWORDS or not found or part not in found[0].marks:
        return False
    if part == "NOUN" and (
        any("Apro" in r.marks for r in found)  # "другом" is "other" far more often than "friend"
        or sum(r.score for r in found if "ADVB" in r.marks) > _ADVERB
    ):
        return False
    if part == "ADJF" and "Apro" in found[0].marks:
        return False
    return not case or any(part in r.marks and case in r.marks for r in found)


def _in_nominative(adjectives: list[Token], noun: Token) -> str:
    marks = next(r.marks for r in readings(noun.form) if "NOUN" in r.marks)
    number = "plur" if "plur" in marks else "sing"
    gender = marks & {"masc", "femn", "neut"} if number == "sing" else frozenset()
    words = [inflected(a.form, "ADJF", frozenset({"nomn", number, *gender})) for a in adjectives]
    words.append(inflected(noun.form, "NOUN", frozenset({"nomn", number})))
    return " ".join(words) if all(words) else ""


def _english(run: list[Token], text: str) -> list[Topic]:
    """Words side by side that are neither verbs nor fillers; one alone where it is likely a noun."""
    out: list[Topic] = []
    part: list[Token] = []
    for token in [*run, None]:
        if token and is_telling(token.form):
            part.append(token)
            continue
        while part and part[0].form.lower().endswith("ing"):
            part = part[1:]
        part = part[-_LONGEST:]
        if len(part) > 1 or (part and _is_noun(part[0], text)):
            words = [t.form if t.form.isupper() else t.form.lower() for t in part]
            base = " ".join(word.lower().removesuffix("s") for word in words)
            out.append(Topic(" ".join(words), words[-1], base, part[0].start, part[-1].end))
        part = []
    return out


def _is_noun(token: Token, text: str) -> bool:
    """Whether one English word by itself is likely a noun: by its ending, or by the word before it."""
    low = token.form.lower()
    if len(low) > 6 and low.endswith(_NOUN_ENDINGS):
        return True
    before = text[: token.start].split()[-1:]
    return len(low) > 3 and bool(before) and before[0].lower().strip("(\"'") in _BEFORE_NOUN
