"""Does the rule-based judge tell supported claims from the others?

    python bench/support.py PAIRS... [--fit] [--url URL]

PAIRS is a file of JSON lines with a premise, a hypothesis and a label (`entailment` or anything else; lines
without a label are left out), or a text of planted pairs such as `bench/planted_ru.txt`: `## kind`,
`= source`, `+ supported claim`, `- contradicting claim`. Several files count as one set.

`balanced_accuracy` is the mean of the shares of supported claims accepted and of others rejected;
`false_support_on_contradiction` is the share of contradicting claims that were accepted. With --fit the
weights of `notec.ground.support` are fitted anew, and the accuracy under ten-fold cross-validation is
reported beside.
With --url a model at that address judges the same pairs, alone (`model`) and after the rules (`both`).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from notec.core import Citation, Span
from notec.ground import ModelJudge, Source
from notec.ground.support import BIAS, THRESHOLD, WEIGHTS, Features, features, support

_SOURCE = ("premise", "source", "quote", "evidence", "context", "text1", "sentence1")
_CLAIM = ("hypothesis", "claim", "statement", "text2", "sentence2")
_YES = frozenset(("entailment", "entails", "supported", "support", "supports", "true", "yes", "1"))
_CONTRADICTION = frozenset(("contradiction", "contradicts", "contradicted", "refuted", "refutes"))


class Pair(NamedTuple):
    """`label` is `supported`, `contradicted` or `other`; `kind` what was planted, where it was."""

    source: str
    claim: str
    label: str
    kind: str


def read_pairs(path: Path) -> Iterator[Pair]:
    """The labelled pairs of a file."""
    text = path.read_text(encoding="utf-8")
    if not text.lstrip().startswith("{"):
        yield from _planted(text)
        return
    for line in text.splitlines():
        if line.strip() and (pair := _row(json.loads(line))):
            yield pair


def _planted(text: str) -> Iterator[Pair]:
    kind = source = ""
    for line in text.splitlines():
        mark, _, words = line.partition(" ")
        if mark == "##":
            kind = words
        elif mark == "=":
            source = words
        elif mark in ("+", "-"):
            yield Pair(source, words, "supported" if mark == "+" else "contradicted", kind)


def _row(row: dict[str, Any]) -> Pair | None:
    source = next((row[name] for name in _SOURCE if isinstance(row.get(name), str)), None)
    claim = next((row[name] for name in _CLAIM if isinstance(row.get(name), str)), None)
    raw = row.get("label", row.get("supported"))
    if source is None or claim is None or raw is None:
        return None
    label = str(raw).lower().strip()
    kind = str(row.get("kind", row.get("type", row.get("category", ""))))
    if label in _YES:
        return Pair(source, claim, "supported", kind)
    planted = bool(kind) and label in ("false", "0", "no", "unsupported", "not_supported", "not supported")
    return Pair(source, claim, "contradicted" if planted or label in _CONTRADICTION else "other", kind)


def scores(pairs: Sequence[Pair], accepted: Sequence[bool]) -> dict[str, Any]:
    """The two figures, and the counts behind them."""
    total, yes = Counter(p.label for p in pairs), Counter[str]()
    for pair, said in zip(pairs, accepted, strict=True):
        yes[pair.label] += said
    positive, negative = total["supported"], total["contradicted"] + total["other"]
    right = [yes["supported"] / positive] if positive else []
    right += [1 - (yes["contradicted"] + yes["other"]) / negative] if negative else []
    contradicted = total["contradicted"]
    return {
        "balanced_accuracy": round(sum(right) / len(right), 4) if right else None,
        "false_support_on_contradiction": round(yes["contradicted"] / contradicted, 4)
        if contradicted
        else None,
        "pairs": dict(total),
        "accepted": dict(yes),
    }


def fit(rows: Sequence[Features], labels: Sequence[bool]) -> tuple[float, list[float]]:
    """Bias and weights of a ridge logistic regression, both classes weighing the same; by Newton's method."""
    import numpy as np

    x = np.column_stack([np.ones(len(rows)), np.array(rows)])
    y = np.array(labels, dtype=float)
    share = min(max(y.mean(), 0.01), 0.99)
    weight = np.where(y > 0, 0.5 / share, 0.5 / (1 - share))
    ridge = np.diag([0.0] + [20.0] * (x.shape[1] - 1))
    beta = np.zeros(x.shape[1])
    for _ in range(20):
        p = 1 / (1 + np.exp(-x @ beta))
        gradient = x.T @ (weight * (y - p)) - ridge @ beta
        beta += np.linalg.solve((x * (weight * p * (1 - p))[:, None]).T @ x + ridge, gradient)
    return float(beta[0]), [float(b) for b in beta[1:]]


def cross_validated(pairs: Sequence[Pair], folds: int = 10) -> float:
    """Balanced accuracy of the whole verdict where the weights never saw the pair."""
    rows = [features(p.claim, p.source)[0] for p in pairs]
    order = list(range(len(pairs)))
    random.Random(0).shuffle(order)
    accepted = [False] * len(pairs)
    for fold in range(folds):
        held = set(order[fold::folds])
        known = [i for i in order if i not in held and not support(pairs[i].claim, pairs[i].source).differs]
        bias, weights = fit([rows[i] for i in known], [pairs[i].label == "supported" for i in known])
        for i in held:
            total = bias + sum(w * f for w, f in zip(weights, rows[i], strict=True))
            accepted[i] = total >= 0 and not support(pairs[i].claim, pairs[i].source).differs
    return float(scores(pairs, accepted)["balanced_accuracy"])


def by_model(pairs: Sequence[Pair], url: str) -> list[bool]:
    """What a model says to each pair; silence counts as no."""
    from notec.models import HttpModel

    judge = ModelJudge(HttpModel(url))
    out = []
    for number, pair in enumerate(pairs, 1):
        source = Source(1, Citation("pair", 1, pair.source, Span(0, len(pair.source)), ""), pair.source)
        out.append(judge.verdict(pair.claim, [source]).value == "supported")
        print(f"\r{number}/{len(pairs)}", end="", file=sys.stderr)
    return out


def main() -> None:
    """Read, judge, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pairs", type=Path, nargs="+")
    parser.add_argument("--fit", action="store_true", help="fit the weights anew and cross-validate")
    parser.add_argument("--url", help="let a model judge too")
    parser.add_argument("--wrong", action="store_true", help="show the misjudged pairs on standard error")
    args = parser.parse_args()
    pairs = [pair for path in args.pairs for pair in read_pairs(path)]
    if not pairs:
        sys.exit(f"no labelled pairs in {', '.join(map(str, args.pairs))}")
    start = time.perf_counter()
    verdicts = [support(pair.claim, pair.source) for pair in pairs]
    seconds = time.perf_counter() - start
    accepted = [verdict.holds for verdict in verdicts]
    out = scores(pairs, accepted)
    kinds = dict.fromkeys(pair.kind for pair in pairs if pair.kind)
    if len(kinds) > 1:
        out["by_kind"] = {}
        for kind in kinds:
            chosen = [i for i, pair in enumerate(pairs) if pair.kind == kind]
            figures = scores([pairs[i] for i in chosen], [accepted[i] for i in chosen])
            out["by_kind"][kind] = {k: figures[k] for k in list(figures)[:2]}
    out["rejected_by_facts"] = sum(bool(v.differs) for v in verdicts)
    out["rejected_by_words"] = sum(not v.differs and v.score < THRESHOLD for v in verdicts)
    out["ms_per_pair"] = round(1000 * seconds / len(pairs), 2)
    if args.wrong:
        for pair, verdict in zip(pairs, verdicts, strict=True):
            if verdict.holds != (pair.label == "supported"):
                why = "; ".join(map(str, verdict.differs)) or f"words {verdict.score:.2f} {verdict.missing}"
                print(f"{pair.label}: {pair.source} | {pair.claim} | {why}", file=sys.stderr)
    if args.fit:
        plain = [p for p, v in zip(pairs, verdicts, strict=True) if not v.differs]
        bias, weights = fit(
            [features(p.claim, p.source)[0] for p in plain], [p.label == "supported" for p in plain]
        )
        names = ("bias", *Features._fields)
        out["fitted"] = dict(zip(names, [round(w, 2) for w in (bias, *weights)], strict=True))
        out["in_use"] = dict(zip(names, (BIAS, *WEIGHTS), strict=True))
        out["balanced_accuracy_cross_validated"] = cross_validated(pairs)
    if args.url:
        model = by_model(pairs, args.url)
        out["model"] = scores(pairs, model)
        out["both"] = scores(pairs, [a and b for a, b in zip(accepted, model, strict=True)])
    print(json.dumps(out, ensure_ascii=False))


if __name__ == "__main__":
    main()
