"""Puts the parts together and listens on loopback."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from notec.core import NotecError
from notec.front.http import api, embeddings, fim, ollama, openai, pages, responses
from notec.front.http.gateway import Gateway
from notec.front.http.guard import BodyError, Door, Guard
from notec.front.http.relay import Refused
from notec.front.http.said import dialect_of, error_body

HOST = "127.0.0.1"
PORT = 8766
_BACKLOG = 128


def listen(port: int) -> socket.socket:
    """A socket on loopback.

    Raises:
        NotecError: somebody has the port.
    """
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((HOST, port))
        taken.listen(_BACKLOG)
    except OSError:
        taken.close()
        raise NotecError(
            f"port {port} is taken", f"is notec serving already? else choose another: --port {port + 1}"
        ) from None
    return taken


def hosts_of(port: int) -> frozenset[str]:
    """What a client of this machine may call us."""
    return frozenset(f"{name}:{port}" for name in (HOST, "localhost", "[::1]"))


def application(gateway: Gateway, door: Door) -> Any:
    """The whole ASGI application, guard and all."""
    parts = (pages, openai, ollama, embeddings, responses, fim, api)
    routes = [route for part in parts for route in part.routes()]
    app = Starlette(
        routes=routes,
        exception_handlers={
            Refused: _refused,
            BodyError: _refused,
            NotecError: _told,
            HTTPException: _http,
            Exception: _broken,
        },
    )
    app.state.gateway, app.state.door = gateway, door
    app.state.responses = responses.Kept()
    return Guard(app, door, pages.OPEN, gateway.met)


def run(gateway: Gateway, door: Door, sock: socket.socket, ready: Callable[[], None] | None = None) -> None:
    """Serve until Ctrl-C."""
    import asyncio

    asyncio.run(serve(gateway, door, sock, ready))


async def serve(
    gateway: Gateway, door: Door, sock: socket.socket, ready: Callable[[], None] | None = None
) -> None:
    """Serve in this event loop until cancelled or told to stop by a signal."""
    import uvicorn

    config = uvicorn.Config(
        application(gateway, door),
        log_level="critical",
        access_log=False,
        lifespan="off",
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
        h11_max_incomplete_event_size=64 << 10,
    )
    server = uvicorn.Server(config)
    if ready is not None:
        ready()
    try:
        with suppress(KeyboardInterrupt):
            await server.serve(sockets=[sock])
    finally:
        await gateway.close()


async def _refused(request: Request, error: Any) -> Response:
    body = error_body(dialect_of(request.url.path), error.status, error.message, getattr(error, "code", ""))
    return JSONResponse(body, error.status)


async def _told(request: Request, error: Any) -> Response:
    return JSONResponse(error_body(dialect_of(request.url.path), 409, str(error), "notec"), 409)


async def _http(request: Request, error: Any) -> Response:
    known = {404: f"no such address: {request.url.path[:200]}", 405: "this address takes another method"}
    said = known.get(error.status_code, str(error.detail))
    return JSONResponse(
        error_body(dialect_of(request.url.path), error.status_code, said), error.status_code, error.headers
    )


async def _broken(request: Request, error: Exception) -> Response:
    said = f"a fault of notec itself ({type(error).__name__}); the log has it"
    return JSONResponse(error_body(dialect_of(request.url.path), 500, said, "bug"), 500)
