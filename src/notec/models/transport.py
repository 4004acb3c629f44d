"""One HTTP exchange that is waited for without a limit, and given up at once when it should be.

A blocking read cannot be called off, so the socket is read in slices of `SLICE` seconds, and a `Watch`
is asked between them. Built on httpcore, the transport below httpx, which has none of what would have
to be switched off here: it follows no redirect, reads no proxy from the environment, keeps no cookie.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpcore

from notec.core import NotecError
from notec.models.base import Cancel

SLICE = 0.1  # seconds; how soon a cancel is noticed


class CancelledError(Exception):
    """The caller wished to stop."""


class TooLongError(Exception):
    """Nothing came within the limit."""


class RefusedError(Exception):
    """No connection could be made; the server has seen nothing of the request."""


class BrokenError(Exception):
    """The connection was lost, or what came over it was not HTTP."""


class Watch:
    """Knows when to give up waiting.

    Args:
        cancel: asked at every `check`.
        limit: seconds since the last `touch`, or None for no limit.
    """

    def __init__(self, cancel: Cancel | None = None, limit: float | None = None) -> None:
        self._cancel = cancel
        self._limit = limit
        self._since = time.monotonic()

    def touch(self, limit: float | None) -> None:
        """Something came: count anew, to this limit."""
        self._limit = limit
        self.restart()

    def restart(self) -> None:
        """Count anew, to the same limit."""
        self._since = time.monotonic()

    def check(self) -> None:
        """Raise `CancelledError` or `TooLongError` when it is time to."""
        if self._cancel and self._cancel():
            raise CancelledError
        if self._limit is not None and time.monotonic() - self._since > self._limit:
            raise TooLongError

    def sleep(self, seconds: float) -> None:
        """Wait, and notice a cancel meanwhile."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.check()
            time.sleep(min(SLICE, left))


@dataclass(frozen=True)
class Address:
    """A server that may be spoken to; made by `Address.of` alone, which is where privacy is kept."""

    scheme: str
    host: str
    port: int
    path: str
    local: bool

    @classmethod
    def of(cls, url: str, allowed_hosts: Iterable[str] = ()) -> Address:
        """The parts of `url`, when it leads to this machine or to a host that the user named as his own.

        Args:
            allowed_hosts: names as `host` or `host:port`.

        Raises:
            NotecError: the URL is not one of http or https, or leads elsewhere.
        """
        try:
            parts = urlsplit(url.strip())
            host = (parts.hostname or "").encode("idna").decode()
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError as error:
            raise NotecError(
                f"{url!r} is not an address: {error}", "write it as http://127.0.0.1:8080/v1"
            ) from None
        if parts.scheme not in ("http", "https") or not host or not host.isprintable():
            raise NotecError(f"{url!r} is not an http address", "write it as http://127.0.0.1:8080/v1")
        local = is_loopback(host)
        allowed = {name.strip().casefold() for name in allowed_hosts}
        if not local and not {host.casefold(), f"{host}:{port}".casefold()} & allowed:
            raise NotecError(
                f"{host} is not this machine, and notec speaks only to hosts that you named as your own",
                "use 127.0.0.1 for a server on this machine"
                if host in ("0.0.0.0", "::")  # noqa: S104  (compared with, not bound)
                else f'add "{host}" to allowed_hosts in notec.toml if that server is yours',
            )
        return cls(parts.scheme, host, port, parts.path.rstrip("/"), local)

    def url(self, path: str = "") -> str:
        """The whole address, with `path` after its own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}{path}"


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only mean this machine."""
    if host.casefold().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Response:
    """The head of an answer, and its body as it comes."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]

    def read(self, limit: int) -> bytes:
        """The body, up to about `limit` bytes."""
        body = bytearray()
        for chunk in self.chunks:
            body += chunk
            if len(body) >= limit:
                break
        return bytes(body)


@contextmanager
def exchange(
    address: Address,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str],
    body: bytes,
    watch: Watch,
    connect_timeout: float,
) -> Iterator[Response]:
    """Send one request on a connection of its own; leaving the block closes it.

    A server notices the close and stops generating. Raises `CancelledError`, `TooLongError`,
    `RefusedError` or `BrokenError`, while the body is read as well.
    """
    connection = httpcore.HTTPConnection(
        httpcore.Origin(address.scheme.encode(), address.host.encode(), address.port),
        network_backend=_Backend(watch, connect_timeout, address.local),
    )
    head = {
        "host": address.url().split("/")[2],
        "connection": "close",
        "accept-encoding": "identity",
        **headers,
    }
    request = connection.stream(method, address.url(path), headers=list(head.items()), content=body)
    with connection, _translated(), request as response:
        yield Response(
            response.status,
            {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in response.headers},
            iter(response.iter_stream()),
        )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
        raise RefusedError(str(error) or "no answer to the connection") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
        raise BrokenError(str(error) or "the connection was closed") from error


class _Backend(httpcore.NetworkBackend):
    def __init__(self, watch: Watch, connect_timeout: float, local: bool) -> None:
        self._watch = watch
        self._connect_timeout = connect_timeout
        self._local = local

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        self._watch.check()
        try:
            sock = socket.create_connection((host, port), self._connect_timeout)
        except OSError as error:
            raise httpcore.ConnectError(error.strerror or str(error)) from error
        if self._local and not ipaddress.ip_address(sock.getpeername()[0]).is_loopback:
            sock.close()  # a hosts file or a resolver that sends "localhost" elsewhere
            raise httpcore.ConnectError(f"{host} leads away from this machine")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _Stream(sock, self._watch, self._connect_timeout)


class _Stream(httpcore.NetworkStream):
    """A socket read and written in slices, with the watch asked between them."""

    def __init__(self, sock: socket.socket, watch: Watch, connect_timeout: float) -> None:
        self._sock = sock
        self._watch = watch
        self._connect_timeout = connect_timeout

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._sock.settimeout(SLICE)
        while True:
            self._watch.check()
            try:
                return self._sock.recv(max_bytes)
            except TimeoutError:
                continue
            except OSError as error:
                raise httpcore.ReadError(error.strerror or str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._sock.settimeout(SLICE)
        rest = memoryview(buffer)
        while rest:
            self._watch.check()
            try:
                rest = rest[self._sock.send(rest) :]
            except TimeoutError:
                continue
            except OSError as error:
                raise httpcore.WriteError(error.strerror or str(error)) from error

    def close(self) -> None:
        self._sock.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            self._sock.settimeout(self._connect_timeout)
            self._sock = ssl_context.wrap_socket(self._sock, server_hostname=server_hostname)
        except OSError as error:  # ssl.SSLError is one
            self._sock.close()
            raise httpcore.ConnectError(str(error)) from error
        return self

    def get_extra_info(self, info: str) -> Any:
        return self._sock if info == "socket" else None
