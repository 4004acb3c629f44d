"""A minute of running on this machine, to correct what published measurements let expect.

Small models with random weights are run by the embedded llama.cpp. Its kernels for plain matrices and for
those of experts differ, and each type of weights has its own, so that each pair is measured; many thin layers
show what a layer costs beside its bytes. What a card does is not measured here: the embedded engine computes
on the processor. A launched engine's own figures correct the plan for the card.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from notec.core import NotecError
from notec.engine.describe import describe
from notec.engine.plan import speeds
from notec.engine.synthetic import Sketch, write
from notec.engine.values import Interval, Machine, ModelInfo, Placement

_TYPES = ("Q8_0", "F16", "Q4_K", "Q4_0")
# larger than any cache: what fits there is faster than any model that is worth a plan
PLAIN = tuple(Sketch(f"plain, {kind}", kind, 8, 2048, 8192) for kind in _TYPES)
EXPERTS = tuple(Sketch(f"experts, {kind}", kind, 8, 1536, 1536, experts=8) for kind in _TYPES)
THIN = Sketch("thin layers, Q8_0", "Q8_0", 24, 512, 1536)
PROMPT, SHORT, ANSWER, UBATCH = 128, 16, 24, 128
_ROUNDS = 5
_SECONDS = 3.5  # after which no new round is begun
_WARMEST = 128.0
_BUSY = 0.5  # load for each core
OTHERS = 0.15  # of the processors' time, beyond which others disturb what is measured
_LEAST, _MOST = 0.05, 20.0  # a factor at one of these ends is no property of a processor


class Measured(NamedTuple):
    """A model and what it did, tokens per second.

    Args:
        short: of a prompt of `SHORT` tokens.
        told: prefill and decode as predicted.
    """

    name: str
    model: ModelInfo
    prefill: float
    short: float
    decode: float
    told: tuple[float, float]


def calibrate(machine: Machine, say: Callable[[str], None]) -> tuple[Machine, list[Measured]]:
    """Run the small models and put what they show into the machine's `kernels`.

    What launches had shown is forgotten: it corrected the constants that are corrected now.

    Raises:
        NotecError: the embedded engine is not installed.
    """
    if hasattr(os, "getloadavg") and os.getloadavg()[0] > _BUSY * machine.cpu.cores:
        say("this machine is busy: calibrate again when it is not, the figures will be too low")
    bare = replace(machine, efficiency={}, kernels={})
    found = measure(bare, (*PLAIN, *EXPERTS, THIN), say)
    return replace(bare, kernels=fitted(bare, {m.name: m for m in found})), found


def fitted(machine: Machine, found: Mapping[str, Measured]) -> dict[str, float]:
    """What the small models show, factor by factor, each from the models that depend on it most."""
    first = found[PLAIN[0].name]
    speedup = min(first.short / first.prefill, 1.0)
    warm = (1 - speedup) / max(speedup / SHORT - 1 / PROMPT, 1e-3)  # a short prompt may have been disturbed
    kernels = {"warm": min(warm, _WARMEST)}
    times = {name: (1 / m.prefill, 1 / m.decode) for name, m in found.items()}

    def told(name: str, extra: Mapping[str, float]) -> tuple[float, float]:
        """Seconds that are expected with the factors found so far."""
        alone = replace(machine, gpus=(), efficiency={}, kernels={**kernels, **extra})
        return tuple(1 / v for v in predicted(alone, found[name].model))  # type: ignore[return-value]

    # Plain matrices take x times what is expected; each element of a layer, or each layer, adds y: two models
    # of the same type that have unlike shares of both tell them apart.
    bare, unit = {"element": 0.0, "layer": 0.0}, {"element": 1.0, "layer": 1.0}
    names = (first.name, THIN.name)
    for phase, key in enumerate(unit):
        base = [told(name, bare)[phase] for name in names]
        more = [told(name, unit)[phase] - b for name, b in zip(names, base, strict=True)]
        real = [times[name][phase] for name in names]
        unlike = more[1] * base[0] - more[0] * base[1]
        rest = (real[1] * base[0] - real[0] * base[1]) / unlike if unlike else 0.0
        kernels[key] = min(max(rest, 0.0), 0.95 * real[1] / more[1])
    for part, sketches in (("plain", PLAIN), ("experts", EXPERTS)):
        for sketch in sketches:
            for phase, name in enumerate(("prefill", "decode")):
                key = f"{name} {part} {sketch.kind}"
                whole, half = (told(sketch.name, {key: factor})[phase] for factor in (1.0, 0.5))
                share = half - whole  # seconds that the factor acts on
                left = times[sketch.name][phase] - (whole - share)
                if share > 0:  # else it is lost beside what the layers cost
                    kernels[key] = min(max(share / max(left, share / _MOST), _LEAST), _MOST)
    return {key: float(f"{value:.4g}") for key, value in kernels.items()}


class Watch:
    """Whether anything else was running: the processors' time that this process did not use."""

    def __init__(self) -> None:
        self._start = self._now()

    @staticmethod
    def _now() -> tuple[float, float, float]:
        """Seconds of the clock, of all processors' work, of this process's; work of -1 where nobody tells."""
        busy = -1.0
        with suppress(OSError, ValueError, IndexError):
            # user nice system idle iowait irq softirq steal
            ticks = [
                int(n) for n in Path("/proc/stat").read_text(encoding="utf-8").split("\n")[0].split()[1:9]
            ]
            busy = (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")
        return time.monotonic(), busy, time.process_time()

    def others(self) -> float:
        """Share of the processors that others used; 0.0 where it cannot be known."""
        begin, now = self._start, self._now()
        room = (now[0] - begin[0]) * (os.cpu_count() or 1)
        if now[1] < 0 or room <= 0:
            return 0.0
        return min(max((now[1] - begin[1] - (now[2] - begin[2])) / room, 0.0), 1.0)


def unbelievable(machine: Machine, others: float) -> str:
    """Why a calibration must not correct later plans; empty when it may.

    Args:
        others: share of the processors that something else used meanwhile.
    """
    if others > OTHERS:
        return f"others used {others:.0%} of the processors meanwhile"
    odd = [k for k, v in machine.kernels.items() if " " in k and not 2 * _LEAST < v < _MOST / 2]
    return f"`{odd[0]}` came out {machine.kernels[odd[0]]:g} times what is published" if odd else ""


def measure(machine: Machine, sketches: Sequence[Sketch], say: Callable[[str], None]) -> list[Measured]:
    """Write, predict and run each model on the processor."""
    out = []
    for sketch in sketches:
        with tempfile.TemporaryDirectory(prefix="notec-calibrate-") as folder:
            path = write(Path(folder) / "model.gguf", sketch)
            model = describe(path).model
            say(f"{sketch.name}, {model.weights / 1e9:.2f} GB")
            out.append(Measured(sketch.name, model, *run(path, machine.cpu.cores), predicted(machine, model)))
    return out


def predicted(machine: Machine, model: ModelInfo, prompt: int = PROMPT) -> tuple[float, float]:
    """Tokens per second of reading a prompt, and of decode after it, on the processor alone."""
    alone = replace(machine, gpus=())

    def at(context: int) -> tuple[Interval, Interval]:
        place = Placement(0, len(model.layers))
        return speeds(alone, model, place, engine="llama.cpp", context=context, kv_type="f16", ubatch=prompt)

    return at(0)[0].mid, at(prompt)[1].mid


def run(path: Path, threads: int) -> tuple[float, float, float]:
    """Tokens per second of a prompt, of a short prompt and of decode; the best of some rounds.

    Times are the engine's own. What disturbs a round only makes it slower.
    """
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

    def ask(number: int, length: int, answer: int) -> dict[str, Any]:
        prompt = [3 + (number * 31 + 7 * i) % 250 for i in range(length)]
        request = {"prompt": prompt, "n_predict": answer, "ignore_eos": True, "cache_prompt": False}
        replies: list[Any] = []
        server.handle_completions(request, replies.append)
        return _timings(replies)

    prefill, short, decode = [], [], []
    end = time.monotonic() + _SECONDS
    for number in range(_ROUNDS):
        if number and time.monotonic() > end:
            break
        timings = ask(number, PROMPT, ANSWER)
        prefill.append(float(timings["prompt_per_second"]))
        decode.append(float(timings["predicted_per_second"]))
        short.append(float(ask(number, SHORT, 1)["prompt_per_second"]))
    best = max(prefill), max(short), max(decode)
    if not all(0 < figure < math.inf for figure in best):
        raise NotecError(f"the engine told {best} tokens/s, which cannot be", "calibrate again")
    return best


def _timings(replies: Sequence[Any]) -> dict[str, Any]:
    """The engine's own timings, which stand in the last reply."""
    last = replies[-1]
    if isinstance(last, str | bytes):
        last = json.loads(last)
    if isinstance(last, list):
        last = last[-1]
    timings: dict[str, Any] = last["timings"]
    return timings
