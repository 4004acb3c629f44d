"""Build a vault with planted conflicts and harmless look-alikes out of hand-written pairs.

    python bench/conflict_vault.py FOLDER [--half 0|1]

Writes FOLDER/vault, FOLDER/gold.jsonl and FOLDER/harmless.jsonl from `conflict_pairs.txt`. Notes get
headings, lists and sentences that have nothing to do with the pair. --half takes every other pair only.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

_FILL = (
    "Wrote this down after a talk on the phone.",
    "Надо бы перечитать на свежую голову.",
    "More photos are in the shared album.",
    "Об этом ещё спросить соседа.",
    "See also the folder of last winter.",
    "Мысль пришла в поезде, записываю как есть.",
)


def build(folder: Path, half: int | None) -> dict[str, int]:
    """Write vault and lists; how many pairs of each sort there are."""
    vault = folder / "vault"
    vault.mkdir(parents=True, exist_ok=True)
    rows: dict[str, list[dict[str, Any]]] = {"gold": [], "harmless": []}
    lines = Path(__file__).with_name("conflict_pairs.txt").read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if line.strip() and not line.startswith("#")]
    for number, line in enumerate(lines):
        if half is not None and number % 2 != half:
            continue
        kind, *parts = (part.strip().replace("\\|", "|") for part in line.replace("\\|", "\0").split(" | "))
        places = []
        for side in (0, 1):
            title, sentence = parts[2 * side], parts[2 * side + 1].replace("\0", "|")
            places.append(_write(vault, number, side, title, sentence))
        row = {"kind": kind.lstrip("-"), "a": places[0], "b": places[1]}
        rows["harmless" if kind.startswith("-") else "gold"].append(row)
    for name, found in rows.items():
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    return {name: len(found) for name, found in rows.items()}


def _write(vault: Path, number: int, side: int, title: str, sentence: str) -> dict[str, Any]:
    name = title + ".md"
    path = vault / name
    lines = ["---", "tags: [notes]", "---", f"# {title}", ""] if (number + side) % 3 == 0 else []
    if path.exists():
        lines = [*path.read_text(encoding="utf-8").splitlines(), ""]
    lines += [_FILL[(2 * number + side) % len(_FILL)], ""]
    if (number + side) % 4 == 1:
        lines += ["## Details" if sentence.isascii() else "## Подробности", ""]
    lines.append(f"- {sentence}" if (number + 2 * side) % 5 == 0 else sentence)
    line = len(lines)
    lines += ["", _FILL[(2 * number + side + 3) % len(_FILL)]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {"note": name, "line": line, "quote": sentence}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", type=int, choices=(0, 1))
    options = parser.parse_args()
    print(json.dumps(build(options.folder, options.half)))


if __name__ == "__main__":
    main()
