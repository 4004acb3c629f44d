"""Are the citations true? Answers and briefs on a vault, each link and quote checked against the files.

    python bench/citations.py FOLDER [--queries FILE] [--home HOME] [--answers 200] [--briefs 50]

FOLDER holds `vault/`. Questions are the `query` of each line of FILE; without one they are the headings of
notes drawn from the whole vault, and briefs are written of such notes. No model is asked, and nothing is
written into the vault.

    citations_valid   quotes that stand in the file at their span and on their line
    links_valid       links of the pages that lead to a file, and to the heading or block that they name
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from answers import Files, rate, read_rows

if TYPE_CHECKING:
    import notec
    from notec.core import Citation

HEADING = re.compile(r"^#{1,3} +(.+)$", re.MULTILINE)
TAG = re.compile(r"<[^<>]*>")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--queries", type=Path, help="one JSON object with `query` a line")
    parser.add_argument("--home", type=Path, help="an index to keep or to use again; a new one by default")
    parser.add_argument("--answers", type=int, default=200)
    parser.add_argument("--briefs", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="notec-citations-") as scratch:
        figures = measure(options, options.home or Path(scratch))
    print(json.dumps(figures, ensure_ascii=False))


def measure(options: argparse.Namespace, home: Path) -> dict[str, Any]:
    import notec

    vault = options.folder / "vault"
    with notec.Workspace.open(vault, home=home) as workspace:
        report = workspace.index()
        print(f"{report.notes} notes", file=sys.stderr)
    with notec.index.Index.open(vault, home) as index, notec.Workspace.open(vault, home=home) as workspace:
        judge = Judge(vault, index)
        drawn = spread(index.notes(), max(options.answers, options.briefs))
        refused = 0
        questions = list(questions_of(options, vault, drawn))[: options.answers]
        for question in questions:
            answer = workspace.ask(question)
            refused += answer.refused
            judge.answer(answer)
        print(f"{len(questions)} asked", file=sys.stderr)
        briefs = spread(drawn, options.briefs)
        filled = 0
        for note in briefs:
            brief = workspace.brief(note)
            filled += not brief.refused
            judge.brief(brief)
        print(f"{len(briefs)} briefs", file=sys.stderr)
    return {
        "answers": len(questions),
        "refused": refused,
        "briefs": len(briefs),
        "briefs_filled": filled,
        "citations": len(judge.quotes),
        "citations_valid": rate(judge.quotes),
        "links": len(judge.links),
        "links_valid": rate(judge.links),
    }


def spread(items: list[str], count: int) -> list[str]:
    """So many of the items, at even distances."""
    return [items[at * len(items) // count] for at in range(count)] if len(items) > count else items


def questions_of(options: argparse.Namespace, vault: Path, notes: list[str]) -> Iterator[str]:
    if options.queries:
        yield from (row["query"] for row in read_rows(options.queries))
        return
    for note in notes:
        text = (vault / note).read_bytes().decode("utf-8", "replace")
        heading = HEADING.search(text)
        yield TAG.sub("", heading[1]).strip() if heading else Path(note).stem


class Judge:
    """Compares what is cited and linked with the files."""

    def __init__(self, vault: Path, index: notec.index.Index) -> None:
        from notec.ask.linking import linker_of
        from notec.vault.resolve import Resolver

        self.vault = vault
        self.files = Files(vault)
        self.linker = linker_of(index)
        self.resolver = Resolver(
            [(path, known.aliases if (known := index.note(path)) else ()) for path in index.notes()]
        )
        self.quotes: list[bool] = []
        self.links: list[bool] = []

    def answer(self, answer: notec.Answer) -> None:
        from notec.ask.page import answer_page
        from notec.ask.sources import Footnotes

        for claim in (*answer.claims, *answer.nearest):
            self.cited(claim.because)
        footnotes = Footnotes(self.linker.to_place, answer.language)
        self.linked(answer_page(answer, footnotes, datetime(2025, 1, 1)))

    def brief(self, brief: notec.Brief) -> None:
        for part in brief.parts.values():
            for item in (*part.claims, *part.related):
                self.cited(item.because)
        self.linked(brief.markdown())

    def cited(self, because: tuple[Citation, ...]) -> None:
        for citation in because:
            self.quotes.append(self.files.holds(citation))
            if not self.quotes[-1]:
                print(f"not at its place: {citation}", file=sys.stderr)

    def linked(self, page: str) -> None:
        from notec.vault import parse_markdown

        name = "notec/page.md"
        for link in parse_markdown(name, page).value.links:
            if link.kind != "autolink":
                self.links.append(self.leads(link, name))
                if not self.links[-1]:
                    print(f"leads nowhere: {link.target}#{link.heading}^{link.block}", file=sys.stderr)

    def leads(self, link: Any, source: str) -> bool:
        from notec.vault.read import read
        from notec.vault.subpath import match_block, match_heading

        path = self.resolver.resolve(link.target, source, link.kind).path
        note = read(self.vault, path).value if path and (self.vault / path).is_file() else None
        if note is None:
            return False
        if link.block:
            return match_block(note.block_ids, link.block) >= 0
        return not link.heading or match_heading(note.headings, link.heading) >= 0


if __name__ == "__main__":
    main()
