"""How fast the configured model was on this machine, from its own replies in the log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from notec.store.replies import Replies

_FEW = 3  # fewer timed replies tell no speed


class Speed(NamedTuple):
    """Tokens a second that a model was measured to read and to write."""

    prefill: float
    decode: float


def speed(replies: Replies, model: str) -> Speed | None:
    """The speed of the model with that fingerprint; None where too few of its replies were timed."""
    read = written = reading = writing = 0.0
    timed = 0
    for result in replies.recent(model):
        try:
            reply = json.loads(result)["reply"]
            first, whole = reply["first_token_seconds"], reply["seconds"]
        except (ValueError, KeyError, TypeError):
            continue
        if reply.get("prompt_tokens") and reply.get("completion_tokens") and 0 < first < whole:
            timed += 1
            read, reading = read + reply["prompt_tokens"], reading + first
            written, writing = written + reply["completion_tokens"], writing + whole - first
    return Speed(read / reading, written / writing) if timed >= _FEW else None
