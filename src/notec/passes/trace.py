"""Where each line of a build comes from, and what came of each requirement.

A line names the steps, functions, types, tests or components that it was made from; those rest on
requirements, and requirements on words of a note. `trace.json` holds that as data, `TRACE.html` as one page
that needs nothing else.

Must not know: where files are written, how code is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from notec.core import Citation
from notec.passes import python
from notec.passes.files import File, Origin, rests_on
from notec.passes.ir import Program, Requirement

T = TypeVar("T")

_LONGEST = 100  # characters of a test that the page names it by
JSON, PAGE = "trace.json", "TRACE.html"
_START = re.compile(r"^(?:#+|[-*])? *`?([^\s·`]+?)(?: +[·→]|\[\"| -->|$)")


class Chain(NamedTuple):
    """Why a line is there: from what it was made from to the words of the notes."""

    what: str
    steps: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    because: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class Trace:
    """The lines of a build with their origins.

    Args:
        lines: by path, for each line what it comes from; None for a line of the user's own.
    """

    program: Program
    lines: Mapping[str, tuple[Origin | None, ...]]
    _known: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)

    def rests(self, name: str) -> tuple[str, ...]:
        """The requirements that something rests on, by its id."""
        if name not in self._known:
            own = name in self._requirements
            self._known[name] = (name,) if own else rests_on(self.program, name)
        return self._known[name]

    def chain(self, path: str, line: int) -> Chain | None:
        """Why a line, counted from 1, is there; None where the user wrote it."""
        origin = self.lines[path][line - 1]
        if origin is None:
            return None
        steps: list[str] = []
        functions: list[str] = []
        components: list[str] = []
        examples: list[str] = []
        for name in origin.ids:
            owner = self._owners.get(name, ())
            steps += [name] if name in self._steps else []
            functions += [n for n in (name, *owner) if n in self._functions]
            components += [n for n in (name, *owner) if n in self._components]
            examples += [t.example for t in self.program.tests if t.id == name and t.example]
        requirements = _once(r for name in origin.ids for r in self.rests(name))
        because: list[Citation] = []
        for requirement in map(self._requirements.__getitem__, requirements):
            because += requirement.because
            because += [c for e in requirement.examples if e.id in examples for c in e.because]
        return Chain(
            origin.what, _once(steps), _once(functions), _once(components), requirements, _once(because)
        )

    def back(self, requirement: str) -> dict[str, tuple[int, ...]]:
        """The lines that came of a requirement, by path."""
        return {path: tuple(rows) for path, rows in self._back.get(requirement, {}).items()}

    def words(self) -> tuple[Citation, ...]:
        """All words of the notes that something rests on."""
        requirements = self.program.requirements
        return _once(
            c for r in requirements for c in (*r.because, *(c for e in r.examples for c in e.because))
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data: see `docs/compile.md`."""
        number = {citation: i for i, citation in enumerate(self.words())}
        results = {r.requirement: r for r in self.program.results}
        parts = self.program.architecture.components
        return {
            "words": [
                {"id": i, "note": c.note, "line": c.line, "span": list(c.span), "quote": c.quote}
                for c, i in number.items()
            ],
            "requirements": [
                {
                    "id": r.id,
                    "text": r.text,
                    "kind": r.kind,
                    "priority": r.priority,
                    "state": results[r.id].state if r.id in results else "",
                    "why": results[r.id].why if r.id in results else "",
                    "words": [number[c] for c in r.because],
                }
                for r in self.program.requirements
            ],
            "examples": [
                {"id": e.id, "requirement": r.id, "text": e.text, "words": [number[c] for c in e.because]}
                for r in self.program.requirements
                for e in r.examples
            ],
            "components": [
                {"id": c.id, "name": c.name, "purpose": c.purpose, "rests": list(self.rests(c.id))}
                for c in parts
            ],
            "functions": [
                {
                    "id": f.id,
                    "component": c.id,
                    "name": f.name,
                    "signature": f.signature,
                    "rests": list(self.rests(f.id)),
                }
                for c in parts
                for f in c.functions
            ],
            "types": [
                {"id": t.id, "component": c.id, "name": t.name, "rests": list(self.rests(t.id))}
                for c in parts
                for t in c.types
            ],
            "steps": [
                {
                    "id": s.id,
                    "function": p.function,
                    "text": s.text,
                    "depth": s.depth,
                    "rests": list(self.rests(s.id)),
                }
                for p in self.program.procedures
                for s in p.steps
            ],
            "tests": [
                {
                    "id": t.id,
                    "function": t.function,
                    "name": " ".join(t.code.split())[:_LONGEST] or t.id,
                    "example": t.example,
                    "origin": t.origin,
                    "rests": list(self.rests(t.id)),
                }
                for t in self.program.tests
            ],
            "files": [_file(path, origins) for path, origins in self.lines.items()],
            "back": {
                r.id: {path: _ranges(rows) for path, rows in self.back(r.id).items()}
                for r in self.program.requirements
            },
        }

    @cached_property
    def _requirements(self) -> dict[str, Requirement]:
        return {r.id: r for r in self.program.requirements}

    @cached_property
    def _back(self) -> dict[str, dict[str, list[int]]]:
        out: dict[str, dict[str, list[int]]] = {}
        for path, origins in self.lines.items():
            for number, origin in enumerate(origins, 1):
                for requirement in (
                    _once(r for name in origin.ids for r in self.rests(name)) if origin else ()
                ):
                    out.setdefault(requirement, {}).setdefault(path, []).append(number)
        return out

    @cached_property
    def _functions(self) -> frozenset[str]:
        return frozenset(f.id for f in self.program.architecture.functions)

    @cached_property
    def _components(self) -> frozenset[str]:
        return frozenset(c.id for c in self.program.architecture.components)

    @cached_property
    def _steps(self) -> frozenset[str]:
        return frozenset(s.id for p in self.program.procedures for s in p.steps)

    @cached_property
    def _owners(self) -> dict[str, tuple[str, ...]]:
        """What each thing is part of, the nearest first."""
        out: dict[str, tuple[str, ...]] = {}
        for component in self.program.architecture.components:
            out |= {f.id: (component.id,) for f in component.functions}
            out |= {t.id: (component.id,) for t in component.types}
        for procedure in self.program.procedures:
            for step in procedure.steps:
                out[step.id] = (procedure.function, *out.get(procedure.function, ()))
        for test in self.program.tests:
            out[test.id] = (test.function, *out.get(test.function, ()))
        return out


def trace(
    program: Program, files: Iterable[File], pages: Mapping[str, str], texts: Mapping[str, str]
) -> Trace:
    """The trace of a build.

    Args:
        files, pages: as they were made.
        texts: as they lie in the folder: formatted, merged, edited. What is missing lies there as made.
    """
    lines: dict[str, tuple[Origin | None, ...]] = {}
    for path, text in pages.items():
        lines[path] = _followed(path, text, _page(program, text), texts.get(path, text))
    for file in files:
        lines[file.path] = _followed(file.path, file.text, file.origins, texts.get(file.path, file.text))
    return Trace(program, dict(sorted(lines.items(), key=_order)))


def _followed(path: str, made: str, origins: Sequence[Origin], now: str) -> tuple[Origin | None, ...]:
    if now == made:
        return tuple(origins)
    return tuple(python.relocate(made, origins, now, python=path.endswith(".py")))


def _order(item: tuple[str, object]) -> tuple[int, str]:
    """Pages in the order of the passes, then code, then tests."""
    first = ("requirements.md", "architecture.md", "pseudocode/", "src/", "tests/")
    return next((i for i, name in enumerate(first) if item[0].startswith(name)), len(first)), item[0]


def _page(program: Program, text: str) -> tuple[Origin, ...]:
    """The origins of the lines of a page: what stands at the beginning of the line, else of its section."""
    parts = program.architecture.components
    known = {r.id for r in program.requirements} | {c.id for c in parts}
    known |= {f.id for f in program.architecture.functions} | {t.id for t in program.architecture.types}
    steps = {p.function: iter(p.steps) for p in program.procedures}
    whole = tuple(c.id for c in parts) or tuple(r.id for r in program.requirements)
    section = whole
    out: list[Origin] = []
    for line in text.splitlines():
        found = _START.match(line.strip())
        name = found[1] if found and found[1] in known else ""
        if line.startswith("#"):
            if name or line.startswith(("# ", "## ")):
                section = (name,) if name else whole
            out.append(Origin("page", section))
        elif name:
            out.append(Origin("page", (name,)))
        elif line.lstrip().startswith("- ") and section[0] in steps:
            step = next(steps[section[0]], None)
            out.append(Origin("page", (step.id,) if step else section))
        else:
            named = tuple(n for n in re.findall(r"[\w.-]+", line) if n in known) if section == whole else ()
            out.append(Origin("page", _once(named) or section))
    return tuple(out)


def _file(path: str, origins: Sequence[Origin | None]) -> dict[str, Any]:
    """Each origin once, and for each line which one it has."""
    number = {origin: i for i, origin in enumerate(_once(o for o in origins if o is not None))}
    return {
        "path": path,
        "origins": [[origin.what, list(origin.ids)] for origin in number],
        "lines": [None if origin is None else number[origin] for origin in origins],
    }


def _ranges(rows: Sequence[int]) -> list[list[int]]:
    """Lines that follow one another, as their first and last."""
    out: list[list[int]] = []
    for row in rows:
        if out and out[-1][1] == row - 1:
            out[-1][1] = row
        else:
            out.append([row, row])
    return out


def _once(items: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(items))
