"""How far off the speed model is on this machine before and after calibration.

    python bench/calibration.py [--more]

Measures this machine, calibrates with the planner's own small models, then predicts and runs three models
that calibration has not seen (0.1 to 2 GB, random weights), on the processor with the embedded llama.cpp.
`--more` runs six others: other types of weights, other shapes, other numbers of experts.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

from notec.engine.calibrate import calibrate, measure, predicted
from notec.engine.machine import this_machine
from notec.engine.synthetic import Sketch

OTHERS = (
    Sketch("dense, small", "Q8_0", 6, 1024, 3072),
    Sketch("mixture", "Q8_0", 12, 1024, 1536, experts=8),
    Sketch("dense, large", "Q8_0", 20, 2048, 8192),
)
MORE = (
    Sketch("dense, thin", "Q8_0", 16, 768, 2048),
    Sketch("dense of 4 bits", "Q4_K", 24, 2048, 6144),
    Sketch("dense of 4 bits, plain", "Q4_0", 12, 1536, 6144),
    Sketch("dense of 16 bits", "F16", 12, 2048, 4096),
    Sketch("mixture of 32", "Q4_K", 8, 2048, 768, experts=32),
    Sketch("mixture of 64", "Q8_0", 8, 1024, 512, experts=64),
)


def say(text: str) -> None:
    print(text, file=sys.stderr)


def main() -> None:
    machine = this_machine(Path.home())
    start = time.monotonic()
    better, _ = calibrate(machine, say)
    took = time.monotonic() - start
    before = replace(machine, gpus=())
    rows = []
    for m in measure(better, MORE if "--more" in sys.argv[1:] else OTHERS, say):
        raw = predicted(before, m.model)
        rows.append(
            {
                "model": m.name,
                "bytes": m.model.weights,
                "decode": round(m.decode, 1),
                "prefill": round(m.prefill, 1),
                "decode_error": round(m.told[1] / m.decode - 1, 3),
                "decode_error_before": round(raw[1] / m.decode - 1, 3),
                "prefill_error": round(m.told[0] / m.prefill - 1, 3),
                "prefill_error_before": round(raw[0] / m.prefill - 1, 3),
            }
        )
    figures = {}
    for key in ("decode_error", "prefill_error"):
        errors = [abs(float(str(row[key]))) for row in rows]
        figures[f"median_{key}"] = statistics.median(errors)
        figures[f"worst_{key}"] = max(errors)
    print(
        json.dumps(
            {
                "ram_bandwidth": round(machine.ram_bandwidth / 1e9, 1),
                "seconds": round(took, 1),
                "kernels": better.kernels,
                "models": rows,
                **figures,
            }
        )
    )


if __name__ == "__main__":
    main()
