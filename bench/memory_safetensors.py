"""Bytes of safetensors models: by notec's reader, by `accelerate estimate-memory`, and in the files.

    .venv-transformers/bin/python bench/memory_safetensors.py   (made by `make test-transformers`)

For each family a model with random weights is saved by Transformers in bfloat16, 20 MB to 1 GB. Accelerate
counts an empty model of the same config, by the functions behind its command. The files tell the truth.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from notec.engine.describe import describe

MOE = {"num_experts": 16, "num_experts_per_tok": 4, "moe_intermediate_size": 256}
MLA = {
    "q_lora_rank": 192, "kv_lora_rank": 128, "qk_rope_head_dim": 32, "qk_nope_head_dim": 64, "v_head_dim": 64,
    "n_routed_experts": 16, "n_shared_experts": 1, "num_experts_per_tok": 4, "moe_intermediate_size": 256,
    "first_k_dense_replace": 1, "n_group": 1, "topk_group": 1,
}  # fmt: skip
FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "llama, small": ("llama", {"hidden_size": 512, "num_hidden_layers": 6}),
    "llama, 0.5B": ("llama", {"hidden_size": 1536, "num_hidden_layers": 16, "intermediate_size": 4096}),
    "qwen3, tied": ("qwen3", {"tie_word_embeddings": True, "head_dim": 64}),
    "qwen3_moe": ("qwen3_moe", MOE),
    "mixtral": ("mixtral", {"num_local_experts": 8}),
    "gemma3": ("gemma3_text", {"head_dim": 64, "sliding_window": 512}),
    "deepseek_v3": ("deepseek_v3", MLA),
}
COMMON = {
    "vocab_size": 32_000, "hidden_size": 768, "intermediate_size": 2048, "num_hidden_layers": 8,
    "num_attention_heads": 8, "num_key_value_heads": 2, "max_position_embeddings": 4096,
}  # fmt: skip


def main() -> None:
    rows = []
    for name, (kind, more) in FAMILIES.items():
        with tempfile.TemporaryDirectory(prefix="notec-safetensors-") as folder:
            rows.append({"family": name, **case(Path(folder), kind, {**COMMON, **more})})
        print(json.dumps(rows[-1]), file=sys.stderr)
    print(
        json.dumps(
            {
                "models": len(rows),
                "worst_ours": max(abs(r["ours_over_real"] - 1) for r in rows),
                "worst_accelerate": max(abs(r["accelerate_over_real"] - 1) for r in rows),
                "rows": rows,
            }
        )
    )


def case(folder: Path, kind: str, config: dict[str, Any]) -> dict[str, Any]:
    import torch
    from accelerate import init_empty_weights
    from accelerate.utils import calculate_maximum_sizes
    from transformers import AutoConfig, AutoModelForCausalLM

    described = AutoConfig.for_model(kind, **config)
    AutoModelForCausalLM.from_config(described, dtype=torch.bfloat16).save_pretrained(folder)
    with init_empty_weights():
        empty = AutoModelForCausalLM.from_config(described, dtype=torch.float32)
    whole, _ = calculate_maximum_sizes(empty)  # in 32 bits
    real = sum(tensor_bytes(path) for path in folder.glob("*.safetensors"))
    ours = describe(folder).model.weights
    return {
        "bytes": real,
        "ours_over_real": round(ours / real, 4),
        "accelerate_over_real": round(whole / 2 / real, 4),
    }


def tensor_bytes(path: Path) -> int:
    """What the tensors of a file take: all of it but its header."""
    with path.open("rb") as file:
        return path.stat().st_size - 8 - int.from_bytes(file.read(8), "little")


if __name__ == "__main__":
    main()
