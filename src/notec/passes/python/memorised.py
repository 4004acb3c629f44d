"""Whether a body knows an example by heart instead of working it out.

Must not know: who wrote it, how it is run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

from notec.passes.ir import Body, Function
from notec.passes.python.layout import assembled


def memorised(
    body: Body, function: Function, tests: Sequence[str], said: str, every: Sequence[str] = ()
) -> str:
    """What is wrong, in one sentence; or nothing.

    Args:
        tests: code of the tests that it will be judged by.
        said: the words of its requirements and steps; what stands there may stand in the code.
        every: code of all tests of the function, where `tests` are some of them.
    """
    try:
        tree = ast.parse(assembled(function, body.code)).body[0]
    except (SyntaxError, ValueError, RecursionError):
        return ""
    assert isinstance(tree, ast.FunctionDef)
    names = {p.name for p in function.parameters}
    inside = [node for statement in tree.body for node in ast.walk(statement)]
    given = [v for test in tests for v in _given(test, function.name)]
    words = " ".join(said.split())
    if _looks_up(inside, tests, every or tests, function.name, words):
        return "it looks the examples up in a table instead of working them out"
    for node in inside:
        compared = isinstance(node, ast.Compare) and any(
            isinstance(o, (ast.Eq, ast.In, ast.NotEq)) for o in node.ops
        )
        parts = [node.left, *node.comparators] if compared and isinstance(node, ast.Compare) else []
        direct = any(isinstance(p, ast.Name) and p.id in names for p in parts)
        for value in [v for p in parts if direct for v in _value(p)] + [v for v in _value(node) if _long(v)]:
            if any(_same(value, one) for one in given) and _telling(value) and str(value) not in words:
                return f"it knows the example {value!r:.60} by heart instead of working it out"
    return ""


def _looks_up(
    inside: Sequence[ast.AST], tests: Sequence[str], every: Sequence[str], name: str, words: str
) -> bool:
    """Whether a table that is mostly examples leads from what a test gives to what it expects."""
    if any(isinstance(n, (ast.For, ast.While, ast.comprehension)) and _turns(n) for n in inside):
        return False
    table = [
        (key, value)
        for node in inside
        if isinstance(node, ast.Dict)
        for k, v in zip(node.keys, node.values, strict=True)
        if k is not None
        for key in _value(k)
        for value in _value(v)
        if str(key) not in words or str(value) not in words
    ]
    held = [pair for pair in table if _shows(every, name, pair)]
    return any(_shows(tests, name, pair) for pair in held) and 2 * len(held) >= len(table)


def _turns(loop: ast.For | ast.While | ast.comprehension) -> bool:
    """Whether it goes over anything: `for _ in ()` does not."""
    return isinstance(loop, ast.While) or _value(loop.iter) not in ([()], [[]])


def _shows(tests: Sequence[str], name: str, pair: tuple[Any, Any]) -> bool:
    return any(all(map(_same, pair, one)) for test in tests for one in _equals(test, name))


def _equals(test: str, name: str) -> list[tuple[Any, Any]]:
    """What a test gives and expects, where it says so with one argument and `==`."""
    return [
        (given, wanted)
        for node in ast.walk(ast.parse(test))
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Call) and len(node.left.args) == 1
        if isinstance(node.left.func, ast.Name) and node.left.func.id == name
        for given in _value(node.left.args[0])
        for wanted in _value(node.comparators[0])
    ]


def _given(test: str, name: str) -> Iterator[Any]:
    """The values with which a test calls the function."""
    for node in ast.walk(ast.parse(test)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            for argument in [*node.args, *(k.value for k in node.keywords)]:
                yield from _value(argument)


def _value(node: ast.AST) -> list[Any]:
    if not isinstance(node, (ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.UnaryOp)):
        return []
    try:
        return [ast.literal_eval(node)]
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return []


def _same(left: Any, right: Any) -> bool:
    return type(left) is type(right) and bool(left == right)


def _telling(value: Any) -> bool:
    """Whether it is too much of its own to stand in both by accident."""
    if isinstance(value, (bool, type(None))):
        return False
    if isinstance(value, (int, float)):
        return abs(value) > 2
    return len(value) >= 2


def _long(value: Any) -> bool:
    """Whether it need not even be compared to be suspicious."""
    if isinstance(value, str):
        return len(value) >= 6
    return isinstance(value, (list, tuple, dict, set)) and len(value) >= 2
