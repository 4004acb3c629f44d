"""Ollama: models from its own store, by name. Convenient; places whole layers, not experts.

Its settings are environment variables, as of Ollama 0.15 (envconfig/config.go). A server of its own is
started, beside one that may run already.
"""

from __future__ import annotations

from notec.core import NotecError
from notec.engine.adapters.base import OFFLINE, Order, Recipe, program
from notec.engine.endpoint import Capabilities


def build(order: Order, port: int) -> Recipe:
    if order.model.lower().endswith(".gguf"):
        raise NotecError(
            f"{order.model}: Ollama serves models of its own store by their names",
            "serve the file with `--engine llama.cpp`, or import it: ollama create NAME -f Modelfile",
        )
    binary = program(order, "ollama", "install Ollama, or serve a GGUF with `--engine embedded`")
    environment = {
        **OFFLINE,
        "OLLAMA_HOST": f"127.0.0.1:{port}",
        "OLLAMA_ORIGINS": "http://127.0.0.1",
        "OLLAMA_KEEP_ALIVE": "-1",
        "OLLAMA_MAX_LOADED_MODELS": "1",
        "OLLAMA_NUM_PARALLEL": str(order.parallel),
        "OLLAMA_FLASH_ATTENTION": "1",
        "OLLAMA_NO_CLOUD": "1",
    }
    if order.context:
        environment["OLLAMA_CONTEXT_LENGTH"] = str(order.context)
    if order.kv_type != "f16":
        environment["OLLAMA_KV_CACHE_TYPE"] = order.kv_type
    return Recipe(
        argv=(binary, "serve", *order.extra),
        environment=environment,
        health="/api/version",
        capabilities=Capabilities(schema=True, choice="schema", logprobs=True, prefix_reuse=True),
        model=order.model,
        warnings=_warnings(order),
        prepare=("/api/generate", {"model": order.model, "prompt": "", "stream": False}),
    )


def _warnings(order: Order) -> tuple[str, ...]:
    found = []
    if order.experts and order.cpu_expert_layers:
        found.append(
            "Ollama moves whole layers to the CPU, attention included, where llama.cpp keeps attention on "
            "the GPU and moves experts alone: expect a fraction of the speed"
        )
    if order.loras or order.draft or order.lookup:
        found.append("Ollama takes no LoRA per request, no draft model and no n-gram lookup: serving without")
    return tuple(found)
