"""Replies that lie make nothing done, whether the glance at them sees it or not."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from notec.models import Request
from notec.passes import build, python, tests
from notec.passes import code as bodies
from notec.passes.ir import Body, Program, Test
from notec.passes.running import with_body
from notec.passes.sandbox import Sandbox, find_sandbox
from notec.passes.slot import Steps
from notec.store import Store
from small_programs import COUNT, PROGRAM, SAID, SLUG, TEXTS, checked, code, context, model

sys.path.insert(0, str(Path(__file__).parent.parent / "bench"))

from lies_told import BODIES, HONEST, TESTS


@pytest.fixture
def steps(tmp_path: Path) -> Iterator[Steps]:
    store = Store.open(tmp_path / "notec.db")
    yield store.memo
    store.close()


@pytest.fixture
def sandbox() -> Sandbox:
    found = find_sandbox()
    if found.sandbox is None:
        pytest.skip(found.reason)
    return found.sandbox


def test_there_are_a_hundred_lies() -> None:
    assert sum(map(len, BODIES.values())) + sum(map(len, TESTS.values())) >= 100


def as_code(reply: str) -> str:
    try:
        return str(json.loads(reply)["code"])
    except (ValueError, KeyError):
        return reply


def test_no_lie_passes_even_where_nobody_looks_at_it_before_it_is_run(sandbox: Sandbox) -> None:
    """The glance is a courtesy: what holds is that values are compared outside."""
    variants, lies = [], []
    for kind, told in BODIES.items():
        for reply in told:
            try:
                body = python.read_body(as_code(reply).replace("word_count", "count_words"), COUNT, None)
            except ValueError:
                continue
            if "while text" in body.code or "10**10" in body.code:
                continue  # they take their time, below
            variants.append(sources(body.code))
            lies.append((kind, body.code))
    assert len(lies) > 80
    scene = python.Scene({"count_words": "app.texts"}, {})
    asked = ['assert count_words("alpha beta") == 2', 'assert count_words("a b c d e") == 5']
    for (kind, lie), came in zip(
        lies, python.trial(sandbox, scene, variants, asked, seconds=1.0), strict=True
    ):
        assert {c.state for c in came} != {"passed"}, (kind, lie)


IMPORTS = "import contextlib, json, re\nfrom pathlib import Path\n"


def sources(inside: str) -> list[tuple[str, str]]:
    lines = [f"    {line}" for line in inside.split("\n")]
    text = "\n".join([IMPORTS, "def count_words(text: str) -> int:", *lines, ""])
    return [("app/__init__.py", ""), ("app/texts.py", text)]


def test_honest_code_passes_the_same_way(sandbox: Sandbox) -> None:
    scene = python.Scene({"count_words": "app.texts"}, {})
    for reply in HONEST[:2]:
        body = python.read_body(as_code(reply), COUNT, None)
        (came,) = python.trial(
            sandbox, scene, [sources(body.code)], ['assert count_words("alpha beta") == 2']
        )
        assert came[0].state == "passed"


@pytest.mark.parametrize(
    "code", ["while text:\n    pass", "return count_words(text + 'x')", "return [0] * 10**10"]
)
def test_code_without_end_or_measure_fails(sandbox: Sandbox, code: str) -> None:
    scene = python.Scene({"count_words": "app.texts"}, {})
    (came,) = python.trial(sandbox, scene, [sources(code)], ['assert count_words("a") == 1'], seconds=0.5)
    assert came[0].state == "failed"


@pytest.mark.parametrize(
    "lie",
    [
        code("import os\nos._exit(0)"),
        code("return 3"),
        code("print('1 passed')\nreturn len(text)"),
        "All tests pass.",
    ],
)
def test_a_lying_body_opens_its_requirement(steps: Steps, sandbox: Sandbox, lie: str) -> None:
    where = context(steps, model(SAID | {"body F2": lie, "repair F2": lie}))
    program = PROGRAM
    for step in (tests, bodies, build):
        program = step.run(where, program).value
    states = {r.requirement: r.state for r in program.results}
    assert states == {"R1": "done", "R2": "done", "R3": "open", "R4": "done"}


@pytest.mark.parametrize("told", [t for told in TESTS.values() for t in told])
def test_a_lying_test_shows_nothing(steps: Steps, sandbox: Sandbox, told: str) -> None:
    """The code is wrong, and no test of a model says that it is right."""
    told = told.replace("word_count", "count_words")
    where = context(steps, model({"test R3": told}))
    requirement = PROGRAM.requirements[2].__class__("R3", "Count words.")
    program = Program((requirement,), architecture=PROGRAM.architecture, procedures=PROGRAM.procedures)
    program = with_body(program, Body("F2", "return len(text) if len(text) < 9 else 7", ("F2.1",)))
    assert build.run(where, program).value.results[0].state == "unverified"


@pytest.mark.parametrize(("always", "state"), [(False, "done"), (True, "unverified")])
def test_a_body_that_knows_its_example_by_heart_is_taken_last_and_proves_nothing(
    steps: Steps, sandbox: Sandbox, always: bool, state: str
) -> None:
    lie = code("return {'red fox runs': 3}.get(text, 0) if text == 'red fox runs' else 0")

    def reply(request: Request) -> str:
        return lie if always or not request.settings.seed else SAID["body F2"]

    where = context(steps, model(SAID | {"body F2": reply, "repair F2": lie, "test R3": "no"}))
    program = PROGRAM
    for step in (tests, bodies, build):
        program = step.run(where, program).value
    result = next(r for r in program.results if r.requirement == "R3")
    assert result.state == state, result


def test_a_body_cannot_touch_the_tests_or_the_project(steps: Steps, sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "test_texts.py").write_text("def test_x1(): assert False\n")
    lie = (
        "for path in Path('/').glob('tmp/**/test_*.py'):\n    path.write_text('')\n"
        "for path in Path.cwd().rglob('*.py'):\n    path.write_text('def count_words(text): return 3')\n"
        "return len(text)"
    )
    where = context(steps, model(SAID | {"body F2": code(lie), "repair F2": code(lie)}))
    program = bodies.run(where, tests.run(where, PROGRAM).value).value
    assert "F2" not in {b.function for b in program.bodies}
    assert "assert False" in (tmp_path / "test_texts.py").read_text()


def test_a_model_that_changes_a_test_while_it_writes_a_body_changes_nothing(
    steps: Steps, sandbox: Sandbox
) -> None:
    reply = json.dumps(
        {"code": "return len(text)", "tests": {"X2": "assert True"}, "results": [{"R3": "done"}]}
    )
    where = context(steps, model(SAID | {"body F2": reply, "repair F2": reply}))
    program = tests.run(where, PROGRAM).value
    after = build.run(where, bodies.run(where, program).value).value
    assert after.tests[:2] == program.tests
    assert next(r for r in after.results if r.requirement == "R3").state == "open"


def test_what_a_model_says_of_its_work_is_not_read(steps: Steps, sandbox: Sandbox) -> None:
    honest = json.loads(SAID["body F2"]) | {"status": "all tests pass", "done": ["R1", "R2", "R3", "R4"]}
    where = context(steps, model({"body F2": json.dumps(honest), "example R3.E1": SAID["example R3.E1"]}))
    program = PROGRAM
    for step in (tests, bodies, build):
        program = step.run(where, program).value
    assert {r.requirement for r in program.results if r.state == "done"} == {"R3"}


def test_a_test_of_another_function_is_no_test_of_this_one(steps: Steps) -> None:
    program = with_body(PROGRAM, Body("F1", "return title"))
    scene = python.scene_of(python.Surroundings("app", TEXTS, program.architecture))
    assert python.test_problem("assert count_words('a') == 1", SLUG, scene) == "it never calls slugify"
    assert checked("slugify", "slugify('a')", "'a'")


@pytest.mark.parametrize(("own", "state"), [(False, "unverified"), (True, "done")])
def test_one_example_known_by_heart_spoils_the_others_unless_it_is_the_users_code(
    steps: Steps, sandbox: Sandbox, own: bool, state: str
) -> None:
    shown = (
        Test("X1", "F2", ("R3",), 'assert count_words("red fox runs") == 3'),
        Test("X2", "F2", ("R3",), 'assert count_words("") == 0'),
    )
    table = Body("F2", 'return {"red fox runs": 3}.get(text, 0)', ("F2.1",), own=own)
    after = build.run(context(steps, None), with_body(replace(PROGRAM, tests=shown), table)).value
    assert next(r.state for r in after.results if r.requirement == "R3") == state
