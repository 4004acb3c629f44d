"""The last word on what is done: computed from runs against this very code, never told by a model.

A requirement is done when a test linked to it ran green, no other linked to it failed, and the green one
would have failed without the code and on a mistake in it. A requirement that no test shows may get one from a
model, which counts on the same terms.

Must not know: how tests are run, what code looks like.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from notec.core import Diagnostic, Outcome, Severity
from notec.passes import python
from notec.passes.context import Context
from notec.passes.ir import Function, Program, Requirement, Result, State, Test
from notec.passes.running import UNKNOWN, Bench, by_heart
from notec.passes.sandbox import Found
from notec.passes.slot import Slot
from notec.passes.tests import SCHEMA, Drawn, asked, numbered, owners, problem_of, read_drawn, types_shown

NAME = "build"
DRAWS = 3  # tests that are asked for where none counts yet
_VERSION = 1


def run(context: Context, program: Program) -> Outcome[Program]:
    """The program with tests for what no example shows, and how far each requirement has come."""
    bench = bench_of(context)
    said: list[Diagnostic] = []
    shown(bench, program, program.tests)  # all at once; what follows remembers
    for requirement in program.requirements:
        if not _has_body(program, requirement.id) or any(_counts(bench, program, requirement.id)):
            continue
        outcome = _more(context, bench, program, requirement)
        program = outcome.value
        said += outcome.diagnostics
    results = tuple(result(bench, program, r) for r in program.requirements)
    if bench.found.sandbox is None and program.tests:
        said.append(_nothing_run(bench))
    return Outcome(replace(program, results=results), tuple(said))


def bench_of(context: Context) -> Bench:
    """Where the tests of the program are run."""
    title = context.notes[0].title if context.notes else ""
    found = Found(None, "nothing is run in a dry run") if context.asker.dry else context.sandbox()
    return Bench(found, context.asker.memo, python.package_name(title))


@dataclass(frozen=True)
class Shown:
    """What one test says of its requirement.

    Args:
        state: `green`, `red`, `unknown` (it was not run), `known` (the code knows it by heart), or `void` (it
            would pass without the code).
    """

    test: Test
    state: str
    why: str = ""


def shown(bench: Bench, program: Program, tests: Sequence[Test]) -> tuple[Shown, ...]:
    """What tests say, against the code as it is now."""
    out: dict[str, Shown] = {}
    written = {b.function: b for b in program.bodies}
    for component in program.architecture.components:
        mine = [t for t in tests if any(f.id == t.function for f in component.functions)]
        green: dict[str, list[Test]] = {}
        for test, verdict in zip(mine, bench.run(program, mine), strict=True):
            if verdict is None:
                out[test.id] = Shown(test, "unknown", bench.found.reason or UNKNOWN)
            elif verdict.state == "failed":
                out[test.id] = Shown(test, "red", verdict.message)
            elif verdict.state != "passed":
                out[test.id] = Shown(test, "void", verdict.message or "it has no end")
            elif test.function in written and (known := by_heart(program, written[test.function], [test])):
                out[test.id] = Shown(test, "known", known)
            else:
                green.setdefault(test.function, []).append(test)
        for some in green.values():
            for test, why in zip(some, bench.worthless(program, some), strict=True):
                out[test.id] = Shown(test, "unknown" if why == UNKNOWN else "void" if why else "green", why)
    return tuple(out[t.id] for t in tests if t.id in out)


def result(bench: Bench, program: Program, requirement: Requirement) -> Result:
    """How far a requirement has come."""
    linked = [t for t in program.tests if requirement.id in t.requirements]
    mine = owners(program, requirement.id)
    written = {b.function for b in program.bodies}
    missing = [f.name for f in mine if f.id not in written]
    state: State = "open"
    if not mine:
        why = "no function carries it out"
    elif missing:
        why = f"not written: {', '.join(missing)}"
    elif not linked:
        state, why = "unverified", "no test shows it"
    else:
        every = shown(bench, program, linked)
        by_state = {s.state: s for s in reversed(every)}
        if "red" in by_state:
            why = f"{by_state['red'].test.id} fails: {by_state['red'].why}"
        elif "unknown" in by_state:
            state, why = "unverified", f"{by_state['unknown'].test.id} was not run: {by_state['unknown'].why}"
        elif "known" in by_state:
            state, why = "unverified", f"the code of {by_state['known'].test.id}: {by_state['known'].why}"
        elif "green" in by_state:
            green = [s.test for s in every if s.state == "green"]
            fails = "fails" if len(green) == 1 else "fail"
            state, why = "done", f"{', '.join(t.id for t in green)} passed, and {fails} without the code"
            if all(t.origin == "model" for t in green):
                none = "its example was not run" if requirement.examples else "no example shows it"
                why += f"; what it expects is the model's reading, since {none}"
        else:
            state, why = "unverified", f"{by_state['void'].test.id} shows nothing: {by_state['void'].why}"
    return Result(requirement.id, state, why)


def _counts(bench: Bench, program: Program, requirement: str) -> Iterable[bool]:
    linked = [t for t in program.tests if requirement in t.requirements]
    return (one.state != "void" for one in shown(bench, program, linked))


def _has_body(program: Program, requirement: str) -> bool:
    written = {b.function for b in program.bodies}
    return any(f.id in written for f in owners(program, requirement))


def _more(context: Context, bench: Bench, program: Program, requirement: Requirement) -> Outcome[Program]:
    """The program with one more test that counts, where a model can write it."""
    said: list[Diagnostic] = []
    mine = [f for f in owners(program, requirement.id) if f.id in {b.function for b in program.bodies}]
    for draw in range(DRAWS):
        outcome = asked(context, test_slot(program, requirement, mine, draw))
        said += outcome.diagnostics
        drawn = outcome.value
        if drawn is None:
            break
        function = next(f for f in mine if f.name == drawn.function)
        test = Test("", function.id, (requirement.id,), drawn.code, origin="model")
        with_it = _with(context, bench, program, test)
        if with_it is not None:
            return Outcome(with_it, tuple(said))
    return Outcome(program, tuple(said))


def _with(context: Context, bench: Bench, program: Program, test: Test) -> Program | None:
    """The program with one more test, if that one counts, or may once it is run."""
    function = next(f for f in program.architecture.functions if f.id == test.function)
    if problem_of(program, function, test.code):
        return None
    tests = numbered((*program.tests, replace(test, id="")), context.last.tests)
    more = replace(program, tests=tests)
    return more if shown(bench, more, tests[-1:])[0].state in ("green", "unknown") else None


def test_slot(program: Program, requirement: Requirement, mine: list[Function], draw: int) -> Slot[Drawn]:
    """Asks for one test of a requirement."""
    names = [f.name for f in mine]

    def read(data: Any) -> Drawn:
        drawn = read_drawn(data, names)
        if wrong := python.indirect(drawn.code, [f.name for f in program.architecture.functions]):
            raise ValueError(wrong)
        return drawn

    inputs = {
        "requirement": requirement.content,
        "functions": [f"{f.signature}: {f.purpose}" for f in mine],
        "data types": types_shown(program, mine),
    }
    return Slot(
        "test",
        _VERSION,
        requirement.id,
        "test",
        inputs,
        SCHEMA,
        read,
        seed=draw,
        temperature=0.8 if draw else 0.0,
        max_tokens=300,
    )


def _nothing_run(bench: Bench) -> Diagnostic:
    message = f"nothing was run, so that nothing is verified: {bench.found.reason or 'no sandbox'}"
    return Diagnostic("not-run", Severity.WARNING, message, "")
