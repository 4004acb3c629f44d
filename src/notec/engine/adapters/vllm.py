"""vLLM: the engine for models that fit on the GPU with their cache, and for many questions at once.

Flags as of vLLM 0.33.0. What does not fit on the GPU it reads from RAM over PCIe, for every token.
"""

from __future__ import annotations

import json

from notec.engine.adapters.base import OFFLINE, Order, Recipe, need_format, over_pcie, program
from notec.engine.endpoint import Capabilities
from notec.engine.values import GIB


def build(order: Order, port: int) -> Recipe:
    need_format(order, "vLLM", "safetensors")
    binary = program(order, "vllm", "pip install vllm")
    args = [
        "serve",
        order.model,
        "--served-model-name",
        order.served,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    args += [
        "--max-num-seqs",
        str(order.parallel),
        "--enable-prefix-caching",
        "--enable-prompt-tokens-details",
    ]
    if order.context:
        args += ["--max-model-len", str(order.context)]
    if order.gpus > 1:
        args += ["--tensor-parallel-size", str(order.gpus)]
    if order.kv_type == "q8_0":
        args += ["--kv-cache-dtype", "fp8"]
    if order.streamed:
        args += ["--cpu-offload-gb", f"{order.streamed / GIB / max(order.gpus, 1):.1f}"]
    if order.loras:
        args += ["--enable-lora", "--lora-modules", *(f"{lora.name}={lora.path}" for lora in order.loras)]
    if speculation := _speculation(order):
        args += ["--speculative-config", json.dumps(speculation)]
    return Recipe(
        argv=(binary, *args, *order.extra),
        environment={**OFFLINE, "VLLM_NO_USAGE_STATS": "1", "VLLM_DO_NOT_TRACK": "1"},
        health="/health",
        capabilities=Capabilities(
            schema=True,
            choice="structured",
            logprobs=True,
            prefix_reuse=True,
            lora="model",
            speculation=bool(order.lookup or order.draft),
        ),
        model=order.served,
        warnings=over_pcie(order, "vLLM"),
    )


def _speculation(order: Order) -> dict[str, object]:
    if order.draft:
        return {"method": "draft_model", "model": order.draft, "num_speculative_tokens": 4}
    if order.lookup:
        return {
            "method": "ngram",
            "num_speculative_tokens": 5,
            "prompt_lookup_max": 4,
            "prompt_lookup_min": 2,
        }
    return {}
