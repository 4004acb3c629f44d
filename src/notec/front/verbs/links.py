"""`notec links`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notec.front.session import Session

NAME = "links"
EXAMPLE = "notec --vault ~/vault links 'Giant at home'"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("note", help="path inside the vault, or the note's name")


def run(session: Session) -> int:
    from notec.front.render import links_text

    links = session.workspace.links(session.options.note)
    session.data(links.to_json()) if session.json else session.out(links_text(links))
    return 0
