"""Writes whole GGUF models with random weights, small enough to load in a moment: a decoder and an embedder.

They say nothing sensible, but everything around them is real: the file, the engine, its grammar, its
pooling. Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, version 3.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

WIDTH = 32
WORDS = (
    "a the of and to in is it was for on with as at by this that from river bank money boat tea apple pie"
    " bread bake oven cat dog note plan engine memory speed model vault link search graph paper winter summer"
    " garden"
)
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,:;!?-()"
CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюя"


def _value(value: Any) -> bytes:
    """A typed metadata value."""
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, np.int32):
        return struct.pack("<Ii", 5, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, str):
        return struct.pack("<I", 8) + _text(value)
    items = [_value(item) for item in value]
    return (
        struct.pack("<I", 9) + items[0][:4] + struct.pack("<Q", len(items)) + b"".join(i[4:] for i in items)
    )


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def write_gguf(path: Path, metadata: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> Path:
    """A GGUF file of float32 tensors, given in numpy's order of dimensions."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
    head += b"".join(_text(key) + _value(value) for key, value in metadata.items())
    body, at = [], 0
    for name, tensor in tensors.items():
        shape = tensor.shape[::-1]
        head += _text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, at)
        data = tensor.astype("<f4").tobytes()
        data += b"\0" * (-len(data) % 32)
        body.append(data)
        at += len(data)
    path.write_bytes(head + b"\0" * (-len(head) % 32) + b"".join(body))
    return path


def embedder(
    path: Path,
    *,
    seed: int = 0,
    width: int = WIDTH,
    context: int = 64,
    pooling: int = 1,
    name: str = "tiny",
    letters: str = LETTERS + CYRILLIC,
    broken: bool = False,
) -> Path:
    """A BERT of one layer over a WordPiece vocabulary of some words and all letters.

    Texts that share words have vectors that are alike, which is all that a test of a search needs.
    """
    rng = np.random.default_rng(seed)
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = [f"\u2581{w}" for w in dict.fromkeys((*WORDS.split(), *letters))] + list(letters)
    tokens = special + pieces

    def random(*shape: int, scale: float = 0.02) -> np.ndarray:
        return rng.standard_normal(shape).astype(np.float32) * scale

    one, zero = np.ones(width, np.float32), np.zeros(width, np.float32)
    tensors = {
        "token_embd.weight": random(len(tokens), width, scale=1.0),
        "position_embd.weight": random(context, width, scale=0.001),
        "token_types.weight": np.zeros((2, width), np.float32),
        "token_embd_norm.weight": one * (np.nan if broken else 1.0),
        "token_embd_norm.bias": zero,
    }
    for part, shape in (
        ("attn_q", (width, width)), ("attn_k", (width, width)), ("attn_v", (width, width)),
        ("attn_output", (width, width)), ("ffn_up", (2 * width, width)), ("ffn_down", (width, 2 * width)),
    ):  # fmt: skip
        tensors[f"blk.0.{part}.weight"] = random(*shape)
        tensors[f"blk.0.{part}.bias"] = np.zeros(shape[0], np.float32)
    for part in ("attn_output_norm", "layer_output_norm"):
        tensors |= {f"blk.0.{part}.weight": one, f"blk.0.{part}.bias": zero}
    metadata = {
        "general.architecture": "bert",
        "general.name": name,
        "bert.block_count": 1,
        "bert.context_length": context,
        "bert.embedding_length": width,
        "bert.feed_forward_length": 2 * width,
        "bert.attention.head_count": 2,
        "bert.attention.layer_norm_epsilon": 1e-12,
        "bert.attention.causal": False,
        "bert.pooling_type": pooling,
        **_vocabulary("bert", tokens, [3] * len(special) + [1] * len(pieces)),
        "tokenizer.ggml.token_type_count": 2,
        "tokenizer.ggml.padding_token_id": 0,
        "tokenizer.ggml.unknown_token_id": 1,
        "tokenizer.ggml.bos_token_id": 2,
        "tokenizer.ggml.cls_token_id": 2,
        "tokenizer.ggml.eos_token_id": 3,
        "tokenizer.ggml.seperator_token_id": 3,  # so spelled in the format
        "tokenizer.ggml.mask_token_id": 4,
    }
    return write_gguf(path, metadata, tensors)


CHAT_TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def decoder(
    path: Path, *, seed: int = 0, context: int = 512, template: str = CHAT_TEMPLATE, middle: bool = False
) -> Path:
    """A Llama of one layer over single bytes: whatever a grammar allows, it can write.

    Args:
        middle: it has the tokens for filling in between a prefix and a suffix.
    """
    rng = np.random.default_rng(seed)
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{n:02X}>" for n in range(256))]
    kinds = [2, 3, 3, *[6] * 256]
    fills = ("prefix", "suffix", "middle") if middle else ()
    tokens += [f"<|fim_{name}|>" for name in fills]
    kinds += [3] * len(fills)

    def random(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape).astype(np.float32) * 0.3

    tensors = {
        "token_embd.weight": random(len(tokens), WIDTH),
        "output_norm.weight": np.ones(WIDTH, np.float32),
        "output.weight": random(len(tokens), WIDTH),
        "blk.0.attn_norm.weight": np.ones(WIDTH, np.float32),
        "blk.0.ffn_norm.weight": np.ones(WIDTH, np.float32),
        "blk.0.attn_q.weight": random(WIDTH, WIDTH),
        "blk.0.attn_k.weight": random(WIDTH, WIDTH),
        "blk.0.attn_v.weight": random(WIDTH, WIDTH),
        "blk.0.attn_output.weight": random(WIDTH, WIDTH),
        "blk.0.ffn_gate.weight": random(2 * WIDTH, WIDTH),
        "blk.0.ffn_up.weight": random(2 * WIDTH, WIDTH),
        "blk.0.ffn_down.weight": random(WIDTH, 2 * WIDTH),
    }
    metadata = {
        "general.architecture": "llama",
        "general.name": "tiny decoder",
        "llama.block_count": 1,
        "llama.context_length": context,
        "llama.embedding_length": WIDTH,
        "llama.feed_forward_length": 2 * WIDTH,
        "llama.attention.head_count": 2,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.dimension_count": WIDTH // 2,
        **_vocabulary("llama", tokens, kinds),
        "tokenizer.ggml.add_space_prefix": False,
        "tokenizer.ggml.unknown_token_id": 0,
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
    }
    for name, short in zip(fills, ("pre", "suf", "mid"), strict=False):
        metadata[f"tokenizer.ggml.fim_{short}_token_id"] = tokens.index(f"<|fim_{name}|>")
    if template:
        metadata["tokenizer.chat_template"] = template
    return write_gguf(path, metadata, tensors)


def _vocabulary(kind: str, tokens: Sequence[str], kinds: Sequence[int]) -> dict[str, Any]:
    return {
        "tokenizer.ggml.model": kind,
        "tokenizer.ggml.tokens": list(tokens),
        "tokenizer.ggml.scores": [0.0] * len(tokens),
        "tokenizer.ggml.token_type": list(np.array(kinds, np.int32)),
    }
