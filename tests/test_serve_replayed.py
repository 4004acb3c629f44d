"""Calls of programs that cannot be installed here, replayed from their sources: paths, headers, bodies, and
what each reads of an answer. Named are files of their repositories, as of August 2026 (Reor: May 2025)."""

from __future__ import annotations

import base64
import json
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
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
    """`server/utils`: AiProviders/genericOpenAi, EmbeddingEngines/genericOpenAi, agents/.../tooled.js."""

    CHAT = MappingProxyType({"messages": ASKED, "temperature": 0.7, "max_tokens": 1024})

    @pytest.mark.parametrize("model", [VAULT, "tiny"])
    def test_it_stops_at_the_first_finish_reason(self, served: Served, model: str) -> None:
        found = served.post("/v1/chat/completions", {"model": model, "stream": True, **self.CHAT})
        said = _until_finished(found)
        assert ("three eggs" if model == VAULT else "it is fine") in said
        whole = "".join(c["delta"].get("content") or "" for e in found.events for c in e["choices"])
        assert said == whole  # nothing comes after it

    def test_it_asks_whole_where_streaming_is_off(self, served: Served) -> None:
        for model, said in ((VAULT, "three eggs"), ("tiny", "it is fine")):
            found = served.post("/v1/chat/completions", {"model": model, **self.CHAT}).json
            assert said in found["choices"][0]["message"]["content"]
            assert found["usage"]["completion_tokens"] >= 0

    def test_its_agent_offers_tools_and_reads_to_the_end(self, served: Served) -> None:
        """It counts tokens after the `finish_reason`, and takes an answer without a call as the last."""
        tool = {"name": "rag-memory", "description": "x", "parameters": {"type": "object", "properties": {}}}
        body = {"stream": True, "stream_options": {"include_usage": True}, "messages": ASKED}
        for model in (VAULT, "tiny"):
            tools = [{"type": "function", "function": tool}]
            found = served.post("/v1/chat/completions", {"model": model, **body, "tools": tools})
            assert found.events[-1]["usage"]["completion_tokens"] >= 0
            assert not any(c["delta"].get("tool_calls") for e in found.events for c in e["choices"])

    def test_parts_of_a_message(self, served: Served) -> None:
        parts = [{"role": "user", "content": [{"type": "text", "text": ASKED[1]["content"]}]}]
        found = served.post("/v1/chat/completions", {"model": VAULT, "messages": parts})
        assert "three eggs" in found.json["choices"][0]["message"]["content"]

    def test_its_embedder_sends_500_inputs(self, served: Served) -> None:
        """By the openai package, which asks for base64 and unpacks it."""
        texts = [f"chunk {n} " + "слово " * 100 for n in range(500)]
        body = {"model": "notec+embed", "input": texts, "encoding_format": "base64"}
        found = served.post("/v1/embeddings", body).json["data"]
        assert [row["index"] for row in found] == list(range(500))
        rows = [base64.b64decode(row["embedding"]) for row in found]
        assert len(set(rows)) == 500
        assert struct.unpack(f"<{len(rows[0]) // 4}f", rows[0]) == pytest.approx(vector(texts[0]))

    def test_its_list_of_models(self, served: Served) -> None:
        assert VAULT in [m["id"] for m in served.get("/v1/models").json["data"]]

    def test_its_ollama_provider(self, served: Served) -> None:
        """`fetch(url + "/api/tags")` with the token as a header."""
        assert VAULT in [m["name"] for m in served.get("/api/tags").json["models"]]


class TestReor:
    """`src/lib/llm/client.ts`, `electron/main/llm/models/ollama.ts`. Installed, it shows its page from a
    file; what its packages send is tried by `make test-clients` with those very packages."""

    FILE = "file://"

    def test_the_root_answers_without_a_token(self, served: Served) -> None:
        found = served.get("/", Authorization=None, Accept="*/*")
        assert (found.status, found.raw) == (200, b"Ollama is running")

    def test_its_page_may_ask(self, served: Served) -> None:
        headers = {
            "Origin": self.FILE,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
            "Authorization": None,
        }
        found = served.ask("OPTIONS", "/v1/chat/completions", None, headers)
        assert (found.status, found.headers["access-control-allow-origin"]) == (204, self.FILE)
        body = {"model": VAULT, "temperature": 0, "messages": ASKED, "stream": True}
        found = served.post("/v1/chat/completions", body, Origin=self.FILE)
        assert found.headers["access-control-allow-origin"] == self.FILE
        assert "three eggs" in _until_finished(found)
        assert served.get("/v1/models", Origin=self.FILE, Authorization=None).status == 401


class TestObsidianCopilot:
    """`src/LLMProviders`, `src/modelManagement/providers/adapters`. It runs inside of Obsidian: what it
    fetches has Obsidian's origin and is preceded by a preflight; what goes by `requestUrl` (lists, "Enable
    CORS") has no origin."""

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
        for headers in ({}, {"Origin": APP}):
            found = served.get("/v1/models", **headers)
            assert found.headers.get("access-control-allow-origin") == headers.get("Origin")
            assert "tiny" in [m["id"] for m in found.json["data"]]
        wrong = served.get("/v1/models", Authorization="Bearer wrong")
        assert wrong.status == 401  # read as "check your API key"

    def test_it_chats(self, served: Served) -> None:
        body = {"model": VAULT, "messages": ASKED, "stream": True}  # no limit of tokens but a set one
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
    """`jsbrains/smart-embed-model/adapters`: neither lm_studio.js nor ollama.js sends a token, and both put
    their paths behind the host of the settings. So the token stands before the path."""

    @pytest.fixture
    def host(self, served: Served) -> str:
        return f"/key/{served.token}"

    def test_lm_studio(self, served: Served, host: str) -> None:
        bare: dict[str, str | None] = {"Authorization": None, "Origin": APP}
        found = served.ask("GET", f"{host}/api/v0/models", None, bare).json
        assert found["object"] == "list"
        assert [m["id"] for m in found["data"] if m["id"] and m["type"] == "embeddings"] == ["notec+embed"]
        body = {"model": "notec+embed", "input": ["a", "b"]}
        made = served.ask("POST", f"{host}/api/v0/embeddings", body, bare)
        assert made.headers["access-control-allow-origin"] == APP
        assert [row["embedding"] for row in made.json["data"]] == [vector("a"), vector("b")]

    def test_ollama(self, served: Served, host: str) -> None:
        """It takes the names with `embed` in them, and asks about each in a POST that does not say JSON."""
        bare: dict[str, str | None] = {"Authorization": None, "Content-Type": None}
        listed = served.ask("GET", f"{host}/api/tags", None, bare).json["models"]
        (name,) = [m["name"] for m in listed if "embed" in m["name"].lower()]
        shown = served.ask("POST", f"{host}/api/show", json.dumps({"model": name}).encode(), bare)
        assert shown.json["capabilities"] == ["embedding"]
        body = {"model": name, "input": ["a", "b"]}
        made = served.ask("POST", f"{host}/api/embed", body, {"Authorization": None}).json
        assert made["embeddings"] == [vector("a"), vector("b")]
        assert made["prompt_eval_count"] >= 0

    def test_its_errors_are_openais(self, served: Served) -> None:
        found = served.post("/api/v0/embeddings", {"model": "tinny", "input": "a"}, Origin=APP)
        assert "did you mean" in found.json["error"]["message"]


class TestOpenWebUI:
    """`backend/open_webui/routers`: openai.py, ollama.py."""

    def test_it_connects(self, served: Served) -> None:
        assert served.get("/api/version", Authorization=None).status == 401
        assert served.get("/api/version").json["version"]
        assert served.get("/v1/models").json["data"]

    def test_it_looks_its_models_up_with_their_tags(self, served: Served) -> None:
        """It adds `:latest` to a name without a tag, and looks for that among the names that were listed."""
        listed = {m["model"]: m for m in served.get("/api/tags").json["models"]}
        assert all(":" in name for name in listed)
        for name, said in (("tiny:latest", "it is fine"), (VAULT, "three eggs")):
            assert name in listed
            found = served.post(
                "/api/chat", {"model": name, "messages": ASKED, "stream": True, "options": {}}
            )
            assert found.headers["content-type"] == "application/x-ndjson"
            assert said in "".join(line["message"]["content"] for line in found.lines)

    def test_it_chats(self, served: Served) -> None:
        body = {"model": VAULT, "messages": ASKED, "stream": True, "stream_options": {"include_usage": True}}
        found = served.post("/v1/chat/completions", body)
        assert found.headers["content-type"] == "text/event-stream"
        assert "three eggs" in _until_finished(found)
        assert found.events[-1]["usage"]["total_tokens"] >= 0

    def test_it_makes_a_title(self, served: Served) -> None:
        body = {"model": "tiny", "messages": ASKED, "stream": False, "max_completion_tokens": 1000}
        found = served.post("/v1/chat/completions", body).json
        assert found["choices"][0]["message"]["content"] == "it is fine"
        assert found["usage"]


def test_programs_that_send_no_header_put_the_token_into_the_address(served: Served) -> None:
    """`http://notec:TOKEN@127.0.0.1:PORT`: every library makes Basic authorization of that."""
    for user in (f"notec:{served.token}", f"{served.token}:", f":{served.token}"):
        basic = "Basic " + base64.b64encode(user.encode()).decode()
        assert served.get("/api/tags", Authorization=basic).status == 200
    wrong = "Basic " + base64.b64encode(b"notec:wrong").decode()
    assert served.get("/api/tags", Authorization=wrong).status == 401


SETTINGS = ("anythingllm", "reor", "obsidian-copilot", "smart-connections", "open-webui")


@pytest.mark.parametrize("page", SETTINGS)
def test_the_settings_of_a_page_are_those_that_work(served: Served, page: str) -> None:
    """Every address of the page answers to its token, every model on it is listed."""
    text = (Path(__file__).parent.parent / f"docs/clients/{page}.md").read_text("utf-8")
    text = text.replace("TOKEN", served.token)
    rows = dict(re.findall(r"^\| ([^|]+) \| `([^`]+)` \|$", text, re.M))
    addresses = [value for value in rows.values() if value.startswith("http://127.0.0.1:8766")]
    models = re.findall(r"`(notec\+[^`]*)`", text)
    assert addresses
    assert models
    listed = {m["id"] for m in served.get("/v1/models").json["data"]}
    assert {model.removesuffix(":latest") for model in models} <= listed
    for address in addresses:
        path = address.removeprefix("http://127.0.0.1:8766")
        token = {} if path.startswith("/key/") else {"Authorization": f"Bearer {rows['API key']}"}
        sent: dict[str, str | None] = {"Authorization": None, **token}
        if path.endswith("/v1"):
            body = {"model": models[0], "messages": ASKED}
            assert served.ask("GET", f"{path}/models", None, sent).status == 200
            assert served.ask("POST", f"{path}/chat/completions", body, sent).status == 200
        else:
            assert served.ask("GET", f"{path}/api/tags", None, sent).status == 200
