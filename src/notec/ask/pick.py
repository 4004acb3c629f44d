"""A model as chooser: it is shown numbered statements and may only name numbers.

It writes no words, so it can invent nothing; a number that was not offered is dropped and reported. A
choice costs a few tokens, even on a model that makes two a second.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from notec.ask.messages import say
from notec.ask.prompts import prompt
from notec.ask.rank import Ranked
from notec.ask.types import Dropped
from notec.core import Diagnostic, NotecError, Outcome, Severity
from notec.models import Cancel, Message, Model, Request, Settings, Sink

OFFERED = 24  # statements shown: about 1,500 tokens
_LONGEST = 600  # characters of one statement that are shown
_TOKENS = 200  # of the reply


@dataclass(frozen=True)
class Picked:
    """The model's choice, best first; `dropped` is what it named beyond what was offered."""

    chosen: tuple[Ranked, ...]
    dropped: tuple[Dropped, ...] = ()


def pick(
    question: str,
    language: str,
    offered: Sequence[Ranked],
    model: Model,
    limit: int,
    *,
    on_text: Sink | None = None,
    cancel: Cancel | None = None,
) -> Outcome[Picked | None]:
    """The statements that the model chooses; none chosen means that none answers.

    The value is None, with a diagnostic that says why, where the model could not be asked, or where its
    reply names no numbers at all: the caller then chooses without it.
    """
    request = choose_request(question, offered, limit)
    try:
        outcome = model.reply(request, on_text=on_text, cancel=cancel)
    except NotecError as error:
        return Outcome(None, (_trouble(error.message, *([error.hint] if error.hint else [])),))
    ids = read_ids(outcome.value.text)
    if ids is None:
        what = f"its reply ({outcome.value.finish}) names no statements: {outcome.value.text[:120]!r}"
        return Outcome(None, (*outcome.diagnostics, _trouble(what)))
    chosen: dict[int, Ranked] = {}
    dropped = []
    for number in ids:
        if number in chosen:
            continue
        if isinstance(number, int) and 1 <= number <= len(offered):
            if len(chosen) < limit:
                chosen[number] = offered[number - 1]
        else:
            dropped.append(Dropped(f"[{number}]", say("unknown-id", language)))
    if dropped and not chosen:  # a reply that is wrong throughout is no judgement on the notes
        return Outcome(
            None, (*outcome.diagnostics, _trouble("it named only statements that were not offered"))
        )
    return Outcome(Picked(tuple(chosen.values()), tuple(dropped)), outcome.diagnostics)


def choose_request(question: str, offered: Sequence[Ranked], limit: int) -> Request:
    """What the model is asked."""
    lines = []
    for number, item in enumerate(offered, 1):
        place = " > ".join(dict.fromkeys((item.candidate.title, *item.candidate.heading)))
        lines.append(f"[{number}] ({place}) {item.candidate.text[:_LONGEST]}")
    schema = {
        "type": "object",
        "properties": {
            "ids": {
                "type": "array",
                "items": {"type": "integer", "minimum": 1, "maximum": len(offered)},
                "maxItems": limit,
            }
        },
        "required": ["ids"],
        "additionalProperties": False,
    }
    return Request(
        messages=(
            Message("system", prompt("select").format(limit=limit)),
            Message("user", f"Question: {question}\n\nStatements:\n" + "\n".join(lines)),
        ),
        schema=schema,
        settings=Settings(max_tokens=_TOKENS, thinking=False),
        purpose="select",
    )


def read_ids(text: str) -> list[Any] | None:
    """The numbers that a reply names, as they stand there; None where it is no such reply.

    Takes the object out of a code fence or of words around it.
    """
    for match in re.finditer(r"\{[^{}]*\}", text):
        try:
            data = json.loads(match.group())
        except (ValueError, RecursionError):
            continue
        ids = data.get("ids") if isinstance(data, dict) else None
        if isinstance(ids, list):
            flat = [i for i in ids if isinstance(i, (int, str, float)) and not isinstance(i, bool)]
            if ids and not flat:
                continue
            return [int(i) if _is_whole(i) else i for i in flat]
    return None


def _is_whole(value: int | str | float) -> bool:
    """Whether it is a number as a model may write it: 2, "2" or 2.0."""
    return value.isdecimal() if isinstance(value, str) else value == value // 1


def _trouble(what: str, *notes: str) -> Diagnostic:
    message = f"the model could not choose, the built-in ranker did: {what}"
    return Diagnostic("model-failed", Severity.WARNING, message, "", notes=notes)
