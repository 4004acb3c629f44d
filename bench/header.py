"""How long the header of a giant takes: 290 GB in sparse shards, and a real vocabulary against `gguf`.

    python bench/header.py [VOCABULARY.gguf ...]

Writes seven sparse shards of a mixture of experts (94 layers, 151,936 words) into a temporary folder,
describes and plans the model in a fresh process, and reports seconds and peak memory. For each GGUF named,
the ratio to the `gguf` package's reader (pip install gguf) is measured too.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

CHILD = """
import json, resource, sys, time
from notec.engine.describe import describe
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
model = describe(sys.argv[1]).model
read = time.perf_counter() - start
from notec.engine.plan import plan
from notec.engine.hardware import machine_named
plan(machine_named("RTX PRO 6000", 512 * 10**9), model)
done = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([read, done, peak * 1024, model.weights, len(model.files)]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", type=Path)
    options = parser.parse_args()
    figures: dict[str, Any] = giant()
    for path in options.files:
        print(f"{path.name}: both readers", file=sys.stderr)
        figures[f"ratio {path.name}"] = ratio(path)
    print(json.dumps(figures))


def giant() -> dict[str, Any]:
    from headers import write_moe

    with tempfile.TemporaryDirectory(prefix="notec-header-") as folder:
        first = write_moe(Path(folder), layers=109, shards=7, words=151_936)
        size = sum(p.stat().st_size for p in Path(folder).iterdir())
        print(f"{size / 1e9:.0f} GB in 7 sparse shards", file=sys.stderr)
        run = subprocess.run(
            [sys.executable, "-c", CHILD, str(first)], capture_output=True, text=True, check=True
        )
    read, planned, peak, weights, shards = json.loads(run.stdout)
    return {
        "bytes": size,
        "shards": shards,
        "weights": weights,
        "read_seconds": round(read, 3),
        "planned_seconds": round(planned, 3),
        "peak_bytes": peak,
    }


def ratio(path: Path) -> float:
    """How many times longer the `gguf` package takes; the best of three of each."""
    from gguf import GGUFReader

    from notec.engine.describe import describe

    def best(read: Any) -> float:
        times = []
        for _ in range(3):
            start = time.perf_counter()
            read(path)
            times.append(time.perf_counter() - start)
        return min(times)

    return round(best(GGUFReader) / best(describe), 1)


if __name__ == "__main__":
    main()
