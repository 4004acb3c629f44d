"""Puts the parts together and listens on loopback."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from mcp.server import MCPServer

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


def application(gateway: Gateway, door: Door, agents: MCPServer | None = None) -> Any:
    """The whole ASGI application, guard and all.

    Args:
        agents: what answers at `/mcp`; its session manager must run meanwhile.
    """
    parts = (pages, openai, ollama, embeddings, responses, fim, api)
    routes: list[Any] = [route for part in parts for route in part.routes()]
    if agents is not None:
        from mcp.server.transport_security import TransportSecuritySettings

        trusted = TransportSecuritySettings(
            allowed_hosts=sorted(door.hosts),
            allowed_origins=sorted(door.origins | {f"http://{host}" for host in door.hosts}),
        )
        routes += agents.streamable_http_app(transport_security=trusted).routes
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

    agents = _agents(gateway)
    config = uvicorn.Config(
        application(gateway, door, agents),
        log_level="critical",
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        date_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,  # seconds for what is nearly done; then streams are broken off
        h11_max_incomplete_event_size=64 << 10,
    )
    server = uvicorn.Server(config)
    try:
        async with AsyncExitStack() as running:
            if agents is not None:
                await running.enter_async_context(agents.session_manager.run())
            if ready is not None:
                ready()
            with suppress(KeyboardInterrupt):
                await server.serve(sockets=[sock])
    finally:
        await gateway.close()


def _agents(gateway: Gateway) -> MCPServer | None:
    """The vault for agents, where the protocol's library is installed."""
    try:
        import mcp  # noqa: F401
    except ImportError:
        return None
    from notec.front import mcp as tools

    return tools.server(gateway.vaults)


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
