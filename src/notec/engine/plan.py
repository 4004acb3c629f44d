"""The plan: for one model on one machine, the best placement; for many models, the best of all.

Best is the highest quality whose speed is above the user's floor; among equals the faster. RAM is a hard
limit, and the disk is used only when asked for. What was looked at and not taken is kept with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from notec.core import Diagnostic, NotecError, Severity
from notec.engine.adapters import adapter
from notec.engine.memory import compute_buffer, estimate, kv_layers, ram_limit, unfit_cache, vram_limit
from notec.engine.placing import fill, named
from notec.engine.reasons import CARD_ONLY, OTHERS, command, other_engines, reasons, refusals, why_not
from notec.engine.speed import KV_BITS, constants, decode_seconds, interval, prefill_seconds, work
from notec.engine.values import Interval, Machine, Memory, ModelInfo, Placement, Plan, Refused
from notec.engine.variants import score

DEFAULT_CONTEXT = 32768
DEFAULT_FLOOR = 2.0  # tokens per second; below that, a page takes more than five minutes
KV_TYPES = ("f16", "q8_0")
UBATCHES = (512, 1024, 2048, 4096)
_NOISE = 0.05  # points of quality that no table shows
_CARD_SPARE = 300 << 20  # layers are whole: the last bytes of a card cannot be planned


@dataclass(frozen=True)
class Wishes:
    """What the user wants beyond "the best".

    Args:
        context: tokens that must fit; a model with a shorter context is planned with its own.
        floor: least tokens per second of decode.
        kv_type: type of the cache; empty lets the search choose.
        engine: empty lets the search choose.
        disk: weights may stay on the disk.
        quants: quantisations to look at; empty for all.
        ubatch: micro-batch; 0 lets the search choose.

    Raises:
        NotecError: a figure or a type that cannot be.
    """

    context: int = DEFAULT_CONTEXT
    floor: float = DEFAULT_FLOOR
    kv_type: str = ""
    engine: str = ""
    disk: bool = False
    quants: tuple[str, ...] = ()
    ubatch: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.context, int) or not 1 <= self.context <= 1 << 24:
            raise NotecError(f"a context of {self.context} tokens cannot be", "give a number such as 32768")
        if not isinstance(self.floor, int | float) or not 0 <= self.floor < 1e6:
            raise NotecError(f"a floor of {self.floor} tokens/s cannot be", "give a number such as 2")
        if not isinstance(self.ubatch, int) or not 0 <= self.ubatch <= 1 << 16:
            raise NotecError(f"a micro-batch of {self.ubatch} tokens cannot be", "give a number such as 512")
        if self.kv_type and self.kv_type not in KV_BITS:
            raise NotecError(f"no such cache type: {self.kv_type}", "one of: " + ", ".join(KV_BITS))


def plan(
    machine: Machine,
    model: ModelInfo | Sequence[ModelInfo],
    wishes: Wishes | None = None,
    diagnostics: tuple[Diagnostic, ...] = (),
    *,
    hurried: bool = False,
) -> Plan:
    """The best way to run a model (or the best of several variants of it).

    Args:
        hurried: of variants that come finest first, look no further than those as good as one that runs well.

    A model that cannot run gets a plan with `fits` false: the least bad placement, with reasons.

    Raises:
        NotecError: there is nothing to plan.
    """
    wishes = wishes or Wishes()
    variants = [model] if isinstance(model, ModelInfo) else list(model)
    if not variants:
        raise NotecError("no model to plan", "name a model or a file")
    for variant in variants:
        if not variant.layers or not variant.weights:
            where = variant.files[0] if variant.files else variant.name
            raise NotecError(f"{where}: holds no weights, so nothing can run it", "name a model with weights")
    found: list[Plan] = []
    quick: list[Plan] = []
    for variant in variants:
        if hurried and quick and _worth(variant, score(variant).quality) < max(map(_merit, quick)) - _NOISE:
            break  # the variants come finest first: none of the others is as good
        more = list(candidates(machine, variant, wishes))
        found += more
        quick += (item for item in more if item.fits and item.decode.mid >= wishes.floor)
    fitting = [item for item in found if item.fits]
    if quick:
        top = max(map(_merit, quick))
        best = min((item for item in quick if _merit(item) >= top - _NOISE), key=_cost)
    elif fitting:
        best = max(fitting, key=lambda p: p.decode.mid)
    else:
        best = min(found, key=lambda p: _excess(p, machine))
    return explained(best, found, machine, wishes, diagnostics)


def _merit(item: Plan) -> float:
    return _worth(item.model, item.quality)


def _worth(model: ModelInfo, quality: float | None) -> float:
    """Points of the score; where none is known, bits."""
    return model.bits_per_weight if quality is None else quality


def _cost(item: Plan) -> tuple[float, float]:
    """Time for a long question, then memory."""
    doubt = 1.0 if item.kv_type == "f16" else 1.1  # a finer cache wins over a tenth of the time
    return item.seconds(20_000, 1_000).mid * doubt, item.vram_bytes


def _excess(item: Plan, machine: Machine) -> float:
    return max(0, item.vram_bytes - vram_limit(machine)) + max(0, item.ram_bytes - ram_limit(machine))


def candidates(machine: Machine, model: ModelInfo, wishes: Wishes) -> Iterator[Plan]:
    """Every way that is looked at: cache types x micro-batches x engines, each with its best placement."""
    context = min(wishes.context, model.max_context or wishes.context)
    if why := unfit_cache(model, wishes.kv_type):
        raise NotecError(f"{model.name}: no cache in {wishes.kv_type}: {why}", "take f16")
    types = (wishes.kv_type,) if wishes.kv_type else tuple(t for t in KV_TYPES if not unfit_cache(model, t))
    batches = (wishes.ubatch,) if wishes.ubatch else UBATCHES if machine.gpus else UBATCHES[:1]
    if not wishes.disk and model.weights > vram_limit(machine) + ram_limit(machine):
        types, batches = types[-1:], batches[:1]  # nothing can make it fit: the smallest shows by how much
    for kv_type in types:
        for ubatch in batches:
            placement = place(
                machine, model, context=context, kv_type=kv_type, ubatch=ubatch, disk=wishes.disk
            )
            for engine in engines(machine, model, placement, wishes.engine):
                yield _candidate(
                    machine, model, placement, context=context, kv_type=kv_type, ubatch=ubatch, engine=engine
                )


def place(
    machine: Machine, model: ModelInfo, *, context: int, kv_type: str, ubatch: int, disk: bool = False
) -> Placement:
    """As much on the cards as they hold; the rest in RAM; what is over on the disk, where that is wanted."""
    count = len(model.layers)
    placement = Placement(0, count if model.experts else 0)
    if machine.gpus:
        cache = kv_layers(model, context, kv_type, ubatch)
        probe = estimate(
            model, machine, Placement(count + 1, count), context=context, kv_type=kv_type, ubatch=ubatch
        )
        fixed = probe.compute_gpu + probe.overhead_gpu + _CARD_SPARE * len(machine.gpus)
        whole = fill(
            model, vram_limit(machine), fixed - _saved(model, probe, context, ubatch, machine), cache
        )
        everything = whole.gpu_layers > count and not whole.cpu_expert_layers
        placement = whole if everything else fill(model, vram_limit(machine), fixed, cache)
    memory = estimate(model, machine, placement, context=context, kv_type=kv_type, ubatch=ubatch)
    if disk and memory.ram > ram_limit(machine):
        placement = replace(placement, disk=min(memory.ram - ram_limit(machine), memory.weights_ram))
    return named(placement, machine, model)


def _saved(model: ModelInfo, probe: Memory, context: int, ubatch: int, machine: Machine) -> int:
    """What a card need not hold for passing experts when all of them live on it."""
    return probe.compute_gpu - compute_buffer(model, context, ubatch) * len(machine.gpus)


def engines(machine: Machine, model: ModelInfo, placement: Placement, wanted: str) -> tuple[str, ...]:
    """Engines worth looking at for a placement."""
    if wanted:
        adapter(wanted)  # says which engines there are
        return (wanted,)
    if model.format == "safetensors":
        everything = placement.gpu_layers > len(model.layers) and not placement.cpu_expert_layers
        return ("vllm",) if machine.gpus and everything else ("transformers",)
    return ("llama.cpp",)


def _candidate(
    machine: Machine,
    model: ModelInfo,
    placement: Placement,
    *,
    context: int,
    kv_type: str,
    ubatch: int,
    engine: str,
) -> Plan:
    memory = estimate(model, machine, placement, context=context, kv_type=kv_type, ubatch=ubatch)
    depth = min(context, 20_000) // 2
    prefill, decode = speeds(
        machine, model, placement, engine=engine, context=depth, kv_type=kv_type, ubatch=ubatch
    )
    scored = score(model, kv_type)
    fits = memory.vram <= vram_limit(machine) and memory.ram <= ram_limit(machine) + _unified(machine, memory)
    whole = placement.gpu_layers > len(model.layers) and not placement.cpu_expert_layers
    fits = fits and (whole or engine not in CARD_ONLY)
    return Plan(
        machine=machine,
        model=model,
        fits=fits and (not placement.disk or machine.disk_bandwidth > 0),
        engine=engine,
        context=context,
        kv_type=kv_type,
        batch=max(2048, ubatch),
        ubatch=ubatch,
        threads=machine.cpu.cores,
        placement=placement,
        memory=memory,
        prefill=prefill,
        decode=decode,
        speed_context=depth,
        quality=scored.quality,
        quality_source=scored.source,
    )


def _unified(machine: Machine, memory: Memory) -> int:
    """Unified machines have no RAM of their own: what is left of the card's memory is theirs."""
    if not any(card.unified for card in machine.gpus):
        return 0
    return max(0, vram_limit(machine) - memory.vram)


def speeds(
    machine: Machine,
    model: ModelInfo,
    placement: Placement,
    *,
    engine: str,
    context: int,
    kv_type: str,
    ubatch: int,
) -> tuple[Interval, Interval]:
    """Prefill and decode, tokens per second."""
    k = constants()
    load = work(machine, model, placement, engine=engine, context=context, kv_type=kv_type, ubatch=ubatch)
    doubts = sum("guess" in card.source for card in machine.gpus[:1]) + len(model.doubts)
    return (
        interval(prefill_seconds(load, k), "prefill", doubts, _calibrated(machine, "prefill")),
        interval(decode_seconds(load, k), "decode", doubts, _calibrated(machine, "decode")),
    )


def _calibrated(machine: Machine, phase: str) -> bool:
    """Calibration measures the processor alone; a launch measures everything."""
    return phase in machine.efficiency or bool(machine.kernels and not machine.gpus)


def explained(
    best: Plan, found: list[Plan], machine: Machine, wishes: Wishes, diagnostics: tuple[Diagnostic, ...]
) -> Plan:
    """The plan with its reasons, its command and what was refused."""
    remarks = list(diagnostics)
    if not best.fits:
        remarks.append(Diagnostic("does-not-fit", Severity.ERROR, why_not(best, machine), best.model.name))
    elif best.decode.mid < wishes.floor:
        remarks.append(
            Diagnostic(
                "slow",
                Severity.WARNING,
                f"{best.decode.mid:.2g} tokens/s is below the floor of {wishes.floor:g}",
                best.model.name,
            )
        )
    return replace(
        best,
        command=command(best),
        reasons=reasons(best, machine),
        refused=(*refusals(best, found, machine, wishes), *_other_engines(best, machine)),
        diagnostics=tuple(remarks),
    )


def _other_engines(best: Plan, machine: Machine) -> tuple[Refused, ...]:
    if best.engine != "llama.cpp" or not best.fits:
        return ()

    def told(engine: str) -> tuple[str, Interval, Interval]:
        depth, kv, ubatch = best.speed_context, best.kv_type, best.ubatch
        place = best.placement
        return engine, *speeds(
            machine, best.model, place, engine=engine, context=depth, kv_type=kv, ubatch=ubatch
        )

    return other_engines(best, machine, map(told, OTHERS))
