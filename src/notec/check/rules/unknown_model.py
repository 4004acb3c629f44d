"""`unknown-model`. Which models there are is for the engine's catalogue to say; the caller brings it in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from notec.check.rule import Rule, View
from notec.core import Diagnostic, Severity, Span
from notec.vault import Note

CODE = "unknown-model"
_MAYBE = re.compile(
    r"[BbБВ](?!\w)(?<=\d.)"
)  # begins with one of few characters, which is quick to search for
_NAME = re.compile(
    r"(?<![\w./@#-])(?P<name>(?:[\w-]{2,30}/)?[A-Za-z]{2,12}(?:-(?:[VRK]|oss))?"
    r"(?:[ -]?\d{1,2}(?:\.\d{1,2})?)?"
    r"(?:[ -][A-Za-z]{2,10}){0,2}[ -]\(?\d{1,4}(?:\.\d{1,2})?[BbБВ](?:[ -][AaА]\d{1,3}(?:\.\d)?[BbБВ])?\)?"
    r"(?:-[A-Za-z0-9][\w.]*)*)(?![\w/-])"
)
_OWN = re.compile(  # of such a size there may be one: made by somebody, or only thought of
    r"\b(?:no such|not exist|n't exist|never existed|does not exist|hypothetical\w*|fictional|imagin\w+|"
    r"made[- ]up|typo|would be|if there (?:was|were)|merge\w*|frankenmerge|prun\w+|reap|distil\w*|upscal\w+|"
    r"fine[- ]?tun\w*|abliterat\w+|lora|custom|rumou?r\w*|upcoming|unreleased|"
    r"не существует|не существовал\w*|нет таких?|нет такой|не бывает|выдуман\w*|гипотетич\w+|"
    r"если бы|опечатк\w+|мерд?ж\w*|обрезан\w+|дистил\w+|файнтюн\w*|дообуч\w+|"
    r"сво[яйюе]\w?|слух\w*|не вышл\w+)\b",
    re.I,
)
_COUNTS_ELSE = re.compile(r"\s*(?:tokens?|токен\w*|params? trained|/s|t/s|(?:active|активн))", re.I)


def _brief(note: Note) -> tuple[tuple[str, int, int, int], ...]:
    """Names with a size in the prose of a note, and their places."""
    text = note.doc.text
    starts = dict.fromkeys(text.rfind("\n", 0, m.start()) + 1 for m in _MAYBE.finditer(text))
    if not starts:
        return ()
    hidden = [(b.start, b.end) for b in note.blocks if b.kind in ("code", "frontmatter", "comment", "math")]
    hidden += [(x.target_start, x.target_end) for x in note.links]
    found = []
    lines = ((start, end if (end := text.find("\n", start)) >= 0 else len(text)) for start in starts)
    for match in (m for start, end in lines for m in _NAME.finditer(text, start, end)):
        line = note.doc.line(match.start())
        if any(start <= match.start() < end for start, end in hidden) or _COUNTS_ELSE.match(
            text, match.end()
        ):
            continue
        if not _OWN.search(note.doc.line_text(line)):
            found.append((match["name"], line, match.start("name"), match.end("name")))
    return tuple(found)


class _Names:
    """The names that notes speak of."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[tuple[str, int, int, int], ...]] = {}

    def put(self, path: str, brief: Any) -> None:
        self.remove(path)
        if brief:
            self._told[path] = brief

    def remove(self, path: str) -> None:
        self._told.pop(path, None)

    def survey(self, view: View) -> Iterator[Diagnostic]:
        for path, names in sorted(self._told.items()):
            for whole, line, start, end in names:
                for cut in (0, *(m.end() for m in re.finditer(" ", whole))):  # a word before it is no part
                    if wrong := view.no_such_model(whole[cut:]):
                        near, reason = wrong
                        message = f"no such model: {whole[cut:]}" + (f"; nearest: {near}" if near else "")
                        place = Span(start + cut, end)
                        yield Diagnostic(CODE, Severity.WARNING, message, path, line, place, notes=(reason,))
                        break


RULE = Rule(
    code=CODE,
    severity=Severity.WARNING,
    summary="the name of a model that never existed",
    why="A plan that rests on it cannot be carried out, and whoever looks for it loses an hour.",
    mend="Name the one that was meant; `notec models --known` lists those that notec knows.",
    example="## a.md\n# Plan\n\nWe shall run Qwen-3 110B here.\n\n[[b]]\n## b.md\nQwen3-32B will do, too.\n",
    brief=_brief,
    surveyor=_Names,
)
