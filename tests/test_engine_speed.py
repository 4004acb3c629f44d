"""Speed: laws that physics gives, and the published figures' order of size."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.engine.catalogue import find_model
from notec.engine.hardware import machine_named
from notec.engine.plan import speeds
from notec.engine.speed import constants, interval, load
from notec.engine.values import GB, Machine, ModelInfo, Placement

MODEL = find_model("Qwen3-235B-A22B")
MACHINE = machine_named("RTX PRO 6000", 256 * GB, platform="epyc-9005")
HALF = Placement(95, 50)
SERVER = machine_named("RTX 5090", 768 * GB, platform="epyc-9005")
FRACTIONS = ("gpu", "gpu_dense", "ram", "numa", "disk", "flops", "flops_dense", "link", "cache")
ENGINES = ("llama.cpp", "ik_llama.cpp", "ktransformers", "sglang", "vllm", "colibri", "unheard-of")


def decode(
    machine: Machine, placement: Placement = HALF, model: ModelInfo = MODEL, context: int = 1000
) -> float:
    return speeds(machine, model, placement, engine="llama.cpp", context=context, kv_type="f16", ubatch=512)[
        1
    ].mid


def prefill(
    machine: Machine, ubatch: int = 512, engine: str = "llama.cpp", placement: Placement = HALF
) -> float:
    return speeds(machine, MODEL, placement, engine=engine, context=0, kv_type="f16", ubatch=ubatch)[0].mid


@given(st.floats(20, 2000), st.floats(1.01, 4))
def test_more_bandwidth_is_never_slower(bandwidth: float, factor: float) -> None:
    slow = replace(MACHINE, ram_bandwidth=bandwidth * GB)
    fast = replace(MACHINE, ram_bandwidth=bandwidth * factor * GB)
    assert decode(fast) > decode(slow)
    assert prefill(fast) >= prefill(slow)


@given(st.integers(0, 94))
def test_experts_on_the_card_are_faster_than_in_ram(count: int) -> None:
    assert decode(MACHINE, Placement(95, count)) >= decode(MACHINE, Placement(95, min(count + 1, 94)))


@given(st.integers(0, 100_000), st.integers(1, 100_000))
def test_speed_falls_with_context(context: int, more: int) -> None:
    assert decode(MACHINE, context=context + more) < decode(MACHINE, context=context)


def test_larger_micro_batches_read_prompts_faster_where_experts_cross_the_link() -> None:
    found = [prefill(MACHINE, ubatch) for ubatch in (512, 1024, 2048, 4096)]
    assert found == sorted(found)
    assert found[-1] > 3 * found[0]


def test_a_second_socket_is_not_a_second_machine() -> None:
    two = machine_named("RTX PRO 6000", 512 * GB, platform="epyc-9005x2")
    assert decode(MACHINE) < 1.5 * decode(MACHINE) <= 2 * decode(two)
    assert decode(two) < 1.6 * decode(MACHINE)


def test_disk_is_the_slowest_place() -> None:
    machine = replace(MACHINE, disk_bandwidth=7 * GB)
    assert decode(machine, Placement(95, 94, disk=60 * GB)) < decode(machine, Placement(95, 94)) / 2


def test_a_token_reads_every_weight_that_it_uses_once() -> None:
    parts = load(MODEL, Placement(95, 94))
    routed = sum(layer.routed for layer in MODEL.layers)
    assert parts.ram == pytest.approx(routed * 8 / 128)
    assert parts.gpu == pytest.approx(MODEL.weights - routed - MODEL.input_embedding, rel=0.01)
    assert parts.hybrid_layers == 94
    everything = load(MODEL, Placement(95, 0))
    assert (everything.ram, everything.hybrid_layers) == (0, 0)


@pytest.mark.parametrize(
    ("machine", "model", "quant", "placement", "low", "high"),
    [  # published figures lie inside these bounds
        (machine_named("RTX PRO 6000", 64 * GB), "gpt-oss-120b", "MXFP4", Placement(99, 0), 100, 260),
        (machine_named("GB10", 128 * GB), "gpt-oss-120b", "MXFP4", Placement(99, 0), 35, 70),
        (machine_named("RTX 3090", 64 * GB), "Qwen3-32B", "Q4_K_M", Placement(99, 0), 22, 42),
        (machine_named("", 64 * GB), "Llama-3.3-70B", "Q4_K_M", Placement(0, 0), 0.8, 2.5),
        (SERVER, "DeepSeek-R1", "Q4_K_M", Placement(99, 61), 8, 24),
    ],
)  # fmt: skip
def test_order_of_size(
    machine: Machine, model: str, quant: str, placement: Placement, low: float, high: float
) -> None:
    assert low < decode(machine, placement, find_model(model, quant)) < high


def test_intervals_hold_their_middle_and_widen_with_doubt() -> None:
    sure, doubtful = interval(0.1, "decode"), interval(0.1, "decode", doubts=2)
    assert sure.low < sure.mid < sure.high
    assert sure.mid == pytest.approx(10)
    assert doubtful.low < sure.low
    assert doubtful.high > sure.high
    assert interval(0.1, "decode", calibrated=True).high < sure.high
    assert math.isclose(sure.mid**2, sure.low * sure.high)


def test_calibration_moves_the_middle() -> None:
    better = replace(MACHINE, efficiency={"decode": 1.2, "prefill": 0.5})
    assert decode(better) == pytest.approx(1.2 * decode(MACHINE))
    assert prefill(better) == pytest.approx(0.5 * prefill(MACHINE))


def test_efficiencies_are_physical() -> None:
    k = constants()
    assert all(
        0 < k[name] <= 1 for name in ("gpu", "ram", "numa", "disk", "flops", "flops_dense", "link", "cache")
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_has_a_speed(engine: str) -> None:
    for placement in (Placement(0, 94), HALF, Placement(95, 0)):
        for machine in (MACHINE, replace(MACHINE, gpus=())):
            assert prefill(machine, 1, engine, placement) > 0
