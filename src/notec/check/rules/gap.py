"""`gap`."""

from __future__ import annotations

from notec.check.rule import Rule
from notec.core import Severity

CODE = "gap"

RULE = Rule(
    code=CODE,
    severity=Severity.INFO,
    summary="a question, a promise or a problem that the vault answers nowhere, as a model sees it",
    why="It was important enough to write down, and whoever reads it stands where its writer stood.",
    mend="Answer it there, or link to the answer. Asked of a model with `--deep`.",
    example=(
        "## Boiler.md\nTODO: find out which valve the boiler needs.\n\n[[House]]\n"
        "## House.md\nIt has a boiler.\n"
    ),
    deep=True,
)
