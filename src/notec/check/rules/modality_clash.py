"""`modality-clash`."""

from __future__ import annotations

from functools import partial

from notec.check.clashes import found
from notec.check.rule import Rule
from notec.check.told import FACTS
from notec.core import Severity

CODE = "modality-clash"

RULE = Rule(
    code=CODE,
    severity=Severity.WARNING,
    summary="what must be here may or must not be there",
    why="Nobody can keep both, and each reader keeps the one that he found.",
    mend="Decide which one holds, and change the other.",
    example=(
        "## Rules.md\nReports must be approved by the manager.\n"
        "## Office.md\nReports need not be approved by the manager.\n"
    ),
    topic=FACTS,
    judge=partial(found, CODE, Severity.WARNING),
)
