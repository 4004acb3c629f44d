"""`bad-frontmatter`; reading the note finds it."""

from __future__ import annotations

from notec.check.rule import Rule
from notec.core import Severity

RULE = Rule(
    code="bad-frontmatter",
    severity=Severity.WARNING,
    summary="properties at the top of a note that cannot be read",
    why="Tools that read them see other values, or none: tags, aliases and dates are lost without a word.",
    mend="Write `key: value`, a list as `[a, b]`, and quotes around a value with `: ` or `#` in it.",
    example="## a.md\n---\ntitle: [one\ntags: x\n---\nSee [[b]].\n## b.md\nText.\n",
)
