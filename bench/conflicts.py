"""Do the fact rules find what clashes in a vault, and leave alone what only looks like it?

    python bench/conflicts.py FOLDER [--show]
    python bench/conflicts.py RAMDOCS.jsonl [--show]

FOLDER holds `vault/` (Markdown), `gold.jsonl` and `harmless.jsonl`, a pair a line:

    {"kind": "value-conflict", "a": {"note": "Plan.md", "line": 7, "quote": "..."}, "b": {...}}

Kinds are `value-conflict`, `unit-conflict`, `date-conflict`, `modality-clash`, `name-conflict` and
`superseded-value`. A pair is found when a finding of any of these rules joins both lines; lines count from 1.

    precision         findings that are a gold pair, of all findings in the vault, listed or not
    recall            gold pairs that were found
    false_pair_rate   harmless pairs that were joined
    gold, harmless    how many pairs were listed; `found`: pairs of lines that were joined
    by_kind           the same for each kind: `recall` by the rule of that name, `recall_any` by any rule,
                      `precision` of the findings of that rule. null where there is nothing to count

`bench/conflict_vault.py FOLDER` builds such a folder from hand-written pairs, on which the rules were tuned:
its figures are an upper bound. --show prints to standard error what was missed, what was joined wrongly, and
findings that no list has.

Of a RAMDocs file a vault is built, one note a document, all documents of a question under its name:
misleading documents are to be paired with correct ones (`recall`); correct ones of different answers speak
of different entities of one name and are not (`false_pair_rate`).
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

CODES = (
    "value-conflict", "unit-conflict", "date-conflict", "modality-clash", "name-conflict", "superseded-value",
)  # fmt: skip
Place = tuple[str, int]
Pairs = dict[frozenset[Place], set[str]]


def findings(vault: Path) -> Pairs:
    """Both places of each finding, with the codes that joined them."""
    from notec.check.checker import Checker, sheet_of
    from notec.check.rules import RULES
    from notec.vault import parse_markdown

    checker = Checker([rule for rule in RULES if rule.code in CODES])
    for path in sorted(vault.rglob("*.md")):
        note = parse_markdown(path.relative_to(vault).as_posix(), path.read_text(encoding="utf-8")).value
        checker.put(note.path, sheet_of(note, checker.rules))
    checker.settle(None)  # type: ignore[arg-type]
    out: Pairs = {}
    for d in checker.diagnostics(None):  # type: ignore[arg-type]
        for label in d.labels:
            out.setdefault(frozenset(((d.note, d.line), (label.note, label.line))), set()).add(d.code)
    return out


def rows_of(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def pair_of(row: dict[str, Any]) -> frozenset[Place]:
    return frozenset((row[side]["note"], int(row[side]["line"])) for side in ("a", "b"))


def measure(folder: Path, show: bool) -> dict[str, Any]:
    found = findings(folder / "vault")
    gold, harmless = rows_of(folder / "gold.jsonl"), rows_of(folder / "harmless.jsonl")
    wanted = {pair_of(row): row["kind"] for row in gold}
    kinds: dict[str, Any] = {}
    for kind in CODES:
        mine = [pair for pair, k in wanted.items() if k == kind]
        said = [pair for pair, codes in found.items() if kind in codes]
        false = [pair_of(row) for row in harmless if row["kind"] == kind]
        kinds[kind] = {
            "gold": len(mine),
            "recall": rate(kind in found.get(pair, ()) for pair in mine),
            "recall_any": rate(pair in found for pair in mine),
            "precision": rate(wanted.get(pair) == kind for pair in said),
            "false_pair_rate": rate(pair in found for pair in false),
        }
    if show:
        for row in gold:
            if row["kind"] not in found.get(pair_of(row), ()):
                tell("missed", row, found.get(pair_of(row)))
        for row in harmless:
            if pair_of(row) in found:
                tell("harmless", row, found[pair_of(row)])
        known = {*wanted, *map(pair_of, harmless)}
        for pair, codes in found.items():
            if pair not in known:
                print("other", sorted(pair), codes, file=sys.stderr)
    return {
        "precision": rate(pair in wanted for pair in found),
        "recall": rate(pair in found for pair in wanted),
        "false_pair_rate": rate(pair_of(row) in found for row in harmless),
        "gold": len(gold),
        "harmless": len(harmless),
        "found": len(found),
        "by_kind": kinds,
    }


def tell(what: str, row: dict[str, Any], codes: set[str] | None) -> None:
    print(f"{what} {row['kind']} {codes or ''}", file=sys.stderr)
    for side in ("a", "b"):
        print(f"    {row[side]['note']}: {row[side]['quote']}", file=sys.stderr)


def rate(values: Iterable[bool]) -> float | None:
    chosen = list(values)
    return round(sum(chosen) / len(chosen), 4) if chosen else None


def ramdocs(path: Path, show: bool) -> dict[str, Any]:
    """Documents as notes; a pair of notes is found when any of their lines are joined."""
    kinds: dict[str, tuple[str, str]] = {}
    with tempfile.TemporaryDirectory(prefix="notec-ramdocs-") as scratch:
        vault = Path(scratch)
        groups: list[list[str]] = []
        for number, row in enumerate(rows_of(path)):
            name = re.sub(r"[^\w ]+", " ", row["question"]).strip()
            group = []
            for place, document in enumerate(row["documents"]):
                note = f"{number:04}/{place} {name}.md"
                (vault / note).parent.mkdir(exist_ok=True)
                (vault / note).write_text(f"# {name}\n\n{document['text']}\n", encoding="utf-8")
                kinds[note] = (document["type"], str(document.get("answer", "")))
                group.append(note)
            groups.append(group)
        found = {frozenset(note for note, _ in pair) for pair in findings(vault)}
    tally: Counter[str] = Counter()
    for group in groups:
        for i, one in enumerate(group):
            for other in group[i + 1 :]:
                (a, first), (b, second) = kinds[one], kinds[other]
                joined = frozenset((one, other)) in found
                if {a, b} == {"correct", "misinfo"}:
                    sort = "conflict"
                elif a == b == "correct" and first != second:
                    sort = "ambiguous"
                else:
                    continue
                tally[sort] += 1
                tally[sort + " joined"] += joined
    true, false = tally["conflict joined"], tally["ambiguous joined"]
    return {
        "precision": round(true / (true + false), 4) if true + false else None,
        "recall": round(true / tally["conflict"], 4) if tally["conflict"] else None,
        "false_pair_rate": round(false / tally["ambiguous"], 4) if tally["ambiguous"] else None,
        "conflicts": tally["conflict"],
        "ambiguous": tally["ambiguous"],
        "joined": len(found),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="a folder, or a RAMDocs file")
    parser.add_argument("--show", action="store_true", help="print what went wrong to standard error")
    options = parser.parse_args()
    if not options.folder.exists():
        sys.exit(f"{options.folder}: no such file or folder")
    work = measure if options.folder.is_dir() else ramdocs
    print(json.dumps(work(options.folder, options.show), ensure_ascii=False))


if __name__ == "__main__":
    main()
