"""What every engine is asked to serve (`Order`), and how one is started (`Recipe`)."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from notec.core import Diagnostic, NotecError, Severity
from notec.engine.endpoint import Capabilities
from notec.engine.values import GB, Plan

Place = Literal["gpu", "ram"]

# No engine may reach beyond this machine or report what it does, whatever the user's shell says.
OFFLINE: Mapping[str, str] = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}


@dataclass(frozen=True)
class Lora:
    """A LoRA adapter: the name it is asked for by, and its file or folder."""

    name: str
    path: str


@dataclass(frozen=True)
class Order:
    """What to serve, and with what: a plan without its reasons, with the choices of this launch.

    Args:
        model: file or folder of the weights; for Ollama a name.
        name: what requests call it.
        context: tokens of context of one sequence; 0 leaves it to the engine.
        parallel: sequences served at once, each with `context` tokens.
        gpu_layers: blocks on the GPU; -1 all. The rest as in `Placement`.
        gpu_bytes, ram_bytes: how much the weights may take there; 0 is no limit.
        streamed: bytes of weights off the GPU, which an engine that computes on the GPU alone has to
            send over PCIe for each token.
        link: PCIe bandwidth in bytes per second, where known.
        layers, experts: of the model; 0 where unknown.
        draft: file of a draft model.
        lookup: n-gram lookup, for text that quotes its sources.
        slots: folder for saved prompt states; empty for none.
        offload: folder for weights that fit nowhere else.
        binary: program to start instead of the one on the PATH.
        extra: arguments added as they are.
    """

    model: str
    name: str = ""
    context: int = 0
    parallel: int = 1
    kv_type: str = "f16"
    batch: int = 2048
    ubatch: int = 512
    threads: int = 0
    gpu_layers: int = -1
    cpu_expert_layers: int = 0
    overrides: tuple[tuple[str, str], ...] = ()
    tensor_split: tuple[float, ...] = ()
    kv_on_gpu: bool = True
    gpus: int = 0
    gpu_bytes: int = 0
    ram_bytes: int = 0
    streamed: int = 0
    disk: int = 0
    link: float = 0.0
    layers: int = 0
    experts: int = 0
    cpu_kind: str = ""
    loras: tuple[Lora, ...] = ()
    draft: str = ""
    lookup: bool = False
    embedding: bool = False
    slots: str = ""
    offload: str = ""
    binary: str = ""
    extra: tuple[str, ...] = ()

    @property
    def served(self) -> str:
        """The name of the model in requests."""
        return self.name or Path(self.model).stem or "model"

    @staticmethod
    def of(plan: Plan, **choices: Any) -> Order:
        """The order that a plan describes; `choices` are fields that this launch sets itself."""
        model, placement, machine = plan.model, plan.placement, plan.machine
        if not model.files and "model" not in choices:
            raise NotecError(
                f"{model.name}: no file of this model is on this machine", "fetch it with `notec get`"
            )
        files = model.files[0] if model.files else ""
        order = Order(
            model=str(Path(files).parent) if files and model.format == "safetensors" else files,
            name=model.name,
            context=plan.context,
            kv_type=plan.kv_type,
            batch=plan.batch,
            ubatch=plan.ubatch,
            threads=plan.threads,
            gpu_layers=placement.gpu_layers if machine.gpus else 0,
            cpu_expert_layers=placement.cpu_expert_layers if machine.gpus else 0,
            overrides=placement.overrides if machine.gpus else (),
            tensor_split=placement.tensor_split,
            kv_on_gpu=placement.kv_on_gpu,
            gpus=len(machine.gpus),
            gpu_bytes=plan.memory.weights_gpu,
            ram_bytes=plan.memory.weights_ram,
            # the embedding is looked up, not computed
            streamed=max(0, plan.memory.weights_ram - model.input_embedding) if machine.gpus else 0,
            disk=placement.disk,
            link=min((gpu.link for gpu in machine.gpus), default=0.0),
            layers=len(model.layers),
            experts=model.experts,
            cpu_kind=machine.cpu.kind,
        )
        return replace(order, **choices)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Order:
        """The order that `to_json` wrote."""
        lists = {key: tuple(value) for key, value in data.items() if isinstance(value, list)}
        lists["overrides"] = tuple((a, b) for a, b in data.get("overrides", ()))
        lists["loras"] = tuple(Lora(**item) for item in data.get("loras", ()))
        return Order(**{**data, **lists})


@dataclass(frozen=True)
class Recipe:
    """How an engine is started and spoken to.

    Args:
        argv: the command; listens on 127.0.0.1 alone.
        environment: variables set for it.
        health: path that answers 200 once the model is loaded.
        warnings: what the user should know before choosing this engine for this model.
        model: the name that requests use.
        base: path of the OpenAI-compatible interface.
        prepare: a request to send once the server runs, before the model can be asked: path and body.
    """

    argv: tuple[str, ...]
    health: str
    capabilities: Capabilities
    model: str
    environment: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    base: str = "/v1"
    prepare: tuple[str, Mapping[str, Any]] | None = None

    def diagnostics(self, engine: str) -> tuple[Diagnostic, ...]:
        """The warnings as findings."""
        return tuple(Diagnostic("engine-unfit", Severity.WARNING, text, engine) for text in self.warnings)


Build = Callable[[Order, int], Recipe]
"""An adapter: what to serve and the port -> how to start it."""


def program(order: Order, name: str, hint: str) -> str:
    """The program to start: the one that the order names, else the one on the PATH.

    Raises:
        NotecError: there is none.
    """
    wanted = order.binary or name
    found = shutil.which(wanted)
    if not found:
        raise NotecError(
            f"{wanted}: no such program" if order.binary else f"{name} is not installed",
            "name the program with --binary PATH" if order.binary else hint,
        )
    return found


def python_module(module: str, order: Order, hint: str) -> tuple[str, ...]:
    """A command that runs a Python engine: with this interpreter, or the one that the order names."""
    if order.binary:
        return (program(order, order.binary, ""), "-P", "-m", module)
    from importlib.util import find_spec

    if find_spec(module.partition(".")[0]) is None:
        raise NotecError(
            f"{module.partition('.')[0]} is not installed here",
            f"{hint}, or name the Python that has it with --binary PATH",
        )
    return (sys.executable, "-P", "-m", module)


def over_pcie(order: Order, engine: str) -> tuple[str, ...]:
    """What it costs to send weights to the GPU for each token."""
    if not order.streamed:
        return ()
    cost = ""
    if order.link:
        seconds = order.streamed / order.link
        cost = f", at least {seconds:.2g} s a token at {order.link / GB:.0f} GB/s"
    return (
        f"{engine} sends the {order.streamed / GB:.3g} GB of weights that are not on the GPU over PCIe for "
        f"each token{cost}; llama.cpp computes them where they lie: use it for this model on this machine",
    )


def need_format(order: Order, engine: str, wanted: Literal["gguf", "safetensors"]) -> None:
    """Refuse weights that the engine does not read.

    Raises:
        NotecError: they have the other format.
    """
    is_gguf = order.model.lower().endswith(".gguf")
    if is_gguf and wanted == "safetensors":
        raise NotecError(
            f"{order.model}: {engine} wants a folder with safetensors and config.json, this is a GGUF",
            "serve it with `--engine llama.cpp`, or fetch the safetensors with `notec get`",
        )
    if not is_gguf and wanted == "gguf":
        raise NotecError(
            f"{order.model}: {engine} wants a GGUF file",
            "serve safetensors with `--engine transformers` or `vllm`, or fetch a GGUF with `notec get`",
        )
