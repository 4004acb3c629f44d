"""LoRA adapters of a running engine: which there are, and how a request asks for one.

llama.cpp loads them at its start, off, and takes a scale for each in a request; vLLM and SGLang take a name.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from notec.core import NotecError
from notec.engine.endpoint import Endpoint


@dataclass(frozen=True)
class Adapter:
    """A loaded adapter, and how strongly it is applied to requests that name none."""

    name: str
    scale: float = 0.0


def adapters(endpoint: Endpoint) -> tuple[Adapter, ...]:
    """The adapters of a running engine."""
    if endpoint.capabilities.lora == "scale":
        rows = endpoint.get("/lora-adapters") or []
        scales = {int(row["id"]): float(row["scale"]) for row in rows}
        return tuple(Adapter(name, scales.get(i, 0.0)) for i, name in enumerate(endpoint.loras))
    return tuple(Adapter(name) for name in endpoint.loras)


def with_lora(endpoint: Endpoint, name: str = "", scale: float = 1.0) -> dict[str, Any]:
    """What to add to a request so that this adapter answers; without a name: the model as it is.

    Raises:
        NotecError: no such adapter is loaded, or the engine has no scale but 1.
    """
    if name and name not in endpoint.loras:
        near = difflib.get_close_matches(name, endpoint.loras, n=1)
        loaded = ", ".join(endpoint.loras) or "none"
        hint = f"did you mean {near[0]}?" if near else f"loaded: {loaded}; add one with --lora NAME=PATH"
        raise NotecError(f"no LoRA adapter is called {name!r}", hint)
    if endpoint.capabilities.lora == "scale":
        if not endpoint.loras:
            return {}
        return {
            "lora": [{"id": i, "scale": scale if n == name else 0.0} for i, n in enumerate(endpoint.loras)]
        }
    if name and scale != 1.0:
        raise NotecError(f"{endpoint.engine} applies an adapter wholly or not at all", "leave the scale at 1")
    if endpoint.engine in ("sglang", "ktransformers"):
        return {"lora_path": name} if name else {}
    return {"model": name or endpoint.model}
