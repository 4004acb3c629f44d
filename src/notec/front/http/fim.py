"""What stands between a prompt and a suffix: OpenAI's `suffix`, and Mistral's `/v1/fim/completions`.

llama.cpp fills in at `/infill`, by the tokens that a model has for it; other engines are given the suffix.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any, Literal

from starlette.requests import Request
from starlette.routing import Route

from notec.front.http.gateway import Target
from notec.front.http.openai import HOLD, body_of, gateway_of, priority_of
from notec.front.http.relay import DONE, Refused, Streamed, Whole, sse, sse_failed

Form = Literal["text_completion", "chat.completion"]
_SAME = ("temperature", "top_p", "top_k", "min_p", "seed", "stop", "presence_penalty", "frequency_penalty")


def routes() -> list[Route]:
    return [Route("/v1/fim/completions", fim, methods=["POST"])]


async def fim(request: Request) -> Any:
    body = await body_of(request)
    target = await gateway_of(request).target(body.get("model"))
    if target.kind != "engine":
        raise Refused(400, f"{target.name} answers chats: POST /v1/chat/completions", "wrong_endpoint")
    return filled_in(request, body, target, "chat.completion")


def filled_in(request: Request, body: Mapping[str, Any], target: Target, form: Form) -> Any:
    """The middle, in the form that the client reads."""
    prompt, suffix = body.get("prompt") or "", body.get("suffix") or ""
    if not isinstance(prompt, str) or not isinstance(suffix, str):
        raise Refused(400, "`prompt` and `suffix` are texts", "prompt")
    gateway = gateway_of(request)
    asked: dict[str, Any] = {"input_prefix": prompt, "input_suffix": suffix, "model": target.engine}
    asked |= {name: body[name] for name in _SAME if body.get(name) is not None}
    if body.get("max_tokens"):
        asked["n_predict"] = body["max_tokens"]
    shape = _Shape(target.name, form)

    async def pieces() -> AsyncIterator[tuple[str, str, Mapping[str, Any]]]:
        async with gateway.line.place(priority_of(request)):
            try:
                async for event in gateway.relay.events("/infill", asked, done=False):
                    stopped = event.get("stop") is True
                    reason = "length" if event.get("stop_type") == "limit" else "stop"
                    yield str(event.get("content") or ""), reason if stopped else "", event
                return
            except Refused as error:
                if error.status != 404:
                    raise
            other = {**body, "model": target.engine}  # an engine that takes the suffix itself
            async for event in gateway.relay.events("completions", other):
                choices = event.get("choices")
                for choice in choices if isinstance(choices, list) else ():
                    if isinstance(choice, dict):
                        yield str(choice.get("text") or ""), str(choice.get("finish_reason") or ""), event

    if body.get("stream"):
        return Streamed(
            _chunks(pieces(), shape), "text/event-stream", dialect="openai", comment=HOLD, failed=sse_failed
        )
    return Whole(_whole(pieces(), shape), dialect="openai")


class _Shape:
    """How a reply is written: as text, or as a message of an assistant."""

    def __init__(self, model: str, form: Form) -> None:
        self.chat = form == "chat.completion"
        self.head = {"id": f"cmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": model}
        self.form: str = form

    def chunk(self, text: str, finish: str) -> dict[str, Any]:
        said: dict[str, Any] = (
            {"delta": {"role": "assistant", "content": text}} if self.chat else {"text": text}
        )
        choice = {"index": 0, **said, "finish_reason": finish or None, "logprobs": None}
        kind = f"{self.form}.chunk" if self.chat else self.form
        return {**self.head, "object": kind, "choices": [choice]}

    def whole(self, text: str, finish: str, usage: Mapping[str, int]) -> dict[str, Any]:
        said: dict[str, Any] = (
            {"message": {"role": "assistant", "content": text}} if self.chat else {"text": text}
        )
        choice = {"index": 0, **said, "finish_reason": finish, "logprobs": None}
        return {**self.head, "object": self.form, "choices": [choice], "usage": usage}


def _usage(event: Mapping[str, Any]) -> dict[str, int]:
    read, wrote = int(event.get("tokens_evaluated") or 0), int(event.get("tokens_predicted") or 0)
    return {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote}


async def _chunks(
    pieces: AsyncIterator[tuple[str, str, Mapping[str, Any]]], shape: _Shape
) -> AsyncGenerator[bytes, None]:
    async for text, finish, event in pieces:
        chunk = shape.chunk(text, finish)
        yield sse({**chunk, "usage": _usage(event)} if finish else chunk)
    yield sse(DONE)


async def _whole(pieces: AsyncIterator[tuple[str, str, Mapping[str, Any]]], shape: _Shape) -> dict[str, Any]:
    said, end, usage = "", "stop", _usage({})
    async for text, finish, event in pieces:
        said += text
        if finish:
            end, usage = finish, _usage(event)
    return shape.whole(said, end, usage)
