"""Adapters: what an engine is told. llama.cpp's own parser reads its arguments; of engines that are not
installed here the flags are compared with those of a stated version."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from notec.core import NotecError
from notec.engine.adapters import ENGINES, Lora, Order, Recipe, adapter
from notec.engine.adapters.llama_server import arguments
from notec.engine.launch import launch

STAND_IN = str(Path(__file__).with_name("stand_in_engine.py"))
PARSER = Path(__file__).with_name("llama_parser.py")
GB = 10**9

# What each program's own help or source lists, in the version that its adapter names. Only flags that an
# adapter may use are kept; one that is not here is one that the engine would refuse.
DOCUMENTED = {
    "ik_llama.cpp": (  # common/common.cpp at commit 8337e4cd3861406fc04e0854b1409cd1b027fbc9
        "--model --alias --host --port --parallel --gpu-layers --batch-size --ubatch-size --ctx-size"
        " --cache-type-k --cache-type-v --threads --tensor-split --no-kv-offload --embedding --slot-save-path"
        " --lora-scaled --webui --no-slots --n-cpu-moe --override-tensor --model-draft"
        " --spec-type"
    ),
    "vllm": (  # vllm/engine/arg_utils.py and vllm/entrypoints/common/cli_args.py of the wheel 0.33.0
        "--served-model-name --host --port --max-num-seqs --enable-prefix-caching --max-model-len"
        " --enable-prompt-tokens-details --tensor-parallel-size --kv-cache-dtype --cpu-offload-gb"
        " --enable-lora --lora-modules --speculative-config"
    ),
    "sglang": (  # sglang/srt/arg_groups/fields/*.py of the wheel 0.5.23
        "--model-path --served-model-name --host --port --max-running-requests --enable-cache-report"
        " --context-length --tensor-parallel-size --kv-cache-dtype --cpu-offload-gb --enable-lora"
        " --lora-paths --speculative-algorithm --speculative-draft-model-path --speculative-num-steps"
        " --speculative-eagle-topk --speculative-num-draft-tokens"
        " --kt-method --kt-weight-path --kt-num-gpu-experts --kt-cpuinfer"
    ),
    "deepspeed": "--num_gpus --no_local_rank --module --zero",  # deepspeed/launcher/runner.py of 0.19.8, ours
    "megatron": (  # examples/inference/, megatron/training/arguments.py of 0.20.0
        "--nproc-per-node --host --port --load --use-checkpoint-args --bf16 --micro-batch-size"
        " --tensor-model-parallel-size --inference-dynamic-batching-max-requests --inference-max-seq-length"
        " --inference-dynamic-batching-prefix-caching --return-log-probs"
    ),
    # envconfig/config.go of Ollama 0.15
    "ollama": (
        "OLLAMA_HOST OLLAMA_ORIGINS OLLAMA_KEEP_ALIVE OLLAMA_MAX_LOADED_MODELS OLLAMA_NUM_PARALLEL"
        " OLLAMA_FLASH_ATTENTION OLLAMA_NO_CLOUD OLLAMA_CONTEXT_LENGTH OLLAMA_KV_CACHE_TYPE"
    ),
}
DOCUMENTED["ktransformers"] = DOCUMENTED["sglang"]


def order_for(engine: str, **more: Any) -> Order:
    """An order that uses everything."""
    gguf = engine in ("embedded", "llama.cpp", "ik_llama.cpp")
    values: dict[str, Any] = {
        "model": "/models/big.gguf" if gguf else "/models/big",
        "name": "big",
        "context": 32768,
        "parallel": 2,
        "kv_type": "q8_0",
        "threads": 16,
        "gpu_layers": 95,
        "cpu_expert_layers": 60,
        "gpus": 1,
        "streamed": 80 * GB,
        "link": 55e9,
        "layers": 94,
        "experts": 128,
        "loras": (Lora("legal", "/loras/legal"),),
        "lookup": True,
        "binary": {
            "sglang": sys.executable,
            "ktransformers": sys.executable,
            "transformers": sys.executable,
        }.get(engine, STAND_IN),
        **more,
    }
    return Order(**values)


def flags(recipe: Recipe) -> set[str]:
    return {word.partition("=")[0] for word in recipe.argv if word.startswith("--")}


def llama_parser(argv: tuple[str, ...]) -> Any:
    pytest.importorskip("xllamacpp")
    done = subprocess.run([sys.executable, str(PARSER), *argv], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_llama_cpps_own_parser_understands_everything(tmp_path: Path) -> None:
    loras = tmp_path / "a.gguf"
    loras.touch()
    slots = tmp_path / "slots"
    slots.mkdir()
    order = order_for(
        "llama.cpp", loras=(Lora("a", str(loras)),), slots=str(slots), draft="/models/draft.gguf"
    )
    read = llama_parser(arguments(order, 8123))
    if read is None:
        pytest.fail("this xllamacpp keeps its parser elsewhere: mend llama_parser.py")
    assert read == {
        "model": "/models/big.gguf",
        "host": ["127.0.0.1"],
        "port": 8123,
        "context": 65536,
        "parallel": 2,
        "batch": [2048, 512],
        "gpu_layers": 95,
        "kv": ["GGML_TYPE_Q8_0", "GGML_TYPE_Q8_0"],
        "kv_on_gpu": True,
        "threads": 16,
        "loras": [[str(loras), 0.0]],
        "slots": f"{slots}/",
        "show_slots": False,
        "offline": True,
        "cors": "localhost",
        "fit": False,
        "ui": False,
        "draft": "/models/draft.gguf",
        "speculation": [
            "COMMON_SPECULATIVE_TYPE_DRAFT_SIMPLE",
            "COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE",
        ],
        "embedding": False,
    }


@pytest.mark.parametrize(
    "change",
    [
        {"overrides": ((r"blk\.(1|2)\.ffn_.*_exps", "CPU"), ("output", "CPU")), "cpu_expert_layers": 0},
        {"tensor_split": (0.6, 0.4), "gpus": 2},
        {"kv_on_gpu": False, "kv_type": "f16", "lookup": False, "loras": ()},
        {"embedding": True, "loras": (), "lookup": False},
        {"context": 0, "threads": 0, "gpu_layers": -1},
        {"extra": ("--numa", "distribute", "--load-mode", "none")},
    ],
)
def test_llama_cpps_own_parser_accepts_every_kind_of_plan(change: dict[str, Any]) -> None:
    order = replace(order_for("llama.cpp", loras=()), **change)
    assert llama_parser(arguments(order, 8123))["port"] == 8123


def test_the_embedded_engine_is_told_the_same_as_the_program(tmp_path: Path) -> None:
    """Parameters set by hand and parameters read by llama.cpp's parser are the same."""
    pytest.importorskip("xllamacpp")
    from notec.engine.embedded import parameters

    model, lora = tmp_path / "m.gguf", tmp_path / "l.gguf"
    model.touch()
    lora.touch()
    order = order_for("embedded", model=str(model), loras=(Lora("l", str(lora)),), draft=str(model))
    read, p = llama_parser(arguments(order, 8123)), parameters(order, 8123)
    told = {
        "model": p.model.path,
        "host": p.hostnames,
        "port": p.port,
        "context": p.n_ctx,
        "parallel": p.n_parallel,
        "batch": [p.n_batch, p.n_ubatch],
        "gpu_layers": p.n_gpu_layers,
        "kv": [p.cache_type_k.name, p.cache_type_v.name],
        "kv_on_gpu": not p.no_kv_offload,
        "threads": p.cpuparams.n_threads,
        "loras": [[item.path, item.scale] for item in p.lora_adapters],
        "show_slots": p.endpoint_slots,
        "offline": p.offline,
        "cors": p.cors_origins,
        "fit": p.fit_params,
        "ui": p.ui,
        "draft": p.speculative.draft.mparams.path,
        "speculation": [kind.name for kind in p.speculative.types],
        "embedding": p.embedding,
    }
    assert told == {key: read[key] for key in told}


@pytest.mark.parametrize("engine", DOCUMENTED)
@pytest.mark.parametrize("draft", ["", "/models/draft"])
def test_only_documented_flags_are_used(engine: str, draft: str) -> None:
    if engine == "ik_llama.cpp":
        order = order_for(
            engine, draft=draft, slots="/slots", embedding=True, kv_on_gpu=False, tensor_split=(1.0,)
        )
    else:
        order = order_for(engine, draft=draft, gpus=2)
    recipe = adapter(engine)(order, 8123)
    known = set(DOCUMENTED[engine].split())
    used = {name for name in recipe.environment if name.startswith("OLLAMA")} | flags(recipe)
    assert used
    assert used <= known
    assert (
        replace(order, extra=("--mine",)).extra[0]
        in adapter(engine)(replace(order, extra=("--mine",)), 8123).argv
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_listens_here_alone_and_stays_offline(engine: str) -> None:
    if engine == "embedded":
        pytest.importorskip("xllamacpp")
        recipe = adapter(engine)(order_for(engine, binary=""), 8123)
    else:
        recipe = adapter(engine)(order_for(engine), 8123)
    told = " ".join(recipe.argv) + " " + " ".join(recipe.environment.values())
    assert "0.0.0.0" not in told
    assert "8123" in told
    if engine not in ("embedded", "transformers", "deepspeed"):  # whose servers know no other address
        assert "127.0.0.1" in told
    assert recipe.environment["HF_HUB_OFFLINE"] == "1"
    assert recipe.environment["DO_NOT_TRACK"] == "1"
    assert recipe.model


@pytest.mark.parametrize("engine", ["vllm", "sglang", "transformers", "deepspeed"])
def test_streaming_weights_over_pcie_is_called_the_wrong_tool(engine: str) -> None:
    recipe = adapter(engine)(order_for(engine), 8123)
    said = " ".join(recipe.warnings)
    assert "sends the 80 GB of weights" in said
    assert "at least 1.5 s a token at 55 GB/s" in said
    assert "llama.cpp" in said
    fits = adapter(engine)(order_for(engine, streamed=0, loras=(), lookup=False, kv_type="f16"), 8123)
    assert not any("PCIe for each" in text for text in fits.warnings)
    assert recipe.diagnostics(engine)[0].code == "engine-unfit"


@pytest.mark.parametrize(
    ("engine", "change", "words"),
    [
        ("megatron", {}, "made for training"),
        ("megatron", {}, "will run out of GPU memory"),
        ("deepspeed", {"streamed": 0}, "hundreds of sequences"),
        ("ollama", {}, "whole layers to the CPU"),
        ("ollama", {}, "no LoRA per request"),
        ("ktransformers", {"cpu_kind": "avx2"}, "neither AMX nor AVX-512"),
        ("ktransformers", {"experts": 0}, "this model is none"),
        ("ktransformers", {"cpu_kind": "amx"}, "convert_cpu_weights.py"),
        ("transformers", {"disk": 30 * GB}, "reads the 30 GB that fit nowhere"),
        ("llama.cpp", {"disk": 30 * GB}, "30 GB of the weights fit nowhere"),
    ],
)
def test_honest_warnings(engine: str, change: dict[str, Any], words: str) -> None:
    assert words in " ".join(adapter(engine)(order_for(engine, **change), 1).warnings)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_wrong_kind_of_weights_is_refused_with_the_way_out(engine: str) -> None:
    gguf = engine in ("embedded", "llama.cpp", "ik_llama.cpp")
    if engine == "ollama":
        wrong = order_for(engine, model="/models/big.gguf")
    else:
        wrong = order_for(engine, model="/models/big" if gguf else "/models/big.gguf")
    with pytest.raises(NotecError) as raised:
        adapter(engine)(wrong, 1)
    assert "--engine" in raised.value.hint


@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "embedded"])
def test_an_engine_that_is_not_installed(
    engine: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "transformers", None)
    order = order_for(engine, binary="/no/such/program")
    with pytest.raises(NotecError, match=r"no such program|is needed"):
        adapter(engine)(order, 1)


def test_a_lora_is_switched_by_scale_or_by_name() -> None:
    switch = {
        name: adapter(name)(order_for(name), 1).capabilities.lora for name in ENGINES if name != "embedded"
    }
    assert switch["llama.cpp"] == switch["ik_llama.cpp"] == "scale"
    assert switch["vllm"] == switch["sglang"] == "model"
    assert switch["ollama"] == switch["megatron"] == "none"


@pytest.mark.parametrize("engine", ["ik_llama.cpp", "vllm", "ollama"])
def test_a_program_in_its_place_is_launched_and_answers(engine: str, tmp_path: Path) -> None:
    """The whole way for engines that are not here: command, environment, readiness, a question."""
    (tmp_path / "big.gguf").touch()
    (tmp_path / "big").mkdir()
    (tmp_path / "big" / "model.safetensors").touch()
    order = order_for(engine, loras=())
    if engine != "ollama":
        order = replace(order, model=str(tmp_path / Path(order.model).name))
    with launch(order, engine, logs=tmp_path / "logs") as running:
        body = {"model": running.endpoint.model, "messages": [{"role": "user", "content": "yes"}]}
        reply = running.endpoint.post("chat/completions", body)
        assert reply["choices"][0]["message"]["content"] == "you said yes"
