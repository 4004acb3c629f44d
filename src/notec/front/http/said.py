"""Errors in the asker's own dialect, and nothing of ours in them that he cannot use."""

from __future__ import annotations

import json
from typing import Any, Literal

Dialect = Literal["openai", "ollama"]
_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
}


def dialect_of(path: str) -> Dialect:
    """Ollama's own routes stand under `/api/`; everything else speaks as OpenAI does."""
    return "ollama" if path.startswith("/api/") and not path.startswith("/api/v0/") else "openai"


def error_body(dialect: Dialect, status: int, message: str, code: str = "") -> dict[str, Any]:
    """An error as clients of this dialect read it. OpenAI's form is an object, Ollama's a sentence."""
    kind = _TYPES.get(
        status, "rate_limit_error" if status == 429 else "server_error" if status >= 500 else _TYPES[400]
    )
    message = message.encode("utf-8", "replace").decode()  # a name with a broken byte is shown with a mark
    if dialect == "ollama":
        return {"error": message, "type": kind, "code": code or None}
    return {"error": {"message": message, "type": kind, "param": None, "code": code or None}}


async def refusal(send: Any, dialect: Dialect, status: int, message: str, code: str = "") -> None:
    """Send an error and nothing else."""
    body = json.dumps(error_body(dialect, status, message, code), ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if status in (408, 413):
        headers.append((b"connection", b"close"))  # the rest of its body is not read
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
