"""Links between general and detailed requirements, recovered without a model, beside plain TF-IDF.

    python bench/trace_links.py FOLDER

FOLDER holds `high/` and `low/`, one requirement a file, and `answer.csv` with the true links. The baseline is
the cosine of TF-IDF vectors of lower-case words; it is given the threshold that is best for it on this very
set (`tfidf_best_f1`), while ours decides by itself. Letters before the number of a file name its document.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from notec.passes.recover import Item, recover

_USUAL = 0.2  # threshold of a baseline that has not seen the answers
Pair = tuple[str, str]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    if not (folder / "answer.csv").is_file():
        sys.exit(f"{folder}: no answer.csv here; name a folder with high/, low/ and answer.csv")
    high, low = read(folder / "high"), read(folder / "low")
    with (folder / "answer.csv").open(encoding="utf-8", newline="") as file:
        gold = {(row[0], row[1]) for row in list(csv.reader(file))[1:] if len(row) > 1}
    print(f"{len(high)} general, {len(low)} detailed, {len(gold)} links", file=sys.stderr)
    ours = {(link.general, link.detail) for link in recover(high, low)}
    alone = [Item(f"{i}", item.id, item.text) for i, item in enumerate(high)]  # no document, so no order
    unordered = {(link.general, link.detail) for link in recover(alone, low)}
    scores = tfidf(high, low)
    thresholds = sorted({round(score, 3) for score in scores.values()} - {0.0})
    best = max(thresholds, key=lambda t: measure(over(scores, t), gold)["f1"], default=1.0)
    figures = {
        **measure(ours, gold),
        "f1_without_order": measure(unordered, gold)["f1"],
        "tfidf_f1": measure(over(scores, _USUAL), gold)["f1"],
        "tfidf_best_f1": measure(over(scores, best), gold)["f1"],
        "tfidf_best_threshold": best,
        "links": len(ours),
        "gold": len(gold),
    }
    print(json.dumps(figures))


def read(folder: Path) -> list[Item]:
    return [
        Item(re.match(r"\D*", path.stem)[0], path.stem, _bare(path.read_text(encoding="utf-8")))  # type: ignore[index]
        for path in sorted(folder.iterdir())
        if path.is_file()
    ]


def _bare(text: str) -> str:
    """A requirement without the number in front of it."""
    return re.sub(r"^\s*[A-Z]{1,5}[\s-]*\d+\s*[-:.]\s*", "", text)


def tfidf(high: Iterable[Item], low: Iterable[Item]) -> dict[Pair, float]:
    """Cosine of each pair."""
    counted = {item.id: Counter(re.findall(r"\b\w\w+\b", item.text.lower())) for item in (*high, *low)}
    spread = Counter(word for words in counted.values() for word in words)
    vectors = {
        name: {w: n * (math.log((len(counted) + 1) / (spread[w] + 1)) + 1) for w, n in words.items()}
        for name, words in counted.items()
    }
    lengths = {name: math.hypot(*vector.values()) or 1.0 for name, vector in vectors.items()}
    return {
        (a.id, b.id): sum(x * vectors[b.id].get(w, 0.0) for w, x in vectors[a.id].items())
        / (lengths[a.id] * lengths[b.id])
        for a in high
        for b in low
    }


def over(scores: dict[Pair, float], threshold: float) -> set[Pair]:
    return {pair for pair, score in scores.items() if score >= threshold}


def measure(found: set[Pair], gold: set[Pair]) -> dict[str, float]:
    right = len(found & gold)
    precision, recall = right / max(len(found), 1), right / max(len(gold), 1)
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {"f1": round(f1, 3), "precision": round(precision, 3), "recall": round(recall, 3)}


if __name__ == "__main__":
    main()
