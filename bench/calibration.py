"""How far off the speed model is on this machine before and after calibration.

    python bench/calibration.py

Measures this machine, calibrates with the planner's own small models, then predicts and runs three models
that calibration has not seen (0.1 to 2 GB, random weights), on the processor with the embedded llama.cpp.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

from notec.engine.calibrate import calibrate, measure
from notec.engine.machine import this_machine
from notec.engine.synthetic import Sketch

OTHERS = (
    Sketch("dense, small", "Q8_0", 6, 1024, 3072),
    Sketch("mixture", "Q8_0", 12, 1024, 1536, experts=8),
    Sketch("dense, large", "Q8_0", 20, 2048, 8192),
)


def say(text: str) -> None:
    print(text, file=sys.stderr)


def main() -> None:
    machine = this_machine(Path.home())
    better, seen = calibrate(machine, say)
    found = measure(replace(better, gpus=()), OTHERS, say)
    raw = better.efficiency
    rows = []
    for m in found:
        rows.append(
            {
                "model": m.name,
                "bytes": m.bytes,
                "decode": round(m.decode, 1),
                "told": round(m.told_decode, 1),
                "decode_error": round(m.told_decode / m.decode - 1, 3),
                "decode_error_before": round(m.told_decode / raw["decode"] / m.decode - 1, 3),
                "prefill_error": round(m.told_prefill / m.prefill - 1, 3),
                "prefill_error_before": round(m.told_prefill / raw["prefill"] / m.prefill - 1, 3),
            }
        )
    print(
        json.dumps(
            {
                "ram_bandwidth": round(machine.ram_bandwidth / 1e9, 1),
                "efficiency": raw,
                "spread_of_calibration": [round(m.decode / m.told_decode, 3) for m in seen],
                "models": rows,
                "worst_decode": max(abs(r["decode_error"]) for r in rows),
                "worst_prefill": max(abs(r["prefill_error"]) for r in rows),
            }
        )
    )


if __name__ == "__main__":
    main()
