"""Does search find the notes that a person would name? With the graph off, on, and as it decides by itself.

    python bench/retrieval.py FOLDER [--limit N] [--pages N] [--strip] [--embedder PATH]

FOLDER holds `vault/` and `queries.jsonl`, one `{"query": ..., "gold": [note, ...]}` a line; a query without
gold is left out. A note counts at the rank of its best passage. `R@k`: one gold note is among the first k;
`recall@5`: share of the gold notes in the first five; `all@5`: all of them are. Known-item sets whose query
is the page's own description need `--strip`: the pages are copied without their front matter first; this
happens by itself where the front matter of gold notes holds the query.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import notec

FRONT_MATTER = re.compile(r"\A\ufeff?---\n.*?\n---\n", re.S)
_DEPTH = 20  # hits that are looked at
_KEYS = ("R@1", "R@5", "R@10", "MRR", "recall@5", "all@5")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="only N queries, evenly drawn")
    parser.add_argument("--pages", type=int, default=0, metavar="N", help="only N pages, the gold ones first")
    parser.add_argument("--strip", action="store_true", help="remove front matter into a copy first")
    parser.add_argument("--embedder", default="", metavar="PATH", help="an embedding model, as in notec.toml")
    options = parser.parse_args()
    rows = read_queries(options.folder / "queries.jsonl", options.limit)
    if not rows:
        raise SystemExit(f"{options.folder / 'queries.jsonl'}: no query with gold notes")
    with tempfile.TemporaryDirectory(prefix="notec-retrieval-") as scratch:
        print(json.dumps(measure(options, rows, Path(scratch)), ensure_ascii=False))


def read_queries(file: Path, limit: int) -> list[dict[str, Any]]:
    if not file.is_file():
        raise SystemExit(f"{file}: no such file; FOLDER must hold vault/ and queries.jsonl")
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    rows = [row for row in rows if row["gold"]]
    return rows[:: max(1, len(rows) // limit)][:limit] if limit else rows


def measure(options: argparse.Namespace, rows: list[dict[str, Any]], scratch: Path) -> dict[str, Any]:
    vault = options.folder / "vault"
    strip = options.strip or told_in_front_matter(vault, rows)
    if strip or options.pages or options.embedder:
        gold = {note for row in rows for note in row["gold"]}
        vault = copy_pages(vault, scratch / "vault", gold, options.pages, strip)
    if options.embedder:
        line = f"embedder = {json.dumps(str(Path(options.embedder).resolve()))}\n"
        (vault / "notec.toml").write_text(line, encoding="utf-8")
    with notec.Workspace.open(vault, home=scratch / "home") as workspace:
        report = workspace.index()
        print(f"{report.notes} notes, {report.passages} passages: {report.seconds:.1f} s", file=sys.stderr)
        found = {how: search(workspace, rows, how) for how in ("auto", "off", "on")}
    auto = found.pop("auto")
    return {
        **auto,
        **{f"graph_{how}": figures for how, figures in found.items()},
        "queries": len(rows),
        "notes": report.notes,
        "passages": report.passages,
        "index_s": round(report.seconds, 2),
        "stripped": strip,
        "embedder": options.embedder,
    }


def search(workspace: notec.Workspace, rows: list[dict[str, Any]], how: str) -> dict[str, float]:
    sums = dict.fromkeys(_KEYS, 0.0)
    times = []
    for row in rows:
        began = time.perf_counter()
        hits = workspace.search(row["query"], limit=_DEPTH, graph=how)
        times.append(time.perf_counter() - began)
        for key, value in judge(list(dict.fromkeys(hit.note for hit in hits)), set(row["gold"])).items():
            sums[key] += value
    times.sort()
    figures = {key: round(value / len(rows), 4) for key, value in sums.items()}
    figures["query_p50_ms"] = round(1000 * times[len(times) // 2], 1)
    figures["query_p95_ms"] = round(1000 * times[int(len(times) * 0.95)], 1)
    print(f"graph {how}: {figures}", file=sys.stderr)
    return figures


def judge(notes: list[str], gold: set[str]) -> dict[str, float]:
    """The figures of one query, given the notes that were found, best first."""
    first = next((rank for rank, note in enumerate(notes, 1) if note in gold), 0)
    in_five = len(gold & set(notes[:5]))
    return {
        "R@1": float(first == 1),
        "R@5": float(0 < first <= 5),
        "R@10": float(0 < first <= 10),
        "MRR": 1 / first if first else 0.0,
        "recall@5": in_five / len(gold),
        "all@5": float(in_five == len(gold)),
    }


def told_in_front_matter(vault: Path, rows: list[dict[str, Any]]) -> bool:
    """Whether the front matter of most gold notes holds the very query."""
    told = 0
    sample = rows[:50]
    for row in sample:
        file = vault / row["gold"][0]
        text = (
            file.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n") if file.is_file() else ""
        )
        front = FRONT_MATTER.match(text)
        told += bool(front and row["query"].strip() in front[0])
    return 2 * told > len(sample)


def copy_pages(source: Path, target: Path, wanted: set[str], limit: int, strip: bool) -> Path:
    paths = sorted(p.relative_to(source).as_posix() for p in source.rglob("*.md"))
    paths.sort(key=lambda path: path not in wanted)
    for path in paths[: limit or None]:
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        text = (source / path).read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
        place.write_text(FRONT_MATTER.sub("", text) if strip else text, encoding="utf-8")
    return target


if __name__ == "__main__":
    main()
