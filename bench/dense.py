"""What an embedder adds to the search of a retrieval set: words alone, vectors alone, both fused.

    python bench/dense.py FOLDER --embedder PATH [--limit 1500] [--home DIR]

FOLDER holds `vault/` and `queries.jsonl` (`{"query": ..., "gold": [note, ...]}`). `fused` is what a user of
that embedder would get: the product's own search, gate and all; `forced` leaves the gate out. `--limit`
takes the first so many notes, and the queries that they answer. `--home` keeps the vectors for another run.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from notec.facts.words import language
from notec.index import Index
from notec.index.dense import Dense, open_place
from notec.index.dense_table import Allowed
from notec.index.fusion import DENSE, fuse
from notec.models.embed import open_embedder


def figures(results: list[tuple[list[str], list[str]]]) -> dict[str, float]:
    """Of (found notes, gold notes): R@1 and R@10 (any gold note), recall@5, all@5."""
    n = max(len(results), 1)
    return {
        "R@1": round(sum(bool(set(found[:1]) & set(gold)) for found, gold in results) / n, 4),
        "R@10": round(sum(bool(set(found[:10]) & set(gold)) for found, gold in results) / n, 4),
        "recall@5": round(sum(len(set(found[:5]) & set(gold)) / len(gold) for found, gold in results) / n, 4),
        "all@5": round(sum(set(gold) <= set(found[:5]) for found, gold in results) / n, 4),
    }


def part(folder: Path, limit: int, out: Path) -> Path:
    """The vault, or its first notes copied to `out`."""
    if not limit:
        return folder / "vault"
    for file in sorted((folder / "vault").rglob("*.md"))[:limit]:
        target = out / file.relative_to(folder / "vault")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--embedder", required=True)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--queries", type=int, default=0)
    parser.add_argument("--home", type=Path)
    args = parser.parse_args()
    with TemporaryDirectory() as scratch:
        vault = part(args.folder, args.limit, Path(scratch) / "vault")
        print(json.dumps(run(args, vault, args.home or Path(scratch) / "home")))


def run(args: argparse.Namespace, vault: Path, home: Path) -> dict[str, Any]:
    lines = (args.folder / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [json.loads(line) for line in lines]
    asked = [q for q in asked if q["gold"] and all((vault / gold).is_file() for gold in q["gold"])]
    asked = asked[: args.queries or None]

    def client(url: str) -> Any:
        raise AssertionError(url)

    dense = Dense(home, args.embedder, open_embedder, partial(open_place, client=client))
    began = time.monotonic()

    def told(now: Any) -> None:
        if now.stage == "embed":
            print(f"\rembedded {now.done}/{now.total}", end="", file=sys.stderr)

    with Index.open(vault, home, dense=dense) as index:
        report = index.update(progress=told)
        seconds = time.monotonic() - began
        for said in report.diagnostics:
            if said.code == "vectors-failed":
                print(said.message, file=sys.stderr)
        plain = Index.open(vault, home)
        opened = dense._opened()
        if opened is None:
            raise SystemExit("no vectors were made")
        _, info, vectors, table = opened
        results: dict[str, list[tuple[list[str], list[str]]]] = {}
        silent, took = 0, []
        for n, query in enumerate(asked):
            print(f"\rasked {n + 1}/{len(asked)}", end="", file=sys.stderr)
            text, gold = query["query"], query["gold"]
            lexical = plain.search(text, limit=100, per_note=100)
            vector = dense._vector(text, info)
            began = time.monotonic()
            near = [p for p, _ in vectors.search(vector, text, 100, table, Allowed())]
            took.append(time.monotonic() - began)
            both = [p for p, _ in fuse([[h.passage for h in lexical], near], [1.0, DENSE])]
            silent += not dense.ranking(text, language(text), None, 1)
            names = {row.id: row.note for row in index.passages(list({*both, *near}))}
            for key, found in (
                ("lexical", [h.note for h in lexical]),
                ("dense", [names[p] for p in near]),
                ("fused", [h.note for h in index.search(text, limit=10)]),
                ("forced", [names[p] for p in both]),
            ):
                results.setdefault(key, []).append((list(dict.fromkeys(found)), gold))
        print(file=sys.stderr)
        return {
            **{key: figures(found) for key, found in results.items()},
            "gate": {name: verdict.to_json() for name, verdict in info.verdicts.items()},
            "silent": round(silent / max(len(asked), 1), 4),
            "model": info.model,
            "passages": len(table),
            "queries": len(asked),
            "index_seconds": round(seconds, 1),
            "vector_search_p95_ms": round(1000 * sorted(took)[int(0.95 * len(took))], 2) if took else 0.0,
        }


if __name__ == "__main__":
    main()
