from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from notec.core import NotecError
from notec.models import HttpModel, Logged, Message, Patience, Reply, Request, Scripted, Settings
from notec.store import Store
from openai_server import CUT, DONE, Answer, OpenAIServer, delta, say

ASK = Request((Message("user", "Расскажи"),))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store.db") as store:
        yield store


def test_the_same_request_is_never_paid_twice(store: Store) -> None:
    model = Scripted(["once"])
    assert Logged(model, store.replies).reply(ASK).value.text == "once"
    pieces: list[str] = []
    again = Logged(Scripted([]), store.replies).reply(ASK, on_text=pieces.append)
    assert (again.value.text, pieces) == ("once", ["once"])
    assert store.replies.count() == (1, 0)


def test_another_request_or_model_is_another_reply(store: Store) -> None:
    model = Scripted(["a", "b", "c"])
    logged = Logged(model, store.replies)
    assert logged.reply(ASK).value.text == "a"
    assert logged.reply(Request(ASK.messages, settings=Settings(seed=2))).value.text == "b"
    other = Logged(Scripted(["other"], fingerprint="other weights"), store.replies)
    assert other.reply(ASK).value.text == "other"


def test_diagnostics_come_back_with_the_reply(store: Store) -> None:
    with OpenAIServer(say("and so", finish="length")) as server:
        logged = Logged(HttpModel(server.url), store.replies)
        assert logged.reply(ASK) == logged.reply(ASK)
        assert len(server.seen) == 1
    assert [d.code for d in logged.reply(ASK).diagnostics] == ["reply-length"]


def test_text_is_saved_before_the_reply_is_over(store: Store) -> None:
    seen: list[str] = []

    def look(text: str) -> None:
        seen.append(store.replies.partial(ASK.digest, "scripted"))

    Logged(Scripted(["abcdef"], chunk=2), store.replies, every=0).reply(ASK, on_text=look)
    assert seen == ["ab", "abcd", "abcdef"]
    assert store.replies.partial(ASK.digest, "scripted") == ""


def test_a_broken_reply_goes_on_where_the_model_can(store: Store) -> None:
    with OpenAIServer(Answer([delta("Once upon "), CUT]), say("a time")) as server:
        logged = Logged(HttpModel(server.url, supports_prefix=True), store.replies)
        assert logged.reply(ASK).value.finish == "cut"
        pieces: list[str] = []
        outcome = logged.reply(ASK, on_text=pieces.append)
        assert (outcome.value.text, outcome.value.finish) == ("Once upon a time", "stop")
        assert "".join(pieces) == "Once upon a time"
        assert [d.code for d in outcome.diagnostics] == ["reply-continued"]
        assert server.chats[1].body["messages"][-1] == {"role": "assistant", "content": "Once upon "}
        assert logged.reply(ASK).value.text == "Once upon a time"
        assert len(server.chats) == 2


def test_a_broken_reply_is_asked_anew_where_it_cannot(store: Store) -> None:
    with OpenAIServer(Answer([delta("Once upon "), CUT]), say("Another tale")) as server:
        logged = Logged(HttpModel(server.url), store.replies)
        logged.reply(ASK)
        assert logged.reply(ASK).value.text == "Another tale"
        assert [m["role"] for m in server.chats[1].body["messages"]] == ["user"]


def test_a_grammar_begins_at_the_beginning(store: Store) -> None:
    request = Request(ASK.messages, schema={"type": "object"})
    with OpenAIServer(Answer([delta('{"a'), CUT]), say("{}")) as server:
        logged = Logged(HttpModel(server.url, supports_prefix=True), store.replies)
        assert logged.reply(request).value.text == '{"a'
        assert logged.reply(request).value.text == "{}"


def test_what_came_before_an_error_is_kept(store: Store) -> None:
    def stop(text: str) -> None:
        raise KeyboardInterrupt

    with OpenAIServer(Answer([delta("half"), 0.2, delta(" and half"), DONE])) as server:
        logged = Logged(HttpModel(server.url), store.replies)
        with pytest.raises(KeyboardInterrupt):
            logged.reply(ASK, on_text=stop)
        assert store.replies.partial(ASK.digest, logged.fingerprint) == "half"
    with pytest.raises(NotecError):
        Logged(HttpModel(server.url, patience=Patience(retries=0)), store.replies).reply(ASK)
    assert store.replies.count() == (0, 2)


def test_a_reply_that_another_version_wrote_is_asked_anew(store: Store) -> None:
    number = store.replies.begin(ASK.digest, "scripted", "")
    store.replies.finish(number, complete=True, finish="stop", result='{"reply": {"new": 1}}')
    assert Logged(Scripted(["fresh"]), store.replies).reply(ASK).value == Reply("fresh", written="fresh")
