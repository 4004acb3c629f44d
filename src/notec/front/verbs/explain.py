"""`notec explain`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notec.front.session import Session

NAME = "explain"
EXAMPLE = "notec explain unresolved-link"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("code", help="the word in brackets of a finding; `notec check --list` shows all")


def run(session: Session) -> int:
    from notec.app.checking import find_rule
    from notec.front.check_text import rule_page

    rule = find_rule(session.options.code)
    if session.json:
        names = ("code", "severity", "summary", "why", "mend", "example")
        session.data({name: getattr(rule, name) for name in names})
    else:
        session.out(rule_page(rule).rstrip("\n"))
    return 0
