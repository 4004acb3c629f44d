"""From a model's reply to drafts of claims: whatever is whole is taken, however the reply is wrapped.

The reply should be `{"claims": [{"text": ..., "sources": [1, 2], "quotes": [...]}]}`. Models put it into
fences, think aloud before it, write after it, stop in the middle of it, give numbers as words, or write
prose with `[1]` after each sentence. None of that is an error; what names no source is left for the
verifier to reject.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_LONGEST = 200_000  # characters of a reply that are read
_TRIES = 2_000  # opening braces that are tried
_THINKING = re.compile(
    r"<(think|thinking|thought)>.*?(?:</\1>|\Z)|\A.*?</(?:think|thinking|thought)>", re.DOTALL
)
_MARK = re.compile(r"\s*\[\s*(\d{1,4}(?:\s*[,;]\s*\d{1,4})*)\s*\]")
_SENTENCE = re.compile(r"(?<=[.!?…\]])\s+(?=[^\s\[])|\n+")
_BULLET = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+")
_ELLIPSIS = re.compile(r"\s*(?:\[?\.{3}\]?|\[?…\]?)\s*")

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "claims": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "sources": {"type": "array", "items": {"type": "integer", "minimum": 1}},
                    "quotes": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["text", "sources", "quotes"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["claims"],
    "additionalProperties": False,
}
"""What a model is asked to reply with."""


@dataclass(frozen=True)
class Draft:
    """A claim as a model wrote it, not yet believed.

    Args:
        sources: numbers of the sources that it names, in its order.
        quotes: words that it says to have copied from them.
    """

    text: str
    sources: tuple[int, ...]
    quotes: tuple[str, ...] = ()


def read_drafts(reply: str) -> tuple[Draft, ...] | None:
    """The drafts of a reply, none for a reply that claims nothing; None where it is no such reply."""
    text = _THINKING.sub("", reply[:_LONGEST])
    found: list[Draft] = []
    empty = False
    for value in _objects(text):
        claims = value.get("claims")
        if isinstance(claims, list):
            empty = empty or not claims
            found += [draft for item in claims if (draft := _draft(item))]
        elif draft := _draft(value):
            found.append(draft)
    if not found and not empty:
        found = list(_prose(text))
    if not found and not empty:
        return None
    return tuple(dict.fromkeys(found))


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Whole JSON objects of a text, outermost first; of one that is cut, the whole ones inside it."""
    decoder = json.JSONDecoder(strict=False)
    at = text.find("{")
    for _ in range(_TRIES):
        if at < 0:
            return
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            if isinstance(value, dict):
                yield value
        at = text.find("{", end)


def _draft(value: Any) -> Draft | None:
    """A draft from what should be a claim; None where there are no words."""
    if not isinstance(value, dict):
        return None
    words = value.get("text", value.get("claim"))
    if not isinstance(words, str):
        return None
    text, inline = _unmark(words)
    if not any(char.isalnum() for char in text):
        return None
    named = [*_numbers(value.get("sources", value.get("source"))), *inline]
    return Draft(text, tuple(dict.fromkeys(named)), _quotes(value.get("quotes", value.get("quote"))))


def _unmark(words: str) -> tuple[str, list[int]]:
    """A sentence without its `[1]` marks, on one line, and the numbers in them."""
    numbers = [int(n) for mark in _MARK.findall(words) for n in re.findall(r"\d+", mark)]
    return " ".join(_MARK.sub("", words).split()), numbers


def _numbers(value: Any, depth: int = 0) -> list[int]:
    """Numbers of sources from whatever stands in their place: 1, "1", "[1, 2]", [{"id": 1}]."""
    if isinstance(value, bool) or value is None or depth > 3:
        return []
    if isinstance(value, float):
        return [int(value)] if value.is_integer() and abs(value) < 1e6 else []
    if isinstance(value, int):
        return [value]
    if isinstance(value, str):
        return [int(number) for number in re.findall(r"(?<!\d)\d{1,4}(?!\d)", value, re.ASCII)]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [number for item in inside for number in _numbers(item, depth + 1)]


def _quotes(value: Any) -> tuple[str, ...]:
    """Quoted words; one with an ellipsis is two quotes."""
    items = value if isinstance(value, list) else [value]
    parts = [part.strip() for item in items if isinstance(item, str) for part in _ELLIPSIS.split(item)]
    return tuple(dict.fromkeys(part for part in parts if any(char.isalnum() for char in part)))


def _prose(text: str) -> Iterator[Draft]:
    """Sentences that carry a `[1]` mark."""
    for line in _SENTENCE.split(text):
        words, numbers = _unmark(_BULLET.sub("", line))
        if numbers and any(char.isalpha() for char in words):
            yield Draft(words, tuple(dict.fromkeys(numbers)))
