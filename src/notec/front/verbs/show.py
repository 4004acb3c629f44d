"""`notec show`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notec.front.session import Session

NAME = "show"
EXAMPLE = """notec --vault ~/vault show 3k9t0w2m5xqa
notec show 'Hardware/Memory bandwidth.md'
notec show 'Hardware/Memory bandwidth.md:12'"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="id of a statement, or a note with an optional :LINE")


def run(session: Session) -> int:
    from notec.front.render import statement_text

    statements = session.workspace.show(session.options.id)
    for statement in statements:
        session.data(statement._asdict()) if session.json else session.out(statement_text(statement))
    if not statements:
        print(f"no statement stands at {session.options.id!r}", file=sys.stderr)
    return 0 if statements else 1
