"""Bytes that a model takes: weights by place, cache by kind of attention, compute buffers."""

from __future__ import annotations

from notec.engine.speed import KV_BITS
from notec.engine.values import ModelInfo


def kv_cache(model: ModelInfo, context: int, kv_type: str, ubatch: int = 512, sequences: int = 1) -> int:
    total = 0.0
    for layer in model.layers:
        cells = context
        if layer.kind == "sliding" and model.sliding_window:
            cells = min(context, -(-(model.sliding_window * sequences + ubatch) // 256) * 256)
        total += cells * (layer.k_width + layer.v_width) * KV_BITS[kv_type] / 8 + layer.state * sequences
    return round(total)
