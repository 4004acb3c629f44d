"""Calls functions that nobody has read, and says what they gave as plain data. Runs inside the sandbox.

It knows which functions to call with what, and never what is expected of them: whatever the code under test
does to this process, it can only choose what its own calls seem to give. Each run is a process of its own.
Standard library alone, one file: its text is what the sandbox is given.
"""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import importlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePath
from typing import Any

DEEPEST = 60
_LONGEST_STREAM = 10_000  # items of an iterator that are looked at
_LONGEST_SAID = 400
_MOST_LATE = 2  # runs of one variant that may end late before the rest of it is given up
_BY_TEXT: dict[str, Callable[[str], Any]] = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": clock.fromisoformat,
    "decimal": Decimal,
    "fraction": Fraction,
    "path": PurePath,
    "complex": complex,
    "bytes": bytes.fromhex,
}


class Opaque(Exception):  # noqa: N818 (no error of ours: a value that is no data)
    """A value that is no plain data; the text says what it is."""


@dataclasses.dataclass
class Record:
    """A value of a data class of the program, where that class is not at hand."""

    name: str
    fields: dict[str, Any]

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(f'{k}={v!r}' for k, v in self.fields.items())})"


def encode(value: Any, depth: int = 0) -> Any:
    """Plain data as JSON: scalars as they are, everything else as a list that begins with its kind.

    Built-in storage is read past whatever a subclass overrides: an object that calls itself equal to
    everything is compared as the data that it holds, or not at all.

    Raises:
        Opaque: it is something else.
    """
    if depth > DEEPEST:
        raise Opaque("data nested too deeply")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, enum.Enum):
        return ["enum", type(value).__name__, str(value.name)]
    if isinstance(value, int):
        return int.__int__(value)
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, str):
        return str.__str__(value)
    inner = depth + 1
    if isinstance(value, list):
        return ["list", *(encode(item, inner) for item in list.__iter__(value))]
    if isinstance(value, tuple):
        return ["tuple", *(encode(item, inner) for item in tuple.__iter__(value))]
    if isinstance(value, (set, frozenset)):
        items = set.__iter__(value) if isinstance(value, set) else frozenset.__iter__(value)
        return ["set", *sorted((encode(item, inner) for item in items), key=json.dumps)]
    if isinstance(value, dict):
        return ["dict", *([encode(k, inner), encode(v, inner)] for k, v in dict.items(value))]
    if isinstance(value, (bytes, bytearray)):
        return ["bytes", bytes(value).hex()]
    if isinstance(value, Record):
        return ["record", value.name, *([name, encode(field, inner)] for name, field in value.fields.items())]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = [[f.name, encode(getattr(value, f.name), inner)] for f in dataclasses.fields(value)]
        return ["record", type(value).__name__, *pairs]
    return _encode_other(value, inner)


def _encode_other(value: Any, inner: int) -> Any:
    kind = type(value)
    if kind in (date, datetime, clock):
        return [kind.__name__, value.isoformat()]
    if kind is timedelta:
        return ["timedelta", value.days, value.seconds, value.microseconds]
    if kind in (Decimal, Fraction, complex):
        return [kind.__name__.lower(), str(value)]
    if isinstance(value, PurePath):
        return ["path", str(value)]
    if kind is range:
        return ["range", value.start, value.stop, value.step]
    if isinstance(value, Iterator):
        items: list[Any] = []
        for item in value:
            if len(items) >= _LONGEST_STREAM:
                raise Opaque(f"an iterator of more than {_LONGEST_STREAM} items")
            items.append(encode(item, inner))
        return ["stream", *items]
    raise Opaque(f"an object of {kind.__module__}.{kind.__qualname__}, which is no plain data")


def decode(data: Any, record: Callable[[str, dict[str, Any]], Any]) -> Any:
    """What `encode` was given; `record` makes a data class from its name and fields.

    Raises:
        ValueError, TypeError, LookupError, ArithmeticError: it is nothing that `encode` writes.
    """
    if not isinstance(data, list):
        return data
    kind, *rest = data
    if kind == "list":
        return [decode(item, record) for item in rest]
    if kind == "tuple":
        return tuple(decode(item, record) for item in rest)
    if kind == "set":
        return {decode(item, record) for item in rest}
    if kind == "dict":
        return {decode(k, record): decode(v, record) for k, v in rest}
    if kind == "record":
        return record(rest[0], {name: decode(v, record) for name, v in rest[1:]})
    if kind == "enum":
        return record(rest[0], {"name": rest[1]})
    if kind == "timedelta":
        return timedelta(*rest)
    if kind == "range":
        return range(*rest)
    if kind == "stream":
        return iter([decode(item, record) for item in rest])
    return _BY_TEXT[kind](rest[0])


def perform(job: dict[str, Any], run: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What each call of a run gives: `value` and `args` after it, or the exception, or why it is no data."""

    def record(name: str, fields: dict[str, Any]) -> Any:
        return getattr(importlib.import_module(job["types"][name]), name)(**fields)

    given: list[dict[str, Any]] = []
    for call in run:
        args = [decode(a, record) for a in call["args"]]
        named = {k: decode(v, record) for k, v in call["named"].items()}
        try:
            function = getattr(importlib.import_module(call["module"]), call["function"])
            value = encode(function(*args, **named))
            given.append(
                {
                    "value": value,
                    "args": [encode(a) for a in args],
                    "named": {k: encode(v) for k, v in named.items()},
                }
            )
        except Opaque as error:
            given.append({"opaque": str(error)})
        except SystemExit as error:
            given.append({"opaque": f"the end of the program (SystemExit {str(error.code)[:40]})"})
        except BaseException as error:  # noqa: BLE001 (whatever it raises is its answer)
            given.append(_raised(error, call["module"]))
    return given


def _raised(error: BaseException, module: str) -> dict[str, Any]:
    line, at = 0, error.__traceback__
    own = module.replace(".", os.sep) + ".py"
    while at is not None:
        if at.tb_frame.f_code.co_filename.endswith(own):
            line = at.tb_lineno
        at = at.tb_next
    names = [k.__name__ for k in type(error).__mro__ if k not in (object, BaseException)]
    try:
        said = str(error)[:_LONGEST_SAID]
    except Exception:  # noqa: BLE001 (its own __str__ may do anything)
        said = ""
    return {"raised": names, "message": said, "line": line}


def main() -> None:
    """Read a job from stdin: nonce, types, seconds, runs (path, calls); write a marked line for each run."""
    job = json.loads(sys.stdin.buffer.read())
    late: dict[str, int] = {}
    for number, run in enumerate(job["runs"]):
        path = run["path"]
        said = _in_a_child(job, run) if late.get(path, 0) < _MOST_LATE else _too_late(job)
        late[path] = late.get(path, 0) + (said == _too_late(job))
        sys.stdout.write(f"{job['nonce']} {number} {said}\n")
        sys.stdout.flush()


def _too_late(job: dict[str, Any]) -> str:
    return json.dumps([{"late": job["seconds"]}])


def _in_a_child(job: dict[str, Any], run: dict[str, Any]) -> str:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        try:
            sys.path[:0] = [os.path.abspath(run["path"])]
            said = json.dumps(perform(job, run["calls"])).encode()
        except BaseException as error:  # noqa: BLE001
            said = json.dumps([{"opaque": f"nothing: {type(error).__name__}"}]).encode()
        while said:
            said = said[os.write(writing, said) :]
        os._exit(0)
    os.close(writing)
    until = time.monotonic() + job["seconds"]
    pieces: list[bytes] = []
    ended = False
    while not ended and (left := until - time.monotonic()) > 0:
        if select.select([reading], [], [], left)[0]:
            piece = os.read(reading, 1 << 16)
            pieces.append(piece)
            ended = not piece
    os.close(reading)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    said = b"".join(pieces)
    if not ended:
        return _too_late(job)
    try:
        json.loads(said)
    except ValueError:
        return json.dumps([{"opaque": "no result: the process ended itself"}])
    return said.decode().replace("\n", " ")


if __name__ == "__main__":
    main()
