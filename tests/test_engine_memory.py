"""Memory by place: weights, caches of every kind of attention, buffers; against the engine's own report."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.engine.catalogue import find_model
from notec.engine.describe import describe
from notec.engine.hardware import machine_named
from notec.engine.memory import MIB, estimate, kv_cache, kv_layers, ram_limit, vram_limit
from notec.engine.placing import fill, named
from notec.engine.synthetic import Sketch, write
from notec.engine.values import GB, Cpu, Layer, Machine, Placement

ALONE = Machine((), Cpu("any", 2), 1 << 40, 1e10)
CARD = machine_named("RTX PRO 6000", 512 * GB)


@pytest.mark.parametrize(
    ("name", "kind", "context", "expected"),
    [
        ("Qwen3-235B-A22B", "f16", 32768, 94 * 2 * 4 * 128 * 2 * 32768),
        ("Qwen3-235B-A22B", "q8_0", 32768, 94 * 2 * 4 * 128 * 34 // 32 * 32768),
        ("DeepSeek-V3", "f16", 32768, 61 * 576 * 2 * 32768),  # one latent, of which the values are a part
        ("Gemma-3-27B", "f16", 32768, 2 * 16 * 128 * 2 * (10 * 32768 + 52 * 1536)),
        ("Qwen3-32B", "f16", 100, 64 * 2 * 8 * 128 * 2 * 256),  # cells come in 256s
    ],
)
def test_cache_by_kind_of_attention(name: str, kind: str, context: int, expected: int) -> None:
    assert kv_cache(find_model(name), context, kind) == expected


def test_linear_layers_keep_a_state_whatever_the_context() -> None:
    model = find_model("Qwen3.5-397B-A17B")
    short, long = kv_layers(model, 4096, "f16"), kv_layers(model, 262_144, "f16")
    state = 4 * (3 * (2 * 16 * 128 + 64 * 128) + 64 * 128 * 128)
    assert short[0] == long[0] == state
    assert short[3] == 4096 * 2 * 2 * 256 * 2
    assert long[3] == 64 * short[3]
    assert kv_layers(model, 4096, "f16", sequences=3)[0] == 3 * state


def test_every_byte_of_the_weights_has_a_place() -> None:
    model = find_model("Qwen3-235B-A22B")
    for placement in (Placement(0, 94), Placement(95, 94), Placement(95, 40), Placement(50, 70)):
        memory = estimate(model, CARD, placement, context=4096, kv_type="f16", ubatch=512)
        assert memory.weights_gpu + memory.weights_ram == model.weights
        assert memory.kv_gpu + memory.kv_ram == kv_cache(model, 4096, "f16")


def test_experts_go_last_and_attention_first() -> None:
    model = find_model("Qwen3-235B-A22B")
    placement = fill(model, 60 * GB, 5 * GB)
    assert placement.gpu_layers == 95
    assert 0 < placement.cpu_expert_layers < 94
    small = fill(model, 9 * GB, 5 * GB)  # not even attention fits: whole layers from the last down
    assert 0 < small.gpu_layers < 94
    assert small.cpu_expert_layers == 94
    dense = fill(find_model("Qwen3-32B"), 12 * GB, 1 * GB)
    assert 0 < dense.gpu_layers < 64


@given(st.integers(0, 200), st.integers(0, 20))
def test_what_is_placed_fits(vram: int, reserved: int) -> None:
    model = find_model("Mixtral-8x22B")
    placement = fill(model, vram * GB, reserved * GB)
    memory = estimate(model, CARD, placement, context=1024, kv_type="f16", ubatch=512)
    assert memory.weights_gpu <= max(0, vram - reserved) * GB


def test_engines_are_told_names_and_shares() -> None:
    machine = machine_named("2x RTX 3090, RTX PRO 6000", 256 * GB)
    placement = named(Placement(95, 3), machine, find_model("Qwen3-235B-A22B"))
    assert placement.tensor_split == (0.167, 0.167, 0.667)
    (pattern, buffer) = placement.overrides[0]
    assert buffer == "CPU"
    assert re.search(pattern, "blk.2.ffn_up_exps.weight")
    assert not re.search(pattern, "blk.23.ffn_up_exps.weight")
    assert not re.search(pattern, "blk.2.ffn_up_shexp.weight")


def test_ram_is_a_hard_limit_with_the_systems_share_taken_off() -> None:
    assert ram_limit(replace(ALONE, ram=132 * GB)) < 128 * GB
    assert ram_limit(replace(ALONE, ram=2 * GB)) == 1_500_000_000
    assert vram_limit(CARD) < CARD.vram
    assert vram_limit(ALONE) == 0


CHILD = """
import os, sys, time, xllamacpp as x
p = x.CommonParams()
p.model.path = sys.argv[1]; p.n_ctx = 2048; p.n_batch = p.n_ubatch = 256; p.n_parallel = 1
p.n_gpu_layers = 0; p.fit_params = p.warmup = p.use_jinja = False; p.cache_ram_mib = 0; p.verbosity = 5
p.flash_attn_type = x.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_ENABLED
server = x.Server(p)
time.sleep(0.3)
os._exit(0)
"""


@pytest.mark.parametrize("experts", [0, 4])
def test_llama_cpp_allocates_what_was_told(tmp_path: Path, experts: int) -> None:
    pytest.importorskip("xllamacpp")
    path = write(tmp_path / "m.gguf", Sketch("tiny", "F16", 2, 256, 512, experts=experts))
    memory = estimate(describe(path).model, ALONE, Placement(0, 0), context=2048, kv_type="f16", ubatch=256)
    run = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    found: dict[str, float] = {}
    for line in (run.stdout + run.stderr).splitlines():
        if hit := re.search(r"(model|KV|compute|output) buffer size =\s+([\d.]+) MiB", line):
            found[hit[1]] = found.get(hit[1], 0) + float(hit[2])
    assert found, run.stderr[-500:]
    assert memory.weights_ram / MIB == pytest.approx(found["model"], abs=0.1)
    assert memory.kv_ram / MIB == pytest.approx(found["KV"], abs=0.1)
    assert memory.compute_ram / MIB == pytest.approx(found["compute"], abs=1)


def test_an_unknown_layer_width_is_no_crash() -> None:
    model = replace(find_model("Qwen3-8B"), layers=(Layer(0, 0, 0, 0),), hidden=0, heads=0, head_dim=0)
    assert estimate(model, ALONE, Placement(0, 0), context=1, kv_type="f16", ubatch=1).ram > 0
