"""What a run in the sandbox is allowed, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal["bubblewrap", "landlock"]
MB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What one run may use, all of its processes together where nothing else is said.

    Attributes:
        seconds: wall clock; a single process gets the same of processor time.
        memory: bytes of address space of one process, and of resident memory of all.
        disk: bytes that the work folder may grow by, and the size of the scratch memory at /tmp.
        output: bytes of stdout, and as many of stderr, that are kept; a program that says more is ended.
        processes: processes and threads at one time.
    """

    seconds: float = 10.0
    memory: int = 1024 * MB
    disk: int = 64 * MB
    output: int = MB
    processes: int = 64


class Ran(NamedTuple):
    """What came of one run.

    Attributes:
        code: exit status; the negated signal where a signal ended it; None where it was ended for a limit.
        stdout, stderr: decoded as UTF-8, wrong bytes replaced, cut at the limit.
        killed: the limit it was ended for, `seconds`, `memory`, `disk`, `output` or `processes`, or empty.
        seconds: wall clock, start of the sandbox included.
    """

    code: int | None
    stdout: str
    stderr: str
    killed: str
    truncated: bool
    seconds: float

    @property
    def timed_out(self) -> bool:
        """Whether it ran longer than it was allowed to."""
        return self.killed == "seconds"

    @property
    def passed(self) -> bool:
        """Whether it ended by itself, with status 0, and nothing that it said was cut."""
        return self.code == 0 and not self.killed
