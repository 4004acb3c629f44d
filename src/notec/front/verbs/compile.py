"""`notec compile`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from notec.core import NotecError

if TYPE_CHECKING:
    from notec.app.compiling import Build
    from notec.app.forecast import Forecast
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
    parser.add_argument(
        "--why", metavar="NODE", default="", help="an id; say why its steps would run again; run none"
    )
    parser.add_argument("--force", action="store_true", help="go on although the idea contradicts itself")
    parser.add_argument("--background", action="store_true", help="put it in the queue: see `notec jobs`")
    parser.add_argument("--replay", metavar="FILE", default="", help="take recorded replies, ask no model")


def run(session: Session) -> int:
    from notec.app.compiling import Wishes
    from notec.front.stopping import stopping
    from notec.models import Replay

    options = session.options
    if options.background:
        return _queue(session)
    with stopping() as cancel:
        wishes = Wishes(
            force=options.force,
            dry_run=options.dry_run,
            stop_after=options.stop_after,
            why=options.why,
            progress=session.say,
            cancel=cancel,
        )
        model = Replay(options.replay) if options.replay else None
        build = session.workspace.compile(options.idea, options.out, wishes=wishes, model=model)
    if session.json:
        session.data(build.to_json())
    elif options.why:
        session.out("\n".join(build.why))
    else:
        _show(session, build)
    session.warn(build.diagnostics)
    if build.forecast is not None:
        return 0
    if build.stopped == "cancelled":
        return 130
    open_ = any(r.state != "done" for r in build.results)
    return 1 if build.stopped or open_ or any(d.severity == "error" for d in build.diagnostics) else 0


def _queue(session: Session) -> int:
    """Add a job, and start a worker that outlives this terminal."""
    from notec.app.jobs import Jobs, Order

    options = session.options
    if options.dry_run or options.why:
        raise NotecError("--background has no use for --dry-run and --why", "leave one of them out")
    jobs = Jobs(session.workspace)
    order = Order(options.idea, options.out, options.stop_after, options.force, options.replay)
    number = jobs.add(order)
    process = jobs.start()
    if session.json:
        session.data({"job": number, "process": process, "log": jobs.log(number)})
        return 0
    session.out(
        f"{number}: in the background (process {process}); `notec jobs show {number[:4]}` says how far"
    )
    session.out("it outlives this terminal; after a reboot `notec jobs run` goes on with it")
    return 0


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
    if build.results and build.forecast is None:
        session.out()
        for result in build.results:
            session.out(printable(f"{result.requirement}: {result.state} ({result.why})"))
        states = [result.state for result in build.results]
        counts = (f"{states.count(s)} {s}" for s in ("done", "unverified", "open") if s in states)
        noun = "requirement" if len(states) == 1 else "requirements"
        session.out(f"{len(states)} {noun}: {', '.join(counts)}")
    if build.forecast is not None:
        session.out()
        session.out(_forecast(build.forecast))
    elif build.files:
        session.out()
        session.out(f"{len(build.files)} files in {build.out}")


def _forecast(found: Forecast) -> str:
    asked = ", ".join(f"{count} {step}" for step, count in found.requests.items())
    lines = [
        f"would ask the model {found.requests.total()} times ({asked})" if asked else "would ask nothing"
    ]
    if asked:
        lines.append(f"about {found.prompt_tokens:,} tokens to read and {found.reply_tokens:,} to write")
        if found.minutes is None:
            lines.append("minutes: not known before the model has answered a few times on this machine")
        else:
            lines.append(f"about {found.minutes:.1f} minutes at the speed measured on this machine")
    return "\n".join(lines)


def _place(requirement: Any) -> str:
    return f"{requirement.because[0].note}:{requirement.because[0].line}" if requirement.because else ""


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]], widest: int = 70) -> list[str]:
    """Rows under their headings; a long text is cut, the page holds it whole."""
    if not rows:
        return []
    cut = [tuple(c if len(c) <= widest else c[: widest - 1] + "…" for c in row) for row in (head, *rows)]
    widths = [max(len(row[i]) for row in cut) for i in range(len(head))]
    return ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in cut]
