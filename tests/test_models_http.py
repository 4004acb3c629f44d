from __future__ import annotations

import json
import os
import socket
import threading
import time

import pytest

from notec.core import NotecError, Outcome, Severity
from notec.models import HttpModel, Message, Patience, Reply, Request, Settings
from openai_server import (
    CUT,
    DONE,
    STALL,
    Answer,
    OpenAIServer,
    Play,
    Seen,
    delta,
    error,
    event,
    refusing_schema,
    say,
    usage,
    whole,
)

ASK = Request((Message("system", "Be brief."), Message("user", "Сколько будет 2 + 2?")))
QUICK = Patience(retries=2, backoff=0.02)


def ask(*plays: Play, request: Request = ASK, patience: Patience = QUICK) -> Outcome[Reply]:
    with OpenAIServer(*plays) as server:
        return HttpModel(server.url, patience=patience).reply(request)


def codes(outcome: Outcome[Reply]) -> list[str]:
    return [d.code for d in outcome.diagnostics]


def test_streams_the_reply_and_counts_tokens() -> None:
    pieces: list[str] = []
    with OpenAIServer(say("Четыре, конечно.", size=3)) as server:
        outcome = HttpModel(server.url, "tiny").reply(ASK, on_text=pieces.append)
    reply = outcome.value
    assert (reply.text, reply.finish, reply.model) == ("Четыре, конечно.", "stop", "tiny")
    assert (reply.prompt_tokens, reply.completion_tokens) == (7, 3)
    assert "".join(pieces) == reply.written
    assert len(pieces) > 4
    assert 0 < reply.first_token_seconds <= reply.seconds
    assert outcome.diagnostics == ()


def test_sends_what_was_asked() -> None:
    settings = Settings(
        temperature=0.7, top_p=0.9, top_k=20, seed=5, max_tokens=64, stop=("\n\n",), thinking=False
    )
    with OpenAIServer() as server:
        HttpModel(server.url, "tiny", api_key="s3cret").reply(Request(ASK.messages, settings=settings))
    seen = server.chats[0]
    assert seen.headers["authorization"] == "Bearer s3cret"
    assert seen.body == {
        "model": "tiny",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Сколько будет 2 + 2?"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.7,
        "top_p": 0.9,
        "top_k": 20,
        "seed": 5,
        "max_tokens": 64,
        "stop": ["\n\n"],
        "chat_template_kwargs": {"enable_thinking": False},
    }


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
def test_finds_the_api_behind_any_form_of_the_address(ending: str) -> None:
    with OpenAIServer() as server:
        assert HttpModel(server.url + ending).reply(ASK).value.text == "ok"
        assert [s.path for s in server.seen] == ["/v1/chat/completions"]


def test_the_key_is_shown_nowhere() -> None:
    model = HttpModel("http://127.0.0.1:9", api_key="s3cret", patience=Patience(retries=0))
    with pytest.raises(NotecError) as raised:
        model.reply(ASK)
    assert "s3cret" not in f"{raised.value} {model.fingerprint} {model.endpoint!r}"


# Where a request may go


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/v1",
        "https://api.openai.com/v1",
        "http://192.168.1.5:8080",
        "http://localhost.evil.example",
        "http://127.0.0.1@evil.example/v1",
        "http://127.0.0.1.evil.example",
        "http://2130706433/",
        "http://0.0.0.0:8080",
        "http://[::ffff:10.0.0.1]:80",
        "http://[fe80::1]/",
    ],
)
def test_speaks_to_nobody_else(url: str) -> None:
    with pytest.raises(NotecError, match="is not this machine"):
        HttpModel(url)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "127.0.0.1:8080", "", "http://", "ftp://127.0.0.1", "http://[x"]
)
def test_what_is_no_address_is_said_so(url: str) -> None:
    with pytest.raises(NotecError, match=r"address"):
        HttpModel(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1", "http://localhost:1", "http://[::1]:8080/v1", "http://127.8.9.1"]
)
def test_this_machine_needs_no_permission(url: str) -> None:
    HttpModel(url)


def test_a_host_that_the_user_named_is_allowed() -> None:
    HttpModel("http://box.lan:8000", allowed_hosts=("BOX.lan",))
    HttpModel("http://box.lan:8000", allowed_hosts=("box.lan:8000",))
    with pytest.raises(NotecError, match="allowed_hosts"):
        HttpModel("http://box.lan:8001", allowed_hosts=("box.lan:8000",))


def test_a_proxy_in_the_environment_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setitem(os.environ, name, "http://127.0.0.1:1")
    assert ask(say("direct")).value.text == "direct"


def test_a_redirect_is_not_followed() -> None:
    with OpenAIServer() as other, pytest.raises(NotecError, match="does not follow"):
        ask(Answer([], 307, headers={"Location": other.url + "/v1/chat/completions"}))
    assert other.seen == []


# Patience


def test_waits_for_the_first_token_longer_than_any_stall_limit() -> None:
    slow = Answer([0.5, *say("late").steps])
    assert ask(slow, patience=Patience(stall=0.1)).value.text == "late"


def test_a_limit_on_the_first_token_when_wanted() -> None:
    outcome = ask(Answer([STALL]), patience=Patience(first_token=0.2))
    assert (outcome.value.finish, codes(outcome)) == ("stalled", ["reply-stalled"])


def test_a_stall_keeps_the_text_that_came() -> None:
    outcome = ask(Answer([delta("half of"), delta(" it"), STALL]), patience=Patience(stall=0.3))
    assert (outcome.value.text, outcome.value.finish) == ("half of it", "stalled")
    assert not outcome.value.complete
    assert "0.3 s" in outcome.diagnostics[0].message


def test_pings_are_not_tokens() -> None:
    pings = Answer([delta("x"), *([b": ping\n\n", 0.05] * 40)])
    start = time.monotonic()
    assert ask(pings, patience=Patience(stall=0.3)).value.finish == "stalled"
    assert time.monotonic() - start < 1.5


def test_a_model_that_drips_is_not_stalled() -> None:
    outcome = ask(say("slow but sure", size=1, pause=0.06), patience=Patience(stall=0.4))
    assert (outcome.value.text, outcome.value.finish) == ("slow but sure", "stop")
    assert outcome.value.seconds > 0.7


@pytest.mark.parametrize(
    "steps", [[STALL], [b"", STALL], [delta("a"), STALL]], ids=["head", "first", "middle"]
)
def test_cancel_closes_the_connection_at_once(steps: list[bytes | float | str]) -> None:
    stop = threading.Event()
    with OpenAIServer(Answer(steps)) as server:
        timer = threading.Timer(0.3, stop.set)
        timer.start()
        start = time.monotonic()
        outcome = HttpModel(server.url).reply(ASK, cancel=stop.is_set)
        took = time.monotonic() - start
        assert server.left.wait(1)
        timer.join()
    assert outcome.value.finish == "cancelled"
    assert outcome.value.text == ("a" if len(steps) == 2 and steps[0] else "")
    assert outcome.diagnostics[0].severity == Severity.INFO
    assert took < 0.8


def test_cancel_before_asking_asks_nothing() -> None:
    with OpenAIServer() as server:
        assert HttpModel(server.url).reply(ASK, cancel=lambda: True).value.finish == "cancelled"
    assert server.seen == []


def test_an_error_in_the_sink_closes_the_connection() -> None:
    def fail(text: str) -> None:
        raise KeyboardInterrupt

    with OpenAIServer(Answer([delta("a"), STALL])) as server:
        with pytest.raises(KeyboardInterrupt):
            HttpModel(server.url).reply(ASK, on_text=fail)
        assert server.left.wait(1)


def test_a_server_that_forgets_to_hang_up_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notec.models.http._AFTER_FINISH", 0.2)
    outcome = ask(Answer([delta("all"), delta(finish="stop"), STALL]))
    assert (outcome.value.text, outcome.value.finish, codes(outcome)) == ("all", "stop", [])


def test_a_server_that_starts_late_is_waited_for() -> None:
    with OpenAIServer(error(503, "Loading model"), error(503, "Loading model"), say("ready")) as server:
        assert HttpModel(server.url, patience=QUICK).reply(ASK).value.text == "ready"
    assert len(server.seen) == 3


def test_nothing_is_asked_again_after_the_first_token() -> None:
    with OpenAIServer(Answer([delta("paid for"), CUT]), say("again")) as server:
        outcome = HttpModel(server.url, patience=QUICK).reply(ASK)
    assert (outcome.value.text, outcome.value.finish, len(server.seen)) == ("paid for", "cut", 1)


def test_nobody_there() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(NotecError, match=f"no model server can be reached at 127.0.0.1:{port}") as raised:
        HttpModel(f"http://127.0.0.1:{port}", patience=QUICK).reply(ASK)
    assert "start the server" in raised.value.hint


def test_cancel_while_waiting_to_try_again() -> None:
    stop = threading.Event()
    with OpenAIServer(error(503, "busy", Retry_After="30")) as server:
        threading.Timer(0.2, stop.set).start()
        start = time.monotonic()
        outcome = HttpModel(server.url, patience=QUICK).reply(ASK, cancel=stop.is_set)
    assert outcome.value.finish == "cancelled"
    assert time.monotonic() - start < 1


# Errors that a server gives


@pytest.mark.parametrize(
    ("status", "tries", "hint"),
    [
        (400, 2, ""),  # once more without the settings that not every server knows
        (401, 1, "API key"),
        (404, 1, "this server has tiny"),
        (429, 3, "busy"),
        (500, 3, "log of the model server"),
        (503, 3, "log of the model server"),
    ],
)
def test_http_errors_are_said_in_the_servers_words(status: int, tries: int, hint: str) -> None:
    with OpenAIServer(error(status, "it was not to be")) as server:
        with pytest.raises(NotecError, match=rf"answered {status}: it was not to be") as raised:
            HttpModel(server.url, patience=QUICK).reply(ASK)
        assert len(server.chats) == tries
    assert hint in raised.value.hint


@pytest.mark.parametrize(
    "body",
    [b"plain words", b'{"detail": "plain words"}', b'{"error": "plain words"}', b'{"message":"plain words"}'],
)
def test_errors_in_any_form(body: bytes) -> None:
    with pytest.raises(NotecError, match="answered 403: plain words"):
        ask(Answer([body], 403, "application/json"))


def test_a_prompt_longer_than_the_context_is_explained() -> None:
    refusal = error(400, "the request exceeds the available context size, try increasing it")
    with OpenAIServer(refusal) as server, pytest.raises(NotecError) as raised:
        HttpModel(server.url).reply(ASK)
    assert "less context" in raised.value.hint
    assert len(server.seen) == 1


def test_a_web_page_is_no_model() -> None:
    page = (
        b"<!DOCTYPE html><html><head><style>p{}</style><title>Router login</title></head><body><p>Hi</body>"
    )
    with pytest.raises(NotecError, match="Router login Hi"):
        ask(Answer([page], content_type="text/html"))


def test_something_that_does_not_speak_http() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n" * 100)
                connection.recv(65536)

        thread = threading.Thread(target=greet)
        thread.start()
        outcome = HttpModel(f"http://127.0.0.1:{listener.getsockname()[1]}").reply(ASK)
        thread.join()
    assert (outcome.value.finish, codes(outcome)) == ("cut", ["reply-cut"])


def test_an_error_in_the_stream() -> None:
    failure = event({"error": {"message": "CUDA out of memory", "code": 500}})
    with pytest.raises(NotecError, match="CUDA out of memory"):
        ask(Answer([failure]))
    outcome = ask(Answer([delta("some"), failure]))
    assert (outcome.value.text, outcome.value.finish, codes(outcome)) == ("some", "failed", ["reply-failed"])


# Streams that lie


@pytest.mark.parametrize("chunked", [False, True])
def test_an_end_without_an_end_is_a_cut(chunked: bool) -> None:
    outcome = ask(Answer([delta("half"), *([CUT] if chunked else [])], chunked=chunked))
    assert (outcome.value.text, outcome.value.finish, codes(outcome)) == ("half", "cut", ["reply-cut"])


def test_packets_may_cut_anything_anywhere() -> None:
    stream = b"".join(s for s in say("два байта на букву").steps if isinstance(s, bytes))
    steps: list[bytes | float | str] = [stream[i : i + 7] for i in range(0, len(stream), 7)]
    assert ask(Answer(steps, chunked=True)).value.text == "два байта на букву"


def test_wrong_pieces_are_left_out_and_counted() -> None:
    lies = [
        event("{not json"),
        event([1, 2]),
        event({"choices": "none"}),
        event({"choices": [None, {"index": 1, "delta": {"content": "other"}}]}),
        event({"choices": [{"index": 0, "delta": "text"}]}),
        event("[" * 100_000),
        b"\xff\xfe\n\n",
        delta("the "),
        event({"choices": [{"delta": {"content": [{"type": "text", "text": "truth"}]}}]}),
        event({"choices": [{"delta": {"content": 7}, "finish_reason": 9}]}),
        usage("many", -4),
        DONE,
    ]
    outcome = ask(Answer(list(lies)))
    assert (outcome.value.text, outcome.value.finish) == ("the truth", "stop")
    assert (outcome.value.prompt_tokens, outcome.value.completion_tokens) == (0, 0)
    assert [d.message[:2] for d in outcome.diagnostics if d.code == "bad-chunk"] == ["5 "]


def test_a_line_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notec.models.sse.MAX_LINE", 1 << 20)
    outcome = ask(Answer([delta("a"), *([b"x" * 65536] * 20)]))
    assert (outcome.value.text, outcome.value.finish, codes(outcome)) == ("a", "failed", ["reply-failed"])


def test_a_reply_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notec.models.gather.MAX_CHARS", 100)
    outcome = ask(Answer([delta("word " * 8) for _ in range(50)]))
    assert outcome.value.finish == "length"
    assert len(outcome.value.text) < 200
    assert "reply-too-long" in codes(outcome)


def test_a_server_that_does_not_stream() -> None:
    assert ask(whole("all at once")).value.text == "all at once"
    mislabelled = Answer(say("fine").steps, content_type="text/plain")
    assert ask(mislabelled).value.text == "fine"


def test_an_empty_reply_is_said_so() -> None:
    assert codes(ask(say(""))) == ["empty-reply"]
    assert codes(ask(Answer([]))) == ["reply-cut"]


def test_the_limit_of_tokens_is_honoured() -> None:
    outcome = ask(say("and so on and", finish="length"))
    assert (outcome.value.finish, codes(outcome)) == ("length", ["reply-length"])


def test_thinking_is_kept_apart() -> None:
    tagged = ask(say("<think>\nfirst, I add</think>\n\nFour.", size=3))
    assert (tagged.value.text, tagged.value.thinking) == ("Four.", "\nfirst, I add")
    named = ask(
        Answer([delta(None, reasoning_content="hm, "), delta(None, reasoning="4?"), delta("Four."), DONE])
    )
    assert (named.value.text, named.value.thinking) == ("Four.", "hm, 4?")
    opened_by_the_template = ask(say("I add them.</think>\n\nFour."))
    assert (opened_by_the_template.value.text, opened_by_the_template.value.thinking) == (
        "Four.",
        "I add them.",
    )
    assert codes(ask(say("<think>never done", finish="length"))) == ["reply-length", "only-thinking"]


# Schema and choice


SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


def test_a_schema_is_sent_as_a_response_format() -> None:
    with OpenAIServer(say('{"n": 4}')) as server:
        outcome = HttpModel(server.url).reply(Request(ASK.messages, schema=SCHEMA))
    sent = server.chats[0].body["response_format"]
    assert (sent["type"], sent["json_schema"]["schema"]) == ("json_schema", SCHEMA)
    assert json.loads(outcome.value.text) == {"n": 4}


def test_a_refused_schema_is_asked_for_in_words_and_remembered() -> None:
    request = Request(ASK.messages, schema=SCHEMA)
    with OpenAIServer(refusing_schema(say('{"n": 4}'))) as server:
        model = HttpModel(server.url)
        first, second = model.reply(request), model.reply(request)
    assert codes(first) == codes(second) == ["schema-refused"]
    assert ["response_format" in s.body for s in server.chats] == [True, False, False]
    assert '"integer"' in server.chats[1].prompt
    assert "stream_options" in server.chats[1].body  # only what was refused is given up


def test_refused_settings_are_left_out() -> None:
    def strict(seen: Seen) -> Answer:
        return error(422, "Extra inputs are not permitted") if "stream_options" in seen.body else say("fine")

    with OpenAIServer(strict) as server:
        outcome = HttpModel(server.url).reply(Request(ASK.messages, schema=SCHEMA))
    assert codes(outcome) == ["settings-refused"]
    assert "response_format" in server.chats[-1].body


def test_a_choice_is_unwrapped() -> None:
    request = Request(ASK.messages, choices=("yes", "no"))
    with OpenAIServer(say('"no"')) as server:
        outcome = HttpModel(server.url).reply(request)
    assert (outcome.value.text, outcome.value.written) == ("no", '"no"')
    assert server.chats[0].body["response_format"]["json_schema"]["schema"] == {
        "type": "string",
        "enum": ["yes", "no"],
    }
    assert codes(ask(say("maybe"), request=request)) == ["not-a-choice"]
    assert ask(refusing_schema(say("Yes.")), request=request).value.text == "yes"


def test_a_prefix_is_sent_as_the_beginning_of_the_answer() -> None:
    request = Request(ASK.messages, prefix="It is ")
    with OpenAIServer(say("four")) as server:
        with pytest.raises(ValueError, match="prefix"):
            HttpModel(server.url).reply(request)
        assert HttpModel(server.url, supports_prefix=True).reply(request).value.text == "four"
    assert server.chats[0].body["messages"][-1] == {"role": "assistant", "content": "It is "}


def test_several_threads_share_a_model() -> None:
    with OpenAIServer(lambda seen: say(seen.prompt, pause=0.01)) as server:
        model = HttpModel(server.url)
        texts: dict[int, str] = {}

        def run(n: int) -> None:
            texts[n] = model.reply(Request((Message("user", f"thread {n}"),))).value.text

        threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert texts == {n: f"thread {n}" for n in range(8)}


def test_lists_the_models_of_a_server() -> None:
    with OpenAIServer(models=("a", "b")) as server:
        assert HttpModel(server.url).models() == ("a", "b")
