"""Puts an architecture right as far as plain code can: what is left, `verify` finds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from notec.passes.annotations import annotation, identifier
from notec.passes.identity import alike
from notec.passes.ir import Architecture, Component, DataType, Function, Parameter, Requirement


def mended(architecture: Architecture, requirements: Sequence[Requirement]) -> Architecture:
    """The same with every id resolved, every requirement at a function, valid names and types, no circle."""
    known = {r.id for r in requirements}
    components = []
    for component in architecture.components:
        own = tuple(dict.fromkeys(r for r in component.requirements if r in known))
        if own:
            components.append(replace(component, requirements=own))
    ids = {c.id for c in components}
    components = [
        replace(c, needs=tuple(n for n in dict.fromkeys(c.needs) if n in ids and n != c.id))
        for c in components
    ]
    texts = {r.id: r.text for r in requirements}
    seen: dict[str, frozenset[str]] = {}
    done = []
    for component in ordered(components):
        foreign = frozenset().union(*(seen[n] for n in component.needs))
        mine = frozenset(t.name for t in component.types)
        types = foreign | mine
        functions = tuple(_function(f, types) for f in component.functions)
        made = replace(
            component,
            functions=_carrying(component, functions, texts),
            types=tuple(_type(t, types, component) for t in component.types),
        )
        seen[component.id] = types
        done.append(made)
    return Architecture(tuple(done))


def ordered(components: Iterable[Component]) -> list[Component]:
    """Each after those that it needs; where they go in a circle, the need that closes it is dropped."""
    left = list(components)
    out: list[Component] = []
    placed: set[str] = set()
    while left:
        ready = next((c for c in left if set(c.needs) <= placed), None)
        if ready is None:  # a circle: the one with the fewest unmet needs goes first, without them
            first = min(left, key=lambda c: len(set(c.needs) - placed))
            ready = replace(first, needs=tuple(n for n in first.needs if n in placed))
            left = [ready if c.id == first.id else c for c in left]
        left.remove(ready)
        placed.add(ready.id)
        out.append(ready)
    return out


def _function(function: Function, types: frozenset[str]) -> Function:
    return replace(
        function,
        parameters=_parameters(function.parameters, types),
        returns=annotation(function.returns, types),
    )


def _type(data: DataType, types: frozenset[str], component: Component) -> DataType:
    own = tuple(r for r in data.requirements if r in component.requirements)
    return replace(data, fields=_parameters(data.fields, types), requirements=own)


def _parameters(parameters: Iterable[Parameter], types: frozenset[str]) -> tuple[Parameter, ...]:
    """Valid, different names, and types."""
    out: dict[str, Parameter] = {}
    for number, parameter in enumerate(parameters, 1):
        name = identifier(parameter.name) or f"value{number}"
        while name in out:
            name += "_"
        out[name] = Parameter(name, annotation(parameter.type, types))
    return tuple(out.values())


def _carrying(
    component: Component, functions: Sequence[Function], texts: dict[str, str]
) -> tuple[Function, ...]:
    """Each requirement of the component stands at one of its functions: at the likest, if none names it."""
    out = [
        replace(
            f, requirements=tuple(r for r in dict.fromkeys(f.requirements) if r in component.requirements)
        )
        for f in functions
    ]
    named = {r for f in out for r in f.requirements}
    for requirement in component.requirements:
        if requirement not in named and out:
            likeness = [alike(f"{f.name.replace('_', ' ')} {f.purpose}", texts[requirement]) for f in out]
            best = likeness.index(max(likeness))
            out[best] = replace(out[best], requirements=(*out[best].requirements, requirement))
    bare = [i for i, f in enumerate(out) if not f.requirements]
    for index in bare:  # a helper: it rests on what the likest requirement asks for
        words = f"{out[index].name.replace('_', ' ')} {out[index].purpose}"
        likest = max(component.requirements, key=lambda r: alike(words, texts[r]))
        out[index] = replace(out[index], requirements=(likest,))
    return tuple(out)
