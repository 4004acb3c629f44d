"""What a test may say: the values, names and methods of its small language, each bounded in size.

Must not know: how a test is walked.
"""

from __future__ import annotations

import datetime
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePath
from typing import Any

from notec.passes.python.probe import Record

BIGGEST = 200_000  # items of a sequence, or bits of an integer, that a test may make


class Refused(Exception):  # noqa: N818 (said of a test, no error of ours)
    """A test says something that its language does not have; the text says what."""


@dataclass(frozen=True)
class RecordType:
    """A data class of the program; a call makes a `Record`."""

    name: str
    fields: tuple[str, ...]

    def __call__(self, *args: Any, **named: Any) -> Record:
        given = dict(zip(self.fields, args, strict=False)) | named
        if len(args) > len(self.fields) or set(given) != set(self.fields):
            raise TypeError(f"{self.name} takes {', '.join(self.fields) or 'nothing'}")
        return Record(self.name, {name: given[name] for name in self.fields})


@dataclass(frozen=True)
class Approx:
    """`pytest.approx`: equal within `rel` of the expected value, or `abs`."""

    expected: Any
    rel: float = 1e-6
    abs: float = 1e-12

    def matches(self, value: Any) -> bool:
        """Whether `value`, or each of its parts, is near enough."""
        return self._near(value, self.expected)

    def _near(self, value: Any, expected: Any) -> bool:
        if isinstance(expected, (list, tuple)):
            return (
                type(value) is type(expected)
                and len(value) == len(expected)
                and all(map(self._near, value, expected))
            )
        if isinstance(expected, dict):
            return (
                isinstance(value, dict)
                and value.keys() == expected.keys()
                and all(self._near(value[k], v) for k, v in expected.items())
            )
        if isinstance(expected, Record):
            return isinstance(value, Record) and self._near(value.fields, expected.fields)
        if _is_number(expected) and _is_number(value):
            return math.isclose(float(value), float(expected), rel_tol=self.rel, abs_tol=self.abs)
        return bool(value == expected)

    def __repr__(self) -> str:
        return f"about {self.expected!r}"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal, Fraction)) and not isinstance(value, bool)


def is_a(value: Any, kind: Any) -> bool:
    """`isinstance`."""
    if isinstance(kind, tuple):
        return any(is_a(value, one) for one in kind)
    if isinstance(kind, RecordType):
        return isinstance(value, Record) and value.name == kind.name
    if not isinstance(kind, type):
        raise TypeError("isinstance() takes a type")
    return isinstance(value, kind) and not isinstance(value, Record)


def _type_of(value: Any) -> Any:
    return RecordType(value.name, tuple(value.fields)) if isinstance(value, Record) else type(value)


def _range(*args: Any) -> range:
    made = range(*args)
    if len(made) > BIGGEST:
        raise Refused(f"a range of more than {BIGGEST}")
    return made


def _bytes(*args: Any) -> bytes:
    if args and isinstance(args[0], int):
        raise Refused("bytes of a number")
    return bytes(*args)


def sized(value: Any) -> Any:
    """`value`, when it is not too big.

    Raises:
        Refused: it is.
    """
    if isinstance(value, int):
        if value.bit_length() > BIGGEST:
            raise Refused("a number that big")
    elif isinstance(value, (str, bytes, list, tuple, dict, set, frozenset)) and len(value) > BIGGEST:
        raise Refused("a value that long")
    return value


def multiply(left: Any, right: Any) -> Any:
    """`left * right`, when that is not too big."""
    for many, times in ((left, right), (right, left)):
        if isinstance(many, (str, bytes, list, tuple)) and isinstance(times, int):
            if len(many) * times > BIGGEST:
                raise Refused("a value that long")
        elif (
            isinstance(many, int)
            and isinstance(times, int)
            and many.bit_length() + times.bit_length() > BIGGEST
        ):
            raise Refused("a number that big")
    return left * right


def power(base: Any, exponent: Any) -> Any:
    """`base ** exponent`, when that is not too big."""
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * abs(exponent) > 10_000:
        raise Refused("a number that big")
    return base**exponent


BUILTINS: dict[str, Any] = {
    **{
        f.__name__: f
        for f in (abs, all, any, bool, dict, divmod, enumerate, float, frozenset, int, len, list, max, min)
    },
    **{f.__name__: f for f in (repr, reversed, round, set, sorted, str, sum, tuple, zip, next, iter)},
    "range": _range,
    "bytes": _bytes,
    "isinstance": is_a,
    "type": _type_of,
    "Decimal": Decimal,
    "Fraction": Fraction,
    "Path": PurePath,
    "PurePath": PurePath,
    **{name: getattr(datetime, name) for name in ("date", "time", "timedelta", "timezone")},
}
MODULES: dict[str, dict[str, Any]] = {
    "math": {
        n: getattr(math, n)
        for n in ("isclose", "isnan", "isinf", "sqrt", "floor", "ceil", "pi", "e", "inf", "nan")
    },
    "datetime": {n: getattr(datetime, n) for n in ("date", "time", "datetime", "timedelta", "timezone")},
    "decimal": {"Decimal": Decimal},
    "fractions": {"Fraction": Fraction},
    "pathlib": {"Path": PurePath, "PurePath": PurePath},
    "pytest": {"approx": lambda value, rel=1e-6, abs=1e-12: Approx(value, rel, abs)},  # noqa: A006
}
_METHODS: dict[type, str] = {
    str: "capitalize casefold count encode endswith find index isalnum isalpha isdigit islower isspace "
    "istitle isupper join lower lstrip partition removeprefix removesuffix rfind rindex rpartition rsplit "
    "rstrip split splitlines startswith strip swapcase title upper",
    bytes: "decode endswith hex startswith count find",
    list: "append copy count extend index insert pop remove reverse sort clear",
    tuple: "count index",
    dict: "copy get items keys pop setdefault update values clear",
    set: "add copy difference discard intersection isdisjoint issubset issuperset remove union update "
    "symmetric_difference",
    frozenset: "difference intersection isdisjoint issubset issuperset symmetric_difference union",
    int: "bit_length",
    float: "is_integer",
    datetime.date: "isoformat weekday isoweekday toordinal",
    datetime.time: "isoformat",
    datetime.timedelta: "total_seconds",
    Decimal: "quantize",
    PurePath: "as_posix joinpath with_suffix with_name",
}
_FIELDS: dict[type, str] = {
    datetime.date: "year month day",
    datetime.datetime: "year month day hour minute second microsecond",
    datetime.time: "hour minute second microsecond",
    datetime.timedelta: "days seconds microseconds",
    PurePath: "name suffix stem parent parts",
    Fraction: "numerator denominator",
}
_MAKERS = {"fromisoformat", "fromkeys", "fromhex", "fromordinal"}  # called on a type


def attribute(value: Any, name: str) -> Any:
    """`value.name`, where the language has it.

    Raises:
        AttributeError: the value has no such field.
        Refused: the language has no such thing.
    """
    if isinstance(value, Record):
        if name not in value.fields:
            raise AttributeError(f"{value.name} has no field {name}")
        return value.fields[name]
    if isinstance(value, type) and name in _MAKERS:
        return getattr(value, name)
    for table in (_METHODS, _FIELDS):
        for kind, names in table.items():
            if isinstance(value, kind) and name in names.split():
                return getattr(value, name)
    if value is None or isinstance(value, (Record, bool)):
        raise AttributeError(f"{value!r} has no {name}")
    raise Refused(f".{name} of {type(value).__name__}")


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mult": multiply,
    "Div": operator.truediv,
    "FloorDiv": operator.floordiv,
    "Mod": operator.mod,
    "Pow": power,
    "BitAnd": operator.and_,
    "BitOr": operator.or_,
    "BitXor": operator.xor,
}
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "NotEq": operator.ne,
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
    "Is": operator.is_,
    "IsNot": operator.is_not,
    "In": lambda a, b: a in b,
    "NotIn": lambda a, b: a not in b,
}


def equal(left: Any, right: Any) -> bool:
    """`left == right`, where either may be a `pytest.approx`."""
    if isinstance(right, Approx):
        return right.matches(left)
    if isinstance(left, Approx):
        return left.matches(right)
    return bool(left == right)
