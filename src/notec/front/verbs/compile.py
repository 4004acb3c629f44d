"""`notec compile`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from notec.app.compiling import Build
    from notec.front.session import Session

NAME = "compile"
EXAMPLE = """notec --vault ~/vault compile 'Ideas/Word count.idea' --out ~/builds/word-count
notec compile Ideas/shop --out ~/builds/shop --dry-run
notec compile 'Word count' --out ~/builds/word-count --stop-after requirements"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("idea", help="a note, .idea or .pseudo, or a folder of them; a path or a note's name")
    parser.add_argument("--out", default="build", metavar="FOLDER", help="build folder, never in the vault")
    parser.add_argument("--stop-after", metavar="PASS", default="", help="run no further than this pass")
    parser.add_argument("--dry-run", action="store_true", help="ask nothing; say what would be asked")
    parser.add_argument("--force", action="store_true", help="go on although the idea contradicts itself")


def run(session: Session) -> int:
    from notec.app.compiling import Wishes

    options = session.options
    wishes = Wishes(
        force=options.force,
        dry_run=options.dry_run,
        stop_after=options.stop_after,
        progress=session.say,
    )
    build = session.workspace.compile(options.idea, options.out, wishes=wishes)
    if session.json:
        session.data(build.to_json())
    else:
        _show(session, build)
    session.warn(build.diagnostics)
    worst = {str(d.severity) for d in build.diagnostics}
    return 1 if build.stopped or "error" in worst else 0


def _show(session: Session, build: Build) -> None:
    from notec.front.render import printable

    rows: list[tuple[str, ...]] = [(r.id, r.kind, r.priority, r.text, _place(r)) for r in build.requirements]
    for line in _table(("id", "kind", "priority", "requirement", "place"), rows):
        session.out(printable(line))
    if build.questions:
        session.out()
        session.out("Questions worth an answer first:")
        for question in build.questions:
            about = f" ({', '.join(question.requirements)})" if question.requirements else ""
            session.out(printable(f"  - {' '.join(question.text.split())}{about}"))
    if build.files:
        session.out()
        session.out(f"{len(build.files)} files in {build.out}")


def _place(requirement: Any) -> str:
    return f"{requirement.because[0].note}:{requirement.because[0].line}" if requirement.because else ""


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]], widest: int = 70) -> list[str]:
    """Rows under their headings; a long text is cut, the page holds it whole."""
    if not rows:
        return []
    cut = [tuple(c if len(c) <= widest else c[: widest - 1] + "…" for c in row) for row in (head, *rows)]
    widths = [max(len(row[i]) for row in cut) for i in range(len(head))]
    return ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in cut]
