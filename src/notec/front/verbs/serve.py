"""`notec serve`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from notec.core import NotecError

if TYPE_CHECKING:
    from notec.front.session import Session

NAME = "serve"
EXAMPLE = """notec --vault ~/vault serve
curl -s -H "Authorization: Bearer $(cat TOKEN_FILE)" http://127.0.0.1:8766/v1/models"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=_port, default=None, help="default: 8766; 0 takes a free one")
    parser.add_argument("--parallel", type=int, default=8, help="requests that the engine works on at once")
    parser.add_argument(
        "--keep-alive", type=float, default=10.0, metavar="SECONDS", help="of silence before a stream says so"
    )
    parser.add_argument(
        "--link",
        action="store_true",
        help="a new link for a browser to the server that runs, and nothing else",
    )
    parser.add_argument("--new-token", action="store_true", help="make a new token; the old one is void")


def run(session: Session) -> int:
    """Serve until Ctrl-C."""
    try:
        import aiohttp  # noqa: F401
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise NotecError(
            f"serving needs {error.name}, which is not installed", "pip install 'notec[serve]'"
        ) from None
    from notec.app.serving import Vaults, engine_of, serve_token
    from notec.front.http import server
    from notec.front.http.gateway import Gateway
    from notec.front.http.guard import Door, sign_in_code

    options, workspace = session.options, session.workspace
    if options.link:
        base = f"http://{server.HOST}:{options.port or server.PORT}"
        link = f"{base}/signin?code={sign_in_code(serve_token(workspace.home))}"
        session.data({"sign_in": link}) if session.json else session.out(link)
        return 0
    sock = server.listen(server.PORT if options.port is None else options.port)
    port = sock.getsockname()[1]
    token = serve_token(workspace.home, renew=options.new_token)
    with engine_of(workspace.config) as engine:
        vaults = Vaults(workspace, engine)
        door = Door(token, server.hosts_of(port))
        address = f"http://{server.HOST}:{port}"

        def ready() -> None:
            shown = {
                "address": address,
                "token_file": str(workspace.home / "serve-token"),
                "engine": engine.url if engine else None,
                "sign_in": f"{address}/signin?code={sign_in_code(token)}",
            }
            if session.json:
                session.data(shown)
            else:
                session.out(f"serving {workspace.vault}")
                session.out(f"  base URL   {address}/v1   (Ollama's dialect: {address})")
                session.out(f"  API key    {token}")
                session.out(f"  browser    {shown['sign_in']}   (works once)")
                session.out(
                    f"  engine     {engine.url if engine else 'none: models that end in +vault:select work'}"
                )
                session.out("Ctrl-C stops it")
            import sys

            sys.stdout.flush()

        try:
            server.run(Gateway(vaults, engine, options.parallel, options.keep_alive), door, sock, ready)
        finally:
            vaults.close()
            sock.close()
    return 0


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value < 1 << 16:
        raise argparse.ArgumentTypeError(f"{text}: a port is a number up to 65535")
    return value
