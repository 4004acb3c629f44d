"""`notec index`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notec.front.session import Session

NAME = "index"
EXAMPLE = "notec --vault ~/vault index\nnotec --vault ~/vault index --watch"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--watch", action="store_true", help="stay, and take in each change as it is saved")
    parser.add_argument(
        "--rebuild",
        action="store_true",
        help="read every note again, whatever the index says (nothing is lost)",
    )
    parser.add_argument(
        "--paranoid", action="store_true", help="also build from scratch and compare; slow, for when in doubt"
    )


def run(session: Session) -> int:
    from notec.front.progress import progress_bar
    from notec.front.render import report_text

    options = session.options
    with progress_bar() as progress:
        report = session.workspace.index(
            progress=progress, rebuild=options.rebuild, paranoid=options.paranoid
        )
    session.data(report.to_json()) if session.json else session.out(report_text(report))
    session.warn(report.diagnostics)
    if options.watch:
        session.say("watching; Ctrl-C ends it")
        for change in session.workspace.watch():
            session.data(change.to_json()) if session.json else session.out(report_text(change))
            session.warn(change.diagnostics)
    return 1 if any(d.severity == "error" for d in report.diagnostics) else 0
