"""Fills one function at a time: a model writes the body, its examples decide.

A body has to be Python, to fit its signature at a glance, and to pass the function's tests in the sandbox.
Where a function has none, bodies are chosen by what several of them agree on. The model never sees how it is
judged, and writes nothing but the body. A body that the user wrote or edited is kept.

Must not know: how tests are run, what code looks like.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notec.core import Diagnostic, Outcome, Severity
from notec.passes import python
from notec.passes.build import bench_of, test_slot
from notec.passes.choose import Seen, Verdict, choose, choose_by_agreement
from notec.passes.context import Context
from notec.passes.ir import Body, Function, Program, Test
from notec.passes.running import Bench, by_heart, with_body
from notec.passes.slot import Slot
from notec.passes.tests import asked, problem_of, types_shown

NAME = "code"
_VERSION = 1
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"code": {"type": "string"}},
    "required": ["code"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Tried:
    """What a model wrote for a function.

    Args:
        wrong: why it is no body, or none that is run.
        by_heart: which example it knows instead of working it out; taken only where there is nothing better.
    """

    body: Body | None
    wrong: str = ""
    by_heart: str = ""


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
        message = f"no model is configured, so that these functions stay open: {', '.join(missing)}"
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

    def ask(number: int, before: Tried | None = None, failure: str = "") -> Tried | None:
        outcome = asked(context, slot(program, bench, function, number, before=before, failure=failure))
        said.extend(outcome.diagnostics)
        if outcome.value is None:
            return None if context.asker.dry else Tried(None, "no reply that is a body")
        around = bench.around(program, program.architecture.owner(function.id))
        wrong = python.problem(outcome.value, function, around)
        return Tried(outcome.value, wrong, by_heart(program, outcome.value, tests))

    def repair(before: Tried, verdict: Verdict) -> Tried | None:
        return ask(0, before, verdict.failure) if before.body else None

    def judge(tried: Tried) -> Verdict:
        return judged(bench, program, tried, tests)

    def observe(several: Sequence[Tried]) -> Sequence[Seen]:
        sound = [t.body for t in several if t.body and not t.wrong]
        seen = iter(bench.observe(program, function, sound, suggested))
        return [Seen(*next(seen)) if t.body and not t.wrong else Seen(()) for t in several]

    if tests or bench.found.sandbox is None:
        choice = choose(ask, judge, repair=repair)
    else:
        suggested = suggestions(context, program, function)
        choice = choose_by_agreement(ask, observe)
    taken = choice.candidate
    if taken is None and choice.closest and choice.verdict and choice.verdict.share:
        taken = choice.closest  # it passes some of the examples: better than nothing, and said to fail
    if taken is not None and taken.body is not None:
        return Outcome(taken.body, tuple(said))
    if not context.asker.dry:
        why = (choice.verdict.failure if choice.verdict else "") or choice.why
        said.append(_open(function, why))
    return Outcome(None, tuple(said))


def suggestions(context: Context, program: Program, function: Function) -> list[Test]:
    """Tests that a model suggests where no example shows what a function does: one for each requirement."""
    made: list[Test] = []
    for requirement in program.requirements:
        if requirement.id in function.requirements:
            drawn = asked(context, test_slot(program, requirement, [function], 0)).value
            if drawn is not None and not problem_of(program, function, drawn.code):
                made.append(
                    Test(f"{requirement.id}?", function.id, (requirement.id,), drawn.code, origin="model")
                )
    return made


def judged(bench: Bench, program: Program, tried: Tried, tests: Sequence[Test]) -> Verdict:
    """Run the tests of a body, where that can be."""
    if tried.body is None or tried.wrong:
        return Verdict(False, tried.wrong)
    came = bench.run(with_body(program, tried.body), tests)
    failed = [v.message for v in came if v is not None and v.state != "passed"]
    share = 1 - len(failed) / len(came) if came else 1.0
    failure = failed[0] if failed else tried.by_heart
    return Verdict(not failure, failure, share)


def slot(
    program: Program,
    bench: Bench,
    function: Function,
    number: int,
    *,
    before: Tried | None = None,
    failure: str = "",
) -> Slot[Body]:
    """Asks for one body, or for a better one than `before`; all that the model may see stands in it."""
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
        "data types": types_shown(program, [function]),
        "may call": [f.signature for name, f in around.functions.items() if f.id != function.id],
    }
    if before is not None and before.body is not None:
        inputs["failed attempt"] = before.body.code
        inputs["why it failed"] = failure
    return Slot(
        "repair" if before is not None else "body",
        _VERSION,
        function.id,
        "body",
        {name: value for name, value in inputs.items() if value},
        SCHEMA,
        read,
        seed=number,
        temperature=0.8 if number else 0.0,
        max_tokens=800,
    )


def _open(function: Function, why: str) -> Diagnostic:
    message = f"{function.id} {function.name} is not written: {why}"
    return Diagnostic("not-written", Severity.WARNING, message, "")
