"""llama.cpp inside a Python child process, through xllamacpp: needs no program beside notec.

The child keeps a crash of the engine away from the caller. The published wheel computes on the CPU; for a
GPU an external `llama-server` built for it is the better choice.
"""

from __future__ import annotations

import json

from notec.engine.adapters.base import OFFLINE, Order, Recipe, need_format, python_module
from notec.engine.adapters.llama_server import CAPABILITIES, reads_disk
from notec.engine.endpoint import Capabilities


def build(order: Order, port: int) -> Recipe:
    need_format(order, "llama.cpp", "gguf")
    python_module("xllamacpp", order, "pip install 'notec[llama]'")
    command = python_module("notec.engine.embedded", order, "pip install notec")
    gpu = (
        ("the embedded llama.cpp may be a build without GPU support: install llama-server for large models",)
        if order.gpus and order.gpu_layers
        else ()
    )
    return Recipe(
        argv=(*command, json.dumps(order.to_json(), ensure_ascii=True), str(port)),
        environment=OFFLINE,
        health="/health",
        capabilities=Capabilities() if order.embedding else CAPABILITIES,
        model=order.served,
        warnings=(*gpu, *reads_disk(order)),
    )
