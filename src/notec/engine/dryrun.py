"""What llama.cpp itself would allocate, asked of it before a weight is loaded.

With `--fit`, llama.cpp first builds the model and its graphs without memory and logs what each device would
hold. The child is ended at that line. The log is the only way in: the figures are rounded to MiB. Any build
with a graph of the model answers alike, so that the embedded one speaks for a card that is not here.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from importlib.util import find_spec
from threading import Timer
from typing import NamedTuple

from notec.core import Diagnostic, NotecError, Severity
from notec.engine.adapters import Order, adapter
from notec.engine.memory import compute_buffer
from notec.engine.values import Memory, ModelInfo, Plan

MIB = 1 << 20
_PATIENCE = 20.0  # seconds; reading the header and the vocabulary of a giant takes one
_ROW = re.compile(r"\|\s+- (.+?)\s*\|.*?\d+ = +(\d+) \+ +(\d+) \+ +(\d+)\D")
_NEAR = 0.02  # of a buffer, or
_NEAR_BYTES = 16 * MIB
_FLAGS = ("--fit", "on", "--verbosity", "5", "--no-warmup")


class Held(NamedTuple):
    """Bytes that one device would hold."""

    weights: int
    cache: int
    compute: int


def dry_run(order: Order, engine: str = "embedded") -> dict[str, Held]:
    """Device -> what it would hold; empty where the engine has no dry run, is not here or cannot read it."""
    if engine not in ("embedded", "llama.cpp"):
        return {}
    wanted = replace(order, parallel=1, loras=(), draft="", lookup=False, slots="", extra=())
    try:
        recipe = adapter(engine)(wanted, 0)
    except NotecError:
        return {}
    more = ("--dry",) if engine == "embedded" else _FLAGS
    with subprocess.Popen(  # noqa: S603  (the same command that a launch starts)
        [*recipe.argv, *more],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**os.environ, **recipe.environment},
    ) as child:
        timer = Timer(_PATIENCE, child.kill)
        timer.start()
        found: dict[str, Held] = {}
        try:
            for line in child.stdout or ():
                if row := _ROW.search(line):
                    found[row[1]] = Held(*(int(n) * MIB for n in row.group(2, 3, 4)))
                elif found:  # before anything is loaded
                    break
        finally:
            timer.cancel()
            child.kill()
    return found


def checked(item: Plan, again: Callable[[ModelInfo], Plan]) -> Plan:
    """The plan with llama.cpp's own compute buffers, where it can be asked; else the plan as it is.

    Args:
        again: plans a model anew; called when the formula was off.
    """
    model, engine = item.model, "embedded" if find_spec("xllamacpp") else "llama.cpp"
    if model.format != "gguf" or item.engine != "llama.cpp":
        return item
    # on the processor alone: a card that computes all layers has the same graph
    order = Order(
        model.files[0], context=item.context, kv_type=item.kv_type, ubatch=item.ubatch, gpu_layers=0
    )
    held = _asked(replace(order, batch=item.batch), engine)
    if not held:
        return item
    own, real = compute_buffer(model, item.context, item.ubatch), held.compute
    source = f"compute buffers: {real / MIB:.0f} MiB by llama.cpp's own dry run, {own / MIB:.0f} by formula"
    model = replace(model, notes=(*model.notes, source))
    if _far(own, real):
        return _remarked(again(replace(model, compute_factor=real / own)), item.memory, held)
    return _remarked(replace(item, model=model, reasons=(*item.reasons, source)), item.memory, held)


@lru_cache(maxsize=64)
def _asked(order: Order, engine: str) -> Held | None:
    """What all devices would hold together; of compute buffers the largest."""
    found = dry_run(order, engine).values()
    if not found:
        return None
    return Held(sum(h.weights for h in found), sum(h.cache for h in found), max(h.compute for h in found))


def _remarked(item: Plan, memory: Memory, held: Held) -> Plan:
    """A cache that the formulas misjudge is said: the architecture is one that they do not know well."""
    told = memory.kv_gpu + memory.kv_ram
    if not _far(told, held.cache):
        return item
    text = f"llama.cpp's own dry run wants {held.cache / MIB:,.0f} MiB for the cache, not {told / MIB:,.0f}"
    remark = Diagnostic("cache-differs", Severity.WARNING, text, item.model.name)
    return replace(item, diagnostics=(*item.diagnostics, remark))


def _far(told: float, real: float) -> bool:
    return abs(told - real) > max(_NEAR * real, _NEAR_BYTES)
