"""Bytes that a model takes: weights by place, cache by kind of attention, compute buffers.

The formulas follow llama.cpp's allocator and are checked against its own report by
`bench/memory_model.py`. Cache: keys and values of full attention for every token of the context, of
sliding windows for the window and one micro-batch, one compressed latent for MLA, a fixed state for
linear layers. Compute buffers: the largest set of intermediate tensors that live at the same time.
"""

from __future__ import annotations

from notec.engine.speed import KV_BITS
from notec.engine.values import GIB, Machine, Memory, ModelInfo, Placement

MIB = 1 << 20
_PAD = 256  # llama.cpp rounds a cache's cells up to this
_KV_BLOCK = 32  # of the packed types
_CUDA_CONTEXT = 500 * MIB  # driver, cuBLAS and kernels on each card
_PROCESS = 300 * MIB
_DEVICE_SHARE = 0.97  # of a card's memory that its driver lets a program have
_SYSTEM = 4 * GIB  # of RAM that the system and its user's other programs keep
_SYSTEM_SHARE = 0.03


def kv_cache(model: ModelInfo, context: int, kv_type: str, ubatch: int = 512, sequences: int = 1) -> int:
    """Bytes of the cache of all layers."""
    return sum(kv_layers(model, context, kv_type, ubatch, sequences))


def kv_layers(
    model: ModelInfo, context: int, kv_type: str, ubatch: int = 512, sequences: int = 1
) -> list[int]:
    """Bytes of the cache, layer by layer. `context` is of all sequences together."""
    cells = -(-context // _PAD) * _PAD
    window = _window_cells(model, cells, ubatch, sequences)
    bits = KV_BITS.get(kv_type, 16.0)
    out = []
    for layer in model.layers:
        kept = window if layer.kind == "sliding" and model.sliding_window else cells
        # MLA keeps one latent, of which the values are a part
        width = layer.k_width if layer.kind == "mla" else layer.k_width + layer.v_width
        out.append(round(kept * width * bits / 8) + layer.state * sequences)
    return out


def unfit_cache(model: ModelInfo, kv_type: str) -> str:
    """Why llama.cpp cannot keep the cache in this type; empty when it can."""
    if KV_BITS.get(kv_type, 16.0) >= 16 or model.head_dim % _KV_BLOCK == 0:
        return ""
    return f"heads of {model.head_dim} elements are no whole blocks of {_KV_BLOCK}"


def compute_buffer(model: ModelInfo, context: int, ubatch: int) -> int:
    """Bytes of intermediate tensors of one micro-batch, for the device that runs the layers.

    Alive at the widest place: the residual stream and its norms, gate, up and their product of a
    feed-forward part (or of all experts that a token uses), or the queries of latent attention; beside them
    the masks in half precision, and the logits of one token.
    """
    n = min(ubatch, max(context, 1))
    cells = -(-context // _PAD) * _PAD
    hidden, used = model.hidden, model.experts_used
    dense = model.feed_forward if any(layer.dense for layer in model.layers) else 0
    expert = model.expert_feed_forward
    wide = [5 * hidden + 3 * max(dense, used * expert)]
    if hidden > 2 * expert:  # the experts' results find no room where gate and up were
        wide.append(5 * hidden + used * (3 * expert + hidden))
    for layer in model.layers:
        if layer.kind == "mla":
            wide.append(2 * hidden + model.heads * (2 * layer.k_width + layer.v_width))
            break
    masks = cells
    if model.sliding_window and any(layer.kind == "sliding" for layer in model.layers):
        masks += _window_cells(model, cells, ubatch, 1)
    return round((4 * n * max(wide) + 2 * n * masks + 4 * model.vocab) * model.compute_factor)


def _window_cells(model: ModelInfo, cells: int, ubatch: int, sequences: int) -> int:
    return min(cells, -(-(model.sliding_window * sequences + ubatch) // _PAD) * _PAD)


def estimate(
    model: ModelInfo,
    machine: Machine,
    placement: Placement,
    *,
    context: int,
    kv_type: str,
    ubatch: int,
    sequences: int = 1,
) -> Memory:
    """Where all bytes go under a placement."""
    count = len(model.layers)
    first = count - placement.gpu_layers if machine.gpus else count
    cache = kv_layers(model, context, kv_type, ubatch, sequences)
    gpu = ram = kv_gpu = kv_ram = 0
    for i, layer in enumerate(model.layers):
        always = layer.attention + layer.dense + layer.shared
        if i >= first:
            gpu += always
            kv_gpu += cache[i] if placement.kv_on_gpu else 0
            kv_ram += 0 if placement.kv_on_gpu else cache[i]
        else:
            ram += always
            kv_ram += cache[i]
        if i >= first and i >= placement.cpu_expert_layers:
            gpu += layer.routed
        else:
            ram += layer.routed
    if machine.gpus and placement.gpu_layers > count:
        gpu += model.output
        ram += model.input_embedding  # rows of it are looked up by the processor; a tied one is held twice
    else:
        ram += model.input_embedding + (0 if model.tied else model.output)
    work = compute_buffer(model, context, ubatch)
    cards = len(machine.gpus) if gpu or kv_gpu else 0
    hybrid = cards and ram > model.input_embedding
    return Memory(
        weights_gpu=gpu,
        weights_ram=max(0, ram - placement.disk),
        kv_gpu=kv_gpu,
        kv_ram=kv_ram,
        compute_gpu=work * cards + (_staging(model, placement) if hybrid else 0),
        compute_ram=work if not cards or hybrid else work // 8,
        overhead_gpu=_CUDA_CONTEXT * cards,
        overhead_ram=_PROCESS,
    )


def _staging(model: ModelInfo, placement: Placement) -> int:
    """Experts of one layer pass through the card while a prompt is read."""
    kept = model.layers[: placement.cpu_expert_layers]
    return max((layer.routed for layer in kept), default=0) // 2


def vram_limit(machine: Machine) -> int:
    """Bytes that may be planned on all cards together."""
    if any(card.unified for card in machine.gpus):
        return sum(round(card.vram * 0.9) for card in machine.gpus)
    return sum(round(card.vram * _DEVICE_SHARE) for card in machine.gpus)


def ram_limit(machine: Machine) -> int:
    """Bytes of RAM that may be planned: a hard limit, the system's own share taken off."""
    return max(0, machine.ram - max(min(_SYSTEM, machine.ram // 4), round(machine.ram * _SYSTEM_SHARE)))
