"""notec under the same two commands as the other systems of `bench/peers.py`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def index(folder: str, store: str, language: str) -> dict[str, float]:
    import notec

    del language
    start = time.perf_counter()
    with notec.Workspace.open(folder, home=store) as workspace:
        report = workspace.index()
    return {"index_s": time.perf_counter() - start, "nodes": report.statements}


def query(store: str, queries: str, language: str) -> dict[str, object]:
    del language
    start = time.perf_counter()
    import notec

    folder = str(Path(store).parent / "pages")
    first, times, ranks = 0.0, [], []
    with notec.Workspace.open(folder, home=store) as workspace:
        for line in Path(queries).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            at = time.perf_counter()
            hits = workspace.search(row["query"], limit=30)
            times.append(time.perf_counter() - at)
            first = first or time.perf_counter() - start
            ranks.append([f"{folder}/{hit.note}" for hit in hits])
    return {"first_answer_s": first, "times": times, "ranks": ranks}


if __name__ == "__main__":
    action = index if sys.argv[1] == "index" else query
    print(json.dumps(action(*sys.argv[2:])))
