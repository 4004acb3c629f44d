"""Examples of the notes become tests, before there is any code.

An example that can be run is one as it stands; of one in words a model makes a call and what it gives, and
may add no value that the words do not have. A test that would pass without code is none.

Must not know: how tests are run, what code looks like.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from notec.core import Diagnostic, Outcome, Severity
from notec.passes import python
from notec.passes.context import Context
from notec.passes.ir import Example, Function, Program, Requirement, Test
from notec.passes.slot import NeedsModel, Slot, ask_slot

T = TypeVar("T")

NAME = "tests"
_VERSION = 1
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "function": {"type": "string"},
        "before": {"type": "array", "items": {"type": "string"}},
        "call": {"type": "string"},
        "expected": {"type": "string"},
        "raises": {"type": "boolean"},
    },
    "required": ["function", "call", "expected", "raises"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Drawn:
    """What a model says that a call has to give."""

    function: str
    call: str
    expected: str
    raises: bool
    code: str


def run(context: Context, program: Program) -> Outcome[Program]:
    """The program with a test for each example."""
    made: list[Test] = []
    said: list[Diagnostic] = []
    for requirement in program.requirements:
        for example in requirement.examples:
            outcome = _test(context, program, requirement, example)
            said += outcome.diagnostics
            if outcome.value is not None:
                made.append(outcome.value)
    tests = numbered(_with_own(made, program, context.last.tests), context.last.tests)
    return Outcome(replace(program, tests=tests), tuple(said))


def _with_own(made: Sequence[Test], program: Program, last: Sequence[Test]) -> Iterator[Test]:
    """Tests that the user wrote or edited stand in for those of the same example, or beside them."""
    functions = {f.id for f in program.architecture.functions}
    known = {r.id for r in program.requirements}
    own = [t for t in last if t.origin == "own" and t.function in functions and known & set(t.requirements)]
    by_example = {t.example: t for t in own if t.example}
    yield from (by_example.pop(t.example, t) for t in made)
    yield from (t for t in own if not t.example or t.example in by_example)


def numbered(tests: Iterable[Test], last: Sequence[Test]) -> tuple[Test, ...]:
    """Tests with their ids: that of the last build where it had the same one, else the next free number."""
    known = {_identity(t): t.id for t in last}
    taken = {*known.values()}
    out: list[Test] = []
    seen: set[str] = set()
    number = 0
    for test in tests:
        name = test.id or known.get(_identity(test), "")
        while not name or name in seen:
            number += 1
            name = f"X{number}" if f"X{number}" not in taken else ""
        seen.add(name)
        out.append(replace(test, id=name))
    return tuple(out)


def _identity(test: Test) -> tuple[str, ...]:
    return (test.example,) if test.example else (test.function, test.code)


def asked(context: Context, slot: Slot[T]) -> Outcome[T | None]:
    """The value of a slot; None where there is no model, too: what can be done without one still is."""
    try:
        return ask_slot(context.asker, slot)
    except NeedsModel:
        return Outcome(None)


def owners(program: Program, requirement: str) -> tuple[Function, ...]:
    """The functions that carry out a requirement; those of its component where none names it."""
    named = tuple(f for f in program.architecture.functions if requirement in f.requirements)
    if named:
        return named
    return tuple(
        f for c in program.architecture.components if requirement in c.requirements for f in c.functions
    )


def _test(
    context: Context, program: Program, requirement: Requirement, example: Example
) -> Outcome[Test | None]:
    said: list[Diagnostic] = []
    mine = owners(program, requirement.id)
    if not mine:
        return Outcome(None, (_not_run(requirement, example, "no function carries out its requirement"),))
    found: tuple[Function, str] | None = None
    expected, raises, before = example.expected, example.raises, ""
    if example.call and (expected or raises):
        found = python.bound(example, program.architecture.functions, mine)
    if found is None:
        outcome = asked(context, _slot(program, requirement, example, mine))
        said += outcome.diagnostics
        if outcome.value is None:
            why = "it is in words, and no model made a call of it"
            return Outcome(None, (*said, _not_run(requirement, example, why)))
        before = outcome.value.code
        found = next(f for f in mine if f.name == outcome.value.function), outcome.value.call
        expected, raises = outcome.value.expected, outcome.value.raises
    function, call = found
    try:
        code = before or python.compose(call, expected, raises=raises)
    except ValueError as error:
        return Outcome(None, (*said, _not_run(requirement, example, str(error))))
    if wrong := problem_of(program, function, code):
        return Outcome(None, (*said, _not_run(requirement, example, wrong)))
    return Outcome(Test("", function.id, (requirement.id,), code, example.id), tuple(said))


def problem_of(program: Program, function: Function, code: str) -> str:
    """Why a test of a function cannot count; or nothing."""
    around = python.Surroundings("x", program.architecture.owner(function.id), program.architecture)
    return python.test_problem(code, function, python.scene_of(around))


def _slot(
    program: Program, requirement: Requirement, example: Example, mine: Sequence[Function]
) -> Slot[Drawn]:
    def read(data: Any) -> Drawn:
        drawn = read_drawn(data, [f.name for f in mine])
        if wrong := python.indirect(drawn.code, [f.name for f in program.architecture.functions]):
            raise ValueError(wrong)
        text = f"{example.text} {requirement.text}"
        if not drawn.raises and (more := python.invented(drawn.expected, text)):
            raise ValueError(f"it expects {more}, which the example does not say")
        if example.call and (less := python.lost(example.call, example.expected, drawn.code)):
            raise ValueError(f"it leaves out {less}, which the example says")
        return drawn

    inputs = {
        "example": example.text,
        "requirement": requirement.text,
        "functions": [f.signature for f in mine],
        "data types": types_shown(program, mine),
    }
    return Slot("example", _VERSION, example.id, "example", inputs, SCHEMA, read, max_tokens=300)


def read_drawn(data: Any, functions: Sequence[str]) -> Drawn:
    """A reply as a test.

    Raises:
        ValueError: it is none, or of another function.
    """
    name = str(data["function"]).split("(")[0].strip()
    if name not in functions:
        raise ValueError(f"there is no function {name!r}")
    raises = bool(data["raises"])
    before = [str(line) for line in data.get("before", ())]
    call, expected = str(data["call"]).strip(), str(data["expected"]).strip()
    code = python.compose(call, expected, raises=raises, before=before)
    return Drawn(name, call, expected, raises, code)


def types_shown(program: Program, functions: Sequence[Function]) -> list[str]:
    """The data types that functions may meet, as a model is shown them."""
    mine = [program.architecture.owner(f.id) for f in functions]
    near = {c.id for c in mine} | {need for c in mine for need in c.needs}
    return [
        f"{t.name}({', '.join(f'{f.name}: {f.type}' for f in t.fields)})"
        for c in program.architecture.components
        if c.id in near
        for t in c.types
    ]


def _not_run(requirement: Requirement, example: Example, why: str) -> Diagnostic:
    message = f"{requirement.id}: the example `{example.text:.80}` is no test: {why}"
    place = example.because[0] if example.because else None
    return Diagnostic(
        "example-not-run",
        Severity.WARNING,
        message,
        place.note if place else "",
        place.line if place else 0,
        place.span if place else None,
    )
