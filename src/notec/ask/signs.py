"""Signs that a statement brings the kind of thing that was asked for: a name, a time, a number, a reason.

Cheap on purpose: hundreds of statements are looked at for one question, in a few milliseconds. What a
value *means* (units, ranges, relations) is the business of `notec.facts`, where a claim is verified.
"""

from __future__ import annotations

import math
import re

from notec.ask.question import Kind, Question
from notec.facts.words import STOPWORDS

_MONTHS = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?"
    r"|январ[яьею]|феврал[яьею]|март[ае]?|апрел[яьею]|ма[йяею]|июн[яьею]|июл[яьею]|август[ае]?|сентябр[яьею]|октябр[яьею]"
    r"|ноябр[яьею]|декабр[яьею]"
)
_TIME = re.compile(
    rf"\b(?:1\d{{3}}|20\d\d)(?:s|-[а-я]{{1,2}})?\b|\b(?:{_MONTHS})\b|\b\d{{1,2}}[.:]\d\d(?:\b|[.:])"
    r"|\bcentur(?:y|ies)\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b\d+\s?(?:AD|BC|BCE|CE)\b"
    r"|\bвек(?:а|е|ов)?\b|\bгод(?:а|у|ах|ы)?\b|\bпонедельник|\bвторник|\bсред[ау]\b|\bчетверг|\bпятниц|\bсуббот|\bвоскресень",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\b\d[\d\u00a0 .,]*\b"
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|twenty|thirty|forty"
    r"|fifty|hundred|thousand|million|billion|dozen|both|twice|once|half"
    r"|дв(?:а|е|ух|ум|умя|ое)|тр(?:и|[её]х|[её]м|емя|ое)|четыр(?:е|[её]х|[её]м|ьмя)|пят(?:и|ь|ью)|шест(?:и|ь|ью)|сем(?:и|ь|ью)"
    r"|восемь|восьми|девят(?:и|ь)|десят(?:и|ь|ок|ка)|сто|сотн[яиюе]\w*|тысяч\w*|миллион\w*|миллиард\w*|дважды|трижды"
    r"|оба|обе|обоих|половин\w+|нескольк\w+|один|одн[аоуи]|одного|одной|одним)\b",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"[A-ZА-ЯЁ][\w'’.-]*(?:\s+(?:(?:of|the|de|von|van|and|al|la|фон|де)\s+)?[A-ZА-ЯЁ][\w'’.-]*)*"
)
_ROLE = re.compile(
    r"\b(?:администратор|пользовател|разработчик|владел[еь]?ц|автор|клиент|сервер|оператор|поставщик|приложени"
    r"|administrator|user|developer|owner|author|client|server|operator|provider)",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:in|at|near|from|of)\s+(?:the\s+)?(?:[a-z]+\s+)?[A-Z]\w+"
    r"|\b(?:в|во|на|из|под|над|около|возле|у)\s+(?:[а-яё]+\s+){0,2}?(?:[A-ZА-ЯЁ]\w+|папк|файл|каталог|раздел|таблиц|пол[ея]|реестр|столбц)",
)
_REASON = re.compile(
    r"\b(?:because|due\s+to|caus|reason|since|so\s+that|in\s+order|therefore|thus|result|to\s+(?:avoid|prevent|allow|ensure))"
    r"|\bпотому\b|\bтак\s+как\b|\bпоскольку\b|\bиз-за\b|\bчтобы\b|\bпоэтому\b|\bблагодаря\b|\bв\s+связи\b|\bввиду\b|\bпричин"
    r"|\bпозволя|\bпредназнач|\bслуж[иа]т|\bиспользу[ею]тся\s+для\b|\bнуж[енн]|\bпомога|\bрешает\b|\bиначе\b|\bможет\s+привести\b",
    re.IGNORECASE,
)
_MANNER = re.compile(
    r"\b(?:by\s+\w+ing|using|use|call|click|run|select|set|press|open|choose|must|through|via|means)\b"
    r"|\bвызов|\bвызыв|\bиспольз|\bзада(?:йте|ть)|\bукаж|\bс\s+помощью\b|\bпут[её]м\b|\bнеобходимо\b|\bнужно\b|\bнажм"
    r"|\bвыполн|\bсозда(?:йте|ть)|\bвыбер|\bприменит|\bустанов|\bотправ",
    re.IGNORECASE,
)
_MEANING = re.compile(
    r"\b(?:is|are|was|were)\s+(?:an?|the|one)\b|\b(?:refers\s+to|means|stands\s+for|describes|consists)\b"
    r"|[—–-]\s+(?:это\b|[а-яё])|\bэто\b|\bпредставля[ею]т\s+собой\b|\bявля[ею]тся\b|\bназыва[ею]тся\b|\bозначает\b",
    re.IGNORECASE,
)
_PATTERNS = {Kind.WHY: _REASON, Kind.HOW: _MANNER, Kind.DEFINITION: _MEANING}


def fit(question: Question, text: str) -> float:
    """How well the statement's own values fit the question's kind: 0 (not at all) to 1.

    A value that stands in the question itself is no news and does not count.
    """
    kind, known = question.kind, question.forms
    if kind is Kind.WHEN:
        return float(any(m.group().lower() not in known for m in _TIME.finditer(text)))
    if kind is Kind.COUNT:
        news = sum(m.group().strip().lower() not in known for m in _NUMBER.finditer(text))
        return _grows(news)
    if kind is Kind.WHO:
        return max(float(news_names(question, text) > 0), 0.5 * bool(_ROLE.search(text)))
    if kind is Kind.WHERE:
        return _grows(sum(1 for _ in _PLACE.finditer(text)))
    pattern = _PATTERNS.get(kind)
    return float(bool(pattern.search(text))) if pattern else 0.0


def news_names(question: Question, text: str) -> int:
    """How many names the statement has that the question has not; its first word alone is none."""
    news = 0
    for match in _NAME.finditer(text):
        words = [w for w in re.findall(r"\w+", match.group().lower()) if w not in STOPWORDS]
        if words and not question.forms.issuperset(words) and not (match.start() == 0 and len(words) == 1):
            news += 1
    return news


def _grows(count: int) -> float:
    """0 for none, then slowly towards 1: 0.5, 0.79, 1."""
    return min(math.log2(1 + count) / 2, 1.0)
