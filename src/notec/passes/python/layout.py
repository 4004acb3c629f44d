"""The Python project of a program: packages, imports, signatures, tests, each line with its origin.

The same program gives the same bytes. A function without a body raises `NotImplementedError` and names what
is open.

Must not know: where files are written, what was run.
"""

from __future__ import annotations

import ast
import keyword
import re
import sys
import textwrap
from collections.abc import Iterable, Sequence

from notec.passes.annotations import latin
from notec.passes.files import File, Origin, What
from notec.passes.ir import Component, DataType, Function, Program, Test
from notec.passes.python.names import Imported, Surroundings, free_names, names_of
from notec.passes.python.text import INDENT, indent

WIDTH = 100
Line = tuple[str, Origin]


def package_name(title: str) -> str:
    """A name for the package, from the title of the idea."""
    name = "_".join(re.findall(r"[a-z0-9]+", latin(title)))[:40].strip("_")
    if not name or name[0].isdigit() or keyword.iskeyword(name) or name in sys.stdlib_module_names:
        name = f"app_{name}".strip("_")
    return "tests_of_notes" if name == "tests" else name


def project(program: Program, package: str) -> tuple[File, ...]:
    """All files of the project, in order of their paths."""
    parts = program.architecture.components
    whole = tuple(c.id for c in parts)
    files = [_plain("pyproject.toml", _pyproject(package), whole)]
    files.append(_plain(f"src/{package}/__init__.py", _package_docstring(program, package), whole))
    for component in parts:
        files.append(module(program, component, package))
        tests = [t for t in program.tests if any(f.id == t.function for f in component.functions)]
        if tests:
            files.append(_test_module(program, component, tests, package))
    return tuple(sorted(files, key=lambda f: f.path))


def module_name(component: Component, package: str) -> str:
    """Where a component is imported from."""
    return f"{package}.{component.name}"


def module(program: Program, component: Component, package: str) -> File:
    """The module of a component."""
    around = Surroundings(package, component, program.architecture)
    pieces = [_class(t) for t in component.types]
    pieces += [_function(program, f) for f in component.functions]
    used: dict[Imported, list[str]] = {}
    parts: tuple[DataType | Function, ...] = (*component.types, *component.functions)
    for part, piece in zip(parts, pieces, strict=True):
        for wanted in imports(around, part, [text for text, _ in piece]):
            used.setdefault(wanted, []).append(part.id)
    head = [
        (line, Origin("doc", (component.id,)))
        for line in _docstring(component.purpose, component.requirements)
    ]
    head += [("", Origin("layout", (component.id,)))]
    head += [("from __future__ import annotations", Origin("import", (component.id,)))]
    lines = [*head, *_imports(used, package)]
    for piece in pieces:
        lines += [("", piece[0][1]), ("", piece[0][1]), *piece]
    return _file(f"src/{package}/{component.name}.py", lines)


def imports(around: Surroundings, part: Function | DataType, lines: Sequence[str]) -> list[Imported]:
    """What a function or data class has to import; names that do not exist are left out."""
    given = part.parameters if isinstance(part, Function) else part.fields
    annotations = [p.type for p in given] + ([part.returns] if isinstance(part, Function) else [])
    text = "\n".join(lines)
    names = set(free_names("from __future__ import annotations\n" + text))
    names |= {name for a in annotations for name in names_in(a)}
    modules = set(re.findall(r"\b([a-z]\w*)\.(?:date|datetime|time|timedelta|timezone|UTC)\b", text))
    found = (around.find(name, as_module=name in modules or name != "datetime") for name in sorted(names))
    return [f for f in found if isinstance(f, Imported)]


def names_in(annotation: str) -> list[str]:
    """The names in an annotation, those in strings too.

    Raises:
        ValueError: it is no expression.
    """
    try:
        tree = ast.parse(annotation.strip() or "None", mode="eval")
    except SyntaxError:
        raise ValueError(f"`{annotation}` is no type") from None
    return [n.id for n in ast.walk(tree) if isinstance(n, ast.Name)]


def signature_lines(function: Function) -> list[str]:
    """`def name(...) -> type:`, over several lines where it is long."""
    line = f"def {function.signature}:"
    if len(line) <= WIDTH:
        return [line]
    inside = [f"{INDENT}{p.name}: {p.type}," for p in function.parameters]
    return [f"def {function.name}(", *inside, f") -> {function.returns}:"]


def assembled(function: Function, code: str) -> str:
    """A function with its body, as text."""
    return "\n".join([*signature_lines(function), *indent(code.split("\n"))]) + "\n"


def _function(program: Program, function: Function) -> list[Line]:
    mine = (function.id,)
    lines = [(line, Origin("signature", mine)) for line in signature_lines(function)]
    lines += [
        (INDENT + line if line else "", Origin("doc", mine))
        for line in _docstring(function.purpose, function.requirements)
    ]
    body = next((b for b in program.bodies if b.function == function.id), None)
    if body is None:
        said = f"open: {', '.join(function.requirements) or function.id}"
        return [
            *lines,
            (f"{INDENT}raise NotImplementedError({said!r})".replace("'", '"'), Origin("stub", mine)),
        ]
    code = indent(body.code.split("\n"))
    steps = [*body.steps, *[""] * len(code)]
    return lines + [
        (line, Origin("body", (step or function.id,))) for line, step in zip(code, steps, strict=False)
    ]


def _class(kind: DataType) -> list[Line]:
    origin = Origin("type", (kind.id,))
    lines = ["@dataclass", f"class {kind.name}:"]
    lines += [INDENT + line if line else "" for line in _docstring(kind.purpose, kind.requirements)]
    lines += ["", *(f"{INDENT}{f.name}: {f.type}" for f in kind.fields)] if kind.fields else []
    return [(line, origin) for line in lines]


def _test_module(program: Program, component: Component, tests: Sequence[Test], package: str) -> File:
    around = Surroundings(package, component, program.architecture)
    used: dict[Imported, list[str]] = {}
    pieces: list[list[Line]] = []
    for test in tests:
        origin = Origin("test", (test.id,))
        linked = [r for r in program.requirements if r.id in test.requirements]
        said = next((e.text for r in linked for e in r.examples if e.id == test.example), "")
        said = said.replace("`", "") or "; ".join(r.text for r in linked)
        doc = _docstring(said, test.requirements)
        function = next(f for f in component.functions if f.id == test.function)
        lines = [f"def test_{_snake(test.id)}_{function.name}() -> None:"]
        lines += [INDENT + line if line else "" for line in doc]
        lines += indent(test.code.split("\n"))
        for name in free_names("\n".join(test.code.split("\n"))):
            found = (
                Imported("pytest") if name == "pytest" else around.find(name, as_module=name != "datetime")
            )
            if name in names_of(component):
                found = Imported(module_name(component, package), name)
            if isinstance(found, Imported):
                used.setdefault(found, []).append(test.id)
        pieces.append([(line, origin) for line in lines])
    whole = Origin("harness", (component.id,))
    lines_out: list[Line] = [(line, whole) for line in _docstring(f"Tests of {component.name}", ())]
    lines_out += [("", whole), ("from __future__ import annotations", whole), *_imports(used, package)]
    for piece in pieces:
        lines_out += [("", piece[0][1]), ("", piece[0][1]), *piece]
    return _file(f"tests/test_{component.name}.py", lines_out)


def _imports(used: dict[Imported, list[str]], package: str) -> list[Line]:
    """Grouped and sorted the way that `ruff` and `isort` do it."""
    groups: list[list[Line]] = [[], [], []]
    by_module: dict[str, list[Imported]] = {}
    for wanted in used:
        by_module.setdefault(wanted.module if wanted.name else f"import {wanted.module}", []).append(wanted)
    for key in sorted(
        by_module, key=lambda k: (not k.startswith("import "), k.removeprefix("import ").lower())
    ):
        parts = by_module[key]
        top = parts[0].module.split(".")[0]
        group = groups[2 if top == package else 1 if top == "pytest" else 0]
        if not parts[0].name:
            group.append((str(parts[0]), Origin("import", _joined(used[parts[0]]))))
            continue
        names = sorted((p.name for p in parts), key=_isort)
        line = f"from {parts[0].module} import {', '.join(names)}"
        every = Origin("import", _joined(i for p in parts for i in used[p]))
        if len(line) <= WIDTH - 12:
            group.append((line, every))
            continue
        by_name = {p.name: Origin("import", _joined(used[p])) for p in parts}
        group.append((f"from {parts[0].module} import (", every))
        group += [(f"{INDENT}{name},", by_name[name]) for name in names]
        group.append((")", every))
    out: list[Line] = []
    for filled in filter(None, groups):
        out += [("", filled[0][1]), *filled]
    return out


def _isort(name: str) -> tuple[int, str]:
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def _joined(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))


def _docstring(text: str, requirements: Sequence[str]) -> list[str]:
    """A docstring of one line or more, and the requirements below it."""
    written = text.encode("utf-8", "replace").decode().replace("\0", " ")
    clean = " ".join(written.split()).replace("\\", "\\\\").replace('"""', "'''") or "Part of the program."
    clean = " " * (clean[0] == '"') + clean
    clean += " " if clean.endswith('"') else "" if clean[-1] in ".!?…" else "."
    names = ", ".join(requirements)
    if not names and len(clean) <= WIDTH - 10:
        return [f'"""{clean}"""']
    lines = textwrap.wrap(clean, WIDTH - 10, break_long_words=False, break_on_hyphens=False)
    lines[0] = f'"""{lines[0]}'
    return [*lines, *(["", f"Requirements: {names}."] if names else []), '"""']


def _pyproject(package: str) -> list[str]:
    return [
        "[build-system]",
        'requires = ["setuptools>=61"]',
        'build-backend = "setuptools.build_meta"',
        "",
        "[project]",
        f'name = "{package.replace("_", "-")}"',
        'version = "0.1.0"',
        'requires-python = ">=3.11"',
        "",
        "[tool.setuptools.packages.find]",
        'where = ["src"]',
        "",
        "[tool.pytest.ini_options]",
        'pythonpath = ["src"]',
        'testpaths = ["tests"]',
    ]


def _package_docstring(program: Program, package: str) -> list[str]:
    said = "; ".join(f"{c.name}: {c.purpose}".rstrip(": .") for c in program.architecture.components)
    return _docstring(said or package, ())


def _plain(path: str, lines: Sequence[str], ids: tuple[str, ...], what: What = "layout") -> File:
    return _file(path, [(line, Origin(what, ids)) for line in lines])


def _file(path: str, lines: Sequence[Line]) -> File:
    return File(path, "".join(text + "\n" for text, _ in lines), tuple(origin for _, origin in lines))


def _snake(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_").lower()
