"""The way to the model server and back: cancelled with its client, never timed out, events taken as data.

A model on RAM can be silent for minutes. Nothing here has a limit on the whole time; a comment every few
seconds tells the client (and every proxy between) that the line holds. Of what the model server sends only
JSON passes: no header, no event name, no script of its own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from notec.app.serving import NO_ENGINE, Engine
from notec.front.http.said import Dialect, error_body

if TYPE_CHECKING:
    import aiohttp

KEEP_ALIVE = 10.0  # seconds of silence before a comment
MAX_EVENT = 16 << 20  # bytes of one event
DONE = "[DONE]"


class Refused(Exception):  # noqa: N818  (an answer, not a failure)
    """A request that gets an error in the client's dialect."""

    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code


class Relay:
    """One connection pool to the engine; to be used inside one event loop."""

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

        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=5.0),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        url = self.engine.root + path if path.startswith("/") else f"{self.engine.url}/{path}"
        headers = {"Authorization": f"Bearer {self.engine.api_key}"} if self.engine.api_key else {}
        try:
            async with self._session.request(
                method, url, json=body, headers=headers, allow_redirects=False
            ) as answer:
                if answer.status != 200:
                    raise await _refused(answer)
                yield answer
        except (aiohttp.ClientConnectionError, TimeoutError) as error:
            if isinstance(error, aiohttp.ClientConnectorError | TimeoutError):
                said = f"no model server answers at {self.engine.url}; {NO_ENGINE}"
                raise Refused(503, said, "no_engine") from None
            raise Refused(502, "the model server broke the connection off; see its log", "engine") from None

    async def whole(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON that comes back."""
        async with self.open(method, path, body) as answer:
            raw = await answer.read()
        try:
            return json.loads(raw)
        except (ValueError, RecursionError):
            raise Refused(502, "the model server answered with no JSON", "engine") from None

    async def events(self, path: str, body: Any, *, done: bool = True) -> AsyncIterator[dict[str, Any]]:
        """The objects that the engine streams, to the last.

        Args:
            done: the stream ends with `[DONE]`; without it the engine broke off.

        Raises:
            Refused: the engine refused, or broke off.
        """
        async with self.open("POST", path, {**body, "stream": True}) as answer:
            rest = b""
            async for piece in answer.content.iter_any():
                *lines, rest = (rest + piece).split(b"\n")
                if len(rest) > MAX_EVENT:
                    raise Refused(502, "the model server sent a line without an end", "engine")
                for line in lines:
                    if not line.startswith(b"data:"):
                        continue
                    data = line[5:].strip()
                    if data == DONE.encode():
                        return
                    with suppress(ValueError, RecursionError):
                        found = json.loads(data)
                        if isinstance(found, dict):
                            yield found
        if done:
            raise Refused(502, "the model server broke off in the middle of its reply", "engine")


async def _refused(answer: aiohttp.ClientResponse) -> Refused:
    """The engine's own words in an error, as text."""
    raw = (await answer.content.read(1 << 16)).decode("utf-8", "replace")
    found: Any = raw
    with suppress(ValueError, RecursionError):
        found = json.loads(raw)
    for key in ("error", "message", "detail"):
        if isinstance(found, dict) and key in found:
            found = found[key]
    said = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    status = answer.status if 400 <= answer.status < 500 and answer.status not in (401, 403) else 502
    return Refused(
        status, " ".join(said[:500].split()) or f"the model server answered {answer.status}", "engine"
    )


class Streamed:
    """An ASGI response of pieces that come when they come; ends with its client.

    Args:
        pieces: what is sent; the first is awaited before the status line, so that an early error has one.
        comment: sent after `KEEP_ALIVE` seconds of silence, once the line is open.
        failed: makes the last piece where an error comes in the middle.
    """

    def __init__(
        self,
        pieces: AsyncIterator[bytes],
        media_type: str,
        *,
        dialect: Dialect,
        comment: bytes = b"",
        failed: Callable[[Refused], bytes] | None = None,
    ) -> None:
        self._pieces = pieces
        self._media_type = media_type
        self._dialect = dialect
        self._comment = comment
        self._failed = failed

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await until_gone(receive, self._run(send))

    async def _run(self, send: Any) -> None:
        opened = False

        async def put(piece: bytes) -> None:
            nonlocal opened
            if not opened:
                opened = True
                await send(
                    {
                        "type": "http.response.start",
                        "status": 200,
                        "headers": [
                            (b"content-type", self._media_type.encode()),
                            (b"x-accel-buffering", b"no"),
                        ],
                    }
                )
            await send({"type": "http.response.body", "body": piece, "more_body": True})

        coming: asyncio.Task[bytes] | None = None
        try:
            while True:
                coming = coming or asyncio.ensure_future(anext(self._pieces))
                done, _ = await asyncio.wait({coming}, timeout=KEEP_ALIVE if self._comment else None)
                if not done:
                    await put(self._comment)
                    continue
                try:
                    piece = coming.result()
                except StopAsyncIteration:
                    break
                except Refused as error:
                    if not opened or self._failed is None:
                        await _say(send, self._dialect, error)
                        return
                    await put(self._failed(error))
                    break
                finally:
                    coming = None
                await put(piece)
            await send({"type": "http.response.body", "body": b""})
        finally:
            if coming is not None:
                coming.cancel()
                with suppress(asyncio.CancelledError, StopAsyncIteration, Refused):
                    await coming
            await self._pieces.aclose()  # type: ignore[attr-defined]


class Whole:
    """An ASGI response of one JSON object that takes its time; dropped with its client.

    Args:
        made: awaited once.
    """

    def __init__(self, made: Awaitable[Any], *, dialect: Dialect) -> None:
        self._made = made
        self._dialect = dialect

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await until_gone(receive, self._run(send))

    async def _run(self, send: Any) -> None:
        try:
            data = await self._made
        except Refused as error:
            await _say(send, self._dialect, error)
            return
        body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def until_gone(receive: Any, work: Awaitable[None]) -> None:
    """Do `work`, and drop it when the client goes away."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
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
