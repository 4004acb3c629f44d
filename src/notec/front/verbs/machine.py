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
    """Exit code 1 when something disturbed the calibration, which then is not kept."""
    from notec.app.planning import keep_machine, known_machine
    from notec.core import Diagnostic, Severity
    from notec.front.plan_text import machine_text

    machine, wrong = known_machine(again=True), ""
    if session.options.calibrate:
        from notec.app.planning import calibrate

        better, lines, wrong = calibrate(machine, session.say)
        if not session.json:
            for line in lines:
                session.out(line)
        if wrong:
            text = f"not kept: {wrong}; calibrate again when nothing else runs"
            session.warn((Diagnostic("calibration-disturbed", Severity.WARNING, text, "this machine"),))
        else:
            machine = better
            place = keep_machine(machine)
            if not session.json:
                session.out(f"kept in {place}")
    session.data(machine.to_json()) if session.json else session.out(machine_text(machine))
    return 1 if wrong else 0
