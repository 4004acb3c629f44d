"""Signs that a statement brings the kind of thing that was asked for: a name, a time, a number, a reason.

Names, dates and quantities are those that `notec.facts` reads; a place, a reason, a manner or a meaning
shows in a few words of Russian and English.
"""

from __future__ import annotations

import math
import re

from notec.ask.question import Kind, Question
from notec.facts.reader import read

_YEAR = re.compile(r"\b(?:1\d|20)\d\d\b")  # also where no word says that it is a year: "a 1963 film"
_ROLE = re.compile(
    r"\b(?:администратор|пользовател|разработчик|владел[еь]?ц|автор|клиент|сервер|оператор|поставщик"
    r"|administrator|user|developer|owner|author|client|server|operator|provider)",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:in|at|near|from|of)\s+(?:the\s+)?(?:[a-z]+\s+)?[A-Z]\w+"
    r"|\b(?:в|во|на|из|под|над|около|возле|у)\s+(?:[а-яё]+\s+){0,2}?"
    r"(?:[A-ZА-ЯЁ]\w+|папк|файл|каталог|раздел|таблиц|пол[ея]|реестр|столбц|шкаф|ящик|комнат|город)"
    r"|\b(?:сто[ия]т|леж[иа]т|наход[ия]тся|располож\w+|хран[ия]тся|жив[ёеу]т)\s+(?:в|во|на|под|над|за|у|около|рядом)\b",
)
_REASON = re.compile(
    r"\b(?:because|due\s+to|caus|reason|since|so\s+that|in\s+order|therefore|thus|result"
    r"|to\s+(?:avoid|prevent|allow|ensure))"
    r"|\b(?:потому|так\s+как|поскольку|из-за|чтобы|поэтому|благодаря|в\s+связи|ввиду)\b"
    r"|\b(?:причин|позволя|предназнач|служ[иа]т|использу[ею]тся\s+для|нуж[енн]|помога|иначе|может\s+привести)",
    re.IGNORECASE,
)
_MANNER = re.compile(
    r"\b(?:by\s+\w+ing|using|use|call|click|run|select|set|press|open|choose|must|through|via|means)\b"
    r"|\b(?:вызов|вызыв|использ|задайте|задать|укаж|с\s+помощью|пут[её]м|необходимо|нужно|нажм|выполн"
    r"|создайте|создать|выбер|применит|установ|отправ)",
    re.IGNORECASE,
)
_MEANING = re.compile(
    r"\b(?:is|are|was|were)\s+(?:an?|the|one)\b|\b(?:refers\s+to|means|stands\s+for|describes|consists)\b"
    r"|\s[—–-]\s+(?:это\b|[а-яёa-z])|\bэто\b|\b(?:представля[ею]т\s+собой|явля[ею]тся|называ[ею]тся|означает)\b",
    re.IGNORECASE,
)


def fit(question: Question, text: str) -> float:
    """How well what the statement says fits the question's kind: 0 (not at all) to 1.

    A value that stands in the question itself is no news and does not count.
    """
    kind, known = question.kind, question.forms
    if kind is Kind.WHEN:
        said = [text[m.start : m.end] for m in read(text).moments] + _YEAR.findall(text)
        return float(any(moment.lower() not in known for moment in said))
    if kind is Kind.COUNT:
        found = [q for q in read(text).quantities if not q.weak]
        return _grows(sum(text[q.start : q.end].lower() not in known for q in found))
    if kind is Kind.WHO:
        people = any(n.kind == "proper" and not known.issuperset(n.words) for n in read(text).names)
        return 1.0 if people else 0.5 * bool(_ROLE.search(text))
    if kind is Kind.WHERE:
        return _grows(sum(1 for _ in _PLACE.finditer(text)))
    if kind is Kind.DEFINITION:
        return _defines(question, text)
    pattern = {Kind.WHY: _REASON, Kind.HOW: _MANNER}.get(kind)
    return float(bool(pattern.search(text))) if pattern else 0.0


def _defines(question: Question, text: str) -> float:
    """1 where what was asked about stands first and then what it is; half where only one of the two."""
    meaning = _MEANING.search(text)
    if not meaning:
        return 0.0
    before = text[: meaning.start()].lower()
    named = sum(form.lower()[:5] in before for form in question.shown.values())
    return 1.0 if 2 * named >= len(question.shown) and len(before) < 160 else 0.3


def _grows(count: int) -> float:
    """0 for none, then slowly to 1: 0.5, 0.79, 1."""
    return min(math.log2(1 + count) / 2, 1.0)
