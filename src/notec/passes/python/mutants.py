"""Small wrong turns in a body: a test that notices none of them says nothing about it.

Operators, comparisons, constants, conditions, results and whole statements, one change at a time.

Must not know: tests, how mutants are run.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator

from notec.passes.ir import Function
from notec.passes.python.layout import assembled

_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Add,
    ast.Pow: ast.Mult,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


def mutants(function: Function, code: str, limit: int = 12) -> tuple[str, ...]:
    """Bodies that differ from `code` in one place, spread over it; none equal to it."""
    tree = ast.parse(assembled(function, code))
    original = _body_text(tree)
    made: dict[str, None] = {}
    for change in list(_changes(tree)):
        changed = copy.deepcopy(tree)
        change(changed)
        text = _body_text(ast.fix_missing_locations(changed))
        if text != original and _compiles(function, text):
            made[text] = None
    every = list(made)
    if len(every) <= limit:
        return tuple(every)
    return tuple(every[i * len(every) // limit] for i in range(limit))


Change = Callable[[ast.AST], None]


def _changes(tree: ast.Module) -> Iterator[Change]:
    """Each finds its place by the node's number in a walk, which is the same in every copy."""
    for number, node in enumerate(ast.walk(tree)):
        match node:
            case ast.BinOp() | ast.BoolOp() if type(node.op) in _SWAPS:
                yield _set(number, "op", _SWAPS[type(node.op)]())
            case ast.AugAssign() if type(node.op) in _SWAPS:
                yield _set(number, "op", _SWAPS[type(node.op)]())
            case ast.Compare() if type(node.ops[0]) in _SWAPS:
                yield _set(number, "ops", [_SWAPS[type(node.ops[0])](), *node.ops[1:]])
            case ast.Return(value=ast.expr() as value):
                if not (isinstance(value, ast.Constant) and value.value is None):
                    yield _set(number, "value", ast.Constant(None))
                yield _set(number, "value", ast.UnaryOp(ast.Not(), value))
            case ast.If() | ast.While() | ast.IfExp():
                yield _set(number, "test", ast.UnaryOp(ast.Not(), node.test))
            case ast.Constant() if (other := _other(node.value)) is not None:
                yield _set(number, "value", other)
        for name in ("body", "orelse"):
            block = getattr(node, name, None)
            if isinstance(block, list) and not isinstance(node, ast.Module):
                for at, statement in enumerate(block):
                    if not isinstance(statement, (ast.Return, ast.Pass, ast.FunctionDef, ast.Import)):
                        yield _without(number, name, at)


def _other(value: object) -> object:
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, str):
        return value + "x" if value else "x"
    return None


def _set(number: int, name: str, value: object) -> Change:
    def change(tree: ast.AST) -> None:
        setattr(_nth(tree, number), name, value)

    return change


def _without(number: int, name: str, at: int) -> Change:
    def change(tree: ast.AST) -> None:
        getattr(_nth(tree, number), name)[at] = ast.Pass()

    return change


def _nth(tree: ast.AST, number: int) -> ast.AST:
    return next(node for i, node in enumerate(ast.walk(tree)) if i == number)


def _body_text(tree: ast.Module) -> str:
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    return "\n".join(ast.unparse(statement) for statement in function.body)


def _compiles(function: Function, code: str) -> bool:
    try:
        compile(assembled(function, code), function.name, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True
