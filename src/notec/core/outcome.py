"""A best value with its diagnostics, and the one error that a user may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from notec.core.diagnostic import Diagnostic

T = TypeVar("T")


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """What a stage could make of its input, and what it had to say about it."""

    value: T
    diagnostics: tuple[Diagnostic, ...] = ()


class NotecError(Exception):
    """Something the user can mend: names the place, says the way out.

    Front ends print `message` and `hint` without a traceback and end with exit code 2.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  help: {self.hint}" if self.hint else self.message
