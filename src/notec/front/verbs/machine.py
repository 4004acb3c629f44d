"""`notec machine`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notec.front.session import Session

NAME = "machine"
EXAMPLE = """notec machine
notec machine --calibrate"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--calibrate",
        action="store_true",
        help="run small generated models for about a minute, and correct later plans by what they reach",
    )


def run(session: Session) -> int:
    from notec.app.planning import keep_machine, known_machine
    from notec.front.plan_text import machine_text

    machine = known_machine(again=True)
    if session.options.calibrate:
        from notec.app.planning import calibrate

        machine, lines = calibrate(machine, session.say)
        place = keep_machine(machine)
        if not session.json:
            for line in lines:
                session.out(line)
            session.out(f"kept in {place}")
    session.data(machine.to_json()) if session.json else session.out(machine_text(machine))
    return 0
