"""How many weights a layer of a given shape has, by role: for models of which no file is here."""

from __future__ import annotations

from notec.engine.shape import Shape


def layer_weights(shape: Shape, index: int) -> dict[str, int]:
    """Weights of layer `index`: attention (with router), dense, shared, routed."""
    hidden = shape.hidden
    moe = shape.experts > 0 and index >= shape.dense_layers and (index + 1) % shape.moe_step == 0
    roles = {"attention": attention_weights(shape, index)}
    if moe:
        width = shape.moe_ff or shape.dense_ff
        roles["attention"] += hidden * shape.experts  # the router
        roles["routed"] = 3 * hidden * width * shape.experts
        roles["shared"] = 3 * hidden * (shape.shared_ff or width) * shape.shared_experts
    else:
        roles["dense"] = 3 * hidden * (shape.dense_ff or shape.moe_ff)
    return roles


def attention_weights(shape: Shape, index: int) -> int:
    """Weights of the attention or the linear mixer of a layer."""
    hidden, heads = shape.hidden, shape.heads
    kind = shape.kinds[index]
    if kind == "mla":
        rope = shape.latent - shape.latent_value
        key = shape.key_dim + rope  # of a query head: the part without position and the rotary part
        query = shape.q_rank * (hidden + heads * key) if shape.q_rank else hidden * heads * key
        kv = hidden * shape.latent + shape.latent_value * heads * (shape.key_dim + shape.value_dim)
        return query + kv + heads * shape.value_dim * hidden
    if kind == "linear":
        inner = shape.heads * shape.key_dim  # about that of the full layers; the gates are small
        return 4 * hidden * inner
    kv_heads = shape.kv_heads[index]
    query = hidden * heads * shape.key_dim
    return query + hidden * kv_heads * (shape.key_dim + shape.value_dim) + heads * shape.value_dim * hidden
