"""Machines: this one, measured once and remembered, or one that is put together from names."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from notec.core import NotecError
from notec.engine.hardware import machine_named
from notec.engine.machine import this_machine
from notec.engine.values import GB, Machine

_SAME_RAM = 0.02  # what a system keeps for itself differs by that


def build_machine(
    gpu: str | None, ram: float | None, *, cpu: str = "", platform: str = "", bandwidth: float = 0.0
) -> Machine:
    """This machine with whatever was named put in its place; a wholly named one where a RAM size is given.

    Args:
        ram, bandwidth: in GB and GB/s.
    """
    if ram is None and gpu is None and not (cpu or platform or bandwidth):
        return known_machine()
    if ram is None:
        mine = known_machine()
        cards = (
            machine_named(gpu, mine.ram, cpu=cpu, platform=platform).gpus if gpu is not None else mine.gpus
        )
        machine = replace(mine, gpus=cards)
        if gpu and any(card.unified for card in cards):  # another machine as a whole
            machine = machine_named(gpu, 0)
    else:
        if not 0 < ram < 1e6:
            raise NotecError(f"{ram:g} GB of RAM cannot be", "give gigabytes, such as --ram 132")
        machine = machine_named(gpu or "", round(ram * GB), cpu=cpu, platform=platform)
    if not 0 <= bandwidth < 1e6:
        raise NotecError(f"a bandwidth of {bandwidth:g} GB/s cannot be", "give GB/s, such as --bandwidth 225")
    if bandwidth:
        machine = replace(machine, ram_bandwidth=bandwidth * GB, ram_measured=True)
    return machine


def machine_file() -> Path:
    """Where what was measured of this machine is kept."""
    import platformdirs

    return Path(platformdirs.user_data_dir("notec", appauthor=False)) / "machine.json"


def known_machine(*, again: bool = False) -> Machine:
    """This machine. Its memory and disk are measured once and remembered; `again` measures anew.

    What calibration found is kept for as long as processor and cards are the same.
    """
    kept = _kept_machine()
    seen = this_machine(measure=False)
    if kept and not (kept.cpu == seen.cpu and kept.gpus == seen.gpus):
        kept = None
    grown = kept is not None and abs(kept.ram - seen.ram) > _SAME_RAM * kept.ram
    if kept and not again and not grown:
        return replace(kept, ram=seen.ram, disk_free=seen.disk_free)
    from notec.engine.calibrate import OTHERS, Watch

    watch = Watch()
    machine = this_machine(models_folder())
    if (others := watch.others()) > OTHERS:
        busy = (
            f"its memory was measured while others used {others:.0%} of the processors: `notec machine` again"
        )
        machine = replace(machine, notes=(*machine.notes, busy))
    if kept:  # other memory modules are not as fast as those that the launches were measured with
        machine = replace(machine, efficiency={} if grown else kept.efficiency, kernels=kept.kernels)
    with suppress(OSError):  # a full or read-only disk: measured again the next time
        keep_machine(machine)
    return machine


def _kept_machine() -> Machine | None:
    """What was written down, less the factors that no machine has."""
    try:
        kept = Machine.from_json(json.loads(machine_file().read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError, NotecError):
        return None
    if not (0 < kept.ram_bandwidth < 1e14 and kept.ram > 0):
        return None
    return replace(
        kept, efficiency=_believable(kept.efficiency), kernels=_believable(kept.kernels, least=0.0)
    )


def _believable(factors: dict[str, float], least: float = 0.01) -> dict[str, float]:
    """Numbers within reason; a factor that is divided by (its name has two words) is never near zero."""
    kept = {k: v for k, v in factors.items() if isinstance(v, int | float) and not isinstance(v, bool)}
    return {k: v for k, v in kept.items() if (0.01 if " " in k else least) <= v <= 1000}


def keep_machine(machine: Machine) -> Path:
    """Write down what was measured, for later plans."""
    path = machine_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(machine.to_json(), indent=1) + "\n", encoding="utf-8")
    fresh.replace(path)
    return path


def calibrate(machine: Machine, say: Callable[[str], None]) -> tuple[Machine, list[str], str]:
    """Run small models here for about a minute.

    Returns:
        The machine with what they show, lines to read, and why it must not be kept; empty when it may.

    Raises:
        NotecError: the embedded engine is not installed.
    """
    from notec.engine.calibrate import Watch, unbelievable
    from notec.engine.calibrate import calibrate as measured

    watch = Watch()
    better, found = measured(machine, say)
    lines = [
        f"{m.name}, {m.model.weights / GB:.2f} GB: writes {m.decode:.1f} tokens/s "
        f"({m.told[1]:.1f} expected), reads {m.prefill:.0f} ({m.told[0]:.0f} expected)"
        for m in found
    ]
    return better, lines, unbelievable(better, watch.others())


def models_folder() -> Path:
    """notec's own folder for models."""
    import platformdirs

    return Path(platformdirs.user_data_dir("notec", appauthor=False)) / "models"
