"""One real server for every client: the vault, an embedder and a tiny random model behind it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from openai_server import DONE, Answer, OpenAIServer, Seen, delta, say, usage, whole
from serving import Served, engine_config, serving
from tiny_gguf import decoder, embedder


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("clients")
    model = decoder(folder / "tiny.gguf", context=4096, middle=True)
    vectors = embedder(folder / "vectors.gguf")
    config = f"embedder = {json.dumps(str(vectors))}\n" + engine_config(model, 4096)
    with serving(folder, config=config) as found:
        yield found


CALL = {
    "index": 0,
    "id": "call_1",
    "type": "function",
    "function": {"name": "weather", "arguments": '{"city": "Oslo"}'},
}


def calls_tools(seen: Seen) -> Answer:
    """Calls the first tool that is offered; then it is fine. A random model would do neither."""
    offered = seen.body.get("tools") and seen.body["messages"][-1]["role"] != "tool"
    if seen.body.get("stream"):
        if not offered:
            return say("it is fine")
        return Answer(
            [delta("", role="assistant"), delta(tool_calls=[CALL]), delta(finish="tool_calls"), usage(), DONE]
        )
    if not offered:
        return whole("it is fine")
    message = {
        "role": "assistant",
        "content": None,
        "tool_calls": [{k: v for k, v in CALL.items() if k != "index"}],
    }
    body = {"model": "tiny", "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}
    return Answer([json.dumps(body).encode()], content_type="application/json")


@pytest.fixture(scope="session")
def tooled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose engine is a stand-in that calls tools."""
    with OpenAIServer(calls_tools) as engine:
        config = f'[model]\nurl = "{engine.url}"\n'
        with serving(tmp_path_factory.mktemp("tooled"), config=config) as found:
            yield found
