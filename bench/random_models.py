"""Models with random weights in the shapes of real families, small enough to write in a second each."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

F32, F16 = 0, 1
Shapes = Iterator[tuple[str, tuple[int, ...], int]]


class Family:
    """One architecture: metadata and tensors (shapes with the row length first, as GGUF has them)."""

    def __init__(self, arch: str, **numbers: Any) -> None:
        self.arch = arch
        self.layers = numbers.pop("layers", 6)
        self.hidden = numbers.pop("hidden", 512)
        self.heads = numbers.pop("heads", 8)
        self.kv = numbers.pop("kv", 2)
        self.dim = numbers.pop("dim", 64)
        self.ff = numbers.pop("ff", 1536)
        self.vocab = numbers.pop("vocab", 32_000)
        self.experts = numbers.pop("experts", 0)
        self.used = numbers.pop("used", 2)
        self.expert_ff = numbers.pop("expert_ff", 256)
        self.shared = numbers.pop("shared", 0)
        self.dense_first = numbers.pop("dense_first", 0)
        self.tied = numbers.pop("tied", False)
        self.more = numbers

    def metadata(self) -> dict[str, Any]:
        a = self.arch
        out: dict[str, Any] = {
            "general.architecture": a,
            "general.name": "random",
            f"{a}.block_count": self.layers,
            f"{a}.context_length": 131_072,
            f"{a}.embedding_length": self.hidden,
            f"{a}.feed_forward_length": self.ff,
            f"{a}.attention.head_count": self.heads,
            f"{a}.attention.head_count_kv": self.kv,
            f"{a}.attention.key_length": self.dim,
            f"{a}.attention.value_length": self.dim,
            f"{a}.attention.layer_norm_rms_epsilon": 1e-5,
            f"{a}.attention.layer_norm_epsilon": 1e-5,
            f"{a}.rope.dimension_count": self.dim,
            f"{a}.rope.freq_base": 10_000.0,
        }
        if self.experts:
            out |= {
                f"{a}.expert_count": self.experts,
                f"{a}.expert_used_count": self.used,
                f"{a}.expert_feed_forward_length": self.expert_ff,
            }
        if self.shared:
            out[f"{a}.expert_shared_count"] = 1
            out[f"{a}.expert_shared_feed_forward_length"] = self.expert_ff
        if self.dense_first:
            out[f"{a}.leading_dense_block_count"] = self.dense_first
        return out | {f"{a}.{key}": value for key, value in self.more.get("keys", {}).items()}

    def tensors(self) -> Shapes:
        yield "token_embd.weight", (self.hidden, self.vocab), F16
        yield "output_norm.weight", (self.hidden,), F32
        if self.arch == "lfm2":
            yield "token_embd_norm.weight", (self.hidden,), F32
        if not self.tied:
            yield "output.weight", (self.hidden, self.vocab), F16
        for i in range(self.layers):
            for name, shape, kind in self.block(i):
                yield f"blk.{i}.{name}", shape, kind

    def block(self, i: int) -> Shapes:
        yield "attn_norm.weight", (self.hidden,), F32
        yield from getattr(self, self.more.get("attention", "attend"))(i)
        if self.arch != "cohere2":
            after = self.arch in ("qwen3next", "gpt-oss", "glm4moe")
            yield ("post_attention_norm" if after else "ffn_norm") + ".weight", (self.hidden,), F32
        yield from (self.mixture() if self.experts and i >= self.dense_first else self.dense())

    def attend(self, i: int) -> Shapes:
        del i
        q, kv = self.heads * self.dim, self.kv * self.dim
        gate = 2 if self.arch == "qwen3next" else 1
        if self.arch == "phi3":
            yield "attn_qkv.weight", (self.hidden, q + 2 * kv), F16
        else:
            yield "attn_q.weight", (self.hidden, gate * q), F16
            yield "attn_k.weight", (self.hidden, kv), F16
            yield "attn_v.weight", (self.hidden, kv), F16
        yield "attn_output.weight", (q, self.hidden), F16
        if self.arch in ("qwen2", "qwen2moe", "gpt-oss", "glm4moe"):
            yield "attn_q.bias", (q,), F32
            yield "attn_k.bias", (kv,), F32
            yield "attn_v.bias", (kv,), F32
        if self.arch == "gpt-oss":
            yield "attn_output.bias", (self.hidden,), F32
            yield "attn_sinks.weight", (self.heads,), F32
        if self.arch in ("qwen3", "qwen3moe", "gemma3", "qwen3next", "lfm2"):
            yield "attn_q_norm.weight", (self.dim,), F32
            yield "attn_k_norm.weight", (self.dim,), F32
        if self.arch in ("gemma2", "gemma3"):
            yield "post_attention_norm.weight", (self.hidden,), F32
            yield "post_ffw_norm.weight", (self.hidden,), F32

    def latent(self, i: int) -> Shapes:
        del i
        rank, rope, nope, value, query = 256, 32, 64, 64, 384
        yield "attn_q_a.weight", (self.hidden, query), F16
        yield "attn_q_a_norm.weight", (query,), F32
        yield "attn_q_b.weight", (query, self.heads * (nope + rope)), F16
        yield "attn_kv_a_mqa.weight", (self.hidden, rank + rope), F16
        yield "attn_kv_a_norm.weight", (rank,), F32
        yield "attn_k_b.weight", (nope, rank, self.heads), F16
        yield "attn_v_b.weight", (rank, value, self.heads), F16
        yield "attn_output.weight", (self.heads * value, self.hidden), F16

    def gated_delta(self, i: int) -> Shapes:
        if (i + 1) % 4 == 0:
            yield from self.attend(i)
            return
        heads, groups, state = 8, 4, 64
        inner = heads * state
        yield "attn_qkv.weight", (self.hidden, 2 * groups * state + inner), F16
        yield "attn_gate.weight", (self.hidden, inner), F16
        yield "ssm_conv1d.weight", (4, 2 * groups * state + inner), F32
        yield "ssm_dt.bias", (heads,), F32
        yield "ssm_a", (heads,), F32
        yield "ssm_ba.weight", (self.hidden, 2 * heads), F16
        yield "ssm_norm.weight", (state,), F32
        yield "ssm_out.weight", (inner, self.hidden), F16

    def mamba(self, i: int) -> Shapes:
        if self.kv_heads(i):
            yield from self.attend(i)
            return
        heads, groups, state = 16, 1, 64
        inner = heads * 64
        yield "ssm_in.weight", (self.hidden, 2 * inner + 2 * groups * state + heads), F16
        yield "ssm_conv1d.weight", (4, inner + 2 * groups * state), F32
        yield "ssm_conv1d.bias", (inner + 2 * groups * state,), F32
        yield "ssm_dt.bias", (heads,), F32
        yield "ssm_a", (1, heads), F32
        yield "ssm_d", (1, heads), F32
        yield "ssm_norm.weight", (inner // groups, groups), F32
        yield "ssm_out.weight", (inner, self.hidden), F16

    def kv_heads(self, i: int) -> int:
        listed = self.more.get("keys", {}).get("attention.head_count_kv")
        return int(listed[i]) if listed is not None else self.kv

    def dense(self) -> Shapes:
        if self.arch == "phi3":
            yield "ffn_up.weight", (self.hidden, 2 * self.ff), F16
        else:
            yield "ffn_gate.weight", (self.hidden, self.ff), F16
            yield "ffn_up.weight", (self.hidden, self.ff), F16
        yield "ffn_down.weight", (self.ff, self.hidden), F16

    def mixture(self) -> Shapes:
        e, f, h = self.experts, self.expert_ff, self.hidden
        yield "ffn_gate_inp.weight", (h, e), F32
        yield "ffn_gate_exps.weight", (h, f, e), F16
        yield "ffn_up_exps.weight", (h, f, e), F16
        yield "ffn_down_exps.weight", (f, h, e), F16
        if self.arch == "gpt-oss":
            yield "ffn_gate_inp.bias", (e,), F32
            yield "ffn_gate_exps.bias", (f, e), F32
            yield "ffn_up_exps.bias", (f, e), F32
            yield "ffn_down_exps.bias", (h, e), F32
        if self.arch == "glm4moe":
            yield "exp_probs_b.bias", (e,), F32
        if self.shared:
            yield "ffn_gate_shexp.weight", (h, f), F16
            yield "ffn_up_shexp.weight", (h, f), F16
            yield "ffn_down_shexp.weight", (f, h), F16
            if self.arch in ("qwen2moe", "qwen3next"):
                yield "ffn_gate_inp_shexp.weight", (h,), F32


MLA = {
    "attention.key_length": 288, "attention.value_length": 256, "attention.key_length_mla": 96,
    "attention.value_length_mla": 64, "attention.kv_lora_rank": 256, "attention.q_lora_rank": 384,
    "attention.head_count_kv": 1, "rope.dimension_count": 32, "expert_weights_scale": 1.0,
    "expert_gating_func": 2, "expert_weights_norm": True,
}  # fmt: skip
DELTA = {
    "ssm.conv_kernel": 4, "ssm.inner_size": 512, "ssm.state_size": 64, "ssm.time_step_rank": 8,
    "ssm.group_count": 4, "rope.dimension_count": 16,
}  # fmt: skip
MAMBA = {
    "ssm.conv_kernel": 4, "ssm.inner_size": 1024, "ssm.state_size": 64, "ssm.time_step_rank": 16,
    "ssm.group_count": 1, "attention.head_count_kv": [0, 0, 2, 0, 0, 2], "attention.scale": 1.0,
    "embedding_scale": 1.0, "residual_scale": 1.0, "logit_scale": 1.0,
}  # fmt: skip
SOFTCAP = {"attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0}

FAMILIES: dict[str, Family] = {
    "dense-gqa": Family("llama", layers=8),
    "dense-mha": Family("llama", layers=4, kv=8, ff=2048),
    "dense-large-vocabulary": Family("qwen2", layers=8, vocab=150_000, hidden=384, heads=6, tied=True),
    "dense-qk-norm": Family("qwen3", layers=10, heads=16, kv=4),
    "dense-fused": Family("phi3", layers=6, keys={"attention.sliding_window": 0}),
    "window-half": Family("gemma2", layers=8, tied=True, keys={"attention.sliding_window": 512, **SOFTCAP}),
    "window-sixth": Family("gemma3", layers=12, tied=True, keys={"attention.sliding_window": 512}),
    "window-fourth": Family(
        "cohere2", layers=8, tied=True, keys={"attention.sliding_window": 1024, "logit_scale": 0.25}
    ),
    "moe": Family("qwen3moe", layers=6, experts=32, used=4),
    "moe-many-small": Family("qwen3moe", layers=6, experts=64, used=16, expert_ff=96),
    "moe-few-experts": Family("llama", layers=4, experts=8, ff=512, expert_ff=512),
    "moe-shared": Family("qwen2moe", layers=6, experts=16, used=4, shared=1),
    "moe-shared-dense-first": Family("glm4moe", layers=6, experts=16, used=4, shared=1, dense_first=1),
    "moe-window": Family("gpt-oss", layers=6, experts=16, used=4, keys={"attention.sliding_window": 128}),
    "mla": Family(
        "deepseek2", layers=6, experts=16, used=4, shared=1, dense_first=1, attention="latent", keys=MLA
    ),
    "hybrid-delta": Family(
        "qwen3next", layers=8, experts=16, used=4, shared=1, attention="gated_delta", keys=DELTA
    ),
    "hybrid-mamba": Family("granitehybrid", layers=6, attention="mamba", keys=MAMBA),
}  # fmt: skip


def write(path: Path, family: Family, seed: int = 0) -> Path:
    """The model as a GGUF file of half precision."""
    rng = np.random.default_rng(seed)
    special = ["<unk>", "<s>", "</s>", *(f"<0x{n:02X}>" for n in range(256))]
    tokens = special + [f"w{n}" for n in range(family.vocab - len(special))]
    kinds = [2, 3, 3, *[6] * 256, *[1] * (family.vocab - len(special))]
    metadata: dict[str, Any] = family.metadata() | {
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.unknown_token_id": 0,
    }
    arrays = {
        "tokenizer.ggml.tokens": struct.pack("<IQ", 8, len(tokens)) + b"".join(map(_text, tokens)),
        "tokenizer.ggml.scores": struct.pack("<IQ", 6, len(tokens)) + bytes(4 * len(tokens)),
        "tokenizer.ggml.token_type": struct.pack("<IQ", 5, len(tokens)) + np.array(kinds, "<i4").tobytes(),
    }
    listed, at, bodies = b"", 0, []
    tensors = list(family.tensors())
    for name, shape, kind in tensors:
        count = int(np.prod(shape))
        size = count * (2 if kind == F16 else 4)
        listed += _text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, at)
        bodies.append((count, kind, -size % 32))
        at += size + -size % 32
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata) + len(arrays))
    head += b"".join(_text(key) + _value(value) for key, value in metadata.items())
    head += b"".join(_text(key) + struct.pack("<I", 9) + raw for key, raw in arrays.items()) + listed
    with path.open("wb") as file:
        file.write(head + bytes(-len(head) % 32))
        for count, kind, pad in bodies:
            numbers = rng.standard_normal(count, dtype=np.float32) * 0.02
            file.write(numbers.astype("<f2" if kind == F16 else "<f4").tobytes() + bytes(pad))
    return path


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: Any) -> bytes:
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, str):
        return struct.pack("<I", 8) + _text(value)
    return struct.pack("<IIQ", 9, 4, len(value)) + b"".join(struct.pack("<I", n) for n in value)
