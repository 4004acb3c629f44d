"""The interface of one component: typed functions and data classes for the requirements that it owns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from notec.core import Outcome
from notec.passes.annotations import annotation, identifier
from notec.passes.context import Context
from notec.passes.ir import Architecture, Component, DataType, Function, Parameter, Program, Requirement
from notec.passes.slot import Slot, ask_slot
from notec.spec.pseudo import PseudoFunction

VERSION = 1
_CALLED = re.compile(r"(?:^|\.)([^\W\d]\w*)\(")
_LIST: dict[str, Any] = {"type": "array", "items": {"type": "string"}, "default": []}
_PARAMETERS: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "type": {"type": "string", "default": "Any"}},
        "required": ["name", "type"],
        "additionalProperties": False,
    },
    "default": [],
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "types": {
            "type": "array",
            "maxItems": 12,
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "fields": _PARAMETERS,
                    "purpose": {"type": "string", "default": ""},
                    "requirements": _LIST,
                },
                "required": ["name", "fields", "purpose", "requirements"],
                "additionalProperties": False,
            },
            "default": [],
        },
        "functions": {
            "type": "array",
            "maxItems": 24,
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "parameters": _PARAMETERS,
                    "returns": {"type": "string", "default": "None"},
                    "purpose": {"type": "string", "default": ""},
                    "requirements": _LIST,
                },
                "required": ["name", "parameters", "returns", "purpose", "requirements"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["types", "functions"],
    "additionalProperties": False,
}
Interface = tuple[tuple[Function, ...], tuple[DataType, ...]]


def inputs_of(component: Component, program: Program, done: Architecture) -> dict[str, Any]:
    """All that the interface of a component depends on.

    Args:
        done: the components before it, with their interfaces.
    """
    own = [r for r in program.requirements if r.id in component.requirements]
    needed = [c for c in done.components if c.id in component.needs]
    inputs: dict[str, Any] = {
        "Component": component.name,
        "Purpose": component.purpose,
        "Requirements": [r.content for r in own],
    }
    if needed:
        inputs["Components that it needs"] = "\n".join(line for c in needed for line in shown(c))
    return inputs


def ask_interface(
    context: Context,
    component: Component,
    inputs: dict[str, Any],
    now: Component | None,
    pseudo: Sequence[PseudoFunction],
) -> Outcome[Interface | None]:
    """The interface as a model proposes it, without ids; None where there is no answer.

    Args:
        now: the interface of the last build, where its requirements changed since.
        pseudo: the user's own pseudo-code that belongs to its requirements.
    """
    given = dict(inputs)
    if terms := context.terms(*(r["text"] for r in inputs["Requirements"])):
        given["Terms"] = terms
    if pseudo:
        given["The user's pseudo-code"] = "\n".join(_head(p) for p in pseudo)
    if now is not None and now.functions:
        given["Now"] = "\n".join(shown(now))
    slot = Slot(
        step="interface",
        version=VERSION,
        subject=component.id,
        prompt="interface",
        inputs=given,
        schema=SCHEMA,
        read=_read,
        max_tokens=1200,
    )
    return ask_slot(context.asker, slot)


def shown(component: Component) -> list[str]:
    """A component as a few lines of Python's form."""
    lines = [f"# {component.name}: {component.purpose}"]
    for data in component.types:
        inside = ", ".join(f"{f.name}: {f.type}" for f in data.fields)
        lines.append(f"class {data.name}({inside})")
    lines += [f"def {f.signature}" for f in component.functions]
    return lines


def plain_interface(requirements: Sequence[Requirement], pseudo: Sequence[PseudoFunction]) -> Interface:
    """The functions that examples and the user's pseudo-code name, read by plain code."""
    out: dict[str, Function] = {}
    for item in pseudo:
        name = identifier(item.name)
        own = tuple(r.id for r in requirements if belongs(r, item))
        parameters = tuple(Parameter(n, annotation(t)) for n, t in item.parameters)
        returns = annotation(item.returns) if item.returns else _returns(requirements, name) or "Any"
        out[name] = Function("", name, parameters, returns, item.about, own)
    for requirement in requirements:
        for example in requirement.examples:
            name = called(example.call)
            if not name or name in out:
                if name and requirement.id not in out[name].requirements:
                    f = out[name]
                    out[name] = Function(
                        f.id, f.name, f.parameters, f.returns, f.purpose, (*f.requirements, requirement.id)
                    )
                continue
            parameters = tuple(_parameters(example.call))
            returns = _type_of(example.expected) if not example.raises else "Any"
            out[name] = Function("", name, parameters, returns, requirement.text, (requirement.id,))
    return tuple(out.values()), ()


def called(call: str) -> str:
    """The name of the function that an example calls; empty for `_` and for none."""
    match = _CALLED.search(call)
    return match[1] if match and match[1] != "_" else ""


def suffices(requirements: Iterable[Requirement], pseudo: Sequence[PseudoFunction]) -> bool:
    """Whether examples and pseudo-code name a function for everything that the program does."""
    doing = [r for r in requirements if r.kind == "function"]
    return bool(doing) and all(
        any(called(e.call) for e in r.examples) or any(belongs(r, p) for p in pseudo) for r in doing
    )


def belongs(requirement: Requirement, item: PseudoFunction) -> bool:
    """Whether a requirement is the head of this function of the user's, or names it as one."""
    if any(c.note.endswith(".pseudo") for c in requirement.because):
        return any(c.statement.endswith(f"#{item.name}") for c in requirement.because)
    name = re.escape(item.name)
    return bool(re.search(rf"(?<!\w){name}\(|`{name}`", requirement.text))


def _head(item: PseudoFunction) -> str:
    inside = ", ".join(f"{n}: {t}" if t else n for n, t in item.parameters)
    return f"{item.name}({inside})" + (f" -> {item.returns}" if item.returns else "")


def _parameters(call: str) -> Iterable[Parameter]:
    import ast

    node = ast.parse(call, mode="eval").body
    assert isinstance(node, ast.Call)
    for number, argument in enumerate(node.args, 1):
        yield Parameter(f"value{number}" if len(node.args) > 1 else "value", _type_of(ast.unparse(argument)))
    for keyword in node.keywords:
        if keyword.arg:
            yield Parameter(keyword.arg, _type_of(ast.unparse(keyword.value)))


def _type_of(expression: str) -> str:
    import ast

    try:
        value = ast.literal_eval(expression)
    except (ValueError, SyntaxError):
        return "Any"
    if isinstance(value, (list, tuple, set)) and value:
        inner = {type(v).__name__ for v in value}
        if len(inner) == 1 and not isinstance(value, tuple):
            return f"{type(value).__name__}[{inner.pop()}]"
    return "None" if value is None else type(value).__name__


def _returns(requirements: Sequence[Requirement], name: str) -> str:
    for requirement in requirements:
        for example in requirement.examples:
            if called(example.call) == name and not example.raises:
                return _type_of(example.expected)
    return ""


def _read(data: Any) -> Interface:
    types = []
    for item in data["types"]:
        name = identifier(item["name"], kind="class")
        if name and item["fields"]:
            fields = tuple(Parameter(f["name"], f["type"]) for f in item["fields"])
            types.append(
                DataType("", name, fields, " ".join(item["purpose"].split()), tuple(item["requirements"]))
            )
    functions: dict[str, Function] = {}
    for item in data["functions"]:
        name = (
            item["name"].strip("`() ")
            if item["name"].strip("`() ").isidentifier()
            else identifier(item["name"])
        )
        if name and name not in functions:
            parameters = tuple(
                Parameter(p["name"], p["type"])
                for p in item["parameters"]
                if p["name"] not in ("self", "cls", "*", "/")
            )
            purpose = " ".join(item["purpose"].split())
            functions[name] = Function(
                "", name, parameters, item["returns"], purpose, tuple(item["requirements"])
            )
    if not functions:
        raise ValueError("it names no function")
    names = {t.name for t in types}
    return tuple(f for f in functions.values() if f.name not in names), tuple(types)
