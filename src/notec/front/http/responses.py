"""OpenAI's Responses, text and tools: translated to and from a chat, which every engine speaks.

A conversation can go on by `previous_response_id`: the last ones are kept in memory, and nowhere else.
"""

from __future__ import annotations

import json
import time
import uuid
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from notec.front.http.delta import choices_of, usage_in
from notec.front.http.gateway import Target
from notec.front.http.openai import HOLD, body_of, gateway_of, one_tool, priority_of, vault_says
from notec.front.http.relay import Refused, Streamed, Whole, sse
from notec.front.http.said import error_body

_KEPT = 200  # conversations
_KEPT_LETTERS = 64 << 20  # of them all, pictures among them
_SAME = (
    "temperature",
    "top_p",
    "seed",
    "stop",
    "parallel_tool_calls",
    "top_k",
    "min_p",
    "chat_template_kwargs",
)

Item = dict[str, Any]


class Kept:
    """Messages of the last conversations, by the id of their last response."""

    def __init__(self) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._letters = 0

    def keep(self, key: str, messages: list[Item]) -> None:
        text = json.dumps(messages, ensure_ascii=False)
        self._texts[key] = text
        self._letters += len(text)
        while len(self._texts) > _KEPT or self._letters > _KEPT_LETTERS:
            self._letters -= len(self._texts.popitem(last=False)[1])

    def find(self, key: Any) -> list[Item] | None:
        text = self._texts.get(key) if isinstance(key, str) else None
        return None if text is None else list(json.loads(text))


def routes() -> list[Route]:
    return [Route("/v1/responses", responses, methods=["POST"])]


async def responses(request: Request) -> Any:
    gateway, body = gateway_of(request), await body_of(request)
    target = await gateway.target(body.get("model"))
    kept: Kept = request.app.state.responses
    messages = _before(kept, body.get("previous_response_id")) + _messages(body.get("input"))
    if not messages:
        raise Refused(400, "`input` is a text or a list of messages, and not empty", "input")
    system = [{"role": "system", "content": body["instructions"]}] if body.get("instructions") else []
    reply = Reply(target, body)
    if target.kind == "engine":
        deltas = _from_engine(request, one_tool(_asked(body, target, system + messages)))
    else:
        deltas = _from_vault(request, target, messages)
    events = _events(reply, deltas, kept, messages)
    if body.get("stream"):
        return Streamed(
            _streamed(events), "text/event-stream", dialect="openai", comment=HOLD, failed=reply.failed
        )
    return Whole(_whole(events), dialect="openai")


def _before(kept: Kept, previous: Any) -> list[Item]:
    if not previous:
        return []
    found = kept.find(previous)
    if found is None:
        said = "that response is not known (any more): send the whole conversation as `input`"
        raise Refused(404, said, "previous_response_not_found")
    return found


def _messages(given: Any) -> list[Item]:
    """The input as messages of a chat."""
    if isinstance(given, str):
        return [{"role": "user", "content": given}] if given else []
    out: list[Item] = []
    for item in given if isinstance(given, list) else []:
        kind = item.get("type", "message") if isinstance(item, dict) else ""
        if kind == "message":
            out.append({"role": _role(item.get("role")), "content": _content(item.get("content"))})
        elif kind == "function_call":
            function = {"name": str(item.get("name", "")), "arguments": str(item.get("arguments", "{}"))}
            call = {"id": str(item.get("call_id", "")), "type": "function", "function": function}
            if out and out[-1].get("tool_calls"):
                out[-1]["tool_calls"].append(call)  # calls of one turn belong to one message
            else:
                out.append({"role": "assistant", "content": "", "tool_calls": [call]})
        elif kind == "function_call_output":
            text = _content(item.get("output"))
            out.append({"role": "tool", "tool_call_id": str(item.get("call_id", "")), "content": text})
    return out


def _role(role: Any) -> str:
    return "system" if role in ("developer", "system") else "assistant" if role == "assistant" else "user"


def _content(content: Any) -> Any:
    """Text, or parts where there are pictures among them."""
    if not isinstance(content, list):
        return content if isinstance(content, str) else ""
    parts: list[Item] = []
    for part in content:
        if not isinstance(part, dict):
            continue
        if part.get("type") == "input_image" and isinstance(part.get("image_url"), str):
            parts.append({"type": "image_url", "image_url": {"url": part["image_url"]}})
        elif isinstance(part.get("text"), str):
            parts.append({"type": "text", "text": part["text"]})
    if all(part["type"] == "text" for part in parts):
        return "\n".join(part["text"] for part in parts)
    return parts


def _asked(body: Mapping[str, Any], target: Target, messages: list[Item]) -> Item:
    """The same request as a chat."""
    out: Item = {"model": target.engine, "messages": messages, "stream_options": {"include_usage": True}}
    out |= {name: body[name] for name in _SAME if body.get(name) is not None}
    if body.get("max_output_tokens"):
        out["max_tokens"] = body["max_output_tokens"]
    tools = [_tool(t) for t in body.get("tools") or () if isinstance(t, dict) and t.get("type") == "function"]
    if tools:
        out["tools"] = tools
        choice = body.get("tool_choice")
        if isinstance(choice, dict) and choice.get("name"):
            choice = {"type": "function", "function": {"name": choice["name"]}}
        if choice:
            out["tool_choice"] = choice
    text = body.get("text")
    form = text.get("format") if isinstance(text, dict) else None
    if isinstance(form, dict) and form.get("type") == "json_schema":
        named = {k: form[k] for k in ("name", "schema", "strict") if k in form}
        out["response_format"] = {"type": "json_schema", "json_schema": named}
    elif isinstance(form, dict) and form.get("type") == "json_object":
        out["response_format"] = {"type": "json_object"}
    return out


def _tool(tool: Mapping[str, Any]) -> Item:
    named = {k: tool[k] for k in ("name", "description", "parameters", "strict") if tool.get(k) is not None}
    return {"type": "function", "function": named}


@dataclass
class Delta:
    """A piece of a reply: text, a piece of a call, or its end."""

    text: str = ""
    call: int = -1
    name: str = ""
    arguments: str = ""
    finish: str = ""
    usage: Mapping[str, int] = field(default_factory=dict)
    citations: list[Item] = field(default_factory=list)


async def _from_engine(request: Request, body: Item) -> AsyncIterator[Delta]:
    gateway = gateway_of(request)
    async with gateway.line.place(priority_of(request)):
        async for event in gateway.relay.events("chat/completions", body):
            if usage := usage_in(event):
                yield Delta(usage=usage)
            for choice in choices_of(event):
                if choice.text:
                    yield Delta(text=choice.text)
                for call in choice.calls:
                    yield Delta(call=call.index, name=call.name, arguments=call.arguments)
                if choice.finish:
                    yield Delta(finish=choice.finish)


async def _from_vault(request: Request, target: Target, messages: list[Item]) -> AsyncIterator[Delta]:
    found = await vault_says(request, target, messages)
    for number, paragraph in enumerate(found.paragraphs):
        yield Delta(text=("\n\n" if number else "") + paragraph)
    yield Delta(finish="stop", citations=found.citations_json())


class Reply:
    """The response while it grows."""

    def __init__(self, target: Target, body: Mapping[str, Any]) -> None:
        self.data: Item = {
            "id": f"resp_{uuid.uuid4().hex}",
            "object": "response",
            "created_at": int(time.time()),
            "status": "in_progress",
            "error": None,
            "incomplete_details": None,
            "instructions": body.get("instructions"),
            "max_output_tokens": body.get("max_output_tokens"),
            "model": target.name,
            "output": [],
            "parallel_tool_calls": bool(body.get("parallel_tool_calls", True)),
            "previous_response_id": body.get("previous_response_id"),
            "reasoning": {"effort": None, "summary": None},
            "store": False,
            "temperature": body.get("temperature", 1.0),
            "text": body.get("text") or {"format": {"type": "text"}},
            "tool_choice": body.get("tool_choice", "auto"),
            "tools": body.get("tools") or [],
            "top_p": body.get("top_p", 1.0),
            "truncation": "disabled",
            "usage": None,
            "user": None,
            "metadata": body.get("metadata") or {},
        }
        self.number = -1

    def event(self, kind: str, **more: Any) -> Item:
        self.number += 1
        return {"type": kind, "sequence_number": self.number, **more}

    def failed(self, error: Refused) -> bytes:
        """The last event of a reply that broke off."""
        said = error_body("openai", error.status, error.message, error.code)["error"]
        self.data |= {
            "status": "failed",
            "error": {"code": said["code"] or "server_error", "message": said["message"]},
        }
        return _line(self.event("response.failed", response=self.data))


async def _events(
    reply: Reply, deltas: AsyncIterator[Delta], kept: Kept, messages: list[Item]
) -> AsyncIterator[Item]:
    """The events of a response, the last of which has it whole."""
    yield reply.event("response.created", response={**reply.data, "output": []})
    yield reply.event("response.in_progress", response={**reply.data, "output": []})
    output: list[Item] = reply.data["output"]
    text: Item | None = None
    calls: dict[int, Item] = {}
    usage: Mapping[str, int] = {}
    finish = "stop"
    async for delta in deltas:
        usage, finish = delta.usage or usage, delta.finish or finish
        if delta.citations:
            reply.data["citations"] = delta.citations
        if delta.text:
            if text is None:
                text = _message_item()
                output.append(text)
                at = {"output_index": len(output) - 1, "item_id": text["id"], "content_index": 0}
                yield reply.event(
                    "response.output_item.added",
                    output_index=at["output_index"],
                    item={**text, "content": []},
                )
                yield reply.event(
                    "response.content_part.added", **at, part={**text["content"][0], "text": ""}
                )
            text["content"][0]["text"] += delta.text
            yield reply.event("response.output_text.delta", **at, delta=delta.text, logprobs=[])
        if delta.call >= 0:
            item = calls.get(delta.call)
            if item is None:
                item = calls[delta.call] = _call_item(delta.name)
                output.append(item)
                yield reply.event("response.output_item.added", output_index=len(output) - 1, item=dict(item))
            item["arguments"] += delta.arguments
            if delta.arguments:
                place = {"output_index": output.index(item), "item_id": item["id"]}
                yield reply.event("response.function_call_arguments.delta", **place, delta=delta.arguments)
    if not output:  # a reply without a word is still a message
        text = _message_item()
        output.append(text)
    for index, item in enumerate(output):
        item["status"] = "completed" if finish != "length" else "incomplete"
        place = {"output_index": index, "item_id": item["id"]}
        if item["type"] == "message":
            part = item["content"][0]
            yield reply.event(
                "response.output_text.done", **place, content_index=0, text=part["text"], logprobs=[]
            )
            yield reply.event("response.content_part.done", **place, content_index=0, part=part)
        else:
            yield reply.event(
                "response.function_call_arguments.done",
                **place,
                name=item["name"],
                arguments=item["arguments"],
            )
        yield reply.event("response.output_item.done", output_index=index, item=item)
    read, wrote = usage.get("prompt", 0), usage.get("completion", 0)
    reply.data["usage"] = {
        "input_tokens": read,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": wrote,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": read + wrote,
    }
    whole = finish != "length"
    reply.data["status"] = "completed" if whole else "incomplete"
    if not whole:
        reply.data["incomplete_details"] = {"reason": "max_output_tokens"}
    kept.keep(reply.data["id"], messages + _messages(output))
    yield reply.event("response.completed" if whole else "response.incomplete", response=reply.data)


def _message_item() -> Item:
    part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    return {
        "id": f"msg_{uuid.uuid4().hex}",
        "type": "message",
        "role": "assistant",
        "status": "in_progress",
        "content": [part],
    }


def _call_item(name: str) -> Item:
    return {
        "id": f"fc_{uuid.uuid4().hex}",
        "type": "function_call",
        "call_id": f"call_{uuid.uuid4().hex}",
        "name": name,
        "arguments": "",
        "status": "in_progress",
    }


def _line(event: Mapping[str, Any]) -> bytes:
    return f"event: {event['type']}\n".encode() + sse(event)


async def _streamed(events: AsyncIterator[Item]) -> AsyncGenerator[bytes, None]:
    async for event in events:
        yield _line(event)


async def _whole(events: AsyncIterator[Item]) -> Item:
    last: Item = {}
    async for event in events:
        last = event
    found: Item = last["response"]
    return found
