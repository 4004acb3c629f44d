"""Gathers a reply from the pieces that a server sends; believes nothing about their shape."""

from __future__ import annotations

import json
from typing import Any

from notec.core import Diagnostic, Severity
from notec.models.base import Finish, Reply, Request, Sink
from notec.models.unwrap import ThinkSplitter, chosen, split_stray

MAX_CHARS = 32 * 1024 * 1024  # a reply that grows past this is a server gone wild

_FINISH: dict[str, Finish] = {
    "stop": "stop",
    "eos": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "content_filter": "filtered",
    "error": "failed",
    "abort": "failed",
}


def finding(code: str, severity: Severity, message: str, *notes: str) -> Diagnostic:
    """A finding about a reply; it belongs to no note."""
    return Diagnostic(code, severity, message, "", notes=notes)


class Gather:
    """The state of one reply while it comes.

    `finish` is None until the server says why it ended; `tokens` tells whether anything at all was written.
    """

    def __init__(self, on_text: Sink | None) -> None:
        self.finish: Finish | None = None
        self.tokens = 0  # pieces of text or thinking so far
        self.error = ""
        self.diagnostics: list[Diagnostic] = []
        self._on_text = on_text
        self._splitter = ThinkSplitter()
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._chars = 0
        self._bad = 0
        self._usage = (0, 0)
        self._model = ""

    def event(self, data: str) -> bool:
        """Take the data of one event; whether more may come."""
        if data.strip() == "[DONE]":
            self.finish = self.finish or "stop"
            return False
        try:
            chunk = json.loads(data)
        except (ValueError, RecursionError):
            self._bad += 1
            return True
        self.chunk(chunk)
        if self._chars > MAX_CHARS:
            self.finish = "length"
            self.diagnostics.append(
                finding(
                    "reply-too-long", Severity.WARNING, f"the reply was stopped after {MAX_CHARS} characters"
                )
            )
            return False
        return not self.error

    def chunk(self, chunk: Any) -> None:
        """Take one decoded event, or a whole answer that came without streaming."""
        if not isinstance(chunk, dict):
            self._bad += 1
            return
        if chunk.get("error"):
            error = chunk["error"]
            message = error.get("message") if isinstance(error, dict) else error
            self.error = str(message or error)[:500]
            self.finish = "failed"
            return
        if isinstance(chunk.get("model"), str):
            self._model = chunk["model"]
        usage = chunk.get("usage")
        if isinstance(usage, dict):
            self._usage = (_count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens")))
        choices = chunk.get("choices")
        if not isinstance(choices, list):
            self._bad += "choices" in chunk
            return
        for choice in choices:
            if isinstance(choice, dict) and choice.get("index", 0) == 0:
                self._choice(choice)

    def _choice(self, choice: dict[str, Any]) -> None:
        delta = choice.get("delta") or choice.get("message") or {"content": choice.get("text")}
        if isinstance(delta, dict):
            thought = delta.get("reasoning_content") or delta.get("reasoning")
            if isinstance(thought, str) and thought:
                self._thinking.append(thought)
                self._chars += len(thought)
                self.tokens += 1
            text = _text(delta.get("content"))
            if text:
                self.tokens += 1
                self._add(self._splitter.feed(text))
        else:
            self._bad += 1
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason:
            self.finish = _FINISH.get(reason, "stop")

    def _add(self, text: str) -> None:
        if text:
            self._text.append(text)
            self._chars += len(text)
            if self._on_text:
                self._on_text(text)

    def end(self, request: Request, finish: Finish, seconds: float, first_token: float) -> Reply:
        """The reply, as far as it came. Adds what there is to say about it to `diagnostics`."""
        self._add(self._splitter.end())
        written = "".join(self._text)
        stray, text = split_stray(written) if not self._splitter.thinking else ("", written)
        thinking = "".join(self._thinking) + self._splitter.thinking + stray
        if self._bad:
            self.diagnostics.append(
                finding("bad-chunk", Severity.WARNING, f"{self._bad} pieces of the reply could not be read")
            )
        if finish in ("stop", "length") and not text.strip():
            self.diagnostics.append(
                finding("only-thinking", Severity.WARNING, "the model thought, but gave no answer")
                if thinking
                else finding("empty-reply", Severity.WARNING, "the model gave an empty reply")
            )
        elif request.choices and finish in ("stop", "length"):
            choice = chosen(text, request.choices)
            if choice is None:
                self.diagnostics.append(
                    finding(
                        "not-a-choice",
                        Severity.WARNING,
                        f"the model chose none of the choices: {text[:80]!r}",
                    )
                )
            else:
                text = choice
        return Reply(
            text,
            finish,
            written,
            thinking,
            *self._usage,
            self._model,
            round(seconds, 3),
            round(first_token, 3),
        )


def _text(content: Any) -> str:
    """The text of a delta: a string, or a list of typed parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(p["text"] for p in content if isinstance(p, dict) and isinstance(p.get("text"), str))
    return ""


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
