"""Saves every reply while it comes, and never pays twice for one."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Protocol

from notec.core import Diagnostic, Outcome, Severity
from notec.models.base import Cancel, Model, Reply, Request, Sink


class ReplyLog(Protocol):
    """Where replies are kept, by digest of the request and fingerprint of the model."""

    def begin(self, request: str, model: str, question: str) -> int:
        """Note that a request is being asked; the number of its reply."""

    def append(self, number: int, text: str) -> None:
        """Save the next piece of the text."""

    def finish(self, number: int, *, complete: bool, finish: str, result: str) -> None:
        """Save how it ended; `find` gives `result` back when it is complete."""

    def find(self, request: str, model: str) -> str | None:
        """The result of the last complete reply."""

    def partial(self, request: str, model: str) -> str:
        """The longest text of an unfinished reply, or nothing."""


class Logged:
    """A model whose replies are logged before anyone parses them.

    A request that was answered completely is answered from the log, with the diagnostics of that time.
    One that was broken off goes on from the saved text where the model can do that (free text only: a
    grammar has to begin at the beginning), and is asked anew otherwise. To draw twice on purpose, change
    `Settings.seed`.

    Args:
        every: seconds between two writes to the log while text comes; what a kill may lose.
    """

    def __init__(self, model: Model, log: ReplyLog, *, every: float = 0.25) -> None:
        self._model = model
        self._log = log
        self._every = every
        self.fingerprint = model.fingerprint
        self.supports_prefix = model.supports_prefix

    def reply(
        self, request: Request, *, on_text: Sink | None = None, cancel: Cancel | None = None
    ) -> Outcome[Reply]:
        """The reply from the log, or the model's, saved."""
        saved = self._saved(request)
        if saved is not None:
            if on_text and saved.value.written:
                on_text(saved.value.written)
            return saved
        begun = ""
        if (
            self._model.supports_prefix
            and request.schema is None
            and not request.choices
            and not request.prefix
        ):
            begun = self._log.partial(request.digest, self.fingerprint)
        number = self._log.begin(request.digest, self.fingerprint, json.dumps(request.to_json()))
        writer = _Writer(self._log, number, on_text, self._every)
        if begun:
            writer.add(begun)
        outcome: Outcome[Reply] | None = None
        try:
            asked = replace(request, prefix=begun) if begun else request
            outcome = self._model.reply(asked, on_text=writer.add, cancel=cancel)
            if begun:
                outcome = _joined(begun, outcome)
        finally:
            writer.flush()
            if outcome is None:
                self._log.finish(number, complete=False, finish="failed", result="")
            else:
                self._log.finish(
                    number,
                    complete=outcome.value.complete,
                    finish=outcome.value.finish,
                    result=_dump(outcome),
                )
        return outcome

    def _saved(self, request: Request) -> Outcome[Reply] | None:
        text = self._log.find(request.digest, self.fingerprint)
        if text is None:
            return None
        try:
            return _load(text)
        except (ValueError, TypeError, KeyError):
            return None  # of another version's making: ask anew


class _Writer:
    """Hands text on and saves it, a few times a second."""

    def __init__(self, log: ReplyLog, number: int, on_text: Sink | None, every: float) -> None:
        self._log = log
        self._number = number
        self._on_text = on_text
        self._every = every
        self._pieces: list[str] = []
        self._last = 0.0

    def add(self, text: str) -> None:
        self._pieces.append(text)
        if time.monotonic() - self._last >= self._every:
            self.flush()
        if self._on_text:
            self._on_text(text)

    def flush(self) -> None:
        if self._pieces:
            text, self._pieces = "".join(self._pieces), []
            self._log.append(self._number, text)
            self._last = time.monotonic()


def _joined(begun: str, outcome: Outcome[Reply]) -> Outcome[Reply]:
    reply = outcome.value
    whole = replace(reply, text=begun + reply.text, written=begun + reply.written)
    said = Diagnostic(
        "reply-continued",
        Severity.INFO,
        f"the reply goes on after {len(begun)} characters saved from an earlier run",
        "",
    )
    return Outcome(whole, (*outcome.diagnostics, said))


def _dump(outcome: Outcome[Reply]) -> str:
    said = [[d.code, str(d.severity), d.message, list(d.notes)] for d in outcome.diagnostics]
    return json.dumps({"reply": outcome.value.to_json(), "diagnostics": said})


def _load(text: str) -> Outcome[Reply]:
    data = json.loads(text)
    said = (
        Diagnostic(code, Severity(severity), message, "", notes=tuple(notes))
        for code, severity, message, notes in data["diagnostics"]
    )
    return Outcome(Reply(**data["reply"]), tuple(said))
