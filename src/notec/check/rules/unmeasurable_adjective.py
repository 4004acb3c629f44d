"""`unmeasurable-adjective`."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from notec.check.rule import Rule
from notec.core import Diagnostic, Severity, Span
from notec.facts import read
from notec.spec import Requirement, is_measured, obliges, requirements_of
from notec.vault import Note
from notec.vault.note import Statement

CODE = "unmeasurable-adjective"
_END = r"(?:ый|ий|ой|ая|яя|ое|ее|ые|ие|ого|его|ому|ему|ым|им|ом|ем|ую|юю|ых|их|ыми|ими|о|е|а|ы)"
_VAGUE = re.compile(
    r"(?<![\w-])(?:fast|quick(?:ly)?|convenient(?:ly)?|easy|easily|user[- ]friendly|"
    r"intuitive(?:ly)?|flexible|efficient(?:ly)?|"
    r"robust|scalable|responsive|performant|seamless(?:ly)?|lightweight|smooth(?:ly)?|nice|beautiful|modern|reasonabl[ey]|"
    r"high[- ]performance|high[- ]quality|as soon as possible|snappy|"
    rf"(?:удобн|быстр|понятн|интуитивн|гибк|эффективн|над[её]жн|современн|красив|качественн|оптимальн|производительн|"
    rf"дружелюбн|дружественн|отзывчив|плавн|масштабируем|л[её]гк|комфортн|эргономичн|приемлем){_END}|"
    r"легко|удобен|быстр|понятен|гибок|л[её]гок|эффективен|над[её]жен|красив|отзывчив|"
    r"как можно (?:быстрее|скорее)"
    r")(?![\w-])",
    re.IGNORECASE,
)
_NAMED = re.compile(  # what such a word only distinguishes: a fast path, быстрый старт
    r"\s+(?:mode|path|start|menu|key|copy|search bar|look|access|link|"
    r"charg|forward|режим|старт|меню|доступ|клавиш|ссылк|"
    r"сообщен|зарядк|почт)",
    re.IGNORECASE,
)
_DEFINITE = re.compile(
    r"(?:\b(?:the|this|that|each|every|not|эт\w{1,3}|кажд\w+|не)|[\"«“`'])\s*$", re.IGNORECASE
)
_COMPARED = re.compile(
    r"^\w*\s+(?:than|enough (?:to|that)|as (?:the|in)|чем|настолько,? чтобы|,? как (?:в|у))\b", re.I
)


def _look(note: Note) -> Iterator[Diagnostic]:
    for requirement in requirements_of(note):
        found = vague(requirement)
        if found is None:
            continue
        at = note.text_of(requirement.statement).find(found)
        if at < 0 or is_measured(read(_next_words(note, requirement.statement))):
            continue
        start = requirement.statement.start + at
        place = Span(start, start + len(found))
        yield Diagnostic.at(note.doc, place, CODE, Severity.WARNING, f"nobody can test {found.lower()!r}")


def _next_words(note: Note, statement: Statement) -> str:
    """The next sentence of the same paragraph, which may say what was meant."""
    at = bisect_right(note.statements, statement.start, key=lambda s: s.start)
    after = note.statements[at] if at < len(note.statements) else statement
    return note.plain(after) if after.block == statement.block else ""


def vague(requirement: Requirement) -> str | None:
    """The first word of praise that is demanded and that no figure in the sentence explains."""
    if is_measured(requirement.facts):
        return None
    words, begin = requirement.words, obliges(requirement)
    if requirement.explicit and not begin:
        return None  # it forbids
    for match in _VAGUE.finditer(words, begin):
        after = words[match.end() :]
        if not (_NAMED.match(after) or _DEFINITE.search(words[: match.start()]) or _COMPARED.match(after)):
            return match[0]
    return None


RULE = Rule(
    code=CODE,
    severity=Severity.WARNING,
    summary='a requirement that rests on a word such as "fast" or «удобный»',
    why="Everybody agrees with it, and nobody can say whether it is met.",
    mend='Say how it is measured: "answers within 200 ms on 20,000 pages", «не больше трёх нажатий».',
    example='## a.idea\nThe search must be fast.\n\nExample: asked for "cat", it shows the note Cat.\n',
    look=_look,
)
