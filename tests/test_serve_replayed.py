"""Calls of programs that cannot be installed here, replayed from their sources or from what they document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openai_server import OpenAIServer, Seen, say, vector
from serving import Answered, Served, serving

pytest.importorskip("starlette")
pytest.importorskip("aiohttp")

VAULT = "notec+vault:select"
ASKED = [
    {"role": "system", "content": "Answer."},
    {"role": "user", "content": "How many eggs does the omelette take?"},
]
APP = "app://obsidian.md"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with OpenAIServer(_speaks) as engine:
        config = f'embedder = "{engine.url}"\n[model]\nurl = "{engine.url}"\n'
        with serving(tmp_path_factory.mktemp("replayed"), config=config) as found:
            yield found


def _speaks(seen: Seen) -> Any:
    return say("it is fine")


def _until_finished(found: Answered) -> str:
    """The text that a client has who stops reading at the first `finish_reason`."""
    text = ""
    for event in found.events:
        choice = event["choices"][0] if event["choices"] else {}
        text += (choice.get("delta") or {}).get("content") or ""
        if choice.get("finish_reason"):
            return text
    raise AssertionError("it never ended")


class TestAnythingLLM:
    """Its provider for any OpenAI-compatible server, and its embedder."""

    @pytest.mark.parametrize("model", [VAULT, "tiny"])
    def test_it_stops_at_the_first_finish_reason(self, served: Served, model: str) -> None:
        body = {"model": model, "messages": ASKED, "temperature": 0.7, "max_tokens": 1024, "stream": True}
        found = served.post("/v1/chat/completions", {**body, "stream_options": {"include_usage": True}})
        said = _until_finished(found)
        assert ("three eggs" if model == VAULT else "it is fine") in said
        whole = "".join(c["delta"].get("content") or "" for e in found.events for c in e["choices"])
        assert said == whole  # nothing comes after it
        assert found.events[-1]["usage"]["completion_tokens"] >= 0

    def test_parts_of_a_message(self, served: Served) -> None:
        parts = [{"role": "user", "content": [{"type": "text", "text": ASKED[1]["content"]}]}]
        found = served.post("/v1/chat/completions", {"model": VAULT, "messages": parts})
        assert "three eggs" in found.json["choices"][0]["message"]["content"]

    def test_its_embedder_sends_500_inputs(self, served: Served) -> None:
        texts = [f"chunk {n} " + "слово " * 100 for n in range(500)]
        found = served.post("/v1/embeddings", {"model": "notec+embed", "input": texts}).json["data"]
        assert [row["index"] for row in found] == list(range(500))
        assert len({json.dumps(row["embedding"]) for row in found}) == 500

    def test_its_list_of_models(self, served: Served) -> None:
        assert VAULT in [m["id"] for m in served.get("/v1/models").json["data"]]


class TestReor:
    """It looks for a server with `GET /`, lists and chats by Ollama's dialect or the AI SDK."""

    def test_the_root_answers_without_a_token(self, served: Served) -> None:
        found = served.get("/", Authorization=None, Accept="*/*")
        assert (found.status, found.raw) == (200, b"Ollama is running")

    def test_it_lists_and_chats(self, served: Served) -> None:
        assert VAULT in [m["name"] for m in served.get("/api/tags").json["models"]]
        found = served.post("/api/chat", {"model": VAULT, "messages": ASKED, "stream": True})
        assert "three eggs" in "".join(line["message"]["content"] for line in found.lines)


class TestObsidianCopilot:
    """It runs inside of Obsidian: every call has Obsidian's origin, and is preceded by a preflight."""

    STAINLESS = "arch lang os package-version retry-count runtime runtime-version timeout helper-method"

    def test_the_preflight_of_its_openai_client(self, served: Served) -> None:
        wanted = ["authorization", "content-type", *(f"x-stainless-{n}" for n in self.STAINLESS.split())]
        for path, method in (
            ("/v1/chat/completions", "POST"),
            ("/v1/models", "GET"),
            ("/v1/responses", "POST"),
        ):
            headers = {
                "Origin": APP,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": ",".join(wanted),
                "Authorization": None,
            }
            found = served.ask("OPTIONS", path, None, headers)
            assert (found.status, found.headers["access-control-allow-origin"]) == (204, APP)
            allowed = {name.strip() for name in found.headers["access-control-allow-headers"].split(",")}
            assert set(wanted) <= allowed

    def test_it_lists_models_in_time(self, served: Served) -> None:
        """It waits eight seconds; an engine that is silent costs five."""
        found = served.get("/v1/models", Origin=APP)
        assert found.headers["access-control-allow-origin"] == APP
        assert "tiny" in [m["id"] for m in found.json["data"]]

    def test_it_chats(self, served: Served) -> None:
        body = {"model": VAULT, "messages": ASKED, "temperature": 0.1, "stream": True, "n": 1}
        headers = {"Origin": APP, "X_Stainless_Lang": "js", "X_Stainless_Retry_Count": "0"}
        found = served.post("/v1/chat/completions", body, **headers)
        assert found.headers["access-control-allow-origin"] == APP
        assert "three eggs" in _until_finished(found)

    def test_it_speaks_to_lm_studio_by_responses(self, served: Served) -> None:
        body = {"model": VAULT, "input": ASKED, "text": {"format": {"type": "text"}}, "stream": True}
        found = served.post("/v1/responses", body, Origin=APP)
        assert found.events[-1]["type"] == "response.completed"
        assert "three eggs" in "".join(e["delta"] for e in found.events if e["type"].endswith("text.delta"))

    def test_its_embeddings(self, served: Served) -> None:
        body = {"model": "notec+embed", "input": ["яйцо"], "encoding_format": "float"}
        found = served.post("/v1/embeddings", body, Origin=APP).json["data"]
        assert all(isinstance(x, float) for x in found[0]["embedding"])


class TestSmartConnections:
    """Its adapter for LM Studio takes the models whose type says that they embed, and sends batches."""

    def test_it_finds_the_embedder(self, served: Served) -> None:
        found = served.get("/api/v0/models", Origin=APP).json
        assert found["object"] == "list"
        assert [m["id"] for m in found["data"] if m["type"] == "embeddings"] == ["notec+embed"]

    def test_it_embeds(self, served: Served) -> None:
        body = {"model": "notec+embed", "input": ["a", "b"]}
        found = served.post("/api/v0/embeddings", body, Origin=APP)
        assert [row["embedding"] for row in found.json["data"]] == [vector("a"), vector("b")]
        assert found.json["usage"]["total_tokens"] >= 0

    def test_its_errors_are_openais(self, served: Served) -> None:
        found = served.post("/api/v0/embeddings", {"model": "tinny", "input": "a"}, Origin=APP)
        assert "did you mean" in found.json["error"]["message"]


class TestOpenWebUI:
    """It lists by either dialect, and asks for the version of Ollama."""

    def test_it_connects(self, served: Served) -> None:
        assert served.get("/api/version").json["version"]
        assert served.get("/api/tags").json["models"]
        assert served.get("/v1/models").json["data"]

    def test_it_makes_a_title(self, served: Served) -> None:
        body = {"model": "tiny", "messages": ASKED, "stream": False, "max_completion_tokens": 50}
        assert served.post("/api/chat", body).json["message"]["content"] == "it is fine"


def test_programs_that_send_no_header_put_the_token_into_the_address(served: Served) -> None:
    """`http://notec:TOKEN@127.0.0.1:PORT`: every library makes Basic authorization of that."""
    import base64

    for user in (f"notec:{served.token}", f"{served.token}:", f":{served.token}"):
        basic = "Basic " + base64.b64encode(user.encode()).decode()
        assert served.get("/api/tags", Authorization=basic).status == 200
    wrong = "Basic " + base64.b64encode(b"notec:wrong").decode()
    assert served.get("/api/tags", Authorization=wrong).status == 401


SETTINGS = ("anythingllm", "reor", "obsidian-copilot", "smart-connections")


@pytest.mark.parametrize("page", SETTINGS)
def test_the_settings_of_a_page_are_those_that_work(served: Served, page: str) -> None:
    """Every address of the page answers to its token, every model on it is listed."""
    text = (Path(__file__).parent.parent / f"docs/clients/{page}.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| ([^|]+) \| `([^`]+)` \|$", text, re.M))
    addresses = [value for value in rows.values() if value.startswith("http://127.0.0.1:8766/")]
    models = re.findall(r"`(notec[^`]*)`", text)
    assert addresses
    assert models
    assert "TOKEN" in rows.values()
    listed = {m["id"] for m in served.get("/v1/models").json["data"]}
    assert set(models) <= listed
    for address in addresses:
        path = address.removeprefix("http://127.0.0.1:8766")
        if path.endswith("/embeddings"):
            assert served.post(path, {"model": rows["Model"], "input": "a"}).status == 200
        else:
            body = {"model": models[0], "messages": ASKED}
            assert served.get(f"{path}/models").status == 200
            assert served.post(f"{path}/chat/completions", body).status == 200
