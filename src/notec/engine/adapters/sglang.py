"""SGLang: like vLLM for models that fit on the GPU, with a prefix cache that shares every common beginning.

Flags as of SGLang 0.5.23.
"""

from __future__ import annotations

from notec.engine.adapters.base import OFFLINE, Order, Recipe, need_format, over_pcie, python_module
from notec.engine.endpoint import Capabilities
from notec.engine.values import GIB


def build(order: Order, port: int) -> Recipe:
    need_format(order, "SGLang", "safetensors")
    args = arguments(order, port)
    if order.streamed:
        args += ["--cpu-offload-gb", str(-(-order.streamed // (GIB * max(order.gpus, 1))))]
    return recipe(order, args, over_pcie(order, "SGLang"))


def arguments(order: Order, port: int) -> list[str]:
    """The flags that SGLang has with and without KTransformers."""
    args = ["--model-path", order.model, "--served-model-name", order.served]
    args += ["--host", "127.0.0.1", "--port", str(port)]
    args += ["--max-running-requests", str(order.parallel), "--enable-cache-report"]
    if order.context:
        args += ["--context-length", str(order.context)]
    if order.gpus > 1:
        args += ["--tensor-parallel-size", str(order.gpus)]
    if order.kv_type == "q8_0":
        args += ["--kv-cache-dtype", "fp8_e4m3"]
    if order.loras:
        args += ["--enable-lora", "--lora-paths", *(f"{lora.name}={lora.path}" for lora in order.loras)]
    if order.draft:
        args += ["--speculative-algorithm", "STANDALONE", "--speculative-draft-model-path", order.draft]
        args += ["--speculative-num-steps", "4", "--speculative-eagle-topk", "1"]
        args += ["--speculative-num-draft-tokens", "5"]
    elif order.lookup:
        args += ["--speculative-algorithm", "NGRAM", "--speculative-num-draft-tokens", "8"]
    return args


def recipe(order: Order, args: list[str], warnings: tuple[str, ...]) -> Recipe:
    """SGLang's server with these arguments."""
    command = python_module("sglang.launch_server", order, "pip install sglang")
    return Recipe(
        argv=(*command, *args, *order.extra),
        environment=OFFLINE,
        health="/health",
        capabilities=Capabilities(
            schema=True,
            choice="regex",
            logprobs=True,
            prefix_reuse=True,
            lora="model",
            speculation=bool(order.lookup or order.draft),
        ),
        model=order.served,
        warnings=warnings,
    )
