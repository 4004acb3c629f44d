"""From a model's reply, however it is wrapped, to plain data that fits a schema."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_THINKING = re.compile(
    r"<(think|thinking|thought)>.*?(?:</\1>|\Z)|\A.*?</(?:think|thinking|thought)>", re.DOTALL
)


def salvage(text: str, schema: Mapping[str, Any]) -> Any:
    """The data of a reply.

    Raises:
        ValueError: there is none that fits.
    """
    bare = _THINKING.sub("", text)
    decoder = json.JSONDecoder(strict=False)
    at = bare.find("{")
    while at >= 0:
        try:
            return decoder.raw_decode(bare, at)[0]
        except ValueError:
            at = bare.find("{", at + 1)
    raise ValueError("it holds no JSON object")
