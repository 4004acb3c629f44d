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
_LEFT_OPEN = re.compile(
    r"(?<![\w])(?:TODO|FIXME|TBD|TBC|XXX)(?![\w])"
    r"|(?i:\b(?:to be (?:decided|determined|defined|clarified|confirmed|written)|open question|still unknown|"
    r"(?:not|isn't) (?:yet )?(?:clear|decided|known)|unclear (?:whether|how|what|who|why)|undecided|"
    r"(?:need|have) to (?:find out|clarify|decide|figure out)|"
    r"(?:надо|нужно|осталось|следует) (?:ещё |будет )?(?:уточнить|выяснить|понять|решить|разобраться|узнать)|"
    r"(?:пока |ещё )?(?:не ясно|неясно|непонятно|не решено|не решили|неизвестно|не определено)|"
    r"открыт\w+ вопрос\w*|под вопросом|дописать|доделать|допишу|дополню|уточнить у)\b)"
    r"|\?\?"
)
_PROMISE = re.compile(
    r"(?i:\b(?:see|described|explained|listed|shown|discussed|covered|given) (?:further )?(?:below|later)\b|"
    r"\b(?:will be|to be) (?:described|explained|added|written|covered|filled in)\b|\bcoming soon\b|"
    r"\b(?:см\.?|смотри|описан\w*|рассмотрен\w*|привед[её]н\w*|подробнее|об этом) (?:далее|ниже|позже)\b|"
    r"\bбуд(?:ет|ут) (?:описан\w*|добавлен\w*|дополнен\w*|написан\w*|рассмотрен\w*|позже)\b)"
)
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
        headings = place.context[1:]
        if _LEFT_OPEN.search(place.text):
            yield number, "open"
        elif _PROMISE.search(place.text):
            yield number, "promise"
        elif _ASKS.search(place.text) or any(_QUESTIONS.match(h) for h in headings[-1:]):
            yield number, "question"
        elif not solved and place.context not in problems and any(_PROBLEM.match(h) for h in place.context):
            problems.add(place.context)
            yield number, "problem"


def _query(place: Place) -> str:
    words = _LEFT_OPEN.sub(" ", _PROMISE.sub(" ", place.text))
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
