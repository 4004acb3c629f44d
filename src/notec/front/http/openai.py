"""OpenAI's dialect: models, chats, completions.

What a field means is the engine's word; what we do not know is handed on or ignored, never an error.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from notec.front.http.answers import told
from notec.front.http.gateway import Gateway, Target
from notec.front.http.joined import joined
from notec.front.http.line import JOB, PERSON
from notec.front.http.relay import DONE, Refused, Streamed, Whole, read_event, sse, sse_failed

if TYPE_CHECKING:
    from notec.ask.told import Told

HOLD = b": waiting for the model\n\n"


def routes() -> list[Route]:
    return [
        Route("/v1/models", list_models),
        Route("/v1/models/{name:path}", one_model),
        Route("/v1/chat/completions", chat, methods=["POST"]),
        Route("/v1/completions", completions, methods=["POST"]),
    ]


def gateway_of(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


async def body_of(request: Request) -> dict[str, Any]:
    """The request's JSON object.

    Raises:
        Refused: it is none.
    """
    raw = await request.body()
    try:
        found = json.loads(raw.decode())
    except UnicodeDecodeError:
        raise Refused(400, "the body is not UTF-8", "invalid_json") from None
    except (ValueError, RecursionError) as error:
        raise Refused(400, f"the body is no JSON: {error}", "invalid_json") from None
    if not isinstance(found, dict):
        raise Refused(400, "the body is no JSON object", "invalid_json")
    return found


def priority_of(request: Request) -> int:
    return JOB if request.headers.get("x-notec-priority", "").lower() in ("job", "background") else PERSON


async def list_models(request: Request) -> Response:
    names = await gateway_of(request).names()
    return JSONResponse({"object": "list", "data": [_model(name) for name in names]})


async def one_model(request: Request) -> Response:
    gateway, name = gateway_of(request), request.path_params["name"]
    return JSONResponse(_model(name if gateway.embeds(name) else (await gateway.target(name)).name))


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "notec" if "+" in name else "engine"}


async def chat(request: Request) -> Any:
    gateway, body = gateway_of(request), await body_of(request)
    target = await gateway.target(body.get("model"))
    messages = messages_of(body)
    if target.kind == "engine":
        return passed_on(request, "chat/completions", one_tool({**body, "model": target.engine}))
    pieces = vault_says(request, target, messages)
    if body.get("stream"):
        usage = bool(isinstance(o := body.get("stream_options"), dict) and o.get("include_usage"))
        return Streamed(
            _chat_chunks(pieces, target, usage),
            "text/event-stream",
            dialect="openai",
            comment=HOLD,
            failed=sse_failed,
        )
    return Whole(_chat_whole(pieces, target), dialect="openai")


async def completions(request: Request) -> Any:
    gateway, body = gateway_of(request), await body_of(request)
    target = await gateway.target(body.get("model"))
    if target.kind != "engine":
        raise Refused(400, f"{target.name} answers chats: POST /v1/chat/completions", "wrong_endpoint")
    if body.get("suffix"):
        from notec.front.http.fim import filled_in

        return filled_in(request, body, target, "text_completion")
    return passed_on(request, "completions", {**body, "model": target.engine})


def one_tool(body: dict[str, Any]) -> dict[str, Any]:
    """A chat that must call one tool by name is given that tool alone: llama.cpp knows no choice by name."""
    choice, tools = body.get("tool_choice"), body.get("tools")
    named = choice.get("function") if isinstance(choice, dict) else None
    if not isinstance(named, dict) or not isinstance(tools, list):
        return body
    kept = [t for t in tools if isinstance(t, dict) and _named(t) == named.get("name")]
    return {**body, "tools": kept, "tool_choice": "required"} if kept else body


def _named(tool: Mapping[str, Any]) -> Any:
    function = tool.get("function")
    return function.get("name") if isinstance(function, dict) else None


def messages_of(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The messages of a chat.

    Raises:
        Refused: there are none.
    """
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(m, dict) for m in messages):
        raise Refused(400, "`messages` must be a list of objects with a role and a content", "messages")
    return messages


def passed_on(request: Request, path: str, body: dict[str, Any]) -> Any:
    """The engine's own answer to `body`, streamed where the client asks for that."""
    gateway, priority = gateway_of(request), priority_of(request)
    relay = gateway.relay

    async def events() -> AsyncGenerator[bytes, None]:
        async with gateway.line.place(priority):
            async for lines in relay.lines(path, body):  # checked, and sent on as the engine wrote them
                yield b"".join(b"data: %b\n\n" % line for line in lines if read_event(line) is not None)
        yield sse(DONE)

    async def whole() -> Any:
        asked = {**body, "stream_options": {"include_usage": True}}
        async with gateway.line.place(priority):
            if found := await joined(relay.events(path, asked, plain=True)):
                return found
        raise Refused(502, "the model server answered with no JSON", "engine")

    if body.get("stream"):
        return Streamed(events(), "text/event-stream", dialect="openai", comment=HOLD, failed=sse_failed)
    return Whole(whole(), dialect="openai")


async def vault_says(request: Request, target: Target, messages: Sequence[Mapping[str, Any]]) -> Told:
    """The vault's answer to a chat. A model that writes it, or picks, stands in line as every chat does."""
    gateway = gateway_of(request)
    if not await gateway.engine_names():
        return await gateway.vault(lambda ws: told(ws, target, messages))
    async with gateway.line.place(priority_of(request)):
        return await gateway.vault(lambda ws: told(ws, target, messages), slow=True)


async def _chat_whole(answer: Any, target: Target) -> dict[str, Any]:
    found: Told = await answer
    message = {"role": "assistant", "content": found.markdown}
    return {
        **_head(target, "chat.completion"),
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": usage_of(found),
        "citations": found.citations_json(),
    }


async def _chat_chunks(answer: Any, target: Target, usage: bool) -> AsyncGenerator[bytes, None]:
    head = _head(target, "chat.completion.chunk")
    found: Told = await answer

    def chunk(delta: Mapping[str, Any], finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return sse({**head, "choices": [choice], **more})

    yield chunk({"role": "assistant", "content": ""})
    for number, paragraph in enumerate(found.paragraphs):
        yield chunk({"content": ("\n\n" if number else "") + paragraph})
    yield chunk({}, "stop", citations=found.citations_json())
    if usage:
        yield sse({**head, "choices": [], "usage": usage_of(found)})
    yield sse(DONE)


def _head(target: Target, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": target.name,
    }


def usage_of(found: Told) -> dict[str, int]:
    """No model wrote these words: the counts say so, roughly four letters a token for clients that add up."""
    tokens = len(found.markdown) // 4
    return {"prompt_tokens": 0, "completion_tokens": tokens, "total_tokens": tokens}
