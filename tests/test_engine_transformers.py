"""Transformers and Accelerate, really run: a tiny random mixture of experts, in RAM and on the disk.

`make test-transformers` runs this in an environment of its own: torch is too large for every run.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from notec.engine.adapters import Order
from notec.engine.endpoint import HttpError
from notec.engine.launch import Running, default_engine, launch
from notec.engine.supervise import Policy

# Their own warnings are not ours to mend.
pytestmark = [pytest.mark.transformers, pytest.mark.filterwarnings("ignore")]
TEMPLATE = (
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Qwen3-MoE with eight experts and a vocabulary of bytes."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, Qwen3MoeConfig, Qwen3MoeForCausalLM

    folder = tmp_path_factory.mktemp("model") / "tiny-moe"
    vocabulary = {letter: i for i, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    vocabulary["<|end|>"] = len(vocabulary)
    letters = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    letters.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    letters.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=letters, eos_token="<|end|>")
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = Qwen3MoeConfig(
        vocab_size=len(vocabulary),
        hidden_size=64,
        intermediate_size=128,
        moe_intermediate_size=32,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        num_experts=8,
        num_experts_per_tok=2,
        max_position_embeddings=512,
    )
    Qwen3MoeForCausalLM(config).save_pretrained(folder)
    return folder


def started(folder: Path, logs: Path, **more: Any) -> Running:
    order = Order(str(folder), context=256, threads=1, **more)
    return launch(order, logs=logs, policy=Policy(restarts=0, start=240))


@pytest.fixture(scope="module")
def running(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(folder, tmp_path_factory.mktemp("logs")) as running:
        yield running


def ask(running: Running, text: str = "hello there", **more: Any) -> Any:
    body = {"messages": [{"role": "user", "content": text}], "max_tokens": 8, "ignore_eos": True, **more}
    return running.endpoint.post("chat/completions", body, timeout=60)


def content(reply: Any) -> str:
    return str(reply["choices"][0]["message"]["content"])


def test_a_folder_with_safetensors_goes_to_transformers(folder: Path, running: Running) -> None:
    assert default_engine(Order(str(folder))) == "transformers"
    assert running.endpoint.engine == "transformers"
    assert running.endpoint.get("models")["data"][0]["max_model_len"] == 256


def test_it_says_the_same_with_weights_on_the_disk(folder: Path, running: Running, tmp_path: Path) -> None:
    with started(folder, tmp_path, ram_bytes=600_000, offload=str(tmp_path / "off")) as offloaded:
        places = offloaded.endpoint.get("models")["data"][0]["placement"]
        assert places["disk"] > 500_000
        assert places["cpu"] < 600_000
        assert content(ask(offloaded)) == content(ask(running))


def test_it_is_what_transformers_itself_generates(folder: Path, running: Running) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    ids = tokenizer("<user>hello there\n<assistant>", return_tensors="pt")["input_ids"]
    out = model.generate(ids, max_new_tokens=8, do_sample=False, eos_token_id=None, pad_token_id=0)
    assert content(ask(running)) == tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True)


def test_the_same_beginning_is_not_computed_again(running: Running) -> None:
    ask(running, "a" * 100)
    usage = ask(running, "a" * 100 + "b")["usage"]
    assert usage["prompt_tokens_details"]["cached_tokens"] >= 100
    assert content(ask(running, "a" * 100 + "b")) == content(ask(running, "a" * 100 + "b"))


def test_replies_stream_with_log_probabilities_and_choices(running: Running) -> None:
    body = {"messages": [{"role": "user", "content": "hello there"}], "max_tokens": 8, "ignore_eos": True}
    with running.endpoint.stream("chat/completions", body) as events:
        pieces = [event["choices"][0]["delta"]["content"] for event in events if event["choices"]]
    assert "".join(pieces) == content(ask(running))
    reply = ask(
        running, structured_outputs={"choice": ["yes", "no", "yesterday"]}, logprobs=True, top_logprobs=3
    )
    assert content(reply) in ("yes", "no", "yesterday")
    first = reply["choices"][0]["logprobs"]["content"][0]
    assert first["logprob"] < 0
    assert [item["token"] for item in first["top_logprobs"]] in (["n", "y"], ["y", "n"])  # "yes" twice
    both = {"structured_outputs": {"choice": ["aa", "a"]}, "temperature": 1.0}
    chosen = {content(ask(running, seed=seed, **both)) for seed in range(30)}
    assert chosen == {"a", "aa"}
    enum = {"type": "json_schema", "json_schema": {"schema": {"type": "string", "enum": ["A", "Б"]}}}
    assert content(ask(running, response_format=enum)) in ('"A"', '"Б"')


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            {"response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "object"}}}},
            "schema",
        ),
        ({"messages": [{"role": "user", "content": "a" * 300}]}, "the context length is 256"),
        ({"messages": "nonsense"}, ""),
        ({"max_tokens": "many"}, "many"),
    ],
)
def test_what_it_cannot_do_is_refused_and_it_goes_on(running: Running, more: Any, words: str) -> None:
    with pytest.raises(HttpError, match=words) as raised:
        ask(running, **more)
    assert raised.value.status == 400
    assert content(ask(running))


@pytest.mark.timeout(900)  # the first time DeepSpeed compiles an operator
def test_zero_inference_serves_the_same(folder: Path, running: Running, tmp_path: Path) -> None:
    """DeepSpeed's own launcher, its partitioned weights and our server, on the processor."""
    pytest.importorskip("deepspeed")
    question = {"prompt": "abc", "max_tokens": 5, "temperature": 0.0}
    order = Order(
        str(folder), context=256, threads=1, binary=str(Path(sys.executable).with_name("deepspeed"))
    )
    with launch(order, "deepspeed", logs=tmp_path, policy=Policy(restarts=0, start=800)) as zero:
        for each in (zero, running):
            question["model"] = each.endpoint.model
        texts = [
            each.endpoint.post("completions", question)["choices"][0]["text"] for each in (zero, running)
        ]
        assert texts[0] == texts[1]
