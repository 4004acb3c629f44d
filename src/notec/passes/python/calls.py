"""What a test asks of the code under test, what comes back, and how far the test came.

Must not know: who calls, how a test is walked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from notec.passes.python.probe import Record, decode


@dataclass(frozen=True)
class Call:
    """A call of a function of the program, by its name, with encoded values."""

    function: str
    args: tuple[Any, ...]
    named: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Given:
    """What a call gave: a value (encoded, with the arguments as they are after it), an exception, or trouble.

    Args:
        raised: names of the exception's class and of those above it.
        trouble: why there is neither: it ran too long, ended its process, gave no plain data.
        settled: False where another run may give something else: time or the machine ended this one.
        line: of its module, where the exception came from; 0 where that is not known.
    """

    value: Any = None
    args: tuple[Any, ...] | None = None
    named: tuple[tuple[str, Any], ...] = ()
    raised: tuple[str, ...] = ()
    message: str = ""
    trouble: str = ""
    line: int = 0
    settled: bool = True


@dataclass(frozen=True)
class Followed:
    """How far a test came.

    Args:
        state: `waiting` for what the last of `calls` gives; `refused`: it is no test of this language.
        message: what was expected and what came, in one line.
        line: of the test, from 1.
        calls: of the program's functions, in order.
        at: line of the module under test where an exception came from, or 0.
        settled: False where another run may end otherwise.
    """

    state: Literal["passed", "failed", "refused", "waiting"]
    message: str = ""
    line: int = 0
    calls: tuple[Call, ...] = ()
    at: int = 0
    settled: bool = True


def shown(call: Call) -> str:
    """The call as it would be written."""
    args = [repr(decode(a, Record)) for a in call.args]
    args += [f"{k}={decode(v, Record)!r}" for k, v in call.named]
    return f"{call.function}({', '.join(args)})"
