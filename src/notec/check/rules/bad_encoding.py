"""`bad-encoding`; reading the note finds it."""

from __future__ import annotations

from notec.check.rule import Rule
from notec.core import Severity

RULE = Rule(
    code="bad-encoding",
    severity=Severity.WARNING,
    summary="a note that is not written in UTF-8, or holds damaged letters",
    why="Other tools show it as gibberish; where letters are damaged, words were lost.",
    mend="Save it as UTF-8 once it looks right; take damaged letters from a copy.",
    example="## a.md\nA broken letter: \udcff, see [[b]].\n## b.md\nText.\n",
)
