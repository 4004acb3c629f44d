"""Which conflicts would a deep check ask about? The candidates of `check --deep` against known conflicts.

    python bench/deep_pairs.py FOLDER [--pairs 2000]

FOLDER has `vault/` and `gold.jsonl` as `bench/conflicts.py` takes them. No model is asked.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from notec.app.deep import IndexLibrary
from notec.check.deep import pairs_of
from notec.index import Index


def place(side: dict[str, Any]) -> tuple[str, int]:
    return side["note"], side["line"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pairs", type=int, default=2000)
    options = parser.parse_args()
    rows = (options.folder / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    gold = [frozenset((place(row["a"]), place(row["b"]))) for row in map(json.loads, rows)]
    with (
        TemporaryDirectory(prefix="notec-deep-") as home,
        Index.open(options.folder / "vault", home) as index,
    ):
        index.update()
        begin = time.perf_counter()
        found = pairs_of(IndexLibrary(index), options.pairs)
        seconds = time.perf_counter() - begin
    ranked = [frozenset(((a.note, a.line), (b.note, b.line))) for a, b in found.pairs]
    for missed in [pair for pair in gold if pair not in ranked][:10]:
        print(f"not asked about: {sorted(missed)}", file=sys.stderr)
    every = found.statements * (found.statements - 1) // 2
    out: dict[str, Any] = {"statements": found.statements, "all_pairs": every, "pairs": len(ranked)}
    out["left_out"] = found.left_out
    for most in (50, 100, 200, 500, options.pairs):
        out[f"recall@{most}"] = round(sum(pair in ranked[:most] for pair in gold) / max(len(gold), 1), 4)
    out["seconds"] = round(seconds, 1)
    print(json.dumps(out))


if __name__ == "__main__":
    main()
