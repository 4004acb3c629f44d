"""`name-conflict`."""

from __future__ import annotations

from functools import partial

from notec.check.clashes import found
from notec.check.rule import Rule
from notec.check.told import FACTS
from notec.core import Severity

CODE = "name-conflict"

RULE = Rule(
    code=CODE,
    severity=Severity.WARNING,
    summary="one role is held by two different names",
    why="The wrong one will be asked, or nobody.",
    mend="Correct the name, or say since when each one holds the role.",
    example=(
        "## Aurora.md\nThe owner of the Aurora project is Anna Smith.\n"
        "## Plan.md\nThe owner of the [[Aurora]] project is Peter Brown.\n"
    ),
    topic=FACTS,
    judge=partial(found, CODE, Severity.WARNING),
)
