"""Walks the passes, one after the other: notes in, a program out.

What a pass has found out is handed to `keep` before the next one begins: a run that ends early loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from notec.core import Diagnostic, NotecError, Outcome, Severity
from notec.passes import architecture, build, code, pseudocode, requirements, tests
from notec.passes.context import Context
from notec.passes.ir import Program
from notec.passes.mend import mended
from notec.passes.merge import changed, clashes, merged
from notec.passes.slot import NeedsModel, Stopped
from notec.passes.verify import verify


@dataclass(frozen=True)
class Pass:
    """A pass, its name, and the part of the program that the user may edit afterwards."""

    name: str
    run: Callable[[Context, Program], Outcome[Program]]
    part: str = ""


PASSES: tuple[Pass, ...] = (
    Pass(requirements.NAME, requirements.run, "requirements"),
    Pass(architecture.NAME, architecture.run, "architecture"),
    Pass(pseudocode.NAME, pseudocode.run, "procedures"),
    Pass(tests.NAME, tests.run),
    Pass(code.NAME, code.run),
    Pass(build.NAME, build.run),
)


@dataclass(frozen=True)
class Driven:
    """How far a run came.

    Args:
        program: with the user's edits. made: what the passes made, without them.
        finished: names of the passes that ran to their end, in order.
        stopped: why it ended before its time: `cancelled`, `stalled` ..., `no-model`, or empty.
    """

    program: Program
    made: Program
    finished: tuple[str, ...]
    stopped: str = ""


Keep = Callable[[str, Program, Program], None]
"""Is given the name of each pass that is finished, the program then, and what of it the passes made."""


def drive(context: Context, *, stop_after: str = "", keep: Keep | None = None) -> Outcome[Driven]:
    """Run the passes in order.

    Args:
        stop_after: name of the last pass to run; empty for all.
    """
    program = made = Program()
    finished: list[str] = []
    said: list[Diagnostic] = []
    stopped = ""
    for each in PASSES:
        try:
            outcome = each.run(context, program)
        except NeedsModel as missing:
            stopped = "no-model"
            said.append(_no_model(each.name, str(missing)))
            break
        except Stopped as stop:
            stopped = stop.finish
            said += [*stop.diagnostics, _stopped(stop.finish, each.name)]
            break
        made = _with(made, each.part, outcome.value)
        program = _edited(context, each.part, outcome.value)
        wrong = verify(program)
        said += [*outcome.diagnostics, *_edits(context, each, outcome.value), *wrong]
        finished.append(each.name)
        if keep is not None:
            keep(each.name, program, made)
        if wrong or any(d.severity is Severity.ERROR for d in outcome.diagnostics):
            stopped = "error"
            break
        if each.name == stop_after:
            break
    return Outcome(Driven(program, made, tuple(finished), stopped), tuple(said))


def _with(program: Program, part: str, other: Program) -> Program:
    """A program with one part of another one; all of it where no part is named."""
    return replace(program, **{part: getattr(other, part)}) if part else program


def _edited(context: Context, part: str, program: Program) -> Program:
    """A program with what the user edited in the part that a pass has just made."""
    if not part:
        return program
    base, his = getattr(context.made, part), getattr(context.last, part)
    kept: Any = merged(base, his, getattr(program, part))
    if part == "architecture":
        kept = mended(kept, program.requirements)
    return replace(program, **{part: kept})


def _edits(context: Context, each: Pass, program: Program) -> tuple[Diagnostic, ...]:
    """Says what is the user's own in the output of a pass, and what of it would be otherwise now."""
    if not each.part:
        return ()
    base, his, new = (getattr(one, each.part) for one in (context.made, context.last, program))
    ids = changed(base, his)
    if not ids:
        return ()
    message = f"{each.name}: what you changed is kept as you wrote it: {', '.join(ids)}"
    said = [Diagnostic("edit-kept", Severity.INFO, message, "")]
    for name, parts in clashes(base, his, new):
        what = f"the {' and '.join(parts)} of {name}"
        message = f"{each.name}: you changed {what}, and so would this run; yours stays"
        found = Diagnostic("edit-conflict", Severity.WARNING, message, "")
        if each.part == "requirements":
            now = program.requirement(name)
            place = now.because[0]
            told = (f"the note asks now: {now.text}",)
            found = replace(found, note=place.note, line=place.line, span=place.span, notes=told)
        said.append(found)
    return tuple(said)


def pass_named(name: str) -> str:
    """The name of a pass.

    Raises:
        NotecError: there is none.
    """
    names = [p.name for p in PASSES]
    if name not in names:
        raise NotecError(f"no pass {name!r}", "one of: " + ", ".join(names))
    return name


def _no_model(name: str, missing: str) -> Diagnostic:
    names = [p.name for p in PASSES]
    at = names.index(name)
    done = f"finished without one: {', '.join(names[:at])}; " if at else ""
    message = (
        f"{name} needs a model (for: {missing}), and none is configured; {done}"
        f"still to be done: {', '.join(names[at:])}"
    )
    way = "set `model.url` or `model.path` in notec.toml, and run the same command again"
    return Diagnostic("no-model", Severity.WARNING, message, "", notes=(way,))


def _stopped(finish: str, name: str) -> Diagnostic:
    why = {
        "cancelled": "stopped as you asked",
        "stalled": "the model wrote nothing for too long",
        "cut": "the connection to the model broke",
        "failed": "the model's server reported an error",
    }.get(finish, f"the reply ended with {finish}")
    message = f"{name}: {why}; what was finished is kept, and the same command goes on from there"
    return Diagnostic("stopped", Severity.WARNING, message, "")
