"""Examples of a note: what goes in and what comes out."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.spec.examples import Shown, examples
from notec.spec.values import value
from notec.vault import parse_markdown


def shown(text: str, path: str = "a.idea") -> list[Shown]:
    return examples(parse_markdown(path, text).value)


@pytest.mark.parametrize(
    ("text", "call", "expected"),
    [
        ('count("a b") -> 2', "count('a b')", "2"),
        ("`f(1, [2, 3])` → `[3]`.", "f(1, [2, 3])", "[3]"),
        ("night_cost(850, 8, 0.32) = 2.18", "night_cost(850, 8, 0.32)", "2.18"),
        ("`count('')` returns 0, and more.", "count('')", "0"),
        ("`счёт(«а б»)` даёт 2", "", ""),
        ('`счёт("а б")` возвращает 2.', "счёт('а б')", "2"),
        ("is_even(2) == True", "is_even(2)", "True"),
        ("load({'a': 1}) -> null", "load({'a': 1})", "None"),
        ("```python\n>>> count('a b')\n2\n```", "count('a b')", "2"),
        ("```python\nassert count('a b') == 2\n```", "count('a b')", "2"),
        ("```python\nassert is_even(2)\n```", "is_even(2)", "True"),
        ("Вход: «а б в»; выход: 3", "_('а б в')", "3"),
        ("Input: [1, 2, 3], output: 6", "_([1, 2, 3])", "6"),
        ("Input: 5\nOutput: 25\n", "_(5)", "25"),
        ("- Input: `count('a')`\n- Output: 1\n", "count('a')", "1"),
        ("Например, «мама мыла раму» даёт 3.", "_('мама мыла раму')", "3"),
        ('## Example\n\n- `"a b"` → 2\n', "_('a b')", "2"),
        ("| input | output |\n|---|---|\n| a b | 2 |\n", "_('a b')", "2"),
        ("| x | y | result |\n|---|---|---|\n| 1 | 2 | 3 |\n", "_(1, 2)", "3"),
        ("| вход | выход |\n|---|---|\n| 3,5 | 7 |\n", "_(3.5)", "7"),
    ],
)
def test_an_example_that_can_be_run(text: str, call: str, expected: str) -> None:
    found = [(e.call, e.expected) for e in shown(text)]
    assert found == [(call, expected)] if call else all(not c for c, _ in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("parse('x') -> ValueError", "ValueError"),
        ("`parse('')` raises `KeyError`", "KeyError"),
        ("parse('x') -> ошибка", ""),
        ("```\n>>> parse('x')\nTraceback (most recent call last):\nValueError: bad\n```", "ValueError"),
    ],
)
def test_an_example_that_fails(text: str, expected: str) -> None:
    (found,) = shown(text)
    assert (found.raises, found.expected) == (True, expected)


@pytest.mark.parametrize(
    "text", ["count(text: str) -> int", "def f(x) -> int:\n", "f(x) = y", "call me (2) now"]
)
def test_a_signature_is_no_example(text: str) -> None:
    assert [e for e in shown(text) if e.call] == []


def test_scenarios_and_sections_are_examples_in_words() -> None:
    found = shown("Given a file\nWhen it is read\nThen 3 is printed\n")
    assert len(found) == 1
    assert not found[0].call
    found = shown("# A\n\n## Пример\n\nНа вопрос «сколько?» программа отвечает «32 ГБ» и называет заметку.\n")
    assert len(found) == 1


def test_several_examples_on_one_line() -> None:
    assert [(e.call, e.expected) for e in shown("f(1) -> 2, f(2) -> 4; f(3) -> 6.")] == [
        ("f(1)", "2"),
        ("f(2)", "4"),
        ("f(3)", "6"),
    ]


@given(st.text(alphabet="f(x1)->=→ \"'«»[]{},.:;\n`|-input output вход выход Example", max_size=120))
def test_what_is_called_runnable_is_python(text: str) -> None:
    for found in shown(text):
        assert text[found.start : found.end]
        if found.call:
            assert isinstance(ast.parse(found.call, mode="eval").body, ast.Call)
            if found.expected and not found.raises:
                ast.parse(found.expected, mode="eval")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), st.lists, max_leaves=6))
def test_values_of_python_are_read_back(data: object) -> None:
    assert ast.literal_eval(value(repr(data))) == data


def test_a_doctest_needs_no_fence() -> None:
    found = shown("A function.\n\n>>> to_roman(1994)\n'MCMXCIV'\n>>> to_roman(4)\n'IV'\n")
    assert [(s.call, s.expected) for s in found] == [
        ("to_roman(1994)", "'MCMXCIV'"),
        ("to_roman(4)", "'IV'"),
    ]
