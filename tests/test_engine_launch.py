"""Launching: one endpoint whatever serves; the embedded llama.cpp really runs, in process and as a child."""

from __future__ import annotations

import os
import signal
import socket
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from notec.core import NotecError
from notec.engine.adapters import Lora, Order
from notec.engine.endpoint import Endpoint, HttpError, UnreachableError
from notec.engine.failure import Failure
from notec.engine.launch import default_engine, launch, smaller, who_has
from notec.engine.supervise import Policy
from openai_server import OpenAIServer
from tiny_gguf import decoder, embedder

STAND_IN = str(Path(__file__).with_name("stand_in_engine.py"))
CHAT = {"messages": [{"role": "user", "content": "hello"}], "max_tokens": 4, "temperature": 0, "seed": 1}


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    return decoder(tmp_path / "tiny.gguf")


def said(endpoint: Endpoint) -> str:
    reply = endpoint.post("chat/completions", {**CHAT, "model": endpoint.model}, timeout=30)
    return str(reply["choices"][0]["message"]["content"])


class TestEmbedded:
    @pytest.fixture(autouse=True)
    def _installed(self) -> None:
        pytest.importorskip("xllamacpp")

    def test_in_process_and_as_a_child_say_the_same(self, gguf: Path, tmp_path: Path) -> None:
        from notec.engine.embedded import EmbeddedServer

        order = Order(str(gguf), context=256, threads=1, batch=256)
        with EmbeddedServer(order) as server:
            inside = said(server.endpoint)
            assert server.endpoint.get("models")["data"][0]["id"] == "tiny"
        with pytest.raises(UnreachableError):
            server.endpoint.get("models")
        with launch(order, "embedded", logs=tmp_path) as running:
            assert said(running.endpoint) == inside
            assert running.endpoint.get("/props")["default_generation_settings"]["n_ctx"] == 256
            assert running.endpoint.model == "tiny"
            assert running.diagnostics == ()
            pid = running.supervisor.pid
        with pytest.raises(UnreachableError):
            running.endpoint.get("models")
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    def test_a_killed_child_comes_back_at_the_same_address(self, gguf: Path, tmp_path: Path) -> None:
        policy = Policy(backoff=0.02)
        order = Order(str(gguf), context=128, threads=1)
        with launch(order, "embedded", logs=tmp_path, policy=policy) as running:
            before = said(running.endpoint)
            os.kill(running.supervisor.pid, signal.SIGKILL)
            assert running.supervisor.wait_ready(0.0) in (True, False)
            while running.supervisor.restarts == 0 or running.supervisor.state != "ready":
                assert running.supervisor.state != "failed"
            assert said(running.endpoint) == before

    def test_reply_streams(self, gguf: Path, tmp_path: Path) -> None:
        with launch(Order(str(gguf), context=128, threads=1), "embedded", logs=tmp_path) as running:
            with running.endpoint.stream("chat/completions", CHAT) as events:
                pieces = [event for event in events if event["choices"]]
            assert len(pieces) > 1

    def test_embeddings(self, tmp_path: Path) -> None:
        model = embedder(tmp_path / "embedder.gguf")
        order = Order(str(model), context=64, batch=64, ubatch=64, threads=1, embedding=True)
        with launch(order, "embedded", logs=tmp_path) as running:
            data = running.endpoint.post("embeddings", {"input": ["river bank"]}, timeout=30)["data"]
            assert len(data[0]["embedding"]) == 32

    def test_a_truncated_file_says_so(self, gguf: Path, tmp_path: Path) -> None:
        gguf.write_bytes(gguf.read_bytes()[:-5000])
        with pytest.raises(NotecError, match=r"cannot load the model.*corrupted or incomplete") as raised:
            launch(Order(str(gguf)), "embedded", logs=tmp_path)
        assert "fetch it again" in raised.value.hint

    def test_memory_that_runs_out_while_loading_says_the_next_smaller_plan(
        self, gguf: Path, tmp_path: Path
    ) -> None:
        """Really: the system lets the child have 1.5 GB, the cache alone wants 2."""
        wrapper = tmp_path / "python"
        wrapper.write_text(f'#!/bin/sh\nulimit -v 1500000\nexec {sys.executable} "$@"\n')
        wrapper.chmod(0o755)
        order = Order(str(gguf), context=1 << 24, threads=1, binary=str(wrapper))
        with pytest.raises(NotecError, match=r"out of memory: embedded ended") as raised:
            launch(order, "embedded", logs=tmp_path)
        assert "next smaller: a KV cache of 8 bits" in raised.value.hint

    @pytest.mark.parametrize("content", [b"", b"\0" * 4096, b"GGUF" + b"\xff" * 4092, b"not a model"])
    def test_a_file_that_is_no_model(self, content: bytes, tmp_path: Path) -> None:
        path = tmp_path / "bad.gguf"
        path.write_bytes(content)
        with pytest.raises(NotecError, match="embedded: "):
            launch(Order(str(path)), "embedded", logs=tmp_path, policy=Policy(restarts=0))

    def test_an_unknown_kv_type(self, gguf: Path) -> None:
        from notec.engine.embedded import parameters

        with pytest.raises(NotecError, match="no such type of KV cache: q3"):
            parameters(Order(str(gguf), kv_type="q3"))


def test_an_external_server_is_started_with_its_arguments_and_spoken_to(gguf: Path, tmp_path: Path) -> None:
    order = Order(str(gguf), context=512, binary=STAND_IN, extra=("--my-own", "flag"))
    with launch(order, logs=tmp_path) as running:
        assert running.endpoint.engine == "llama.cpp"
        assert said(running.endpoint) == "you said hello"
        argv = running.endpoint.get("/health")["argv"]
        assert argv[argv.index("--ctx-size") + 1] == "512"
        assert argv[argv.index("--host") + 1] == "127.0.0.1"
        assert argv[-2:] == ["--my-own", "flag"]


def test_a_port_that_is_taken(gguf: Path, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(NotecError, match=f"port {port} is taken") as raised:
            launch(Order(str(gguf), binary=STAND_IN), logs=tmp_path, port=port)
        assert "--port" in raised.value.hint


def test_a_port_with_a_model_server_tells_how_to_use_it() -> None:
    with OpenAIServer() as server:
        assert who_has(server.port).startswith("a model server with tiny (use it with model.url")


def test_another_free_port_is_taken_when_somebody_was_first(
    gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAND_IN", f"say=bind: Address already in use|exit=1|once={tmp_path / 'once'}")
    with launch(Order(str(gguf), binary=STAND_IN), logs=tmp_path) as running:
        assert said(running.endpoint) == "you said hello"


def test_a_missing_model_is_said_before_anything_starts(tmp_path: Path) -> None:
    for order in (
        Order("/no/such.gguf"),
        Order(STAND_IN, loras=(Lora("x", "/no/lora.gguf"),)),
        Order(STAND_IN, draft="/no/draft.gguf"),
    ):
        with pytest.raises(NotecError, match=r"/no/.*no such file"):
            launch(order, "llama.cpp", logs=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_engine_says_the_nearest(gguf: Path, tmp_path: Path) -> None:
    with pytest.raises(NotecError, match="no such engine") as raised:
        launch(Order(str(gguf)), "vlm", logs=tmp_path)
    assert "vllm" in raised.value.hint


def test_a_folder_is_for_transformers_and_a_gguf_for_llama(gguf: Path) -> None:
    assert default_engine(Order(str(gguf.parent))) == "transformers"
    assert default_engine(Order(str(gguf), binary="x")) == "llama.cpp"


def test_only_this_machine_is_spoken_to() -> None:
    for url in ("http://192.0.2.1:80/v1", "http://example.org/v1", "ftp://127.0.0.1/"):
        with pytest.raises(NotecError):
            Endpoint(url)
    Endpoint("http://192.0.2.1/v1", allowed_hosts=("192.0.2.1",))
    assert Endpoint("http://[::1]:80/v1").root == "http://[::1]:80"


def test_an_error_of_the_server_is_told_in_its_own_words() -> None:
    with OpenAIServer() as server, pytest.raises(HttpError, match="answered 404: no such path: /nothing"):
        Endpoint(f"{server.url}/v1").get("/nothing")


def test_each_step_down_is_smaller_until_nothing_is_left() -> None:
    """Following the advice always ends, and every step names an option."""
    gpu = Failure("gpu-memory", 1)
    order = Order("m.gguf", context=32768, parallel=4, layers=48, experts=128, gpu_layers=49, gpus=1)
    options = []
    for _ in range(100):
        words = smaller(order, gpu)
        if not words:
            break
        option, value = words.rpartition("(")[2].rstrip(")").split()
        options.append(option)
        field = {
            "--cpu-experts": "cpu_expert_layers",
            "--parallel": "parallel",
            "--kv-type": "kv_type",
            "--context": "context",
            "--gpu-layers": "gpu_layers",
        }[option]
        order = replace(order, **{field: value if field == "kv_type" else int(value)})
    assert list(dict.fromkeys(options)) == [
        "--cpu-experts", "--parallel", "--kv-type", "--context", "--gpu-layers"
    ]  # fmt: skip
    assert smaller(order, gpu) == ""
    assert smaller(Order("m.gguf", context=8192), Failure("memory", 137)).startswith("a KV cache of 8 bits")


def test_an_order_survives_json() -> None:
    order = Order(
        "m.gguf",
        tensor_split=(0.5, 0.5),
        overrides=(("exps", "CPU"),),
        loras=(Lora("a", "b"),),
        extra=("--x",),
    )
    assert Order.from_json(order.to_json()) == order


@pytest.mark.parametrize("kind", ["lookup", "draft"])
def test_guessing_ahead_changes_speed_and_not_the_reply(gguf: Path, tmp_path: Path, kind: str) -> None:
    pytest.importorskip("xllamacpp")
    from notec.engine.embedded import EmbeddedServer

    body = {**CHAT, "messages": [{"role": "user", "content": "one two three " * 20}], "max_tokens": 48}
    replies = []
    guesses = {"lookup": True} if kind == "lookup" else {"draft": str(gguf)}
    for more in ({}, guesses):
        with EmbeddedServer(replace(Order(str(gguf), context=512, threads=1), **more)) as server:
            reply = server.endpoint.post("chat/completions", {**body, "ignore_eos": True}, 60)
            replies.append(reply["choices"][0]["message"]["content"])
    assert replies[0] == replies[1]
    if kind == "draft":  # the model guesses itself: every guess is right
        assert reply["timings"]["draft_n_accepted"] > 10
