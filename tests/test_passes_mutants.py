"""Wrong turns that a test has to notice."""

from __future__ import annotations

import ast

import pytest

from notec.passes import python
from notec.passes.ir import DataType, Function, Parameter
from notec.passes.python.layout import assembled
from small_programs import COUNT, ITEM, SLUG, TOTAL

CODE = """\
if not title.strip():
    raise ValueError("empty")
parts = [part for part in title.lower().split() if part != "and"]
total = len(parts) * 2 + 1
while total > 3 and parts:
    total -= 1
return "-".join(parts)"""


def test_each_mutant_is_another_body_that_compiles() -> None:
    made = python.mutants(SLUG, CODE, limit=100)
    assert len(set(made)) == len(made) > 15
    original = ast.unparse(ast.parse(assembled(SLUG, CODE)))
    for code in made:
        text = assembled(SLUG, code)
        compile(text, "mutant", "exec")
        assert ast.unparse(ast.parse(text)) != original


@pytest.mark.parametrize(
    "changed",
    [
        "if not not title.strip():",
        "part == 'and'",
        "part != 'andx'",
        "len(parts) + 2 + 1",
        "len(parts) * 3 + 1",
        "while total <= 3 and parts:",
        "while total > 3 or parts:",
        "total += 1",
        "return None",
        "return not '-'.join(parts)",
    ],
)
def test_operators_constants_conditions_and_results_are_changed(changed: str) -> None:
    assert any(changed in code for code in python.mutants(SLUG, CODE, limit=100)), changed


def test_statements_are_left_out() -> None:
    assert any("raise" not in code for code in python.mutants(SLUG, CODE, limit=100))


def test_the_same_body_has_the_same_mutants_and_not_too_many() -> None:
    assert python.mutants(SLUG, CODE) == python.mutants(SLUG, CODE)
    assert len(python.mutants(SLUG, CODE)) == 12


def test_the_smallest_body_has_some() -> None:
    assert set(python.mutants(COUNT, "return len(text)")) == {"return None", "return not len(text)"}


def test_calls_are_generated_for_data_classes_too_and_are_the_same_every_time() -> None:
    types = {"Item": ITEM}
    calls = python.generated(TOTAL, types, "Prices such as 99.")
    assert calls == python.generated(TOTAL, types, "Prices such as 99.")
    assert len(calls) > 10
    items = [item for call in calls for item in call.args[0][1:]]
    assert items
    for kind, name, first, second in items:
        assert (kind, name, first[0], second[0]) == ("record", "Item", "name", "price")
        assert second[1][0] == "decimal"


TYPES = [
    *("int", "str | None", "dict[str, list[Item]]", "tuple[Item, date]", "Callable[[int], str]", "Any"),
    *("Optional[Item]", "set[int]", "bytes", "list[Node]", "tuple[int, ...]", "Literal['a', 'b']"),
]


@pytest.mark.parametrize("annotation", TYPES)
def test_whatever_the_types_are_calls_are_generated_or_none(annotation: str) -> None:
    function = Function("F1", "f", (Parameter("x", annotation), Parameter("y", "float")))
    node = DataType("T2", "Node", (Parameter("value", "int"), Parameter("inner", "list[Node]")))
    for call in python.generated(function, {"Item": ITEM, "Node": node}, ""):
        assert len(call.args) == 2


def test_a_function_without_parameters_has_one_call() -> None:
    assert [c.args for c in python.generated(Function("F1", "f"), {}, "")] == [()]
