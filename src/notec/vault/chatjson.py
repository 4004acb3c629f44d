"""Exports of ChatGPT (`conversations.json`) and Claude as notes.

One file is one note: a heading per conversation, and under it the messages as turns, in the order of
the branch that was last shown. What a tool said to the model, what the model said to a tool, hidden
messages and the model's own deliberation are left out; code that it ran is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from notec.core import Diagnostic, Outcome, Severity
from notec.vault.canvas import load_json
from notec.vault.derive import Derived, clean
from notec.vault.note import Note

HEAD = 1 << 16  # bytes by which an export is told from other JSON
_CITATION = re.compile("\ue200.*?\ue201|[\ue200-\ue206]", re.DOTALL)  # ChatGPT's marks of web sources
_ROLES = {"human": "user", "user": "user", "assistant": "assistant", "system": "system"}


class _Message(NamedTuple):
    role: str
    name: str
    time: str
    id: str
    text: str


def looks_like_chat(head: bytes) -> bool:
    """Whether a file that begins with `head` (up to `HEAD` bytes) is an export of ChatGPT or Claude."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] not in (b"[", b"{"):
        return False
    keys = set(re.findall(rb'"(\w{2,20})"\s*:', start))
    return {b"mapping", b"create_time"} <= keys or {b"chat_messages", b"uuid"} <= keys


def read_chat(path: str, text: str, *, dialect: str = "obsidian") -> Outcome[Note]:
    """The note of a chat export. Never raises; diagnostics have the codes `bad-json` and `bad-chat`."""
    derived = Derived(path, dialect)
    stem = PurePosixPath(path).stem
    loaded = load_json(path, text)
    if loaded.value is None:
        return derived.note(stem, diagnostics=loaded.diagnostics)
    found = loaded.value
    if isinstance(found, dict):
        several = found.get("conversations")
        found = several if isinstance(several, list) else [found]
    conversations = [c for c in found if isinstance(c, dict)] if isinstance(found, list) else []
    broken = 0
    for conversation in conversations:
        mapping, messages = conversation.get("mapping"), conversation.get("chat_messages")
        derived.heading(1, _title(conversation))
        if isinstance(mapping, dict):
            turns = _chatgpt(mapping, conversation.get("current_node"))
        elif isinstance(messages, list):
            turns = _claude(messages)
        else:
            broken += 1
            continue
        for turn in turns:
            derived.turn(*turn)
    said = []
    if broken or not conversations:
        what = f"{broken} of its conversations hold" if conversations else "holds"
        message = f"{path}: {what} no messages as ChatGPT or Claude export them"
        said.append(Diagnostic("bad-chat", Severity.WARNING, message, path))
    only = conversations[0] if len(conversations) == 1 else {}
    uid = only.get("uuid") or only.get("conversation_id") or only.get("id")
    title = _title(only) if only else stem
    return derived.note(title, uid=uid if isinstance(uid, str) else "", diagnostics=tuple(said))


def _title(conversation: dict[str, Any]) -> str:
    title = conversation.get("title") or conversation.get("name")
    return title if isinstance(title, str) else ""


def _chatgpt(mapping: dict[str, Any], current: Any) -> Iterator[_Message]:
    """The messages from the first to the one shown last; a tree that bites its tail is cut."""
    if not isinstance(current, str) or current not in mapping:
        current = _last_leaf(mapping)
    branch: list[dict[str, Any]] = []
    seen: set[str] = set()
    while isinstance(current, str) and current not in seen and isinstance(mapping.get(current), dict):
        seen.add(current)
        node = mapping[current]
        branch.append(node)
        current = node.get("parent")
    for node in reversed(branch):
        message = _chatgpt_message(node.get("message"))
        if message:
            yield message


def _last_leaf(mapping: dict[str, Any]) -> str:
    """The newest message without an answer, for exports that do not name the one shown last."""
    leaves = {
        key: _dict(_dict(node).get("message")).get("create_time")
        for key, node in mapping.items()
        if not _dict(node).get("children")
    }
    return max(leaves, key=lambda key: (_seconds(leaves[key]), key), default="")


def _chatgpt_message(message: Any) -> _Message | None:
    message = _dict(message)
    author, content, about = (_dict(message.get(key)) for key in ("author", "content", "metadata"))
    role = _ROLES.get(str(author.get("role")), "")
    kind = content.get("content_type")
    if not role or role == "system" or about.get("is_visually_hidden_from_conversation"):
        return None
    if kind == "code" and message.get("recipient") in ("python", "all", None):
        language = content.get("language")
        text = _fenced(_text(content.get("text")), language if isinstance(language, str) else "python")
    elif kind in ("text", "multimodal_text") and message.get("recipient") in ("all", None):
        parts = content.get("parts")
        text = "\n\n".join(_part(part) for part in (parts if isinstance(parts, list) else []))
    else:
        return None
    text = _CITATION.sub("", text).strip()
    if not text:
        return None
    model = about.get("model_slug")
    name = "User" if role == "user" else _text(author.get("name")) or _text(model) or "ChatGPT"
    return _Message(role, name, _time(message.get("create_time")), _text(message.get("id")), text)


def _part(part: Any) -> str:
    """One part of a message: words, or the name of what was shown."""
    if isinstance(part, str):
        return part
    kind = _text(_dict(part).get("content_type"))
    if kind == "audio_transcription":
        return _text(part.get("text"))
    return f"[{kind.removesuffix('_asset_pointer') or 'attachment'}]" if kind else ""


def _claude(messages: Iterable[Any]) -> Iterator[_Message]:
    for message in map(_dict, messages):
        role = _ROLES.get(str(message.get("sender")), "")
        content = message.get("content")
        parts = [_dict(part) for part in content] if isinstance(content, list) else []
        text = "\n\n".join(_text(part.get("text")) for part in parts if part.get("type") == "text").strip()
        text = text or _text(message.get("text")).strip()
        files = [message.get(key) for key in ("attachments", "files", "files_v2")]
        names = [
            _text(_dict(file).get("file_name"))
            for group in files
            if isinstance(group, list)
            for file in group
        ]
        text = "\n\n".join([text, *(f"[{name}]" for name in dict.fromkeys(names) if name)]).strip()
        if role in ("user", "assistant") and text:
            name = "User" if role == "user" else "Claude"
            yield _Message(role, name, _time(message.get("created_at")), _text(message.get("uuid")), text)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return clean(value) if isinstance(value, str) else ""


def _fenced(code: str, language: str) -> str:
    """`code` in a fence longer than any inside it."""
    longest = max((len(run) for run in re.findall("`{3,}", code)), default=2)
    fence = "`" * (longest + 1)
    return (
        f"{fence}{re.sub(r'[^A-Za-z0-9+#.-]', '', language)}\n{code.strip(chr(10))}\n{fence}"
        if code.strip()
        else ""
    )


def _seconds(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and 0 < value < 4e9 else 0.0


def _time(value: Any) -> str:
    """ISO 8601 in UTC, to the second; ChatGPT writes seconds since 1970, Claude ISO already."""
    if isinstance(value, str):
        try:
            read = datetime.fromisoformat(value)
        except ValueError:
            return ""
        return _iso(read.astimezone(UTC) if read.tzinfo and 2 < read.year < 9998 else read)
    return _iso(datetime.fromtimestamp(_seconds(value), UTC)) if _seconds(value) else ""


def _iso(moment: datetime) -> str:
    return moment.replace(microsecond=0, tzinfo=None).isoformat() + ("Z" if moment.tzinfo else "")
