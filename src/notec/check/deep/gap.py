"""What the vault asks or promises: does it answer anywhere?

The places are found by plain signs (an open question, TODO, "see below", a problem without a solution), and
the model sees what follows there and what a search for its words finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from notec.check.deep.asking import Question
from notec.check.deep.place import Answered, Library, Place
from notec.check.rules.gap import CODE
from notec.core import Diagnostic, Severity

VERDICTS = ("open", "answered", "no question")
_NEXT, _FOUND = 6, 6  # statements behind it, and passages from elsewhere, that are shown
LEFT_OPEN = re.compile(
    r"(?<!\w)(?:TODO|FIXME|TBD|TBC|XXX:)(?!\w)"
    r"|(?i:\b(?:to be (?:decided|determined|defined|clarified|confirmed|written)|open question|still unknown|"
    r"(?:is|are) (?:not yet|still not) (?:clear|decided|known|settled)|still (?:unclear|undecided|open)|"
    r"(?:unclear|unknown|not clear|not decided|not known),? (?:whether|how|what|who|why|which|where|when|if)|"
    r"(?:need|have) to (?:find out|clarify|decide|figure out)|"
    r"(?:надо|нужно|осталось|следует) (?:ещё |еще |будет )?"
    r"(?:уточнить|выяснить|понять|решить|разобраться|узнать)|"
    r"(?:пока|ещё|еще) (?:не ясно|неясно|непонятно|не решено|не решили|неизвестно|не определено|не зна\w+)|"
    r"(?:не ясно|неясно|непонятно|неизвестно|не решено),? "
    r"(?:как\w*|что|где|кто|сколько|когда|почему|зачем|чей|откуда|куда)|"
    r"открыт\w+ вопрос\w*|под вопросом|дописать|доделать|допишу|дополню|уточнить у)\b)"
    r"|\?\?(?!\w)"
)
_BELOW = re.compile(  # only what then does not come is a gap
    r"(?i:\b(?:(?:see|described|explained|listed|shown|discussed|covered|given) (?:further )?below|"
    r"(?:см\.?|смотри|описан[оаы]?|рассмотрен[оаы]?|привед[её]н[оаы]?|подробнее|об этом) (?:далее|ниже))\b)"
)
_PROMISE = re.compile(
    r"(?i:\b(?:will be|to be) (?:described|explained|added|written|covered|filled in|listed) "
    r"(?:later|below|here|soon)\b|\bcoming soon\b|"
    r"\b(?:see|more on (?:this|that)|described|explained) later\b|"
    r"\b(?:здесь|тут|позже|ниже|потом) (?:будет|будут|опишу|добавлю|напишу|расскажу)\b|"
    r"\bбуд(?:ет|ут) (?:описан|добавлен|дополнен|написан|рассмотрен)\w* (?:позже|ниже|далее|потом|здесь)\b|"
    r"\b(?:опишу|добавлю|напишу|расскажу|рассмотрим|об этом) (?:позже|потом)\b)"
)
_TAG = re.compile(r"<[^<>\n]*>")
_LAST = 3  # statements behind "see below" that may be what it promised
_ASKS = re.compile(r"\?[\s»\")*_]*$")
_QUESTIONS = re.compile(
    r"(?i:open (?:questions|issues|points)|questions$|открытые вопросы|вопросы$|не решено)"
)
_PROBLEM = re.compile(r"(?i:(?:the )?problem\b|проблем[аы]\b)")
_SOLVED = re.compile(
    r"(?i:\b(?:solution|fix|solved|resolution|decision|workaround|answer|outcome|what to do|"
    r"решени[ея]|решено|исправлени|ответ|вывод|что делать|итог|обход)\w*)"
)


class Asking(NamedTuple):
    """A place that waits for something."""

    place: Place
    what: str  # question, open, promise, problem


_SAYS = {
    "question": "asked here and answered nowhere in the vault",
    "open": "left open here and settled nowhere in the vault",
    "promise": "promised here and given nowhere in the vault",
    "problem": "a problem for which the vault has no solution",
}


def gap_questions(library: Library, notes: Sequence[str]) -> Iterator[Question]:
    """One question for each place of some notes that waits for something."""
    for note in notes:
        statements = library.statements(note)
        for number, what in asking(statements):
            place = statements[number]
            after = statements[number + 1 : number + 1 + _NEXT]
            known = {place.text, *(p.text for p in after)}
            found = [p for p in library.search(_query(place), _FOUND + 2) if not _within(place, p)]
            others = [*after, *(p for p in found if p.text not in known)][: _NEXT + _FOUND]
            shown = {"place": place.shown, "other places": [p.shown for p in others]}
            yield Question(
                CODE,
                place.name,
                shown,
                VERDICTS,
                ("quote", "answer"),
                partial(_read, Asking(place, what), tuple(others)),
            )


def asking(statements: Sequence[Place]) -> Iterator[tuple[int, str]]:
    """Numbers of the statements that wait for something, and what kind of thing it is."""
    problems: set[tuple[str, ...]] = set()
    solved = any(_SOLVED.search(title) for place in statements for title in place.context)
    for number, place in enumerate(statements):
        if place.turn >= 0:
            continue  # a chat asks and answers by itself
        headings, text = place.context[1:], _TAG.sub(" ", place.text)
        if LEFT_OPEN.search(text):
            yield number, "open"
        elif _PROMISE.search(text) or (_BELOW.search(text) and len(statements) - number <= _LAST):
            yield number, "promise"
        elif _ASKS.search(text) or any(_QUESTIONS.match(h) for h in headings[-1:]):
            yield number, "question"
        elif not solved and place.context not in problems and any(_PROBLEM.match(h) for h in place.context):
            problems.add(place.context)
            yield number, "problem"


def _query(place: Place) -> str:
    words = LEFT_OPEN.sub(" ", place.text)
    plain = " ".join(re.findall(r"[\w-]+", words)[:40])
    return plain if len(plain.split()) > 2 else f"{plain} {' '.join(place.context[-2:])}"


def _within(place: Place, passage: Place) -> bool:
    """Whether a passage only says the place itself again."""
    return (
        passage.note == place.note
        and len(passage.text) <= len(place.text) + 20
        and place.text in passage.text
    )


def _read(asked: Asking, others: Sequence[Place], data: Mapping[str, Any]) -> Answered:
    verdict, place = data["verdict"], asked.place
    if verdict == "no question":
        return Answered(verdict)
    here = place.quoted(data["quote"])
    answered = verdict == "answered"
    if here is None or (answered and not any(p.quoted(data["answer"]) for p in others)):
        return Answered(verdict, lied=True)
    if answered:
        return Answered(verdict)
    found = Diagnostic(
        CODE,
        Severity.INFO,
        _SAYS[asked.what],
        place.note,
        place.line_of(here),
        here,
        notes=(f"the model says: {data['why']}",) if data["why"] else (),
    )
    return Answered(verdict, (found,))
