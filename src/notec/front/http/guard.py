"""Who may ask: the middleware before every route.

Everything that listens on loopback can be reached by every page in the user's browser. So: a token always
(or the cookie that a one-time link gave); exact lists of hosts, which closes DNS rebinding, and of origins;
JSON alone may change state; bodies have a limit; wrong tokens run into a wall; what goes out says that it may
not be framed, sniffed or scripted.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any

from notec.front.http.said import Dialect, dialect_of, refusal

Scope = MutableMapping[str, Any]

ORIGINS = (
    "app://obsidian.md",  # Obsidian on a desktop
    "capacitor://localhost",  # and on a phone, by the phone's own address
    "file://",  # a desktop program that shows its own files, such as Reor; a browser says `null` of a file
)
KEY = "/key/"  # and the token, before a path: for programs that send no header
READS = ("/api/show",)  # a POST that changes nothing: some clients do not say that it is JSON
COOKIE = "notec"
MAX_BODY = 64 << 20  # bytes: 500 texts for an embedder, or a few pictures
READ_SECONDS = 30.0  # between two pieces of a body
CODE_SECONDS = 600  # for which a link signs a browser in
WRONG_TOKENS = 10  # within a minute; a right one passes whatever happened
SAFE = ("GET", "HEAD", "OPTIONS")
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self';"
        b" form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
)
_ALLOWED_HEADERS = ("authorization", "content-type", "accept", "x-api-key", "api-key", "openai-organization")


@dataclass
class Door:
    """What opens it.

    Args:
        token: of this vault's server.
        hosts: values of `Host` that are answered, such as `127.0.0.1:8765`.
        origins: pages and apps of the user's own that may call from a browser.
    """

    token: str
    hosts: frozenset[str]
    origins: frozenset[str] = frozenset(ORIGINS)
    max_body: int = MAX_BODY
    _taken: dict[str, float] = field(default_factory=dict)
    _wrong: deque[float] = field(default_factory=deque)

    def take(self, code: str) -> bool:
        """Whether `code` was made by `sign_in_code`, is fresh, and was not used before."""
        now = time.time()
        head, _, seal = code.rpartition(".")
        until = int(_digits(head.partition(".")[0]))
        if not hmac.compare_digest(seal.encode("utf-8", "replace"), _sealed(self.token, head).encode()):
            return False
        self._taken = {used: end for used, end in self._taken.items() if end > now}
        if not now < until < now + CODE_SECONDS + 1 or code in self._taken:
            return False
        self._taken[code] = until
        return True

    @property
    def cookie(self) -> str:
        """What a signed-in browser keeps: made from the token, and no token itself."""
        return hmac.new(self.token.encode(), b"browser", hashlib.sha256).hexdigest()

    def opens(self, offered: Iterable[str]) -> bool:
        wanted = self.token.encode()
        return any(hmac.compare_digest(text.encode("utf-8", "replace"), wanted) for text in offered)

    def tired(self) -> bool:
        """Whether so many wrong tokens came lately that no further one is looked at with patience."""
        now = time.monotonic()
        while self._wrong and now - self._wrong[0] > 60.0:
            self._wrong.popleft()
        return len(self._wrong) >= WRONG_TOKENS

    def wrong(self) -> None:
        self._wrong.append(time.monotonic())


def sign_in_code(token: str) -> str:
    """A code for one sign-in; who reads the token's file can make one, beside the server that takes it."""
    head = f"{int(time.time() + CODE_SECONDS)}.{secrets.token_urlsafe(12)}"
    return f"{head}.{_sealed(token, head)}"


def _sealed(token: str, head: str) -> str:
    return hmac.new(token.encode(), b"sign in " + head.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


class Guard:
    """ASGI middleware; see the module.

    Args:
        open_paths: what is answered to everybody who passes Host and Origin: nothing about the vault.
        met: is told what a program with the token calls itself.
    """

    def __init__(
        self, app: Any, door: Door, open_paths: frozenset[str], met: Callable[[str], None] | None = None
    ) -> None:
        self._app = app
        self._door = door
        self._open = open_paths
        self._met = met

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers = _headers(scope)
        scope, key = _unlocked(scope)
        origin = headers.get("origin", "")
        door = self._door
        dialect = dialect_of(scope["path"])
        guarded = _dressed(send, origin if origin in door.origins else "")
        if len(headers.get("host", "")) == 0 or headers["host"].lower() not in door.hosts:
            await refusal(guarded, dialect, 403, "this server answers to its own address alone", "host")
            return
        own = f"http://{headers['host'].lower()}"
        if origin and origin != own and origin not in door.origins:
            await refusal(guarded, dialect, 403, f"pages of {origin[:80]} may not ask this server", "origin")
            return
        if scope["method"] == "OPTIONS":
            await _preflight(guarded, headers, bool(origin) and origin != own)
            return
        if (
            headers.get("sec-fetch-site") in ("cross-site", "same-site")
            and not origin
            and not _visit(headers)
        ):
            await refusal(guarded, dialect, 403, "a page of another site may not ask this server", "origin")
            return
        scope["state"] = {**scope.get("state", {}), "signed_in": False}
        if not await self._known(scope, [*key, *_offered(headers)], headers, dialect, guarded):
            return
        says_json = scope["path"] in READS or _is_json(headers.get("content-type", ""))
        if scope["method"] not in (*SAFE, "DELETE") and not says_json:
            await refusal(guarded, dialect, 415, "send JSON, and say so: Content-Type: application/json")
            return
        if int(_digits(headers.get("content-length", "0"))) > door.max_body:
            await refusal(guarded, dialect, 413, f"a request may have {door.max_body >> 20} MB")
            return
        await self._app(scope, _limited(receive, door.max_body), guarded)

    async def _known(
        self, scope: Scope, offered: list[str], headers: dict[str, str], dialect: Dialect, send: Any
    ) -> bool:
        """Whether the asker has the token or the cookie, or asks for something that is open."""
        door = self._door
        if offered and door.opens(offered):
            if self._met:
                self._met(headers.get("user-agent", ""))
            return True
        if not offered and _cookie(headers) and hmac.compare_digest(_cookie(headers), door.cookie):
            scope["state"]["signed_in"] = True
            return True
        if scope["path"] in self._open and scope["method"] in SAFE:
            return True
        if door.tired():
            await refusal(send, dialect, 429, "too many wrong tokens; wait a minute", "rate_limit")
            return False
        door.wrong()
        said = "wrong token" if offered else "no token"
        hint = "`notec serve` shows it: send it as Authorization: Bearer TOKEN (an API key)"
        await refusal(send, dialect, 401, f"{said}; {hint}", "invalid_api_key")
        return False


def _headers(scope: Scope) -> dict[str, str]:
    """Lower-case names; of a header that stands twice, the first would win with one reader and the last with
    another, so it is joined, and then fits nothing."""
    out: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        out[key] = f"{out[key]}, {text}" if key in out and key != "cookie" else text
    return out


def _unlocked(scope: Scope) -> tuple[Scope, list[str]]:
    """The request without a token that stands before its path, and that token."""
    raw, before = scope.get("raw_path") or b"", KEY.encode()
    if not raw.startswith(before):
        return scope, []
    token, _, rest = scope["path"].removeprefix(KEY).partition("/")
    raw = b"/" + raw.removeprefix(before).partition(b"/")[2]
    return {**scope, "path": f"/{rest}", "raw_path": raw}, [token]


def _offered(headers: dict[str, str]) -> list[str]:
    """Tokens, wherever clients put theirs."""
    found = [headers[name].strip() for name in ("x-api-key", "api-key") if headers.get(name)]
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and rest.strip():
        found.append(rest.strip())
    elif scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            user, password = "", "?"
        found.append(password or user)
    return found


def _cookie(headers: dict[str, str]) -> str:
    jar = SimpleCookie()
    try:
        jar.load(headers.get("cookie", ""))
    except CookieError:
        return ""
    found = jar[COOKIE].value if COOKIE in jar else ""
    return found if found.isascii() else ""


def _visit(headers: dict[str, str]) -> bool:
    """A person who follows a link, not a page that fetches."""
    return headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"


def _is_json(content_type: str) -> bool:
    """JSON, and nothing like it. A DELETE has no body, and no page of another site may send one."""
    return content_type.partition(";")[0].strip().lower() == "application/json"


def _digits(text: str) -> str:
    """A length as a number; nonsense is endless."""
    return text if text.isascii() and text.isdigit() and len(text) < 16 else str(1 << 60)


def _dressed(send: Any, origin: str) -> Any:
    """`send` with the headers that every answer has."""

    async def dressed(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            ours = [*HEADERS, (b"cache-control", b"no-store"), (b"vary", b"origin")]
            if origin:
                ours.append((b"access-control-allow-origin", origin.encode()))
            names = {name for name, _ in ours}
            kept = [(n, v) for n, v in message.get("headers", []) if n.lower() not in names]
            message = {**message, "headers": kept + ours}
        await send(message)

    return dressed


def _limited(receive: Any, limit: int) -> Any:
    """`receive` that ends a body which grows beyond its limit or stops arriving."""
    import asyncio

    state = {"bytes": 0, "whole": False}

    async def limited() -> Any:
        if state["whole"]:
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), READ_SECONDS)
        except TimeoutError:
            raise BodyError(408, "the request stopped arriving") from None
        if message["type"] == "http.request":
            state["bytes"] += len(message.get("body", b""))
            state["whole"] = not message.get("more_body", False)
            if state["bytes"] > limit:
                raise BodyError(413, f"a request may have {limit >> 20} MB")
        return message

    return limited


class BodyError(Exception):
    """A body that is too long or too slow."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


async def _preflight(send: Any, headers: dict[str, str], cross: bool) -> None:
    """What a browser asks before it lets an app of the user's own call."""
    wanted = [h.strip().lower() for h in headers.get("access-control-request-headers", "").split(",")]
    fine = [h for h in wanted if h in _ALLOWED_HEADERS or (h.startswith("x-stainless-") and h.isascii())]
    answer = [(b"content-length", b"0")]
    if cross:
        answer += [
            (b"access-control-allow-methods", b"GET, POST"),
            (b"access-control-allow-headers", ", ".join(fine).encode()),
            (b"access-control-max-age", b"600"),
        ]
    await send({"type": "http.response.start", "status": 204, "headers": answer})
    await send({"type": "http.response.body", "body": b""})
