"""`orphan-note`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from notec.check.rule import Rule, View
from notec.core import Diagnostic, Severity

CODE = "orphan-note"


_FEW = 20  # notes, of which each is looked at for itself
_MOST = 0.9  # share of orphans; where there are more, the notes are found by folder or search, not by links


def _survey(view: View) -> Iterator[Diagnostic]:
    unlinked = view.unlinked()
    if len(unlinked) > _FEW and len(unlinked) > _MOST * len(view.paths()):
        return
    yield from _orphans(tuple(unlinked))


@lru_cache(1)  # they are mostly the same as before
def _orphans(paths: tuple[str, ...]) -> tuple[Diagnostic, ...]:
    said = "no note links here, and it links to none"
    return tuple(Diagnostic(CODE, Severity.INFO, said, path, 1) for path in paths)


RULE = Rule(
    code=CODE,
    severity=Severity.INFO,
    summary="a note that is linked with no other",
    why="It is found by search alone, and forgotten by everybody who follows links.",
    mend="Link it from where its subject is spoken of. Nothing is said of a vault that hardly uses links.",
    example="## a.md\nAlone.\n## b.md\nSee [[c]].\n## c.md\nText.\n",
    survey=_survey,
)
