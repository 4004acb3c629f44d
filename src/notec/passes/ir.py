"""What passes hand to one another: plain frozen values, each naming what it rests on.

A `Program` starts empty; each pass gives it back with its own part filled in. A requirement rests on words of
a note (`because`), everything after it on ids. `content` is what later passes may see of a requirement: its
place in the note is not part of it, so that a note whose wording changed, and whose demands did not, stops
there.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from notec.core import Citation

Kind = Literal["function", "constraint", "prohibition", "data", "interface", "quality"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Priority = Literal["must", "should", "may"]
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
State = Literal["done", "unverified", "open"]

T = TypeVar("T")


@dataclass(frozen=True)
class Exact:
    """Words of a note that have to reach the program as they are.

    Args:
        kind: `text` (in quotation marks), `code`, `number` (with its unit), `list`.
        text: exactly as in the note.
        items: the items of a list, exactly, in its order.
    """

    kind: str
    text: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Example:
    """An example from a note.

    Args:
        text: as in the note.
        call, expected: Python expressions, where it can be run; else empty. The call names the function as
            the note does, or `_` where the note names none.
        raises: the call is to fail; `expected` then holds the name of an exception, or nothing.
    """

    id: str
    text: str
    call: str = ""
    expected: str = ""
    because: tuple[Citation, ...] = ()
    raises: bool = False


@dataclass(frozen=True)
class Requirement:
    """Something that the program has to do, to be or to leave.

    Args:
        id: `R1`, or the id that the user gave it.
        text: on one line; what later passes work from.
        because: the words of the note, exactly.
        before: what it said before its statement was reworded, as the model was told; part of that question.
    """

    id: str
    text: str
    kind: Kind = "function"
    priority: Priority = "must"
    literals: tuple[Exact, ...] = ()
    examples: tuple[Example, ...] = ()
    because: tuple[Citation, ...] = ()
    before: str = ""

    @property
    def content(self) -> dict[str, Any]:
        """What later passes may see, for their prompts and keys."""
        out: dict[str, Any] = {
            "id": self.id,
            "text": self.text,
            "kind": self.kind,
            "priority": self.priority,
        }
        if self.literals:
            out["literals"] = [list(exact.items) if exact.items else exact.text for exact in self.literals]
        if self.examples:
            out["examples"] = [
                {k: v for k, v in asdict(e).items() if v and k not in ("because", "id")}
                for e in self.examples
            ]
        return out


@dataclass(frozen=True)
class Question:
    """Something worth answering before code is written.

    Args:
        code: why it is asked: `missing-example`, `unmeasured`, `undefined-term`, `open-question`, `conflict`.
        requirements: ids that it is about.
    """

    code: str
    text: str
    requirements: tuple[str, ...] = ()
    because: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class Parameter:
    """A parameter, or a field of a data type; `type` is a Python annotation."""

    name: str
    type: str


@dataclass(frozen=True)
class DataType:
    """A data class: `id` is T1..."""

    id: str
    name: str
    fields: tuple[Parameter, ...] = ()
    purpose: str = ""
    requirements: tuple[str, ...] = ()


@dataclass(frozen=True)
class Function:
    """A typed signature: `id` is F1..., `name` an identifier that is unique in its component."""

    id: str
    name: str
    parameters: tuple[Parameter, ...] = ()
    returns: str = "None"
    purpose: str = ""
    requirements: tuple[str, ...] = ()

    @property
    def signature(self) -> str:
        """`name(a: int, b: str) -> bool`."""
        inside = ", ".join(f"{p.name}: {p.type}" for p in self.parameters)
        return f"{self.name}({inside}) -> {self.returns}"


@dataclass(frozen=True)
class Component:
    """A module of the program: `id` is C1..., `name` the name of its Python module.

    Args:
        needs: ids of the components that it may import.
    """

    id: str
    name: str
    purpose: str = ""
    requirements: tuple[str, ...] = ()
    functions: tuple[Function, ...] = ()
    types: tuple[DataType, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Architecture:
    """The components, each after those that it needs."""

    components: tuple[Component, ...] = ()

    @property
    def functions(self) -> tuple[Function, ...]:
        return tuple(f for c in self.components for f in c.functions)

    @property
    def types(self) -> tuple[DataType, ...]:
        return tuple(t for c in self.components for t in c.types)

    def owner(self, function: str) -> Component:
        """The component of a function, by the function's id."""
        return next(c for c in self.components if any(f.id == function for f in c.functions))


@dataclass(frozen=True)
class Step:
    """A step of a procedure: `id` is F1.1...; `depth` counts the steps that it stands inside of."""

    id: str
    text: str
    depth: int = 0
    requirements: tuple[str, ...] = ()


@dataclass(frozen=True)
class Procedure:
    """The pseudo-code of a function.

    Args:
        function: the function's id.
        own: the user's words, from a `.pseudo` file or an edit; kept as written.
        because: where they stand.
    """

    function: str
    steps: tuple[Step, ...] = ()
    own: bool = False
    because: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class Body:
    """The code inside a function, without its signature, not indented.

    Args:
        steps: for each line of `code`, the id of the step that it carries out, or of the function where the
            step is not known.
        own: the user wrote or edited it; kept as written.
    """

    function: str
    code: str
    steps: tuple[str, ...] = ()
    own: bool = False


@dataclass(frozen=True)
class Test:
    """A test of a function: `id` is X1...

    Args:
        example: id of the example that it was made from, or empty.
        origin: `own` is the user's, written or edited; kept as written.
        code: the statements inside the test function, not indented.
    """

    __test__ = False  # not one for pytest to collect

    id: str
    function: str
    requirements: tuple[str, ...]
    code: str
    example: str = ""
    origin: Literal["example", "model", "own"] = "example"


@dataclass(frozen=True)
class Result:
    """How far a requirement has come, and why; computed from runs, never told by a model."""

    requirement: str
    state: State
    why: str


@dataclass(frozen=True)
class Program:
    """All that is known about the program; `None` and `()` where a pass has not run."""

    requirements: tuple[Requirement, ...] = ()
    questions: tuple[Question, ...] = ()
    architecture: Architecture = Architecture()
    procedures: tuple[Procedure, ...] = ()
    bodies: tuple[Body, ...] = ()
    tests: tuple[Test, ...] = ()
    results: tuple[Result, ...] = ()

    def requirement(self, name: str) -> Requirement:
        """The requirement of that id."""
        return next(r for r in self.requirements if r.id == name)

    def procedure(self, function: str) -> Procedure | None:
        """The pseudo-code of a function, by the function's id."""
        return next((p for p in self.procedures if p.function == function), None)


def to_json(value: Any) -> Any:
    """Plain data: objects, lists, strings, numbers."""
    return json.loads(dumps(value))


def dumps(value: Any) -> str:
    """One line of JSON, the same for the same value."""
    return json.dumps(
        value, default=asdict, ensure_ascii=False, separators=(",", ":")
    )  # named tuples become lists


def from_json(kind: type[T], data: Any) -> T:
    """What `to_json` wrote; a field that is missing takes its default.

    Raises:
        ValueError: a field of another type, an unknown field or a missing one; says which.
    """
    return cast("T", _read(kind, data, kind.__name__))


def loads(kind: type[T], text: str) -> T:
    """What `dumps` wrote."""
    return from_json(kind, json.loads(text))


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, data: Any, where: str) -> Any:
    origin = get_origin(kind)
    if origin is tuple:
        if not isinstance(data, list):
            raise ValueError(f"{where}: a list is wanted, not {type(data).__name__}")
        return tuple(_read(get_args(kind)[0], item, f"{where}[{i}]") for i, item in enumerate(data))
    if origin is Literal:
        if data not in get_args(kind):
            raise ValueError(f"{where}: one of {', '.join(map(str, get_args(kind)))} is wanted, not {data!r}")
        return data
    if origin in (UnionType, Union):
        inner = next(k for k in get_args(kind) if k is not type(None))
        return None if data is None else _read(inner, data, where)
    if is_dataclass(kind):
        if not isinstance(data, dict):
            raise ValueError(f"{where}: an object is wanted, not {type(data).__name__}")
        hints = _hints(cast("type", kind))
        unknown = data.keys() - {f.name for f in fields(kind)}
        if unknown:
            raise ValueError(f"{where}: unknown field {min(unknown)}")
        try:
            make = cast("type", kind)
            return make(**{n: _read(hints[n], v, f"{where}.{n}") for n, v in data.items()})
        except TypeError as error:
            raise ValueError(f"{where}: {error}") from None
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):  # a named tuple, such as Span
        if not isinstance(data, list) or len(data) != len(kind._fields):
            raise ValueError(f"{where}: a list of {len(kind._fields)} is wanted")
        return kind(*data)
    if type(data) is not kind:
        raise ValueError(f"{where}: {kind.__name__} is wanted, not {type(data).__name__}")
    return data
