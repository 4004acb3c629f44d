"""How fast: prefill and decode from bytes over bandwidth and operations over throughput.

A token that is written reads every weight it uses once: those on the card at the card's bandwidth, those
in RAM at the RAM's (with the work of unpacking them), those on the disk at the disk's; it also reads the
cache of the context before it. A prompt is read in micro-batches: each touches nearly every expert, so
that experts in RAM either cross the PCIe link once a micro-batch or are multiplied by the processor,
whichever the engine does.

The efficiencies are few, have a physical meaning, and were fitted on published measurements
(`bench/speed_model.py --fit`); they stand in `data/speed.json` with the spread of what was left
unexplained, from which the intervals come.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from notec.engine.catalogue import quant
from notec.engine.facts import table
from notec.engine.values import Interval, Layer, Machine, ModelInfo, Placement

KV_BITS = {
    "f32": 32.0, "f16": 16.0, "bf16": 16.0, "q8_0": 8.5, "q5_1": 6.0, "q5_0": 5.5, "q4_1": 5.0, "q4_0": 4.5,
    "iq4_nl": 4.5,
}  # fmt: skip
# how much of AVX-512's work a core does with other instructions
_UNPACK = {"amx": 1.0, "avx512": 1.0, "avx2": 0.7, "neon": 0.8, "plain": 0.25}
_MULTIPLY = {"amx": 0.8, "avx512": 1.0, "avx2": 0.6, "neon": 0.6, "plain": 0.15}
_AMX = 2.0  # more for engines that use these instructions
_MEASURED = 1.25  # a measured bandwidth over the peak of which it is a part
_PARALLEL = ("vllm", "sglang")  # engines that spread each matrix over the cards
_STREAMING = ("colibri",)  # engines made for experts on the disk, with simple arithmetic
_TUNED = ("ik_llama.cpp", "ktransformers", "sglang")  # engines with the best CPU kernels for batches
_LAYERWISE = 1024  # kt-kernel under SGLang sends whole layers for longer prompts
_OFFLOADED = 32  # llama.cpp multiplies smaller batches where the weights are
_KERNEL_BITS = {"F32": 32.0, "F16": 16.0, "Q8_0": 8.5, "Q4_0": 4.5, "Q4_K": 4.5}
_ATTEND = 0.25  # of the rate of multiplying weights: what a processor reaches in attention


class Load(NamedTuple):
    """What one token reads, in bytes, and what there is of it in all."""

    gpu: float
    ram: float
    gpu_all: float
    ram_routed: float  # routed experts in RAM, all of them
    ram_routed_used: float
    ram_output: float  # the output matrix, which a prompt needs for its last token alone
    hybrid_layers: int  # whose experts are in RAM while their attention is on a card
    gpu_layers: int
    disk: float


def load(model: ModelInfo, placement: Placement) -> Load:
    """Add up what a token touches under a placement."""
    share = model.experts_used / model.experts if model.experts else 1.0
    count = len(model.layers)
    gpu = ram = gpu_all = routed_all = routed_used = 0.0
    hybrid = on_gpu = 0
    for i, layer in enumerate(model.layers):
        there = i >= count - placement.gpu_layers
        experts_there = there and i >= placement.cpu_expert_layers
        always = layer.attention + layer.dense + layer.shared
        used = layer.routed * share
        if there:
            gpu += always
            gpu_all += always
            on_gpu += 1
        else:
            ram += always
        if experts_there:
            gpu += used
            gpu_all += layer.routed
        else:
            ram += used
            routed_all += layer.routed
            routed_used += used
            hybrid += there and layer.routed > 0
    output = 0 if placement.gpu_layers > count else model.output
    gpu += model.output - output
    gpu_all += model.output - output
    ram += output
    missing = placement.disk / routed_all if routed_all else placement.disk / max(ram, 1)
    # the experts that are used most stay in memory: less is missed than the share of what is missing
    disk = (routed_used if routed_all else ram) * min(missing, 1.0) ** (1.5 if routed_all else 1.0)
    return Load(gpu, ram, gpu_all, routed_all, routed_used, output, hybrid, on_gpu, disk)


def cache_read(model: ModelInfo, context: int, kv_type: str) -> float:
    """Bytes of the cache that one token reads after `context` tokens."""
    return sum(_layer_read(layer, context, model.sliding_window) for layer in model.layers) * (
        KV_BITS.get(kv_type, 16.0) / 8
    )


def _layer_read(layer: Layer, context: int, window: int) -> float:
    seen = min(context, window) if layer.kind == "sliding" and window else context
    width = layer.k_width if layer.kind == "mla" else layer.k_width + layer.v_width
    return seen * width + (layer.state / 2 if layer.state else 0)


def constants() -> dict[str, float]:
    """The fitted efficiencies."""
    found: dict[str, float] = table("speed")["constants"]
    return found


@dataclass(frozen=True)
class Work:
    """Everything that the speed of one model on one machine depends on; the efficiencies come on top.

    Args:
        cache: bytes of the cache that a token reads.
        gpu_share: part of the layers that is on a card.
        attention: operations of attention for a token of the prompt.
        elements: of the residual stream, layer by layer, for a token.
        tokens: of a micro-batch.
        bits: per weight.
        kernel: name of the weights' type, as calibration knows it.
        cpu_cost: work of unpacking a weight, as against a plain 8-bit one.
        repacked: weights are laid out for the processor and never cross the link.
        dense: no experts.
    """

    machine: Machine
    parts: Load
    engine: str
    cache: float
    gpu_share: float
    attention: float
    layers: int
    elements: int
    tokens: int
    touched: float
    bits: float
    kernel: str
    cpu_cost: float
    repacked: bool
    dense: bool
    disk: int


def work(
    machine: Machine,
    model: ModelInfo,
    placement: Placement,
    *,
    engine: str,
    context: int,
    kv_type: str,
    ubatch: int,
) -> Work:
    """Add up once what both speeds need, at `context` tokens before the next."""
    if not machine.gpus:
        placement = replace(placement, gpu_layers=0)
    parts = load(model, placement)
    found = quant(model.quant)
    tokens = max(ubatch, 1)
    return Work(
        machine,
        parts,
        engine,
        cache_read(model, context, kv_type),
        parts.gpu_layers / len(model.layers) if model.layers and machine.gpus else 0.0,
        _attention_flops(model, context + tokens / 2),
        len(model.layers),
        len(model.layers) * model.hidden,
        tokens,
        _touched(model, tokens),
        model.bits_per_weight or 16.0,
        kernel(model.quant),
        found.cpu_cost if found else 1.2,
        bool(re.search(r"_R[48]$", model.quant, re.I)),
        not model.experts,
        placement.disk,
    )


def decode_seconds(w: Work, k: Mapping[str, float]) -> float:
    """Seconds for one more token."""
    machine, parts = w.machine, w.parts
    seconds = 0.0
    if machine.gpus and parts.gpu:
        bandwidth = _mean_bandwidth(machine)
        if w.engine in _PARALLEL:
            bandwidth *= len(machine.gpus) ** k["parallel"]
        reach = k["gpu_dense"] if w.dense else k["gpu"]  # experts are many small matrices
        seconds += parts.gpu / (bandwidth * reach) + w.cache * w.gpu_share / (bandwidth * k["cache"])
        seconds += parts.gpu_layers * k["layer"] + parts.hybrid_layers * k["sync"]
    if parts.ram:
        bandwidth = ram_bandwidth(machine, k) * k["ram"]
        reading = (parts.ram + w.cache * (1 - w.gpu_share)) / bandwidth
        unpacking = (
            8
            * parts.ram
            / w.bits
            * w.cpu_cost
            / (_cores(machine, k) * _UNPACK[machine.cpu.kind] * k["unpack"])
        )
        slow = k["streaming"] if w.engine in _STREAMING else 1.0
        # reading and unpacking overlap, but not wholly
        seconds += math.hypot(reading, unpacking) / slow * _corrected(w, "decode", parts.ram)
        seconds += (w.layers - parts.gpu_layers) * machine.kernels.get("layer", 0.0)
    if parts.disk and machine.disk_bandwidth:
        seconds += parts.disk / (machine.disk_bandwidth * k["disk"])
    return seconds / machine.efficiency.get("decode", 1.0)


def prefill_seconds(w: Work, k: Mapping[str, float]) -> float:
    """Seconds for each token of a prompt, read in micro-batches."""
    machine, parts, n = w.machine, w.parts, w.tokens
    ram_flops = 16 * (parts.ram - parts.ram_output) / w.bits * n  # two for each weight and token
    seconds = 0.0
    if not machine.gpus:
        seconds += ram_flops / _multiply_rate(w, k)
        seconds += w.attention * n / (_ATTEND * _multiply_rate(w, k))
        seconds += w.elements * n * machine.kernels.get("element", 0.0)
    else:
        gpu = machine.gpus[0]
        flops = gpu.flops * (k["flops_dense"] if w.dense else k["flops"]) * n / (n + k["half"])
        if w.engine in _PARALLEL:
            flops *= len(machine.gpus) ** k["parallel"]
        reading = parts.gpu_all * w.touched / (_mean_bandwidth(machine) * k["gpu"])
        seconds += max(16 * parts.gpu / w.bits * n / flops, reading)
        seconds += w.attention * n / (gpu.flops * k["attend"]) + w.layers * k["step"]
        if parts.ram:
            whole = parts.ram - parts.ram_routed_used + parts.ram_routed * w.touched
            link = min(gpu.link * k["link"], k["staging"], 0.6 * ram_bandwidth(machine, k))
            seconds += _either(w, whole / link + ram_flops / flops, ram_flops / _multiply_rate(w, k))
    if w.disk and machine.disk_bandwidth:
        seconds += w.disk * w.touched / (machine.disk_bandwidth * k["disk"])
    return seconds / n / machine.efficiency.get("prefill", 1.0)


def _either(w: Work, stream: float, compute: float) -> float:
    """What an engine does with experts in RAM: send them over the link, or multiply where they are."""
    if w.repacked or w.engine in ("ktransformers", *_STREAMING):
        return compute
    if (w.engine == "llama.cpp" and w.tokens >= _OFFLOADED) or (
        w.engine == "sglang" and w.tokens >= _LAYERWISE
    ):
        return stream
    if w.engine == "llama.cpp":
        return compute
    return min(stream, compute)


def _touched(model: ModelInfo, tokens: int) -> float:
    """Share of the routed experts that a batch of tokens reaches, if they were drawn at random."""
    if not model.experts:
        return 1.0
    return float(1 - (1 - model.experts_used / model.experts) ** tokens)


def _attention_flops(model: ModelInfo, context: float) -> float:
    window = model.sliding_window
    seen = sum(
        min(context, window) if layer.kind == "sliding" and window else context
        for layer in model.layers
        if layer.kind != "linear"
    )
    return 4.0 * model.heads * (model.head_dim or 128) * seen


def _mean_bandwidth(machine: Machine) -> float:
    """Of cards that work one after another, each on its share of the layers."""
    shares = [(max(g.vram, 1.0), g.bandwidth) for g in machine.gpus]
    return sum(size for size, _ in shares) / sum(size / bandwidth for size, bandwidth in shares)


def ram_bandwidth(machine: Machine, k: Mapping[str, float]) -> float:
    """Peak bandwidth of the RAM as one stream of tokens can use it: two sockets are not twice as good."""
    peak = machine.ram_bandwidth * (_MEASURED if machine.ram_measured else 1.0)
    return max(peak, 1e9) * (k["numa"] if machine.cpu.sockets > 1 else 1.0)


def _cores(machine: Machine, k: Mapping[str, float]) -> float:
    return machine.cpu.cores * (k["numa"] if machine.cpu.sockets > 1 else 1.0)


def _multiply_rate(w: Work, k: Mapping[str, float]) -> float:
    """Operations that the processor does in a second on batches of tokens."""
    kind = w.machine.cpu.kind
    tuned = 1.0 if w.engine in _TUNED else k["untuned"]
    if kind == "amx" and w.engine in ("ktransformers", "sglang"):
        tuned *= _AMX
    rate = _cores(w.machine, k) * _MULTIPLY[kind] * k["multiply"] * tuned
    warm = w.machine.kernels.get("warm", k["warm"])
    rate *= w.tokens / (w.tokens + warm)
    return rate / _corrected(w, "prefill", w.parts.ram - w.parts.ram_output)


def kernel(quant_label: str) -> str:
    """The type of weights that a quantisation mostly has, as calibration names it: `Q4_K` of `UD-Q4_K_M`."""
    found = re.search(r"I?Q\d_(?:[01K]|NL)|B?F16", quant_label, re.I)
    return found[0].upper().replace("BF16", "F16") if found else quant_label.upper()


def _corrected(w: Work, phase: str, ram: float) -> float:
    """How many times longer than the published constants say this processor takes over `ram` bytes.

    Calibration measured plain matrices and those of experts apart, in a few types; a type that it did not
    measure is taken for the nearest in bits per weight.
    """
    if not w.machine.kernels or ram <= 0:
        return 1.0
    experts = min(w.parts.ram_routed_used / ram, 1.0)
    return (1 - experts) / _factor(w, phase, "plain") + experts / _factor(w, phase, "experts")


def _factor(w: Work, phase: str, part: str) -> float:
    start = f"{phase} {part} "
    found = {key.removeprefix(start): f for key, f in w.machine.kernels.items() if key.startswith(start)}
    if not found:
        return 1.0
    return found[
        min(
            found,
            key=lambda name: (
                name != w.kernel,
                abs(math.log(_KERNEL_BITS.get(name, 16.0) / w.bits)),
                not name.endswith("_K"),
            ),
        )
    ]


def interval(seconds: float, kind: str, doubts: int = 0, calibrated: bool = False) -> Interval:
    """Tokens per second with the spread that the fit left; each doubt about the input widens it."""
    spread = table("speed")["spread"]
    wide = spread["calibrated"] if calibrated else spread[kind]
    wide *= 1 + 0.25 * doubts
    mid = 1 / seconds if seconds > 0 else 0.0
    return Interval(mid * math.exp(-wide), mid, mid * math.exp(wide))
