"""`notec brief`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notec.front.session import Session

NAME = "brief"
EXAMPLE = "notec --vault ~/vault brief 'Ideas/Giant at home.md'\nnotec brief 'Giant at home' --save"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("note", help="path inside the vault, or the note's name")
    parser.add_argument(
        "--save", action="store_true", help="also write the brief into notec's folder of the vault"
    )


def run(session: Session) -> int:
    brief = session.workspace.brief(session.options.note)
    session.data(brief.to_json()) if session.json else session.out(brief.markdown().rstrip("\n"))
    session.warn(brief.diagnostics)
    if session.options.save:
        session.say(f"saved as {session.workspace.save(brief)}")
    return 1 if brief.refused else 0
