"""llama.cpp's `llama-server`: the engine for models that are larger than the GPU.

Routed experts are computed in RAM by the CPU, everything else on the GPU; nothing is streamed. Flags as
of the llama.cpp inside xllamacpp 2026.10, whose own parser reads them in the tests.
"""

from __future__ import annotations

from notec.core import NotecError
from notec.engine.adapters.base import OFFLINE, Order, Recipe, need_format, program
from notec.engine.endpoint import Capabilities
from notec.engine.values import GB

CAPABILITIES = Capabilities(
    schema=True,
    choice="grammar",
    logprobs=True,
    prefix_reuse=True,
    slots=True,
    lora="scale",
    speculation=True,
)


def build(order: Order, port: int) -> Recipe:
    need_format(order, "llama-server", "gguf")
    binary = program(
        order,
        "llama-server",
        "install llama.cpp, or serve with `--engine embedded`: pip install 'notec[llama]'",
    )
    return Recipe(
        argv=(binary, *arguments(order, port)),
        environment=OFFLINE,
        health="/health",
        capabilities=Capabilities() if order.embedding else CAPABILITIES,
        model=order.served,
        warnings=reads_disk(order),
    )


def arguments(order: Order, port: int) -> tuple[str, ...]:
    """Everything after the program's name."""
    args = [
        *common(order, port),
        "--no-ui",
        "--no-slots",
        "--cors-origins",
        "localhost",
        "--offline",
        "--fit",
        "off",
    ]
    if order.cpu_expert_layers:
        args += ["--n-cpu-moe", str(order.cpu_expert_layers)]
    if order.overrides and not order.cpu_expert_layers:
        args += ["--override-tensor", ",".join(f"{pattern}={buffer}" for pattern, buffer in order.overrides)]
    for lora in order.loras:  # off until a request asks for it
        if set(",:") & set(lora.path):
            raise NotecError(
                f"{lora.path}: llama-server takes no comma or colon in a path", "rename the file"
            )
        args += ["--lora-scaled", f"{lora.path}:0"]
    types = []
    if order.draft:
        args += ["--spec-draft-model", order.draft]
        types.append("draft-simple")
    if order.lookup:
        types.append("ngram-simple")
    if types:
        args += ["--spec-type", ",".join(types)]
    return (*args, *order.extra)


def common(order: Order, port: int) -> list[str]:
    """The flags that llama.cpp and ik_llama.cpp share."""
    args = ["--model", order.model, "--alias", order.served, "--host", "127.0.0.1", "--port", str(port)]
    args += [
        "--parallel",
        str(order.parallel),
        "--gpu-layers",
        str(order.gpu_layers if order.gpu_layers >= 0 else 999),
    ]
    args += ["--batch-size", str(order.batch), "--ubatch-size", str(order.ubatch)]
    if order.context:
        args += ["--ctx-size", str(order.context * order.parallel)]
    if order.kv_type != "f16":
        args += ["--cache-type-k", order.kv_type, "--cache-type-v", order.kv_type]
    if order.threads:
        args += ["--threads", str(order.threads)]
    if order.tensor_split:
        args += ["--tensor-split", ",".join(f"{share:g}" for share in order.tensor_split)]
    if not order.kv_on_gpu:
        args.append("--no-kv-offload")
    if order.embedding:
        args.append("--embedding")
    if order.slots:
        args += ["--slot-save-path", order.slots]
    return args


def reads_disk(order: Order) -> tuple[str, ...]:
    """What it costs when the weights fit neither on the GPU nor in RAM."""
    if not order.disk:
        return ()
    return (
        f"{order.disk / GB:.3g} GB of the weights fit nowhere and are read from the disk again and again: "
        "expect seconds to minutes a token",
    )
