"""`superseded-value`."""

from __future__ import annotations

from functools import partial

from notec.check.clashes import found
from notec.check.rule import Rule
from notec.check.told import FACTS
from notec.core import Severity

CODE = "superseded-value"

RULE = Rule(
    code=CODE,
    severity=Severity.INFO,
    summary="a dated value that a later one replaces",
    why="The old value may be read as the present one.",
    mend="Nothing has to be done; or say that the old value is no longer true.",
    example=(
        "## Team.md\nAs of 2023 the team has 12 people.\n"
        "## Office.md\nAs of 2025 the [[Team]] has 15 people.\n"
    ),
    topic=FACTS,
    judge=partial(found, CODE, Severity.INFO),
)
