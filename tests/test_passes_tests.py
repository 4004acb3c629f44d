"""Tests that are made of examples, and followed outside of what they test."""

from __future__ import annotations

import ast
import datetime
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.passes import python, tests
from notec.passes.ir import Example, Function, Parameter, Test
from notec.passes.python.calls import Call, Followed, Given
from notec.passes.python.judge import follow
from notec.passes.python.probe import Record, decode, encode
from notec.passes.python.trial import given_of
from notec.passes.slot import Steps
from notec.store import Store
from small_programs import COUNT, PROGRAM, SAID, SLUG, checked, context, model

DAY = datetime.date(2024, 1, 6)
TYPES = {"Item": ("name", "price")}


def went(code: str, *given: object) -> Followed:
    """Follow a test of `f`, whose calls give these values, or raise these exceptions."""
    answers = [
        Given(raised=(type(g).__name__, "Exception"), message=str(g))
        if isinstance(g, Exception)
        else Given(value=encode(g))
        for g in given
    ]
    return follow(code, ("f",), TYPES, answers)


@pytest.mark.parametrize(
    ("code", "given", "state"),
    [
        ("assert f(1) == 2", [2], "passed"),
        ("assert f(1) == 2", [3], "failed"),
        ("assert f(1) == 2", [ValueError("no")], "failed"),
        ("assert f(1) == 2", [], "waiting"),
        ("assert f(1) == f(2)", [2, 2], "passed"),
        ("assert f(1) == f(2)", [2], "waiting"),
        ("x = [f(i) for i in range(3)]\nassert x == [0, 1, 4]", [0, 1, 4], "passed"),
        ("for i in (1, 2):\n    assert f(i) == i * 2", [2, 4], "passed"),
        ("for i in (1, 2):\n    assert f(i) == i * 2", [2, 5], "failed"),
        ("with pytest.raises(ValueError):\n    f(1)", [ValueError("no")], "passed"),
        ("with pytest.raises(ValueError):\n    f(1)", [1], "failed"),
        ("with pytest.raises(ValueError):\n    f(1)", [KeyError("no")], "failed"),
        ("with pytest.raises((KeyError, ValueError), match='no'):\n    f(1)", [ValueError("no")], "passed"),
        ("with pytest.raises(ValueError, match='no'):\n    f(1)", [ValueError("yes")], "failed"),
        (
            "with pytest.raises(ValueError) as info:\n    f(1)\nassert 'n' in str(info.value)",
            [ValueError("no")],
            "passed",
        ),
        ("assert f(1) == pytest.approx(0.3)", [0.1 + 0.2], "passed"),
        ("assert f(1) == pytest.approx([0.3, 1])", [[0.1 + 0.2, 1]], "passed"),
        ("assert f(1) == pytest.approx(0.3)", [0.31], "failed"),
        ("assert f(1) == Item('a', Decimal('2'))", [Record("Item", {"name": "a", "price": 2})], "passed"),
        ("assert f(1).name == 'a'", [Record("Item", {"name": "a", "price": 2})], "passed"),
        ("assert f(1).wrong == 'a'", [Record("Item", {"name": "a", "price": 2})], "failed"),
        ("assert isinstance(f(1), Item) and len(f(2)) == 2", [Record("Item", {"name": "a"}), "ab"], "passed"),
        ("assert f(1)[0].upper() == 'A' and f(2)", ["abc", 0], "failed"),
        ("assert list(f(1)) == [1, 2]", [iter([1, 2])], "passed"),
        ("assert f(1) == [1, 2]", [iter([1, 2])], "failed"),
        ("assert f(1) is True", [1], "failed"),
        ("assert 1 < f(1) <= 3 and not f(2)", [3, []], "passed"),
        (
            "assert f(date(2024, 1, 5)) == date(2024, 1, 6)",
            [DAY],
            "passed",
        ),
        ("import math\nassert math.isclose(f(1), 0.3)", [0.3], "passed"),
        ("assert f(1) == f'{2}x'", ["2x"], "passed"),
        ("assert f(1) + 1 == 2", [None], "failed"),
    ],
)
def test_a_test_is_followed_with_what_the_code_gives(code: str, given: list[object], state: str) -> None:
    assert went(code, *given).state == state, went(code, *given)


@pytest.mark.parametrize(
    "code",
    [
        "f(1)",
        "x = f(1)",
        "pass",
        "",
        "assert (",
        "import os\nassert f(1) == 2",
        "from subprocess import run\nassert f(1) == 2",
        "assert open('x') == f(1)",
        "assert f(1) == 2\nassert __import__('os')",
        "f = 3\nassert f == 3",
        "def f(x):\n    return 2\nassert f(1) == 2",
        "assert f.__code__ == 1",
        "assert f(1).__class__ == int",
        "assert 'x'.format(1) == f(1)",
        "assert '%s' % 1 == f(1)",
        "try:\n    assert f(1) == 3\nexcept AssertionError:\n    pass",
        "while True:\n    f(1)",
        "assert [x for x in range(10**9)] == f(1)",
        "assert 'a' * 10**9 == f(1)",
        "assert 9**9**9 == f(1)",
        "assert (lambda: 1)() == f(1)",
        "assert sum(i * j for i in range(500) for j in range(500)) == f(1)",
        "with pytest.raises(ValueError, match='(a+)+$'):\n    f(1)",
        "with open('x') as y:\n    assert f(1)",
        "async def g():\n    assert f(1)",
        "eval('1')\nassert f(1)",
        "exit()\nassert f(1)",
        "class A:\n    pass\nassert f(1)",
        "del f\nassert 1",
        "global f\nassert 1",
    ],
)
def test_what_no_test_may_say_is_refused(code: str) -> None:
    assert went(code, 2, 2).state == "refused", went(code, 2, 2)


def test_a_failure_says_what_came_and_what_was_expected() -> None:
    assert went("assert f(1) == 2", 3).message == "f(1) gave 3, expected was 2"
    assert went("assert f(1) == 2", ValueError("no")).message == "f(1) raised ValueError: no"
    assert went("x = 1\nassert f(x) == 2", 3).line == 2


def test_a_list_that_the_code_changed_is_changed_in_the_test() -> None:
    changed = Given(value=None, args=(encode([1, 2, 3]),))
    assert follow("x = [3, 1, 2]\nf(x)\nassert x == [1, 2, 3]", ("f",), {}, [changed]).state == "passed"
    unchanged = Given(value=None, args=(encode([3, 1, 2]),))
    assert follow("x = [3, 1, 2]\nf(x)\nassert x == [1, 2, 3]", ("f",), {}, [unchanged]).state == "failed"


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.binary(max_size=4)
    | st.dates()
    | st.decimals(allow_nan=False)
    | st.fractions()
    | st.timedeltas(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
        | st.sets(st.integers() | st.text(max_size=4), max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_plain_data_goes_through_unchanged(value: object) -> None:
    after = decode(json.loads(json.dumps(encode(value))), Record)
    assert after == value
    assert type(after) is type(value)


class Same(int):
    """Equal to everything."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


def test_a_value_that_calls_itself_equal_is_compared_as_what_it_holds() -> None:
    assert went("assert f(1) == 2", Same(3)).state == "failed"
    assert went("assert f(1) == 3", Same(3)).state == "passed"


OPERATORS = ["+", "-", "*", "/", "//", "%", "==", "!=", "<", ">=", "in", "is", "and", "or"]
EXPRESSIONS = st.recursive(
    st.sampled_from(
        ["a", "b", "1", "0", "-2", "2.5", "'x'", "[1, 2]", "(3,)", "{'k': 1}", "None", "True", "{1, 2}"]
    ),
    lambda e: st.one_of(
        st.tuples(e, st.sampled_from(OPERATORS), e).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(e, e).map(lambda t: f"{t[0]}[{t[1]}]"),
        e.map(lambda x: f"(not {x})"),
        e.map(lambda x: f"[y for y in {x} if y]"),
    ),
    max_leaves=6,
)


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@given(EXPRESSIONS, st.integers(-3, 3), st.sampled_from(["", "xy", [1, 2], (3, 4), {"k": 2}, None]))
def test_a_test_means_what_python_means(expression: str, a: int, b: object) -> None:
    """Whatever the walker does not refuse, Python says too."""
    code = f"a = {a!r}\nb = {b!r}\nassert {expression}"
    came = follow(code, ("f",), {}, ())
    if came.state == "refused":
        return
    try:
        exec(compile(code, "test", "exec"), {})
        state = "passed"
    except Exception:  # noqa: BLE001
        state = "failed"
    assert came.state == state, (code, came)


@given(
    st.text(max_size=60) | st.sampled_from(["[]", "[1]", '[{"value": 1}]', '[{"raised": []}]', "[" * 3000])
)
def test_a_line_that_the_code_forged_is_read_without_harm(said: str) -> None:
    came = follow("assert f(1) == 2", ("f",), {}, [given_of(said, 1)])
    assert came.state == "failed"


ANY_ERROR = "with pytest.raises((ValueError, TypeError, LookupError, ArithmeticError)):\n    f(1)"


@pytest.mark.parametrize(
    ("call", "expected", "raises", "code"),
    [
        ("f(1)", "2", False, "assert f(1) == 2"),
        ("f( 'a' )", "'b'", False, 'assert f("a") == "b"'),
        ("f(1)", "True", False, "assert f(1) is True"),
        ("f(1)", "None", False, "assert f(1) is None"),
        ("f(1)", "0.5", False, "assert f(1) == pytest.approx(0.5)"),
        ("f(1)", "[0.5, -1]", False, "assert f(1) == pytest.approx([0.5, -1])"),
        ("f(1)", "[[0.5]]", False, "assert f(1) == [[0.5]]"),
        ("f(1)", "ValueError", True, "with pytest.raises(ValueError):\n    f(1)"),
        (
            "f(1)",
            "",
            True,
            ANY_ERROR,
        ),
        (
            "f(1)",
            "Exception",
            True,
            ANY_ERROR,
        ),
    ],
)
def test_a_test_is_composed_of_a_call_and_what_it_gives(
    call: str, expected: str, raises: bool, code: str
) -> None:
    assert python.compose(call, expected, raises=raises) == code
    ast.parse(code)


@pytest.mark.parametrize(
    ("call", "expected", "raises"), [("f(", "2", False), ("f(1)", "a b", False), ("f(1)", "oops", True)]
)
def test_what_is_no_python_makes_no_test(call: str, expected: str, raises: bool) -> None:
    with pytest.raises(ValueError, match=r".+"):
        python.compose(call, expected, raises=raises)


BOTH = Function("F9", "join", (Parameter("a", "str"), Parameter("b", "str")))


@pytest.mark.parametrize(
    ("call", "function", "bound"),
    [
        ('slugify("a")', "F1", "slugify('a')"),
        ('Slugify("a")', "F1", "slugify('a')"),
        ('texts.slugify("a")', "F1", "slugify('a')"),
        ('_("a")', "F1", "slugify('a')"),
        ('make_slug("a")', "F1", "slugify('a')"),
        ('countWords("a b")', "F2", "count_words('a b')"),
        ('join("a", b="b")', "F9", "join('a', b='b')"),
    ],
)
def test_an_example_calls_the_function_that_it_names_or_the_one_of_its_requirement(
    call: str, function: str, bound: str
) -> None:
    found = python.bound(Example("R1.E1", call, call, "1"), (SLUG, COUNT, BOTH), (SLUG,))
    assert found is not None
    assert (found[0].id, found[1]) == (function, bound)


@pytest.mark.parametrize(
    "call", ['_("a", "b", "c")', "slugify()", "slugify(1, 2)", "3 + 4", "(", "join(c=1, d=2)"]
)
def test_an_example_that_fits_no_signature_is_left_to_others(call: str) -> None:
    assert python.bound(Example("R1.E1", call, call, "1"), (SLUG, COUNT, BOTH), (SLUG,)) is None


def test_two_functions_of_a_requirement_leave_an_example_without_a_name_open() -> None:
    assert python.bound(Example("R1.E1", "_('a')", "_('a')", "1"), (SLUG, COUNT), (SLUG, COUNT)) is None


@pytest.mark.parametrize(
    ("expected", "text", "more"),
    [
        ("3", "has three words", ""),
        ("42", "gives 42", ""),
        ("42", "gives 420", "42"),
        ("1200", "сумма 1 200 рублей", ""),
        ("'abc'", "becomes ABC", ""),
        ("'xyz'", "becomes abc", "'xyz'"),
        ("['a', 'b']", "a and b", ""),
    ],
)
def test_values_that_the_words_do_not_have_are_found(expected: str, text: str, more: str) -> None:
    assert python.invented(expected, text) == more


@pytest.fixture
def steps(tmp_path: Path) -> Iterator[Steps]:
    store = Store.open(tmp_path / "notec.db")
    yield store.memo
    store.close()


def test_examples_become_tests_before_there_is_code(steps: Steps) -> None:
    outcome = tests.run(context(steps, model()), PROGRAM)
    assert [(t.id, t.function, t.requirements, t.code, t.example) for t in outcome.value.tests] == [
        ("X1", "F1", ("R1",), 'assert slugify("Hello World") == "hello-world"', "R1.E1"),
        ("X2", "F2", ("R3",), 'assert count_words("red fox runs") == 3', "R3.E1"),
    ]
    assert not outcome.diagnostics


def test_without_a_model_examples_that_can_be_run_are_tests_all_the_same(steps: Steps) -> None:
    outcome = tests.run(context(steps, None), PROGRAM)
    assert [t.id for t in outcome.value.tests] == ["X1"]
    assert [d.code for d in outcome.diagnostics] == ["example-not-run"]
    assert "R3" in outcome.diagnostics[0].message


@pytest.mark.parametrize(
    "reply",
    [
        "The test passes.",
        checked("slugify", "slugify('a')", "'a'"),
        checked("count_words", "count_words('red fox runs')", "'a value that nobody said'"),
        checked("count_words", "count_words('red fox runs')", "count_words('red fox runs')"),
        checked("count_words", "3", "3"),
        checked("count_words", "len('abc')", "3"),
        checked("count_words", "count_words('a') or 3", "3"),
        checked("count_words", "count_words('red fox runs')", "Exception", raises=True).replace(
            "Exception", "NotAThing"
        ),
    ],
)
def test_a_model_cannot_make_an_example_say_nothing(reply: str, steps: Steps) -> None:
    outcome = tests.run(context(steps, model(SAID | {"example R3.E1": reply})), PROGRAM)
    assert [t.id for t in outcome.value.tests] == ["X1"]
    assert "example-not-run" in {d.code for d in outcome.diagnostics}


def test_tests_keep_their_ids_over_runs(steps: Steps) -> None:
    last = replace(
        PROGRAM, tests=(Test("X7", "F2", ("R3",), "old", "R3.E1"), Test("X1", "F9", ("R9",), "gone", "R9.E1"))
    )
    outcome = tests.run(context(steps, model(), last=last), PROGRAM)
    assert [(t.id, t.example) for t in outcome.value.tests] == [("X2", "R1.E1"), ("X7", "R3.E1")]


def test_a_call_is_shown_as_it_would_be_written() -> None:
    call = Call("f", (1, encode([Record("Item", {"name": "a"})])), (("key", "x"),))
    assert python.calls.shown(call) == "f(1, [Item(name='a')], key='x')"


def test_tests_of_the_user_are_kept_in_the_place_of_ours(steps: Steps) -> None:
    edited = Test("X1", "F1", ("R1",), "assert slugify('A B') == 'a-b'", "R1.E1", origin="own")
    written = Test("X5", "F2", ("R3",), "assert count_words('') == 0", origin="own")
    homeless = Test("X6", "F99", ("R3",), "assert gone() == 0", origin="own")
    last = replace(PROGRAM, tests=(edited, written, homeless))
    outcome = tests.run(context(steps, model(), last=last), PROGRAM)
    assert outcome.value.tests == (
        edited,
        Test("X2", "F2", ("R3",), 'assert count_words("red fox runs") == 3', "R3.E1"),
        written,
    )
