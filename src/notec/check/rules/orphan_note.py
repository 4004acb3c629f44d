"""`orphan-note`."""

from __future__ import annotations

from collections.abc import Iterator

from notec.check.rule import Rule, View
from notec.core import Diagnostic, Severity

CODE = "orphan-note"


_FEW = 20  # notes, of which each is looked at for itself
_MOST = 0.9  # share of orphans; where there are more, the notes are found by folder or search, not by links


def _survey(view: View) -> Iterator[Diagnostic]:
    unlinked = view.unlinked()
    if len(unlinked) > _FEW and len(unlinked) > _MOST * len(view.paths()):
        return
    for path in unlinked:
        yield Diagnostic(CODE, Severity.INFO, "no note links here, and it links to none", path, 1)


RULE = Rule(
    code=CODE,
    severity=Severity.INFO,
    summary="a note that is linked with no other",
    why="It is found by search alone, and forgotten by everybody who follows links.",
    mend="Link it from where its subject is spoken of. Nothing is said of a vault that hardly uses links.",
    example="## a.md\nAlone.\n## b.md\nSee [[c]].\n## c.md\nText.\n",
    survey=_survey,
)
