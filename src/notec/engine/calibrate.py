"""A minute of running on this machine, to correct what published measurements let expect.

Small models with random weights, in several precisions, are run by the embedded llama.cpp; the factors
between measured and predicted speed are kept with the machine. What a card does is not measured here: the
embedded engine computes on the processor. A launched engine's own figures correct the plan for the card.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from notec.core import NotecError
from notec.engine.describe import describe
from notec.engine.plan import speeds
from notec.engine.synthetic import Sketch, write
from notec.engine.values import Machine, ModelInfo, Placement

SKETCHES = (
    Sketch("dense of 8 bits", "Q8_0", 12, 1024, 4096),
    Sketch("dense of 16 bits", "F16", 8, 1024, 4096),
    Sketch("mixture of 8 bits", "Q8_0", 8, 1024, 1024, experts=8),
)
PROMPT, ANSWER, UBATCH = 128, 24, 128
_ROUNDS = 4
_SECONDS = 12.0  # after which no new round is begun
_BUSY = 0.5  # load for each core


class Measured(NamedTuple):
    """A model, what was predicted for it, and what it did; tokens per second."""

    name: str
    bytes: int
    prefill: float
    decode: float
    told_prefill: float
    told_decode: float


def calibrate(machine: Machine, say: Callable[[str], None]) -> tuple[Machine, list[Measured]]:
    """Run the small models and put what they show into the machine's `efficiency`.

    Raises:
        NotecError: the embedded engine is not installed.
    """
    if hasattr(os, "getloadavg") and os.getloadavg()[0] > _BUSY * machine.cpu.cores:
        say("this machine is busy: calibrate again when it is not, the figures will be too low")
    alone = replace(machine, gpus=(), efficiency={})
    found = measure(alone, SKETCHES, say)
    efficiency = {
        "decode": _middle([m.decode / m.told_decode for m in found]),
        "prefill": _middle([m.prefill / m.told_prefill for m in found]),
    }
    return replace(machine, efficiency=efficiency), found


def measure(machine: Machine, sketches: Sequence[Sketch], say: Callable[[str], None]) -> list[Measured]:
    """Write, predict and run each model on the processor."""
    out = []
    for sketch in sketches:
        with tempfile.TemporaryDirectory(prefix="notec-calibrate-") as folder:
            path = write(Path(folder) / "model.gguf", sketch)
            model = describe(path).model
            say(f"{sketch.name}, {model.weights / 1e9:.2f} GB")
            told_prefill, told_decode = predicted(machine, model)
            prefill, decode = run(path, machine.cpu.cores)
            out.append(Measured(sketch.name, model.weights, prefill, decode, told_prefill, told_decode))
    return out


def predicted(machine: Machine, model: ModelInfo) -> tuple[float, float]:
    """Tokens per second of prefill and decode on the processor alone."""
    place = Placement(0, len(model.layers))
    prefill, decode = speeds(
        machine, model, place, engine="llama.cpp", context=PROMPT, kv_type="f16", ubatch=UBATCH
    )
    return prefill.mid, decode.mid


def run(path: Path, threads: int) -> tuple[float, float]:
    """Tokens per second of prefill and decode, by the engine's own clock; the best of some rounds."""
    try:
        import xllamacpp
    except ImportError:
        raise NotecError("the embedded engine is not installed", "pip install 'notec[llama]'") from None
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx, params.n_batch, params.n_ubatch, params.n_parallel = 1024, UBATCH, UBATCH, 1
    params.n_gpu_layers, params.fit_params, params.warmup = 0, False, True
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.cache_ram_mib, params.verbosity, params.use_jinja = 0, -1, False
    server = xllamacpp.Server(params)
    prefill, decode = [], []
    end = time.monotonic() + _SECONDS
    for number in range(_ROUNDS):
        if number and time.monotonic() > end:
            break
        prompt = [3 + (number * 31 + 7 * i) % 250 for i in range(PROMPT)]
        request = {"prompt": prompt, "n_predict": ANSWER, "ignore_eos": True, "cache_prompt": False}
        replies: list[Any] = []
        server.handle_completions(request, replies.append)
        timings = _timings(replies)
        prefill.append(float(timings["prompt_per_second"]))
        decode.append(float(timings["predicted_per_second"]))
    return max(prefill), max(decode)  # what disturbs a round only makes it slower


def _timings(replies: Sequence[Any]) -> dict[str, Any]:
    """The engine's own timings, which stand in the last reply."""
    last = replies[-1]
    if isinstance(last, str | bytes):
        last = json.loads(last)
    if isinstance(last, list):
        last = last[-1]
    timings: dict[str, Any] = last["timings"]
    return timings


def _middle(values: Sequence[float]) -> float:
    return float(f"{math.exp(sum(math.log(v) for v in values) / len(values)):.3g}")
