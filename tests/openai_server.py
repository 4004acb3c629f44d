"""A real OpenAI-compatible server on loopback for tests: it can stall, drip, cut, refuse and lie.

    with OpenAIServer(say("Hello")) as server:
        model = HttpModel(server.url)

An answer is an `Answer`: a status, headers and a list of steps. A step is bytes to send at once (a TCP
packet of its own, as far as the system allows), a number of seconds to wait, `STALL` (send nothing until
the client leaves) or `CUT` (reset the connection). `server.seen` holds every request; `server.left` is
set when a client went away while the server was stalling.
"""

from __future__ import annotations

import hashlib
import json
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

STALL = "stall"
CUT = "cut"

Step = bytes | float | str


@dataclass
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    at: float

    @property
    def prompt(self) -> str:
        return str(self.body["messages"][-1]["content"])


@dataclass
class Answer:
    """What to send back."""

    steps: list[Step] = field(default_factory=list)
    status: int = 200
    content_type: str = "text/event-stream"
    headers: dict[str, str] = field(default_factory=dict)
    chunked: bool = False


Play = Answer | Callable[[Seen], Answer]


def event(data: Any) -> bytes:
    """One server-sent event."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return f"data: {text}\n\n".encode()


def delta(text: str | None = None, finish: str | None = None, **more: Any) -> bytes:
    """One chunk of a streamed reply."""
    content = {} if text is None else {"content": text}
    choice = {"index": 0, "delta": content | more, "finish_reason": finish}
    return event({"id": "x", "object": "chat.completion.chunk", "model": "tiny", "choices": [choice]})


def usage(prompt: Any = 7, completion: Any = 3) -> bytes:
    """The last chunk, with the counts of tokens."""
    return event({"choices": [], "usage": {"prompt_tokens": prompt, "completion_tokens": completion}})


DONE = event("[DONE]")


def say(
    text: str, *, size: int = 4, pause: float = 0.0, finish: str = "stop", chunked: bool = False
) -> Answer:
    """A well-behaved streamed reply."""
    steps: list[Step] = [delta("", role="assistant")]
    for at in range(0, len(text), size):
        steps.append(delta(text[at : at + size]))
        if pause:
            steps.append(pause)
    return Answer([*steps, delta(finish=finish), usage(), DONE], chunked=chunked)


def whole(text: str) -> Answer:
    """A reply from a server that does not stream."""
    body = {
        "model": "tiny",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3},
    }
    return Answer([json.dumps(body).encode()], content_type="application/json")


def error(status: int, message: str = "", **headers: str) -> Answer:
    """An HTTP error in OpenAI's form."""
    body = json.dumps({"error": {"message": message, "type": "x"}}).encode()
    return Answer([body], status, "application/json", {k.replace("_", "-"): v for k, v in headers.items()})


def refusing_schema(
    then: Answer, message: str = "response_format is not supported"
) -> Callable[[Seen], Answer]:
    """Refuses every request with a schema."""
    return lambda seen: error(400, message) if "response_format" in seen.body else then


def vector(text: str, dimension: int = 8) -> list[float]:
    """A vector made from the text's hash; the same text always gives the same one."""
    raw = hashlib.sha256(text.encode()).digest()
    return [(byte - 127.5) / 64 for byte in raw[:dimension]]


def embeddings(seen: Seen) -> Answer:
    """Embeddings of `vector`, deliberately in the wrong order: `index` tells."""
    rows = [
        {"object": "embedding", "index": i, "embedding": vector(text)}
        for i, text in enumerate(seen.body["input"])
    ]
    body = {"object": "list", "data": rows[::-1], "model": "tiny", "usage": {"prompt_tokens": 1}}
    return Answer([json.dumps(body).encode()], content_type="application/json")


class OpenAIServer:
    """Serves on a free port of 127.0.0.1 while the block lasts.

    Args:
        plays: answers to chat requests in order (the last one is repeated), each an `Answer` or a function of
            the request.
        embed: the answer to embedding requests.
        models: what `GET /v1/models` lists.
        rerank: the answer to reranking requests; None knows no such path.
    """

    def __init__(
        self,
        *plays: Play,
        embed: Play = embeddings,
        models: tuple[str, ...] = ("tiny",),
        rerank: Play | None = None,
    ) -> None:
        self.plays = list(plays) or [say("ok")]
        self.embed = embed
        self.models = models
        self.rerank = rerank
        self.seen: list[Seen] = []
        self.left = threading.Event()
        self.left_at = 0.0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def chats(self) -> list[Seen]:
        """The chat requests."""
        return [s for s in self.seen if s.path.endswith("/chat/completions")]

    def __enter__(self) -> OpenAIServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, seen: Seen) -> Answer:
        with self._lock:
            self.seen.append(seen)
            if seen.path.endswith("/models"):
                rows = [{"id": name, "object": "model"} for name in self.models]
                return Answer([json.dumps({"data": rows}).encode()], content_type="application/json")
            if seen.path.endswith("/embeddings"):
                play = self.embed
            elif seen.path.endswith("/rerank") and self.rerank:
                play = self.rerank
            elif seen.path.endswith("/chat/completions"):
                play = self.plays.pop(0) if len(self.plays) > 1 else self.plays[0]
            else:
                return error(404, f"no such path: {seen.path}")
        return play(seen) if callable(play) else play

    def wait_until_left(self, connection: socket.socket) -> None:
        """Wait until the client closes its end, or the server stops."""
        while not self._stop.is_set():
            readable, _, _ = select.select([connection], [], [], 0.01)
            if readable:
                try:
                    gone = not connection.recv(1)
                except OSError:
                    gone = True
                if gone:
                    self.left_at = time.monotonic()
                    self.left.set()
                    return


def _handler(server: OpenAIServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            self._answer(json.loads(self.rfile.read(length)))

        def _answer(self, body: Any) -> None:
            self.close_connection = True
            headers = {k.lower(): v for k, v in self.headers.items()}
            play = server.answer(Seen(self.command, self.path, headers, body, time.monotonic()))
            head = {"Content-Type": play.content_type, "Connection": "close", **play.headers}
            if play.chunked:
                head["Transfer-Encoding"] = "chunked"
            lines = [f"HTTP/1.1 {play.status} x", *(f"{k}: {v}" for k, v in head.items())]
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                steps = play.steps
                if STALL in steps[:1]:  # not even the head
                    server.wait_until_left(self.connection)
                    return
                self.connection.sendall("\r\n".join([*lines, "", ""]).encode())
                for step in steps:
                    if not self._step(step, play.chunked):
                        return
                if play.chunked:
                    self.connection.sendall(b"0\r\n\r\n")
            except OSError:
                server.left_at = time.monotonic()
                server.left.set()

        def _step(self, step: Step, chunked: bool) -> bool:
            if isinstance(step, bytes):
                self.connection.sendall(b"%x\r\n%s\r\n" % (len(step), step) if chunked else step)
            elif step == STALL:
                server.wait_until_left(self.connection)
                return False
            elif step == CUT:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                return False
            else:
                server._stop.wait(float(step))
            return True

    return Handler
