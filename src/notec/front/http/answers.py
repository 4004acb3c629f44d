"""Answers of the vault to a chat: the last message is the question, those before give its context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from notec.front.http.gateway import Target
from notec.front.http.relay import Refused

if TYPE_CHECKING:
    from notec.app import Workspace
    from notec.ask.told import Told


def told(workspace: Workspace, target: Target, messages: Sequence[Mapping[str, Any]]) -> Told:
    """The vault's answer.

    Raises:
        Refused: nothing was asked.
        NotecError: there is no index, or no such note for a brief.
    """
    asked = [text_of(m.get("content")) for m in messages if m.get("role") == "user"]
    if not asked or not asked[-1].strip():
        raise Refused(400, "the last message of the user is empty", "empty")
    from notec.app.answering import converse, tell

    if target.kind == "brief":
        return tell(workspace, workspace.brief(asked[-1].strip()))
    answer = converse(workspace, asked, mode="compose" if target.kind == "compose" else "select")
    return tell(workspace, answer)


def text_of(content: Any) -> str:
    """The words of a message, which may come in parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        texts = [p.get("text") for p in content if isinstance(p, dict)]
        return "\n".join(text for text in texts if isinstance(text, str))
    return ""
