"""Megatron-LM's inference server: for models that were trained with Megatron and have no other form yet.

Needs a Megatron checkpoint (of `tools/checkpoint/convert.py`), all of it on GPUs, and a checkout of
Megatron-LM: name its `examples/inference/launch_inference_server.py` with `--binary`. Flags as of
Megatron-LM 0.20.0.
"""

from __future__ import annotations

import sys
from pathlib import Path

from notec.core import NotecError
from notec.engine.adapters.base import OFFLINE, Order, Recipe, need_format
from notec.engine.endpoint import Capabilities


def build(order: Order, port: int) -> Recipe:
    need_format(order, "Megatron", "safetensors")
    if not order.binary or not Path(order.binary).is_file():
        raise NotecError(
            "Megatron-LM: its examples/inference/launch_inference_server.py is needed",
            "name it with --binary PATH, inside a checkout of Megatron-LM",
        )
    gpus = max(order.gpus, 1)
    args = ["--host", "127.0.0.1", "--port", str(port), "--load", order.model, "--use-checkpoint-args"]
    args += ["--bf16", "--micro-batch-size", "1", "--tensor-model-parallel-size", str(gpus)]
    args += ["--inference-dynamic-batching-max-requests", str(order.parallel)]
    args += ["--inference-dynamic-batching-prefix-caching", "--return-log-probs"]
    if order.context:
        args += ["--inference-max-seq-length", str(order.context)]
    return Recipe(
        argv=(
            *(sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", str(gpus), order.binary),
            *(*args, *order.extra),
        ),
        environment={**OFFLINE, "CUDA_DEVICE_MAX_CONNECTIONS": "1"},
        health="/health",
        capabilities=Capabilities(logprobs=True, prefix_reuse=True),
        model=order.served,
        warnings=_warnings(order),
    )


def _warnings(order: Order) -> tuple[str, ...]:
    found = [
        "Megatron is made for training: it wants all weights on GPUs and a converted checkpoint, and "
        "enforces no JSON schema; vLLM serves the same model better"
    ]
    if order.streamed:
        found.append("this plan keeps weights in RAM, which Megatron cannot: it will run out of GPU memory")
    return tuple(found)
