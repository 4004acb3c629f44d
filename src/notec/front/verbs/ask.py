"""`notec ask`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from notec.front.verbs.search import add_filters, filters_of

if TYPE_CHECKING:
    from notec.front.session import Session

NAME = "ask"
EXAMPLE = """notec --vault ~/vault ask 'does it make sense to run a very large model at home?'
notec ask --mode compose 'what did we decide, and why?' --save
notec ask --from questions.txt --json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="*", metavar="QUESTION", help="in any words, Russian or English")
    parser.add_argument(
        "--from", dest="source", metavar="FILE", help="one question a line; - is standard input"
    )
    parser.add_argument(
        "--mode",
        choices=("select", "compose"),
        default="select",
        help="select: only statements of the vault (default); compose: a model writes, each claim is checked",
    )
    parser.add_argument("--limit", type=int, default=5, metavar="N", help="at most N claims (default 5)")
    parser.add_argument(
        "--save", action="store_true", help="also write the answer into notec's folder of the vault"
    )
    add_filters(parser)


def run(session: Session) -> int:
    from notec.front.render import answer_text

    options = session.options
    refused = False
    for number, question in enumerate(session.queries(options.words)):
        answer = session.workspace.ask(
            question, mode=options.mode, limit=options.limit, **filters_of(options)
        )
        refused = refused or answer.refused
        saved = session.workspace.save(answer) if options.save else ""
        if session.json:
            session.data({**answer.to_json(), **({"saved": saved} if saved else {})})
        else:
            if number:
                session.out()
            session.out(answer_text(answer))
        session.warn(answer.diagnostics)
        if saved:
            session.say(f"saved as {saved}")
    return 1 if refused else 0
