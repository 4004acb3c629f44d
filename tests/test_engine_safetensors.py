"""Transformers checkpoints: exact bytes from safetensors headers, shapes from config.json."""

from __future__ import annotations

import io
import json
import random
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headers import safetensors_file
from notec.core import NotecError
from notec.engine.describe import describe
from notec.engine.layout import attention_weights
from notec.engine.safetensors import read_tensors
from notec.engine.shape import from_config

PAD = bytes(64)
CONFIG: dict[str, Any] = {
    "model_type": "qwen3_moe",
    "num_hidden_layers": 2,
    "hidden_size": 64,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "num_experts": 4,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 32,
    "vocab_size": 100,
    "max_position_embeddings": 4096,
}


def tensors(layer: int) -> dict[str, tuple[str, tuple[int, ...], int]]:
    at = f"model.layers.{layer}."
    out: dict[str, tuple[str, tuple[int, ...], int]] = {
        at + "self_attn.q_proj.weight": ("BF16", (64, 64), 8192),
        at + "self_attn.k_proj.weight": ("BF16", (32, 64), 4096),
        at + "self_attn.v_proj.weight": ("BF16", (32, 64), 4096),
        at + "self_attn.o_proj.weight": ("BF16", (64, 64), 8192),
        at + "mlp.gate.weight": ("BF16", (4, 64), 512),
    }
    for expert in range(4):
        for part in ("gate_proj", "up_proj", "down_proj"):
            out[f"{at}mlp.experts.{expert}.{part}.weight"] = ("BF16", (32, 64), 4096)
    return out


def checkpoint(folder: Path, config: Any = CONFIG, *, shards: bool = True) -> Path:
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    outside = {
        "model.embed_tokens.weight": ("BF16", (100, 64), 12800),
        "lm_head.weight": ("BF16", (100, 64), 12800),
    }
    if not shards:
        safetensors_file(folder / "model.safetensors", tensors(0) | tensors(1) | outside)
        return folder
    names = {}
    for number, group in enumerate((tensors(0), tensors(1) | outside), 1):
        name = f"model-{number:05}-of-00002.safetensors"
        safetensors_file(folder / name, group)
        names |= dict.fromkeys(group, name)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}), encoding="utf-8")
    return folder


@pytest.mark.parametrize("shards", [True, False])
def test_bytes_by_role(tmp_path: Path, shards: bool) -> None:
    model, diagnostics = describe(checkpoint(tmp_path, shards=shards))
    assert not diagnostics
    layer = model.layers[1]
    assert (layer.routed, layer.attention, layer.shared, layer.dense) == (12 * 4096, 25088, 0, 0)
    assert (layer.k_width, layer.v_width, layer.kind) == (32, 32, "full")
    assert (model.quant, model.format, model.experts_used) == ("BF16", "safetensors", 2)
    assert model.weights == 2 * (12 * 4096 + 25088) + 25600
    assert 2 * model.parameters == model.weights


def test_hybrid_and_latent_attention_from_the_configuration(tmp_path: Path) -> None:
    hybrid = CONFIG | {
        "model_type": "qwen3_next",
        "layer_types": ["linear_attention", "full_attention"],
        "linear_num_value_heads": 4,
        "linear_num_key_heads": 2,
        "linear_key_head_dim": 16,
        "linear_value_head_dim": 16,
    }
    layers = describe(checkpoint(tmp_path, {"text_config": hybrid, "model_type": "qwen3_next"})).model.layers
    assert [layer.kind for layer in layers] == ["linear", "full"]
    assert layers[0].state == 4 * (3 * (2 * 2 * 16 + 4 * 16) + 4 * 16 * 16)
    latent = CONFIG | {"model_type": "deepseek_v3", "kv_lora_rank": 512, "qk_rope_head_dim": 64}
    layer = describe(checkpoint(tmp_path, latent)).model.layers[0]
    assert (layer.kind, layer.k_width, layer.v_width) == ("mla", 576, 512)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "too short"),
        (bytes(64), "begins with zeros"),
        (struct.pack("<Q", 2**63) + b"{}", "claims"),
        (struct.pack("<Q", 20) + b'{"a": 1', "cut short"),
        (struct.pack("<Q", 4) + b"nope", "not readable as JSON"),
        (struct.pack("<Q", 4) + b"[12]", "a JSON object is wanted"),
        (struct.pack("<Q", 200_000) + b"[" * 200_000, "nested too deeply"),
        (struct.pack("<Q", 9) + b'{"a": 12}', "damaged header at tensor `a`"),
        (struct.pack("<Q", 56) + b'{"a":{"dtype":"F16","shape":[4],"data_offsets":[0,64]}}  ', "cut short"),
        (struct.pack("<Q", 56) + b'{"a":{"dtype":"F16","shape":[4],"data_offsets":[8,4]}}  ' + PAD, "damage"),
        (struct.pack("<Q", 56) + b'{"a":{"dtype":"F16","shape":[9],"data_offsets":[0,4]}}  ' + PAD, "damage"),
    ],
)  # fmt: skip
def test_damaged_files(raw: bytes, words: str) -> None:
    with pytest.raises(NotecError, match=words) as error:
        read_tensors(io.BytesIO(raw), len(raw), "x.safetensors")
    assert error.value.hint


def test_a_missing_shard_and_a_way_out_of_the_folder(tmp_path: Path) -> None:
    checkpoint(tmp_path)
    (tmp_path / "model-00001-of-00002.safetensors").unlink()
    with pytest.raises(NotecError, match=r"model-00001-of-00002\.safetensors is missing"):
        describe(tmp_path)
    (tmp_path / "model.safetensors.index.json").write_text('{"weight_map": {"a": "../../etc/passwd"}}')
    with pytest.raises(NotecError, match="names the file"):
        describe(tmp_path)


@given(st.integers(0, 2**32))
@settings(max_examples=100, database=None)
def test_no_bytes_crash_the_reader(seed: int) -> None:
    chance = random.Random(seed)
    header = json.dumps(
        {k: {"dtype": d, "shape": s, "data_offsets": [0, n]} for k, (d, s, n) in tensors(0).items()}
    )
    for _ in range(20):
        raw = bytearray(struct.pack("<Q", len(header)) + header.encode() + bytes(9000))
        for _ in range(3):
            where = chance.randrange(len(header) + 8)
            raw[where : where + chance.randint(0, 4)] = chance.choice(
                [b"\xff", b"{", b'"', b"9" * 40, b"-1", b"null"]
            )
        try:
            found = read_tensors(io.BytesIO(raw), len(raw), "x")
        except NotecError as error:
            assert "x" in error.message  # noqa: PT017  most cases are refused; none may end otherwise
        else:
            assert sum(t.bytes for t in found) < 10**9


KEYS = st.sampled_from([*CONFIG, "layer_types", "text_config", "sliding_window", "kv_lora_rank"])
VALUES = st.none() | st.text(max_size=4) | st.integers(-(2**70), 2**70) | st.floats() | st.lists(st.none())


@given(st.dictionaries(KEYS, VALUES))
@settings(max_examples=100, database=None)
def test_no_configuration_crashes_the_shape(config: dict[str, Any]) -> None:
    from notec.engine.shape import MAX_LAYERS, from_config

    assert from_config(config).layers <= MAX_LAYERS


def described(
    folder: Path, config: dict[str, Any], weights: dict[str, tuple[str, tuple[int, ...], int]]
) -> Any:
    """A checkpoint of one file with an index, as `describe` sees it."""
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    safetensors_file(folder / "model-00001-of-00001.safetensors", weights)
    index = {"weight_map": dict.fromkeys(weights, "model-00001-of-00001.safetensors")}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    return describe(folder)


def test_mimos_pattern_of_windows(tmp_path: Path) -> None:
    """1 is a window with heads of its own number, 0 sees everything; zeros in `moe_layer_freq` are dense."""
    config = CONFIG | {
        "model_type": "mimo_v2_flash",
        "num_hidden_layers": 4,
        "hybrid_layer_pattern": [0, 1, 1, 0],
        "swa_num_key_value_heads": 8,
        "sliding_window_size": 128,
        "v_head_dim": 8,
        "moe_layer_freq": [0, 1, 1, 1],
    }
    outside = {"model.embed_tokens.weight": ("BF16", (100, 64), 12800)}
    model, diagnostics = described(tmp_path, config, outside)
    assert not diagnostics
    assert [layer.kind for layer in model.layers] == ["full", "sliding", "sliding", "full"]
    assert [(layer.k_width, layer.v_width) for layer in model.layers[:2]] == [(32, 16), (128, 64)]
    assert model.sliding_window == 128
    assert from_config(config).dense_layers == 1


def test_nemotrons_letters(tmp_path: Path) -> None:
    """Mamba keeps a state, attention a cache, a layer of experts neither."""
    config = {
        "model_type": "nemotron_h",
        "num_hidden_layers": 4,
        "hybrid_override_pattern": "ME*-",
        "hidden_size": 64,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "mamba_num_heads": 8,
        "mamba_head_dim": 16,
        "n_groups": 2,
        "ssm_state_size": 32,
        "conv_kernel": 4,
        "n_routed_experts": 4,
        "num_experts_per_tok": 2,
        "vocab_size": 100,
    }
    weights: dict[str, tuple[str, tuple[int, ...], int]] = {
        "backbone.layers.0.mixer.A_log": ("F32", (8,), 32),
        "backbone.layers.0.mixer.in_proj.weight": ("BF16", (64, 64), 8192),
        "backbone.layers.1.mixer.experts.0.up_proj.weight": ("BF16", (32, 64), 4096),
        "backbone.layers.1.mixer.shared_experts.up_proj.weight": ("BF16", (32, 64), 4096),
        "backbone.layers.2.mixer.k_proj.weight": ("BF16", (32, 64), 4096),
        "backbone.layers.2.mixer.v_proj.weight": ("BF16", (32, 64), 4096),
        "backbone.layers.3.mixer.up_proj.weight": ("BF16", (32, 64), 4096),
    }
    model, diagnostics = described(tmp_path, config, weights)
    assert not diagnostics
    assert [layer.k_width for layer in model.layers] == [0, 0, 32, 0]
    inner = 8 * 16
    assert [layer.state for layer in model.layers] == [4 * (3 * (inner + 4 * 32) + 32 * inner), 0, 0, 0]
    assert [bool(layer.routed) for layer in model.layers] == [False, True, False, False]


def test_a_shared_expert_that_is_only_measured() -> None:
    shape = from_config(CONFIG | {"model_type": "qwen3_5_moe", "shared_expert_intermediate_size": 48})
    assert (shape.shared_experts, shape.shared_ff) == (1, 48)
    assert from_config(CONFIG).shared_experts == 0


def test_latent_attention_counts_the_parts_of_a_head() -> None:
    """DeepSeek-V3.2: 128 without position and 64 with it, not 7168 / 128 = 56; and its indexer's keys."""
    config = {
        "model_type": "deepseek_v32", "num_hidden_layers": 1, "hidden_size": 7168, "num_attention_heads": 128,
        "kv_lora_rank": 512, "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64,
        "v_head_dim": 128, "index_head_dim": 128,
    }  # fmt: skip
    shape = from_config(config)
    assert (shape.key_dim, shape.value_dim, shape.latent, shape.indexer) == (128, 128, 576, 128)
    # its published shapes: 187 million weights of attention in a layer
    assert attention_weights(shape, 0) == 187_105_280


@pytest.mark.parametrize(
    ("told", "kinds"),
    [
        ({"sliding_window_pattern": "LLG", "sliding_window": 64}, ["sliding", "sliding", "full", "sliding"]),
        ({"linear_attn_config": {"kda_layers": [1, 2, 3]}}, ["linear", "linear", "linear", "full"]),
        ({"layer_types": ["mamba", "attention", "mamba", "mamba"]}, ["linear", "full", "linear", "linear"]),
        ({"hybrid_layer_pattern": [0, 1]}, ["full"] * 4),  # of another length: not believed
        ({"hybrid_layer_pattern": 7, "linear_attn_config": [1], "moe_layer_freq": "x"}, ["full"] * 4),
    ],
)
def test_kinds_under_other_names(told: dict[str, Any], kinds: list[str]) -> None:
    assert list(from_config(CONFIG | {"num_hidden_layers": 4} | told).kinds) == kinds


def test_a_layer_that_cannot_be_is_said_with_its_file(tmp_path: Path) -> None:
    weights = {"model.layers.999999999.x.weight": ("F16", (4,), 8)}
    with pytest.raises(
        NotecError, match=r"model-00001-of-00001\.safetensors: the tensor .* claims layer 999,999,999"
    ):
        described(tmp_path, CONFIG, weights)
