"""What a tensor is for, by its name, and the sums that memory and speed are made of.

Names of GGUF (`blk.3.ffn_up_exps.weight`) and of Transformers checkpoints
(`model.layers.3.mlp.experts.7.up_proj.weight`) are both read. The key and value widths of a layer come
from the shapes of its own matrices where they are there, so that an architecture nobody has heard of is
still measured by what it holds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from notec.core import NotecError

Role = Literal["attention", "dense", "shared", "routed", "embedding", "output", "other"]

_MAX_LAYERS = 1 << 12
_GGUF_LAYER = re.compile(r"blk\.(\d{1,9})\.(.+)", re.S)
_HF_LAYER = re.compile(r"(?:^|\.)(?:layers|h|blocks|block)\.(\d{1,9})\.(.+)", re.S)
_ROUTED = re.compile(
    r"_exps\b|_exps\.|(?:^|\.)experts\.|ffn_(?:gate|up|down)\.\d+\.|block_sparse_moe\.experts|_chexps"
)
_SHARED = re.compile(r"_shexp\b|_shexp\.|shared_experts?(?:\.|_)|shared_mlp\.")
_DENSE = re.compile(
    r"^(?:ffn_(?:gate|up|down|gate_up|gate_proj)\.|(?:mlp|feed_forward)\.(?:gate_proj|up_proj|down_proj|"
    r"gate_up_proj|fc1|fc2|w1|w2|w3|c_fc|c_proj)\.)"
)
_LINEAR = re.compile(r"^(?:ssm_|time_mix|shortconv|linear_attn\.|mamba\.|mixer\.(?:A_log|conv1d)|conv\.)")
_VISION = re.compile(
    r"^(?:model\.)?(?:visual|vision|vision_tower|vision_model|mm_projector|multi_modal)", re.I
)


@dataclass
class LayerTotals:
    """Bytes and weights of one block, by role."""

    bytes: dict[str, int] = field(default_factory=dict)
    weights: dict[str, int] = field(default_factory=dict)
    k_width: int = 0
    v_width: int = 0
    latent: int = 0
    linear: bool = False


@dataclass
class Totals:
    """Sums over all tensors of a model, shard after shard."""

    layers: dict[int, LayerTotals] = field(default_factory=dict)
    bytes: dict[str, int] = field(default_factory=dict)
    weights: dict[str, int] = field(default_factory=dict)
    types: dict[str, int] = field(default_factory=dict)  # bytes by tensor type
    count: int = 0
    file: str = ""  # whose tensors are counted, for what is said of them

    def add(self, name: str, shape: tuple[int, ...], kind: str, size: int) -> None:
        """Count a tensor; `shape` with the row length first, as GGUF writes it."""
        weights = 1
        for n in shape:
            weights *= n
        self.count += 1
        self.types[kind] = self.types.get(kind, 0) + size
        layer, role, rest = role_of(name)
        if layer is None:
            _plus(self.bytes, role, size)
            _plus(self.weights, role, weights)
            return
        if layer >= _MAX_LAYERS:
            raise NotecError(
                f"{self.file}: the tensor `{name[:200]}` claims layer {layer:,}",
                "convert or download the model again",
            )
        totals = self.layers.setdefault(layer, LayerTotals())
        _plus(totals.bytes, role, size)
        _plus(totals.weights, role, weights)
        if _LINEAR.match(rest):
            totals.linear = True
        if len(shape) == 2 and rest.endswith(".weight"):
            stem = rest.removesuffix(".weight")
            if stem in ("attn_k", "self_attn.k_proj", "mixer.k_proj"):
                totals.k_width = shape[1]
            elif stem in ("attn_v", "self_attn.v_proj", "mixer.v_proj"):
                totals.v_width = shape[1]
            elif stem in ("attn_kv_a_mqa", "self_attn.kv_a_proj_with_mqa"):
                totals.latent = shape[1]


def role_of(name: str) -> tuple[int | None, Role, str]:
    """Layer (None outside the blocks), role, and the name inside the layer."""
    if _VISION.match(name):
        return None, "other", name
    found = _GGUF_LAYER.match(name) or _HF_LAYER.search(name)
    if found is None:
        if name.startswith("token_embd.") or re.search(r"(?:^|\.)(?:embed_tokens|wte)\.", name):
            return None, "embedding", name
        if re.match(r"(?:output\.|lm_head\.|model\.lm_head\.|language_model\.lm_head\.)", name):
            return None, "output", name
        return None, "other", name
    layer, rest = int(found[1]), found[2]
    # the router (`mlp.gate`, `ffn_gate_inp`) is read for every token: it counts with attention
    if _SHARED.search(rest):
        return layer, "shared", rest
    if _ROUTED.search(rest):
        return layer, "routed", rest
    if _DENSE.match(rest):
        return layer, "dense", rest
    return layer, "attention", rest


def _plus(sums: dict[str, int], key: str, amount: int) -> None:
    sums[key] = sums.get(key, 0) + amount
