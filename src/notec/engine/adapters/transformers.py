"""Transformers with Accelerate: any model that has Python code, layers spread over GPU, RAM and disk.

Its own command line knows no offloading, so notec brings a small server (`notec.engine.torch_server`). For
trying what no other engine loads yet; hooks move every layer that is not on the GPU there and back for each
token.
"""

from __future__ import annotations

import json

from notec.engine.adapters.base import OFFLINE, Order, Recipe, need_format, over_pcie, python_module
from notec.engine.endpoint import Capabilities
from notec.engine.values import GB

CAPABILITIES = Capabilities(choice="structured", logprobs=True, prefix_reuse=True)


def build(order: Order, port: int) -> Recipe:
    need_format(order, "Transformers", "safetensors")
    for needed in ("transformers", "accelerate"):
        python_module(needed, order, "pip install 'notec[transformers]'")
    command = python_module("notec.engine.torch_server", order, "pip install notec")
    return Recipe(
        argv=(*command, json.dumps(order.to_json()), str(port), *order.extra),
        environment=OFFLINE,
        health="/health",
        capabilities=CAPABILITIES,
        model=order.served,
        warnings=(*over_pcie(order, "Transformers"), *_disk(order), *_left_out(order)),
    )


def _disk(order: Order) -> tuple[str, ...]:
    if not order.disk:
        return ()
    return (
        f"Accelerate reads the {order.disk / GB:.3g} GB that fit nowhere from the disk for each token: "
        "minutes a token on most disks",
    )


def _left_out(order: Order) -> tuple[str, ...]:
    if not (order.loras or order.draft or order.lookup or order.kv_type != "f16"):
        return ()
    return ("Transformers serves here without LoRA, speculation or a smaller KV cache",)
