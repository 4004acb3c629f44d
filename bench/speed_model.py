"""The speed model against published measurements.

    python bench/speed_model.py MEASUREMENTS.json [--fit] [--rows]

Judges the constants that the package ships on the measurements of the file, and fits nothing but where
it says so: the `loo_` figures are of constants fitted anew on this file without the machine that is judged
(leave-one-machine-out), starting from the same physical guesses. `--fit` writes constants fitted on
the whole file into the package. Errors are relative to the measured speed.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np

from measured_rows import Row, read_rows
from notec.engine.speed import constants, decode_seconds, interval, prefill_seconds, work

DATA = Path(__file__).parent.parent / "src" / "notec" / "engine" / "data" / "speed.json"

# Physical guesses before any measurement, and by what factor each may reasonably be wrong.
GUESS: dict[str, tuple[float, float]] = {
    "gpu": (0.6, 1.3), "gpu_dense": (0.8, 1.15), "cache": (0.3, 2.0), "layer": (6e-5, 1.6),
    "sync": (1.2e-4, 1.8), "ram": (0.7, 1.2),
    "numa": (0.6, 1.3), "unpack": (1.2e10, 1.6), "disk": (0.5, 1.6), "parallel": (0.6, 1.3),
    "streaming": (0.5, 1.5), "flops": (0.2, 1.6), "flops_dense": (0.45, 1.4), "half": (200, 1.6),
    "attend": (0.2, 2.0), "step": (2e-4, 2.0), "link": (0.75, 1.2), "staging": (2.8e10, 1.4),
    "multiply": (1.5e11, 1.6),
    "untuned": (0.4, 1.5), "warm": (32, 2.0),
}  # fmt: skip
SPECULATION = 1.8  # more tokens a step with a draft or several predicted tokens, as published for such models
NOISE = 0.35  # of a published figure, in logarithms: what no model of the machine explains
HUBER = 1.5
COVERED = 0.845  # of machines left out: a little above the promised 0.8, since new machines are stranger
ABOUT = (
    "Efficiencies of the speed model, fitted by bench/speed_model.py --fit on published measurements "
    "(llama.cpp and ik_llama.cpp discussions, KTransformers and SGLang tutorials, benchmark collections; "
    "{} rows), and the spread that leave-one-machine-out left in the logarithm (quantile {})."
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("measurements", type=Path)
    parser.add_argument("--fit", action="store_true", help="write the fitted constants into the package")
    parser.add_argument("--rows", action="store_true", help="show every row on standard error")
    options = parser.parse_args()
    rows, skipped = read_rows(json.loads(options.measurements.read_text(encoding="utf-8")))
    for line in skipped:
        print(line, file=sys.stderr)
    if options.fit:
        write(rows)
    shipped = constants()
    if options.rows:
        show(rows, shipped)
    figures: dict[str, Any] = {"rows": len(rows), "skipped": len(skipped)}
    figures |= judge([(row, shipped) for row in rows])
    loo = left_out(rows)
    figures |= {f"loo_{key}": value for key, value in judge(loo).items()}
    print(json.dumps(figures))


def seconds(row: Row, k: dict[str, float], kind: str) -> float:
    """Predicted seconds for one token."""
    if row.work is None:
        row.work = work(
            row.machine, row.model, row.placement, engine=row.engine, context=row.context + row.prompt // 2,
            kv_type=row.kv_type, ubatch=row.ubatch,
        )  # fmt: skip
    if kind == "decode":
        return decode_seconds(row.work, k) / (SPECULATION if row.speculative else 1.0)
    return prefill_seconds(row.work, k)


def cases(rows: list[Row]) -> list[tuple[Row, str, float]]:
    """Row, kind and measured speed, one for each speed that a row holds."""
    return [
        (row, kind, value)
        for row in rows
        for kind, value in (("decode", row.decode), ("prefill", row.prefill))
        if value
    ]


def fit(rows: list[Row]) -> dict[str, float]:
    """Constants that explain the rows, held near the guesses.

    Gauss-Newton on logarithms with Huber weights.
    """
    data = cases(rows)
    names = list(GUESS)
    start = np.log([GUESS[name][0] for name in names])
    width = np.log([GUESS[name][1] for name in names])
    # rows of one machine and model say nearly the same thing: together they count as their square root
    sizes: dict[tuple[str, str], int] = {}
    for row, kind, _ in data:
        sizes[row.group, kind] = sizes.get((row.group, kind), 0) + 1
    weight = np.array([1 / math.sqrt(sizes[row.group, kind]) for row, kind, _ in data])

    def residuals(x: np.ndarray) -> np.ndarray:
        k = dict(zip(names, np.exp(x), strict=True))
        return np.array([math.log(value * seconds(row, k, kind)) for row, kind, value in data]) / NOISE

    x, step = start.copy(), 1e-4
    for _ in range(12):
        r = residuals(x)
        jacobian = np.array([(residuals(x + step * e) - r) / step for e in np.eye(len(x))]).T
        w = weight * np.where(np.abs(r) > HUBER, HUBER / np.maximum(np.abs(r), 1e-9), 1.0)
        a = jacobian.T @ (w[:, None] * jacobian) + np.diag(1 / width**2)
        b = jacobian.T @ (w * r) + (x - start) / width**2
        change = np.clip(np.linalg.solve(a, b), -0.5, 0.5)
        x = x - change
        if np.abs(change).max() < 1e-3:
            break
    return dict(zip(names, (float(v) for v in np.exp(x)), strict=True))


def left_out(rows: list[Row]) -> list[tuple[Row, dict[str, float]]]:
    """Every row with constants fitted without any row of its machine."""
    out: list[tuple[Row, dict[str, float]]] = []
    groups = list(dict.fromkeys(row.group for row in rows))
    for number, group in enumerate(groups, 1):
        k = fit([row for row in rows if row.group != group])
        out += [(row, k) for row in rows if row.group == group]
        if number % 10 == 0:
            print(f"{number} of {len(groups)} machines left out", file=sys.stderr)
    return out


def judge(pairs: list[tuple[Row, dict[str, float]]]) -> dict[str, Any]:
    errors: dict[str, list[float]] = {"decode": [], "prefill": []}
    inside: list[bool] = []
    for row, k in pairs:
        for _, kind, value in cases([row]):
            time = seconds(row, k, kind)
            errors[kind].append(abs(1 / time - value) / value)
            band = interval(time, kind, row.doubts)
            inside.append(band.low <= value <= band.high)
    out: dict[str, Any] = {
        f"{kind}_median_error": round(float(np.median(found)), 3) if found else None
        for kind, found in errors.items()
    }
    out["coverage_80"] = round(float(np.mean(inside)), 3) if inside else None
    return out | {f"{kind}_rows": len(found) for kind, found in errors.items()}


def write(rows: list[Row]) -> None:
    """Fit on all rows; the spread is what leave-one-machine-out left, four fifths of it inside."""
    k = fit(rows)
    found: dict[str, list[float]] = {"decode": [], "prefill": []}
    for row, left in left_out(rows):
        for _, kind, value in cases([row]):
            found[kind].append(abs(math.log(value * seconds(row, left, kind))) / (1 + 0.25 * row.doubts))
    spread = {kind: round(float(np.quantile(values, COVERED)), 3) for kind, values in found.items()}
    data = {
        "about": ABOUT.format(len(rows), COVERED),
        "constants": {name: float(f"{value:.4g}") for name, value in k.items()},
        "spread": spread | {"calibrated": 0.18},
    }
    DATA.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    from notec.engine.facts import table

    table.cache_clear()


def show(rows: list[Row], k: dict[str, float]) -> None:
    for row, kind, value in sorted(cases(rows), key=lambda c: (c[1], c[2] * seconds(c[0], k, c[1]))):
        told = 1 / seconds(row, k, kind)
        place = row.placement
        print(
            f"{kind:7} {value:8.2f} {told:8.2f} x{told / value:5.2f} {row.model.name[:26]:26}",
            f"{row.model.quant[:10]:10} {row.engine[:10]:10} {row.context:6} ub{row.ubatch:5}",
            f"{row.machine.ram_bandwidth / 1e9:5.0f}GB/s {place.gpu_layers}/{place.cpu_expert_layers}",
            f"disk{place.disk / 1e9:4.0f} {row.group[:70]}",
            file=sys.stderr,
        )


if __name__ == "__main__":
    main()
