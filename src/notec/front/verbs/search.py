"""`notec search`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notec.front.session import Session

NAME = "search"
EXAMPLE = """notec --vault ~/vault search 'memory bandwidth'
notec search '"exact phrase" tag:hardware path:projects/' --limit 5
notec search --from queries.txt --json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words", nargs="*", metavar="QUERY", help='words, "exact phrases", title:word, tag:word'
    )
    parser.add_argument("--from", dest="source", metavar="FILE", help="one query a line; - is standard input")
    parser.add_argument("--limit", type=int, default=10, metavar="N", help="at most N passages (default 10)")
    add_filters(parser)
    parser.add_argument(
        "--graph", choices=("auto", "on", "off"), help="walk links and shared terms (default: auto)"
    )


def add_filters(parser: argparse.ArgumentParser) -> None:
    """The options that narrow a search."""
    group = parser.add_argument_group("filters")
    group.add_argument("--folder", metavar="PATH", help="only notes below this folder of the vault")
    group.add_argument("--tag", metavar="TAG", help="only notes with this tag or one nested in it")
    group.add_argument("--since", metavar="DATE", help="only notes of this day or later (2025-01-31)")
    group.add_argument("--until", metavar="DATE", help="only notes of this day or earlier")
    group.add_argument("--language", choices=("ru", "en"), help="only notes in this language")
    group.add_argument("--role", choices=("user", "assistant"), help="only what this side of a chat said")


def run(session: Session) -> int:
    from notec.front.render import hit_text

    options = session.options
    found = True
    many = options.source is not None
    for query in session.queries(options.words):
        hits = session.workspace.search(
            query, limit=options.limit, graph=options.graph, **filters_of(options)
        )
        found = found and bool(hits)
        if session.json and many:
            session.data({"query": query, "hits": [hit.to_json() for hit in hits]})
        elif session.json:
            for hit in hits:
                session.data(hit.to_json())
        else:
            if many:
                session.out(f"# {query}")
            for rank, hit in enumerate(hits, 1):
                session.out(hit_text(rank, hit))
            if not hits:
                session.out("nothing found")
    session.warn(session.workspace.warnings)
    return 0 if found else 1


def filters_of(options: argparse.Namespace) -> dict[str, str]:
    """The filters that were given."""
    names = ("folder", "tag", "since", "until", "language", "role")
    return {name: value for name in names if (value := getattr(options, name)) is not None}
