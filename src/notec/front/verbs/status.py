"""`notec status`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notec.front.session import Session

NAME = "status"
EXAMPLE = "notec --vault ~/vault status"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    del parser


def run(session: Session) -> int:
    from notec.front.render import status_text

    status = session.workspace.status()
    session.data(status) if session.json else session.out(status_text(status))
    return 0
