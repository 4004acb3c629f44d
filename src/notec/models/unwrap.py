"""Takes from a model's text what is not the answer: thinking, and the wrapping around a choice."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Literal

_OPEN = re.compile(r"\s*<(think|thinking|thought)>")
_MAYBE_OPEN = re.compile(r"\s*(<[a-z]{0,8})?\Z")
_STRAY_CLOSE = re.compile(r"</(?:think|thinking|thought)>\s*")


class ThinkSplitter:
    """Parts a stream of text into thinking and answer, the same however it is cut into pieces.

    Only a block at the very beginning is thinking: further on the same tag may be the user's own words.
    """

    def __init__(self) -> None:
        self.thinking = ""
        self._state: Literal["start", "inside", "gap", "answer"] = "start"
        self._held = ""
        self._close = ""

    def feed(self, text: str) -> str:
        """The part of the answer that is certain after this piece."""
        self._held += text
        if self._state == "start":
            match = _OPEN.match(self._held)
            if match:
                self._state, self._close = "inside", f"</{match[1]}>"
                self._held = self._held[match.end() :]
            elif not _MAYBE_OPEN.match(self._held):
                self._state = "answer"
        if self._state == "inside":
            end = self._held.find(self._close)
            if end >= 0:
                self._state = "gap"
                self.thinking += self._held[:end]
                self._held = self._held[end + len(self._close) :]
            elif (safe := len(self._held) - len(self._close)) > 0:  # the tag may be cut between two pieces
                self.thinking += self._held[:safe]
                self._held = self._held[safe:]
        if self._state == "gap":
            self._held = self._held.lstrip()
            if self._held:
                self._state = "answer"
        return self._release() if self._state == "answer" else ""

    def end(self) -> str:
        """What was held back, when no more comes. An unclosed block is thinking to its end."""
        if self._state == "inside":
            self.thinking += self._held
            self._held = ""
        return self._release()

    def _release(self) -> str:
        out, self._held = self._held, ""
        return out


def split_stray(text: str) -> tuple[str, str]:
    """Thinking and answer, where a chat template opened the block and only its end stands in the text."""
    match = _STRAY_CLOSE.search(text)
    if match is None:
        return "", text
    return text[: match.start()], text[match.end() :]


def chosen(text: str, choices: Sequence[str]) -> str | None:
    """Which of `choices` a reply means, or None.

    Understands a JSON string, an object or list with one value, quotes, a full stop or a code fence
    around the choice, another case, and a short sentence in which just one of the choices stands as a
    whole word.
    """
    bare = text.strip()
    if bare in choices:
        return bare
    fence = re.fullmatch(r"```\w*\s*(.*?)\s*```", bare, re.S)
    if fence:
        bare = fence[1]
    try:
        value = json.loads(bare)
        while isinstance(value, (dict, list)) and len(value) == 1:
            value = next(iter(value.values())) if isinstance(value, dict) else value[0]
        if isinstance(value, (str, int, float)) and str(value) in choices:
            return str(value)
    except (ValueError, RecursionError):
        pass
    bare = bare.strip("\"'`*.() \n\t«»“”")
    for same in (str, str.casefold):
        found = [choice for choice in choices if same(choice) == same(bare)]
        if len(found) == 1:
            return found[0]
    if len(bare) > 200:  # a long text says many words
        return None
    inside = [c for c in choices if re.search(rf"(?<!\w){re.escape(c)}(?!\w)", text)]
    return inside[0] if len(inside) == 1 else None
