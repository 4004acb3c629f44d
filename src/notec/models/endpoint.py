"""An OpenAI-compatible server: where it is, how patient to be, and what its refusals mean."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from notec.core import NotecError
from notec.models.transport import (
    Address,
    BrokenError,
    RefusedError,
    Response,
    TooLongError,
    Watch,
    exchange,
)

MAX_BODY = 256 * 1024 * 1024  # bytes of an answer that is read as a whole (1,000 embeddings are about 30 MB)
_MAX_ERROR = 64 * 1024
_ENDPOINTS = ("/chat/completions", "/completions", "/embeddings", "/rerank", "/models")


class StatusError(NotecError):
    """The server answered with an HTTP error."""

    def __init__(self, status: int, reason: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.status = status
        self.reason = reason  # in the server's own words


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds; None waits without a limit.

    Args:
        connect: for a connection.
        first_token: from sending a request to the first token; a long prompt takes minutes to read.
        stall: between two tokens.
        retries: how often to ask again when the server cannot be reached, is loading or busy. Nothing is
            asked again once a token has come.
        backoff: before the first retry; doubled for each, with a random part, up to 60 s.
    """

    connect: float = 10.0
    first_token: float | None = None
    stall: float | None = 120.0
    retries: int = 4
    backoff: float = 0.5


@dataclass(frozen=True)
class Endpoint:
    """A server that the user allows notec to speak to.

    Args:
        url: `http://127.0.0.1:8080`, with or without `/v1` or the path of an endpoint.
        api_key: sent as a bearer token where it is not empty.
        allowed_hosts: names (`host` or `host:port`) besides this machine that the user named as his own.

    Raises:
        NotecError: the address is none, or leads to a host that is not allowed.
    """

    url: str
    api_key: str = field(default="", repr=False)
    allowed_hosts: tuple[str, ...] = ()
    patience: Patience = field(default_factory=Patience)
    address: Address = field(init=False, repr=False)

    def __post_init__(self) -> None:
        address = Address.of(self.url, self.allowed_hosts)
        path = address.path
        for ending in _ENDPOINTS:
            path = path.removesuffix(ending)
        address = Address(address.scheme, address.host, address.port, path or "/v1", address.local)
        object.__setattr__(self, "address", address)

    @property
    def base(self) -> str:
        """The normalised address, such as `http://127.0.0.1:8080/v1`; holds no secret."""
        return self.address.url()

    @contextmanager
    def open(self, path: str, body: Mapping[str, Any] | None, watch: Watch) -> Generator[Response]:
        """A successful answer to one request (GET where `body` is None), closed when the block is left.

        Asks again, with a growing pause, while the server refuses the connection or says that it is busy or
        broken (429, 500, 502, 503, 504).

        Raises:
            CancelledError, TooLongError, BrokenError: as the transport does.
            NotecError: the server cannot be reached, or (`StatusError`) refuses the request.
        """
        pause = self.patience.backoff
        for left in range(self.patience.retries, -1, -1):
            watch.restart()
            try:
                with self._once(path, body, watch) as response:
                    if response.status == 200:
                        yield response
                        return
                    error: NotecError = self._status_error(path, response)
                    after = response.headers.get("retry-after", "")
            except RefusedError as refused:
                error, after = self._unreachable(refused), ""
            if not left or (isinstance(error, StatusError) and not _passing(error.status)):
                raise error
            wait = float(after) if after.isdigit() else pause * random.uniform(0.8, 1.2)  # noqa: S311  (not a secret)
            watch.sleep(min(wait, 60.0))
            pause *= 2

    def _once(
        self, path: str, body: Mapping[str, Any] | None, watch: Watch
    ) -> AbstractContextManager[Response]:
        headers = {"accept": "text/event-stream, application/json", "user-agent": "notec"}
        content = b""
        if body is not None:
            content = json.dumps(body).encode()
            headers["content-type"] = "application/json"
        if self.api_key:
            headers["authorization"] = f"Bearer {self.api_key}"
        return exchange(
            self.address,
            "GET" if body is None else "POST",
            path,
            headers=headers,
            body=content,
            watch=watch,
            connect_timeout=self.patience.connect,
        )

    def ask(self, path: str, body: Mapping[str, Any] | None, watch: Watch) -> Any:
        """The JSON of an answer that comes as a whole.

        Raises:
            CancelledError: as the watch says.
            NotecError: anything else that went wrong.
        """
        try:
            with self.open(path, body, watch) as response:
                data = response.read(MAX_BODY)
        except BrokenError as error:
            raise NotecError(f"{self.base}{path}: the connection broke ({error})", "ask again") from None
        except TooLongError:
            raise NotecError(
                f"{self.base}{path}: no answer within the limit", "see whether the server is still working"
            ) from None
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            raise self.not_openai(data) from None

    def models(self, watch: Watch | None = None) -> tuple[str, ...]:
        """The names of the models that the server offers; asked anew each time."""
        found = self.ask("/models", None, watch or Watch(limit=10.0))
        rows = found.get("data") if isinstance(found, dict) else None
        if not isinstance(rows, list):
            return ()
        return tuple(str(row["id"]) for row in rows if isinstance(row, dict) and "id" in row)

    def not_openai(self, data: bytes) -> NotecError:
        """What to say of an answer that is not JSON."""
        return NotecError(
            f"{self.base} does not answer as an OpenAI-compatible server: {_plain(data)!r}",
            "give the address of the API, such as http://127.0.0.1:8080/v1, not of a web page",
        )

    def _unreachable(self, refused: RefusedError) -> NotecError:
        where = f"{self.address.host}:{self.address.port}"
        return NotecError(
            f"no model server can be reached at {where}: {refused}",
            "start the server, or correct the address in notec.toml",
        )

    def _status_error(self, path: str, response: Response) -> StatusError:
        status = response.status
        try:
            reason = _reason(response.read(_MAX_ERROR))
        except BrokenError:
            reason = ""
        message = f"{self.base}{path} answered {status}" + (f": {reason}" if reason else "")
        hint = {
            401: "set the server's API key in notec.toml",
            403: "set an API key that may use this model in notec.toml",
            404: "correct the address or the model's name in notec.toml",
            405: "correct the address in notec.toml: it should end with /v1",
            413: "ask with less context, or start the server with a larger one",
            429: "the server is busy: wait, or let it serve more requests at once",
        }.get(status, "")
        if 300 <= status < 400:
            target = response.headers.get("location", "")
            message = f"{self.base}{path} sends to {target or 'another address'}, which notec does not follow"
            hint = "put the final address into notec.toml"
        elif status == 404 and path != "/models":
            hint = self._hint_for_404() or hint
        elif status >= 500:
            hint = "see the log of the model server"
        elif context_overflow(reason):
            hint = "ask with less context, or start the server with a larger one"
        return StatusError(status, reason, message, hint)

    def _hint_for_404(self) -> str:
        try:
            with self._once("/models", None, Watch(limit=5.0)) as response:
                found = json.loads(response.read(_MAX_ERROR)) if response.status == 200 else {}
            names = [str(row["id"]) for row in found["data"]]
        except (RefusedError, BrokenError, TooLongError, ValueError, KeyError, TypeError, RecursionError):
            return ""
        return f"this server has {', '.join(names[:8])}: name one of them in notec.toml" if names else ""


def context_overflow(reason: str) -> bool:
    """Whether a server's refusal says that the prompt is longer than its context."""
    return bool(
        re.search(r"context.{0,40}(size|length|window|exceed)|(exceed|maximum).{0,40}context", reason, re.I)
    )


def _passing(status: int) -> bool:
    return status in (429, 500, 502, 503, 504)


def _reason(data: bytes) -> str:
    """The server's own words in an error: the forms of OpenAI, llama.cpp, vLLM and FastAPI, or plain text."""
    try:
        found: Any = json.loads(data)
    except (ValueError, RecursionError):
        return _plain(data)
    for key in ("error", "detail", "message"):
        if isinstance(found, dict) and key in found:
            found = found[key]
    text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    return _plain(text.encode("utf-8", "replace"))


def _plain(data: bytes, length: int = 200) -> str:
    """The beginning of a text or page as one line without tags."""
    text = data[: 20 * length].decode("utf-8", "replace")
    text = re.sub(r"<(script|style)\b.*?(</\1>|\Z)|<[^>]*>", " ", text, flags=re.S | re.I)
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= length else text[:length].rstrip() + "…"
