"""`ambiguous-link`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from notec.check.links import LINKS, Found
from notec.check.rule import Rule
from notec.core import Diagnostic, Severity, Span

CODE = "ambiguous-link"


def _judge(key: str, links: Sequence[Found]) -> Iterator[Diagnostic]:
    del key
    for entry, wanted, found, _ in links:
        # A whole path names one file, and so does a bare name beside the linking note.
        if found.how == "path" or len(found.candidates) < 2 or _is_beside(entry.note, found.path):
            continue
        others = ", ".join(found.candidates[1:4])
        yield Diagnostic(
            CODE,
            Severity.WARNING,
            f"{wanted.target!r} names {len(found.candidates)} files; {found.path} is taken",
            entry.note,
            entry.line,
            Span(entry.start, entry.end),
            notes=(f"also: {others}", "write the path of the one that is meant"),
        )


def _is_beside(note: str, path: str) -> bool:
    return note.rpartition("/")[0] == path.rpartition("/")[0]


RULE = Rule(
    code=CODE,
    severity=Severity.WARNING,
    summary="a link by name that several files answer to",
    why="Which one is meant depends on folders and lengths of paths; a new file can change it silently.",
    mend="Write the path: `[[folder/Note]]`.",
    example="## x/a.md\nSee [[Note]].\n## y/Note.md\nOne.\n## z/Note.md\nTwo.\n",
    topic=LINKS,
    judge=_judge,
)
