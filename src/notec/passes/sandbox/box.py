"""Run a program shut in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from notec.passes.sandbox.values import Kind, Limits, Ran


@dataclass(frozen=True)
class Sandbox:
    """An isolation that was proven on this machine; `find_sandbox` gives it.

    Attributes:
        kind: `bubblewrap` or `landlock`.
        python: the interpreter for the first word of `argv`.
    """

    kind: Kind
    python: str

    def run(
        self,
        program: str | Sequence[str],
        folder: Path,
        limits: Limits | None = None,
        *,
        stdin: bytes = b"",
    ) -> Ran:
        """Run `program` with `folder` as its working folder, the only one that it may write.

        Args:
            program: Python source, run as `__main__` without site-packages; or the words of a command,
                such as `[sandbox.python, "-m", "unittest"]`. Name files relative to `folder`: it has
                another path inside.
            folder: exists; what the program wrote stands in it afterwards. Read that with `read_back` only.
        """
        raise NotImplementedError
