"""Writes models with random weights: to measure a machine without downloading anything.

They say nothing sensible, but take the time and the memory of a real model of their size.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, version 3.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

_KINDS = {
    "F32": (0, 1, 4), "F16": (1, 1, 2), "Q8_0": (8, 32, 34), "Q4_0": (2, 32, 18), "Q4_K": (12, 256, 144),
}  # fmt: skip
_WORDS = 8000
_RUN = 1 << 20


class Sketch(NamedTuple):
    """The shape of a model to write; with `experts` it is a mixture that uses two of them."""

    name: str
    kind: str
    layers: int
    hidden: int
    feed: int
    experts: int = 0
    heads: int = 16
    kv_heads: int = 4


def write(path: Path, sketch: Sketch) -> Path:
    """The model as a GGUF file."""
    arch = "qwen3moe" if sketch.experts else "llama"
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{n:02X}>" for n in range(256))]
    tokens += [f"w{n}" for n in range(_WORDS - len(tokens))]
    metadata: dict[str, Any] = {
        "general.architecture": arch,
        "general.name": sketch.name,
        f"{arch}.block_count": sketch.layers,
        f"{arch}.context_length": 8192,
        f"{arch}.embedding_length": sketch.hidden,
        f"{arch}.feed_forward_length": sketch.feed,
        f"{arch}.attention.head_count": sketch.heads,
        f"{arch}.attention.head_count_kv": sketch.kv_heads,
        f"{arch}.attention.key_length": sketch.hidden // sketch.heads,
        f"{arch}.attention.value_length": sketch.hidden // sketch.heads,
        f"{arch}.attention.layer_norm_rms_epsilon": 1e-5,
        f"{arch}.rope.dimension_count": sketch.hidden // sketch.heads,
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.scores": [0.0] * len(tokens),
        "tokenizer.ggml.token_type": [2, 3, 3, *[6] * 256, *[1] * (len(tokens) - 259)],
    }
    if sketch.experts:
        metadata |= {
            f"{arch}.expert_count": sketch.experts,
            f"{arch}.expert_used_count": 2,
            f"{arch}.expert_feed_forward_length": sketch.feed,
        }
    tensors = list(_tensors(sketch))
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
    head += b"".join(_text(key) + _value(value) for key, value in metadata.items())
    at = 0
    for name, shape, kind in tensors:
        number, block, size = _KINDS[kind]
        head += _text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, number, at)
        length = _count(shape) // block * size
        at += length + -length % 32
    with path.open("wb") as file:
        file.write(head + bytes(-len(head) % 32))
        for _, shape, kind in tensors:
            for data in _numbers(_count(shape), kind):
                file.write(data)
            file.write(bytes(-file.tell() % 32))
    return path


def _tensors(s: Sketch) -> Iterator[tuple[str, tuple[int, ...], str]]:
    keys = s.hidden // s.heads * s.kv_heads
    yield "token_embd.weight", (s.hidden, _WORDS), s.kind
    yield "output.weight", (s.hidden, _WORDS), s.kind
    yield "output_norm.weight", (s.hidden,), "F32"
    for i in range(s.layers):
        block = f"blk.{i}."
        yield block + "attn_norm.weight", (s.hidden,), "F32"
        yield block + "attn_q.weight", (s.hidden, s.hidden), s.kind
        yield block + "attn_k.weight", (s.hidden, keys), s.kind
        yield block + "attn_v.weight", (s.hidden, keys), s.kind
        yield block + "attn_output.weight", (s.hidden, s.hidden), s.kind
        yield block + "ffn_norm.weight", (s.hidden,), "F32"
        if s.experts:
            yield block + "attn_q_norm.weight", (s.hidden // s.heads,), "F32"
            yield block + "attn_k_norm.weight", (s.hidden // s.heads,), "F32"
            yield block + "ffn_gate_inp.weight", (s.hidden, s.experts), "F32"
            for part, shape in (
                ("gate", (s.hidden, s.feed)),
                ("up", (s.hidden, s.feed)),
                ("down", (s.feed, s.hidden)),
            ):
                yield f"{block}ffn_{part}_exps.weight", (*shape, s.experts), s.kind
        else:
            yield block + "ffn_gate.weight", (s.hidden, s.feed), s.kind
            yield block + "ffn_up.weight", (s.hidden, s.feed), s.kind
            yield block + "ffn_down.weight", (s.feed, s.hidden), s.kind


def _numbers(count: int, kind: str) -> Iterator[bytes]:
    """Random weights; one run of them is repeated, since only their size takes time."""
    import numpy as np

    rng = np.random.default_rng(count)
    _, block, size = _KINDS[kind]
    blocks = min(count // block, _RUN // block)
    if kind == "F32":
        raw = np.ones(blocks, "<f4").tobytes()
    elif kind == "F16":
        raw = (rng.standard_normal(blocks, dtype=np.float32) * 0.02).astype("<f2").tobytes()
    else:
        table = rng.integers(0, 256, (blocks, size), dtype=np.uint8)
        scale = np.frombuffer(np.float16(0.003 if kind == "Q4_0" else 0.0002).tobytes(), np.uint8)
        table[:, :2] = scale
        if kind == "Q4_K":
            table[:, 2:4] = scale  # of the minima
        raw = table.tobytes()
    whole, rest = divmod(count // block, blocks)
    yield from (raw for _ in range(whole))
    yield raw[: rest * size]


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for n in shape:
        count *= n
    return count


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: Any) -> bytes:
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, str):
        return struct.pack("<I", 8) + _text(value)
    if isinstance(value[0], int):  # kinds of tokens are signed
        return struct.pack("<IIQ", 9, 5, len(value)) + struct.pack(f"<{len(value)}i", *value)
    items = [_value(item) for item in value]
    return (
        struct.pack("<I", 9) + items[0][:4] + struct.pack("<Q", len(items)) + b"".join(i[4:] for i in items)
    )
