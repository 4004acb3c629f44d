"""The code of tests: from a call and what it has to give; and what is wrong with a test at a glance.

Must not know: models, how tests are run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from notec.passes.ir import Example, Function
from notec.passes.python.text import double_quoted
from notec.passes.python.trial import Scene, passes_without_code

_FAILS = "(ValueError, TypeError, LookupError, ArithmeticError)"  # where an example names no exception
_EXCEPTION = re.compile(r"(?:[A-Z]\w*)?(?:Error|Exception|Interrupt|Warning)\Z")
_TOO_WIDE = frozenset({"Exception", "BaseException", "NotImplementedError", "RuntimeError"})


def compose(call: str, expected: str, *, raises: bool = False, before: Sequence[str] = ()) -> str:
    """The statements of a test.

    Args:
        call, expected: Python expressions; with `raises` the name of an exception, or nothing.
        before: statements that make what the call needs.

    Raises:
        ValueError: one of them is no Python.
    """
    return double_quoted("\n".join(_lines(call, expected, raises, before)))


def _lines(call: str, expected: str, raises: bool, before: Sequence[str]) -> list[str]:
    lines = [ast.unparse(s) for line in before for s in _statements(line)]
    written = ast.unparse(_expression(call))
    if raises:
        name = expected.strip()
        if name and not _EXCEPTION.match(name):
            raise ValueError(f"`{name}` is no exception")
        kind = _FAILS if not name or name in _TOO_WIDE else name
        return [*lines, f"with pytest.raises({kind}):", f"    {written}"]
    value = _expression(expected)
    said = ast.unparse(value)
    if isinstance(value, ast.Constant) and (value.value is None or isinstance(value.value, bool)):
        return [*lines, f"assert {written} is {said}"]
    if _is_inexact(value):
        return [*lines, f"assert {written} == pytest.approx({said})"]
    return [*lines, f"assert {written} == {said}"]


def _expression(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"`{text.strip():.60}` is no Python: {error}") from None


def _statements(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"`{text.strip():.60}` is no Python: {error}") from None


def _is_inexact(value: ast.expr) -> bool:
    """A float, or a flat collection of numbers with one in it: what `pytest.approx` compares."""
    parts: list[ast.expr] = [value]
    if isinstance(value, (ast.List, ast.Tuple)):
        parts = list(value.elts)
    elif isinstance(value, ast.Dict):
        parts = list(value.values)
    bare = [p.operand if isinstance(p, ast.UnaryOp) else p for p in parts]
    numbers = [p.value for p in bare if isinstance(p, ast.Constant) and type(p.value) in (int, float)]
    return len(numbers) == len(parts) and any(isinstance(n, float) for n in numbers)


def bound(
    example: Example, functions: Sequence[Function], owners: Sequence[Function]
) -> tuple[Function, str] | None:
    """The function that an example calls, and the call by that function's name; None where that is not clear.

    Args:
        owners: those of `functions` that the example's requirement belongs to.
    """
    try:
        tree = _expression(example.call)
    except ValueError:
        return None
    if not isinstance(tree, ast.Call):
        return None
    said = ast.unparse(tree.func).rpartition(".")[2]
    named = [f for f in functions if _plain(f.name) == _plain(said)]
    fitting = [f for f in (named or owners) if _takes(f, tree)]
    own = [f for f in fitting if f in owners] or fitting
    if not own or (len(own) > 1 and not named):
        return None
    tree.func = ast.Name(own[0].name, ast.Load())
    return own[0], ast.unparse(tree)


def _plain(name: str) -> str:
    return name.replace("_", "").casefold()


def _takes(function: Function, call: ast.Call) -> bool:
    names = [p.name for p in function.parameters]
    named = [k.arg for k in call.keywords]
    return len(call.args) + len(named) == len(names) and all(n in names for n in named)


def calls(code: str) -> set[str]:
    """The names that a test calls."""
    return {
        n.func.id
        for s in _statements(code)
        for n in ast.walk(s)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    }


def test_problem(code: str, function: Function, scene: Scene) -> str:
    """Why a test cannot count, whatever the code gives; empty where it may."""
    try:
        called = calls(code)
    except ValueError as error:
        return str(error)
    if function.name not in called:
        return f"it never calls {function.name}"
    came = scene.follow(code, ())
    if came.state == "refused":
        return came.message
    return passes_without_code(scene, code)


def indirect(code: str, functions: Sequence[str]) -> str:
    """What stands between a test and the value that it is about; or nothing.

    A test that was not made from an example calls the program plainly, and what it expects is written out.
    """
    names = set(functions)
    for statement in _statements(code):
        plain: ast.expr | None = None
        compared: list[ast.expr] = []
        match statement:
            case ast.Assert(test=ast.Compare(left=left, comparators=compared)):
                plain = left
            case ast.Assign(value=value) | ast.Expr(value=value):
                plain = value
            case ast.With(body=[ast.Expr(value=value)]):
                plain = value
        inner = (
            [plain] if not isinstance(plain, ast.Call) else [*plain.args, *(k.value for k in plain.keywords)]
        )
        if plain is None or (_asks(plain, names) and any(p and _asks(p, names) for p in inner)):
            return f"`{ast.unparse(statement):.60}` does not call the function plainly"
        if any(_asks(one, names) for one in compared):
            return "what it expects comes from the code that it tests"
        if isinstance(statement, ast.Assert) and not isinstance(plain, (ast.Call, ast.Name)):
            return f"`{ast.unparse(statement):.60}` does not call the function plainly"
    return ""


def _asks(node: ast.expr, names: set[str]) -> bool:
    return any(isinstance(n, ast.Name) and n.id in names for n in ast.walk(node))


def invented(expected: str, text: str) -> str:
    """A value in an expectation that does not stand in the words that it was made from; or nothing."""
    words = " ".join(text.split()).casefold()
    for node in ast.walk(_expression(expected)):
        if not isinstance(node, ast.Constant) or isinstance(node.value, bool):
            continue
        if isinstance(node.value, str):
            told = re.escape(" ".join(node.value.split()).casefold())
            if not re.search(rf"(?<!\w){told}(?!\w)" if node.value.isalnum() else told, words):
                return repr(node.value)
        if isinstance(node.value, (int, float)) and abs(node.value) >= 10:  # smaller ones are often words
            digits = re.sub(r"(?<=\d)[\s,\u00a0](?=\d{3})", "", words)
            if not re.search(rf"(?<![\d.,]){re.escape(f'{node.value:g}')}(?!\d)", digits):
                return repr(node.value)
    return ""


def lost(call: str, expected: str, code: str) -> str:
    """A value of a call, or of what it gives, that a test made of both has no more; or nothing."""
    kept = {repr(node.value) for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)}
    for node in [n for part in (call, expected) if part for n in ast.walk(_expression(part))]:
        if isinstance(node, ast.Constant) and node.value is not None and repr(node.value) not in kept:
            return repr(node.value)
    return ""
