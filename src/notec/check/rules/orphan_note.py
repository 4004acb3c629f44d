"""`orphan-note`."""

from __future__ import annotations

from collections.abc import Iterator

from notec.check.rule import Rule, View
from notec.core import Diagnostic, Severity

CODE = "orphan-note"


def _survey(view: View) -> Iterator[Diagnostic]:
    for path in view.unlinked():
        yield Diagnostic(CODE, Severity.INFO, "no note links here, and it links to none", path, 1)


RULE = Rule(
    code=CODE,
    severity=Severity.INFO,
    summary="a note that is linked with no other",
    why="It is found by search alone, and forgotten by everybody who follows links.",
    mend="Link it from where its subject is spoken of.",
    example="## a.md\nAlone.\n## b.md\nSee [[c]].\n## c.md\nText.\n",
    survey=_survey,
)
