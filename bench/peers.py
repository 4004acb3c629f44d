"""notec against what a user would pick instead: same machine, same pages, one run.

    python bench/peers.py FOLDER QUERIES.jsonl --python PEERS/bin/python [--pages N] [--queries N]

FOLDER holds Markdown pages; each line of QUERIES names the one page that is sought ("query", "gold").
The pages are copied without their front matter, so that nobody finds the description itself. PEERS
is a virtual environment with `llama-index-core llama-index-readers-file
llama-index-retrievers-bm25 haystack-ai`. Each system indexes in one process and answers in another:
`first_answer_s` is from the start of that process to its first answer.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FRONT_MATTER = re.compile(r"\A\ufeff?---\n.*?\n---\n", re.S)
SYSTEMS = ("notec", "llamaindex", "haystack")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--python", required=True, help="Python of the environment that holds the others")
    parser.add_argument("--pages", type=int, default=0, help="only this many pages, those sought first")
    parser.add_argument("--count", type=int, default=100, help="how many queries (default 100)")
    parser.add_argument("--language", choices=("ru", "en"), default="ru")
    parser.add_argument("--systems", default=",".join(SYSTEMS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="notec-peers-") as scratch:
        print(json.dumps(compare(options, Path(scratch)), ensure_ascii=False))


def compare(options: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    rows = [json.loads(line) for line in options.queries.read_text(encoding="utf-8").splitlines()]
    rows = rows[: options.count]
    pages = copy_pages(options.folder, scratch / "pages", {g for r in rows for g in r["gold"]}, options.pages)
    queries = scratch / "queries.jsonl"
    queries.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
    figures: dict[str, Any] = {"pages": pages, "queries": len(rows)}
    for system in options.systems.split(","):
        print(f"{system}: indexing {pages} pages", file=sys.stderr)
        figures[system] = measure(system, options, scratch, queries, rows)
        print(f"{system}: {figures[system]}", file=sys.stderr)
    ours = figures.get("notec")
    for system in options.systems.split(","):
        if ours and system != "notec":
            figures[f"{system}/notec"] = {
                key: round(figures[system][key] / ours[key], 2)
                for key in ("index_s", "first_answer_s", "query_median_s", "index_peak_mb", "query_peak_mb")
            }
    return figures


def measure(
    system: str, options: argparse.Namespace, scratch: Path, queries: Path, rows: list[dict[str, Any]]
) -> dict[str, Any]:
    python = sys.executable if system == "notec" else options.python
    script = str(HERE / f"peer_{system}.py")
    store = str(scratch / system)
    built, index_peak = run([python, script, "index", str(scratch / "pages"), store, options.language])
    asked, query_peak = run([python, script, "query", store, str(queries), options.language])
    hits = [
        [f.removeprefix(str(scratch / "pages") + "/") for f in dict.fromkeys(ranked)]
        for ranked in asked["ranks"]
    ]
    found = [r["gold"][0] in h[:1] for r, h in zip(rows, hits, strict=True)]
    found10 = [r["gold"][0] in h[:10] for r, h in zip(rows, hits, strict=True)]
    times = sorted(asked["times"][1:] or asked["times"])
    return {
        "index_s": round(built["index_s"], 2),
        "index_peak_mb": index_peak,
        "first_answer_s": round(asked["first_answer_s"], 3),
        "query_median_s": round(statistics.median(times), 4),
        "query_p95_s": round(times[int(len(times) * 0.95)], 4),
        "query_peak_mb": query_peak,
        "R@1": round(sum(found) / len(found), 3),
        "R@10": round(sum(found10) / len(found10), 3),
    }


def run(command: list[str]) -> tuple[dict[str, Any], int]:
    """The last line of output as JSON, and the peak resident memory in MB (the largest process)."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        output = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)  # the peak of this child alone
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command[:3])} ended with {process.returncode}")
    print(f"  {time.perf_counter() - start:.1f} s", file=sys.stderr)
    return json.loads(output.splitlines()[-1]), usage.ru_maxrss // 1024


def copy_pages(source: Path, target: Path, wanted: set[str], limit: int) -> int:
    paths = sorted(p.relative_to(source).as_posix() for p in source.rglob("*.md"))
    paths.sort(key=lambda p: p not in wanted)
    for path in paths[: limit or None]:
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        text = (source / path).read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
        place.write_text(FRONT_MATTER.sub("", text), encoding="utf-8")
    return len(paths[: limit or None])


if __name__ == "__main__":
    main()
