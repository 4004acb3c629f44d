"""A reply that the engine streamed, put together for a client that wants it whole.

Engines are asked for streams only: llama.cpp writes to the end what was asked for whole, whether anybody is
still there or not, and leaves a stream with its client. The model server may send anything: what is not what
it should be is kept as it came last.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

_GROWS = frozenset(("content", "reasoning_content", "reasoning", "refusal", "text", "name", "arguments"))
_DEPTH = 8  # of what grows: choices, choice, delta, tool_calls, call, function


class _Pieces(list[str]):
    """A text while it grows."""


class _Numbered(dict[int, dict[str, Any]]):
    """A list whose members are known by their `index`."""


async def joined(events: AsyncIterator[Mapping[str, Any]]) -> dict[str, Any]:
    """The reply of a chat or a completion; empty where no event came."""
    whole: dict[str, Any] = {}
    async for event in events:
        _grow(whole, event, _DEPTH)
    reply: dict[str, Any] = _settled(whole)
    if isinstance(kind := reply.get("object"), str):
        reply["object"] = kind.removesuffix(".chunk")
    for choice in reply["choices"] if isinstance(reply.get("choices"), list) else ():
        if isinstance(choice, dict) and "delta" in choice:
            said = choice.pop("delta")
            choice["message"] = {
                "role": "assistant",
                "content": None,
                **(said if isinstance(said, dict) else {}),
            }
            calls = choice["message"].get("tool_calls")
            for call in calls if isinstance(calls, list) else ():
                if isinstance(call, dict):
                    call.pop("index", None)
    return reply


def _grow(known: dict[str, Any], piece: Mapping[str, Any], depth: int) -> None:
    """Add what an event says to what is known."""
    for key, new in piece.items():
        old = known.get(key)
        if new is None:
            known.setdefault(key, None)
        elif key in _GROWS and isinstance(new, str):
            if isinstance(old, _Pieces):
                old.append(new)
            else:
                known[key] = _Pieces([new])
        elif isinstance(new, dict) and depth:
            _grow(old if type(old) is dict else _put(known, key, {}), new, depth - 1)
        elif isinstance(new, list) and depth and all(_number(item) is not None for item in new):
            if new or old is None:
                numbered = old if isinstance(old, _Numbered) else _put(known, key, _Numbered())
                for item in new:
                    _grow(numbered.setdefault(item["index"], {}), item, depth - 1)
        elif isinstance(new, list) and type(old) is list:
            old.extend(new)
        else:
            known[key] = list(new) if isinstance(new, list) else new


def _put(known: dict[str, Any], key: str, value: Any) -> Any:
    known[key] = value
    return value


def _number(item: Any) -> int | None:
    index = item.get("index") if isinstance(item, dict) else None
    return index if isinstance(index, int) else None


def _settled(value: Any) -> Any:
    """What has grown, as plain data."""
    if isinstance(value, _Pieces):
        return "".join(value)
    if isinstance(value, _Numbered):
        return [_settled(value[index]) for index in sorted(value)]
    if isinstance(value, dict):
        return {key: _settled(item) for key, item in value.items()}
    return value
