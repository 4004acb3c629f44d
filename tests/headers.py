"""Writes headers of models without their weights; a sparse file stands for the weights."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

TYPES = {
    "F32": (0, 1, 4),
    "F16": (1, 1, 2),
    "Q8_0": (8, 32, 34),
    "Q4_K": (12, 256, 144),
    "Q6_K": (14, 256, 210),
}


def text(value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(data)) + data


def value_bytes(value: Any) -> bytes:
    """A typed metadata value; a list is an array of its first item's type."""
    match value:
        case bool():
            return struct.pack("<I?", 7, value)
        case int():
            return struct.pack("<II", 4, value)
        case float():
            return struct.pack("<If", 6, value)
        case str():
            return struct.pack("<I", 8) + text(value)
        case _:
            items = [value_bytes(item) for item in value]
            head = struct.pack("<I", 9) + items[0][:4] + struct.pack("<Q", len(items))
            return head + b"".join(item[4:] for item in items)


def gguf_header(
    metadata: Mapping[str, Any], tensors: Iterable[tuple[str, tuple[int, ...], str]] = ()
) -> tuple[bytes, int]:
    """The header, padded, and how many bytes of weights belong after it."""
    listed, at = b"", 0
    count = 0
    for name, shape, kind in tensors:
        number, block, size = TYPES[kind]
        weights = 1
        for n in shape:
            weights *= n
        listed += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, number, at)
        at += -(-(weights // block * size) // 32) * 32
        count += 1
    head = b"GGUF" + struct.pack("<IQQ", 3, count, len(metadata))
    head += b"".join(text(key) + value_bytes(value) for key, value in metadata.items()) + listed
    return head + b"\0" * (-len(head) % 32), at


def write_sparse(path: Path, head: bytes, weights: int) -> Path:
    with path.open("wb") as stream:
        stream.write(head)
        stream.truncate(len(head) + weights)
    return path


def moe_metadata(layers: int, **more: Any) -> dict[str, Any]:
    """Metadata of a Qwen3 mixture of experts, in the real model's proportions."""
    return {
        "general.architecture": "qwen3moe",
        "general.name": "Qwen3 235B A22B",
        "qwen3moe.block_count": layers,
        "qwen3moe.context_length": 40960,
        "qwen3moe.embedding_length": 4096,
        "qwen3moe.feed_forward_length": 12288,
        "qwen3moe.attention.head_count": 64,
        "qwen3moe.attention.head_count_kv": 4,
        "qwen3moe.attention.key_length": 128,
        "qwen3moe.attention.value_length": 128,
        "qwen3moe.expert_count": 128,
        "qwen3moe.expert_used_count": 8,
        "qwen3moe.expert_feed_forward_length": 1536,
        **more,
    }


def moe_tensors(first: int, last: int, kind: str = "Q8_0") -> Iterable[tuple[str, tuple[int, ...], str]]:
    for i in range(first, last):
        yield f"blk.{i}.attn_q.weight", (4096, 8192), kind
        yield f"blk.{i}.attn_k.weight", (4096, 512), kind
        yield f"blk.{i}.attn_v.weight", (4096, 512), kind
        yield f"blk.{i}.attn_output.weight", (8192, 4096), kind
        yield f"blk.{i}.attn_norm.weight", (4096,), "F32"
        yield f"blk.{i}.ffn_norm.weight", (4096,), "F32"
        yield f"blk.{i}.ffn_gate_inp.weight", (4096, 128), "F32"
        for part in ("gate", "up"):
            yield f"blk.{i}.ffn_{part}_exps.weight", (4096, 1536, 128), kind
        yield f"blk.{i}.ffn_down_exps.weight", (1536, 4096, 128), kind


def write_moe(
    folder: Path,
    *,
    layers: int = 4,
    shards: int = 1,
    kind: str = "Q8_0",
    words: int = 0,
    name: str = "Qwen3-235B-A22B",
) -> Path:
    """A mixture of experts over `shards` sparse files; returns the first."""
    label = {"Q4_K": "Q4_K_M"}.get(kind, kind)
    first = folder / f"{name}-{label}.gguf"
    for shard in range(shards):
        tensors = list(moe_tensors(layers * shard // shards, layers * (shard + 1) // shards, kind))
        metadata: dict[str, Any] = {"split.no": shard, "split.count": shards} if shards > 1 else {}
        if shard == 0:
            metadata = moe_metadata(layers) | metadata
            if words:
                metadata["tokenizer.ggml.tokens"] = [f"w{i}" for i in range(words)]
            tensors[:0] = [
                ("token_embd.weight", (4096, 151936), kind),
                ("output.weight", (4096, 151936), "Q6_K"),
                ("output_norm.weight", (4096,), "F32"),
            ]
        path = first if shards == 1 else folder / f"{name}-{label}-{shard + 1:05}-of-{shards:05}.gguf"
        write_sparse(path, *gguf_header(metadata, tensors))
        if shard == 0:
            first = path
    return first


def safetensors_file(path: Path, tensors: Mapping[str, tuple[str, tuple[int, ...], int]]) -> Path:
    """A sparse safetensors file; each tensor as dtype, shape and bytes."""
    header, at = {}, 0
    for name, (kind, shape, size) in tensors.items():
        header[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    raw = json.dumps(header).encode()
    return write_sparse(path, struct.pack("<Q", len(raw)) + raw, at)
