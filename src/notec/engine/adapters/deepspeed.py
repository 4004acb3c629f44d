"""Transformers with DeepSpeed ZeRO-Inference: weights in RAM or on NVMe, streamed through the GPU by layers.

Made for the throughput of hundreds of sequences at once, which share one pass of the weights over PCIe.
Flags as of DeepSpeed 0.19.8; the server is the one of the Transformers adapter.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from notec.engine.adapters.base import OFFLINE, Order, Recipe, need_format, over_pcie, program
from notec.engine.adapters.transformers import CAPABILITIES


def build(order: Order, port: int) -> Recipe:
    need_format(order, "DeepSpeed", "safetensors")
    binary = program(order, "deepspeed", "pip install deepspeed")
    return Recipe(
        argv=(
            *(binary, "--num_gpus", "1", "--no_local_rank", "--module", "notec.engine.torch_server"),
            *(json.dumps(order.to_json()), str(port), "--zero", *order.extra),
        ),
        # it compiles operators with a `ninja` that pip has put beside it
        environment={**OFFLINE, "PATH": f"{Path(binary).parent}{os.pathsep}{os.environ.get('PATH', '')}"},
        health="/health",
        capabilities=CAPABILITIES,
        model=order.served,
        warnings=(
            "ZeRO-Inference streams all weights through the GPU for every token, whatever is free there: "
            "made for hundreds of sequences at once, the wrong tool for one person's questions",
            *over_pcie(order, "DeepSpeed"),
        ),
    )
