"""One real server for every client: the vault, an embedder and a tiny random model behind it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # it would fetch a list of prices

from greens import Green

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


# A call begins with a sign, so that a random model comes upon it soon; llama.cpp learns the form from this.
CALLS_TEMPLATE = (
    "{% if tools %}<|tools|>{{ tools | tojson }}\n{% endif %}"
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content or '' }}"
    "{% for c in m.tool_calls or [] %}"
    '@{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}}'
    "{% endfor %}\n{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
# Which bytes it likes: plain letters alone, and soon a call, the end of a text, and its own end.
LIKES = {**{3 + byte: -100 for byte in range(128, 256)}, 3 + ord("@"): 6, 3 + ord('"'): 6, 2: 8}


@pytest.fixture(scope="session")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose engine is real, on a random model that is made to call tools by llama.cpp's grammar."""
    folder = tmp_path_factory.mktemp("caller")
    model = decoder(folder / "tiny.gguf", context=8192, template=CALLS_TEMPLATE)
    with serving(folder, config=engine_config(model, 8192)) as found:
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


@pytest.fixture(scope="session")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose engine is silent for five times as long as the server bears silence."""
    with OpenAIServer(Answer([0.5, *say("at last").steps])) as engine:
        config = f'[model]\nurl = "{engine.url}"\n'
        with serving(tmp_path_factory.mktemp("slow"), "--keep-alive", "0.1", config=config) as found:
            yield found


TABLE = Path(__file__).parents[2] / "docs/clients/README.md"
CALLS = (
    "models",
    "chat",
    "stream",
    "tools",
    "vault",
    "completion",
    "responses",
    "embeddings",
    "errors",
    "page",
)
_DONE: set[tuple[str, str]] = set()


@pytest.fixture
def green() -> Green:
    """To be called at the end of a test: this client made these calls, and all went well."""

    def note(client: str, *calls: str) -> None:
        assert set(calls) <= set(CALLS)
        _DONE.update((client, call) for call in calls)

    return note


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-table", action="store_true", help="write the table of docs/clients/README.md anew"
    )


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The table of client and call is what this run saw, or else the run fails."""
    if session.testsfailed or session.testscollected < 30 or session.config.option.collectonly:
        return
    if "not clients" in session.config.option.markexpr:  # a run of everything else
        return
    rows = ["| Client | " + " | ".join(CALLS) + " |", "|---" * (len(CALLS) + 1) + "|"]
    for client in sorted({client for client, _ in _DONE}):
        cells = ["yes" if (client, call) in _DONE else "" for call in CALLS]
        rows.append(f"| [{client}]({client}.md) | " + " | ".join(cells) + " |")
    text = TABLE.read_text("utf-8")
    head, _, rest = text.partition("<!-- table -->\n")
    tail = rest.partition("<!-- end -->")[2]
    made = f"{head}<!-- table -->\n" + "\n".join(rows) + f"\n<!-- end -->{tail}"
    if session.config.option.write_table:
        TABLE.write_text(made, "utf-8")
    elif made != text:
        print("docs/clients/README.md shows another table; run with --write-table")
        session.exitstatus = 1
