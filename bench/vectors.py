"""Exact search over many vectors in the home folder: time and memory of one query.

    python bench/vectors.py [--rows 200000] [--dimension 384] [--queries 200] [--form int8]

The vectors are drawn in clusters, as those of texts are; no data is needed. Every tenth query is compared
with a plain product over the whole matrix (`exact`). Half of the queries are filtered to a third of the rows.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from notec.index.vectors import VectorStore

_STEP = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--dimension", type=int, default=384)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--form", choices=("int8", "float32"), default="int8")
    args = parser.parse_args()
    rng = np.random.default_rng(1)
    centres = rng.standard_normal((400, args.dimension), dtype=np.float32)
    with TemporaryDirectory() as place:
        store = VectorStore.create(Path(place) / "rows", "bench", args.dimension, args.form)
        began = time.monotonic()
        for start in range(0, args.rows, _STEP):
            count = min(_STEP, args.rows - start)
            rows = centres[rng.integers(0, 400, count)]
            rows = rows + rng.standard_normal((count, args.dimension), dtype=np.float32)
            store.add([(start + n).to_bytes(16) for n in range(count)], rows)
            print(f"\radded {start + count}/{args.rows}", end="", file=sys.stderr)
        print(file=sys.stderr)
        added = time.monotonic() - began
        began = time.monotonic()
        store = VectorStore(Path(place) / "rows")
        opened = time.monotonic() - began
        print(json.dumps({**search(store, args, centres, rng), "add_seconds": round(added, 1),
                          "open_ms": round(1000 * opened, 1), "rows": args.rows, "dimension": args.dimension,
                          "form": args.form}))  # fmt: skip


def search(
    store: VectorStore, args: argparse.Namespace, centres: np.ndarray, rng: np.random.Generator
) -> dict[str, object]:
    took: list[float] = []
    filtered: list[float] = []
    exact = True
    mask = rng.random(args.rows) < 1 / 3
    whole = store.vectors(np.arange(args.rows))
    store.search(centres[0], 10)
    for n in range(args.queries):
        noise = rng.standard_normal(args.dimension, dtype=np.float32)
        query = (centres[n % 400] + noise).astype(np.float32)
        allowed = mask if n % 2 else None
        began = time.perf_counter()
        rows, _ = store.search(query, 100, allowed)
        (filtered if n % 2 else took).append(time.perf_counter() - began)
        if n % 10 < 2:
            cosines = whole @ (query / np.linalg.norm(query))
            if allowed is not None:
                cosines[~allowed] = -2
            best = np.sort(np.argpartition(cosines, -100)[-100:])
            exact &= bool(np.allclose(np.sort(cosines[best]), np.sort(cosines[rows]), atol=1e-5))
    return {
        "p50_ms": _percentile(took, 0.5),
        "p95_ms": _percentile(took, 0.95),
        "filtered_p95_ms": _percentile(filtered, 0.95),
        "exact": exact,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _percentile(times: list[float], part: float) -> float:
    return round(1000 * sorted(times)[int(part * (len(times) - 1))], 2)


if __name__ == "__main__":
    main()
