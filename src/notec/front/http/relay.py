"""The way to the model server and back: cancelled with its client, never timed out, events taken as data.

A model on RAM can be silent for minutes. Nothing here has a limit on the whole time; a comment every few
seconds tells the client (and every proxy between) that the line holds. Of what the model server sends only
JSON passes: no header, no event name, no script of its own.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from notec.app.serving import NO_ENGINE, Engine
from notec.front.http.said import Dialect, error_body

if TYPE_CHECKING:
    import aiohttp

MAX_EVENT = 16 << 20  # bytes of one event
DONE = "[DONE]"
BROKE_OFF = "the model server broke off in the middle of its reply; see its log"


class Refused(Exception):  # noqa: N818  (an answer, not a failure)
    """A request that gets an error in the client's dialect."""

    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code


class Relay:
    """Connections to the engine; to be used inside one event loop.

    Each request has a connection of its own: engines close kept ones without a word, also two in a row.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    @asynccontextmanager
    async def open(self, method: str, path: str, body: Any = None) -> AsyncIterator[aiohttp.ClientResponse]:
        """The engine's answer, which was fine; leaving the block breaks the connection off.

        Raises:
            Refused: nobody answers, or with an error.
        """
        import aiohttp

        url = self.engine.root + path if path.startswith("/") else f"{self.engine.url}/{path}"
        headers = {"Accept-Encoding": "identity"}
        if self.engine.api_key:
            headers["Authorization"] = f"Bearer {self.engine.api_key}"
        session = self._session or self._opened()
        try:
            async with session.request(
                method, url, json=body, headers=headers, allow_redirects=False
            ) as answer:
                if answer.status != 200:
                    raise await _refused(answer)
                yield answer
        except (aiohttp.ClientConnectorError, TimeoutError):
            said = f"no model server answers at {self.engine.url}; {NO_ENGINE}"
            raise Refused(503, said, "no_engine") from None
        except aiohttp.ClientError:
            raise Refused(502, BROKE_OFF, "engine") from None

    def _opened(self) -> aiohttp.ClientSession:
        import aiohttp

        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, force_close=True),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=5.0),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self._session

    async def whole(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """The JSON object that comes back.

        Raises:
            Refused: the engine refused, or answered with something else.
        """
        async with self.open(method, path, body) as answer:
            raw = await answer.read()
        try:
            found = json.loads(raw)
        except (ValueError, RecursionError):
            raise Refused(502, "the model server answered with no JSON", "engine") from None
        return _fine(found)

    async def lines(
        self, path: str, body: Any, *, done: bool = True, plain: bool = False
    ) -> AsyncIterator[list[bytes]]:
        """The data of the events that the engine streams, as it wrote them, those that came together at once.

        Args:
            done: the stream ends with `[DONE]`; without it the engine broke off.
            plain: an engine that cannot stream may give one object.

        Raises:
            Refused: the engine refused, does not stream, or broke off.
        """
        async with self.open("POST", path, {**body, "stream": True}) as answer:
            if answer.content_type != "text/event-stream":
                if not plain or answer.content_type != "application/json":
                    raise await _not_streamed(answer)
                yield [await answer.read()]
                return
            rest = b""
            async for piece in answer.content.iter_any():
                *whole, rest = (rest + piece).split(b"\n")
                if len(rest) > MAX_EVENT:
                    raise Refused(502, "the model server sent a line without an end", "engine")
                data = [line[5:].strip() for line in whole if line.startswith(b"data:")]
                last = data.index(DONE.encode()) if DONE.encode() in data else len(data)
                if last:
                    yield data[:last]
                if last < len(data):
                    return
        if done:
            raise Refused(502, BROKE_OFF, "engine")

    async def events(
        self, path: str, body: Any, *, done: bool = True, plain: bool = False
    ) -> AsyncIterator[dict[str, Any]]:
        """The objects that the engine streams, to the last; arguments and errors as of `lines`."""
        async for lines in self.lines(path, body, done=done, plain=plain):
            for line in lines:
                if (found := read_event(line)) is not None:
                    yield found


def read_event(line: bytes) -> dict[str, Any] | None:
    """The object of an event; None for what is none.

    Raises:
        Refused: the engine says that it failed.
    """
    with suppress(ValueError, RecursionError):
        found = json.loads(line)
        if isinstance(found, dict):
            return _fine(found) if "error" in found else found
    return None


def _fine(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise Refused(502, "the model server answered with no JSON object", "engine")
    if found.get("error"):
        raise Refused(502, _words(found), "engine")
    return found


async def _not_streamed(answer: aiohttp.ClientResponse) -> Refused:
    """Of a 200 that is no stream: an error after all, or some page."""
    said = "the model server did not stream its reply"
    with suppress(ValueError, RecursionError):
        _fine(json.loads(await answer.content.read(1 << 16)))
    return Refused(502, said, "engine")


async def _refused(answer: aiohttp.ClientResponse) -> Refused:
    """The engine's own words in an error, as text."""
    raw = (await answer.content.read(1 << 16)).decode("utf-8", "replace")
    found: Any = raw
    with suppress(ValueError, RecursionError):
        found = json.loads(raw)
    status = answer.status if 400 <= answer.status < 500 and answer.status not in (401, 403) else 502
    return Refused(status, _words(found) or f"the model server answered {answer.status}", "engine")


def _words(found: Any) -> str:
    """What an error says, wherever it says it; cut to a length that can be read."""
    for key in ("error", "message", "detail"):
        if isinstance(found, dict) and key in found:
            found = found[key]
    said = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    return " ".join(said[:500].split())


class Streamed:
    """An ASGI response of pieces that come when they come; ends with its client.

    Args:
        pieces: what is sent; the first is awaited before the status line, so that an early error has one.
        comment: sent after a while of silence (the gateway's `keep_alive`), which opens the line too.
        failed: makes the last piece where an error comes in the middle.
    """

    def __init__(
        self,
        pieces: AsyncGenerator[bytes, None],
        media_type: str,
        *,
        dialect: Dialect,
        comment: bytes,
        failed: Callable[[Refused], bytes],
    ) -> None:
        self._pieces = pieces
        self._media_type = media_type
        self._dialect = dialect
        self._comment = comment
        self._failed = failed
        self._opened = False
        self._sent_at = time.monotonic()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        pause = scope["app"].state.gateway.keep_alive
        turn = asyncio.Lock()  # a comment never comes between a piece and its status line

        async def put(piece: bytes) -> None:
            async with turn:
                if not self._opened:
                    self._opened = True
                    kind = self._media_type.encode()
                    headers = [(b"content-type", kind), (b"x-accel-buffering", b"no")]
                    await send({"type": "http.response.start", "status": 200, "headers": headers})
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                self._sent_at = time.monotonic()

        async def hold() -> None:
            if not turn.locked() and time.monotonic() - self._sent_at >= pause:
                await put(self._comment)

        await until_gone(receive, self._run(put, send), hold, pause)

    async def _run(self, put: Callable[[bytes], Awaitable[None]], send: Any) -> None:
        try:
            async for piece in self._pieces:
                await put(piece)
        except Refused as error:
            if not self._opened:
                self._opened = True  # and no comment comes any more
                await _say(send, self._dialect, error)
                return
            await put(self._failed(error))
        finally:
            await self._pieces.aclose()
        await send({"type": "http.response.body", "body": b""})


class Whole:
    """An ASGI response of one JSON object that takes its time; dropped with its client.

    After a while of silence (the gateway's `keep_alive`) blanks go before the object, as JSON allows:
    programs and proxies give up on an answer that does not begin. An error that comes later is the object.

    Args:
        made: awaited once.
    """

    def __init__(self, made: Awaitable[Any], *, dialect: Dialect) -> None:
        self._made = made
        self._dialect = dialect
        self._opened = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        turn = asyncio.Lock()  # a blank never comes between a status line and its body

        async def hold() -> None:
            async with turn:
                if not self._opened:
                    self._opened = True
                    headers = [(b"content-type", b"application/json")]
                    await send({"type": "http.response.start", "status": 200, "headers": headers})
                await send({"type": "http.response.body", "body": b" ", "more_body": True})

        await until_gone(receive, self._run(send, turn), hold, scope["app"].state.gateway.keep_alive)

    async def _run(self, send: Any, turn: asyncio.Lock) -> None:
        try:
            status, data = 200, await self._made
        except Refused as error:
            status, data = error.status, error_body(self._dialect, error.status, error.message, error.code)
        body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
        async with turn:
            if not self._opened:
                self._opened = True
                length = str(len(body)).encode()
                headers = [(b"content-type", b"application/json"), (b"content-length", length)]
                await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})


async def until_gone(
    receive: Any,
    work: Coroutine[Any, Any, None],
    hold: Callable[[], Awaitable[None]] | None = None,
    pause: float | None = None,
) -> None:
    """Do `work`, and drop it when the client goes away; `hold` the line every `pause` seconds."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(receive))
    try:
        while not (await asyncio.wait({task, gone}, timeout=pause, return_when=asyncio.FIRST_COMPLETED))[0]:
            if hold is not None:
                await hold()
        if task.done():
            task.result()
    finally:
        for one in (task, gone):
            one.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await one


async def _gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _say(send: Any, dialect: Dialect, error: Refused) -> None:
    from notec.front.http.said import refusal

    await refusal(send, dialect, error.status, error.message, error.code)


def sse(data: Any) -> bytes:
    """One server-sent event."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return b"data: " + text.encode("utf-8", "backslashreplace") + b"\n\n"


def sse_failed(error: Refused) -> bytes:
    """An error in the middle of a stream of events."""
    return sse(error_body("openai", error.status, error.message, error.code))
