"""`notec research`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notec.front.session import Session

NAME = "research"
EXAMPLE = """notec --vault ~/vault research 'Ideas/Giant at home.md'
notec research 'Giant at home' --approve Qwen3-235B --approve DDR5 > questions.md"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("note", help="path inside the vault, or the note's name")
    parser.add_argument(
        "--approve",
        action="append",
        default=[],
        metavar="WORD",
        help="a withheld word or phrase that may leave; can be given several times",
    )
    parser.add_argument(
        "--save", action="store_true", help="also write the brief into notec's folder of the vault"
    )


def run(session: Session) -> int:
    """Standard output has what may leave, and nothing else; what is withheld goes to standard error."""
    from notec.front.render import printable

    options = session.options
    research = session.workspace.research(options.note, approve=options.approve)
    saved = session.workspace.save(research) if options.save and research.aspects else ""
    if session.json:
        session.data({**research.to_json(), **({"saved": saved} if saved else {})})
    else:
        print(research.markdown(), end="")
        if research.withheld:
            print("withheld; let one pass with --approve WORD:", file=sys.stderr)
        for item in research.withheld:
            print(printable(f"  {item.kind:<10}  {item.text}  ({item.place})"), file=sys.stderr)
    session.warn(research.diagnostics)
    if saved:
        session.say(f"saved as {saved}")
    return 0 if research.aspects else 1
