"""Reads generated Python files again after the user had them in his hands.

A body or a test that says something else is his from then on; one that a formatter went over is what it was.
What he deleted stays deleted only in his file: the program still asks for it.

Must not know: where files are kept, how two edits of one place are merged.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from notec.passes.files import File
from notec.passes.ir import Body, Component, Function, Program, Test
from notec.passes.python.layout import project
from notec.passes.python.text import relocate, tidy

_IDS = re.compile(r"Requirements: (?P<ids>.+?)\.?\s*$", re.DOTALL)


def edited(program: Program, package: str, files: Mapping[str, str]) -> Program:
    """The program with the bodies and tests that stand in `files`, by path, where they are not those made.

    A file that is no Python any more changes nothing.
    """
    for made in project(program, package):
        text = files.get(made.path)
        text = text.replace("\r\n", "\n") if text else text
        if text is None or text == made.text or not made.path.endswith(".py"):
            continue
        try:
            _functions(text)
        except (SyntaxError, ValueError, RecursionError):
            continue
        for component in program.architecture.components:
            if made.path == f"src/{package}/{component.name}.py":
                program = _bodies(program, component, made, text)
            elif made.path == f"tests/test_{component.name}.py":
                program = _tests(program, component, made.text, text)
    return program


def _functions(text: str) -> dict[str, ast.FunctionDef]:
    return {n.name: n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)}


def _inside(text: str, node: ast.FunctionDef) -> tuple[list[str], int]:
    """The lines of a body without its docstring, put right, and the number of the first, from 0."""
    body = node.body
    doc = ast.get_docstring(node, clean=False) is not None
    lines = text.split("\n")
    start = (body[0].end_lineno or 0) if doc else body[0].lineno - 1
    if not doc:  # comments above the first statement are the body's
        while start > 0 and lines[start - 1].strip().startswith("#"):
            start -= 1
    inner = lines[start : node.end_lineno]
    while inner and not inner[0].strip():
        inner, start = inner[1:], start + 1
    return (tidy(inner) if inner else []), start


def _same(left: str, right: str) -> bool:
    return ast.dump(ast.parse(left)) == ast.dump(ast.parse(right))


def _bodies(program: Program, component: Component, made: File, text: str) -> Program:
    old, new = _functions(made.text), _functions(text)
    origins = relocate(made.text, made.origins, text)
    for function in component.functions:
        if function.name not in new or function.name not in old:
            continue
        mine, start = _inside(text, new[function.name])
        before, _ = _inside(made.text, old[function.name])
        if _same("\n".join(mine), "\n".join(before)):
            continue
        steps = tuple(
            origin.ids[0] if origin is not None and origin.what == "body" else function.id
            for origin in origins[start : start + len(mine)]
        )
        body = Body(function.id, "\n".join(mine), steps, own=True)
        others = tuple(b for b in program.bodies if b.function != function.id)
        program = replace(program, bodies=(*others, body))
    return program


def _tests(program: Program, component: Component, made: str, text: str) -> Program:
    old, new = _functions(made), _functions(text)
    by_name = {name: t for t in program.tests for name in old if name.startswith(f"test_{t.id.lower()}_")}
    tests = list(program.tests)
    known = {r.id for r in program.requirements}
    for name, node in new.items():
        lines, _ = _inside(text, node)
        code = "\n".join(lines)
        test = by_name.get(name)
        if test is not None:
            before = "\n".join(_inside(made, old[name])[0])
            if not _same(code, before):
                tests[tests.index(test)] = replace(test, code=code, origin="own")
        elif name.startswith("test_") and (function := _about(node, component.functions)):
            said = _IDS.search(ast.get_docstring(node) or "")
            named = re.split(r"[,\s]+", said["ids"]) if said else []
            ids = tuple(i for i in named if i in known) or function.requirements
            tests.append(Test(_free_id(tests), function.id, ids, code, origin="own"))
    return replace(program, tests=tuple(tests))


def _about(node: ast.FunctionDef, functions: Sequence[Function]) -> Function | None:
    """The function of the component that a test calls first."""
    names = {f.name: f for f in functions}
    called = (n.func.id for n in ast.walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name))
    return next((names[n] for n in called if n in names), None)


def _free_id(tests: Sequence[Test]) -> str:
    taken = {t.id for t in tests}
    return next(f"X{n}" for n in range(1, len(taken) + 2) if f"X{n}" not in taken)
