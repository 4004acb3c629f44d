"""Names of one spec that should agree: is this screen that one, is this function that one?

Candidates are names of one kind that never stand in the same note, and that look alike, mean alike, or are
spoken of in the same words. Which of them are one thing only the model says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import partial
from itertools import combinations
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from notec.check.briefs import analyzer
from notec.check.deep.asking import Question
from notec.check.deep.contradiction import both_quoted
from notec.check.deep.place import Answered, Library, Place
from notec.check.rules.inconsistency import CODE
from notec.core import Diagnostic, Doc, Severity

VERDICTS = ("same thing", "different things")
_MOST = 60  # pairs of one spec
_ROLES = {
    "screen": r"screens?|pages?|tabs?|windows?|dialogs?|views?|panels?|forms?|sections?|"
    r"экран\w*|страниц\w*|вкладк\w*|окн\w*|диалог\w*|панел\w*|форм\w{0,3}|раздел\w*",
    "control": r"buttons?|menus?|fields?|checkbox(?:es)?|switch(?:es)?|lists?|links?|items?|commands?|"
    r"кнопк\w*|меню|пол[еяй]\w*|флаж\w*|переключател\w*|пункт\w*|команд\w*",
}
_NAME = r"[\"«“`*]{1,2}(?P<name>[^\"»”`*\n]{2,40})[\"»”`*]{1,2}"
_BEFORE = {r: re.compile(rf"\b(?:{w})\s+{_NAME}", re.I) for r, w in _ROLES.items()}
_TITLED = {
    r: re.compile(rf"^[#\s]*(?:{w})\s*[:—–-]\s*(?P<name>[^\n.:;]{{2,40}}?)\s*$", re.I)
    for r, w in _ROLES.items()
}
_AFTER = {r: re.compile(rf"{_NAME}\s+(?:{w})\b", re.I) for r, w in _ROLES.items()}
_FUNCTION = re.compile(r"(?<![\w.])(?P<name>[A-Za-zА-Яа-яЁё_][\w]{2,40})\s?\([^()\n]{0,80}\)")
_IDENTIFIER = re.compile(r"`(?P<name>[A-Za-z]+(?:_[a-z0-9]+)+|[a-z]+(?:[A-Z][a-z0-9]+)+)`")
_NO_FUNCTION = re.compile(
    r"if|for|while|return|print|assert|def|function|range|len|str|int|and|or|not|in|example|пример", re.I
)
_ALIKE_VERBS = (
    "load read get fetch open import pull",
    "save write store put export dump persist",
    "delete remove erase drop clear",
    "create make add new build insert generate",
    "show display render print draw view",
    "find search lookup query locate",
    "update change edit modify set",
    "check validate verify test",
    "count number total sum",
    "загрузить прочитать получить открыть",
    "сохранить записать",
    "удалить стереть убрать",
    "создать добавить сделать",
    "показать вывести отобразить",
    "найти искать",
    "изменить обновить править",
    "проверить",
)
_VERBS = {verb: number for number, line in enumerate(_ALIKE_VERBS) for verb in line.split()}
_MEANS = (
    "настройки параметры опции конфигурация предпочтения",
    "settings preferences options parameters configuration",
    "главная домашняя начальная стартовая",
    "home main start dashboard overview",
    "профиль аккаунт учётка кабинет учётная",
    "profile account",
    "войти вход авторизация логин",
    "login signin logon",
    "поиск найти искать",
    "search find",
    "отмена отменить закрыть",
    "cancel close dismiss",
    "сохранить применить готово",
    "save apply done ok submit",
    "удалить убрать стереть",
    "delete remove",
    "корзина заказ",
    "cart basket bag",
    "журнал история лог",
    "log history journal",
    "отчёт сводка статистика",
    "report summary statistics",
)


class Named(NamedTuple):
    """A name as a spec uses it."""

    role: str
    name: str
    place: Place


def specs_of(notes: Iterable[str], demanding: Iterable[str]) -> list[list[str]]:
    """Notes of one folder that belong to one spec: all ideas, and all that lie beside one."""
    found: dict[str, list[str]] = {}
    folders = {note.rpartition("/")[0] for note in demanding}
    for note in notes:
        folder = note.rpartition("/")[0]
        if folder in folders:
            found.setdefault(folder, []).append(note)
    return [notes for _, notes in sorted(found.items())]


def inconsistency_questions(library: Library, specs: Iterable[Sequence[str]]) -> Iterator[Question]:
    """Questions about the names of each spec, given as its notes."""
    for notes in specs:
        named = [n for note in notes for place in _lines(library, note) for n in names_in(place)]
        for a, b in candidates(named):
            shown = {
                "A": {**a.place.shown, "name": a.name},
                "B": {**b.place.shown, "name": b.name},
                "kind": a.role,
            }
            yield Question(
                CODE,
                f"{a.place.name} | {b.place.name}",
                shown,
                VERDICTS,
                ("quote_a", "quote_b"),
                partial(_read, a, b),
            )


def _lines(library: Library, note: str) -> Iterator[Place]:
    """A note by its lines: names stand in headings and code, too."""
    doc = Doc(note, library.text(note))
    title = PurePosixPath(note).stem
    for number, start in enumerate(doc.line_starts, 1):
        if (line := doc.line_text(number)).strip():
            yield Place(note, number, start, line, (title,))


def names_in(place: Place) -> Iterator[Named]:
    """What a statement names."""
    for role in _ROLES:
        for pattern in (_BEFORE[role], _AFTER[role], _TITLED[role]):
            for match in pattern.finditer(place.text):
                yield Named(role, match["name"].strip(), place)
    for match in (*_FUNCTION.finditer(place.text), *_IDENTIFIER.finditer(place.text)):
        if not _NO_FUNCTION.fullmatch(match["name"]):
            yield Named("function", match["name"], place)


def candidates(named: Sequence[Named]) -> list[tuple[Named, Named]]:
    """Pairs of names that may be one thing, the most alike first; names of one note are two things."""
    uses: dict[tuple[str, str], list[Named]] = {}
    for n in named:
        uses.setdefault((n.role, n.name.casefold() if n.role != "function" else n.name), []).append(n)
    found = []
    for one, other in combinations(sorted(uses), 2):
        if one[0] != other[0]:
            continue
        here, there = uses[one], uses[other]
        if {n.place.note for n in here} & {n.place.note for n in there}:
            continue
        alike = _alike(one[0], here[0], there[0])
        if alike >= 0.5:
            pair = sorted((here[0], there[0]), key=lambda n: (n.place.note, n.place.start))
            found.append((-alike, one, other, pair[0], pair[1]))
    return [(a, b) for *_, a, b in sorted(found, key=lambda f: f[:3])[:_MOST]]


def _alike(role: str, a: Named, b: Named) -> float:
    """How much speaks for one thing, 0 to 1."""
    mine, theirs = _words(a.name), _words(b.name)
    if mine == theirs:
        return 1.0  # load_notes and loadNotes
    letters = SequenceMatcher(None, " ".join(mine), " ".join(theirs), autojunk=False).ratio()
    if role == "function":
        if not mine or not theirs:
            return 0.0
        verbs = _VERBS.get(mine[0], -1), _VERBS.get(theirs[0], -2)
        same_rest = bool(mine[1:]) and mine[1:] == theirs[1:]
        return 0.9 if same_rest and verbs[0] == verbs[1] else letters if letters >= 0.85 else 0.0
    if any(set(mine) & group and set(theirs) & group for group in _GROUPS):
        return 0.9
    if letters >= 0.75:
        return letters
    spoken = set(analyzer().sequence(a.place.text)), set(analyzer().sequence(b.place.text))
    own = {*analyzer().sequence(a.name), *analyzer().sequence(b.name)}
    left, right = spoken[0] - own, spoken[1] - own
    least = min(len(left), len(right))
    return 0.6 if least >= 4 and len(left & right) / least >= 0.6 else 0.0


_GROUPS = tuple(frozenset(line.split()) for line in _MEANS)


def _words(name: str) -> list[str]:
    """The words of a name, whether `load_notes`, `loadNotes` or "Load notes"."""
    parted = re.sub(r"(?<=[a-zа-яё0-9])(?=[A-ZА-ЯЁ])", " ", name)
    return [
        word.lower().replace("ё", "е") if len(word) < 2 else word.lower()
        for word in re.findall(r"[^\W_]+", parted)
    ]


def _read(a: Named, b: Named, data: Mapping[str, Any]) -> Answered:
    verdict = data["verdict"]
    if verdict != "same thing":
        return Answered(verdict)
    places = both_quoted(a.place, b.place, data)
    if places is None:
        return Answered(verdict, lied=True)
    here, there = places
    where = f"{b.place.note}:{b.place.line_of(there)}"
    message = f"{a.role} {a.name!r} seems to be {b.name!r} of {where}"
    found = Diagnostic(
        CODE,
        Severity.WARNING,
        message,
        a.place.note,
        a.place.line_of(here),
        here,
        (b.place.label(there, f"named {b.name!r} here"),),
        (f"the model says: {data['why']}",) if data["why"] else (),
    )
    return Answered(verdict, (found,))
