"""What a server really does: probed, chosen with, and switched between LoRA adapters."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from notec.app.doctor import examine
from notec.core import NotecError, Severity
from notec.engine.adapters import Lora, Order
from notec.engine.choose import choose
from notec.engine.endpoint import Capabilities, Endpoint
from notec.engine.lora import Adapter, adapters, with_lora
from notec.engine.probe import Probed, probe, true_to
from openai_server import Answer, OpenAIServer, Seen, error, say, whole
from tiny_gguf import WIDTH, decoder, write_gguf

QUESTION = [{"role": "user", "content": "Which one?"}]


def answering(reply: str, logprobs: Any = None) -> Answer:
    """A whole reply with log-probabilities."""
    choice = {"message": {"content": reply}, "finish_reason": "stop", "logprobs": logprobs}
    return Answer([json.dumps({"choices": [choice], "usage": {}}).encode()], content_type="application/json")


def lora_gguf(path: Path, seed: int) -> Path:
    """A LoRA of rank 2 for the attention queries of the tiny decoder, strong enough to change every reply."""
    rng = np.random.default_rng(seed)
    metadata = {
        "general.architecture": "llama",
        "general.type": "adapter",
        "adapter.type": "lora",
        "adapter.lora.alpha": 64.0,
    }
    tensors = {}
    for part, rows in (("attn_q", WIDTH), ("attn_v", WIDTH), ("ffn_up", 2 * WIDTH)):
        tensors[f"blk.0.{part}.weight.lora_a"] = rng.standard_normal((2, WIDTH)).astype(np.float32)
        tensors[f"blk.0.{part}.weight.lora_b"] = rng.standard_normal((rows, 2)).astype(np.float32)
    return write_gguf(path, metadata, tensors)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """The embedded engine with a random model and two adapters."""
    pytest.importorskip("xllamacpp")
    from notec.engine.embedded import EmbeddedServer

    folder = tmp_path_factory.mktemp("model")
    model = decoder(folder / "tiny.gguf", context=2048)
    loras = tuple(
        Lora(name, str(lora_gguf(folder / f"{name}.gguf", i))) for i, name in enumerate(("legal", "art"))
    )
    with EmbeddedServer(Order(str(model), context=2048, threads=1, loras=loras)) as server:
        yield replace(server.endpoint, loras=tuple(lora.name for lora in loras))


def said(endpoint: Endpoint, **more: Any) -> str:
    body = {"messages": QUESTION, "max_tokens": 8, "temperature": 0, **more}
    return str(endpoint.post("chat/completions", body, 30)["choices"][0]["message"]["content"])


class TestProbe:
    def test_llama_cpp_does_what_its_adapter_says(self, served: Endpoint) -> None:
        probed = probe(served, timeout=60)
        assert replace(probed, prefill=0.0, decode=0.0) == Probed(
            "tiny", context=2048, schema=True, choice=True, logprobs=True, prefix_reuse=True
        )
        assert probed.prefill > 0
        assert probed.decode > 0
        assert probed.findings() == ()
        assert true_to(served, probed).capabilities == served.capabilities

    def test_a_context_that_is_too_short_for_the_job(self, served: Endpoint) -> None:
        findings = Probed("m", context=2048, schema=True, logprobs=True, prefix_reuse=True).findings(4000)
        assert [(f.severity, f.message) for f in findings] == [
            (Severity.ERROR, "the context is 2,048 tokens, the job needs 4,000")
        ]

    def test_a_server_that_promises_much_and_does_nothing(self) -> None:
        """Ignores every restriction: what it says it does is not believed."""
        with OpenAIServer(say("O river, thy banks are green")) as server:
            claims = Capabilities(schema=True, choice="structured", logprobs=True, prefix_reuse=True)
            endpoint = Endpoint(f"{server.url}/v1", capabilities=claims)

            def play(seen: Seen) -> Answer:
                return say("O river, green") if seen.body.get("stream") else whole("O river, green")

            server.plays = [play]
            probed = probe(endpoint, timeout=10)
        assert probed.model == "tiny"
        assert probed == Probed(
            "tiny", prefill=probed.prefill, decode=probed.decode, prefix_reuse=probed.prefix_reuse
        )
        assert probed.prefill >= 0
        real = true_to(endpoint, probed).capabilities
        assert (real.schema, real.choice, real.logprobs) == (False, "none", False)
        assert "JSON schemas are not enforced" in str(probed.findings())

    @pytest.mark.parametrize(
        "refusal",
        [
            "This model's maximum context length is 4096 tokens. However, you requested 1099511627776",
            "the request exceeds the available context size of 4096 tokens",
        ],
    )
    def test_a_context_length_is_learned_from_a_refusal(self, refusal: str) -> None:
        def play(seen: Seen) -> Answer:
            if seen.body["max_tokens"] > 10**6:
                return error(400, refusal)
            return say("hi") if seen.body.get("stream") else whole("hi")

        with OpenAIServer(play) as server:
            assert probe(Endpoint(f"{server.url}/v1"), timeout=10).context == 4096

    def test_a_server_that_answers_nothing_sensible(self) -> None:
        nonsense = Answer([b'{"hello": 1}'], content_type="application/json")
        with OpenAIServer(nonsense) as server, pytest.raises(NotecError, match="no OpenAI-compatible server"):
            probe(Endpoint(f"{server.url}/v1"), timeout=10)
        with pytest.raises(NotecError, match="refused"):
            probe(Endpoint(f"{server.url}/v1", model="x"), timeout=10)


OPTIONS = {"s1": "the river", "s2": "the bank", "s3": "деньги"}


class TestChoose:
    def test_one_token_and_a_probability_for_each(self, served: Endpoint) -> None:
        chosen = choose(served, QUESTION, OPTIONS)
        assert chosen.tokens == 1
        assert set(chosen.probabilities) == set(OPTIONS)
        assert sum(chosen.probabilities.values()) == pytest.approx(1.0)
        assert chosen.probability == max(chosen.probabilities.values())
        again = choose(served, QUESTION, OPTIONS)
        assert again.probabilities == pytest.approx(chosen.probabilities, abs=0.01)

    def test_probabilities_are_the_models_own(self, served: Endpoint) -> None:
        """The same ratios as in the model's unrestricted distribution at that place."""
        chosen = choose(served, QUESTION, OPTIONS)
        listed = "Which one?\n\nA: the river\nB: the bank\nC: деньги\n\n[A-C]:"
        body = {"messages": [{"role": "user", "content": listed}], "max_tokens": 1, "logprobs": True}
        reply = served.post("chat/completions", {**body, "top_logprobs": 300, "grammar": 'root ::= "A"'})
        top = reply["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        free = {item["token"]: item["logprob"] for item in top if item["token"] in ("A", "B", "C")}
        ratio = np.log(chosen.probabilities["s1"] / chosen.probabilities["s2"])
        assert ratio == pytest.approx(free["A"] - free["B"], abs=0.05)

    def test_many_options_take_two_tokens(self, served: Endpoint) -> None:
        options = {f"id{i}": "" for i in range(70)}
        chosen = choose(served, QUESTION, options)
        assert chosen.id in options
        assert chosen.tokens <= 3

    def test_one_option_asks_nobody(self) -> None:
        assert choose(Endpoint("http://127.0.0.1:1/v1"), QUESTION, {"only": "x"}).probability == 1.0
        with pytest.raises(ValueError, match="no options"):
            choose(Endpoint("http://127.0.0.1:1/v1"), QUESTION, {})

    @pytest.mark.parametrize(
        ("how", "reply", "asked"),
        [
            ("structured", "B", {"structured_outputs": {"choice": ["A", "B", "C"]}}),
            ("regex", "B", {"regex": "(A|B|C)"}),
            ("schema", '"B"', {"max_tokens": 5}),
            ("none", " B.", {"max_tokens": 16}),
        ],
    )
    def test_each_engine_is_asked_in_its_own_way(self, how: Any, reply: str, asked: dict[str, Any]) -> None:
        top = [
            {"token": "A", "logprob": -2.0},
            {"token": "B", "logprob": -1.0},
            {"token": "x", "logprob": -3.0},
        ]
        steps = {"content": [{"token": "B", "logprob": -1.0, "top_logprobs": top}]}
        with OpenAIServer(answering(reply, steps)) as server:
            endpoint = Endpoint(f"{server.url}/v1", model="m", capabilities=Capabilities(choice=how))
            chosen = choose(endpoint, QUESTION, OPTIONS)
            body = server.chats[0].body
        assert chosen.id == "s2"
        assert chosen.probability == pytest.approx(1 / (1 + np.exp(-1)))
        assert asked.items() <= body.items()
        assert body["messages"][0]["content"].endswith("A: the river\nB: the bank\nC: деньги\n\n[A-C]:")

    @pytest.mark.parametrize("reply", ["Because the river", "I choose B", "", "7"])
    def test_free_text_that_is_no_choice_is_not_read_as_one(self, reply: str) -> None:
        with (
            OpenAIServer(answering(reply)) as server,
            pytest.raises(NotecError, match="was to choose one of 3"),
        ):
            choose(Endpoint(f"{server.url}/v1"), QUESTION, OPTIONS)


class TestLora:
    def test_each_request_has_its_own_adapter(self, served: Endpoint) -> None:
        assert adapters(served) == (Adapter("legal", 0.0), Adapter("art", 0.0))
        plain = said(served)
        legal, art = said(served, **with_lora(served, "legal")), said(served, **with_lora(served, "art"))
        assert len({plain, legal, art}) == 3
        assert said(served, **with_lora(served)) == plain
        assert said(served, **with_lora(served, "legal", 0.0)) == plain
        assert said(served) == plain

    def test_an_unknown_adapter_says_the_nearest(self, served: Endpoint) -> None:
        with pytest.raises(NotecError, match="no LoRA adapter is called 'lega'") as raised:
            with_lora(served, "lega")
        assert "legal" in raised.value.hint

    @pytest.mark.parametrize(("engine", "field"), [("vllm", "model"), ("sglang", "lora_path")])
    def test_engines_that_switch_by_name(self, engine: str, field: str) -> None:
        endpoint = Endpoint(
            "http://127.0.0.1:1/v1", engine, "base", capabilities=Capabilities(lora="model"), loras=("legal",)
        )
        assert with_lora(endpoint, "legal") == {field: "legal"}
        assert with_lora(endpoint).get("model", "base") == "base"
        assert adapters(endpoint) == (Adapter("legal"),)
        with pytest.raises(NotecError, match="wholly or not at all"):
            with_lora(endpoint, "legal", 0.5)

    def test_an_adapter_for_another_model(self, tmp_path: Path) -> None:
        pytest.importorskip("xllamacpp")
        from notec.engine.embedded import EmbeddedServer

        other = tmp_path / "other.gguf"
        other.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 0))
        order = Order(str(decoder(tmp_path / "tiny.gguf")), context=64, loras=(Lora("other", str(other)),))
        with pytest.raises(NotecError, match="cannot load it"):
            EmbeddedServer(order)


@pytest.mark.parametrize(
    ("play", "said"),
    [
        (whole("ok"), "JSON schemas are not enforced"),
        (whole('{"ready": true, "kind": "model"}'), "no log-probabilities"),
        (say("ok"), "not probed: "),
        (error(500, "broken"), "answered 500: broken"),
    ],
)
def test_the_doctor_looks_closer_at_the_configured_server(play: Answer, said: str, tmp_path: Path) -> None:
    with OpenAIServer(play) as server:
        (tmp_path / "notec.toml").write_text(f'[model]\nurl = "{server.url}"\n', encoding="utf-8")
        last = list(examine(str(tmp_path), str(tmp_path / "home")))[-1]
    assert (last.check, last.state) == ("endpoint", "remark")
    assert said in last.message
    assert ("JSON schemas" in last.message) == (play == whole("ok"))


def test_the_doctor_is_content_with_llama_cpp(served: Endpoint, tmp_path: Path) -> None:
    (tmp_path / "notec.toml").write_text(f'[model]\nurl = "{served.url}"\n', encoding="utf-8")
    last = list(examine(str(tmp_path), str(tmp_path / "home")))[-1]
    assert (last.check, last.state) == ("endpoint", "fine")
    assert last.message.startswith("context 2,048 tokens; reads ")
