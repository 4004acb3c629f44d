"""Python clients as their users call them, each installed from its registry. Run by `make test-clients`."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise
from typing import Any, Literal

import pytest
from greens import Green
from test_pages import blocks

from conftest import LIKES
from serving import Served

pytestmark = pytest.mark.clients
QUESTION = "How many eggs does the omelette take?"
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "the weather of a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"enum": ["Oslo", "Bergen"]}},
            "required": ["city"],
        },
    },
}


class TestOpenAI:
    @pytest.fixture
    def client(self, served: Served) -> Any:
        openai = pytest.importorskip("openai")
        return openai.OpenAI(base_url=f"{served.url}/v1", api_key=served.token, max_retries=0)

    def test_models(self, client: Any, green: Green) -> None:
        assert "tiny" in [m.id for m in client.models.list()]
        assert client.models.retrieve("notec+vault:select").id == "notec+vault:select"
        green("openai-python", "models")

    def test_chat(self, client: Any, green: Green) -> None:
        said = client.chat.completions.create(
            model="tiny",
            messages=[{"role": "user", "content": "hello"}],
            max_tokens=4,
            logprobs=True,
            temperature=0,
        )
        assert said.choices[0].message.role == "assistant"
        assert said.usage.completion_tokens == 4
        assert said.choices[0].logprobs.content[0].logprob <= 0
        green("openai-python", "chat")

    def test_chat_streamed(self, client: Any, green: Green) -> None:
        with client.chat.completions.create(
            model="tiny",
            messages=[{"role": "user", "content": "hello"}],
            max_tokens=4,
            temperature=0,
            stream=True,
            stream_options={"include_usage": True},
        ) as stream:
            chunks = list(stream)
        assert chunks[-1].usage.completion_tokens == 4
        green("openai-python", "stream")

    def test_tools(self, tooled: Served, green: Green) -> None:
        openai = pytest.importorskip("openai")
        client = openai.OpenAI(base_url=f"{tooled.url}/v1", api_key=tooled.token, max_retries=0)
        messages: list[Any] = [{"role": "user", "content": "weather in Oslo?"}]
        said = client.chat.completions.create(model="tiny", messages=messages, tools=[WEATHER])
        call = said.choices[0].message.tool_calls[0]
        assert (call.function.name, json.loads(call.function.arguments)) == ("weather", {"city": "Oslo"})
        messages += [said.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "rain"}]
        said = client.chat.completions.create(model="tiny", messages=messages, tools=[WEATHER])
        assert said.choices[0].message.content == "it is fine"
        green("openai-python", "tools")

    def test_vault(self, client: Any, green: Green) -> None:
        said = client.chat.completions.create(
            model="notec+vault:select", messages=[{"role": "user", "content": QUESTION}]
        )
        assert "three eggs.[^1]" in said.choices[0].message.content
        assert said.citations[0]["note"] == "Omelette.md"
        green("openai-python", "vault")

    def test_completion_and_middle(self, client: Any, green: Green) -> None:
        said = client.completions.create(model="tiny", prompt="a", max_tokens=3, temperature=0)
        assert said.usage.completion_tokens == 3
        assert (
            client.completions.create(model="tiny", prompt="a", suffix="b", max_tokens=3).choices[0].text
            is not None
        )
        green("openai-python", "completion")

    def test_responses(self, client: Any, green: Green) -> None:
        said = client.responses.create(model="tiny", input="hello", max_output_tokens=4, temperature=0)
        assert said.usage.output_tokens == 4
        again = client.responses.create(
            model="notec+vault:select", input=QUESTION, previous_response_id=said.id
        )
        assert "three eggs" in again.output_text
        with client.responses.stream(
            model="tiny", input="hello", max_output_tokens=4, temperature=0
        ) as stream:
            kinds = [event.type for event in stream]
        assert "response.output_text.delta" in kinds
        green("openai-python", "responses")

    def test_responses_with_tools(self, tooled: Served, green: Green) -> None:
        openai = pytest.importorskip("openai")
        client = openai.OpenAI(base_url=f"{tooled.url}/v1", api_key=tooled.token, max_retries=0)
        function = {"type": "function", **WEATHER["function"], "strict": False}  # type: ignore[dict-item]
        said = client.responses.create(model="tiny", input="weather in Oslo?", tools=[function])
        call = said.output[0]
        assert (call.type, call.name, json.loads(call.arguments)) == (
            "function_call",
            "weather",
            {"city": "Oslo"},
        )
        output = {"type": "function_call_output", "call_id": call.call_id, "output": "rain"}
        after = client.responses.create(
            model="tiny", input=[output], tools=[function], previous_response_id=said.id
        )
        assert after.output_text == "it is fine"
        green("openai-python", "responses", "tools")

    def test_embeddings(self, client: Any, green: Green) -> None:
        found = client.embeddings.create(model="notec+embed", input=["a cat", "a dog"])  # base64 by default
        plain = client.embeddings.create(model="notec+embed", input="a cat", encoding_format="float")
        assert found.data[0].embedding == pytest.approx(plain.data[0].embedding, abs=1e-6)
        green("openai-python", "embeddings")

    def test_errors(self, client: Any, green: Green) -> None:
        openai = pytest.importorskip("openai")
        with pytest.raises(openai.NotFoundError, match="did you mean 'tiny"):
            client.chat.completions.create(model="tinny", messages=[{"role": "user", "content": "x"}])
        with pytest.raises(openai.AuthenticationError):
            client.with_options(api_key="wrong").models.list()
        green("openai-python", "errors")


class TestOllama:
    @pytest.fixture
    def client(self, served: Served) -> Any:
        ollama = pytest.importorskip("ollama")
        return ollama.Client(host=served.url, headers={"Authorization": f"Bearer {served.token}"})

    def test_list_and_show(self, client: Any, green: Green) -> None:
        assert "tiny:latest" in [m.model for m in client.list().models]
        assert "completion" in client.show("tiny").capabilities
        green("ollama-python", "models")

    def test_chat(self, client: Any, green: Green) -> None:
        said = client.chat(
            "tiny", [{"role": "user", "content": "hi"}], options={"num_predict": 4, "temperature": 0}
        )
        assert said.eval_count == 4
        parts = list(client.chat("notec+vault:select", [{"role": "user", "content": QUESTION}], stream=True))
        assert "three eggs" in "".join(p.message.content or "" for p in parts)
        assert parts[-1].done
        green("ollama-python", "chat", "stream", "vault")

    def test_tools(self, tooled: Served, green: Green) -> None:
        ollama = pytest.importorskip("ollama")
        client = ollama.Client(host=tooled.url, headers={"Authorization": f"Bearer {tooled.token}"})
        messages: list[Any] = [{"role": "user", "content": "weather in Oslo?"}]
        said = client.chat("tiny", messages, tools=[WEATHER])
        assert said.message.tool_calls[0].function.arguments == {"city": "Oslo"}
        messages += [said.message, {"role": "tool", "tool_name": "weather", "content": "rain"}]
        assert client.chat("tiny", messages, tools=[WEATHER]).message.content == "it is fine"
        green("ollama-python", "tools")

    def test_generate_and_format(self, client: Any, green: Green) -> None:
        said = client.generate("tiny", "hi", options={"num_predict": 3, "temperature": 0})
        assert said.eval_count == 3
        schema = {"type": "object", "properties": {"a": {"enum": [1, 2]}}, "required": ["a"]}
        said = client.chat(
            "tiny", [{"role": "user", "content": "x"}], format=schema, options={"num_predict": 200}
        )
        assert json.loads(said.message.content)["a"] in (1, 2)
        green("ollama-python", "completion")

    def test_embed(self, client: Any, green: Green) -> None:
        assert len(client.embed("notec+embed", ["a", "b"]).embeddings) == 2
        assert client.embeddings("notec+embed", "a").embedding
        green("ollama-python", "embeddings")

    def test_errors(self, client: Any, green: Green) -> None:
        ollama = pytest.importorskip("ollama")
        with pytest.raises(ollama.ResponseError, match="no such model"):
            client.chat("none-such", [{"role": "user", "content": "x"}])
        green("ollama-python", "errors")


def test_litellm(served: Served, green: Green) -> None:
    litellm = pytest.importorskip("litellm")
    asked = [{"role": "user", "content": QUESTION}]
    for model, base in (
        ("openai/notec+vault:select", f"{served.url}/v1"),
        ("openai/tiny", f"{served.url}/v1"),
    ):
        said = litellm.completion(
            model=model, api_base=base, api_key=served.token, messages=asked, max_tokens=4
        )
        assert said.choices[0].message.content is not None
    parts = litellm.completion(
        model="openai/tiny",
        api_base=f"{served.url}/v1",
        api_key=served.token,
        messages=asked,
        max_tokens=4,
        stream=True,
    )
    assert list(parts)
    vectors = litellm.embedding(
        model="openai/notec+embed",
        api_base=f"{served.url}/v1",
        api_key=served.token,
        input=["a"],
        encoding_format="float",
    )
    assert vectors.data[0]["embedding"]
    green("litellm", "chat", "stream", "vault", "embeddings")


def test_litellm_with_tools_completions_responses_and_errors(
    served: Served, tooled: Served, green: Green
) -> None:
    litellm = pytest.importorskip("litellm")
    base: Any = {"api_base": f"{served.url}/v1", "api_key": served.token, "num_retries": 0}
    other: Any = {"api_base": f"{tooled.url}/v1", "api_key": tooled.token}
    asked = [{"role": "user", "content": "weather in Oslo?"}]
    said = litellm.completion(model="openai/tiny", messages=asked, tools=[WEATHER], **other)
    assert json.loads(said.choices[0].message.tool_calls[0].function.arguments) == {"city": "Oslo"}
    said = litellm.text_completion(
        model="text-completion-openai/tiny", prompt="a", max_tokens=3, temperature=0, **base
    )
    assert said.usage.completion_tokens == 3
    said = litellm.responses(model="openai/notec+vault:select", input=QUESTION, **base)
    assert said.output[0].content[0].text
    with pytest.raises(litellm.exceptions.NotFoundError, match="did you mean"):
        litellm.completion(model="openai/tinny", messages=asked, **base)
    green("litellm", "tools", "completion", "responses", "errors")


def test_langchain_completions_responses_and_errors(served: Served, green: Green) -> None:
    langchain, openai = pytest.importorskip("langchain_openai"), pytest.importorskip("openai")
    here: Any = {"base_url": f"{served.url}/v1", "api_key": served.token, "max_retries": 0}
    said = langchain.OpenAI(model="tiny", max_tokens=3, temperature=0, **here).generate(["a"])
    assert said.llm_output["token_usage"]["completion_tokens"] == 3
    said = langchain.ChatOpenAI(model="notec+vault:select", use_responses_api=True, **here).invoke(QUESTION)
    assert said.text
    with pytest.raises(openai.NotFoundError, match="did you mean"):
        langchain.ChatOpenAI(model="tinny", **here).invoke("x")
    green("langchain", "completion", "responses", "errors")


def test_openai_agents_streamed_and_errors(served: Served, green: Green) -> None:
    agents, openai = pytest.importorskip("agents"), pytest.importorskip("openai")
    agents.set_tracing_disabled(True)
    client = openai.AsyncOpenAI(base_url=f"{served.url}/v1", api_key=served.token, max_retries=0)

    async def run(kind: Any) -> None:
        reader = agents.Agent(name="reader", model=kind(model="notec+vault:select", openai_client=client))
        result = agents.Runner.run_streamed(reader, QUESTION)
        assert "raw_response_event" in [event.type async for event in result.stream_events()]
        assert result.final_output
        wrong = agents.Agent(name="reader", model=kind(model="tinny", openai_client=client))
        with pytest.raises(openai.NotFoundError, match="did you mean"):
            await agents.Runner.run(wrong, QUESTION)

    async def both() -> None:
        for kind in (agents.OpenAIChatCompletionsModel, agents.OpenAIResponsesModel):
            await run(kind)

    asyncio.run(both())
    green("openai-agents", "stream", "errors")


def test_langchain(served: Served, green: Green) -> None:
    langchain = pytest.importorskip("langchain_openai")
    chat = langchain.ChatOpenAI(model="notec+vault:select", base_url=f"{served.url}/v1", api_key=served.token)
    assert "three eggs" in chat.invoke(QUESTION).content
    assert "three eggs" in "".join(str(part.content) for part in chat.stream(QUESTION))
    vectors = langchain.OpenAIEmbeddings(
        model="notec+embed",
        base_url=f"{served.url}/v1",
        api_key=served.token,
        check_embedding_ctx_length=False,
    )
    assert len(vectors.embed_documents(["a cat", "a dog"])) == 2
    green("langchain", "chat", "stream", "vault", "embeddings")


def test_a_langgraph_agent_with_notec_as_retriever_and_tools(caller: Served, green: Green) -> None:
    """The real engine calls a tool of `/mcp` by its grammar, the graph runs it, and the model goes on."""
    langchain = pytest.importorskip("langchain_openai")
    graphs = pytest.importorskip("langgraph.graph")
    prebuilt = pytest.importorskip("langgraph.prebuilt")
    adapters = pytest.importorskip("langchain_mcp_adapters.client")
    tool = pytest.importorskip("langchain_core.tools").tool
    here = {"base_url": f"{caller.url}/v1", "api_key": caller.token}
    model = langchain.ChatOpenAI(model="notec", max_tokens=2000, seed=1, logit_bias=LIKES, **here)
    headers = {"Authorization": f"Bearer {caller.token}"}
    server = {"transport": "streamable_http", "url": f"{caller.url}/mcp", "headers": headers}
    retriever = vault_retriever(caller)

    def retrieve(state: Any) -> Any:
        found = retriever.invoke(state["messages"][-1].content)
        return {"messages": [("system", "\n".join(document.page_content for document in found))]}

    def write(state: Any) -> Any:
        return {"messages": [model.invoke(state["messages"])]}

    async def run() -> dict[str, list[Any]]:
        tools = await adapters.MultiServerMCPClient({"notec": server}).get_tools()
        assert {t.name for t in tools} == {"search", "read", "ask", "brief", "check", "plan"}
        search = next(t for t in tools if t.name == "search")

        @tool
        async def look_up(asked: Literal["How many eggs does the omelette take?", "three eggs"]) -> Any:
            """Look one of these up in the vault."""
            return await search.ainvoke({"query": asked})

        ended = {}
        for name in ("ask", "search", "look_up"):  # the last with words to choose from
            calls = model.bind_tools([*tools, look_up], tool_choice=name)
            graph = graphs.StateGraph(graphs.MessagesState)
            graph.add_node("retrieve", retrieve)
            graph.add_node("look", lambda s, calls=calls: {"messages": [calls.invoke(s["messages"])]})
            graph.add_node("tools", prebuilt.ToolNode([*tools, look_up], handle_tool_errors=False))
            graph.add_node("write", write)
            for edge in pairwise((graphs.START, "retrieve", "look", "tools", "write", graphs.END)):
                graph.add_edge(*edge)
            ended[name] = (await graph.compile().ainvoke({"messages": [("user", QUESTION)]}))["messages"]
        return ended

    for name, (_, retrieved, call, *answers, last) in asyncio.run(run()).items():
        assert "three eggs" in retrieved.content
        assert {one["name"] for one in call.tool_calls} == {name}
        assert len(answers) == len(call.tool_calls)
        assert all(answer.status == "success" for answer in answers)
        assert ("three eggs" in str(answers[0].content)) or name != "look_up"
        assert last.response_metadata["finish_reason"] in ("stop", "length")
    green("langchain", "tools")


def vault_retriever(served: Served) -> Any:
    """LangChain's own kind of retriever over the vault, as the page shows it."""
    named: dict[str, Any] = {}
    exec(blocks("langchain", "python", served)[0], named)
    return named["Vault"]()


def test_openai_agents(served: Served, green: Green) -> None:
    agents = pytest.importorskip("agents")
    openai = pytest.importorskip("openai")
    agents.set_tracing_disabled(True)
    client = openai.AsyncOpenAI(base_url=f"{served.url}/v1", api_key=served.token)
    for kind in (agents.OpenAIChatCompletionsModel, agents.OpenAIResponsesModel):
        agent = agents.Agent(name="reader", model=kind(model="notec+vault:select", openai_client=client))
        assert "three eggs" in agents.Runner.run_sync(agent, QUESTION).final_output
    green("openai-agents", "chat", "vault", "responses")


def test_an_agent_calls_a_tool_and_goes_on(tooled: Served, green: Green) -> None:
    agents = pytest.importorskip("agents")
    openai = pytest.importorskip("openai")
    agents.set_tracing_disabled(True)
    asked = []
    green("openai-agents", "tools")

    @agents.function_tool
    def weather(city: str) -> str:
        """The weather of a city."""
        asked.append(city)
        return "rain"

    client = openai.AsyncOpenAI(base_url=f"{tooled.url}/v1", api_key=tooled.token)
    for kind in (agents.OpenAIChatCompletionsModel, agents.OpenAIResponsesModel):
        agent = agents.Agent(name="x", tools=[weather], model=kind(model="tiny", openai_client=client))
        assert agents.Runner.run_sync(agent, "weather in Oslo?").final_output == "it is fine"
    assert asked == ["Oslo", "Oslo"]


def test_blanks_before_a_whole_reply_disturb_nobody(slow: Served) -> None:
    """What a client gets that waits longer than `--keep-alive` for a reply that it wants whole."""
    openai, ollama = pytest.importorskip("openai"), pytest.importorskip("ollama")
    litellm, langchain = pytest.importorskip("litellm"), pytest.importorskip("langchain_openai")
    asked: list[Any] = [{"role": "user", "content": "hello"}]
    here = {"base_url": f"{slow.url}/v1", "api_key": slow.token}
    client = openai.OpenAI(**here, max_retries=0)
    said = client.chat.completions.with_raw_response.create(model="tiny", messages=asked)
    assert said.content.startswith(b"   ")
    assert said.parse().choices[0].message.content == "at last"
    assert client.responses.create(model="tiny", input="hello").output_text == "at last"
    near = ollama.Client(host=slow.url, headers={"Authorization": f"Bearer {slow.token}"})
    assert near.chat("tiny", asked).message.content == "at last"
    assert near.generate("tiny", "hello").response == "at last"
    base = {"api_base": here["base_url"], "api_key": slow.token}
    assert (
        litellm.completion(model="openai/tiny", messages=asked, **base).choices[0].message.content
        == "at last"
    )
    assert langchain.ChatOpenAI(model="tiny", **here).invoke("hello").content == "at last"
