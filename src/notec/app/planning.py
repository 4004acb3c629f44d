"""Planning as plain calls: a machine by its parts or this one, a model by name or file, and the answer."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notec.app.machines import (
    build_machine,
    calibrate,
    keep_machine,
    known_machine,
    machine_file,
    models_folder,
)
from notec.core import Diagnostic, NotecError
from notec.engine.catalogue import entry_named
from notec.engine.describe import describe
from notec.engine.dryrun import checked
from notec.engine.facts import table
from notec.engine.hardware import platforms
from notec.engine.memory import ram_limit, vram_limit
from notec.engine.plan import Wishes
from notec.engine.plan import plan as best_plan
from notec.engine.reasons import why_not
from notec.engine.speed import KV_BITS
from notec.engine.values import Interval, Machine, ModelInfo, Plan
from notec.engine.variants import scored_models, variants

__all__ = [
    "CACHE_TYPES",
    "Board",
    "Interval",
    "LocalModel",
    "Machine",
    "Plan",
    "Wishes",
    "board",
    "build_machine",
    "calibrate",
    "catalogue",
    "keep_machine",
    "known_machine",
    "local_models",
    "machine_file",
    "models_folder",
    "plan",
    "planned",
    "platforms",
    "ram_limit",
    "resolve",
    "vram_limit",
    "why_not",
]

CACHE_TYPES = tuple(KV_BITS)
Resolved = tuple[Sequence[ModelInfo], tuple[Diagnostic, ...]]
_SHOWN = 8  # models of a table that names none


@dataclass(frozen=True)
class Board:
    """One machine and the plans of several models on it, the best first.

    Args:
        refused: the best known models that do not run there, each with why.
    """

    machine: Machine
    plans: tuple[Plan, ...]
    refused: tuple[Plan, ...] = ()

    @property
    def best(self) -> Plan | None:
        return self.plans[0] if self.plans else None

    def to_json(self) -> dict[str, Any]:
        return {
            "machine": self.machine.to_json(),
            "plans": [_without_machine(p) for p in self.plans],
            "refused": [_without_machine(p) for p in self.refused],
        }


def _without_machine(item: Plan) -> dict[str, Any]:
    data = item.to_json()
    del data["machine"]
    data["model"] = {k: v for k, v in data["model"].items() if k != "layers"}
    return data


def plan(
    machine: Machine | Mapping[str, Any] | None,
    model: str | Path | ModelInfo,
    *,
    context: int = Wishes.context,
    floor: float = Wishes.floor,
    kv_type: str = "",
    engine: str = "",
    quants: Sequence[str] = (),
    disk: bool = False,
    ubatch: int = 0,
) -> Plan:
    """How a model would run on a machine.

    Args:
        machine: what to run on; None for this machine; or its parts by name, such as
            `{"gpu": "RTX PRO 6000", "ram": 132}`, with `cpu`, `platform`, `bandwidth` if known.
        model: a file, a folder, or the name of a known model, with `:QUANT` behind it where one is wanted.
        context: tokens of context.
        floor: least tokens per second.
        kv_type: type of the cache, such as `q8_0`; chosen when empty.
        engine: chosen when empty.
        quants: precisions to look at; all when empty.
        disk: weights may stay on the disk.
        ubatch: micro-batch; chosen when 0.

    Raises:
        NotecError: there is no such model (with the nearest names), or its file is damaged.
    """
    labels = (quants,) if isinstance(quants, str) else tuple(quants)
    wishes = Wishes(context, floor, kv_type, engine, disk, labels, ubatch)
    found, remarks = resolve(model, wishes)
    if isinstance(machine, Mapping):
        machine = build_machine(**_parts(machine))
    elif machine is not None and not isinstance(machine, Machine):
        raise NotecError(f"{machine!r} is no machine", 'write it like {"gpu": "RTX 4090", "ram": 64}')
    return planned(machine or known_machine(), (found, remarks), wishes)


def _parts(machine: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a machine, each of the kind that it has to be."""
    kinds: dict[str, type | tuple[type, ...]] = {
        "gpu": str,
        "ram": (int, float),
        "cpu": str,
        "platform": str,
        "bandwidth": (int, float),
    }
    for key, value in machine.items():
        if key not in kinds:
            raise NotecError(f"a machine has no `{key}`", "it has " + ", ".join(kinds))
        empty = value is None and key in ("gpu", "ram")
        if isinstance(value, bool) or not (empty or isinstance(value, kinds[key])):
            raise NotecError(
                f"the `{key}` of a machine cannot be {value!r}", 'write it like "RTX 4090" or 64'
            )
    return {"gpu": None, "ram": None, **machine}


def planned(machine: Machine, resolved: Resolved, wishes: Wishes) -> Plan:
    """The best plan, its compute buffers by the engine's own dry run where a file is there to ask about."""
    found, remarks = resolved
    first = best_plan(machine, found, wishes, remarks)
    return checked(first, lambda model: best_plan(machine, model, wishes, remarks))


def resolve(model: str | Path | ModelInfo, wishes: Wishes) -> Resolved:
    """The variants of a model that a name or a path stands for."""
    if isinstance(model, ModelInfo):
        return [model], ()
    text = str(model)
    if not text.strip():
        raise NotecError("a model without a name", "name a model, a file or a folder")
    if isinstance(model, Path) or _is_path(text):
        described = describe(model)
        return [described.model], described.diagnostics
    name, _, label = text.partition(":")
    return variants(name, (label,) if label else wishes.quants), ()


def _is_path(text: str) -> bool:
    place = Path(text).expanduser()
    if text.lower().endswith((".gguf", ".safetensors")) or text.startswith((".", "~", os.sep)):
        return True
    return entry_named(text.partition(":")[0]) is None and place.exists()


def board(machine: Machine, models: Sequence[Resolved], wishes: Wishes, *, explained: bool = False) -> Board:
    """Plans of the models named, in their order; without any, of the best that the catalogue knows."""
    if models:
        return Board(machine, tuple(planned(machine, resolved, wishes) for resolved in models))
    plans = [
        best_plan(machine, variants(name, wishes.quants), wishes, hurried=not explained)
        for name in scored_models()
    ]
    running = [p for p in plans if p.fits and p.decode.mid >= wishes.floor]
    running.sort(key=lambda p: (-(p.quality or 0), -p.decode.mid))
    least = running[0].quality if running else 0
    missed = [p for p in plans if not p.fits and _full(p) > (least or 0)]
    return Board(machine, tuple(running[:_SHOWN]), tuple(missed))


def _full(item: Plan) -> float:
    entry = entry_named(item.model.name)
    return float(entry.get("quality", 0)) if entry else 0.0


@dataclass(frozen=True)
class LocalModel:
    """A model on this disk and how it would run here; `problem` where it cannot be read."""

    name: str
    keeper: str
    path: str
    bytes: int
    plan: Plan | None
    problem: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "keeper": self.keeper,
            "path": self.path,
            "bytes": self.bytes,
            "problem": self.problem,
            "plan": _without_machine(self.plan) if self.plan else None,
        }


def local_models(folders: Sequence[str] = ()) -> list[LocalModel]:
    """Every model on this disk with its plan on this machine."""
    from notec.engine.local import local_models as found_models

    machine = known_machine()
    for folder in folders:
        if not Path(folder).expanduser().is_dir():
            raise NotecError(f"{folder}: no such folder", "name a folder that holds models")
        if not os.access(Path(folder).expanduser(), os.R_OK | os.X_OK):
            raise NotecError(f"{folder}: may not be read", "check its permissions")
    out = []
    for found in found_models(models_folder(), [Path(f).expanduser() for f in folders]):
        try:
            described = describe(found.path)
        except NotecError as error:
            out.append(
                LocalModel(found.name, found.keeper, str(found.path), found.bytes, None, error.message)
            )
            continue
        item = best_plan(machine, described.model, Wishes(), described.diagnostics)
        out.append(LocalModel(found.name, found.keeper, str(found.path), found.bytes, item))
    return out


def catalogue() -> list[dict[str, Any]]:
    """The models that are known by name."""
    keys = (
        "name",
        "parameters",
        "active",
        "licence",
        "release",
        "quality",
        "quality_source",
        "source",
        "note",
    )
    known: list[dict[str, Any]] = table("models")["models"]
    return [{key: entry.get(key) for key in keys} for entry in known]
