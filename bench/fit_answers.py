"""Fits what decides in `notec ask` without a model: the ranking of statements, and when to refuse.

    python bench/fit_answers.py FOLDER[=QUERIES] [FOLDER[=QUERIES] ...]

Each FOLDER holds `vault/` and `queries.jsonl` (or QUERIES): `{"query", "gold": [note, ...], "answer": [...]}`
a line. For the refusals, each folder gives four sets of questions:

    pos      those with a gold note: the vault answers
    neg      those with an empty gold: it does not
    removed  the first again, with the gold note taken out of what was found; another note may still answer
    off      the answerable questions of the next folder

Prints the rounded constants of `notec.ask.rank` and `notec.ask.refuse` beside fresh ones, and the share of
each set that is refused: with the constants as they stand, and cross-validated (five folds, each set weighs
the same, threshold where the worst `pos` set has 8 % refusals). Ranking is listwise logistic regression on
the questions that have an `answer`, four folds.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from answers import read_rows, says

if TYPE_CHECKING:
    from notec.ask.rank import Features
    from notec.index import Index

ALLOWED = 0.08  # false refusals at the fitted threshold
KINDS = ("who", "when", "count", "where", "why", "how", "definition")


class Sample(NamedTuple):
    """A question: the evidence that decides on a refusal, and its statements with which of them answer."""

    evidence: np.ndarray
    statements: np.ndarray
    right: np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", metavar="FOLDER[=QUERIES]")
    parser.add_argument("--homes", type=Path, help="keep the indexes in this folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="notec-fit-") as scratch:
        sets = collect(options.folders, options.homes or Path(scratch))
    print(json.dumps({"refusal": fit_refusal(sets), "ranking": fit_ranking(sets)}, ensure_ascii=False))


def collect(folders: Sequence[str], homes: Path) -> dict[str, list[Sample]]:
    from notec.index import Index

    places = [Path(folder.partition("=")[0]) for folder in folders]
    rows = [
        read_rows(Path(queries) if queries else Path(folder) / "queries.jsonl")
        for folder, _, queries in (given.partition("=") for given in folders)
    ]
    sets: dict[str, list[Sample]] = {}
    for number, place in enumerate(places):
        answerable = [row for row in rows[number] if row["gold"]]
        others = [row for row in rows[(number + 1) % len(rows)] if row["gold"]] if len(rows) > 1 else []
        with Index.open(place / "vault", homes / place.name) as index:
            index.update()
            for name, asked, without in (
                ("pos", answerable, False),
                ("neg", [row for row in rows[number] if not row["gold"]], False),
                ("removed", answerable, True),
                ("off", others[:300], False),
            ):
                if asked:
                    label = f"{place.name} {name}"
                    sets[label] = [sample(index, row, without=without) for row in asked]
                    print(f"{label}: {len(asked)}", file=sys.stderr)
    return sets


def sample(index: Index, row: dict[str, Any], *, without: bool) -> Sample:
    from notec.ask.gather import PASSAGES, PER_NOTE, gather
    from notec.ask.question import read_question
    from notec.ask.rank import Ranked, features, score
    from notec.ask.refuse import weigh

    question = read_question(row["query"], index.analyzer)
    idf = cache(index.idf)
    hits = index.search(row["query"], PASSAGES + PER_NOTE * without, per_note=PER_NOTE)
    hits = [hit for hit in hits if not (without and hit.note in row["gold"])][:PASSAGES]
    passages = gather(index, hits, index.analyzer)
    found = features(question, passages, idf)
    ranked = [Ranked(c, score(question.kind, f), f) for c, f in found]
    ranked.sort(key=lambda item: -item.score)
    return Sample(
        np.array(weigh(question, ranked, passages, idf)),
        np.array([by_kind(f, question.kind) for _, f in found]),
        np.array([says([c.text], row.get("answer", ())) for c, _ in found]),
    )


def by_kind(found: Features, kind: str) -> list[float]:
    """The features, the last of them in the column of the question's kind."""
    return [*found[:-1], *(found.fit if kind == name else 0.0 for name in KINDS)]


def fit_refusal(sets: dict[str, list[Sample]]) -> dict[str, Any]:
    from notec.ask import refuse

    evidence = {name: np.array([s.evidence for s in samples]) for name, samples in sets.items()}
    standing = np.array(refuse.WEIGHTS)
    line = {name: e @ standing + refuse.BIAS for name, e in evidence.items()}
    edge = np.log(refuse.THRESHOLD / (1 - refuse.THRESHOLD))
    names = np.concatenate([[name] * len(e) for name, e in evidence.items()])
    all_of = np.vstack(list(evidence.values()))
    x = np.hstack([all_of, np.ones((len(names), 1))])
    y = np.array([name.endswith(" pos") for name in names], float)
    weight = np.concatenate([np.full(len(e), 1 / len(e)) for e in evidence.values()])
    for side in (0.0, 1.0):
        weight[y == side] *= 500 / weight[y == side].sum()
    fold = np.random.default_rng(0).permutation(len(y)) % 5
    unseen = np.empty(len(y))
    for k in range(5):
        unseen[fold == k] = x[fold == k] @ logistic(x[fold != k], y[fold != k], weight[fold != k])
    threshold = min(np.quantile(unseen[names == name], ALLOWED) for name in sets if name.endswith(" pos"))
    fresh = logistic(x, y, weight)
    return {
        "standing": {"weights": standing.tolist(), "bias": refuse.BIAS, "threshold": refuse.THRESHOLD},
        "fresh": {"weights": fresh[:-1].round(2).tolist(), "bias": round(float(fresh[-1]), 2)},
        "fresh_threshold": round(float(1 / (1 + np.exp(-threshold))), 3),
        "refused": {name: round(float((values < edge).mean()), 3) for name, values in line.items()},
        "refused_cross_validated": {
            name: round(float((unseen[names == name] < threshold).mean()), 3) for name in sets
        },
    }


def logistic(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted logistic regression by Newton's method, a slight ridge on all but the constant."""
    ridge = np.eye(x.shape[1])
    ridge[-1, -1] = 1e-6
    w = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-(x @ w)))
        slope = x.T @ (weight * (y - p)) - ridge @ w
        w = w + np.linalg.solve((x.T * (weight * p * (1 - p))) @ x + ridge, slope)
    return w


def fit_ranking(sets: dict[str, list[Sample]]) -> dict[str, Any]:
    from notec.ask.question import Kind
    from notec.ask.rank import FIT_WEIGHTS, WEIGHTS

    lists = [s for name, found in sets.items() if name.endswith(" pos") for s in found if s.right.any()]
    if not lists:
        return {}
    standing = np.array([*WEIGHTS[:-1], *(FIT_WEIGHTS.get(Kind(kind), 0.0) for kind in KINDS)])
    order = np.random.default_rng(1).permutation(len(lists))
    seen = []
    for k in range(4):
        w = listwise([lists[i] for i in np.delete(order, slice(k, None, 4))])
        seen += [right_at(lists[i], w) for i in order[k::4]]
    return {
        "questions": len(lists),
        "names": [*WEIGHTS._fields[:-1], *(f"fit {kind}" for kind in KINDS)],
        "standing": standing.tolist(),
        "fresh": listwise(lists).round(2).tolist(),
        "answer@1 and @3": np.mean([right_at(s, standing) for s in lists], axis=0).round(4).tolist(),
        "cross_validated": np.mean(seen, axis=0).round(4).tolist(),
    }


def listwise(lists: Sequence[Sample]) -> np.ndarray:
    """Weights that give the right statements of each list the most of a softmax; gradient ascent (Adam)."""
    w = np.zeros(lists[0].statements.shape[1])
    mean, square = np.zeros_like(w), np.zeros_like(w)
    for step in range(1, 301):
        slope = -0.05 * w
        for s in lists:
            line = s.statements @ w
            e = np.exp(line - line.max())
            slope += s.statements.T @ (e * s.right / max(float((e * s.right).sum()), 1e-12) - e / e.sum())
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope**2
        w = w + 0.1 * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return w


def right_at(s: Sample, w: np.ndarray) -> tuple[bool, bool]:
    best = s.right[np.argsort(-(s.statements @ w), kind="stable")]
    return bool(best[0]), bool(best[:3].any())


if __name__ == "__main__":
    main()
