"""A model as chooser for a brief: it sees numbered statements and names, for each part, numbers only."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from notec.ask.around import Said
from notec.ask.brief_choose import OTHERS, OWN, RELATED, Chosen
from notec.ask.brief_texts import say
from notec.ask.parts import PART_NAMES, PartName
from notec.ask.prompts import prompt
from notec.ask.types import Dropped
from notec.core import Diagnostic, NotecError, Outcome, Severity
from notec.models import Cancel, Message, Model, Request, Settings, Sink

_OWN_OFFERED, _OTHERS_OFFERED = 40, 24
_LONGEST = 400  # characters of one statement that are shown

Picked = tuple[dict[PartName, Chosen], tuple[Dropped, ...]]


def pick_parts(
    title: str,
    language: str,
    own: Sequence[Said],
    found: Sequence[Said],
    model: Model,
    *,
    on_text: Sink | None = None,
    cancel: Cancel | None = None,
) -> Outcome[Picked | None]:
    """The statements that a model names for each part; None, with a diagnostic, where it was no help."""
    offered = _offered(own, found)
    try:
        outcome = model.reply(_request(title, offered), on_text=on_text, cancel=cancel)
    except NotecError as error:
        return Outcome(None, (_trouble(error.message, *([error.hint] if error.hint else [])),))
    named = _read(outcome.value.text)
    if named is None:
        what = f"its reply ({outcome.value.finish}) names no parts: {outcome.value.text[:120]!r}"
        return Outcome(None, (*outcome.diagnostics, _trouble(what)))
    parts: dict[PartName, Chosen] = {}
    dropped: list[Dropped] = []
    taken: set[int] = set()
    for part in PART_NAMES:
        chosen: list[Said] = []
        for number in named[part]:
            if not isinstance(number, int) or not 1 <= number <= len(offered):
                dropped.append(Dropped(f"[{number}]", say("unknown-id", language)))
            elif number not in taken:
                taken.add(number)
                chosen.append(offered[number - 1])
        mine = [said for said in chosen if not said.tie]
        mine.sort(key=lambda said: said.row.start)
        theirs = [said for said in chosen if said.tie and said.language == language]
        rest = [said for said in chosen if said.tie and said.language != language]
        parts[part] = Chosen(tuple(mine[: 2 * OWN]), tuple(theirs[: 2 * OTHERS]), tuple(rest[:RELATED]))
    if dropped and not taken:  # a reply that is wrong throughout is no judgement on the notes
        return Outcome(
            None, (*outcome.diagnostics, _trouble("it named only statements that were not offered"))
        )
    return Outcome((parts, tuple(dropped)), outcome.diagnostics)


def _offered(own: Sequence[Said], found: Sequence[Said]) -> list[Said]:
    """The statements to choose from: the note's own that say something of a part, then those of others."""
    mine = [said for said in own if said.reads]
    if len(mine) > _OWN_OFFERED:
        best = sorted(mine, key=lambda said: -max(said.weights.values()))[:_OWN_OFFERED]
        mine = sorted(best, key=lambda said: said.row.start)
    return mine + [said for said in found if said.reads][:_OTHERS_OFFERED]


def _request(title: str, offered: Sequence[Said]) -> Request:
    lines = []
    for number, said in enumerate(offered, 1):
        whose = f"({said.row.note}) " if said.tie else ""
        lines.append(f"[{number}] {whose}{said.text[:_LONGEST]}")
    ids = {
        "type": "array",
        "items": {"type": "integer", "minimum": 1, "maximum": max(len(offered), 1)},
        "maxItems": OWN + OTHERS,
    }
    return Request(
        messages=(
            Message("system", prompt("brief").format(limit=OWN + OTHERS)),
            Message("user", f"Note: {title}\n\nStatements:\n" + "\n".join(lines)),
        ),
        schema={
            "type": "object",
            "properties": dict.fromkeys(PART_NAMES, ids),
            "required": list(PART_NAMES),
            "additionalProperties": False,
        },
        settings=Settings(max_tokens=300, thinking=False),
        purpose="brief",
    )


def _read(text: str) -> dict[PartName, list[Any]] | None:
    """The numbers of each part, as they stand in the reply; None where it is no such reply."""
    for match in re.finditer(r"\{[^{}]*\}", text):
        try:
            data = json.loads(match.group())
        except (ValueError, RecursionError):
            continue
        if isinstance(data, dict) and any(isinstance(data.get(part), list) for part in PART_NAMES):
            return {part: _numbers(data.get(part)) for part in PART_NAMES}
    return None


def _numbers(value: Any) -> list[Any]:
    items = value if isinstance(value, list) else []
    plain = [item for item in items if isinstance(item, (int, str)) and not isinstance(item, bool)]
    return [int(item) if isinstance(item, str) and item.isdecimal() else item for item in plain]


def _trouble(what: str, *notes: str) -> Diagnostic:
    message = f"the model could not choose, the built-in choice was taken: {what}"
    return Diagnostic("model-failed", Severity.WARNING, message, "", notes=notes)
