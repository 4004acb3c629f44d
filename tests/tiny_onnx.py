"""Writes a folder with an ONNX embedding model: a table of random vectors, one for each word.

ONNX is protobuf; the few messages that are needed are written here by hand, so that no test needs the
`onnx` package. Format: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tiny_gguf import WIDTH, WORDS


def _varint(n: int) -> bytes:
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes([*out, n])


def _field(number: int, value: bytes | str | int) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _value_info(name: str, kind: int, *dimensions: str | int) -> bytes:
    shape = b"".join(_field(1, _field(1, d) if isinstance(d, int) else _field(2, d)) for d in dimensions)
    tensor = _field(1, kind) + _field(2, shape)
    return _field(1, name) + _field(2, _field(1, tensor))


def _model(table: np.ndarray) -> bytes:
    """`last_hidden_state = table[input_ids]`."""
    tensor = _field(1, len(table)) + _field(1, table.shape[1]) + _field(2, 1) + _field(8, "table")
    tensor += _field(9, table.astype("<f4").tobytes())
    node = _field(1, "table") + _field(1, "input_ids") + _field(2, "last_hidden_state") + _field(4, "Gather")
    graph = _field(1, node) + _field(2, "tiny") + _field(5, tensor)
    graph += _field(11, _value_info("input_ids", 7, "batch", "length"))
    graph += _field(12, _value_info("last_hidden_state", 1, "batch", "length", table.shape[1]))
    return _field(1, 8) + _field(7, graph) + _field(8, _field(2, 17))


def onnx_folder(
    folder: Path, *, seed: int = 0, pooling: str = "mean", prompts: Mapping[str, str] | None = None
) -> Path:
    """A sentence-transformers folder: model.onnx, tokenizer.json, pooling, and prompts where given."""
    words = ["[UNK]", *dict.fromkeys(WORDS.split())]
    table = np.random.default_rng(seed).standard_normal((len(words), WIDTH)).astype(np.float32)
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "model.onnx").write_bytes(_model(table))
    tokenizer = {
        "version": "1.0",
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "model": {"type": "WordLevel", "vocab": {w: n for n, w in enumerate(words)}, "unk_token": "[UNK]"},
        "added_tokens": [],
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [
                {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": "[UNK]", "type_id": 0}},
            ],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"[UNK]": {"id": "[UNK]", "ids": [0], "tokens": ["[UNK]"]}},
        },
    }
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    modes = {"pooling_mode_cls_token": pooling == "cls", "pooling_mode_mean_tokens": pooling == "mean"}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(modes))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 64}))
    if prompts:
        (folder / "config_sentence_transformers.json").write_text(json.dumps({"prompts": dict(prompts)}))
    return folder
