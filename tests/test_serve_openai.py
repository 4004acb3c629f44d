"""OpenAI's dialect, against the real server with the real engine on a tiny random model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serving import Served, engine_config, serving
from tiny_gguf import decoder

pytest.importorskip("starlette")
pytest.importorskip("aiohttp")
pytest.importorskip("xllamacpp")

QUESTION = {"role": "user", "content": "How many eggs does the omelette take?"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("openai")
    with serving(
        folder, config=engine_config(decoder(folder / "tiny.gguf", context=2048, middle=True))
    ) as found:
        yield found


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Without an engine."""
    with serving(tmp_path_factory.mktemp("bare")) as found:
        yield found


def test_models_are_the_engines_own_and_those_with_the_vault_behind(served: Served) -> None:
    names = [m["id"] for m in served.get("/v1/models").json["data"]]
    assert names[:2] == ["notec", "tiny"]
    assert {"tiny+vault", "tiny+vault:select", "tiny+brief"} <= set(names)
    assert served.get("/v1/models/tiny+vault:select").json["id"] == "tiny+vault:select"
    assert served.get("/v1/models/other").json["error"]["code"] == "model_not_found"


def chat(**more: Any) -> dict[str, Any]:
    return {
        "model": "tiny",
        "messages": [{"role": "user", "content": "hello"}],
        "max_tokens": 5,
        "temperature": 0,
        **more,
    }


def test_a_chat_passes_through(served: Served) -> None:
    found = served.post("/v1/chat/completions", chat(unknown_field={"a": 1}))
    assert found.status == 200
    assert found.json["choices"][0]["finish_reason"] == "length"
    assert found.json["usage"]["completion_tokens"] == 5


def test_a_streamed_chat_ends_with_usage(served: Served) -> None:
    found = served.post("/v1/chat/completions", chat(stream=True, stream_options={"include_usage": True}))
    assert found.headers["content-type"].startswith("text/event-stream")
    assert found.raw.rstrip().endswith(b"data: [DONE]")
    assert found.events[-1]["usage"]["completion_tokens"] == 5
    assert [c["finish_reason"] for e in found.events for c in e["choices"]][-1] == "length"


def test_a_reply_in_a_schema_with_logprobs(served: Served) -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"enum": [1, 2]}},
        "required": ["a"],
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    found = served.post("/v1/chat/completions", chat(max_tokens=200, response_format=form, logprobs=True))
    choice = found.json["choices"][0]
    assert json.loads(choice["message"]["content"])["a"] in (1, 2)
    assert choice["logprobs"]["content"][0]["logprob"] <= 0


def test_completions_and_what_stands_between(served: Served) -> None:
    found = served.post(
        "/v1/completions", {"model": "tiny", "prompt": "one two", "max_tokens": 3, "temperature": 0}
    )
    assert found.json["object"] == "text_completion"
    between = {"model": "tiny", "prompt": "def f():", "suffix": "return x", "max_tokens": 3, "temperature": 0}
    found = served.post("/v1/completions", between)
    assert found.status == 200
    assert "text" in found.json["choices"][0]
    found = served.post("/v1/fim/completions", between)
    assert found.json["choices"][0]["message"]["role"] == "assistant"
    found = served.post("/v1/fim/completions", {**between, "stream": True})
    assert {e["object"] for e in found.events} == {"chat.completion.chunk"}
    assert found.events[-1]["usage"]["completion_tokens"] == 3


def test_the_vault_answers_with_footnotes_and_citations(served: Served) -> None:
    body = {"model": "tiny+vault:select", "messages": [QUESTION]}
    found = served.post("/v1/chat/completions", body).json
    assert "three eggs.[^1]" in found["choices"][0]["message"]["content"]
    assert (found["citations"][0]["note"], found["citations"][0]["line"]) == ("Omelette.md", 3)
    streamed = served.post("/v1/chat/completions", {**body, "stream": True}).events
    text = "".join(c["delta"].get("content", "") for e in streamed for c in e["choices"])
    assert text == found["choices"][0]["message"]["content"]
    assert streamed[-1]["citations"] == found["citations"]


def test_a_brief_by_the_name_of_a_note(bare: Served) -> None:
    body = {"model": "notec+brief", "messages": [{"role": "user", "content": "Omelette"}]}
    assert "# Omelette" in bare.post("/v1/chat/completions", body).json["choices"][0]["message"]["content"]
    body["messages"] = [{"role": "user", "content": "Omlette"}]
    assert "did you mean 'Omelette.md'" in bare.post("/v1/chat/completions", body).json["error"]["message"]


def test_without_an_engine_the_vault_still_answers(bare: Served) -> None:
    names = [m["id"] for m in bare.get("/v1/models").json["data"]]
    assert names == ["notec+vault:select", "notec+brief"]
    found = bare.post("/v1/chat/completions", {"model": names[0], "messages": [QUESTION]})
    assert "three eggs" in found.json["choices"][0]["message"]["content"]
    refused = bare.post("/v1/chat/completions", {"model": "notec+vault", "messages": [QUESTION]})
    assert refused.status == 503
    assert "notec launch" in refused.json["error"]["message"]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"{", 400, "no JSON"),
        (b"[]", 400, "no JSON object"),
        (b"\xff\xfe", 400, "UTF-8"),
        (b"[" * 100_000, 400, "no JSON"),
        (b"{}", 400, "name a model"),
        (b'{"model": "tiny+valt"}', 404, "did you mean 'tiny+vault'"),
        (b'{"model": "tiny"}', 400, "messages"),
        (b'{"model": "tiny+vault:select", "messages": [{"role": "user", "content": ""}]}', 400, "empty"),
    ],
)
def test_bad_bodies_are_told_what_is_wrong(served: Served, body: bytes, status: int, says: str) -> None:
    found = served.post("/v1/chat/completions", body)
    assert found.status == status
    assert says in found.json["error"]["message"]
    assert set(found.json["error"]) >= {"message", "type", "code"}


def test_a_port_that_is_taken_says_so(bare: Served, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="is taken"), serving(tmp_path, "--port", str(bare.port)):
        pass


def test_responses_in_text_and_in_events(served: Served) -> None:
    body = {"model": "tiny", "input": "hello", "max_output_tokens": 4, "temperature": 0}
    body["instructions"] = "be short"
    found = served.post("/v1/responses", body).json
    assert found["status"] in ("incomplete", "completed")  # a random model may end by itself
    assert found["output"][0]["content"][0]["type"] == "output_text"
    assert 1 <= found["usage"]["output_tokens"] <= 4
    again = served.post("/v1/responses", {**body, "previous_response_id": found["id"], "stream": True})
    kinds = [e["type"] for e in again.events]
    assert kinds[:2] == ["response.created", "response.in_progress"]
    assert kinds[-1] == f"response.{again.events[-1]['response']['status']}"
    assert [e["sequence_number"] for e in again.events] == list(range(len(kinds)))
    assert again.events[-1]["response"]["usage"]["input_tokens"] > found["usage"]["input_tokens"]
    assert served.post("/v1/responses", {**body, "previous_response_id": "resp_x"}).status == 404
    told = served.post("/v1/responses", {"model": "notec+vault:select", "input": QUESTION["content"]}).json
    assert "three eggs" in told["output"][0]["content"][0]["text"]
    assert told["citations"]
