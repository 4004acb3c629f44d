"""`bad-ignore`."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from notec.check.ignore import marks_in
from notec.check.rule import Rule
from notec.core import Diagnostic, Edit, Fix, Severity, Span
from notec.vault import Note

CODE = "bad-ignore"


def _look(note: Note) -> Iterator[Diagnostic]:
    marks = list(marks_in(note))
    if not marks:
        return
    from notec.check.rules import RULES

    known = {rule.code for rule in RULES} | {"*"}
    hidden = [(c.start, c.end) for c in note.code_spans]
    hidden += [(b.start, b.end) for b in note.blocks if b.kind == "code"]
    for start, words in marks:
        if any(a <= start < b for a, b in hidden):
            continue  # it is spoken of
        for code, at in words:
            if code in known:
                continue
            near = get_close_matches(code.lower().replace("_", "-"), sorted(known), 1)
            place = Span(at, at + len(code))
            message = f"no rule {code!r}, so nothing is ignored"
            fix = Fix(f"ignore {near[0]}", (Edit(place, near[0]),), "unsafe") if near else None
            said = (f"did you mean {near[0]!r}?",) if near else ("`notec check --list` shows them all",)
            line = note.doc.line(at)
            yield Diagnostic(CODE, Severity.WARNING, message, note.path, line, place, notes=said, fix=fix)


RULE = Rule(
    code=CODE,
    severity=Severity.WARNING,
    summary="a request to ignore a rule that does not exist",
    why="What it was to silence is told all the same, and nobody sees why.",
    mend="Write the code as `notec check --list` has it.",
    example="## a.md\nSee [[b]]. %% notec: ignore unresolvd-link %%\n## b.md\nText.\n",
    look=_look,
)
