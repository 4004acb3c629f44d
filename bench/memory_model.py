"""Memory predicted against what llama.cpp really allocates, by its own report.

    python bench/memory_model.py [FAMILY ...] [--rows]

For each family of models (dense, mixture of experts with and without shared experts, sliding windows, latent
attention, hybrids) a model with random weights is written and loaded by llama.cpp (xllamacpp) in a process of
its own, with several contexts, cache types and micro-batches. Compared is the sum of its buffers.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from notec.engine.describe import describe
from notec.engine.memory import estimate
from notec.engine.values import Cpu, Machine, Placement
from random_models import FAMILIES, write

MIB = 1 << 20
CONTEXTS = (4096, 32_768)
CASES = [(context, kv, 512) for context in CONTEXTS for kv in ("f16", "q8_0")] + [(16_384, "f16", 2048)]
ALONE = Machine((), Cpu("any", 2), 1 << 40, 1e10)

CHILD = """
import os, sys, time, xllamacpp as x
path, context, kv, ubatch = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
p = x.CommonParams()
p.model.path = path; p.n_ctx = context; p.n_gpu_layers = 0; p.warmup = False; p.fit_params = False
p.n_batch = ubatch; p.n_ubatch = ubatch; p.n_parallel = 1; p.cache_ram_mib = 0; p.n_ctx_checkpoints = 0
types = {"f16": x.ggml_type.GGML_TYPE_F16, "q8_0": x.ggml_type.GGML_TYPE_Q8_0}
p.cache_type_k = p.cache_type_v = types[kv]
p.flash_attn_type = x.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_ENABLED
p.verbosity = 5; p.use_jinja = False
server = x.Server(p)
time.sleep(0.3)  # the log is written by a thread of its own
os._exit(0)
"""
BUFFER = re.compile(r"(model|KV|RS|compute|output) buffer size (?:=|is)\s+([\d.]+) MiB")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("families", nargs="*", choices=[*FAMILIES, []], metavar="FAMILY")
    parser.add_argument("--rows", action="store_true", help="show every case on standard error")
    options = parser.parse_args()
    names = options.families or list(FAMILIES)
    rows: list[dict[str, Any]] = []
    failed: list[str] = []
    for name in names:
        with tempfile.TemporaryDirectory(prefix="notec-memory-") as folder:
            path = write(Path(folder) / f"{name}.gguf", FAMILIES[name])
            for context, kv, ubatch in CASES:
                row = case(path, context, kv, ubatch)
                if row is None:
                    failed.append(f"{name} {context} {kv} {ubatch}")
                    continue
                rows.append({"family": name, **row})
                if options.rows:
                    print(json.dumps(rows[-1]), file=sys.stderr)
        print(f"{name}: {sum(r['family'] == name for r in rows)} of {len(CASES)} cases", file=sys.stderr)
    inside = [r for r in rows if r["within"]]
    print(
        json.dumps(
            {
                "models": len({r["family"] for r in rows}),
                "cases": len(rows),
                "within": len(inside),
                "not_loaded": failed,
                "worst_share": max((abs(r["error"]) for r in rows), default=None),
                "worst_mib": max((abs(r["told"] - r["real"]) for r in rows), default=None),
            }
        )
    )
    sys.exit(0 if len(inside) == len(rows) and rows else 1)


def case(path: Path, context: int, kv: str, ubatch: int) -> dict[str, Any] | None:
    """One load: MiB by kind, as told and as reported; None when llama.cpp does not load the model."""
    words = [sys.executable, "-c", CHILD, str(path), str(context), kv, str(ubatch)]
    try:
        run = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        return None
    found: dict[str, float] = {}
    for line in (run.stdout + run.stderr).splitlines():
        if "matches expectation" not in line and "differs from" not in line and (hit := BUFFER.search(line)):
            found[hit[1]] = found.get(hit[1], 0.0) + float(hit[2])
    if run.returncode or "compute" not in found:
        print((run.stdout + run.stderr)[-800:], file=sys.stderr)
        return None
    memory = estimate(
        describe(path).model, ALONE, Placement(0, 0), context=context, kv_type=kv, ubatch=ubatch
    )
    told = {
        "model": memory.weights_ram / MIB,
        "cache": memory.kv_ram / MIB,
        "compute": memory.compute_ram / MIB,
    }
    real = {
        "model": found.get("model", 0.0),
        "cache": found.get("KV", 0.0) + found.get("RS", 0.0),
        "compute": found["compute"] + found.get("output", 0.0),
    }
    all_told, all_real = sum(told.values()), sum(real.values())
    error = all_told / all_real - 1
    return {
        "context": context, "kv": kv, "ubatch": ubatch,
        "told": round(all_told, 1), "real": round(all_real, 1),
        "error": round(error, 4), "within": abs(error) <= 0.02 or abs(all_told - all_real) <= 16,
        **{f"{key}": [round(told[key], 1), round(real[key], 1)] for key in told},
    }  # fmt: skip


if __name__ == "__main__":
    main()
