"""A model behind an OpenAI-compatible server: llama.cpp, vLLM, SGLang, Ollama, LM Studio and their kin."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import chain
from typing import Any

from notec.core import NotecError, Outcome, Severity, digest
from notec.models.base import Cancel, Finish, Reply, Request, Sink
from notec.models.endpoint import MAX_BODY, Endpoint, Patience, StatusError, context_overflow
from notec.models.gather import Gather, finding
from notec.models.sse import LineTooLongError, events
from notec.models.transport import BrokenError, CancelledError, Response, TooLongError, Watch

_AFTER_FINISH = 5.0  # seconds to wait for the usage figures once the server said that the reply is over


class HttpModel:
    """Asks one model of a server; safe to use from several threads.

    The reply is streamed, and every request has a connection of its own, which is closed as soon as
    `cancel` says so: servers stop generating then. There is no limit on the whole time.

    Args:
        url: where the server is, see `Endpoint`.
        model: its name there; many servers with one model need none.
        fingerprint: what stands behind the name, where the caller knows it; otherwise the address and name.
        supports_prefix: whether the server continues a last assistant message (llama.cpp, vLLM, SGLang).

    Raises:
        NotecError: the address leads to a host that is neither this machine nor in `allowed_hosts`.
    """

    def __init__(
        self,
        url: str,
        model: str = "",
        *,
        api_key: str = "",
        allowed_hosts: tuple[str, ...] = (),
        patience: Patience | None = None,
        fingerprint: str = "",
        supports_prefix: bool = False,
    ) -> None:
        self.endpoint = Endpoint(url, api_key, allowed_hosts, patience or Patience())
        self.model = model
        self.fingerprint = fingerprint or f"http:{model}@{self.endpoint.base}"
        self.supports_prefix = supports_prefix
        self._refused: set[str] = set()  # digests of schemas that the server refused, and "extras"

    def reply(
        self, request: Request, *, on_text: Sink | None = None, cancel: Cancel | None = None
    ) -> Outcome[Reply]:
        """The server's reply, as far as it came."""
        if request.prefix and not self.supports_prefix:
            raise ValueError("this model does not continue from a prefix")
        patience = self.endpoint.patience
        gather = Gather(on_text)
        watch = Watch(cancel, patience.first_token)
        start = time.monotonic()
        first = 0.0
        try:
            with closing(self._stream(request, gather, watch)) as stream:
                for data in stream:
                    tokens, finished = gather.tokens, gather.finish
                    if not gather.event(data):
                        break
                    if gather.tokens > tokens:
                        first = first or time.monotonic() - start
                        watch.touch(patience.stall)
                    if gather.finish and not finished:
                        watch.touch(_AFTER_FINISH)
            finish: Finish = gather.finish or "cut"
        except CancelledError:
            finish = "cancelled"
        except TooLongError:
            finish = gather.finish or "stalled"
        except BrokenError:
            finish = gather.finish or "cut"
        except LineTooLongError:
            finish = "failed"
            gather.error = "the server sent a line without an end"
        if gather.error and not gather.tokens:
            hint = (
                "ask with less context"
                if context_overflow(gather.error)
                else "see the log of the model server"
            )
            raise NotecError(f"{self.endpoint.base} reported an error: {gather.error}", hint)
        self._explain(gather, finish)
        reply = gather.end(request, finish, time.monotonic() - start, first)
        return Outcome(reply, tuple(gather.diagnostics))

    def models(self) -> tuple[str, ...]:
        """The names of the models that the server offers."""
        return self.endpoint.models()

    def _stream(self, request: Request, gather: Gather, watch: Watch) -> Generator[str]:
        """The data of the events of the reply; gives up, one by one, what the server refuses."""
        schema_key = _schema_key(request)
        first_error: StatusError | None = None
        refused = set(self._refused)
        while True:
            body = self._body(request, schema=schema_key not in refused, extras="extras" not in refused)
            try:
                with self.endpoint.open("/chat/completions", body, watch) as response:
                    self._refused |= refused
                    self._say_refused(gather, refused & {schema_key, "extras"})
                    yield from self._events(response)
                return
            except StatusError as error:
                first_error = first_error or error
                has_schema = bool(schema_key) and schema_key not in refused
                if error.status not in (400, 415, 422, 501) or context_overflow(error.reason):
                    raise
                if has_schema and ("extras" in refused or _about_schema(error.reason)):
                    refused.add(schema_key)
                elif "extras" not in refused:
                    refused.add("extras")
                else:
                    raise first_error from None

    def _body(self, request: Request, *, schema: bool, extras: bool) -> dict[str, Any]:
        settings = request.settings
        wanted = _wanted_schema(request)
        messages = [{"role": m.role, "content": m.content} for m in request.messages]
        body: dict[str, Any] = {"messages": messages, "stream": True}
        if self.model:
            body["model"] = self.model
        for name in ("temperature", "top_p", "max_tokens"):
            if (value := getattr(settings, name)) is not None:
                body[name] = value
        if settings.stop:
            body["stop"] = list(settings.stop)
        if wanted and schema:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "reply", "strict": True, "schema": wanted},
            }
        elif wanted:
            messages[-1] = messages[-1] | {"content": messages[-1]["content"] + _in_words(request)}
        if extras:
            body["stream_options"] = {"include_usage": True}
            for name in ("seed", "top_k", "min_p"):
                if (value := getattr(settings, name)) is not None:
                    body[name] = value
            if settings.thinking is not None:
                body["chat_template_kwargs"] = {"enable_thinking": settings.thinking}
        if request.prefix:
            messages.append({"role": "assistant", "content": request.prefix})
            body |= {"continue_final_message": True, "add_generation_prompt": False}
        return body

    def _events(self, response: Response) -> Iterator[str]:
        """Events, or one event made of an answer that the server did not stream."""
        chunks = iter(response.chunks)
        if "text/event-stream" in response.headers.get("content-type", "").lower():
            yield from events(chunks)
            return
        head = b""
        for chunk in chunks:
            head += chunk
            if head.strip():
                break
        if not head.strip():
            return
        if re.match(rb"\s*(data|event|id|retry)?:", head):
            yield from events(chain((head,), chunks))
            return
        body = bytearray(head)
        if head.lstrip().startswith(b"{"):
            for chunk in chunks:
                body += chunk
                if len(body) > MAX_BODY:
                    raise LineTooLongError
            try:
                if isinstance(json.loads(body), dict):
                    yield body.decode("utf-8", "replace")
                    return
            except (ValueError, RecursionError):
                pass
        raise self.endpoint.not_openai(bytes(body))

    def _say_refused(self, gather: Gather, refused: set[str]) -> None:
        for what in sorted(refused):
            gather.diagnostics.append(
                finding(
                    "settings-refused", Severity.INFO, "the server refused some settings; asked without them"
                )
                if what == "extras"
                else finding(
                    "schema-refused",
                    Severity.WARNING,
                    "the server refused the JSON schema; asked for it in words, so the reply may not fit",
                )
            )

    def _explain(self, gather: Gather, finish: Finish) -> None:
        after = "after some text, which is kept" if gather.tokens else "before the first token"
        patience = self.endpoint.patience
        limit = patience.stall if gather.tokens else patience.first_token
        said = {
            "stalled": (Severity.ERROR, f"the model gave no token for {limit:g} s, {after}" if limit else ""),
            "cut": (Severity.ERROR, f"the connection to the model broke, {after}"),
            "failed": (Severity.ERROR, f"the model server reported an error, {after}: {gather.error}"),
            "cancelled": (Severity.INFO, f"the request was cancelled, {after}"),
            "length": (Severity.WARNING, "the reply reached its limit of tokens and may be unfinished"),
            "filtered": (Severity.WARNING, "the server withheld a part of the reply"),
        }.get(finish)
        if said:
            gather.diagnostics.append(finding(f"reply-{finish}", *said))


def _wanted_schema(request: Request) -> dict[str, Any] | None:
    if request.choices:
        return {"type": "string", "enum": list(request.choices)}
    return dict(request.schema) if request.schema is not None else None


def _schema_key(request: Request) -> str:
    wanted = _wanted_schema(request)
    return digest(json.dumps(wanted, sort_keys=True)) if wanted is not None else ""


def _about_schema(reason: str) -> bool:
    return bool(re.search(r"response_format|schema|grammar|structured|guided|json", reason, re.I))


def _in_words(request: Request) -> str:
    if request.choices:
        return "\n\nAnswer only with one of these, and nothing else: " + ", ".join(request.choices)
    schema = json.dumps(request.schema, ensure_ascii=False)
    return f"\n\nAnswer only with JSON that fits this schema, and nothing else: {schema}"
