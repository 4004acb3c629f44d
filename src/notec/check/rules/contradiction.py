"""`contradiction`."""

from __future__ import annotations

from notec.check.rule import Rule
from notec.core import Severity

CODE = "contradiction"

RULE = Rule(
    code=CODE,
    severity=Severity.WARNING,
    summary="two statements that cannot both be true, as a model sees it",
    why="Whoever finds the one acts on it and never learns of the other.",
    mend="Correct the wrong one, or say when and for what each holds. Asked of a model with `--deep`.",
    example=(
        "## Backups.md\nThe nightly backup is kept on the old tape drive.\n\n[[Tapes]]\n"
        "## Tapes.md\nThe old tape drive was given away; no nightly backup is kept on it.\n"
    ),
    deep=True,
)
