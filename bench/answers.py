"""Answers of `ask` against known ones: are they right, refused where they should be, and truly cited?

    python bench/answers.py FOLDER [--vault VAULT] [--queries FILE] [--home HOME] [--limit N] [--show]

FOLDER holds `vault/` and `queries.jsonl`: `{"query", "gold": [note, ...], "answer": [text, ...]}` a line.
A query with an empty `gold` is one that the vault cannot answer. No model is asked.

    answer@k             an accepted answer stands in one of the first k claims; a refusal has no claims
    shown@k              the same where the nearest statements of a refusal count too: the ranking alone
    refusal_rate         of the queries with an empty gold
    false_refusal_rate   of the others
    citations_valid      quotes that stand in the file at their span and on their line, of all that were given
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import tempfile
import time
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import notec

ARTICLES = re.compile(r"\b(?:a|an|the)\b")
NO_LETTER = re.compile(r"[^\w]+|_")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--vault", type=Path, help="instead of FOLDER/vault")
    parser.add_argument("--queries", type=Path, help="instead of FOLDER/queries.jsonl")
    parser.add_argument("--home", type=Path, help="an index to keep or to use again; a new one by default")
    parser.add_argument("--limit", type=int, default=0, help="only the first N queries")
    parser.add_argument("--show", action="store_true", help="print what went wrong to standard error")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="notec-answers-") as scratch:
        figures = measure(options, options.home or Path(scratch))
    print(json.dumps(figures, ensure_ascii=False))


def measure(options: argparse.Namespace, home: Path) -> dict[str, Any]:
    import notec

    vault = options.vault or options.folder / "vault"
    rows = read_rows(options.queries or options.folder / "queries.jsonl")
    rows = rows[: options.limit or None]
    files = Files(vault)
    tally = Tally()
    with notec.Workspace.open(vault, home=home) as workspace:
        report = workspace.index()
        print(f"{report.notes} notes, {len(rows)} queries", file=sys.stderr)
        for number, row in enumerate(rows, 1):
            start = time.perf_counter()
            answer = workspace.ask(row["query"])
            tally.add(row, answer, time.perf_counter() - start, files)
            if options.show:
                explain(row, answer)
            if number % 200 == 0:
                print(f"{number} asked", file=sys.stderr)
    return tally.figures()


def read_rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


class Tally:
    """What has been counted so far."""

    def __init__(self) -> None:
        self.asked: dict[str, list[bool]] = {}
        self.seconds: list[float] = []

    def count(self, name: str, *values: bool) -> None:
        self.asked.setdefault(name, []).extend(values)

    def add(self, row: dict[str, Any], answer: notec.Answer, seconds: float, files: Files) -> None:
        self.seconds.append(seconds)
        self.count("false_refusal_rate" if row["gold"] else "refusal_rate", answer.refused)
        if row["gold"] and row.get("answer"):
            claims = [claim.text for claim in answer.claims]
            shown = claims or [claim.text for claim in answer.nearest]
            for k in (1, 3):
                self.count(f"answer@{k}", says(claims[:k], row["answer"]))
                self.count(f"shown@{k}", says(shown[:k], row["answer"]))
        for claim in (*answer.claims, *answer.nearest):
            self.count("citations_valid", *(files.holds(citation) for citation in claim.because))

    def figures(self) -> dict[str, Any]:
        names = ("answer@1", "answer@3", "shown@1", "shown@3")
        out: dict[str, Any] = {
            name: rate(self.asked.get(name))
            for name in (*names, "refusal_rate", "false_refusal_rate", "citations_valid")
        }
        out["answered"] = len(self.asked.get("answer@1", ()))
        out["unanswerable"] = len(self.asked.get("refusal_rate", ()))
        out["answerable"] = len(self.asked.get("false_refusal_rate", ()))
        out["citations"] = len(self.asked.get("citations_valid", ()))
        out["p50_ms"] = round(1000 * statistics.median(self.seconds or [0.0]), 1)
        out["p95_ms"] = round(1000 * percentile(self.seconds, 0.95), 1)
        return out


class Files:
    """The files of a vault, read here and not by notec."""

    def __init__(self, vault: Path) -> None:
        self.vault = vault
        self.texts: dict[str, str] = {}

    def text(self, note: str) -> str:
        if note not in self.texts:
            self.texts[note] = (self.vault / note).read_bytes().decode("utf-8", "surrogateescape")
        return self.texts[note]

    def holds(self, citation: Any) -> bool:
        """Whether the quote stands in its file at its span, and its line is the right one."""
        text = self.text(citation.note)
        start, end = citation.span
        before = text[:start]
        line = 1 + before.count("\n") + before.replace("\r\n", "\n").count("\r")
        return bool(citation.quote) and text[start:end] == citation.quote and citation.line == line


def says(claims: Iterable[str], answers: Sequence[str]) -> bool:
    """Whether one of the claims contains one of the answers, as whole words."""
    wanted = [words for answer in answers if (words := normal(answer)).strip()]
    return any(words in claim for claim in map(normal, claims) for words in wanted)


def normal(text: str) -> str:
    """Words in lower case between spaces, without articles, accents and punctuation."""
    apart = unicodedata.normalize("NFKD", text.lower())
    bare = NO_LETTER.sub(" ", "".join(c for c in apart if not unicodedata.combining(c)))
    return f" {' '.join(ARTICLES.sub(' ', bare).split())} "


def explain(row: dict[str, Any], answer: notec.Answer) -> None:
    first = (answer.claims or answer.nearest or (None,))[0]
    right = says([first.text] if first else [], row.get("answer", ()))
    if answer.refused == bool(row["gold"]) or (row["gold"] and row.get("answer") and not right):
        verdict = "refused" if answer.refused else "answered"
        print(f"{verdict} {answer.confidence:.2f} {row['query']!r} {row.get('answer', '')}", file=sys.stderr)
        if first:
            print(f"    {first.because[0].note}: {first.text[:200]}", file=sys.stderr)


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(int(share * len(values)), len(values) - 1)] if values else 0.0


def rate(values: Sequence[bool] | None) -> float | None:
    """The share of those that are true; None where nothing was counted."""
    return round(sum(values) / len(values), 4) if values else None


if __name__ == "__main__":
    main()
