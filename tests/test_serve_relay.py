"""The way to the model server: silence, departures, lies and outages, in both dialects."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from openai_server import (
    CUT,
    DONE,
    STALL,
    Answer,
    OpenAIServer,
    Play,
    Seen,
    Step,
    delta,
    error,
    event,
    say,
    whole,
)
from serving import Served, serving

pytest.importorskip("starlette")
pytest.importorskip("aiohttp")

HELLO = [{"role": "user", "content": "hello"}]
CHAT = {"model": "tiny", "messages": HELLO}
ROUTES = {
    "/v1/chat/completions": CHAT,
    "/v1/responses": {"model": "tiny", "input": "hello"},
    "/api/chat": CHAT,
    "/api/generate": {"model": "tiny", "prompt": "hello"},
}


def until(true: Callable[[], Any]) -> None:
    """Wait for something that is going to happen."""
    for _ in range(2000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")


class Behind:
    """One server before an engine that each test plays anew."""

    def __init__(self, engine: OpenAIServer, served: Served) -> None:
        self.engine = engine
        self.served = served

    def play(self, *plays: Play) -> None:
        self.engine.plays[:] = plays
        self.engine.seen.clear()
        self.engine.left.clear()

    def post(self, path: str, *, stream: bool, **more: Any) -> Any:
        return self.served.post(path, {**ROUTES[path], "stream": stream, **more})


@contextmanager
def behind(folder: Path, *options: str) -> Iterator[Behind]:
    with (
        OpenAIServer() as engine,
        serving(folder, *options, config=f'[model]\nurl = "{engine.url}"\n') as served,
    ):
        yield Behind(engine, served)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    with behind(tmp_path_factory.mktemp("relay"), "--keep-alive", "0.1", "--parallel", "1") as found:
        yield found


@contextmanager
def asking(served: Served, path: str, body: dict[str, Any], **headers: str) -> Iterator[socket.socket]:
    """A request whose answer is read by hand, on a connection that is closed when the block ends."""
    data = json.dumps(body).encode()
    lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{served.port}", f"Content-Length: {len(data)}"]
    lines += [f"Authorization: Bearer {served.token}", "Content-Type: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    with socket.create_connection(("127.0.0.1", served.port), 30) as link:
        link.sendall("\r\n".join([*lines, "", ""]).encode() + data)
        yield link


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_leaves_takes_its_generation_along(one: Behind, path: str, stream: bool) -> None:
    one.play(Answer([delta("a"), STALL]))
    with asking(one.served, path, {**ROUTES[path], "stream": stream}):
        until(lambda: one.engine.chats)
        assert not one.engine.left.is_set()
    until(one.engine.left.is_set)
    one.play(lambda seen: say("fine") if seen.body.get("stream") else whole("fine"))
    assert one.post(path, stream=stream).status == 200  # and the place is free again


def test_one_that_leaves_before_the_first_token_too(one: Behind) -> None:
    one.play(Answer([STALL]))
    with asking(one.served, "/v1/chat/completions", {**CHAT, "stream": True}):
        until(lambda: one.engine.chats)
    until(one.engine.left.is_set)


def test_one_that_waits_for_the_vault_stops_the_model_that_writes(one: Behind) -> None:
    one.play(Answer([delta("a"), STALL]))
    body = {"model": "tiny+vault", "messages": [{"role": "user", "content": "How many eggs?"}]}
    with asking(one.served, "/v1/chat/completions", body):
        until(lambda: one.engine.chats)
        found = one.served.post("/notec/v1/search", {"query": "eggs"})  # who searches never waits
        assert found.json["hits"][0]["note"] == "Omelette.md"
    until(one.engine.left.is_set)


def test_one_that_leaves_while_it_waits_in_line_is_never_asked_for(one: Behind) -> None:
    one.play(Answer([delta("a"), STALL]))
    with asking(one.served, "/v1/chat/completions", {**CHAT, "stream": True}):
        until(lambda: one.engine.chats)
        with asking(one.served, "/v1/chat/completions", {**CHAT, "stream": True}) as second:
            assert b"waiting for the model" in _read_until(second, b"waiting")  # it is in line
        one.engine.plays[:] = [say("third")]
        with asking(one.served, "/v1/chat/completions", {**CHAT, "stream": True}) as third:
            _read_until(third, b"waiting")
            assert len(one.engine.chats) == 1
    until(one.engine.left.is_set)
    assert "third" in _said(one.post("/v1/chat/completions", stream=True).events)
    assert len(one.engine.chats) <= 3  # the second was never sent on


def _read_until(link: socket.socket, wanted: bytes) -> bytes:
    got = b""
    while wanted not in got:
        piece = link.recv(4096)
        assert piece, got
        got += piece
    return got


def _said(events: list[Any]) -> str:
    return "".join(c["delta"].get("content") or "" for e in events for c in e["choices"])


def test_a_person_comes_before_a_job(one: Behind) -> None:
    order: list[str] = []

    def answer(seen: Seen) -> Answer:
        order.append(seen.prompt)
        if seen.prompt == "first":
            until(gate.is_set)
        return whole(seen.prompt)

    gate = threading.Event()
    one.play(answer)

    def ask(word: str, **headers: str) -> threading.Thread:
        body = {"model": "tiny", "messages": [{"role": "user", "content": word}]}
        thread = threading.Thread(target=lambda: one.served.post("/v1/chat/completions", body, **headers))
        thread.start()
        return thread

    def waiting(count: int) -> bool:
        page = one.served.get("/", Accept="text/html", Cookie=cookie, Authorization=None).raw.decode()
        return f"<dt>waiting in line</dt><dd>{count}</dd>" in page

    cookie = (
        one.served.get(one.served.sign_in.removeprefix(one.served.url)).headers["set-cookie"].split(";")[0]
    )
    threads = [ask("first")]
    until(lambda: order)
    for number, (word, headers) in enumerate(
        [("job", {"X_Notec_Priority": "job"}), ("person", {}), ("other", {})], 1
    ):
        threads.append(ask(word, **headers))
        until(lambda number=number: waiting(number))
    gate.set()
    for thread in threads:
        thread.join()
    assert order == ["first", "person", "other", "job"]


@pytest.mark.parametrize("path", ROUTES)
def test_silence_is_bridged_and_has_no_end(one: Behind, path: str) -> None:
    """A model on RAM says nothing for minutes; here a second is ten times the pause between two comments."""
    steps: list[Step] = [1.0, *say("at last", pause=0.01).steps]
    one.play(lambda seen: Answer(steps) if seen.body.get("stream") else error(400))
    found = one.post(path, stream=True)
    assert found.status == 200
    if path.startswith("/api/"):
        assert found.raw.startswith(b"   ")  # blanks before JSON are JSON
        words = [line.get("message", {}).get("content") or line.get("response", "") for line in found.lines]
        assert "".join(words) == "at last"
    else:
        assert found.raw.count(b": waiting for the model\n\n") >= 3
        assert b"at " in found.raw


@pytest.mark.parametrize("path", ROUTES)
def test_an_engine_that_breaks_off_in_the_middle(one: Behind, path: str) -> None:
    for steps in ([delta("half"), CUT], [delta("half")]):
        one.play(Answer(list(steps)))
        found = one.post(path, stream=True)
        assert b"half" in found.raw
        assert b"broke off in the middle" in found.raw
        assert b"[DONE]" not in found.raw
        if path.startswith("/api/"):
            assert "broke off" in found.lines[-1]["error"]
        elif path.endswith("responses"):
            assert found.events[-1]["type"] == "response.failed"
        else:
            assert found.events[-1]["error"]["code"] == "engine"


LIES: dict[str, Play] = {
    "nothing": Answer([]),
    "a page": Answer([b"<html><script>alert(1)</script>"], content_type="text/html"),
    "no JSON": Answer([b"{"], content_type="application/json"),
    "a list": Answer([b"[1]"], content_type="application/json"),
    "deep JSON": Answer([b"[" * 100_000], content_type="application/json"),
    "an error with 200": Answer([b'{"error": {"message": "no memory"}}'], content_type="application/json"),
    "an error as event": Answer([event({"error": {"message": "no memory", "code": 500}})]),
    "a cut": Answer([CUT]),
    "another place": Answer([b""], 302, headers={"Location": "http://127.0.0.1:1/"}),
    "500": error(500, "no memory"),
    "401 of the engine's own": error(401, "key?"),
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("path", ROUTES)
def test_an_engine_that_lies_gives_a_clear_error(one: Behind, path: str, lie: str) -> None:
    for stream in (True, False):
        one.play(LIES[lie])
        found = one.post(path, stream=stream)
        assert b"<script>" not in found.raw
        if found.status == 200:  # the answer had begun with what every response begins with
            assert path.endswith("responses")
            assert found.events[-1]["type"] == "response.failed"
            continue
        assert found.status == 502, (stream, found.raw)
        said = found.json["error"]
        message = said if path.startswith("/api/") else said["message"]
        assert isinstance(message, str)
        assert "model server" in message or "no memory" in message or "key?" in message


def test_a_whole_reply_is_put_together_from_a_stream(one: Behind) -> None:
    """llama.cpp writes what was asked for whole to its end, with nobody there: it is never asked so."""
    one.play(say("hello there", size=3))
    found = one.post("/v1/chat/completions", stream=False).json
    assert one.engine.chats[-1].body["stream"] is True
    message = {"role": "assistant", "content": "hello there"}
    assert found["choices"] == [{"index": 0, "message": message, "finish_reason": "stop"}]
    assert found["object"] == "chat.completion"
    assert found["usage"] == {"prompt_tokens": 7, "completion_tokens": 3}
    one.play(whole("it cannot stream"))
    assert one.post("/v1/chat/completions", stream=False).json == json.loads(
        whole("it cannot stream").steps[0]
    )


NONSENSE = [
    {"choices": 1},
    {"choices": ["a", None, {"delta": "x"}, {"delta": {"content": 5, "tool_calls": [1, {"function": 2}]}}]},
    {"choices": [{"delta": {"tool_calls": {"a": 1}}, "finish_reason": 7}], "usage": "many"},
    {"usage": {"prompt_tokens": "7", "completion_tokens": None}},
]


@pytest.mark.parametrize("path", ROUTES)
def test_nonsense_in_events_adds_nothing(one: Behind, path: str) -> None:
    steps: list[Step] = [event(item) for item in NONSENSE]
    one.play(Answer([*steps, event("no json"), event([1]), delta("ok", "stop"), DONE]))
    found = one.post(path, stream=True)
    assert found.status == 200
    assert b"ok" in found.raw
    assert b"no json" not in found.raw


def test_a_dripping_engine_loses_nothing(one: Behind) -> None:
    raw = b"".join(step for step in say("привет", size=1).steps if isinstance(step, bytes))
    one.play(Answer([raw[at : at + 7] for at in range(0, len(raw), 7)]))
    assert _said(one.post("/v1/chat/completions", stream=True).events) == "привет"


def test_an_engines_own_refusal_is_handed_on(one: Behind) -> None:
    one.play(error(400, "the context has 2048 tokens, the prompt 9000"))
    for path in ROUTES:
        found = one.post(path, stream=path.startswith("/v1/chat"))
        assert found.status == 400
        assert b"the context has 2048 tokens" in found.raw


def test_an_engine_that_is_down_and_comes_back(tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers there, and nobody takes it
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        with serving(tmp_path, config=f'[model]\nurl = "{url}"\n') as served:
            for path, body in ROUTES.items():
                found = served.post(path, body)
                assert found.status == 503
                said = found.json["error"]
                message = said if path.startswith("/api/") else said["message"]
                assert f"no model server answers at {url}" in message
                assert "notec launch" in message
            body = {**CHAT, "model": "notec+vault:select", "messages": [{"role": "user", "content": "eggs?"}]}
            assert served.post("/v1/chat/completions", body).status == 200
            held.listen()
            played = threading.Thread(target=_plays_engine, args=(held,), daemon=True)
            played.start()
            assert served.post("/v1/chat/completions", CHAT).json == {"ok": True}
        played.join()


def _plays_engine(listening: socket.socket) -> None:
    """Answers one request of each connection, and keeps none, though it says nothing of that."""
    answered = b""
    while b"POST" not in answered:
        link, _ = listening.accept()
        with link:
            answered = _request(link)
            body = b'{"data": [{"id": "tiny"}]}' if b"/models" in answered else b'{"ok": true}'
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            link.sendall(head % len(body) + body)


def _request(link: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        piece = link.recv(65536)
        if not piece:
            return b""
        got += piece
    return got


def test_an_engine_that_keeps_no_connection_is_no_error(tmp_path: Path) -> None:
    """Engines close idle connections without a word, also two in a row: none is used twice."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = f'[model]\nurl = "http://127.0.0.1:{listening.getsockname()[1]}"\n'
        with serving(tmp_path, config=config) as served:
            for _ in range(3):
                played = threading.Thread(target=_plays_engine, args=(listening,), daemon=True)
                played.start()
                assert served.post("/v1/chat/completions", CHAT).json == {"ok": True}
                played.join()


@pytest.mark.parametrize("path", ROUTES)
def test_a_whole_reply_that_takes_long_begins_with_blanks(one: Behind, path: str) -> None:
    """Programs and proxies give up on an answer that does not begin; JSON may begin with blanks."""
    one.play(Answer([0.5, *say("at last").steps]))
    found = one.post(path, stream=False)
    assert found.status == 200
    assert found.raw.startswith(b"   ")
    assert "content-length" not in found.headers
    assert "at last" in json.dumps(found.json)
    one.play(say("at once"))
    found = one.post(path, stream=False)
    assert not found.raw.startswith(b" ")
    assert int(found.headers["content-length"]) == len(found.raw)


@pytest.mark.parametrize("path", ROUTES)
def test_an_error_after_blanks_is_the_object(one: Behind, path: str) -> None:
    one.play(Answer([0.3, CUT]))
    found = one.post(path, stream=False)
    assert found.raw.startswith(b" ")
    said = found.json["error"]
    assert "broke off" in (said if path.startswith("/api/") else said["message"])


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses"])
def test_a_tool_that_must_be_called_is_the_only_one(one: Behind, path: str) -> None:
    """llama.cpp knows no choice by name: it would call any tool, or none."""
    one.play(say("fine"))
    functions = [{"name": name, "parameters": {"type": "object"}} for name in ("ask", "search")]
    if path.endswith("responses"):
        tools, choice = [{"type": "function", **f} for f in functions], {"type": "function", "name": "ask"}
    else:
        tools = [{"type": "function", "function": f} for f in functions]
        choice = {"type": "function", "function": {"name": "ask"}}
    one.post(path, stream=False, tools=tools, tool_choice=choice)
    sent = one.engine.chats[-1].body
    assert (sent["tool_choice"], [t["function"]["name"] for t in sent["tools"]]) == ("required", ["ask"])
    for kept in ("auto", "required", "none"):
        one.post(path, stream=False, tools=tools, tool_choice=kept)
        sent = one.engine.chats[-1].body
        assert (sent["tool_choice"], len(sent["tools"])) == (kept, 2)
    for odd in ({"function": 5}, {"type": "function", "function": {"name": "none such"}}, 7, [1]):
        assert one.post(path, stream=False, tools=tools, tool_choice=odd).status == 200
