"""Ollama's dialect, and vectors in every dialect, before a stand-in engine that shows what reached it."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator
from typing import Any

import pytest

from openai_server import DONE, Answer, OpenAIServer, Seen, delta, error, say, usage, vector
from serving import Served, serving

pytest.importorskip("starlette")
pytest.importorskip("aiohttp")

HELLO = [{"role": "user", "content": "hello"}]
WEATHER = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}


def embed(seen: Seen) -> Answer:
    """One vector for each input, in the wrong order; texts and token ids alike."""
    rows = [{"index": n, "embedding": vector(json.dumps(item))} for n, item in enumerate(seen.body["input"])]
    body = {"data": rows[::-1], "usage": {"prompt_tokens": 3}}
    return Answer([json.dumps(body).encode()], content_type="application/json")


@pytest.fixture(scope="module")
def engine() -> Iterator[OpenAIServer]:
    with OpenAIServer(embed=embed) as found:
        yield found


@pytest.fixture(scope="module")
def served(engine: OpenAIServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    config = f'[model]\nurl = "{engine.url}"\n'
    with serving(tmp_path_factory.mktemp("ollama"), config=config) as found:
        yield found


@pytest.fixture(autouse=True)
def _fresh(engine: OpenAIServer) -> None:
    engine.plays[:] = [say("hello there")]
    engine.seen.clear()


def test_it_says_what_ollama_says(served: Served) -> None:
    assert served.get("/", Authorization=None).raw == b"Ollama is running"
    assert served.ask("HEAD", "/", None, {"Authorization": None}).status == 200
    assert served.get("/api/version").json["version"].count(".") == 2
    models = served.get("/api/tags").json["models"]
    names = {
        "notec:latest",
        "tiny:latest",
        "tiny+vault:latest",
        "notec+vault:select",
    }  # as Ollama's, with a tag
    assert names <= {m["name"] for m in models}
    assert all(len(m["digest"]) == 64 for m in models)


def test_show(served: Served) -> None:
    assert served.post("/api/show", {"model": "tiny:latest"}).json["capabilities"] == ["completion", "tools"]
    assert served.post("/api/show", {"name": "tiny+vault"}).json["capabilities"] == ["completion"]
    missing = served.post("/api/show", {"model": "tinny"})
    assert (missing.status, type(missing.json["error"])) == (404, str)
    assert "did you mean 'tiny" in missing.json["error"]


def test_chat_streams_lines_and_ends_with_counts(served: Served) -> None:
    found = served.post("/api/chat", {"model": "tiny:latest", "messages": HELLO})
    assert found.headers["content-type"] == "application/x-ndjson"
    assert "".join(line["message"]["content"] for line in found.lines) == "hello there"
    assert [line["done"] for line in found.lines] == [False] * (len(found.lines) - 1) + [True]
    assert found.lines[-1]["prompt_eval_count"] == 7
    assert found.lines[-1]["eval_count"] == 3
    assert found.lines[-1]["done_reason"] == "stop"


def test_chat_whole(served: Served) -> None:
    found = served.post("/api/chat", {"model": "tiny", "messages": HELLO, "stream": False}).json
    assert found["message"] == {"role": "assistant", "content": "hello there"}
    assert found["done"] is True


def test_options_reach_the_engine_in_its_own_words(served: Served, engine: OpenAIServer) -> None:
    options = {"num_predict": 9, "temperature": 0.5, "seed": 3, "stop": ["x"], "num_ctx": 4096, "mirostat": 2}
    served.post("/api/chat", {"model": "tiny", "messages": HELLO, "options": options, "keep_alive": "5m"})
    body = engine.chats[0].body
    assert (body["max_tokens"], body["temperature"], body["seed"], body["stop"]) == (9, 0.5, 3, ["x"])
    assert "mirostat" not in body
    served.post("/api/chat", {"model": "tiny", "messages": HELLO, "options": {"num_predict": -1}})
    assert "max_tokens" not in engine.chats[1].body


@pytest.mark.parametrize(
    ("wanted", "given"), [("json", "json_object"), ({"type": "object"}, "json_schema"), ("", None), (5, None)]
)
def test_formats(served: Served, engine: OpenAIServer, wanted: Any, given: str | None) -> None:
    served.post("/api/chat", {"model": "tiny", "messages": HELLO, "format": wanted})
    assert engine.chats[0].body.get("response_format", {}).get("type") == given


def test_pictures_and_tools_are_translated_both_ways(served: Served, engine: OpenAIServer) -> None:
    call = {
        "index": 0,
        "id": "c1",
        "type": "function",
        "function": {"name": "weather", "arguments": '{"ci'},
    }
    rest = {"index": 0, "function": {"arguments": 'ty": "Осло"}'}}
    engine.plays[:] = [
        Answer(
            [delta(tool_calls=[call]), delta(tool_calls=[rest]), delta(finish="tool_calls"), usage(), DONE]
        )
    ]
    asked = [{"role": "user", "content": "look", "images": ["QUJD"]}]
    found = served.post("/api/chat", {"model": "tiny", "messages": asked, "tools": [WEATHER]})
    calls = found.lines[-1]["message"]["tool_calls"]
    assert calls == [{"function": {"name": "weather", "arguments": {"city": "Осло"}}}]
    sent = engine.chats[0].body
    assert sent["tools"] == [WEATHER]
    assert sent["messages"][0]["content"][1]["image_url"]["url"] == "data:image/png;base64,QUJD"
    engine.plays[:] = [say("rain")]
    turns = [
        *HELLO,
        {"role": "assistant", "content": "", "tool_calls": calls},
        {"role": "tool", "content": "wet"},
    ]
    served.post("/api/chat", {"model": "tiny", "messages": turns})
    _, said, tool = engine.chats[1].body["messages"]
    assert said["tool_calls"][0]["id"] == tool["tool_call_id"]
    assert json.loads(said["tool_calls"][0]["function"]["arguments"]) == {"city": "Осло"}


def test_thinking_is_kept_apart(served: Served, engine: OpenAIServer) -> None:
    engine.plays[:] = [Answer([delta(reasoning_content="hm"), delta("yes"), delta(finish="stop"), DONE])]
    found = served.post("/api/chat", {"model": "tiny", "messages": HELLO, "stream": False, "think": True})
    assert found.json["message"] == {"role": "assistant", "content": "yes", "thinking": "hm"}


def test_generate(served: Served, engine: OpenAIServer) -> None:
    found = served.post("/api/generate", {"model": "tiny", "prompt": "hi", "system": "be short"})
    assert "".join(line["response"] for line in found.lines) == "hello there"
    assert [m["role"] for m in engine.chats[0].body["messages"]] == ["system", "user"]
    loaded = served.post("/api/generate", {"model": "tiny"}).json
    assert (loaded["done"], loaded["done_reason"]) == (True, "load")


def test_the_vault_answers_with_citations(served: Served) -> None:
    asked = [{"role": "user", "content": "How many eggs does the omelette take?"}]
    found = served.post("/api/chat", {"model": "notec+vault:select", "messages": asked})
    assert "three eggs" in "".join(line["message"]["content"] for line in found.lines)
    assert found.lines[-1]["citations"][0]["note"] == "Omelette.md"


@pytest.mark.parametrize("path", ["/api/chat", "/api/generate", "/api/show", "/api/embed", "/api/embeddings"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 5000, b'{"model": 5}'])
def test_every_error_is_a_sentence(served: Served, path: str, body: bytes) -> None:
    found = served.ask("POST", path, body)
    assert found.status in (400, 404)
    assert isinstance(found.json["error"], str)


def test_errors_before_the_route_are_sentences_too(served: Served) -> None:
    for found in (
        served.get("/api/tags", Authorization=None),
        served.get("/api/tags", Host="evil.example"),
        served.get("/api/none"),
        served.get("/api/chat"),
        served.ask("POST", "/api/chat", b"{}", {"Content-Type": "text/plain"}),
    ):
        assert isinstance(found.json["error"], str), found.raw


def test_vectors_in_openais_dialect(served: Served, engine: OpenAIServer) -> None:
    def ask(given: Any, **more: Any) -> list[Any]:
        found = served.post("/v1/embeddings", {"model": "tiny", "input": given, **more})
        assert found.status == 200, found.raw
        assert [row["index"] for row in found.json["data"]] == list(range(len(found.json["data"])))
        assert found.json["usage"]["prompt_tokens"] == 3
        return [row["embedding"] for row in found.json["data"]]

    assert ask("a") == ask(["a"]) == [vector('"a"')]
    assert ask(["a", "я"]) == [vector('"a"'), vector('"\\u044f"')]
    assert ask([1, 2]) == ask([[1, 2]]) == [vector("[1, 2]")]
    packed = ask("a", encoding_format="base64", dimensions=5, user="me")[0]
    assert list(struct.unpack("<8f", base64.b64decode(packed))) == pytest.approx(vector('"a"'))
    assert len(ask([f"text {n}" for n in range(500)])) == 500
    assert engine.seen[-1].body["input"][499] == "text 499"


@pytest.mark.parametrize(
    "given", [None, [], "", 5, {}, [""], ["a", 5], [["a"]], [[]], [-1], [True], ["a"] * 5000]
)
def test_inputs_that_are_none(served: Served, given: Any) -> None:
    found = served.post("/v1/embeddings", {"model": "tiny", "input": given})
    assert found.status in (400, 413) or given in ("", [""]), (given, found.raw)


def test_vectors_in_ollamas_dialect(served: Served) -> None:
    found = served.post("/api/embed", {"model": "tiny", "input": ["a", "b"], "truncate": True})
    assert found.json["embeddings"] == [vector('"a"'), vector('"b"')]
    assert served.post("/api/embed", {"model": "tiny", "input": ""}).json["embeddings"] == []
    assert served.post("/api/embeddings", {"model": "tiny", "prompt": "a"}).json == {
        "embedding": vector('"a"')
    }
    assert served.post("/api/embeddings", {"model": "tiny", "prompt": ""}).json == {"embedding": []}


def test_an_engine_that_makes_no_vectors(served: Served, engine: OpenAIServer) -> None:
    for lie in (
        error(501, "this model makes no embeddings"),
        Answer([b'{"data": []}'], content_type="application/json"),
        Answer([b'{"data": 5}'], content_type="application/json"),
        Answer([b'{"data": [{"embedding": "x"}]}'], content_type="application/json"),
    ):
        engine.embed = lie
        assert served.post("/v1/embeddings", {"model": "tiny", "input": "a"}).status == 502
        assert isinstance(served.post("/api/embed", {"model": "tiny", "input": "a"}).json["error"], str)
    engine.embed = embed
    assert served.post("/v1/embeddings", {"model": "tiny+vault", "input": "a"}).status == 400


@pytest.mark.parametrize("path", ["/rerank", "/v1/rerank"])
def test_reranking(served: Served, path: str) -> None:
    documents: list[Any] = ["the river is deep", {"text": "три яйца и соль"}, "three eggs and salt"]
    body = {"query": "eggs", "documents": documents, "top_n": 2, "return_documents": True}
    found = served.post(path, body).json["results"]
    assert found[0]["index"] == 2
    assert len(found) == 2
    assert found[0]["document"] == {"text": "three eggs and salt"}
    assert served.post(path, {"query": "яйцо", "documents": documents}).json["results"][0]["index"] == 1
    for wrong in ({}, {"query": "a"}, {"query": "", "documents": ["a"]}, {"query": "a", "documents": [5]}):
        assert served.post(path, wrong).status == 400
