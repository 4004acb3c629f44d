"""Inputs for a function that has no example: from its signature and the words of its requirement.

Where a parameter has no type, several are offered; `fitting` keeps those that candidates can work with.
Everything is an expression in Python's text, so that it can be shown, kept and run anywhere.
"""

from __future__ import annotations

import ast
import itertools
import random
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

_INTEGERS = (0, 1, 2, 3, 4, 5, 7, 8, 10, 12, 15, 20, 27, 30, 100, -1, -4)
_FLOATS = (0.0, 1.0, 0.5, 2.5, 3.99, 10.25, -1.5)
_WORDS = ("a", "ab", "abc", "hello", "Hello", "World", "level", "aAbB", "x1y22", "zebra", "ёж")
_UNTYPED = (
    "int",
    "str",
    "list[int]",
    "list[str]",
    "float",
    "list[float]",
    "list[list[int]]",
    "dict[str, int]",
)
_LARGEST = 1e6
_MOST_MIXES = 64  # combinations of types that are tried where several are open
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])")
_QUOTED = re.compile(r"""(['"`])([^'"`\n]{0,30})\1|[«“]([^»”\n]{0,30})[»”]""")


@dataclass(frozen=True)
class Input:
    """Arguments of one call, and the types that they were made from."""

    arguments: tuple[str, ...]
    types: tuple[str, ...]


@dataclass
class _Pool:
    """Values by type; the same seed gives the same."""

    chance: random.Random
    integers: list[int]
    floats: list[float]
    words: list[str]
    letters: str = field(default="")

    def value(self, kind: str) -> Any:
        """One value of a type; types that are not known here are as good as a number."""
        name, inner = _parts(kind)
        pick = self.chance.choice
        if name in ("list", "sequence", "iterable", "collection"):
            return self._several(inner[0] if inner else "int")
        if name == "tuple":
            kinds = [k for k in inner if k != "..."] or ["int"]
            return tuple(self._several(kinds[0])) if "..." in inner else tuple(map(self.value, kinds))
        if name in ("set", "frozenset"):
            return set(self._several(inner[0] if inner else "int"))
        if name in ("dict", "mapping"):
            key, item = (*inner, "str", "int")[:2] if len(inner) == 2 else ("str", "int")
            return {self.value(key): self.value(item) for _ in range(pick((0, 1, 2, 3)))}
        if name in ("optional", "union"):
            return self.value(pick([*inner, "none"] if name == "optional" else inner or ["int"]))
        if name == "bool":
            return pick((True, False))
        if name in ("str", "bytes"):
            text = self._text()
            return text.encode() if name == "bytes" else text
        if name == "float":
            return pick(self.floats)
        if name in ("none", "nonetype"):
            return None
        return pick(self.integers)

    def _several(self, kind: str) -> list[Any]:
        size = self.chance.choice((0, 1, 2, 3, 3, 4, 5, 6, 8))
        values = [self.value(kind) for _ in range(size)]
        if values and self.chance.random() < 0.3:
            values.append(self.chance.choice(values))  # what stands twice is where programs differ
        if self.chance.random() < 0.3:
            with suppress(TypeError):
                values.sort()
        return values

    def _text(self) -> str:
        turn = self.chance.random()
        if turn < 0.08:
            return ""
        if self.letters and turn < 0.5:
            return "".join(self.chance.choices(self.letters, k=self.chance.randint(1, 8)))
        words = [self.chance.choice(self.words) for _ in range(self.chance.choice((1, 1, 2, 3)))]
        return self.chance.choice((" ", " ", ", ", "")).join(words)


def generate(
    types: Sequence[str],
    text: str = "",
    known: Sequence[Sequence[str]] = (),
    *,
    count: int = 60,
    seed: int = 0,
) -> tuple[Input, ...]:
    """Up to `count` different inputs.

    Args:
        types: of the parameters, as annotations; empty where there is none.
        text: of the requirement; its numbers and quoted words are among the values.
        known: arguments of calls that somebody wrote: their types stand in for missing ones.
    """
    mixes = _mixes(types, known)
    chance = random.Random(seed)  # noqa: S311  the same inputs each time, nothing to guess
    pool = _pool(text, known, chance)
    found: dict[tuple[str, ...], Input] = {}
    for mix in itertools.islice(itertools.cycle(mixes), 20 * count):
        if len(found) >= count:
            break
        arguments = tuple(repr(pool.value(kind)) for kind in mix)
        found.setdefault(arguments, Input(arguments, mix))
    return tuple(found.values())


def fitting(inputs: Sequence[Input], answered: Mapping[int, float]) -> list[int]:
    """The inputs whose types fit the function.

    Args:
        answered: by the number of an input, the share of candidates that gave an answer instead of an error.
    """
    shares: dict[tuple[str, ...], list[float]] = {}
    for number, one in enumerate(inputs):
        shares.setdefault(one.types, []).append(answered.get(number, 0.0))
    means = {types: sum(s) / len(s) for types, s in shares.items()}
    best = max(means.values(), default=0.0)
    if not best:
        return []
    return [n for n, one in enumerate(inputs) if means[one.types] >= 0.9 * best and answered.get(n, 0.0)]


def _mixes(types: Sequence[str], known: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """The types to try for all parameters, the likeliest first."""
    seen = [tuple(map(_type_of, call)) for call in known if len(call) == len(types)]
    usual = [mix for mix, _ in sorted(_count(seen).items(), key=lambda kv: -kv[1]) if "" not in mix]
    if usual:
        return usual[:3] if not all(types) else [tuple(types)]
    choices = [(kind,) if kind else _UNTYPED for kind in types]
    mixes = sorted(itertools.product(*choices), key=lambda mix: len(set(mix)))
    return mixes[:_MOST_MIXES]


def _count(items: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
    counts: dict[tuple[str, ...], int] = {}
    for item in items:
        counts[item] = counts.get(item, 0) + 1
    return counts


def _type_of(expression: str) -> str:
    """The type of a literal, in the words of annotations; empty for anything else."""
    try:
        return _named(ast.literal_eval(expression))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return ""


def _named(value: Any) -> str:
    name = type(value).__name__
    if isinstance(value, list | set | frozenset | tuple):
        inner = {_named(v) for v in value}
        kind = inner.pop() if len(inner) == 1 else "float" if inner == {"int", "float"} else "int"
        return f"{name}[{kind}, ...]" if name == "tuple" else f"{name}[{kind}]"
    if isinstance(value, dict):
        pairs = {(_named(k), _named(v)) for k, v in value.items()}
        key, item = pairs.pop() if len(pairs) == 1 else ("str", "int")
        return f"dict[{key}, {item}]"
    return name


def _parts(kind: str) -> tuple[str, list[str]]:
    """`dict[str, list[int]]` is `dict` of `str` and `list[int]`; `A | B` is a union."""
    try:
        node = ast.parse(kind.strip() or "int", mode="eval").body
    except SyntaxError:
        return "int", []
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return "union", [ast.unparse(node.left), ast.unparse(node.right)]
    if isinstance(node, ast.Subscript):
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return _last(node.value), [ast.unparse(i) for i in inner]
    return _last(node), []


def _last(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[2].lower()


def _pool(text: str, known: Sequence[Sequence[str]], chance: random.Random) -> _Pool:
    numbers = [float(n) for n in _NUMBER.findall(text)]
    quoted = [a or b for _, a, b in _QUOTED.findall(text)]
    for call in known:
        for argument in call:
            _collect(argument, numbers, quoted)
    integers = [int(n) for n in numbers if n == int(n) and abs(n) <= 1000]
    near = [i + step for i in integers[:20] for step in (-1, 0, 1)]
    words = [q for q in quoted if q.strip()][:40]
    letters = "".join(sorted({q for q in quoted if len(q) == 1}))
    return _Pool(
        chance,
        list(dict.fromkeys((*_INTEGERS, *near))),
        list(dict.fromkeys((*_FLOATS, *numbers[:20]))),
        list(dict.fromkeys((*_WORDS, *words))),
        letters,
    )


def _collect(argument: str, numbers: list[float], quoted: list[str]) -> None:
    try:
        tree = ast.parse(argument, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                quoted.append(node.value[:60])
            elif (
                isinstance(node.value, int | float)
                and not isinstance(node.value, bool)
                and abs(node.value) < _LARGEST
            ):
                numbers.append(float(node.value))
