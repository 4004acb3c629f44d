"""ik_llama.cpp's `llama-server`: a fork of llama.cpp with faster quantised experts on the CPU.

It parted from llama.cpp in 2024, so its flags differ here and there. Flags as of commit 8337e4c (August
2026). Its program is called `llama-server` too: name it with `--binary`.
"""

from __future__ import annotations

from notec.engine.adapters.base import OFFLINE, Order, Recipe, need_format, program
from notec.engine.adapters.llama_server import CAPABILITIES, common, reads_disk


def build(order: Order, port: int) -> Recipe:
    need_format(order, "ik_llama.cpp", "gguf")
    binary = program(
        order, "ik_llama-server", "build ik_llama.cpp and name its llama-server with --binary PATH"
    )
    args = [*common(order, port), "--webui", "none", "--no-slots"]
    if order.cpu_expert_layers:
        args += ["--n-cpu-moe", str(order.cpu_expert_layers)]
    elif order.overrides:
        args += ["--override-tensor", ",".join(f"{pattern}={buffer}" for pattern, buffer in order.overrides)]
    for lora in order.loras:  # off until a request asks for it
        args += ["--lora-scaled", lora.path, "0"]
    if order.draft:
        args += ["--model-draft", order.draft, "--spec-type", "draft"]
    if order.lookup:
        args += ["--spec-type", "ngram-simple"]
    return Recipe(
        argv=(binary, *args, *order.extra),
        environment=OFFLINE,
        health="/health",
        capabilities=CAPABILITIES,
        model=order.served,
        warnings=reads_disk(order),
    )
