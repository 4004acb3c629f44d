"""What is done, unverified or open: computed from runs against the current code and tests."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from notec.core import NotecError
from notec.models import Scripted
from notec.passes import build, code, python, tests
from notec.passes.context import Context
from notec.passes.ir import Body, Program, Test
from notec.passes.sandbox import find_sandbox
from notec.passes.slot import Steps
from notec.store import Store
from small_programs import PROGRAM, SAID, checked, context, model


@pytest.fixture
def steps(tmp_path: Path) -> Iterator[Steps]:
    store = Store.open(tmp_path / "notec.db")
    yield store.memo
    store.close()


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Program]:
    """A build in which everything is done, and what it remembers."""
    path = tmp_path_factory.mktemp("finished") / "notec.db"
    store = Store.open(path)
    program = built(store.memo, model())
    store.close()
    return path, program


@pytest.fixture
def done(steps: Steps, tmp_path: Path, finished: tuple[Path, Program]) -> Iterator[tuple[Steps, Program]]:
    shutil.copy(finished[0], tmp_path / "done.db")
    store = Store.open(tmp_path / "done.db")
    yield store.memo, finished[1]
    store.close()


Done = tuple[Steps, Program]


@pytest.fixture
def sandbox() -> None:
    found = find_sandbox()
    if found.sandbox is None:
        pytest.skip(found.reason)


def built(
    steps: Steps, scripted: Scripted | None, *, run: bool = True, last: Program | None = None
) -> Program:
    where = context(steps, scripted, run=run, last=last)
    program = PROGRAM
    for step in (tests, code, build):
        program = step.run(where, program).value
    return program


def states(program: Program) -> dict[str, str]:
    return {r.requirement: r.state for r in program.results}


def why(program: Program, requirement: str) -> str:
    return next(r.why for r in program.results if r.requirement == requirement)


def again(steps: Steps, program: Program, *, run: bool = False, scripted: Scripted | None = None) -> Program:
    return build.run(context(steps, scripted, run=run), program).value


@pytest.mark.usefixtures("sandbox")
def test_what_a_green_test_shows_is_done(done: Done) -> None:
    _, program = done
    assert states(program) == {"R1": "done", "R2": "done", "R3": "done", "R4": "done"}
    assert why(program, "R1") == "X1 passed, and fails without the code"
    assert "the model's reading" in why(program, "R4")
    assert [(t.id, t.origin) for t in program.tests] == [
        ("X1", "example"),
        ("X2", "example"),
        ("X3", "model"),
        ("X4", "model"),
    ]


@pytest.mark.usefixtures("sandbox")
def test_a_second_run_asks_nothing_and_runs_nothing(done: Done) -> None:
    steps, first = done
    scripted = model()
    assert built(steps, scripted, run=False) == first
    assert scripted.requests == []


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("part", ["body", "test", "support"])
def test_a_changed_letter_makes_it_unverified_until_it_is_run_again(done: Done, part: str) -> None:
    steps, program = done
    if part == "body":
        mine = replace(
            program.bodies[0], code=program.bodies[0].code.replace("empty title", "no title"), own=True
        )
        program = replace(program, bodies=(mine, *program.bodies[1:]))
        touched = {"R1", "R2", "R3", "R4"}  # money may call texts
    elif part == "test":
        mine_too = replace(
            program.tests[0], code=program.tests[0].code + "\nassert slugify('A') == 'a'", origin="own"
        )
        program = replace(program, tests=(mine_too, *program.tests[1:]))
        touched = {"R1"}
    else:
        money = program.architecture.components[1]
        item = replace(money.types[0], purpose="Something else.")
        changed = replace(
            program.architecture,
            components=(program.architecture.components[0], replace(money, types=(item,))),
        )
        program = replace(program, architecture=changed)
        touched = {"R4"}
    unknown = again(steps, program)
    assert {r for r, state in states(unknown).items() if state == "unverified"} == touched
    assert "no sandbox in this test" in why(unknown, min(touched))
    assert set(states(again(steps, program, run=True)).values()) == {"done"}
    assert set(states(again(steps, program)).values()) == {"done"}  # remembered


@pytest.mark.usefixtures("sandbox")
def test_an_edit_that_breaks_a_test_opens_its_requirement(done: Done) -> None:
    steps, program = done
    mine = Body("F2", "return len(text)", ("F2.1",), own=True)
    program = replace(program, bodies=(program.bodies[0], mine, program.bodies[2]))
    after = again(steps, program, run=True)
    assert states(after)["R3"] == "open"
    assert why(after, "R3") == "X2 fails: count_words('red fox runs') gave 12, expected was 3"


def test_without_a_sandbox_nothing_is_done(steps: Steps) -> None:
    where = context(steps, model(), run=False)
    program = PROGRAM
    for step in (tests, code):
        program = step.run(where, program).value
    outcome = build.run(where, program)
    assert states(outcome.value) == dict.fromkeys(("R1", "R2", "R3", "R4"), "unverified")
    assert [d.code for d in outcome.diagnostics] == ["not-run"]


def test_without_a_model_there_are_tests_and_a_skeleton_and_all_is_open(steps: Steps) -> None:
    program = built(steps, None, run=False)
    assert set(states(program).values()) == {"open"}
    assert "not written: slugify" in why(program, "R1")
    texts = {f.path: f.text for f in python.project(program, "shop")}
    assert 'raise NotImplementedError("open: R1, R2")' in texts["src/shop/texts.py"]
    assert 'assert slugify("Hello World") == "hello-world"' in texts["tests/test_texts.py"]


@pytest.mark.usefixtures("sandbox")
def test_a_test_that_disagrees_with_the_code_is_not_kept(steps: Steps) -> None:
    wrong = checked("total", "total([Item('a', Decimal('1'))])", "Decimal('7')")
    program = built(steps, model(SAID | {"test R4": wrong}))
    assert states(program)["R4"] == "unverified"
    assert why(program, "R4") == "no test shows it"
    assert all(t.function != "F3" for t in program.tests)


WEAK = [
    "total([Item('a', Decimal('1'))])\nassert True",
    "assert total([]) is not total",
    "x = total([])\nassert x or not x",
    "with pytest.raises(Exception):\n    total(None)",
    "with pytest.raises(NotImplementedError):\n    total([])",
    "assert isinstance(total([]), object)",
]


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("weak", WEAK)
def test_a_test_that_passes_without_the_code_shows_nothing(done: Done, weak: str) -> None:
    steps, program = done
    program = replace(program, tests=(*program.tests[:3], Test("X9", "F3", ("R4",), weak, origin="own")))
    after = again(steps, program, run=True)
    assert states(after)["R4"] != "done", why(after, "R4")


@pytest.mark.usefixtures("sandbox")
def test_a_test_that_notices_no_mistake_shows_nothing(done: Done) -> None:
    steps, program = done
    blind = Test("X9", "F1", ("R4",), "assert slugify('a') != 'zzz' and slugify('b') != 'yyy'", origin="own")
    after = again(steps, replace(program, tests=(*program.tests[:3], blind)), run=True)
    assert states(after)["R4"] == "unverified"
    assert "X9 shows nothing: it passes whatever the function gives" in why(after, "R4")


def test_a_dry_run_runs_nothing(steps: Steps) -> None:
    where = context(steps, model())
    where.asker.dry = True
    program = PROGRAM
    for step in (tests, code, build):
        program = step.run(where, program).value
    assert where.asker.requests == 0
    assert {r.purpose for _, r in where.asker.wanted} >= {"example R3.E1", "body F1", "body F2", "body F3"}
    assert [r.purpose for _, r in where.asker.wanted].count("body F1") == 1
    assert "done" not in states(program).values()


def test_the_package_is_named_after_the_idea(steps: Steps) -> None:
    assert build.bench_of(context(steps, None)).package == "app"
    assert isinstance(context(steps, None), Context)


@pytest.mark.usefixtures("sandbox")
def test_a_folder_that_cannot_be_written_is_said(
    steps: Steps, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    where = context(steps, model())
    program = tests.run(where, PROGRAM).value
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(NotecError, match="code cannot be laid out"):
        code.run(where, program)
