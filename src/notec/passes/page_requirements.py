"""`requirements.md`: a page that a person reads and edits, and that is read back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from notec.core import Citation, Span
from notec.passes.ir import KINDS, PRIORITIES, Exact, Example, Question, Requirement

PATH = "requirements.md"
_TEXTS = {
    "en": {
        "title": "Requirements",
        "head": "A section for each requirement. What you change here is kept; later passes work from it.",
        "literals": "Exactly",
        "list": "Exactly these",
        "example": "Example",
        "because": "Because",
        "questions": "Questions worth an answer first",
        "about": "about",
    },
    "ru": {
        "title": "Требования",
        "head": "Раздел на каждое требование; что здесь изменено, остаётся, и дальше работа идёт от этого.",
        "literals": "Точно",
        "list": "Точно эти",
        "example": "Пример",
        "because": "Основание",
        "questions": "На что стоит ответить сначала",
        "about": "о",
    },
}
_SECTION = re.compile(r"^## +(\S+)(?: +[·|-] +(\w+))?(?: +[·|-] +(\w+))?[ \t]*$", re.MULTILINE)
_FIELD = re.compile(r"^[-*] +([^\W\d_][^:\n]{0,20}):[ \t]*(.*)$")
_CODE = re.compile(r"(`+)(?!`) ?(.+?) ?(?<!`)\1(?!`)")
_ARROW = re.compile(r"^(?P<call>`.+?`) *(?:→|->|=>) *(?:(?P<raises>raises|ошибка) *)?(?P<expected>`.+`)? *$")


def page(
    requirements: Sequence[Requirement], questions: Sequence[Question], title: str, language: str
) -> str:
    """The page as text."""
    say = _TEXTS[language]
    lines = [f"# {say['title']}: {_flat(title)}", "", say["head"], ""]
    for requirement in requirements:
        lines += [*_section(requirement, language), ""]
    if questions:
        lines += [f"## {say['questions']}", ""]
        for question in questions:
            about = f" ({say['about']} {', '.join(question.requirements)})" if question.requirements else ""
            where = "".join(f" — {c.note}:{c.line}" for c in question.because)
            lines.append(f"- {_flat(question.text)}{about}{where}")
        lines.append("")
    return "\n".join(lines)


def _section(requirement: Requirement, language: str) -> Iterator[str]:
    say = _TEXTS[language]
    yield f"## {requirement.id} · {requirement.kind} · {requirement.priority}"
    yield ""
    yield _flat(requirement.text)
    yield ""
    single = [_code(e.text) for e in requirement.literals if not e.items]
    if single:
        yield f"- {say['literals']}: {', '.join(single)}"
    for exact in requirement.literals:
        if exact.items:
            yield f"- {say['list']}: {', '.join(map(_code, exact.items))}"
    for example in requirement.examples:
        yield f"- {say['example']}: {_shown(example, language)}"
    for citation in requirement.because:
        yield f"- {say['because']}: {citation.note}:{citation.line} «{_flat(citation.quote)}»"


def _shown(example: Example, language: str) -> str:
    if not example.call:
        return _flat(example.text)
    fails = ("ошибка " if language == "ru" else "raises ") if example.raises else ""
    return f"{_code(example.call)} → {fails}{_code(example.expected) if example.expected else ''}".rstrip()


def _code(text: str) -> str:
    """Words as inline code, on one line."""
    flat = _flat(text)
    longest = max((len(run) for run in re.findall(r"`+", flat)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{pad}{flat}{pad}{fence}"


def _flat(text: str) -> str:
    return " ".join(text.split())


class _Read(NamedTuple):
    """A section as it stands on the page."""

    kind: str
    priority: str
    text: str
    literals: tuple[tuple[str, ...], ...]  # of one for a single one
    examples: tuple[str, ...]
    line: int


def read_page(
    text: str, base: Sequence[Requirement], title: str, language: str
) -> tuple[Requirement, ...] | None:
    """The requirements as the user edited them; None where the page holds none that can be read.

    Args:
        base: what the page was made from; whatever he left alone is taken from it.
    """
    theirs = _sections(text)
    if not theirs and base:
        return None
    mine = _sections(page(base, (), title, language))
    known = {r.id: r for r in base}
    out = []
    for id_, section in theirs.items():
        old = known.get(id_) or Requirement(id_, "")
        was = mine.get(id_) or _Read("", "", "", (), (), 0)
        changed = _changed(old, was, section)
        if not changed.because:
            quote = section.text
            changed = replace(changed, because=(Citation(PATH, section.line, quote, Span(0, 0), ""),))
        if changed.text:
            out.append(changed)
    return tuple(out)


def _changed(old: Requirement, was: _Read, now: _Read) -> Requirement:
    """A requirement with what differs between two states of its section."""
    out = old
    if now.text != was.text:
        out = replace(out, text=now.text, literals=_of_text(old, was.text, now.text))
    if now.kind != was.kind and now.kind in KINDS:
        out = replace(out, kind=now.kind)
    if now.priority != was.priority and now.priority in PRIORITIES:
        out = replace(out, priority=now.priority)
    if now.literals != was.literals:
        made = {_key(e): e for e in old.literals}
        exact = tuple(
            made.get(items)
            or (Exact("list", ", ".join(items), items) if len(items) > 1 else Exact("code", items[0]))
            for items in now.literals
        )
        out = replace(out, literals=exact)
    if now.examples != was.examples:
        shown = dict(zip(was.examples, old.examples, strict=False))
        out = replace(
            out,
            examples=tuple(
                replace(shown.get(line) or _example(line), id=f"{old.id}.E{number}")
                for number, line in enumerate(now.examples, 1)
            ),
        )
    return out


def _of_text(old: Requirement, was: str, now: str) -> tuple[Exact, ...]:
    """The exact words of a text that the user reworded: without those that stood in it and do so no more."""
    from notec.facts import read
    from notec.spec.literals import literals

    kept = [e for e in old.literals if _flat(e.text) in now or _flat(e.text) not in was]
    new = [Exact(*lit) for lit in literals(now, now, read(now))]
    return tuple(dict.fromkeys((*kept, *(e for e in new if e.text not in was))))


def _key(exact: Exact) -> tuple[str, ...]:
    return tuple(map(_flat, exact.items)) or (_flat(exact.text),)


def _example(line: str) -> Example:
    """An example that the user wrote on the page."""
    from notec.spec import values

    text = _flat(line)
    match = _ARROW.match(text)
    if match is None:
        return Example("", text)
    call = values.call(match["call"].strip("` "))
    raises = bool(match["raises"])
    expected = (match["expected"] or "").strip("` ")
    if not raises:
        expected = values.value(expected)
    return (
        Example("", text, call, expected, (), raises) if call and (expected or raises) else Example("", text)
    )


def _sections(text: str) -> dict[str, _Read]:
    out: dict[str, _Read] = {}
    found = list(_SECTION.finditer(text))
    names = {t["questions"].split()[0] for t in _TEXTS.values()}
    for match in found:
        if match[1] in names or not re.search(r"\d", match[1]):
            continue
        rest = re.search(r"^#{1,2} ", text[match.end() :], re.MULTILINE)
        end = match.end() + rest.start() if rest else len(text)
        words: list[str] = []
        examples: list[str] = []
        literals: list[tuple[str, ...]] = []
        for line in text[match.end() : end].splitlines():
            field = _FIELD.match(line)
            name = field[1].strip().lower() if field else ""
            if field and name in _fields("literals"):
                literals += [(c[2],) for c in _CODE.finditer(field[2])]
            elif field and name in _fields("list"):
                literals.append(tuple(c[2] for c in _CODE.finditer(field[2])))
            elif field and name in _fields("example"):
                examples.append(field[2].strip())
            elif not (field and name in _fields("because")):
                words.append(line)
        out[match[1]] = _Read(
            (match[2] or "").lower(),
            (match[3] or "").lower(),
            _flat(" ".join(words)),
            tuple(item for item in literals if item),
            tuple(examples),
            text.count("\n", 0, match.start()) + 1,
        )
    return out


def _fields(name: str) -> set[str]:
    return {texts[name].lower() for texts in _TEXTS.values()}
