"""`missing-example`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from notec.check.rule import Rule
from notec.core import Diagnostic, Severity, Span
from notec.spec import is_idea, requirements_of
from notec.vault import Note

CODE = "missing-example"
_MARK = r"^[ \t>]*(?:[-*+]|\d+[.)]|\#{1,6}|//|--)?[ \t]*(?:\[.\][ \t]*)?[*_]*"
_SHOWN = re.compile(
    _MARK + r"(?:(?:acceptance |usage |worked |an? |more )?examples?|acceptance (?:criteria|tests?)|"
    r"test cases?|tests?|scenarios?|sample|(?:при[её]мочн\w+ )?(?:пример|тест|сценари)\w*|"
    r"критерии при[её]мки)\b[^\n]{0,40}?(?:[:.—–(]|$)"
    r"|" + _MARK + r"(?:given|when|дано|когда|если)\b[^\n]*\b(?:then|тогда|то)\b"
    r"|" + _MARK + r"(?:given|дано)\b[^\n]+\n" + _MARK + r"(?:and|when|then|и|когда|тогда)\b"
    r"|^[ \t]*(?:>>> |assert\b|expect\()"
    r"|\w\([^()\n]*\)[ \t]*(?:==?|->|→|=>|⇒)[ \t]*\S",
    re.IGNORECASE | re.MULTILINE,
)
_FOR_EXAMPLE = re.compile(
    r"\b(?:for example|for instance|e\.g\.|например|к примеру)(?=[^\n]*(?:\d|[\"«“`]))", re.IGNORECASE
)
_ASKED = re.compile(
    r"(?:asked|typed?|enter(?:ed|s)?|input|given|на вопрос|на запрос|ввод|введ[её]но)\b[^\n]*[\"«“`][^\n]*"
    r"\b(?:answers?|gives?|returns?|prints?|shows?|output|отвечает|выда[её]т|печатает|показывает|вывод)\b",
    re.IGNORECASE,
)
_FUNCTION = re.compile(
    r"^[ \t]*(?:(?:async )?(?:function|def|func|fn|procedure|proc|algorithm)|функция|процедура|алгоритм|алг)"
    r"[ \t]+\w+",
    re.IGNORECASE | re.MULTILINE,
)


def _look(note: Note) -> Iterator[Diagnostic]:
    first = next((r.statement for r in requirements_of(note) if r.explicit), None)
    place = Span(first.start, first.end) if first else None
    if place is None and note.path.lower().endswith(".pseudo") and (found := _FUNCTION.search(note.doc.text)):
        place = Span(found.start(), found.end())
    if place is None or has_example(note):
        return
    what = "this idea" if is_idea(note) else "this note"
    message = f"{what} says what is wanted and shows no example of it"
    yield Diagnostic.at(note.doc, place, CODE, Severity.WARNING, message)


def has_example(note: Note) -> bool:
    """Whether a note shows by an example what comes out when its demands are met; in doubt it does."""
    text = note.doc.text
    return any(pattern.search(text) for pattern in (_SHOWN, _FOR_EXAMPLE, _ASKED))


RULE = Rule(
    code=CODE,
    severity=Severity.WARNING,
    summary="requirements without a single example of what is to come out",
    why="Two readers build two things from one sentence; an example decides, and is the first test.",
    mend="Add `## Example` with what is given and what comes out: `night_cost(850, 8, 0.32) = 2.18`.",
    example="## a.idea\n# Counter\n\nThe program must count the words of a note.\n",
    look=_look,
)
