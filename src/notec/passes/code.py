"""Fills one function at a time: a model writes the body, its examples decide.

A body has to be Python, to fit its signature at a glance, and to pass the function's tests in the sandbox.
The model never sees how it is judged, and writes nothing but the body. A body that the user wrote or edited
is kept.

Must not know: how tests are run, what code looks like.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from notec.core import Diagnostic, Outcome, Severity
from notec.passes import python
from notec.passes.build import bench_of
from notec.passes.context import Context
from notec.passes.ir import Body, Function, Program, Test
from notec.passes.running import Bench, with_body
from notec.passes.slot import Slot
from notec.passes.tests import asked, types_shown

NAME = "code"
_VERSION = 1
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"code": {"type": "string"}},
    "required": ["code"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Tried:
    """A body and what came of it.

    Args:
        failure: why it is not good enough, for a repair; empty where it is.
        passed: ids of the tests that it passed.
        run: whether it was run at all.
    """

    body: Body
    failure: str = ""
    passed: frozenset[str] = frozenset()
    run: bool = False


def run(context: Context, program: Program) -> Outcome[Program]:
    """The program with a body for each function that a model could fill; others stay open."""
    bench = bench_of(context)
    said: list[Diagnostic] = []
    own = {b.function: b for b in context.last.bodies if b.own}
    missing: list[str] = []
    for function in in_order(program):
        if function.id in own:
            program = with_body(program, own[function.id])
            continue
        if context.asker.model is None and not context.asker.dry:
            missing.append(function.name)
            continue
        context.progress(f"code: {function.name}")
        outcome = fill(context, bench, program, function)
        said += outcome.diagnostics
        if outcome.value is not None:
            program = with_body(program, outcome.value)
    if missing:
        message = f"no model is configured, so that these stay open: {', '.join(missing)}"
        said.append(Diagnostic("no-model", Severity.WARNING, message, ""))
    return Outcome(program, tuple(said))


def in_order(program: Program) -> Iterator[Function]:
    """All functions, each after those of its component that its steps name."""
    for component in program.architecture.components:
        left = {f.id: f for f in component.functions}
        while left:
            ready = next(
                (f for f in left.values() if not _names(program, f, left)), next(iter(left.values()))
            )
            yield left.pop(ready.id)


def _names(program: Program, function: Function, others: Mapping[str, Function]) -> bool:
    procedure = program.procedure(function.id)
    words = " ".join(s.text for s in procedure.steps) if procedure else ""
    return any(o.id != function.id and o.name in words for o in others.values())


def fill(context: Context, bench: Bench, program: Program, function: Function) -> Outcome[Body | None]:
    """The body that is chosen for a function; None, with a diagnostic, where there is none."""
    said: list[Diagnostic] = []
    tests = [t for t in program.tests if t.function == function.id]

    def draw(number: int, before: Tried | None = None) -> Body | None:
        outcome = asked(context, slot(program, bench, function, number, before))
        said.extend(outcome.diagnostics)
        return outcome.value

    def judge(body: Body) -> Tried:
        return judged(bench, program, function, body, tests)

    if context.asker.dry and draw(0) is None:
        return Outcome(None, tuple(said))
    chosen = select(draw, judge)
    if chosen is None:
        said.append(_open(function, "no reply of the model could be used"))
        return Outcome(None, tuple(said))
    if chosen.failure:
        said.append(_open(function, chosen.failure))
        return Outcome(None, tuple(said))
    return Outcome(chosen.body, tuple(said))


def judged(bench: Bench, program: Program, function: Function, body: Body, tests: list[Test]) -> Tried:
    """Look at a body, and run its tests where that can be."""
    around = bench.around(program, program.architecture.owner(function.id))
    if wrong := python.problem(body, function, around) or python.memorised(
        body, function, [t.code for t in tests], _said(program, function)
    ):
        return Tried(body, wrong)
    came = bench.run(with_body(program, body), tests)
    passed = frozenset(
        t.id for t, v in zip(tests, came, strict=True) if v is not None and v.state == "passed"
    )
    failure = next((v.message for v in came if v is not None and v.state != "passed"), "")
    return Tried(body, failure, passed, bool(tests) and all(v is not None for v in came))


def slot(program: Program, bench: Bench, function: Function, number: int, before: Tried | None) -> Slot[Body]:
    """Asks for one body; all that the model may see stands in it."""
    procedure = program.procedure(function.id)
    around = bench.around(program, program.architecture.owner(function.id))
    by_id = {r.id: r for r in program.requirements}

    def read(data: Any) -> Body:
        return python.read_body(str(data["code"]), function, procedure)

    inputs: dict[str, Any] = {
        "signature": f"def {function.signature}:",
        "purpose": function.purpose,
        "requirements": [by_id[r].content for r in function.requirements if r in by_id],
        "steps": [f"{'  ' * s.depth}{s.id} {s.text}" for s in procedure.steps] if procedure else [],
        "data types": types_shown(program),
        "may call": [f.signature for name, f in around.functions.items() if f.id != function.id],
    }
    if before is not None:
        inputs["failed attempt"] = before.body.code
        inputs["why it failed"] = before.failure
    return Slot(
        "repair" if before is not None else "body",
        _VERSION,
        function.id,
        "body",
        {name: value for name, value in inputs.items() if value},
        _SCHEMA,
        read,
        seed=number,
        temperature=0.8 if number else 0.0,
        max_tokens=800,
    )


def _said(program: Program, function: Function) -> str:
    """The words that a body may rest on."""
    procedure = program.procedure(function.id)
    mine = [r for r in program.requirements if r.id in function.requirements]
    exact = [text for r in mine for e in r.literals for text in (e.text, *e.items)]
    return "\n".join(
        [*(r.text for r in mine), *exact, *(s.text for s in (procedure.steps if procedure else ()))]
    )


def _open(function: Function, why: str) -> Diagnostic:
    message = f"{function.id} {function.name} is not written: {why}"
    return Diagnostic("not-written", Severity.WARNING, message, "")


def select(draw: Any, judge: Any) -> Tried | None:
    best: Tried | None = None
    for number in range(5):
        body = draw(number)
        if body is None:
            continue
        tried = judge(body)
        if not tried.failure:
            return tried
        if best is None or len(tried.passed) > len(best.passed):
            best = tried
    failures: set[str] = set()
    for number in range(2):
        if best is None or best.failure in failures:
            break
        failures.add(best.failure)
        body = draw(number, best)
        if body is None:
            break
        best = judge(body)
        if not best.failure:
            return best
    return best
