"""SGLang with KTransformers: routed experts on the CPU, everything else on the GPU, as llama.cpp does it.

Flags as of SGLang 0.5.23 and kt-kernel 0.7.2. On a CPU with AMX it can be the fastest engine for a mixture
of experts that is larger than the GPU. The CPU's weights lie in a folder of their own (`--offload`), in the
format of the method; with AVX-512 and BF16 the model's own folder serves.
"""

from __future__ import annotations

from notec.engine.adapters.base import Order, Recipe, need_format
from notec.engine.adapters.sglang import arguments, recipe


def build(order: Order, port: int) -> Recipe:
    need_format(order, "KTransformers", "safetensors")
    method = {"amx": "AMXINT8", "avx512": "BF16"}.get(order.cpu_kind, "LLAMAFILE")
    on_gpu = 0
    if order.experts and order.layers:  # the flag counts experts of each layer, a plan counts layers
        on_gpu = order.experts * max(0, order.layers - order.cpu_expert_layers) // order.layers
    args = arguments(order, port)
    args += ["--kt-method", method, "--kt-weight-path", order.offload or order.model]
    args += ["--kt-num-gpu-experts", str(on_gpu)]
    if order.threads:
        args += ["--kt-cpuinfer", str(order.threads)]
    return recipe(order, args, _warnings(order, method))


def _warnings(order: Order, method: str) -> tuple[str, ...]:
    found = []
    if not order.experts:
        found.append("KTransformers speeds up mixtures of experts; this model is none: use llama.cpp or vLLM")
    if method == "LLAMAFILE":
        found.append(
            "this CPU has neither AMX nor AVX-512, so KTransformers falls back to its slowest method: "
            "llama.cpp will be as fast"
        )
    if method != "BF16" and not order.offload:
        wanted = "GGUF files" if method == "LLAMAFILE" else "weights made by its convert_cpu_weights.py"
        found.append(f"the method {method} reads {wanted}: name their folder with --offload PATH")
    return tuple(found)
