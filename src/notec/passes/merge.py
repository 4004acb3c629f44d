"""Three-way merge of a pass's output: what it made last, what the user made of that, what it makes now.

What he changed stays, field by field; what he left alone follows the pass.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

from notec.passes.ir import Component, DataType, Function, Procedure, Requirement

T = TypeVar("T")
_OF_THE_PASS = (
    "because",
    "before",
    "functions",
    "types",
    "requirements",
    "needs",
)  # parts, or not his to word
_KEPT_APART = (Requirement, Component, Function, DataType, Procedure)  # merged one by one, known by their ids


def merged(base: T, his: T, new: T) -> T:
    """`new` with everything in which `his` differs from `base`."""
    out: Any = _value(base, his, new)
    return out  # type: ignore[no-any-return]


def _value(base: Any, his: Any, new: Any) -> Any:
    if his in (base, new):
        return new
    if new == base:
        return his
    if isinstance(his, tuple) and _is_list(base, his, new):
        return _list(base, his, new)
    if isinstance(his, Procedure) or not is_dataclass(his) or not type(base) is type(his) is type(new):
        return his
    parts = {
        f.name: _value(getattr(base, f.name), getattr(his, f.name), getattr(new, f.name)) for f in fields(his)
    }
    make: Any = type(new)
    return make(**parts)


def _is_list(*values: Any) -> bool:
    items = [item for value in values for item in value]
    return bool(items) and all(isinstance(item, _KEPT_APART) for item in items)


def _list(base: tuple[Any, ...], his: tuple[Any, ...], new: tuple[Any, ...]) -> tuple[Any, ...]:
    """Items known by their ids: in the order of now, his own ones after them; what he removed stays away."""
    was, theirs, now = ({_key(i): i for i in value} for value in (base, his, new))
    out = []
    for key, item in now.items():
        if key in theirs:
            out.append(_value(was[key], theirs[key], item) if key in was else theirs[key])
        elif key not in was:
            out.append(item)
    out += [item for key, item in theirs.items() if key not in now and was.get(key) != item]
    return tuple(out)


def _key(item: Any) -> str:
    return str(item.function if isinstance(item, Procedure) else item.id)


def clashes(base: Any, his: Any, new: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What the user and the pass changed in two ways: an id, and the names of its fields."""
    was, theirs, now = ({_key(i): i for i in _items(value)} for value in (base, his, new))
    out = []
    for key in was.keys() & theirs.keys() & now.keys():
        states = (was[key], theirs[key], now[key])
        names = (f.name for f in fields(states[0]) if f.name not in _OF_THE_PASS)
        parts = tuple(n for n in names if len({repr(getattr(one, n)) for one in states}) == len(states))
        if parts:
            out.append((key, parts))
    return tuple(sorted(out))


def _items(value: Any) -> Iterable[Any]:
    """The parts of a pass's output that have an id."""
    if hasattr(value, "components"):
        return [p for c in value.components for p in (c, *c.functions, *c.types)]
    return tuple(value)


def changed(base: Any, his: Any) -> tuple[str, ...]:
    """The ids of what the user changed, added or removed."""
    was, now = ({_key(i): i for i in _items(value)} for value in (base, his))
    return tuple(key for key in dict.fromkeys((*was, *now)) if was.get(key) != now.get(key))
