"""Learns the weights by which `check/likeness.py` tells one thing from two, and shows what they are worth.

    python bench/fit_conflicts.py [VAULT...] [--write] [--folder FOLDER]

The notes in `conflict_notes/` were written for this, each file by another author who did not know the rules.
A line that is one place of a pair ends with a marker: `{g12v}` conflicts with the other `{g12v}`, `{h7d}`
only looks as if it did; the letter is the kind (v value, u unit, d date, m modality, n name, s superseded).
Each VAULT adds real notes, where whatever looks alike is taken for harmless: it teaches to be silent.

    leave_one_author_out    precision and recall by threshold: each file by weights that never saw it
    as_shown                the same at the thresholds in use, of which the lower holds where all rules agree
    by_file                 the same of each file, at the threshold in use
    findings                what those weights would say of each VAULT when it was left out, of `looked` pairs

--write puts the weights of all files into `src/notec/check/weights.txt`. --folder unpacks the files there, as
`bench/conflicts.py` reads them. Wants scikit-learn.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from notec.check import clashes
from notec.check.likeness import compared
from notec.check.rule import Entry
from notec.check.told import FACTS
from notec.vault import parse_markdown

NOTES = Path(__file__).with_name("conflict_notes")
WEIGHTS = Path(__file__).parents[1] / "src/notec/check/weights.txt"
KINDS = {
    "v": "value-conflict", "u": "unit-conflict", "d": "date-conflict", "m": "modality-clash",
    "n": "name-conflict", "s": "superseded-value",
}  # fmt: skip
THRESHOLDS = (0.4, 0.5, 0.6, 0.7, 0.8)
_ONE_SORT = {"value-conflict", "name-conflict", "date-conflict"}  # a clock time is a value to some
_MARK = re.compile(r"\s*\{([gh])(\d+)([vudmns])\}")
_PAGES = 800  # of a vault
_SAMPLE = 12_000  # pairs of it
_HARMLESS, _REAL = 2.0, 0.3  # what a listed look-alike and a pair of real notes weigh
_REGULAR = 0.02  # scikit-learn's C

Pair = frozenset[tuple[str, int]]


class Looked(NamedTuple):
    """Pairs of values of one set of notes that share enough to be looked at."""

    rows: list[dict[str, float]]
    pairs: list[Pair]
    gold: dict[Pair, str]
    right: list[int]  # 1 gold, -1 gold by another value of the line, 0 unlisted, -2 harmless


def unpack(file: Path) -> tuple[dict[str, str], dict[str, list[dict[str, Any]]]]:
    """Notes by path, and the pairs of gold and harmless as `bench/conflicts.py` reads them."""
    notes: dict[str, str] = {}
    places: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for part in re.split(r"(?m)^=== ", file.read_text(encoding="utf-8"))[1:]:
        name, _, body = part.partition("\n")
        lines = body.rstrip("\n").split("\n")
        for number, line in enumerate(lines, 1):
            for m in _MARK.finditer(line):
                quote = _MARK.sub("", line).strip()
                place = {"note": name, "line": number, "quote": quote}
                places.setdefault((m[1], m[2], m[3]), []).append(place)
        notes[name] = "\n".join(_MARK.sub("", line) for line in lines) + "\n"
    lists: dict[str, list[dict[str, Any]]] = {"gold": [], "harmless": []}
    for (sort, number, kind), found in places.items():
        if len(found) != 2:
            sys.exit(f"{file.name}: {{{sort}{number}{kind}}} stands on {len(found)} lines, not on two")
        row = {"kind": KINDS[kind], "a": found[0], "b": found[1]}
        lists["gold" if sort == "g" else "harmless"].append(row)
    return notes, lists


def look(notes: dict[str, str], lists: dict[str, list[dict[str, Any]]]) -> Looked:
    """Every pair of values that clash, under the key where they have the least company."""
    told: dict[str, list[Entry]] = defaultdict(list)
    for path, text in sorted(notes.items()):
        for key, entry in FACTS.share(parse_markdown(path, text).value):
            told[key].append(entry)
    gold = {pair_of(row): row["kind"] for row in lists["gold"]}
    harmless = {pair_of(row) for row in lists["harmless"]}
    met: dict[tuple[int, int], tuple[int, str, Pair, dict[str, float]]] = {}
    for key, entries in told.items():
        if len(entries) > clashes.COMPANY:
            continue
        found = [c for c in clashes.candidates(key, entries) if clashes.is_alike(c.a, c.b)]
        notes_of = clashes.holding(entries)
        plain = [clashes.is_plainly_one(c, notes_of) for c in found]
        rows = compared(
            [(c.a, c.b, c.beside, one) for c, one in zip(found, plain, strict=True)], len(entries)
        )
        for c, row in zip(found, rows, strict=True):
            which = id(c.a), id(c.b)
            if which not in met or met[which][0] > len(entries):
                pair = frozenset(((c.first.note, c.first.line), (c.second.note, c.second.line)))
                met[which] = len(entries), c.code, pair, row
    out = Looked([], [], gold, [])
    for _, kind, pair, row in met.values():
        out.rows.append(row)
        out.pairs.append(pair)
        wanted = gold.get(pair)
        meant = wanted in (kind, "superseded-value") or {wanted, kind} <= _ONE_SORT
        out.right.append((1 if meant else -1) if wanted else -2 if pair in harmless else 0)
    return out


def pair_of(row: dict[str, Any]) -> Pair:
    return frozenset((row[side]["note"], row[side]["line"]) for side in "ab")


class Weights(NamedTuple):
    names: list[str]
    bias: float
    values: np.ndarray

    def rate(self, looked: Looked) -> np.ndarray:
        total = matrix(looked.rows, self.names) @ self.values + self.bias
        return 1 / (1 + np.exp(-total))


def matrix(rows: list[dict[str, float]], names: list[str]) -> np.ndarray:
    return np.array([[row.get(name, 0.0) for name in names] for row in rows]).reshape(-1, len(names))


def learn(sets: list[Looked], real: list[Looked]) -> Weights:
    """Logistic regression; of the values on the lines of a gold pair the likeliest ones count."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    names = sorted({name for looked in (*sets, *real) for row in looked.rows for name in row} - {"bias"})
    written = np.vstack([matrix(looked.rows, names) for looked in sets])
    right = np.concatenate([np.array(looked.right) for looked in sets])
    where = [(number, pair) for number, looked in enumerate(sets) for pair in looked.pairs]
    chance = random.Random(0)
    others = [row for looked in real for row in chance.sample(looked.rows, min(_SAMPLE, len(looked.rows)))]
    beside = matrix(others, names)
    scaler = StandardScaler().fit(np.vstack([written, beside]))
    written, beside = scaler.transform(written), scaler.transform(beside) if len(beside) else beside
    gold, chosen = right == 1, right == 1
    for _ in range(3):
        kept = chosen | (right == 0) | (right == -2)
        weight = np.where(right == -2, _HARMLESS, 1.0)[kept]
        model = LogisticRegression(C=_REGULAR, max_iter=3000)
        model.fit(
            np.vstack([written[kept], beside]),
            np.concatenate([chosen[kept], np.zeros(len(beside), bool)]),
            np.concatenate([weight, np.full(len(beside), _REAL)]),
        )
        rated = model.predict_proba(written)[:, 1]
        best: dict[Any, int] = {}
        for at in np.flatnonzero(gold):
            if where[at] not in best or rated[at] > rated[best[where[at]]]:
                best[where[at]] = int(at)
        chosen = np.zeros_like(gold)
        chosen[list(best.values())] = True
    values = model.coef_[0] / scaler.scale_
    return Weights(names, float(model.intercept_[0] - values @ scaler.mean_), values)


def best_of(looked: Looked, rated: np.ndarray) -> dict[Pair, float]:
    best: dict[Pair, float] = {}
    for pair, value in zip(looked.pairs, rated, strict=True):
        best[pair] = max(best.get(pair, 0.0), float(value))
    return best


def left_out(sets: dict[str, Looked], real: dict[str, Looked]) -> dict[str, Any]:
    """Each file, and each vault, by weights that never saw it."""
    rated: list[tuple[float, bool]] = []
    shown: list[tuple[float, bool]] = []
    by_file: dict[str, Any] = {}
    for name, looked in sets.items():
        mates = [other for key, other in sets.items() if author(key) != author(name)]
        rates = learn(mates, list(real.values())).rate(looked)
        plain = np.array([row["plain"] > 0 for row in looked.rows], bool)
        least = np.array([clashes.PLAIN["beside: plain" in row] for row in looked.rows])
        agreed = np.where(plain & (rates >= least), 1.0, rates)
        rows, agreed_rows = (
            [(value, pair in looked.gold) for pair, value in best_of(looked, some).items()]
            for some in (rates, agreed)
        )
        rated += rows
        shown += agreed_rows
        by_file[name] = quality(rows, len(looked.gold), clashes.SURE)
        print(f"{name}: {by_file[name]}", file=sys.stderr)
    every = sum(len(looked.gold) for looked in sets.values())
    findings = {}
    for name, looked in real.items():
        mates = [other for key, other in real.items() if key != name]
        best = best_of(looked, learn(list(sets.values()), mates).rate(looked))
        findings[name] = {"looked": len(best)} | {
            str(t): sum(v >= t for v in best.values()) for t in THRESHOLDS
        }
    return {
        "leave_one_author_out": {str(t): quality(rated, every, t) for t in THRESHOLDS},
        "as_shown": quality(shown, every, clashes.SURE),
        "by_file": by_file,
        "findings": findings,
    }


def author(name: str) -> str:
    """The early files are by one author."""
    return name.partition("-")[0] if name.startswith("early-") else name


def quality(rows: list[tuple[float, bool]], gold: int, least: float) -> dict[str, float]:
    kept = [good for value, good in rows if value >= least]
    return {
        "precision": round(sum(kept) / max(len(kept), 1), 3),
        "recall": round(sum(kept) / max(gold, 1), 3),
        "found": len(kept),
    }


def real_notes(vault: Path) -> dict[str, str]:
    files = sorted((vault / "vault" if (vault / "vault").is_dir() else vault).rglob("*.md"))
    kept = random.Random(1).sample(files, min(_PAGES, len(files)))
    return {path.relative_to(vault).as_posix(): path.read_text("utf-8", "replace") for path in kept}


def write(weights: Weights) -> None:
    lines = [
        "# What binds two values to one thing, and what parts them: a feature of likeness.py and its weight.",
        "# Made by bench/fit_conflicts.py, not by hand.",
        f"bias {weights.bias:.3f}",
        *(f"{n} {v:.3f}" for n, v in zip(weights.names, weights.values, strict=True) if abs(v) >= 0.005),
    ]
    WEIGHTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def spread(folder: Path) -> None:
    """The files as folders for `bench/conflicts.py`."""
    for file in sorted(NOTES.glob("*.txt")):
        notes, lists = unpack(file)
        for path, text in notes.items():
            place = folder / file.stem / "vault" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        for name, rows in lists.items():
            body = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            (folder / file.stem / f"{name}.jsonl").write_text(body, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("vaults", type=Path, nargs="*")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if options.folder:
        spread(options.folder)
        return
    sets = {file.stem: look(*unpack(file)) for file in sorted(NOTES.glob("*.txt"))}
    print({name: len(looked.rows) for name, looked in sets.items()}, file=sys.stderr)
    named = {vault.parent.name if vault.name == "vault" else vault.name: vault for vault in options.vaults}
    real = {name: look(real_notes(vault), {"gold": [], "harmless": []}) for name, vault in named.items()}
    if options.write:
        write(learn(list(sets.values()), list(real.values())))
    print(json.dumps(left_out(sets, real)))


if __name__ == "__main__":
    main()
