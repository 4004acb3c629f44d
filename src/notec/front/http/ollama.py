"""Ollama's dialect, for tools that speak no other: translated to and from the engine's chat.

Replies stream as one JSON object a line. What Ollama calls a model's digest, size and family is made up of
what the engine tells; clients show it and decide nothing by it.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from notec.front.http.answers import text_of
from notec.front.http.delta import choices_of, usage_in
from notec.front.http.gateway import Target
from notec.front.http.openai import body_of, gateway_of, messages_of, priority_of, vault_says
from notec.front.http.relay import Refused, Streamed, Whole

VERSION = "0.12.0"  # of the dialect that is spoken; clients ask for a least one
_NAMES = {"num_predict": "max_tokens", "repeat_penalty": "repeat_penalty"}
_KEPT = ("temperature", "top_p", "top_k", "min_p", "seed", "stop", "presence_penalty", "frequency_penalty")


def routes() -> list[Route]:
    return [
        Route("/api/version", version),
        Route("/api/tags", tags),
        Route("/api/show", show, methods=["POST"]),
        Route("/api/chat", chat, methods=["POST"]),
        Route("/api/generate", generate, methods=["POST"]),
    ]


async def version(request: Request) -> Response:
    return JSONResponse({"version": VERSION})


async def tags(request: Request) -> Response:
    names = await gateway_of(request).names()
    return JSONResponse({"models": [_tag(name) for name in names]})


def _tag(name: str) -> dict[str, Any]:
    tagged = name if ":" in name else f"{name}:latest"  # Ollama's names have a tag, and clients add one
    return {
        "name": tagged,
        "model": tagged,
        "modified_at": "1970-01-01T00:00:00Z",
        "size": 0,
        "digest": hashlib.sha256(name.encode()).hexdigest(),
        "details": _details(),
    }


def _details() -> dict[str, Any]:
    return {
        "parent_model": "",
        "format": "gguf",
        "family": "notec",
        "families": ["notec"],
        "parameter_size": "",
        "quantization_level": "",
    }


async def show(request: Request) -> Response:
    body, gateway = await body_of(request), gateway_of(request)
    name = body.get("model") or body.get("name")
    able = ["embedding"]
    if not gateway.embeds(name):
        target = await gateway.target(name)
        able = ["completion", "tools"] if target.kind == "engine" else ["completion"]
    return JSONResponse(
        {
            "modelfile": "",
            "parameters": "",
            "template": "{{ .Prompt }}",
            "details": _details(),
            "model_info": {"general.architecture": "notec", "general.basename": name},
            "capabilities": able,
        }
    )


async def chat(request: Request) -> Any:
    body = await body_of(request)
    target = await gateway_of(request).target(body.get("model"))
    if not body.get("messages"):  # Ollama's way to load a model, or to let it go
        return JSONResponse(_end(target, "message", {"role": "assistant", "content": ""}, "load"))
    messages = [_message(m) for m in messages_of(body)]
    return _answered(request, body, target, messages, "message")


async def generate(request: Request) -> Any:
    body = await body_of(request)
    target = await gateway_of(request).target(body.get("model"))
    prompt = body.get("prompt")
    if not isinstance(prompt, str) or not prompt:
        return JSONResponse(_end(target, "response", "", "load"))
    system = [{"role": "system", "content": str(body["system"])}] if body.get("system") else []
    messages = [*system, _message({"role": "user", "content": prompt, "images": body.get("images")})]
    return _answered(request, body, target, messages, "response")


def _answered(
    request: Request, body: Mapping[str, Any], target: Target, messages: list[dict[str, Any]], key: str
) -> Any:
    started = time.perf_counter()
    if target.kind == "engine":
        lines = _from_engine(request, _asked(body, target, messages), target, key, started)
    else:
        lines = _from_vault(request, target, messages, key, started)
    if body.get("stream", True) is False:
        return Whole(_joined(lines, key), dialect="ollama")
    return Streamed(
        _lines(lines),
        "application/x-ndjson",
        dialect="ollama",
        comment=b" ",  # the only one that JSON knows
        failed=lambda e: _line({"error": e.message}),
    )


def _asked(body: Mapping[str, Any], target: Target, messages: list[dict[str, Any]]) -> dict[str, Any]:
    """The same request in OpenAI's words."""
    raw = body.get("options")
    options: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
    out: dict[str, Any] = {
        "model": target.engine,
        "messages": messages,
        "stream_options": {"include_usage": True},
    }
    out |= {name: options[name] for name in _KEPT if options.get(name) is not None}
    out |= {new: options[old] for old, new in _NAMES.items() if options.get(old) is not None}
    if out.get("max_tokens", 0) < 0:
        del out["max_tokens"]  # Ollama's "as much as fits"
    if body.get("tools"):
        out["tools"] = body["tools"]
    if isinstance(body.get("think"), bool):
        out["chat_template_kwargs"] = {"enable_thinking": body["think"]}
    wanted = body.get("format")
    if wanted == "json":
        out["response_format"] = {"type": "json_object"}
    elif isinstance(wanted, dict):
        out["response_format"] = {"type": "json_schema", "json_schema": {"name": "reply", "schema": wanted}}
    return out


def _message(given: Mapping[str, Any]) -> dict[str, Any]:
    """A message as OpenAI writes it: pictures as parts, calls of tools with their arguments as text."""
    out: dict[str, Any] = {"role": given.get("role", "user"), "content": text_of(given.get("content"))}
    images = given.get("images")
    if isinstance(images, list) and images:
        parts = [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{i}"}} for i in images]
        out["content"] = [{"type": "text", "text": out["content"]}, *parts]
    calls = given.get("tool_calls")
    if isinstance(calls, list) and calls:
        out["tool_calls"] = [
            _call(number, call) for number, call in enumerate(calls) if isinstance(call, dict)
        ]
    if given.get("role") == "tool":
        out["tool_call_id"] = str(given.get("tool_call_id") or given.get("tool_name") or "call_0")
    return out


def _call(number: int, call: Mapping[str, Any]) -> dict[str, Any]:
    function = call.get("function")
    function = function if isinstance(function, dict) else {}
    arguments = json.dumps(function.get("arguments", {}), ensure_ascii=False)
    return {
        "id": str(call.get("id") or f"call_{number}"),
        "type": "function",
        "function": {"name": str(function.get("name", "")), "arguments": arguments},
    }


async def _from_engine(
    request: Request, body: dict[str, Any], target: Target, key: str, started: float
) -> AsyncIterator[dict[str, Any]]:
    gateway = gateway_of(request)
    finish, first = "stop", 0.0
    usage: dict[str, int] = {}
    calls: dict[int, dict[str, str]] = {}
    async with gateway.line.place(priority_of(request)):
        async for event in gateway.relay.events("chat/completions", body):
            usage = usage_in(event) or usage
            for choice in choices_of(event):
                finish = choice.finish or finish
                first = first or time.perf_counter()
                for call in choice.calls:
                    known = calls.setdefault(call.index, {"name": "", "arguments": ""})
                    known["name"] += call.name
                    known["arguments"] += call.arguments
                text, thinking = choice.text, choice.thinking
                if text or thinking:
                    yield _part(target, key, text, thinking)
    last: Any = {"role": "assistant", "content": ""} if key == "message" else ""
    if calls and key == "message":
        last["tool_calls"] = [
            {"function": {"name": c["name"], "arguments": _arguments(c["arguments"])}} for c in calls.values()
        ]
    end = _end(target, key, last, "length" if finish == "length" else "stop")
    now = time.perf_counter()
    first = first or now
    end |= {
        "total_duration": int((now - started) * 1e9),
        "load_duration": 0,
        "prompt_eval_count": usage.get("prompt", 0),
        "prompt_eval_duration": int((first - started) * 1e9),
        "eval_count": usage.get("completion", 0),
        "eval_duration": int((now - first) * 1e9),
    }
    yield end


def _arguments(text: str) -> Any:
    try:
        return json.loads(text or "{}")
    except ValueError:
        return {"text": text}  # cut short, or no JSON: kept as it came


async def _from_vault(
    request: Request, target: Target, messages: list[dict[str, Any]], key: str, started: float
) -> AsyncIterator[dict[str, Any]]:
    found = await vault_says(request, target, messages)
    for number, paragraph in enumerate(found.paragraphs):
        yield _part(target, key, ("\n\n" if number else "") + paragraph)
    last: Any = {"role": "assistant", "content": ""} if key == "message" else ""
    took = int((time.perf_counter() - started) * 1e9)
    yield _end(target, key, last, "stop") | {"citations": found.citations_json(), "total_duration": took}


def _part(target: Target, key: str, text: str, thinking: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {"model": target.name, "created_at": _now(), "done": False}
    if key == "message":
        out["message"] = {
            "role": "assistant",
            "content": text,
            **({"thinking": thinking} if thinking else {}),
        }
    else:
        out |= {"response": text, **({"thinking": thinking} if thinking else {})}
    return out


def _end(target: Target, key: str, last: Any, reason: str) -> dict[str, Any]:
    return {"model": target.name, "created_at": _now(), key: last, "done": True, "done_reason": reason}


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


async def _lines(parts: AsyncIterator[dict[str, Any]]) -> AsyncGenerator[bytes, None]:
    async for part in parts:
        yield _line(part)


def _line(part: Mapping[str, Any]) -> bytes:
    return json.dumps(part, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


async def _joined(parts: AsyncIterator[dict[str, Any]], key: str) -> dict[str, Any]:
    """All the parts as one, for a client that does not stream."""
    text, thinking, last = "", "", {}
    async for part in parts:
        piece = part[key]
        text += piece["content"] if key == "message" else piece
        thinking += (piece if key == "message" else part).get("thinking", "")
        last = part
    if key == "message":
        last["message"]["content"] = text
        if thinking:
            last["message"]["thinking"] = thinking
    else:
        last |= {"response": text, **({"thinking": thinking} if thinking else {})}
    if not last:
        raise Refused(502, "the model server said nothing", "engine")
    return last
