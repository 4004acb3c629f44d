"""`architecture.md`: modules, interfaces and data with a picture; a page that is edited and read back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from notec.passes.annotations import annotation, identifier
from notec.passes.ir import Architecture, Component, DataType, Function, Parameter, Requirement

PATH = "architecture.md"
_TEXTS = {
    "en": {
        "title": "Architecture",
        "head": "A section for each module. What you change here is kept; later passes work from it.",
        "carries": "Carries out",
        "needs": "Needs",
        "functions": "Functions",
        "data": "Data",
        "requirements": "Requirements and their modules",
    },
    "ru": {
        "title": "Архитектура",
        "head": "Раздел на каждый модуль. Что здесь изменено, остаётся, и дальше работа идёт от этого.",
        "carries": "Выполняет",
        "needs": "Нужны",
        "functions": "Функции",
        "data": "Данные",
        "requirements": "Требования и их модули",
    },
}
_SECTION = re.compile(r"^## +(C\d+) +[·|-] +`?([\w.]+)`?[ \t]*$", re.MULTILINE)
_FIELD = re.compile(r"^[-*] +([^\W\d_][^:\n]{0,20}):[ \t]*(.*)$")
_FUNCTION = re.compile(
    r"^[-*] +(?:(F\d+) +[·|"
    r"-] +)?`(?:def )?(\w+)\((.*)\) *(?:-> *(.+?))?:?`(?: *[—–-] *(.*?))?(?: *\[([^\]]*)\])?[ \t]*$"
)
_TYPE = re.compile(
    r"^[-*] +(?:(T\d+) +[·|-] +)?`class (\w+)\((.*)\)`(?: *[—–-] *(.*?))?(?: *\[([^\]]*)\])?[ \t]*$"
)


def page(architecture: Architecture, requirements: Sequence[Requirement], title: str, language: str) -> str:
    """The page as text."""
    say = _TEXTS[language]
    lines = [f"# {say['title']}: {_flat(title)}", "", say["head"], "", *_picture(architecture), ""]
    for component in architecture.components:
        lines += [*_section(component, architecture, language), ""]
    if requirements:
        lines += [f"## {say['requirements']}", ""]
        for requirement in requirements:
            owner = next((c.name for c in architecture.components if requirement.id in c.requirements), "?")
            lines.append(f"- {requirement.id} → {owner}: {_flat(requirement.text)}")
        lines.append("")
    return "\n".join(lines)


def _picture(architecture: Architecture) -> Iterator[str]:
    """The components and what they need, as Mermaid draws it."""
    yield "```mermaid"
    yield "flowchart TD"
    for component in architecture.components:
        yield f'  {component.id}["{component.name}"]'
    for component in architecture.components:
        for need in component.needs:
            yield f"  {component.id} --> {need}"
    yield "```"


def _section(component: Component, architecture: Architecture, language: str) -> Iterator[str]:
    say = _TEXTS[language]
    names = {c.id: c.name for c in architecture.components}
    yield f"## {component.id} · {component.name}"
    yield ""
    if component.purpose:
        yield _flat(component.purpose)
        yield ""
    yield f"- {say['carries']}: {', '.join(component.requirements)}"
    if component.needs:
        yield f"- {say['needs']}: {', '.join(names[n] for n in component.needs)}"
    if component.functions:
        yield ""
        yield f"### {component.name}: {say['functions']}"
        yield ""
        for function in component.functions:
            yield f"- {function.id} · `{function.signature}`" + _tail(function.purpose, function.requirements)
    if component.types:
        yield ""
        yield f"### {component.name}: {say['data']}"
        yield ""
        for data in component.types:
            inside = ", ".join(f"{f.name}: {f.type}" for f in data.fields)
            yield f"- {data.id} · `class {data.name}({inside})`" + _tail(data.purpose, data.requirements)


def _tail(purpose: str, requirements: Sequence[str]) -> str:
    flat = _flat(purpose).replace("[", "(").replace("]", ")")
    return (f" — {flat}" if flat else "") + (f" [{', '.join(requirements)}]" if requirements else "")


def _flat(text: str) -> str:
    return " ".join(text.split())


class _Read(NamedTuple):
    name: str
    purpose: str
    carries: tuple[str, ...]
    needs: tuple[str, ...]
    functions: tuple[Function, ...]
    types: tuple[DataType, ...]


def read_page(text: str, base: Architecture, title: str, language: str) -> Architecture | None:
    """The architecture as the user edited it; None where the page holds none that can be read.

    Args:
        base: what the page was made from; whatever he left alone is taken from it.
    """
    theirs = _sections(text)
    if not theirs and base.components:
        return None
    mine = _sections(page(base, (), title, language))
    known = {c.id: c for c in base.components}
    ids = {section.name: id_ for id_, section in theirs.items()}
    out = []
    for id_, now in theirs.items():
        old, was = known.get(id_) or Component(id_, now.name), mine.get(id_)
        if was == now:
            out.append(old)
            continue
        needs = tuple(ids[n] for n in now.needs if n in ids)
        functions = now.functions if was is None or now.functions != was.functions else old.functions
        types = now.types if was is None or now.types != was.types else old.types
        purpose = now.purpose if was is None or now.purpose != was.purpose else old.purpose
        out.append(
            replace(
                old,
                name=now.name,
                purpose=purpose,
                requirements=now.carries,
                functions=functions,
                types=types,
                needs=needs,
            )
        )
    return Architecture(tuple(out))


def _sections(text: str) -> dict[str, _Read]:
    out: dict[str, _Read] = {}
    for match in _SECTION.finditer(text):
        rest = re.search(r"^#{1,2} ", text[match.end() :], re.MULTILINE)
        end = match.end() + rest.start() if rest else len(text)
        purpose, carries, needs = "", "", ""
        functions: list[Function] = []
        types: list[DataType] = []
        for line in text[match.end() : end].splitlines():
            field = _FIELD.match(line)
            name = field[1].strip() if field else ""
            if field and name in _names("carries"):
                carries = field[2]
            elif field and name in _names("needs"):
                needs = field[2]
            elif data := _TYPE.match(line):
                own = _split(data[5])
                fields = _parameters(data[3])
                types.append(
                    DataType(data[1] or "", identifier(data[2], kind="class"), fields, data[4] or "", own)
                )
            elif function := _FUNCTION.match(line):
                functions.append(_function(function))
            elif line.strip() and not line.startswith("#") and not purpose:
                purpose = _flat(line)
        name = identifier(match[2])
        out[match[1]] = _Read(name, purpose, _split(carries), _split(needs), tuple(functions), tuple(types))
    return out


def _function(match: re.Match[str]) -> Function:
    name = match[2] if match[2].isidentifier() else identifier(match[2])
    returns = (match[4] or "None").strip()
    return Function(match[1] or "", name, _parameters(match[3]), returns, match[5] or "", _split(match[6]))


def _parameters(text: str) -> tuple[Parameter, ...]:
    """`a: int, b: dict[str, int]`."""
    parts, depth = [""], 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    pairs = [part.partition(":") for part in parts if part.strip()]
    return tuple(Parameter(n.strip(), k.split("=", 1)[0].strip() or annotation("")) for n, _, k in pairs)


def _split(text: str | None) -> tuple[str, ...]:
    return tuple(p.strip() for p in (text or "").split(",") if p.strip())


def _names(name: str) -> set[str]:
    return {texts[name] for texts in _TEXTS.values()}
