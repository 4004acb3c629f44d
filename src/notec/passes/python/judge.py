"""Follows a test by itself, and asks outside only what the code under test gives.

A test is a few plain Python statements. They are walked here, one by one, and never executed: the code under
test runs elsewhere, shut in, and does not see what is expected of it; values are compared here. So no reply
of a model, and nothing that its code does to its own process, can say "passed". What this small language does
not have is refused, and such a test does not count.

Must not know: where code runs, models.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from notec.passes.python.calls import Call, Followed, Given, shown
from notec.passes.python.language import (
    BUILTINS,
    COMPARISONS,
    MODULES,
    OPERATORS,
    RecordType,
    Refused,
    attribute,
    equal,
    multiply,
    sized,
)
from notec.passes.python.probe import Opaque, Record, decode, encode

_STEPS = 20_000  # nodes that are walked before a test is refused
_SAID = 300


def follow(
    code: str, functions: Sequence[str], types: Mapping[str, tuple[str, ...]], given: Sequence[Given]
) -> Followed:
    """Walk a test with what its first calls gave.

    Args:
        functions: names of the program's functions; types: its data classes, with their fields.
    """
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return Followed("refused", f"it is no Python: {error}")
    walk = _Walk(frozenset(functions), {n: RecordType(n, f) for n, f in types.items()}, list(given))
    try:
        for statement in body:
            walk.do(statement)
    except _Waiting:
        return Followed("waiting", calls=tuple(walk.calls))
    except _Failed as failed:
        return Followed("failed", str(failed), walk.line, tuple(walk.calls))
    except Refused as refused:
        return Followed("refused", f"a test cannot use {refused}", walk.line, tuple(walk.calls))
    except _Raised as raised:
        came = raised.given
        return Followed("failed", raised.said, walk.line, tuple(walk.calls), came.line, came.settled)
    except (Exception, RecursionError) as error:  # noqa: BLE001 (what plain operators raise on values that do not fit)
        return Followed("failed", f"{type(error).__name__}: {error}"[:_SAID], walk.line, tuple(walk.calls))
    if not walk.asserted:
        return Followed("refused", "a test has to assert something", 0, tuple(walk.calls))
    return Followed("passed", calls=tuple(walk.calls))


class _Waiting(Exception):  # noqa: N818
    """The next call has not been made yet."""


class _Failed(Exception):  # noqa: N818
    """An assertion does not hold."""


class _Raised(Exception):  # noqa: N818
    """The code under test raised, or gave nothing that can be compared."""

    def __init__(self, call: Call, given: Given) -> None:
        self.given = given
        what = given.trouble or f"{given.raised[0]}: {given.message}".rstrip(": ")
        verb = "gave" if given.trouble else "raised"
        self.said = f"{shown(call)} {verb} {what}"[:_SAID]
        super().__init__(self.said)


class _Walk:
    def __init__(self, functions: frozenset[str], types: dict[str, RecordType], given: list[Given]) -> None:
        self.functions = functions
        self.names: dict[str, Any] = {**BUILTINS, **types}
        self.given = given
        self.calls: list[Call] = []
        self.line = 0
        self.asserted = False
        self._left = _STEPS

    def do(self, node: ast.stmt) -> None:
        self.line = node.lineno
        match node:
            case ast.Assert():
                self.asserted = True
                self._check(node.test)
            case ast.Assign():
                value = self.of(node.value)
                for target in node.targets:
                    self._bind(target, value)
            case ast.AnnAssign(value=ast.expr() as value_node):
                self._bind(node.target, self.of(value_node))
            case ast.AugAssign(target=ast.Name() as target):
                self._bind(target, self._binary(node.op, self.of(target), self.of(node.value)))
            case ast.Expr():
                self.of(node.value)
            case ast.For(orelse=[]):
                for item in self._items(node.iter):
                    self._bind(node.target, item)
                    for inner in node.body:
                        self.do(inner)
            case ast.If():
                for inner in node.body if self.of(node.test) else node.orelse:
                    self.do(inner)
            case ast.With(items=[item]):
                self._raises(item, node.body)
            case ast.Pass():
                pass
            case ast.Import() | ast.ImportFrom():
                self._import(node)
            case _:
                raise Refused(f"`{type(node).__name__.lower()}`")

    def _check(self, test: ast.expr) -> None:
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            left, right = self.of(test.left), self.of(test.comparators[0])
            if not self._compare(test.ops[0], left, right):
                said = ast.unparse(test.left)
                if isinstance(test.ops[0], ast.Eq):
                    raise _Failed(f"{said} gave {left!r:.100}, expected was {right!r:.100}")
                raise _Failed(f"{said} gave {left!r:.100}: not {ast.unparse(test):.100}")
        elif not self.of(test):
            raise _Failed(f"not {ast.unparse(test)}"[:_SAID])

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if isinstance(node, ast.Import):
                if alias.name not in MODULES or alias.asname:
                    raise Refused(f"the module {alias.name}")
            elif node.module not in MODULES or alias.name not in MODULES[node.module]:
                raise Refused(f"{alias.name} of {node.module}")
            else:
                self.names[alias.asname or alias.name] = MODULES[node.module][alias.name]

    def _raises(self, item: ast.withitem, body: list[ast.stmt]) -> None:
        call = item.context_expr
        if not (
            isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.raises" and len(call.args) == 1
        ):
            raise Refused("`with`, other than pytest.raises(...)")
        self.asserted = True
        wanted = call.args[0].elts if isinstance(call.args[0], ast.Tuple) else [call.args[0]]
        names = {ast.unparse(w) for w in wanted}
        match = [k.value for k in call.keywords]
        if any(k.arg != "match" for k in call.keywords) or any(not _is_plain_text(m) for m in match):
            raise Refused("pytest.raises with more than plain words to match")
        try:
            for inner in body:
                self.do(inner)
        except _Raised as raised:
            if not names & set(raised.given.raised):
                raise
            if any(str(m.value) not in raised.given.message for m in match if isinstance(m, ast.Constant)):
                raise _Failed(f"{raised.said}, without the words that were expected") from None
            if isinstance(item.optional_vars, ast.Name):
                value = Record(raised.given.raised[0], {"_said": raised.given.message})
                self.names[item.optional_vars.id] = Record("info", {"value": value})
            return
        raise _Failed(
            f"{ast.unparse(body[-1]):.200} raised nothing, expected was {' or '.join(sorted(names))}"
        )

    def _bind(self, target: ast.expr, value: Any) -> None:
        match target:
            case ast.Name():
                if target.id in self.functions:
                    raise Refused(f"another {target.id}")
                self.names[target.id] = value
            case ast.Tuple() | ast.List():
                values = list(value)
                if len(values) != len(target.elts):
                    raise ValueError(f"{len(target.elts)} values are wanted, not {len(values)}")
                for inner, one in zip(target.elts, values, strict=True):
                    self._bind(inner, one)
            case ast.Subscript():
                self.of(target.value)[self.of(target.slice)] = value
            case ast.Attribute() if isinstance(record := self.of(target.value), Record):
                attribute(record, target.attr)
                record.fields[target.attr] = value
            case _:
                raise Refused(f"`{ast.unparse(target)} =`")

    def of(self, node: ast.expr) -> Any:
        self._left -= 1
        if self._left < 0:
            raise Refused(f"more than {_STEPS} steps")
        return sized(self._of(node))

    def _of(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant():
                return node.value
            case ast.Name():
                if node.id not in self.names:
                    raise Refused(node.id)
                return self.names[node.id]
            case ast.List() | ast.Set() | ast.Tuple():
                kind = {ast.List: list, ast.Set: set, ast.Tuple: tuple}[type(node)]
                return kind(self._elements(node.elts))
            case ast.Dict(keys=keys) if None not in keys:
                return {self.of(k): self.of(v) for k, v in zip(keys, node.values, strict=True) if k}
            case ast.BinOp():
                return self._binary(node.op, self.of(node.left), self.of(node.right))
            case ast.UnaryOp(op=ast.Not()):
                return not self.of(node.operand)
            case ast.UnaryOp(op=ast.USub()):
                return -self.of(node.operand)
            case ast.UnaryOp(op=ast.UAdd()):
                return +self.of(node.operand)
            case ast.BoolOp():
                value = None
                for part in node.values:
                    value = self.of(part)
                    if bool(value) == isinstance(node.op, ast.Or):
                        break
                return value
            case ast.Compare():
                left = self.of(node.left)
                for op, comparator in zip(node.ops, node.comparators, strict=True):
                    right = self.of(comparator)
                    if not self._compare(op, left, right):
                        return False
                    left = right
                return True
            case ast.IfExp():
                return self.of(node.body if self.of(node.test) else node.orelse)
            case ast.Subscript(slice=ast.Slice() as part):
                bounds = [None if b is None else self.of(b) for b in (part.lower, part.upper, part.step)]
                return self.of(node.value)[slice(*bounds)]
            case ast.Subscript():
                return self.of(node.value)[self.of(node.slice)]
            case ast.Attribute(value=ast.Name(id=module)) if module in MODULES and module not in self.names:
                if node.attr not in MODULES[module]:
                    raise Refused(f"{module}.{node.attr}")
                return MODULES[module][node.attr]
            case ast.Attribute():
                return attribute(self.of(node.value), node.attr)
            case ast.Call():
                return self._call(node)
            case ast.JoinedStr():
                return "".join(self._piece(p) for p in node.values)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                made = [self.of(node.elt) for _ in self._loops(node.generators)]
                return set(made) if isinstance(node, ast.SetComp) else made
            case ast.DictComp():
                return {self.of(node.key): self.of(node.value) for _ in self._loops(node.generators)}
        raise Refused(f"`{ast.unparse(node):.60}`")

    def _elements(self, nodes: Sequence[ast.expr]) -> Iterator[Any]:
        for node in nodes:
            if isinstance(node, ast.Starred):
                yield from self._items(node.value)
            else:
                yield self.of(node)

    def _items(self, node: ast.expr) -> list[Any]:
        items = []
        for item in self.of(node):
            self._left -= 1
            if self._left < 0:
                raise Refused(f"more than {_STEPS} steps")
            items.append(item)
        return items

    def _loops(self, generators: Sequence[ast.comprehension]) -> Iterator[None]:
        if not generators:
            yield
            return
        first, *rest = generators
        for item in self._items(first.iter):
            self._bind(first.target, item)
            if all(self.of(condition) for condition in first.ifs):
                yield from self._loops(rest)

    def _piece(self, node: ast.expr) -> str:
        if isinstance(node, ast.FormattedValue) and node.format_spec is None and node.conversion == -1:
            return str(self.of(node.value))
        if isinstance(node, ast.Constant):
            return str(node.value)
        raise Refused("a format")

    def _binary(self, op: ast.operator, left: Any, right: Any) -> Any:
        name = type(op).__name__
        if name == "Mod" and isinstance(left, (str, bytes)):
            raise Refused("% on text")
        if name not in OPERATORS:
            raise Refused(f"`{name}`")
        return OPERATORS[name](left, right)

    def _compare(self, op: ast.cmpop, left: Any, right: Any) -> bool:
        if isinstance(op, ast.Eq):
            return equal(left, right)
        if isinstance(op, ast.NotEq):
            return not equal(left, right)
        return bool(COMPARISONS[type(op).__name__](left, right))

    def _call(self, node: ast.Call) -> Any:
        if any(k.arg is None for k in node.keywords):
            raise Refused("**")
        if isinstance(node.func, ast.Name) and node.func.id in self.functions:
            args = list(self._elements(node.args))
            return self._ask(node.func.id, args, {k.arg or "": self.of(k.value) for k in node.keywords})
        function = self.of(node.func)
        args = list(self._elements(node.args))
        named = {k.arg or "": self.of(k.value) for k in node.keywords}
        if not callable(function):
            raise TypeError(f"{ast.unparse(node.func)} cannot be called")
        if function is str and len(args) == 1 and isinstance(args[0], Record) and "_said" in args[0].fields:
            return args[0].fields["_said"]
        if getattr(function, "__name__", "") == "join" and args:
            args[0] = list(args[0])
            multiply(" " * max(map(len, args[0]), default=0), len(args[0]))
        return function(*args, **named)

    def _ask(self, name: str, args: list[Any], named: dict[str, Any]) -> Any:
        try:
            call = Call(name, tuple(map(encode, args)), tuple((k, encode(v)) for k, v in named.items()))
        except Opaque as opaque:
            raise Refused(f"{opaque} as an argument") from None
        self.calls.append(call)
        if len(self.calls) > len(self.given):
            raise _Waiting
        given = self.given[len(self.calls) - 1]
        if given.raised or given.trouble:
            raise _Raised(call, given)
        for old, new in zip(args, given.args or (), strict=False):
            _become(old, decode(new, Record))
        for key, new in given.named:
            if key in named:
                _become(named[key], decode(new, Record))
        return decode(given.value, Record)


def _become(old: Any, new: Any) -> None:
    """Give a mutable value the content that the call left in it."""
    if type(old) is not type(new):
        return
    if isinstance(old, list):
        old[:] = new
    elif isinstance(old, (dict, set)):
        old.clear()
        old.update(new)
    elif isinstance(old, Record):
        old.fields.update(new.fields)


def _is_plain_text(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and not set(node.value) & set(r"\.*+?()[]{}^$|")
    )
