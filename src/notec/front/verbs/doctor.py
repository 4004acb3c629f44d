"""`notec doctor`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notec.front.session import Session

NAME = "doctor"
EXAMPLE = "notec --vault ~/vault doctor"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    del parser


def run(session: Session) -> int:
    """Prints each check; exit code 1 when one of them failed."""
    from notec.app.doctor import examine

    options = session.options
    fine = True
    for finding in examine(options.vault, options.home):
        fine = fine and finding.state != "failed"
        if session.json:
            session.data({"check": finding.check, "state": finding.state, "message": finding.message})
        else:
            session.out(f"{finding.state:<8} {finding.check:<12} {finding.message}")
    return 0 if fine else 1
