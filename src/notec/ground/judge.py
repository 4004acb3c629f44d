"""A second judge: a model is asked whether sources support a claim. It may only say one of three words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Literal

from notec.core import Diagnostic, NotecError, Outcome, Severity
from notec.ground.source import Source
from notec.models import Cancel, Message, Model, Request, Settings
from notec.models.unwrap import chosen

Verdict = Literal["supported", "contradicted", "unclear"]
VERDICTS: tuple[Verdict, ...] = ("supported", "contradicted", "unclear")


class ModelJudge:
    """Asks a model about one claim at a time."""

    def __init__(self, model: Model, *, cancel: Cancel | None = None) -> None:
        self._model = model
        self._cancel = cancel

    def verdict(self, claim: str, sources: Sequence[Source]) -> Outcome[Verdict | None]:
        """What the model says; None, with a diagnostic, where it could not be asked or said no such word."""
        try:
            outcome = self._model.reply(judge_request(claim, sources), cancel=self._cancel)
        except NotecError as error:
            return Outcome(None, (_trouble(error.message),))
        word = chosen(outcome.value.text, VERDICTS)
        found: Verdict | None = next((verdict for verdict in VERDICTS if verdict == word), None)
        if found is None:
            what = f"its reply ({outcome.value.finish}) is no verdict: {outcome.value.text[:80]!r}"
            return Outcome(None, (*outcome.diagnostics, _trouble(what)))
        return Outcome(found, outcome.diagnostics)


def judge_request(claim: str, sources: Sequence[Source]) -> Request:
    """What the model is asked. JSON strings keep a note from ending its own quotation."""
    data = {
        "sources": [f"{s.context}: {s.text}" if s.context else s.text for s in sources],
        "claim": claim,
    }
    return Request(
        messages=(
            Message("system", files("notec.ground").joinpath("judge.txt").read_text(encoding="utf-8")),
            Message("user", json.dumps(data, ensure_ascii=False, indent=1)),
        ),
        choices=VERDICTS,
        settings=Settings(max_tokens=8, thinking=False),
        purpose="judge",
    )


def _trouble(what: str) -> Diagnostic:
    message = f"the second judge could not be heard, the rules decided alone: {what}"
    return Diagnostic("judge-failed", Severity.WARNING, message, "")
