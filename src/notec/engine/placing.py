"""Which tensor goes where, for a given amount of room."""

from __future__ import annotations

from notec.engine.values import ModelInfo, Placement


def fill(model: ModelInfo, vram: int, reserved: int) -> Placement:
    """Put as much on the cards as `vram - reserved` bytes hold, the most useful first.

    Of a mixture of experts: attention, routers and shared experts of all layers, then whole layers'
    routed experts from the last layer down. Of a dense model: whole layers from the last down.
    """
    count = len(model.layers)
    room = vram - reserved
    always = [layer.attention + layer.dense + layer.shared for layer in model.layers]
    if model.experts and sum(always) + model.output <= room:
        room -= sum(always) + model.output
        kept = count
        while kept and model.layers[kept - 1].routed <= room:
            room -= model.layers[kept - 1].routed
            kept -= 1
        return Placement(count + 1, kept)
    layers = 0
    if model.output <= room:
        room -= model.output
        layers = 1
    size = [
        layer.attention + layer.dense + layer.shared + (0 if model.experts else layer.routed)
        for layer in model.layers
    ]
    taken = 0
    while layers and taken < count and size[count - 1 - taken] <= room:
        room -= size[count - 1 - taken]
        taken += 1
    # llama.cpp counts the output matrix as one layer more, and takes it only with all the others
    return Placement(taken, count)
