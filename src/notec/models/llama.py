"""A GGUF model in this process, through llama.cpp (`xllamacpp`): no server to start, no port to choose.

The request is the one that `HttpModel` sends, and the reply comes in the same pieces, so both read alike.
A schema and choices become a grammar: what they exclude cannot be written.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from notec.core import NotecError, Outcome, Severity
from notec.models.base import Cancel, Finish, Reply, Request, Sink
from notec.models.endpoint import context_overflow
from notec.models.gather import Gather, finding
from notec.models.llama_header import fingerprint, read_scalars
from notec.models.llama_server import engine_version, start

_CONTEXT = 8192


class LlamaModel:
    """Answers with the model in a .gguf file; loaded by its first use. One request at a time.

    Args:
        path: the file, or the first of several parts.
        context: tokens of a prompt and its reply together; memory grows with it.

    Raises:
        NotecError: the file cannot be read, or is no GGUF file.
    """

    supports_prefix = True

    def __init__(self, path: Path | str, *, context: int = _CONTEXT) -> None:
        self.path = Path(path).expanduser()
        said = read_scalars(self.path)
        trained = said.get(f"{said.get('general.architecture')}.context_length")
        self.context = min(context, int(trained)) if isinstance(trained, int) and trained > 0 else context
        self.name = str(said.get("general.name") or self.path.stem)
        self._server: Any = None
        self._print = ""

    @property
    def fingerprint(self) -> str:
        """Weights, engine and context."""
        if not self._print:
            self._print = f"gguf:{fingerprint(self.path)} {engine_version()} {self.context}"
        return self._print

    def reply(
        self, request: Request, *, on_text: Sink | None = None, cancel: Cancel | None = None
    ) -> Outcome[Reply]:
        """The model's reply, as far as it came."""
        if self._server is None:
            self._server = start(self.path, context=self.context)
        gather = Gather(on_text)
        began = time.monotonic()
        run = _Run(gather, cancel, began)
        answer = self._server.handle_chat_completions(self._body(request), run.take)
        if run.raised is not None:
            raise run.raised
        if isinstance(answer, dict) and answer.get("error"):  # refused before it began
            gather.chunk(answer)
        if gather.error and not gather.tokens:
            raise NotecError(
                f"{self.path}: {gather.error}",
                f"ask with less context, or give `model.context` more than {self.context}"
                if context_overflow(gather.error)
                else "a simpler schema may help; or ask a server (`model.url`) instead",
            )
        finish: Finish = "cancelled" if run.cancelled else gather.finish or "cut"
        self._explain(gather, finish)
        reply = gather.end(request, finish, time.monotonic() - began, run.first)
        return Outcome(reply, tuple(gather.diagnostics))

    def close(self) -> None:
        """Let go of the memory; the next request loads the model again."""
        self._server = None

    def _body(self, request: Request) -> dict[str, Any]:
        settings = request.settings
        messages = [{"role": m.role, "content": m.content} for m in request.messages]
        if request.prefix:  # llama.cpp goes on with a last message of the assistant
            messages.append({"role": "assistant", "content": request.prefix})
        body: dict[str, Any] = {
            "messages": messages,
            "stream": True,
            "stream_options": {"include_usage": True},
            "return_progress": True,  # so that a cancel is seen while a long prompt is read
        }
        for name in ("temperature", "top_p", "top_k", "min_p", "seed", "max_tokens"):
            if (value := getattr(settings, name)) is not None:
                body[name] = value
        if settings.stop:
            body["stop"] = list(settings.stop)
        thinking = settings.thinking
        if request.choices:
            body["grammar"] = "root ::= " + " | ".join(
                json.dumps(c, ensure_ascii=False) for c in request.choices
            )
        elif request.schema is not None:
            body["json_schema"] = dict(request.schema)
        if request.choices or request.schema is not None:
            thinking = bool(thinking)  # a grammar leaves no room for it, unless it is asked for
        if thinking is not None:
            body["chat_template_kwargs"] = {"enable_thinking": thinking}
        return body

    def _explain(self, gather: Gather, finish: Finish) -> None:
        after = "after some text, which is kept" if gather.tokens else "before the first token"
        said = {
            "failed": (Severity.ERROR, f"the engine reported an error, {after}: {gather.error}"),
            "cut": (Severity.ERROR, f"the engine stopped without a reason, {after}"),
            "cancelled": (Severity.INFO, f"the request was cancelled, {after}"),
            "length": (Severity.WARNING, "the reply reached its limit of tokens and may be unfinished"),
        }.get(finish)
        if said:
            gather.diagnostics.append(finding(f"reply-{finish}", *said))


class _Run:
    """Takes the pieces of one reply; says when to stop. Nothing may be raised into the engine."""

    def __init__(self, gather: Gather, cancel: Cancel | None, began: float) -> None:
        self.gather, self.cancel, self.began = gather, cancel, began
        self.first = 0.0
        self.cancelled = False
        self.raised: BaseException | None = None

    def take(self, piece: Any) -> bool:
        """One piece; whether to stop."""
        if self.raised is not None or self.cancelled:
            return True
        try:
            self.gather.chunk(piece)
            if self.gather.tokens and not self.first:
                self.first = time.monotonic() - self.began
            self.cancelled = bool(self.cancel and self.cancel())
        except BaseException as error:  # noqa: BLE001  Ctrl-C too; raised again by the caller
            self.raised = error
        return self.raised is not None or self.cancelled or bool(self.gather.error)
