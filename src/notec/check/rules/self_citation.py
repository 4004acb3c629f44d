"""`self-citation`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from notec.check.links import LINKS, Found
from notec.check.rule import Rule
from notec.core import Diagnostic, Severity, Span

CODE = "self-citation"


def _judge(key: str, links: Sequence[Found]) -> Iterator[Diagnostic]:
    del key
    for entry, wanted, found, _ in links:
        if wanted.cited and wanted.target and found.path == entry.note:
            yield Diagnostic(
                CODE,
                Severity.WARNING,
                "the note names itself as its source",
                entry.note,
                entry.line,
                Span(entry.start, entry.end),
            )


RULE = Rule(
    code=CODE,
    severity=Severity.WARNING,
    summary="a footnote whose source is the note that it stands in",
    why="A claim does not become truer by being said twice; the real source is missing.",
    mend="Name where it was taken from. To point at a place further up, link it in the text: `[[#Heading]]`.",
    example="## a.md\nA claim.[^1] See [[b]].\n\n[^1]: [[a]]\n## b.md\nText.\n",
    topic=LINKS,
    judge=_judge,
)
