"""The values of the package, and the readers that work on text alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.core import NotecError
from notec.models import Message, Recorder, Replay, Reply, Request, Scripted, Settings
from notec.models.sse import events, lines
from notec.models.unwrap import ThinkSplitter, chosen

ASK = Request((Message("user", "Почему?"),), purpose="why")


def test_the_digest_of_a_request_never_changes() -> None:
    """Logs and recordings on users' disks are found by it."""
    assert ASK.digest == "ded002d2dcffa1976e183924e7d09a6e"
    rich = Request(ASK.messages, {"type": "object", "a": [1]}, settings=Settings(0.5, seed=None, stop=("x",)))
    assert rich.digest == "6cbc0929408d3dcf9a5618d438b9b6ad"


def test_everything_but_the_purpose_is_in_the_digest() -> None:
    others = [
        replace(ASK, messages=(Message("system", "Почему?"),)),
        replace(ASK, messages=(*ASK.messages, Message("user", ""))),
        replace(ASK, schema={}),
        replace(ASK, schema={"type": "string"}),
        replace(ASK, choices=("a",)),
        replace(ASK, choices=("b",)),
        replace(ASK, prefix="a"),
        replace(ASK, settings=Settings(seed=1)),
        replace(ASK, settings=Settings(seed=None)),
        replace(ASK, settings=Settings(temperature=0.1)),
        replace(ASK, settings=Settings(thinking=False)),
        replace(ASK, settings=Settings(stop=("a",))),
    ]
    assert len({r.digest for r in (ASK, *others)}) == 13
    assert replace(ASK, purpose="else").digest == ASK.digest
    assert {ASK: 1}[replace(ASK)] == 1


texts = st.text(max_size=20)
requests = st.builds(
    Request,
    st.lists(st.builds(Message, st.sampled_from(["system", "user", "assistant"]), texts), max_size=3).map(
        tuple
    ),
    st.none() | st.dictionaries(texts, st.integers() | texts, max_size=2),
    settings=st.builds(
        Settings,
        temperature=st.floats(0, 2) | st.none(),
        seed=st.none() | st.integers(),
        stop=st.lists(texts, max_size=2).map(tuple),
        thinking=st.none() | st.booleans(),
    ),
    purpose=texts,
)


@given(requests)
def test_a_request_survives_being_written(request: Request) -> None:
    again = Request.from_json(json.loads(json.dumps(request.to_json())))
    assert again == request
    assert again.digest == request.digest


def test_a_request_does_not_contradict_itself() -> None:
    with pytest.raises(ValueError, match="not both"):
        Request(ASK.messages, schema={}, choices=("a",))
    with pytest.raises(ValueError, match="prefix"):
        Request(ASK.messages, choices=("a",), prefix="a")


# Scripted and Replay


def test_scripted_says_what_it_is_told() -> None:
    model = Scripted(["one", Reply("two", "length")])
    pieces: list[str] = []
    assert model.reply(ASK, on_text=pieces.append).value.text == "one"
    assert model.reply(ASK).value.finish == "length"
    assert pieces == ["one"]
    assert model.requests == [ASK, ASK]
    with pytest.raises(NotecError, match="number 3"):
        model.reply(ASK)


def test_scripted_follows_a_function_and_can_be_cancelled() -> None:
    model = Scripted(lambda request: request.messages[0].content * 3, chunk=7)
    pieces: list[str] = []
    reply = model.reply(ASK, on_text=pieces.append, cancel=lambda: len(pieces) == 2).value
    assert (reply.text, reply.finish, pieces) == ("Почему?Почему?", "cancelled", ["Почему?", "Почему?"])


def test_replay_gives_back_what_was_recorded(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    odd = Request((Message("user", "line\u2028sep \ud800"),))
    with path.open("w", encoding="utf-8") as file:
        recorder = Recorder(Scripted(["потому\u2028что", "lone", Reply("par", "cut")]), file)
        assert recorder.reply(ASK).value.text == "потому\u2028что"
        recorder.reply(odd)
        recorder.reply(replace(ASK, prefix="x"))  # is cut, so is not recorded
    replay = Replay(path)
    assert len(replay) == 2
    assert replay.reply(replace(ASK, purpose="other")).value.text == "потому\u2028что"
    assert replay.reply(odd).value.text == "lone"
    assert "потому" in path.read_text("utf-8")  # a person can read it
    with pytest.raises(NotecError, match="holds no reply"):
        replay.reply(replace(ASK, prefix="x"))


@pytest.mark.parametrize("line", ["{", "[]", '{"digest": "a"}', '{"digest": "a", "reply": {"no": 1}}'])
def test_a_broken_recording_names_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "replies.jsonl"
    path.write_text("\n" + line)
    with pytest.raises(NotecError, match=r"replies\.jsonl, line 2"):
        Replay(path)
    with pytest.raises(NotecError, match="cannot read"):
        Replay(tmp_path / "none")


# Server-sent events


def cut(data: Any, at: list[int]) -> list[Any]:
    points = sorted({p % (len(data) + 1) for p in at})
    return [data[a:b] for a, b in zip([0, *points], [*points, len(data)], strict=True)]


@given(
    st.lists(st.sampled_from([b"a", b"data: x", b"\n", b"\r", b"\r\n", b": c", "ж".encode()])),
    st.lists(st.integers(0, 99)),
)
def test_lines_do_not_depend_on_the_pieces(parts: list[bytes], at: list[int]) -> None:
    data = b"".join(parts)
    expected = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    if not expected[-1]:
        expected.pop()
    assert list(lines(cut(data, at))) == expected


def test_events_as_the_standard_and_as_servers_write_them() -> None:
    stream = b': hi\n\nevent: m\ndata: {"a":1}\nid: 3\n\ndata:two\ndata: lines\n\n\ndata\n\n'
    stream += b'data: {"b":2}\ndata: [DONE]\n'
    assert list(events([stream])) == ['{"a":1}', "two\nlines", '{"b":2}', "[DONE]"]
    spread = b'data: {\ndata: "a": [\ndata: {"b": 1}]}\n\n'
    assert [json.loads(e) for e in events([spread])] == [{"a": [{"b": 1}]}]


# Thinking and choices


@given(
    st.sampled_from(["", " \n", "\n\n"]),
    st.sampled_from(
        ["<think>a < b </thin </think>", "<thinking>x</think></thinking>", "<b>", "<thin", "", "think>"]
    ),
    st.sampled_from(["", "\n\nAnswer", " <think>in the text</think>", "ответ"]),
    st.lists(st.integers(0, 99)),
)
def test_thinking_is_split_the_same_however_it_comes(
    before: str, block: str, after: str, at: list[int]
) -> None:
    def split(pieces: list[str]) -> tuple[str, str]:
        splitter = ThinkSplitter()
        out = "".join(splitter.feed(p) for p in pieces) + splitter.end()
        return splitter.thinking, out

    text = before + block + after
    assert split(cut(text, at)) == split([text])
    thinking, answer = split([text])
    if block.endswith("</think>"):
        assert (thinking, answer) == ("a < b </thin ", after.lstrip())
    if block in ("<b>", "", "think>") and "<think>" not in after[:8]:
        assert (thinking, answer) == ("", text)


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("s12", "s12"),
        ('"s12"', "s12"),
        (" s12.\n", "s12"),
        ('{"choice": "s12"}', "s12"),
        ('["s12"]', "s12"),
        ('```json\n"s12"\n```', "s12"),
        ("**S12**", "s12"),
        ("I choose s12, since it fits.", "s12"),
        ("s1", "s1"),
        ("«да»", "да"),
        ("Да", "да"),
        ("s1 or s12", None),
        ("s123", None),
        ("", None),
        ("{" * 5000, None),
        ("s12 " + "and many other words " * 20, None),
    ],
)
def test_a_choice_is_recognised(text: str, choice: str | None) -> None:
    assert chosen(text, ("s1", "s12", "да", "нет")) == choice


def test_a_choice_of_numbers_and_of_odd_signs() -> None:
    assert chosen("2", ("1", "2")) == "2"
    assert chosen('{"id": 2}', ("1", "2")) == "2"
    assert chosen("f(x)", ("f(x)", "f(y)")) == "f(x)"
