"""The values that planning and launching share: machine, model, placement, plan. Plain data, plain JSON.

All sizes are bytes, all bandwidths bytes per second, all speeds tokens per second.
"""

from __future__ import annotations

import types
import typing
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from typing import Any, Literal

from notec.core import Diagnostic, NotecError, Severity, Span

GIB = 1 << 30
GB = 10**9

AttentionKind = Literal["full", "sliding", "mla", "linear"]


@dataclass(frozen=True)
class Interval:
    """A figure that is not known exactly: four times in five it lies between `low` and `high`."""

    low: float
    mid: float
    high: float


@dataclass(frozen=True)
class Gpu:
    """One graphics card, or one unified-memory machine seen as a card.

    Args:
        vram: memory of the card.
        bandwidth: of its memory.
        flops: dense half-precision tensor operations per second.
        link: PCIe bandwidth to the host, one way.
        unified: the memory is the machine's own.
        source: where these figures come from; `measured`, `driver`, or a catalogue's source.
    """

    name: str
    vram: int
    bandwidth: float
    flops: float
    link: float
    unified: bool = False
    source: str = ""


@dataclass(frozen=True)
class Cpu:
    """The processor, as far as it decides about speed.

    Args:
        cores: physical cores of all sockets.
        kind: `amx`, `avx512`, `avx2`, `neon` or `plain`, the best matrix instructions it has.
    """

    name: str
    cores: int
    sockets: int = 1
    numa_nodes: int = 1
    kind: str = "avx2"


@dataclass(frozen=True)
class Machine:
    """What there is to run on.

    Args:
        ram: usable by this machine's programs, in all.
        ram_bandwidth: reading with all cores; of all sockets.
        ram_measured: whether the bandwidth was measured on the machine itself (else it is a catalogue's
            peak, of which a machine reaches only a part).
        disk_bandwidth: reading the folder of the models.
        platform: key in the catalogue of memory platforms, where one was named or recognised.
        efficiency: factors that launches showed, such as `{"decode": 0.93}`; empty without one.
        notes: remarks for the reader, such as "four DIMMs: 4,800 MT/s instead of 6,000".
        kernels: what calibration found of the processor: factors such as `"prefill experts Q8_0"` over what
            the published constants let expect, `layer` (seconds that a layer costs a token that is written),
            `element` (seconds that one of its elements costs a token that is read), `warm` (tokens of a
            half-fast micro-batch).
    """

    gpus: tuple[Gpu, ...]
    cpu: Cpu
    ram: int
    ram_bandwidth: float
    ram_measured: bool = False
    disk_bandwidth: float = 0.0
    disk_free: int = 0
    platform: str = ""
    efficiency: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    kernels: dict[str, float] = field(default_factory=dict)

    @property
    def vram(self) -> int:
        """Memory of all cards."""
        return sum(gpu.vram for gpu in self.gpus)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(data: dict[str, Any]) -> Machine:
        machine: Machine = _decoded(Machine, data, "machine")
        return machine


@dataclass(frozen=True)
class Layer:
    """One block of a model: the bytes of its weights by role, and what it keeps per token of context.

    Args:
        attention: attention or linear mixer, norms, router: read for every token.
        dense: a dense feed-forward part.
        shared: experts that every token uses.
        routed: all routed experts together; a token reads `experts_used / experts` of them.
        k_width: key elements kept per token (for `mla`: the compressed latent and the rotary part).
        v_width: value elements kept per token.
        state: bytes kept per sequence whatever its length (linear and state-space layers).
    """

    attention: int
    dense: int
    shared: int
    routed: int
    kind: AttentionKind = "full"
    k_width: int = 0
    v_width: int = 0
    state: int = 0

    @property
    def weights(self) -> int:
        return self.attention + self.dense + self.shared + self.routed


@dataclass(frozen=True)
class ModelInfo:
    """A model as its header (or the catalogue) describes it.

    Args:
        name: for people.
        architecture: `general.architecture` of a GGUF, `model_type` of a config.json.
        known: the architecture is one that the memory formulas were written for; otherwise the
            plan is conservative and says so.
        format: `gguf`, `safetensors` or `catalogue` (no file here).
        quant: label of the quantisation, such as `Q4_K_M`.
        files: the files, first shard first; empty for a catalogue entry.
        input_embedding: bytes of the token embedding; one row of it is read per token.
        output: bytes of the output matrix and what stands outside the layers. Equal to the embedding's
            where the two are tied, and then not counted twice in `weights`.
        tied: embedding and output are one tensor.
        doubts: what is not known for sure; each widens the intervals.
        compute_factor: compute buffers by the engine's own dry run, over those by formula.
    """

    name: str
    architecture: str
    known: bool
    format: Literal["gguf", "safetensors", "catalogue"]
    quant: str
    layers: tuple[Layer, ...]
    input_embedding: int
    output: int
    tied: bool
    parameters: int
    active_parameters: int
    experts: int
    experts_used: int
    hidden: int
    heads: int
    head_dim: int
    vocab: int
    max_context: int
    sliding_window: int = 0
    feed_forward: int = 0
    expert_feed_forward: int = 0
    files: tuple[str, ...] = ()
    licence: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    compute_factor: float = 1.0

    @property
    def weights(self) -> int:
        """Bytes of all tensors."""
        return (
            sum(layer.weights for layer in self.layers)
            + self.input_embedding
            + (0 if self.tied else self.output)
        )

    @property
    def routed(self) -> int:
        """Bytes of all routed experts."""
        return sum(layer.routed for layer in self.layers)

    @property
    def bits_per_weight(self) -> float:
        return 8 * self.weights / self.parameters if self.parameters else 0.0


@dataclass(frozen=True)
class Placement:
    """Which tensor lives where.

    Args:
        gpu_layers: blocks whose attention, dense and shared parts are on a GPU, counted from the last,
            as `-ngl` counts; the output matrix is with them when it is `len(layers) + 1`.
        cpu_expert_layers: how many blocks, counted from the first, keep their routed experts in RAM
            (`--n-cpu-moe`); the experts of the others are on the GPU.
        overrides: the same as pairs of a tensor-name pattern and a buffer (`-ot PATTERN=BUFFER`), for
            engines without `--n-cpu-moe`.
        tensor_split: share of each GPU where there are several.
        kv_on_gpu: the KV cache is on the GPU (of the layers that are there).
        disk: bytes of weights that fit nowhere and are read from the disk again and again.
    """

    gpu_layers: int
    cpu_expert_layers: int
    overrides: tuple[tuple[str, str], ...] = ()
    tensor_split: tuple[float, ...] = ()
    kv_on_gpu: bool = True
    disk: int = 0


@dataclass(frozen=True)
class Memory:
    """Where the bytes go, as the engine will report them."""

    weights_gpu: int = 0
    weights_ram: int = 0
    kv_gpu: int = 0
    kv_ram: int = 0
    compute_gpu: int = 0
    compute_ram: int = 0
    overhead_gpu: int = 0  # driver and library contexts
    overhead_ram: int = 0  # the process itself, the system's share is no part of it

    @property
    def vram(self) -> int:
        return self.weights_gpu + self.kv_gpu + self.compute_gpu + self.overhead_gpu

    @property
    def ram(self) -> int:
        return self.weights_ram + self.kv_ram + self.compute_ram + self.overhead_ram


@dataclass(frozen=True)
class Refused:
    """An alternative that was looked at and not taken, with the reason in one line."""

    what: str
    why: str


@dataclass(frozen=True)
class Plan:
    """How a model would run on a machine.

    Args:
        fits: everything fits into VRAM and RAM (`disk` of the placement is 0).
        engine: `llama.cpp`, `ik_llama.cpp`, `vllm`, `sglang`, `ollama`, `transformers`, ...
        context: tokens of context in all sequences together.
        kv_type: type of keys and values in the cache, such as `f16` or `q8_0`.
        batch, ubatch: logical and physical batch of prefill.
        prefill, decode: tokens per second at the context `speed_context`.
        quality: share of the full-precision model's published score that this quantisation keeps,
            times that score; None where no score is known. `quality_source` says from where.
        command: argument list that starts it, without host and port.
        reasons: why it was chosen, a line each.
        refused: what was not chosen, and why.
    """

    machine: Machine
    model: ModelInfo
    fits: bool
    engine: str
    context: int
    kv_type: str
    batch: int
    ubatch: int
    threads: int
    placement: Placement
    memory: Memory
    prefill: Interval
    decode: Interval
    speed_context: int = 0
    quality: float | None = None
    quality_source: str = ""
    command: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def vram_bytes(self) -> int:
        return self.memory.vram

    @property
    def ram_bytes(self) -> int:
        return self.memory.ram

    def seconds(self, question: int, answer: int) -> Interval:
        """How long a question of so many tokens with an answer of so many takes."""
        return Interval(
            question / self.prefill.high + answer / self.decode.high,
            question / self.prefill.mid + answer / self.decode.mid,
            question / self.prefill.low + answer / self.decode.low,
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data; `vram_bytes` and `ram_bytes` stand at the top for readers in a hurry."""
        data = asdict(self)
        data["diagnostics"] = [item.to_json() for item in self.diagnostics]
        return {"vram_bytes": self.vram_bytes, "ram_bytes": self.ram_bytes, **data}

    @staticmethod
    def from_json(data: dict[str, Any]) -> Plan:
        """The plan that `to_json` wrote.

        Raises:
            NotecError: a key is missing or has the wrong kind of value.
        """
        plan: Plan = _decoded(Plan, data, "plan")
        return plan


def _decoded(kind: Any, data: Any, where: str) -> Any:
    """A value of type `kind` from plain data; unknown keys are left out."""
    origin = typing.get_origin(kind)
    if kind is Diagnostic:
        return Diagnostic(data["code"], Severity(data["severity"]), data["message"], data["note"])
    if isinstance(kind, type) and is_dataclass(kind):
        if not isinstance(data, dict):
            raise NotecError(f"{where}: a table is wanted, {type(data).__name__} found", "plan again")
        hints = typing.get_type_hints(kind, localns={"Span": Span})
        try:
            known = {
                f.name: _decoded(hints[f.name], data[f.name], f"{where}.{f.name}")
                for f in fields(kind)
                if f.name in data
            }
            return kind(**known)
        except (TypeError, KeyError, ValueError) as error:
            raise NotecError(f"{where}: {error}", "this is no plan that notec wrote; plan again") from None
    if origin is tuple:
        inner = typing.get_args(kind)
        if not isinstance(data, list | tuple):
            raise NotecError(f"{where}: a list is wanted, {type(data).__name__} found", "plan again")
        if len(inner) == 2 and inner[1] is Ellipsis:
            return tuple(_decoded(inner[0], item, f"{where}[{i}]") for i, item in enumerate(data))
        return tuple(_decoded(k, item, where) for k, item in zip(inner, data, strict=True))
    if origin is dict:
        return dict(data)
    if origin in (types.UnionType, typing.Union):
        return None if data is None else _decoded(typing.get_args(kind)[0], data, where)
    if origin is Literal:
        if data not in typing.get_args(kind):
            raise ValueError(f"{where} cannot be {data!r}")
        return data
    if kind is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
        raise NotecError(f"{where}: {kind.__name__} is wanted, {data!r} found", "plan again")
    return data
