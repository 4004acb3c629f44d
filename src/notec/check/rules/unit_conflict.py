"""`unit-conflict`."""

from __future__ import annotations

from functools import partial

from notec.check.clashes import found
from notec.check.rule import Rule
from notec.check.told import FACTS
from notec.core import Severity

CODE = "unit-conflict"

RULE = Rule(
    code=CODE,
    severity=Severity.WARNING,
    summary="one number of one thing stands with two different units",
    why="A slip of the unit is a slip by a thousand, or by a currency.",
    mend="Correct the wrong unit.",
    example=(
        "## Gateway.md\nThe timeout of the gateway is 30 seconds.\n"
        "## Plan.md\nThe timeout of the [[Gateway]] is 30 minutes.\n"
    ),
    topic=FACTS,
    judge=partial(found, CODE, Severity.WARNING),
)
