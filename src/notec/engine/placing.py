"""Which tensor goes where, for a given amount of room."""

from __future__ import annotations

from collections.abc import Sequence

from notec.engine.values import Machine, ModelInfo, Placement


def fill(model: ModelInfo, vram: int, reserved: int, cache: Sequence[int] = ()) -> Placement:
    """Put as much on the cards as `vram - reserved` bytes hold, the most useful first.

    Of a mixture of experts: attention, routers, shared experts and the cache of all layers, then whole
    layers' routed experts from the last layer down. Of a dense model: whole layers from the last down.

    Args:
        cache: bytes of each layer's cache, which goes where the layer goes.
    """
    count = len(model.layers)
    room = vram - reserved
    kept = list(cache) or [0] * count
    always = [layer.attention + layer.dense + layer.shared + kept[i] for i, layer in enumerate(model.layers)]
    if model.experts and sum(always) + model.output <= room:
        room -= sum(always) + model.output
        experts = count
        while experts and model.layers[experts - 1].routed <= room:
            room -= model.layers[experts - 1].routed
            experts -= 1
        return Placement(count + 1, experts)
    # llama.cpp counts the output matrix as one layer more, and takes it only after all the others
    taken = 0
    size = [always[i] + (0 if model.experts else layer.routed) for i, layer in enumerate(model.layers)]
    while taken < count and size[count - 1 - taken] <= room:
        room -= size[count - 1 - taken]
        taken += 1
    if taken == count and model.output <= room:
        taken += 1
    return Placement(taken, count if model.experts else 0)


def named(placement: Placement, machine: Machine, model: ModelInfo) -> Placement:
    """The same placement with the tensor names and the shares that engines want to be told."""
    overrides: tuple[tuple[str, str], ...] = ()
    count = placement.cpu_expert_layers
    if model.experts and count and machine.gpus:
        if count >= len(model.layers):
            overrides = ((r"\.ffn_(up|down|gate|gate_up)_exps\.", "CPU"),)
        else:
            layers = "|".join(map(str, range(count)))
            overrides = ((rf"blk\.({layers})\.ffn_(up|down|gate|gate_up)_exps\.", "CPU"),)
    total = sum(card.vram for card in machine.gpus)
    split = tuple(round(card.vram / total, 3) for card in machine.gpus) if len(machine.gpus) > 1 else ()
    return Placement(
        placement.gpu_layers,
        placement.cpu_expert_layers,
        overrides,
        split,
        placement.kv_on_gpu,
        placement.disk,
    )
