"""What a browser sees: one page that says what serves, what is indexed and how to connect; and the notes.

Everything is made on the server; no script runs, and nothing is fetched from anywhere else.
"""

from __future__ import annotations

import time
from html import escape
from importlib.resources import files
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from notec.core import NotecError
from notec.front.http.gateway import Gateway
from notec.front.http.guard import COOKIE, Door
from notec.front.http.openai import body_of, gateway_of
from notec.front.http.relay import Refused
from notec.front.http.render import to_html
from notec.version import __version__

OPEN = frozenset(("/", "/signin", "/static/style.css"))  # tell nothing of the vault and change nothing
_ASLEEP = 3600.0  # seconds after which a client is no longer called attached


def routes() -> list[Route]:
    return [
        Route("/", home),
        Route("/signin", sign_in),
        Route("/static/style.css", style),
        Route("/notes/{path:path}", note),
        Route("/pictures/{path:path}", picture),
        Route("/notec/v1/render", render, methods=["POST"]),
    ]


async def home(request: Request) -> Response:
    """The status page for a signed-in browser; for Ollama's clients the sentence that they look for."""
    if "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse("Ollama is running")
    if not request.state.signed_in:
        return HTMLResponse(_page("Sign in", _SIGN_IN), 401)
    return HTMLResponse(_page("notec", await _status(gateway_of(request), request.headers["host"])))


async def sign_in(request: Request) -> Response:
    """A one-time link gives a browser its cookie."""
    door: Door = request.app.state.door
    if not door.take(request.query_params.get("code", "")):
        return HTMLResponse(_page("Sign in", _SIGN_IN), 403)
    answer = RedirectResponse("/", 303)
    answer.set_cookie(COOKIE, door.cookie, httponly=True, samesite="strict", path="/", max_age=30 * 86_400)
    return answer


async def style(request: Request) -> Response:
    text = files("notec.front.http").joinpath("static/style.css").read_text("utf-8")
    return Response(text, media_type="text/css")


async def note(request: Request) -> Response:
    from notec.app.reading import page

    path = _exact(request)
    try:
        found = await gateway_of(request).vault(lambda ws: page(ws, path))
    except Refused as error:
        raise Refused(404, error.message, "note_not_found") from None
    title = escape(found.path)
    body = f"<p><a href=/>notec</a></p><article>{to_html(found.text, found.links)}</article>"
    return HTMLResponse(_page(title, body))


async def picture(request: Request) -> Response:
    from notec.app.reading import picture as of

    path = _exact(request)
    try:
        data, kind = await gateway_of(request).vault(lambda ws: of(ws, path))
    except (Refused, NotecError, OSError, ValueError) as error:
        raise Refused(404, getattr(error, "message", "no such picture"), "picture_not_found") from None
    return Response(data, media_type=kind)


async def render(request: Request) -> Response:
    """Markdown of a note or of a model as HTML that can do nothing."""
    text = (await body_of(request)).get("markdown")
    if not isinstance(text, str):
        raise Refused(400, "`markdown` is a text", "markdown")
    return HTMLResponse(to_html(text))


def _exact(request: Request) -> str:
    """The path as the client wrote it: decoded once, so that nothing hides behind a second decoding."""
    raw: bytes = request.scope.get("raw_path") or b""
    tail = raw.split(b"?", 1)[0].decode("ascii", "replace").split("/", 2)[2]
    return unquote(tail, errors="surrogateescape")


_SIGN_IN = """
<h1>notec</h1>
<p>This page opens with a link that <code>notec serve</code> shows when it starts. It works once, for ten
minutes; <code>notec serve --link</code> makes a new one.</p>"""


async def _status(gateway: Gateway, host: str) -> str:
    names = await gateway.names()
    engine = await gateway.engine_names()
    try:
        status = await gateway.vault(lambda ws: ws.status())
    except Refused as error:
        status = {"vault": error.message}
    return "".join(
        [
            "<h1>notec</h1>",
            _part("Serves", _serves(gateway, engine)),
            _part("Indexed", _indexed(status)),
            _part("Attached", _attached(gateway)),
            _part("Connect", _connect(host, names)),
        ]
    )


def _part(title: str, body: str) -> str:
    return f"<section><h2>{title}</h2>{body}</section>"


def _rows(rows: list[tuple[str, str]]) -> str:
    return "<dl>" + "".join(f"<dt>{escape(k)}</dt><dd>{v}</dd>" for k, v in rows) + "</dl>"


def _serves(gateway: Gateway, engine: tuple[str, ...]) -> str:
    if gateway.engine is None:
        return "<p>No model server is configured; models ending in <code>+vault:select</code> need none.</p>"
    state = "answers" if engine else "<strong>does not answer</strong>"
    rows = [("model server", f"<code>{escape(gateway.engine.url)}</code> {state}")]
    rows += [("models", " ".join(f"<code>{escape(name)}</code>" for name in engine))] if engine else []
    rows.append(("waiting in line", str(gateway.line.waiting)))
    return _rows(rows)


def _indexed(status: dict[str, Any]) -> str:
    rows = [("vault", f"<code>{escape(str(status['vault']))}</code>")]
    for key in ("notes", "statements", "links"):
        if key in status:
            rows.append((key, f"{status[key]:,}"))
    behind = status.get("behind") or {}
    if late := sum(behind.values()):
        rows.append(("newer than the index", f"{late:,}: run <code>notec index</code>"))
    return _rows(rows)


def _attached(gateway: Gateway) -> str:
    now = time.time()
    seen = [c for c in sorted(gateway.clients.values(), key=lambda c: -c.seen) if now - c.seen < _ASLEEP]
    if not seen:
        return "<p>Nobody has asked within the last hour.</p>"
    return _rows([(c.name, f"{c.calls:,} requests, last {_ago(now - c.seen)}") for c in seen])


def _ago(seconds: float) -> str:
    return "now" if seconds < 60 else f"{seconds // 60:.0f} min ago"


def _connect(host: str, names: list[str]) -> str:
    rows = [
        ("OpenAI base URL", f"<code>http://{escape(host)}/v1</code>"),
        ("Ollama address", f"<code>http://{escape(host)}</code>"),
        ("MCP address", f"<code>http://{escape(host)}/mcp</code>"),
        ("API key", "the token that <code>notec serve</code> shows"),
        ("models", "<br>".join(f"<code>{escape(name)}</code>" for name in names)),
    ]
    return _rows(rows)


def _page(title: str, body: str) -> str:
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><link rel=stylesheet href=/static/style.css></head>"
        f"<body><main>{body}</main><footer>notec {escape(__version__)}</footer></body></html>"
    )
