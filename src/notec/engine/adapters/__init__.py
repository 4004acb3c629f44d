"""One file an engine: what to serve -> command, environment, readiness, capabilities, warnings.

Adapters are pure but for looking whether a program is installed; starting it is the supervisor's work.
"""

from __future__ import annotations

import difflib
from importlib import import_module

from notec.core import NotecError
from notec.engine.adapters.base import Build, Lora, Order, Place, Recipe

# Name -> module of this package. The names are those of `Plan.engine`.
ENGINES = {
    "embedded": "embedded",
    "llama.cpp": "llama_server",
    "ik_llama.cpp": "ik_llama",
    "vllm": "vllm",
    "sglang": "sglang",
    "ktransformers": "ktransformers",
    "ollama": "ollama",
    "transformers": "transformers",
    "deepspeed": "deepspeed",
    "megatron": "megatron",
}

__all__ = ["ENGINES", "Build", "Lora", "Order", "Place", "Recipe", "adapter"]


def adapter(engine: str) -> Build:
    """The adapter of an engine.

    Raises:
        NotecError: no engine has this name; says the nearest.
    """
    if engine not in ENGINES:
        near = difflib.get_close_matches(engine.lower(), ENGINES, n=1)
        hint = f"did you mean {near[0]}?" if near else "one of: " + ", ".join(ENGINES)
        raise NotecError(f"no such engine: {engine}", hint)
    build: Build = import_module(f"notec.engine.adapters.{ENGINES[engine]}").build
    return build
