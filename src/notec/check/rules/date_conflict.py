"""`date-conflict`."""

from __future__ import annotations

from functools import partial

from notec.check.clashes import found
from notec.check.rule import Rule
from notec.check.told import FACTS
from notec.core import Severity

CODE = "date-conflict"

RULE = Rule(
    code=CODE,
    severity=Severity.WARNING,
    summary="one event has two dates",
    why="Somebody will come on the wrong day.",
    mend="Correct the wrong date, or name the two events apart.",
    example=(
        "## Aurora.md\nThe release of Aurora is on 12 May 2026.\n"
        "## Plan.md\nRelease of [[Aurora]]: 21 May 2026.\n"
    ),
    topic=FACTS,
    judge=partial(found, CODE, Severity.WARNING),
)
