"""`notec models`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notec.front.session import Session

NAME = "models"
EXAMPLE = """notec models
notec models ~/more-models --known"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folders", nargs="*", metavar="FOLDER", help="further folders to look into")
    parser.add_argument("--known", action="store_true", help="list the models of the catalogue instead")


def run(session: Session) -> int:
    from notec.app.planning import catalogue, local_models
    from notec.front.plan_text import known_text, local_text

    if session.options.known:
        known = catalogue()
        if session.json:
            for entry in known:
                session.data(entry)
        else:
            session.out(known_text(known))
        return 0
    found = local_models(session.options.folders)
    if session.json:
        for item in found:
            session.data(item.to_json())
    else:
        session.out(local_text(found))
    return 0
