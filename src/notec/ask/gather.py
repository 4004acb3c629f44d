"""From a question to candidates: the statements of the passages that a search finds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from notec.ask.plain import plain
from notec.ask.rank import Candidate, Passage
from notec.core import Span
from notec.facts.words import Analyzer, stop_terms
from notec.index import Hit, Index, StatementRow

PASSAGES = 12  # of 200 words: about a hundred statements
PER_NOTE = 3  # of them, at most: a long chat says it in one of many places
_LONGEST = 2_000  # characters; what is longer is no statement that a person would read
_SPLIT = re.compile(r"[-_.\s]+")


def gather(index: Index, hits: Sequence[Hit], analyzer: Analyzer) -> list[Passage]:
    """The found passages with their statements, in the order of the hits.

    A passage that states nothing, such as a note's properties, stands for the one after it.
    """
    rows = index.statements_of([hit.passage for hit in hits])
    silent = [hit for hit in hits if not rows.get(hit.passage)]
    after = index.statements_of([hit.passage + 1 for hit in silent]) if silent else {}
    for hit in silent:  # the passages of a note are numbered one after another
        rows[hit.passage] = [row for row in after.get(hit.passage + 1, ()) if row.note == hit.note]
    return [
        Passage(hit.score, _candidates(number, hit, rows.get(hit.passage, ()), analyzer))
        for number, hit in enumerate(hits)
    ]


def _candidates(
    number: int, hit: Hit, rows: Sequence[StatementRow], analyzer: Analyzer
) -> tuple[Candidate, ...]:
    out: list[Candidate] = []
    contexts: dict[tuple[tuple[str, ...], str], frozenset[str]] = {}
    file_name = _SPLIT.sub(" ", PurePosixPath(hit.note).stem)
    heads = _heads(rows)
    for row in rows:
        if row.end - row.start > _LONGEST:
            continue
        text = plain(row.text)
        terms = tuple(analyzer.terms(text))
        bag = frozenset(terms)
        if bag <= stop_terms():
            continue
        head = heads.get(row.block)
        columns = plain(head.text) if head is not None and head is not row else ""
        context = contexts.get((row.heading, columns))
        if context is None:
            above = " ".join((hit.title, file_name, *row.heading, columns))
            context = contexts[row.heading, columns] = frozenset(analyzer.terms(above))
        out.append(
            Candidate(
                statement=row.id,
                note=row.note,
                title=hit.title,
                line=row.line,
                span=Span(row.start, row.end),
                quote=row.text,
                text=text,
                heading=row.heading,
                terms=terms,
                bag=bag,
                passage=number,
                position=len(out),
                context=context,
            )
        )
    return tuple(out)


def _heads(rows: Sequence[StatementRow]) -> dict[int, StatementRow]:
    """Block of a table -> its head: the row that the line of dashes parts from the next one."""
    tables: dict[int, list[StatementRow]] = {}
    for row in rows:
        if row.kind == "row":
            tables.setdefault(row.block, []).append(row)
    return {
        block: found[0]
        for block, found in tables.items()
        if len(found) > 1 and found[1].line == found[0].line + 2 and len(found[0].text) <= _LONGEST
    }
