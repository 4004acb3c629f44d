"""`notec check`."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from notec.core import Diagnostic, NotecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notec.front.check_text import Source
    from notec.front.session import Session

NAME = "check"
EXAMPLE = """notec --vault ~/vault check
notec check --select unresolved-link --fix --diff
notec check --format sarif > notes.sarif"""
FORMATS = ("full", "concise", "json", "sarif", "github")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--list", action="store_true", help="show all rules, and check nothing")
    parser.add_argument("--format", choices=FORMATS, default="full", help="how findings are shown")
    parser.add_argument("--select", action="append", metavar="CODE", help="only this rule (can be repeated)")
    parser.add_argument("--ignore", action="append", metavar="CODE", help="not this rule (can be repeated)")
    parser.add_argument(
        "--deep", action="store_true", help="also what only a model can see; may take a night"
    )
    parser.add_argument(
        "--pairs", type=int, default=2000, metavar="N", help="statements that --deep compares (default: 2000)"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="with --deep: what would be asked, and how long it would take"
    )
    parser.add_argument("--watch", action="store_true", help="stay, and say what appears and what goes away")
    mending = parser.add_argument_group("mending")
    mending.add_argument("--fix", action="store_true", help="put in the fixes that cannot change a meaning")
    mending.add_argument(
        "--unsafe-fixes", action="store_true", help="put in the others too; look at the diff"
    )
    mending.add_argument("--diff", action="store_true", help="show what fixes would change; write nothing")
    known = parser.add_argument_group("what is known")
    known.add_argument("--baseline", metavar="FILE", help="leave out the findings that this file knows")
    known.add_argument(
        "--write-baseline", action="store_true", help="make that file of what is found now, and end"
    )


def run(session: Session) -> int:
    from notec.app.checking import rules
    from notec.front.check_text import Source, rule_line

    options = session.options
    if options.list:
        for rule in rules():
            data = {"code": rule.code, "severity": rule.severity, "summary": rule.summary, "deep": rule.deep}
            session.data(data) if session.json else session.out(rule_line(rule))
        return 0
    if options.write_baseline and not options.baseline:
        raise NotecError("--write-baseline needs the file's name", "add --baseline FILE")
    shown = "json" if session.json else options.format
    if options.dry_run and not options.deep:
        raise NotecError("--dry-run is for --deep", "without a model nothing takes long; leave it out")
    if options.pairs < 0:
        raise NotecError(f"--pairs {options.pairs}: cannot compare so many", "a number from 0 on")
    if options.watch and options.deep:
        raise NotecError("--watch asks no model", "run --deep by itself, overnight")
    if options.watch and (shown == "sarif" or options.fix or options.unsafe_fixes):
        raise NotecError("--watch only tells", "mend in a run of its own; choose another --format")
    _narrow(session)
    if options.dry_run:
        return _forecast(session)
    source = Source(session.workspace.text)
    found = _checked(session, source)
    if options.write_baseline:
        from notec.app.baseline import write_baseline

        count = write_baseline(Path(options.baseline), found, source.line_text)
        session.out(f"{options.baseline}: {count:,} findings are known from now on")
        return 0
    if options.fix or options.unsafe_fixes or options.diff:
        found = _mended(session, found)
        source = Source(session.workspace.text)
        if options.diff:
            return _exit_code(found)
    _show(session, shown, found, source)
    if options.watch:
        _watch(session, shown, found)
    return _exit_code(found)


def _exit_code(found: Sequence[Diagnostic]) -> int:
    """1 for findings of level error; else 2 where a deep check could not run to its end."""
    if any(d.severity == "error" for d in found):
        return 1
    return 2 if any(d.code == "deep-stopped" for d in found) else 0


def _narrow(session: Session) -> None:
    """The options stand in for the configuration's `select`, and add to its `ignore`."""
    from notec.app.checking import find_rule

    options, config = session.options, session.workspace.config
    select = tuple(find_rule(code).code for code in options.select or ()) or config.check.select
    ignore = config.check.ignore + tuple(find_rule(code).code for code in options.ignore or ())
    session.workspace.config = replace(config, check=replace(config.check, select=select, ignore=ignore))


def _checked(session: Session, source: Source, update: bool = True) -> list[Diagnostic]:
    from notec.app.baseline import only_new, read_baseline
    from notec.front.progress import progress_bar

    options = session.options
    known = read_baseline(Path(options.baseline)) if options.baseline and not options.write_baseline else None
    with progress_bar() as progress:
        found = session.workspace.check(options.deep, progress=progress, update=update, pairs=options.pairs)
    if not session.workspace.vault.is_dir():  # half of the notes would be told of as missing
        hint = "bring it back (is its disk mounted?) and start again"
        raise NotecError(f"{session.workspace.vault}: the vault is not there any more", hint)
    return found if known is None else only_new(found, known, source.line_text)


def _forecast(session: Session) -> int:
    from notec.front.check_text import forecast_text
    from notec.front.progress import progress_bar

    with progress_bar() as progress:
        told = session.workspace.forecast(progress=progress, pairs=session.options.pairs)
    session.data(told.to_json()) if session.json else session.out(forecast_text(told))
    return 0


def _mended(session: Session, found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Put fixes in, or show them; gives the findings that are left."""
    from notec.app.mending import write_mended
    from notec.front.check_text import Source, diff, fix_line

    options, workspace = session.options, session.workspace
    mending = workspace.mend(found, ("safe", "unsafe") if options.unsafe_fixes else ("safe",))
    quiet = session.json or options.format in ("json", "sarif", "github")
    refused = list(mending.refused)
    for mended in mending.notes:
        if options.diff:
            session.out(diff(mended.note, mended.before, mended.after))
        elif reason := write_mended(workspace.vault, mended):
            refused.append(reason)
        elif not quiet:
            for fix in mended.fixes:
                session.out(f"mended {fix_line(mended.note, fix)}")
    for reason in refused:
        print(f"notec: {reason}", file=sys.stderr)
    if options.diff:
        return list(found)
    return _checked(session, Source(workspace.text))


def _show(session: Session, shown: str, found: Sequence[Diagnostic], source: Source) -> None:
    from notec.app.checking import rules
    from notec.front.check_data import github, sarif
    from notec.front.check_text import concise, full, summary

    if shown == "sarif":
        session.data(sarif(found, rules(), source))
        return
    for item in found:
        if shown == "json":
            session.data(item.to_json())
        elif shown == "github":
            session.out(github(item, source))
        else:
            session.out(concise(item, source) if shown == "concise" else full(item, source) + "\n")
    if shown == "full":
        session.out(summary(found))


def _watch(session: Session, shown: str, found: list[Diagnostic]) -> None:
    """Say what appears and what goes away, until Ctrl-C."""
    from notec.front.check_text import Source, concise

    sys.stdout.flush()
    session.say("watching; Ctrl-C ends it")
    before = found
    for _ in session.workspace.watch():
        source = Source(session.workspace.text)
        now = _checked(session, source, update=False)
        for sign, items in (("gone", _only_in(before, now)), ("new", _only_in(now, before))):
            for item in items:
                if shown == "json":
                    session.data({"change": sign, **item.to_json()})
                elif sign == "new":
                    session.out(f"+ {concise(item, source)}")
                else:  # the text that its column was of is no more
                    session.out(f"- {concise(replace(item, span=None), source)}")
        sys.stdout.flush()
        before = now


def _only_in(some: Sequence[Diagnostic], others: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The findings that the others lack, wherever in their notes; most are the very same objects."""
    kept, mine = set(map(id, others)), set(map(id, some))
    left = Counter(_apart_from_lines(item) for item in others if id(item) not in mine)
    out = []
    for item in some:
        if id(item) not in kept:
            left[_apart_from_lines(item)] -= 1
            if left[_apart_from_lines(item)] < 0:
                out.append(item)
    return out


def _apart_from_lines(item: Diagnostic) -> tuple[str, str, str]:
    """What makes a finding the same after an edit above it."""
    return item.code, item.note, item.message
