"""`pseudocode/NAME.md`: the steps of each function of a module; pages that are edited and read back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from notec.passes.ir import Architecture, Component, Procedure, Program, Step

FOLDER = "pseudocode"
_TEXTS = {
    "en": {"title": "Pseudo-code", "own": "yours, kept as written"},
    "ru": {"title": "Псевдокод", "own": "ваш, оставлен как есть"},
}
_SECTION = re.compile(r"^## +(F\d+) +[·|-]", re.MULTILINE)
_STEP = re.compile(
    r"^(?P<indent>[ \t]*)(?:[-*]|\d+[.)])[ \t]+(?P<text>.*?)(?: *\[(?P<ids>[^\[\]]*)\])?[ \t]*$"
)
_ID = re.compile(r"[^\s,]+")


def pages(program: Program, language: str) -> dict[str, str]:
    """The pages, by path inside the build folder."""
    known = {p.function: p for p in program.procedures}
    return {
        f"{FOLDER}/{c.name}.md": _page(c, known, language)
        for c in program.architecture.components
        if any(f.id in known for f in c.functions)
    }


def _page(component: Component, known: Mapping[str, Procedure], language: str) -> str:
    say = _TEXTS[language]
    lines = [f"# {say['title']}: {component.name}", ""]
    for function in component.functions:
        procedure = known.get(function.id)
        if procedure is None:
            continue
        own = f" · {say['own']}" if procedure.own else ""
        lines += [f"## {function.id} · `{function.signature}`{own}", ""]
        if function.purpose:
            lines += [" ".join(function.purpose.split()), ""]
        lines += [*_steps(procedure), ""]
    return "\n".join(lines)


def _steps(procedure: Procedure) -> Iterator[str]:
    for step in procedure.steps:
        ids = f" [{', '.join(step.requirements)}]" if step.requirements else ""
        yield f"{'  ' * step.depth}- {' '.join(step.text.split())}{ids}"


class _Line(NamedTuple):
    text: str
    depth: int
    requirements: tuple[str, ...]


def read_pages(texts: Sequence[str], base: Program, language: str) -> tuple[Procedure, ...]:
    """The procedures as the user edited them; what he left alone is taken from `base`.

    A procedure that he edited is his own from then on. One that he removed is left as it was: a function
    without steps says nothing.
    """
    theirs = {k: v for text in texts for k, v in _sections(text, base.architecture).items()}
    mine = {
        k: v for text in pages(base, language).values() for k, v in _sections(text, base.architecture).items()
    }
    out = []
    for procedure in base.procedures:
        now = theirs.get(procedure.function)
        if not now or now == mine.get(procedure.function):
            out.append(procedure)
            continue
        steps = tuple(
            Step(f"{procedure.function}.{n}", line.text, line.depth, line.requirements)
            for n, line in enumerate(now, 1)
        )
        out.append(replace(procedure, steps=steps, own=True))
    return tuple(out)


def _sections(text: str, architecture: Architecture) -> dict[str, tuple[_Line, ...]]:
    functions = {f.id: f for f in architecture.functions}
    out: dict[str, tuple[_Line, ...]] = {}
    for match in _SECTION.finditer(text):
        if match[1] not in functions:
            continue
        rest = re.search(r"^#{1,2} ", text[match.end() :], re.MULTILINE)
        end = match.end() + rest.start() if rest else len(text)
        known = set(functions[match[1]].requirements)
        lines: list[_Line] = []
        stack = [-1]
        for raw in text[match.end() : end].splitlines():
            step = _STEP.match(raw)
            if step is None:
                continue
            width = len(step["indent"].expandtabs(4))
            while len(stack) > 1 and width <= stack[-1]:
                stack.pop()
            stack.append(width)
            ids = tuple(_ID.findall(step["ids"] or ""))
            if ids and not set(ids) <= known:  # brackets of the step itself
                lines.append(_Line(f"{step['text']} [{step['ids']}]", len(stack) - 2, ()))
            else:
                lines.append(_Line(step["text"], len(stack) - 2, ids))
        out[match[1]] = tuple(lines)
    return out
