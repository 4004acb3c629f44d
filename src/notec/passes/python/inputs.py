"""Calls with generated arguments, to see what different bodies of a function do.

Must not know: how a body is chosen.
"""

from __future__ import annotations

import ast
import datetime
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from notec.passes.choose_inputs import generate
from notec.passes.ir import DataType, Function
from notec.passes.python.calls import Call
from notec.passes.python.probe import Opaque, Record, encode

_MOST = 24  # calls of one function
_FIRST_DAY = datetime.date(2024, 1, 1)
_DEEPEST = 2  # data classes inside of data classes


def generated(function: Function, types: Mapping[str, DataType], text: str) -> tuple[Call, ...]:
    """Calls of a function, the same every time; data classes are filled field by field.

    Args:
        text: of its requirements: their numbers and quoted words are tried.
    """
    flat = [_flat(p.type, types, ()) for p in function.parameters]
    calls: dict[str, Call] = {}
    for one in generate(flat, text, count=_MOST):
        try:
            values = [ast.literal_eval(argument) for argument in one.arguments]
            args = [_made(v, p.type, types) for v, p in zip(values, function.parameters, strict=True)]
            call = Call(function.name, tuple(map(encode, args)))
        except (ValueError, TypeError, SyntaxError, ArithmeticError, Opaque):
            continue
        calls[str(call)] = call
    return tuple(calls.values())


def _flat(annotation: str, types: Mapping[str, DataType], inside: tuple[str, ...]) -> str:
    """An annotation in which data classes are tuples of their fields; one inside of itself is None."""

    def replaced(found: re.Match[str]) -> str:
        kind = types.get(found[0])
        if kind is None:
            return found[0]
        if kind.name in inside or len(inside) > _DEEPEST or not kind.fields:
            return "None"
        fields = (_flat(f.type, types, (*inside, kind.name)) for f in kind.fields)
        return f"tuple[{', '.join(fields)}]"

    return re.sub(r"[^\W\d]\w*", replaced, annotation)


def _made(value: Any, annotation: str, types: Mapping[str, DataType]) -> Any:
    """A generated value as what its annotation wants."""
    return _as(value, ast.parse(annotation.strip() or "int", mode="eval").body, types)


def _as(value: Any, wanted: ast.expr, types: Mapping[str, DataType]) -> Any:
    if isinstance(wanted, ast.BinOp):  # a union: the side that the value may be of
        side = wanted.right if value is None else wanted.left
        return _as(value, side, types)
    if isinstance(wanted, ast.Subscript) and isinstance(wanted.value, ast.Name):
        inner: Sequence[ast.expr] = (
            wanted.slice.elts if isinstance(wanted.slice, ast.Tuple) else [wanted.slice]
        )
        if isinstance(value, dict) and len(inner) == 2:
            return {_as(k, inner[0], types): _as(v, inner[1], types) for k, v in value.items()}
        if isinstance(value, list):
            record = isinstance(inner[0], ast.Name) and inner[0].id in types
            return [_as(v, inner[0], types) for v in value if not (record and v is None)]
        if isinstance(value, tuple) and len(inner) == len(value):
            return tuple(_as(v, kind, types) for v, kind in zip(value, inner, strict=True))
        return value
    name = wanted.id if isinstance(wanted, ast.Name) else ""
    if name in types and isinstance(value, tuple):
        fields = types[name].fields
        return Record(name, {f.name: _made(v, f.type, types) for f, v in zip(fields, value, strict=True)})
    if name in ("Decimal", "Fraction") and isinstance(value, int):
        return Decimal(value) if name == "Decimal" else Fraction(value)
    if name == "date" and isinstance(value, int):
        return _FIRST_DAY + datetime.timedelta(days=value)
    return value
