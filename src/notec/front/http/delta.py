"""What an event of a chat adds, for the dialects that translate it.

The model server may send anything: a value that is not what it should be adds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Call:
    """A piece of a tool call."""

    index: int
    name: str
    arguments: str


@dataclass(frozen=True)
class Choice:
    """A piece of a reply."""

    text: str
    thinking: str
    calls: tuple[Call, ...]
    finish: str


def choices_of(event: Mapping[str, Any]) -> list[Choice]:
    """The pieces in an event."""
    out = []
    for choice in _objects(event.get("choices")):
        delta = _object(choice.get("delta"))
        text, thinking = _text(delta.get("content")), _text(delta.get("reasoning_content"))
        calls = tuple(_call(call) for call in _objects(delta.get("tool_calls")))
        out.append(Choice(text, thinking, calls, _text(choice.get("finish_reason"))))
    return out


def _call(call: Mapping[str, Any]) -> Call:
    function, index = _object(call.get("function")), call.get("index")
    number = index if isinstance(index, int) and index >= 0 else 0
    return Call(number, _text(function.get("name")), _text(function.get("arguments")))


def usage_in(event: Mapping[str, Any]) -> dict[str, int]:
    """Tokens of `prompt` and `completion`, where an event counts them."""
    usage = _object(event.get("usage"))
    counts = {name: usage.get(f"{name}_tokens") for name in ("prompt", "completion")}
    return {name: count for name, count in counts.items() if isinstance(count, int)}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
