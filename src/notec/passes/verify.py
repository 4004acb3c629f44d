"""The verifier between passes: what is wrong with a program as it stands. It mends nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from notec.core import Diagnostic, Severity
from notec.passes.annotations import is_annotation
from notec.passes.ir import Architecture, Component, DataType, Function, Program

Part = Component | Function | DataType


def verify(program: Program) -> tuple[Diagnostic, ...]:
    """Every id is there once and resolves, everything rests on a requirement, nothing goes in a circle."""
    return tuple(_found(program))


def _found(program: Program) -> Iterator[Diagnostic]:
    known = {r.id for r in program.requirements}
    architecture = program.architecture
    parts = [p for c in architecture.components for p in _parts(c)]
    ids = [*(r.id for r in program.requirements), *(p.id for p in parts), *(t.id for t in program.tests)]
    ids += [s.id for p in program.procedures for s in p.steps]
    for name, times in Counter(ids).items():
        if times > 1:
            yield _wrong("double-id", f"{name} is the id of {times} things")
    for requirement in program.requirements:
        if not requirement.because:
            yield _wrong("no-because", f"{requirement.id} rests on no words of a note")
    if architecture.components:
        yield from _owned(architecture, known)
    yield from _steps(program, known)
    for test in program.tests:
        for name in test.requirements:
            if name not in known:
                yield _wrong("unresolved-id", f"test {test.id} names {name}, which is not there")


def _parts(component: Component) -> list[Part]:
    """A component, its functions and its data classes."""
    return [component, *component.functions, *component.types]


def _owned(architecture: Architecture, known: set[str]) -> Iterator[Diagnostic]:
    owned = {r for c in architecture.components for r in c.requirements}
    for name in sorted(known - owned):
        yield _wrong("unowned-requirement", f"no component carries out {name}")
    ids = {c.id for c in architecture.components}
    names = Counter(c.name for c in architecture.components)
    for component in architecture.components:
        where = f"component {component.id} ({component.name})"
        if not component.requirements:
            yield _wrong("needless-component", f"{where} carries out no requirement")
        if names[component.name] > 1 or not component.name.isidentifier():
            yield _wrong("bad-name", f"{where}: the name is taken or no Python name")
        for need in component.needs:
            if need not in ids:
                yield _wrong("unresolved-id", f"{where} needs {need}, which is not there")
        for part in _parts(component):
            for name in part.requirements:
                if name not in known:
                    yield _wrong("unresolved-id", f"{part.id} ({part.name}) names {name}, which is not there")
        carried = {r for f in component.functions for r in f.requirements}
        for name in component.requirements:
            if component.functions and name not in carried:
                yield _wrong("uncarried-requirement", f"{where}: no function carries out {name}")
        yield from _signatures(component, architecture)
    if circle := circle_of(architecture):
        yield _wrong("circle", "components need one another in a circle: " + " -> ".join(circle))


def _signatures(component: Component, architecture: Architecture) -> Iterator[Diagnostic]:
    needed = [c for c in architecture.components if c.id in component.needs or c is component]
    types = frozenset(t.name for c in architecture.components for t in c.types)
    near = frozenset(t.name for c in needed for t in c.types)
    for name, times in Counter(p.name for p in _parts(component)[1:]).items():
        if times > 1:
            yield _wrong("double-name", f"{component.name}.{name} stands there {times} times")
    for function in component.functions:
        where = f"{function.id} ({component.name}.{function.name})"
        if not function.requirements:
            yield _wrong("no-because", f"{where} rests on no requirement")
        if not function.name.isidentifier():
            yield _wrong("bad-name", f"{where}: no Python name")
        for what in (*(p.type for p in function.parameters), function.returns):
            if not is_annotation(what, near | types):
                yield _wrong("bad-type", f"{where}: {what!r} is no type")
        for parameter in function.parameters:
            if not parameter.name.isidentifier():
                yield _wrong("bad-name", f"{where}: {parameter.name!r} is no Python name")


def _steps(program: Program, known: set[str]) -> Iterator[Diagnostic]:
    functions = {f.id: f for f in program.architecture.functions}
    for procedure in program.procedures:
        function = functions.get(procedure.function)
        if function is None:
            yield _wrong("unresolved-id", f"pseudo-code of {procedure.function}, which is not there")
            continue
        if not procedure.steps:
            yield _wrong("no-steps", f"{function.id} ({function.name}) has no steps")
        for step in procedure.steps:
            for name in step.requirements:
                if name not in known:
                    yield _wrong("unresolved-id", f"step {step.id} names {name}, which is not there")


def circle_of(architecture: Architecture) -> tuple[str, ...]:
    """Names of components that need one another in a circle, the first again at the end; empty for none."""
    by_id = {c.id: c for c in architecture.components}
    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> tuple[str, ...]:
        if name in path:
            return (*path[path.index(name) :], name)
        if name in done or name not in by_id:
            return ()
        for need in by_id[name].needs:
            if found := walk(need, (*path, name)):
                return found
        done.add(name)
        return ()

    for name in by_id:
        if found := walk(name, ()):
            return tuple(by_id[n].name for n in found)
    return ()


def _wrong(code: str, message: str) -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, message, "")
