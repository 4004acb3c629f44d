"""ik_llama.cpp's `llama-server`: a fork of llama.cpp with faster quantised experts on the CPU.

It parted from llama.cpp in 2024, so its flags differ: experts are placed by tensor patterns, which every
build knows, mixtures of experts are fused by `--fused-moe`, and a draft model needs no `--spec-type`.
"""

from __future__ import annotations

from notec.engine.adapters.base import OFFLINE, Order, Recipe, need_format, program
from notec.engine.adapters.llama_server import common, reads_disk
from notec.engine.endpoint import Capabilities


def build(order: Order, port: int) -> Recipe:
    need_format(order, "ik_llama.cpp", "gguf")
    binary = program(
        order, "ik_llama-server", "build ik_llama.cpp, and name its llama-server with --binary PATH"
    )
    args = common(order, port)
    if overrides := order.overrides or _experts(order.cpu_expert_layers):
        args += ["--override-tensor", ",".join(f"{pattern}={buffer}" for pattern, buffer in overrides)]
    if order.experts:
        args.append("--fused-moe")
    if order.draft:
        args += ["--model-draft", order.draft]
    return Recipe(
        argv=(binary, *args, *order.extra),
        environment=OFFLINE,
        health="/health",
        capabilities=Capabilities(
            schema=True,
            choice="grammar",
            logprobs=True,
            prefix_reuse=True,
            slots=True,
            lora="scale",
            speculation=bool(order.draft),
        ),
        model=order.served,
        warnings=(
            *reads_disk(order),
            *(("ik_llama.cpp has no n-gram lookup: serving without",) if order.lookup else ()),
        ),
    )


def _experts(layers: int) -> tuple[tuple[str, str], ...]:
    """Patterns that keep the routed experts of the first `layers` blocks in RAM."""
    if not layers:
        return ()
    numbers = "|".join(map(str, range(layers)))
    return ((rf"blk\.({numbers})\.ffn_(up|down|gate)_exps", "CPU"),)
