"""One `Endpoint`, whatever serves: an OpenAI-compatible server on this machine and what it can do.

The HTTP here is the little that launching needs: asking whether a server is ready, probing it, saving and
restoring its state. Questions of notes go through another door.
"""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import httpcore

from notec.core import NotecError

Choice = Literal["grammar", "structured", "regex", "schema", "none"]
LoraSwitch = Literal["scale", "model", "none"]


@dataclass(frozen=True)
class Capabilities:
    """What a server offers, as its documentation says; `probe` finds out what is true.

    Args:
        schema: replies under a JSON schema.
        choice: how one of a few answers is enforced: llama.cpp's `grammar`, vLLM's `structured` outputs,
            SGLang's `regex`, or an enumeration in a JSON `schema`.
        logprobs: log-probabilities of the tokens.
        prefix_reuse: a prompt that begins like an earlier one is not computed anew.
        slots: the state of a prompt can be saved to a file and restored.
        lora: adapters are switched per request by a `scale` each or by the name of the `model`.
        speculation: n-gram lookup or a draft model.
    """

    schema: bool = False
    choice: Choice = "none"
    logprobs: bool = False
    prefix_reuse: bool = False
    slots: bool = False
    lora: LoraSwitch = "none"
    speculation: bool = False


class HttpError(NotecError):
    """The server answered with an error."""

    def __init__(self, status: int, reason: str, url: str) -> None:
        super().__init__(f"{url} answered {status}: {reason}", "see the log of the model server")
        self.status = status
        self.reason = reason


class UnreachableError(NotecError):
    """Nobody answers at the address, or not within the limit."""


@dataclass(frozen=True)
class Endpoint:
    """A model server that may be spoken to.

    Args:
        url: base of the OpenAI-compatible interface, such as `http://127.0.0.1:8080/v1`.
        engine: the adapter's name, such as `llama-server`; empty where somebody else started the server.
        model: the name to send with a request.
        fingerprint: weights and engine build; see `notec.engine.fingerprint`.
        loras: names of the LoRA adapters that it was started with, in their order.
        allowed_hosts: hosts beyond this machine that the user named as his own.

    Raises:
        NotecError: the address leads away from this machine.
    """

    url: str
    engine: str = ""
    model: str = ""
    fingerprint: str = ""
    capabilities: Capabilities = field(default_factory=Capabilities)
    loras: tuple[str, ...] = ()
    api_key: str = field(default="", repr=False)
    allowed_hosts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or not host:
            raise NotecError(f"{self.url!r} is not an http address", "write it as http://127.0.0.1:8080/v1")
        if not is_local(host) and host not in self.allowed_hosts:
            raise NotecError(
                f"{host} is not this machine", f'add "{host}" to allowed_hosts in notec.toml if it is yours'
            )

    @property
    def root(self) -> str:
        """The address without `/v1`."""
        return self.url.rstrip("/").removesuffix("/v1")

    def get(self, path: str, timeout: float = 10.0) -> Any:
        """The JSON at `path` (from the root, or from `/v1` where it does not begin with a slash).

        Raises:
            HttpError, UnreachableError: see there.
        """
        return self._whole("GET", path, None, timeout)

    def post(self, path: str, body: Mapping[str, Any] | list[Any], timeout: float | None = None) -> Any:
        """The JSON that comes back for `body`; waits without a limit where `timeout` is None."""
        return self._whole("POST", path, body, timeout)

    @contextmanager
    def stream(
        self, path: str, body: Mapping[str, Any], timeout: float | None = None
    ) -> Iterator[Iterator[Any]]:
        """The data of the server-sent events, one by one, as they come."""
        with self._open("POST", path, {**body, "stream": True}, timeout) as response:
            yield _events(response)

    def _whole(self, method: str, path: str, body: Any, timeout: float | None) -> Any:
        with self._open(method, path, body, timeout) as response:
            raw = response.read()
        try:
            return json.loads(raw) if raw.strip() else None
        except (ValueError, RecursionError):
            raise HttpError(response.status, "not JSON", self._address(path)) from None

    def _address(self, path: str) -> str:
        return self.root + path if path.startswith("/") else f"{self.url.rstrip('/')}/{path}"

    @contextmanager
    def _open(self, method: str, path: str, body: Any, timeout: float | None) -> Iterator[httpcore.Response]:
        url = self._address(path)
        headers = {"user-agent": "notec", "connection": "close"}
        if body is not None:
            headers["content-type"] = "application/json"
        if self.api_key:
            headers["authorization"] = f"Bearer {self.api_key}"
        limits = {"connect": min(timeout or 10.0, 10.0), "read": timeout, "write": timeout, "pool": timeout}
        content = None if body is None else json.dumps(body).encode()
        try:
            with (
                httpcore.ConnectionPool(max_connections=1) as pool,
                pool.stream(
                    method,
                    url,
                    headers=list(headers.items()),
                    content=content,
                    extensions={"timeout": limits},
                ) as response,
            ):
                if response.status != 200:
                    raise HttpError(response.status, _reason(response.read()), url)
                yield response
        except httpcore.TimeoutException:
            raise UnreachableError(f"{url}: no answer within {timeout:g} s", "see the server's log") from None
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise UnreachableError(
                f"{url}: {error or 'the connection was closed'}", "see whether the server still runs"
            ) from None


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_taken(port: int) -> bool:
    """Whether a program on this machine has the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def is_local(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _events(response: httpcore.Response) -> Iterator[Any]:
    rest = b""
    for chunk in response.iter_stream():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            data = line.removeprefix(b"data:").strip()
            if line.startswith(b"data:") and data != b"[DONE]":
                yield json.loads(data)


def _reason(raw: bytes) -> str:
    """The server's own words in an error."""
    try:
        found: Any = json.loads(raw)
    except (ValueError, RecursionError):
        return " ".join(raw[:300].decode("utf-8", "replace").split())
    for key in ("error", "detail", "message"):
        if isinstance(found, dict) and key in found:
            found = found[key]
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)[:300]
