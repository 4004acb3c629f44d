"""What leaves this machine: nothing, and the proof of it on the user's own vault."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notec.app.workspace import Workspace

SAYS = (
    "Sockets go to this machine, or to hosts that you named in `allowed_hosts` as your own.",
    "`notec get` alone fetches something: it says what, from where, and asks first.",
    "Without a configured model no socket is opened at all; there is no telemetry and no look for updates.",
    "`notec serve` listens on 127.0.0.1, wants a token, and knows its own address and origins alone.",
)


@dataclass(frozen=True)
class Proof:
    """One verb under watch.

    Args:
        way: `strace` (every call of the process and its children) or `audit hook` (Python code alone).
        code: its exit code; 0 and 1 mean that it ran.
        addresses: other machines that it named; the user's own hosts count, where they are configured.
    """

    verb: str
    way: str
    code: int
    addresses: tuple[str, ...]

    @property
    def kept(self) -> bool:
        """Whether it ran and named no other machine."""
        return not self.addresses and self.code in (0, 1)


def proofs(workspace: Workspace, question: str) -> Iterator[Proof]:
    """Run the verbs that read the vault, each in a process of its own under watch."""
    from notec.engine.witness import watch

    base = [sys.executable, "-m", "notec.front.cli", "--vault", str(workspace.vault)]
    base += ["--home", str(workspace.home)]
    for verb in (
        ["index"],
        ["search", question],
        ["ask", question],
        ["check", "--format", "concise"],
        ["status"],
        ["machine"],
        ["models"],
    ):
        seen = watch([*base, *verb])
        yield Proof(verb[0], seen.way, seen.code, seen.addresses)
