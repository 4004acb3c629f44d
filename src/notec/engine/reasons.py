"""Why a plan is as it is, what was refused, and the command that starts it: words for `notec plan`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from notec.core import NotecError
from notec.engine.memory import ram_limit, unfit_cache, vram_limit
from notec.engine.speed import load
from notec.engine.values import GB, Interval, Machine, Plan, Refused

if TYPE_CHECKING:
    from notec.engine.plan import Wishes

_PORT = 8080
_PROGRAMS = {"llama.cpp": "llama-server", "ik_llama.cpp": "llama-server", "vllm": "vllm"}
_MOST_REFUSED = 8
_WHY = {
    "llama.cpp": "llama.cpp computes each weight where it lies, on the card or in RAM, and reads GGUF",
    "vllm": "vLLM: safetensors that are wholly on the card are what its kernels are made for",
    "transformers": "Transformers with Accelerate: safetensors that do not fit on a card; a GGUF with "
    "llama.cpp would be several times faster",
}
CARD_ONLY = ("vllm",)  # engines that are the wrong tool for a model that is larger than the card


def why_not(item: Plan, machine: Machine) -> str:
    """In one line, what is too large for what; empty when it fits."""
    if item.engine in CARD_ONLY and _off_card(item):
        return (
            f"{item.engine} wants the whole model on the card; {_gb(item.memory.weights_ram)} would be in RAM"
        )
    if item.fits:
        return ""
    if any(card.unified for card in machine.gpus):
        size = item.vram_bytes + item.ram_bytes
        return f"needs {_gb(size)}; of {_gb(machine.vram)}, {_gb(vram_limit(machine))} can be used"
    if item.vram_bytes > vram_limit(machine):
        return f"needs {_gb(item.vram_bytes)} of VRAM, {_gb(vram_limit(machine))} can be used"
    if item.ram_bytes > ram_limit(machine):
        beside = " beside the card" if machine.gpus else ""
        return (
            f"needs {_gb(item.ram_bytes)} of RAM{beside}; of {_gb(machine.ram)}, "
            f"{_gb(ram_limit(machine))} can be used"
        )
    return ""


def _off_card(item: Plan) -> bool:
    return item.placement.gpu_layers <= len(item.model.layers) or item.placement.cpu_expert_layers > 0


def reasons(item: Plan, machine: Machine) -> tuple[str, ...]:
    """Why this placement, and what bounds its speed; a line each."""
    model, memory, placement = item.model, item.memory, item.placement
    out = [
        f"{model.name} in {model.quant}: {model.bits_per_weight:.2f} bits per weight, "
        f"{_gb(model.weights)} in all, sizes from {_origin(item)}"
    ]
    count = len(model.layers)
    if not machine.gpus:
        out.append("no GPU: everything is read from RAM and computed by the processor")
    elif placement.gpu_layers > count and not placement.cpu_expert_layers:
        out.append(f"everything is on the card: {_gb(memory.weights_gpu)} of weights")
    elif model.experts:
        on_card = count - placement.cpu_expert_layers
        out.append(
            "attention, routers and shared experts are on the card, and the routed experts of "
            f"{on_card} of {count} layers; the other {_gb(memory.weights_ram)} stay in RAM"
        )
    else:
        out.append(
            f"{min(placement.gpu_layers, count)} of {count} layers are on the card; a dense model reads all "
            "its weights for every token, so what is in RAM sets the speed"
        )
    if item.engine in _WHY:
        out.append(_WHY[item.engine])
    parts = load(model, placement)
    out.append(
        f"each token reads {parts.gpu / GB:.1f} GB on the card, {parts.ram / GB:.1f} GB in RAM at "
        f"{machine.ram_bandwidth / GB:.0f} GB/s {'measured' if machine.ram_measured else 'at best'}"
        + (f", {parts.disk / GB:.1f} GB on the disk" if parts.disk else "")
    )
    if memory.weights_ram > model.input_embedding:
        out.append(
            "what is in RAM is mapped from the file: the system counts it as page cache, and it must stay"
        )
    cache = memory.kv_gpu + memory.kv_ram
    out.append(f"the cache of {item.context:,} tokens takes {_gb(cache)} in {item.kv_type} ({_kinds(item)})")
    if item.quality is not None:
        out.append(f"quality {item.quality:g}: {item.quality_source}")
    if machine.efficiency or machine.kernels:
        out.append("speeds are calibrated on this machine")
    return (*out, *model.doubts, *model.notes, *machine.notes)


def _origin(item: Plan) -> str:
    return "the catalogue" if item.model.format == "catalogue" else "the file's own header"


def _kinds(item: Plan) -> str:
    kinds: dict[str, int] = {}
    for layer in item.model.layers:
        kinds[layer.kind] = kinds.get(layer.kind, 0) + 1
    names = {
        "full": "full attention",
        "sliding": "sliding window",
        "mla": "latent attention",
        "linear": "linear",
    }
    return ", ".join(f"{n} layers {names[kind]}" for kind, n in kinds.items())


def refusals(best: Plan, found: Iterable[Plan], machine: Machine, wishes: Wishes) -> tuple[Refused, ...]:
    """Other precisions, and other caches for the chosen one, each with what speaks against it."""
    out: dict[str, str] = {}
    by_quant: dict[str, list[Plan]] = {}
    for item in found:
        by_quant.setdefault(item.model.quant, []).append(item)
    for label, items in by_quant.items():
        if label == best.model.quant:
            continue
        fitting = [item for item in items if item.fits]
        if not fitting:
            out[label] = (
                why_not(min(items, key=lambda p: p.ram_bytes + p.vram_bytes), machine) or "does not fit"
            )
            continue
        top = max(fitting, key=lambda p: p.decode.mid)
        if top.decode.mid < wishes.floor:
            out[label] = f"{top.decode.mid:.1f} tokens/s, below the floor of {wishes.floor:g}"
        elif top.quality is not None and best.quality is not None and top.quality < best.quality:
            out[label] = f"quality {top.quality:g} instead of {best.quality:g}; {top.decode.mid:.1f} tokens/s"
        elif top.quality is None and top.model.bits_per_weight < best.model.bits_per_weight:
            bits = (
                f"{top.model.bits_per_weight:.1f} bits per weight instead of {best.model.bits_per_weight:.1f}"
            )
            out[label] = f"coarser: {bits}; {top.decode.mid:.1f} tokens/s"
        else:
            out[label] = f"no better, {top.decode.mid:.1f} tokens/s"
    for item in by_quant.get(best.model.quant, []):
        if item.kv_type != best.kv_type and item.ubatch == best.ubatch:
            speed = f"{item.decode.mid:.1f} tokens/s"
            out[f"cache in {item.kv_type}"] = (
                why_not(item, machine) or f"{speed}, prefill {item.prefill.mid:.0f}"
            )
    if not wishes.kv_type and (why := unfit_cache(best.model, "q8_0")):
        out["cache in q8_0"] = why
    return tuple(Refused(what, why) for what, why in list(out.items())[:_MOST_REFUSED])


OTHERS = ("vllm", "ktransformers", "ik_llama.cpp")


def other_engines(
    best: Plan, machine: Machine, told: Iterable[tuple[str, Interval, Interval]]
) -> tuple[Refused, ...]:
    """Why no other engine: each with the prefill and decode that it would have at the same placement."""
    out = []
    for engine, prefill, decode in told:
        speed = f"writes {_speed(decode.mid)} tokens/s and reads {prefill.mid:,.0f} by prediction"
        off_card = machine.gpus and _off_card(best)
        if engine == "vllm" and not machine.gpus:
            out.append(Refused(engine, "computes on a card, and there is none"))
        elif engine == "vllm" and off_card:
            size = best.memory.weights_ram
            least = size / min(gpu.link for gpu in machine.gpus)
            out.append(Refused(engine, f"sends {_gb(size)} over PCIe for each token: at least {least:.1f} s"))
        elif engine == "vllm":
            out.append(Refused(engine, f"{speed}: for one question at a time no gain, and no GGUF"))
        elif engine == "ktransformers" and off_card and best.model.experts:
            own = "wants safetensors and weights for the processor in a format of its own"
            slow = "" if machine.cpu.kind in ("amx", "avx512") else ", and a processor with AMX or AVX-512"
            out.append(Refused(engine, f"{speed}; {own}{slow}"))
        elif engine == "ik_llama.cpp" and (off_card or not machine.gpus):
            out.append(Refused(engine, f"{speed}; no released program: build it, and name it with --engine"))
    return tuple(out)


def command(item: Plan) -> tuple[str, ...]:
    """The argument list of the engine, as its adapter makes it."""
    from notec.engine.adapters import adapter
    from notec.engine.adapters.base import Order

    model = item.model
    here = {} if model.files else {"model": f"{model.name}-{model.quant}.gguf"}
    program = _PROGRAMS.get(item.engine, "")
    try:
        # the plan may be for another machine: any program that is here stands in for the engine's
        order = Order.of(item, binary=sys.executable if program else "", **here)
        argv = adapter(item.engine)(order, _PORT).argv
    except NotecError:  # the engine is not installed here, or not made for this format
        return ()
    return (program, *argv[1:]) if program else tuple(argv)


def _gb(size: float) -> str:
    return f"{size / GB:.0f} GB" if size >= 10 * GB else f"{size / GB:.1f} GB"


def _speed(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"
