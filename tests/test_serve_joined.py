"""A streamed reply put together: what is streamed in pieces is what would have come whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("starlette")

from notec.front.http.joined import joined
from notec.front.http.responses import Kept


def put_together(*events: Any) -> dict[str, Any]:
    async def stream() -> AsyncIterator[dict[str, Any]]:
        for event in events:
            yield event

    return asyncio.run(joined(stream()))


def chunk(delta: dict[str, Any], finish: str | None = None, index: int = 0, **more: Any) -> dict[str, Any]:
    choice = {"index": index, "delta": delta, "finish_reason": finish, **more}
    return {"id": "x", "object": "chat.completion.chunk", "model": "tiny", "choices": [choice]}


@given(st.lists(st.text(), min_size=1), st.lists(st.text()))
def test_pieces_of_a_text_are_the_text(texts: list[str], thoughts: list[str]) -> None:
    events = [chunk({"role": "assistant", "content": None}, logprobs=None)]
    events += [chunk({"reasoning_content": thought}) for thought in thoughts]
    events += [
        chunk({"content": text}, logprobs={"content": [{"token": text, "logprob": -1}]}) for text in texts
    ]
    counts = {"prompt_tokens": 1, "completion_tokens": len(texts)}
    found = put_together(
        *events, chunk({}, "length"), {"choices": [], "usage": counts, "timings": {"n": 1.5}}
    )
    (choice,) = found["choices"]
    assert choice["message"]["content"] == "".join(texts)
    assert choice["message"].get("reasoning_content", "") == "".join(thoughts)
    assert [one["token"] for one in choice["logprobs"]["content"]] == texts
    assert (choice["finish_reason"], found["object"]) == ("length", "chat.completion")
    assert (found["usage"], found["timings"], found["id"]) == (counts, {"n": 1.5}, "x")


def test_calls_of_tools_and_several_choices() -> None:
    def call(index: int, arguments: str, **more: Any) -> dict[str, Any]:
        function = {"arguments": arguments, **({"name": more.pop("name")} if "name" in more else {})}
        return {"tool_calls": [{"index": index, "function": function, **more}]}

    found = put_together(
        chunk({"role": "assistant", "content": None}),
        chunk(call(0, '{"city"', id="a", type="function", name="weather")),
        chunk(call(1, "{}", id="b", type="function", name="time")),
        chunk(call(0, ': "Oslo"}')),
        chunk({"content": "two"}, "stop", index=1),
        chunk({}, "tool_calls"),
    )
    first, second = found["choices"]
    assert first["message"] == {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}},
            {"id": "b", "type": "function", "function": {"name": "time", "arguments": "{}"}},
        ],
    }
    assert first["finish_reason"] == "tool_calls"
    assert second["message"] == {"role": "assistant", "content": "two"}


def test_a_completion_and_what_never_streamed() -> None:
    parts = [
        {"choices": [{"index": 0, "text": t, "finish_reason": f}]} for t, f in (("a", None), ("b", "stop"))
    ]
    assert put_together(*parts) == {"choices": [{"index": 0, "text": "ab", "finish_reason": "stop"}]}
    whole = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "x"}}], "usage": {"n": 1}}
    assert put_together(whole) == whole
    assert put_together() == {}


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("index", "choices", "delta", "tool_calls", "text", "a")), inner)
    ),
)


@given(
    st.lists(st.dictionaries(st.sampled_from(("choices", "object", "usage", "text")), json_like), max_size=4)
)
def test_nonsense_breaks_nothing(events: list[dict[str, Any]]) -> None:
    assert isinstance(put_together(*events), dict)


def test_a_list_that_becomes_an_object_breaks_nothing() -> None:
    for events in (
        ({"choices": [{"index": 1}]}, {"choices": {"a": 1}}),
        ({"choices": {"a": 1}}, {"choices": [{"index": 1}]}),
        ({"text": "a"}, {"text": [1]}),
        ({"text": [1]}, {"text": "a"}),
        ({"choices": [{"index": 0, "delta": {"tool_calls": 7}}]},),
    ):
        assert put_together(*events, *events)


def test_depth_breaks_nothing() -> None:
    deep: dict[str, Any] = {}
    for _ in range(900):
        deep = {"choices": [{"index": 0, "delta": deep}]}
    assert put_together(deep, deep)["choices"]


def test_conversations_are_kept_within_bounds() -> None:
    kept = Kept()
    for number in range(250):
        kept.keep(f"r{number}", [{"role": "user", "content": f"привет {number} \ud800"}])
    assert kept.find("r49") is None
    assert kept.find("r50") == [{"role": "user", "content": "привет 50 \ud800"}]
    big = "x" * (40 << 20)
    kept.keep("first", [{"content": big}])
    kept.keep("second", [{"content": big}])
    assert kept.find("first") is kept.find("r249") is None
    assert kept.find("second") == [{"content": big}]
    kept.keep("third", [{"content": "small"}])
    assert kept.find("third")
    assert kept.find(["third"]) is None
