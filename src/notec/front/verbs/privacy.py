"""`notec privacy`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notec.front.session import Session

NAME = "privacy"
EXAMPLE = "notec --vault ~/vault privacy"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--question", default="what did I decide, and why?", help="asked of the vault")


def run(session: Session) -> int:
    """Explain, then prove; exit code 1 where a verb named another machine."""
    from notec.app.privacy import SAYS, proofs

    if not session.json:
        for line in SAYS:
            session.out(f"* {line}")
        session.out("\nThe proof, on this machine and this vault:")
    kept = True
    for proof in proofs(session.workspace, session.options.question):
        kept = kept and proof.kept
        if session.json:
            session.data({**asdict(proof), "kept": proof.kept})
        else:
            named = ", ".join(proof.addresses) or "no other machine"
            ended = "" if proof.code in (0, 1) else f"; it ended with {proof.code}"
            state = "kept" if proof.kept else "BROKEN"
            session.out(f"  {state:<6}  {proof.verb:<8} named {named}{ended}   ({proof.way})")
        sys.stdout.flush()
    return 0 if kept else 1
