"""One body at a time: what a model writes, what is taken, and what is asked again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from notec.models import Request
from notec.passes import code as bodies
from notec.passes import tests
from notec.passes.ir import Body, Program
from notec.passes.sandbox import find_sandbox
from notec.passes.slot import Steps
from notec.store import Store
from small_programs import PROGRAM, SAID, code, context, model

RIGHT = SAID["body F1"]
WRONG = code("# F1.1\nparts = title.split()\n# F1.2\nreturn '-'.join(parts)")


@pytest.fixture
def steps(tmp_path: Path) -> Iterator[Steps]:
    store = Store.open(tmp_path / "notec.db")
    yield store.memo
    store.close()


@pytest.fixture
def sandbox() -> None:
    found = find_sandbox()
    if found.sandbox is None:
        pytest.skip(found.reason)


def with_tests(steps: Steps) -> Program:
    return tests.run(context(steps, model()), PROGRAM).value


def body(program: Program, function: str = "F1") -> Body | None:
    return next((b for b in program.bodies if b.function == function), None)


@pytest.mark.usefixtures("sandbox")
def test_the_first_body_that_passes_wins(steps: Steps) -> None:
    scripted = model()
    outcome = bodies.run(context(steps, scripted), with_tests(steps))
    assert [b.function for b in outcome.value.bodies] == ["F1", "F2", "F3"]
    assert not outcome.diagnostics
    mine = body(outcome.value)
    assert mine is not None
    assert mine.steps == ("F1.1", "F1.1", "F1.2")
    assert [r.purpose for r in scripted.requests].count("body F1") == 1


@pytest.mark.usefixtures("sandbox")
def test_more_are_drawn_only_after_a_failure(steps: Steps) -> None:
    def second(request: Request) -> str:
        return WRONG if request.settings.seed == 0 else RIGHT

    scripted = model(SAID | {"body F1": second})
    outcome = bodies.run(context(steps, scripted), with_tests(steps))
    mine = body(outcome.value)
    assert mine is not None
    assert "lower" in mine.code
    asked = [r.settings for r in scripted.requests if r.purpose == "body F1"]
    assert len(asked) == 2
    assert asked[0].temperature == 0
    assert asked[1].temperature > 0


@pytest.mark.usefixtures("sandbox")
def test_a_repair_is_shown_what_failed_and_never_the_test(steps: Steps) -> None:
    scripted = model(SAID | {"body F1": WRONG, "repair F1": RIGHT})
    outcome = bodies.run(context(steps, scripted), with_tests(steps))
    mine = body(outcome.value)
    assert mine is not None
    assert "lower" in mine.code
    (asked,) = [r for r in scripted.requests if r.purpose == "repair F1"]
    shown = asked.messages[1].content
    assert "slugify('Hello World') gave 'Hello-World', expected was 'hello-world'" in shown
    assert "assert" not in shown
    assert "def test_" not in shown


@pytest.mark.usefixtures("sandbox")
def test_repairs_stop_when_the_same_failure_comes_back(steps: Steps) -> None:
    scripted = model(SAID | {"body F1": WRONG, "repair F1": WRONG})
    outcome = bodies.run(context(steps, scripted), with_tests(steps))
    assert body(outcome.value) is None
    assert [r.purpose for r in scripted.requests].count("repair F1") == 1
    assert [d.code for d in outcome.diagnostics] == ["not-written"]
    assert "gave 'Hello-World'" in outcome.diagnostics[0].message


@pytest.mark.usefixtures("sandbox")
def test_a_reply_that_is_no_body_costs_one_draw(steps: Steps) -> None:
    def second(request: Request) -> str:
        return "I am sure that it works." if request.settings.seed in (0, 1_000_003) else RIGHT

    outcome = bodies.run(context(steps, model(SAID | {"body F1": second})), with_tests(steps))
    assert body(outcome.value) is not None


@pytest.mark.usefixtures("sandbox")
def test_a_second_run_asks_nothing_and_gives_the_same(steps: Steps) -> None:
    program = with_tests(steps)
    first = bodies.run(context(steps, model(SAID | {"body F1": WRONG, "repair F1": RIGHT})), program)
    scripted = model()
    second = bodies.run(context(steps, scripted), program)
    assert scripted.requests == []
    assert second.value == first.value


@pytest.mark.usefixtures("sandbox")
def test_a_changed_requirement_asks_for_its_function_alone(steps: Steps) -> None:
    program = with_tests(steps)
    bodies.run(context(steps, model()), program)
    changed = replace(program.requirements[3], text="Add up prices, without tax.")
    scripted = model()
    bodies.run(context(steps, scripted), replace(program, requirements=(*program.requirements[:3], changed)))
    assert {r.purpose for r in scripted.requests} == {"test R4", "body F3"}


@pytest.mark.usefixtures("sandbox")
def test_without_an_example_bodies_are_drawn_until_two_agree(steps: Steps) -> None:
    """The first one drops what costs less than one; the next two, written otherwise, do the same."""
    drawn = [
        "return sum((item.price for item in items if item.price >= 1), Decimal(0))",
        "return sum((item.price for item in items), Decimal(0))",
        "total = Decimal(0)\nfor item in items:\n    total += item.price\nreturn total",
    ]

    def numbered(request: Request) -> str:
        return code(drawn[min(request.settings.seed or 0, 2)])

    scripted = model(SAID | {"body F3": numbered, "test R4": "no"})
    outcome = bodies.run(context(steps, scripted), with_tests(steps))
    mine = body(outcome.value, "F3")
    assert mine is not None
    assert ">= 1" not in mine.code
    assert [r.purpose for r in scripted.requests].count("body F3") == 3


@pytest.mark.usefixtures("sandbox")
def test_without_an_example_a_suggested_test_has_a_say(steps: Steps) -> None:
    def numbered(request: Request) -> str:
        seed = request.settings.seed
        if seed not in (0, 1):
            return "That is all I can think of."
        return code(f"return sum((item.price for item in items), Decimal({1 - seed}))")

    outcome = bodies.run(context(steps, model(SAID | {"body F3": numbered})), with_tests(steps))
    mine = body(outcome.value, "F3")
    assert mine is not None
    assert "Decimal(0)" in mine.code


def test_without_a_sandbox_nothing_is_run_and_the_first_sound_body_is_taken(steps: Steps) -> None:
    crash = code("import os\nreturn os.getcwd()")

    def second(request: Request) -> str:
        return crash if request.settings.seed == 0 else WRONG

    outcome = bodies.run(context(steps, model(SAID | {"body F1": second}), run=False), with_tests(steps))
    mine = body(outcome.value)
    assert mine is not None
    assert "lower" not in mine.code


def test_without_a_model_nothing_is_written(steps: Steps) -> None:
    outcome = bodies.run(context(steps, None), with_tests(steps))
    assert outcome.value.bodies == ()
    assert [d.code for d in outcome.diagnostics] == ["no-model"]


def test_a_body_of_the_user_is_kept_and_not_asked_for(steps: Steps) -> None:
    mine = Body("F1", "return title", ("F1.2",), own=True)
    scripted = model()
    outcome = bodies.run(context(steps, scripted, run=False, last=replace(PROGRAM, bodies=(mine,))), PROGRAM)
    assert body(outcome.value) == mine
    assert "body F1" not in [r.purpose for r in scripted.requests]


def test_a_prompt_shows_what_the_function_may_see_and_no_more(steps: Steps) -> None:
    scripted = model()
    bodies.run(context(steps, scripted, run=False), PROGRAM)
    (asked,) = [r for r in scripted.requests if r.purpose == "body F3"]
    shown = asked.messages[1].content
    assert "def total(items: list[Item]) -> Decimal:" in shown
    assert "Add up prices." in shown
    assert "F3.1 add up the prices" in shown
    assert "count_words(text: str) -> int" in shown
    assert "empty title" not in shown


def test_functions_are_written_after_those_that_their_steps_name(steps: Steps) -> None:
    first = PROGRAM.procedures[0]
    step = replace(first.steps[0], text="ask count_words whether there is a title")
    program = replace(PROGRAM, procedures=(replace(first, steps=(step,)), *PROGRAM.procedures[1:]))
    assert [f.id for f in bodies.in_order(program)] == ["F2", "F1", "F3"]
