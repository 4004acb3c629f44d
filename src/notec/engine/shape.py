"""The shape of a model: what its metadata says about layers, attention and experts.

Three sources give the same value: the metadata of a GGUF file, a `config.json`, an entry of the
catalogue. Every number is taken with a bound, since a header can claim anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from notec.engine.gguf import Header
from notec.engine.values import AttentionKind

MAX_LAYERS = 1 << 12
_MAX_NUMBER = 1 << 40

# Architectures whose cache the formulas were checked on (bench/memory_model.py) or that share it. The
# name is that of a GGUF; Transformers' `model_type` is the same but for underscores and `_text`.
_NAMES = """
afmoe bailingmoe2 bert cohere2 commandr deepseek deepseek2 deepseekv2 deepseekv3 dots1 ernie45 ernie45moe
exaone4 falconh1 gemma gemma2 gemma3 glm4 glm4moe glm4moelite gptoss granite granitehybrid granitemoe
hunyuanmoe hunyuanv1moe internlm2 jamba jinabertv2 kimik2 kimilinear lfm2 llama llama4 mimo2 mimov2flash
minimaxm2 mistral mistral3 mixtral nemotronh nemotronhmoe nomicbert olmo2 olmoe phi2 phi3 phimoe qwen2
qwen2moe qwen2vl qwen3 qwen35 qwen35moe qwen3moe qwen3next qwen3vl qwen3vlmoe seedoss smollm3 stablelm
starcoder2 step35 step3p5 xlmroberta
"""
KNOWN = frozenset(_NAMES.split())

# For architectures whose files do not say (llama.cpp, src/llama-model.cpp): every which layer has full
# attention among linear ones, and how many layers make a period of sliding windows, the last of which
# sees everything.
_FULL_INTERVAL = {"qwen3next": 4, "qwen35": 4, "qwen35moe": 4}
_WINDOW_PERIOD = {"gemma2": 2, "gemma3": 6, "gptoss": 2, "cohere2": 4, "exaone4": 4, "olmo2": 4}


@dataclass(frozen=True)
class Shape:
    """What the metadata says; a size of 0 means that it does not say.

    Args:
        kv_heads: of each layer.
        kinds: attention of each layer.
        latent: width of the compressed key of multi-head latent attention, rotary part included.
        latent_value: width of its value part.
        indexer: width of the keys by which sparse attention picks what it reads, kept beside the latent.
        state: bytes that a linear layer keeps per sequence.
        dense_layers: how many first layers have no experts; after them every `moe_step`-th layer has.
    """

    architecture: str
    hidden: int
    heads: int
    kv_heads: tuple[int, ...]
    key_dim: int
    value_dim: int
    kinds: tuple[AttentionKind, ...]
    experts: int = 0
    experts_used: int = 0
    shared_experts: int = 0
    moe_ff: int = 0
    shared_ff: int = 0
    dense_ff: int = 0
    dense_layers: int = 0
    moe_step: int = 1
    vocab: int = 0
    max_context: int = 0
    tied: bool = False
    window: int = 0
    latent: int = 0
    latent_value: int = 0
    q_rank: int = 0
    indexer: int = 0
    state: int = 0

    @property
    def layers(self) -> int:
        return len(self.kinds)

    @property
    def known(self) -> bool:
        return plain(self.architecture) in KNOWN


def plain(architecture: str) -> str:
    """`qwen3_moe`, `qwen3moe`, `Qwen3-MoE` and `qwen3_5_moe_text` under one name each."""
    name = architecture.lower()
    for end in ("_text", "_vl_text"):
        name = name.removesuffix(end)
    return name.replace("_", "").replace("-", "").replace(".", "")


def from_gguf(header: Header) -> Shape:
    """The shape that a GGUF header tells."""
    arch = header.text("general.architecture", "unknown")

    def number(key: str, default: int = 0) -> int:
        return max(0, min(header.number(f"{arch}.{key}", default), _MAX_NUMBER))

    layers = min(number("block_count"), MAX_LAYERS)
    heads = number("attention.head_count")
    hidden = number("embedding_length")
    raw = header.metadata.get(f"{arch}.attention.head_count_kv")
    kv_heads = tuple(max(0, min(int(v), 1 << 20)) for v in raw) if isinstance(raw, list) else ()
    if len(kv_heads) != layers:
        kv_heads = (number("attention.head_count_kv", heads),) * layers
    key = number("attention.key_length", hidden // heads if heads else 0)
    rank = number("attention.kv_lora_rank")
    window = number("attention.sliding_window")
    inner, group = number("ssm.inner_size"), number("ssm.group_count")
    conv, state = number("ssm.conv_kernel"), number("ssm.state_size")
    return Shape(
        arch,
        hidden,
        heads,
        kv_heads,
        key,
        number("attention.value_length", key),
        _kinds(
            plain(arch),
            layers,
            window=window,
            pattern=header.metadata.get(f"{arch}.attention.sliding_window_pattern"),
            latent=bool(rank),
            interval=number("full_attention_interval", _FULL_INTERVAL.get(plain(arch), 0)),
            kv_heads=kv_heads if isinstance(raw, list) else (),
        ),
        experts=number("expert_count"),
        experts_used=number("expert_used_count"),
        shared_experts=number("expert_shared_count"),
        moe_ff=number("expert_feed_forward_length"),
        shared_ff=number("expert_shared_feed_forward_length"),
        dense_ff=number("feed_forward_length"),
        dense_layers=number("leading_dense_block_count"),
        moe_step=max(1, number("interleave_moe_layer_step", 1)),
        vocab=number("vocab_size", header.counts.get("tokenizer.ggml.tokens", 0)),
        max_context=number("context_length"),
        window=window,
        latent=rank + number("rope.dimension_count") if rank else 0,
        latent_value=rank,
        q_rank=number("attention.q_lora_rank"),
        indexer=number("attention.indexer.key_length"),
        state=ssm_state(inner, group, state, conv),
    )


def from_config(config: Mapping[str, Any]) -> Shape:
    """The shape that a Transformers `config.json` tells."""
    inner = config.get("text_config")
    if isinstance(inner, Mapping):
        config = {**config, **inner}

    def number(*keys: str, default: int = 0) -> int:
        for key in keys:
            value = config.get(key)
            if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _MAX_NUMBER:
                return max(0, int(value))
        return default

    arch = str(config.get("model_type") or "unknown")[:100]
    layers = min(number("num_hidden_layers", "n_layer", "num_layers"), MAX_LAYERS)
    heads = number("num_attention_heads", "n_head")
    hidden = number("hidden_size", "n_embd", "d_model")
    kv = number("num_key_value_heads", default=heads)
    rank = number("kv_lora_rank")
    key = number("head_dim", default=hidden // heads if heads else 0)
    key = number("qk_nope_head_dim", default=key) if rank else key
    window = number("sliding_window", "sliding_window_size") if config.get("use_sliding_window", True) else 0
    kinds = _told_kinds(config, layers, bool(rank)) or _kinds(
        plain(arch),
        layers,
        window=window,
        pattern=config.get("sliding_window_pattern"),
        latent=bool(rank),
        interval=number("full_attention_interval", default=_FULL_INTERVAL.get(plain(arch), 0)),
        kv_heads=(),
    )
    sliding = number("swa_num_key_value_heads", default=kv)
    shared_ff = number("shared_expert_intermediate_size", "moe_shared_expert_intermediate_size")
    inner_size = number("mamba_num_heads", "mamba_n_heads") * number("mamba_head_dim", "mamba_d_head")
    experts = number("num_experts", "num_local_experts", "n_routed_experts")
    return Shape(
        arch,
        hidden,
        heads,
        tuple(sliding if kind == "sliding" else kv for kind in kinds),
        key,
        number("v_head_dim", default=key),
        kinds,
        experts=experts,
        experts_used=number("num_experts_per_tok", "num_experts_per_token", "moe_topk"),
        # Qwen's mixtures tell the width of their one shared expert, and not that there is one
        shared_experts=number("n_shared_experts", "num_shared_experts", default=int(shared_ff > 0)),
        moe_ff=number("moe_intermediate_size", default=number("intermediate_size") if experts else 0),
        shared_ff=shared_ff,
        dense_ff=number("intermediate_size", "n_inner", "ffn_dim"),
        dense_layers=number("first_k_dense_replace", default=_leading_zeros(config.get("moe_layer_freq"))),
        moe_step=max(1, number("interleave_moe_layer_step", "decoder_sparse_step", default=1)),
        vocab=number("vocab_size"),
        max_context=number("max_position_embeddings", "n_positions"),
        tied=bool(config.get("tie_word_embeddings", False)),
        window=window,
        latent=rank + number("qk_rope_head_dim") if rank else 0,
        latent_value=rank,
        q_rank=number("q_lora_rank"),
        indexer=number("index_head_dim") if rank else 0,
        state=linear_state(
            number("linear_num_value_heads"),
            number("linear_num_key_heads"),
            number("linear_key_head_dim"),
            number("linear_value_head_dim"),
            number("linear_conv_kernel_dim", default=4),
        )
        or ssm_state(
            inner_size or number("mamba_expand", "expand") * hidden,
            number("n_groups", "mamba_n_groups", default=1),
            number("ssm_state_size", "mamba_d_state", "state_size"),
            number("conv_kernel", "mamba_d_conv", default=4),
        ),
    )


def ssm_state(inner: int, groups: int, state: int, kernel: int) -> int:
    """Bytes (32-bit) that a state-space layer keeps: its convolution's past and its state."""
    return 4 * (max(kernel - 1, 0) * (inner + 2 * groups * state) + state * inner)


def linear_state(value_heads: int, key_heads: int, key_dim: int, value_dim: int, kernel: int = 4) -> int:
    """Bytes (32-bit) that a gated delta layer keeps: its convolution's past and its matrix per head."""
    past = (kernel - 1) * (2 * key_heads * key_dim + value_heads * value_dim)
    return 4 * (past + value_heads * key_dim * value_dim)


_KIND_NAMES: dict[str, AttentionKind] = {
    "sliding_attention": "sliding",
    "chunked_attention": "sliding",
    "linear_attention": "linear",
    "mamba": "linear",
    "conv": "linear",
    # Nemotron's letters: Mamba, attention, and layers of a feed-forward part or of experts alone
    "M": "linear",
    "E": "linear",
    "-": "linear",
    # MiMo's numbers
    "1": "sliding",
    # EXAONE's letters, local and global
    "L": "sliding",
}


def _told_kinds(config: Mapping[str, Any], layers: int, latent: bool) -> tuple[AttentionKind, ...]:
    """Kinds that are told layer by layer, under whichever of the names that makers have for that."""
    full: AttentionKind = "mla" if latent else "full"
    for key in ("layer_types", "hybrid_override_pattern", "layers_block_type", "hybrid_layer_pattern"):
        names = config.get(key)
        if isinstance(names, list | str) and len(names) == layers:
            return tuple(_KIND_NAMES.get(str(name), full) for name in names)
    pattern = config.get("sliding_window_pattern")
    if isinstance(pattern, str) and pattern:  # a short pattern of letters, again and again
        return tuple(_KIND_NAMES.get(pattern[i % len(pattern)], full) for i in range(layers))
    linear = config.get("linear_attn_config")  # Kimi Linear counts its layers from one
    if isinstance(linear, Mapping) and isinstance(linear.get("kda_layers"), list):
        return tuple("linear" if i + 1 in linear["kda_layers"] else full for i in range(layers))
    return ()


def _leading_zeros(frequency: Any) -> int:
    """First layers without experts, where each layer's number says whether it has some."""
    numbers = frequency if isinstance(frequency, list) else []
    return next((i for i, n in enumerate(numbers) if n), 0)


def _kinds(
    arch: str,
    layers: int,
    *,
    window: int,
    pattern: Any,
    latent: bool,
    interval: int,
    kv_heads: tuple[int, ...],
) -> tuple[AttentionKind, ...]:
    full: AttentionKind = "mla" if latent else "full"
    if interval > 1:
        return tuple(full if (i + 1) % interval == 0 else "linear" for i in range(layers))
    if any(kv_heads) and not all(kv_heads):  # layers without keys are state-space layers
        return tuple(full if n else "linear" for n in kv_heads)
    if window:
        if isinstance(pattern, list) and len(pattern) >= layers:
            return tuple("sliding" if pattern[i] else full for i in range(layers))
        period = pattern if isinstance(pattern, int) and pattern > 0 else _WINDOW_PERIOD.get(arch, 0)
        if period:
            return tuple("sliding" if i % period < period - 1 else full for i in range(layers))
    return (full,) * layers
