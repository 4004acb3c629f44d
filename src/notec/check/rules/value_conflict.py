"""`value-conflict`."""

from __future__ import annotations

from functools import partial

from notec.check.clashes import found
from notec.check.rule import Rule
from notec.check.told import FACTS
from notec.core import Severity

CODE = "value-conflict"

RULE = Rule(
    code=CODE,
    severity=Severity.WARNING,
    summary="one quantity of one thing has two values in two places",
    why="One of them is wrong, and whoever reads only that one builds on it.",
    mend="Correct the wrong value, or say what sets the two apart: a date, a condition, another thing.",
    example=(
        "## Workstation.md\nThe workstation has 96 GB of RAM.\n"
        "## Plan.md\nThe [[Workstation]] has 98 GB of RAM.\n"
    ),
    topic=FACTS,
    judge=partial(found, CODE, Severity.WARNING),
)
