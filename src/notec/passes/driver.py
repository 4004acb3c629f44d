"""Walks the passes, one after the other: notes in, a program out.

What a pass has found out is handed to `keep` before the next one begins: a run that ends early loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from notec.core import Diagnostic, NotecError, Outcome, Severity
from notec.passes import architecture, build, code, pseudocode, requirements, tests
from notec.passes.context import Context
from notec.passes.ir import Program
from notec.passes.slot import NeedsModel, Stopped
from notec.passes.verify import verify


@dataclass(frozen=True)
class Pass:
    """A pass and its name."""

    name: str
    run: Callable[[Context, Program], Outcome[Program]]


PASSES: tuple[Pass, ...] = (
    Pass(requirements.NAME, requirements.run),
    Pass(architecture.NAME, architecture.run),
    Pass(pseudocode.NAME, pseudocode.run),
    Pass(tests.NAME, tests.run),
    Pass(code.NAME, code.run),
    Pass(build.NAME, build.run),
)


@dataclass(frozen=True)
class Driven:
    """How far a run came.

    Args:
        finished: names of the passes that ran to their end, in order.
        stopped: why it ended before its time: `cancelled`, `stalled` ..., `no-model`, or empty.
    """

    program: Program
    finished: tuple[str, ...]
    stopped: str = ""


def drive(
    context: Context, *, stop_after: str = "", keep: Callable[[str, Program], None] | None = None
) -> Outcome[Driven]:
    """Run the passes in order.

    Args:
        stop_after: name of the last pass to run; empty for all.
        keep: given the name of each pass that is finished and the program then.
    """
    program = Program()
    finished: list[str] = []
    said: list[Diagnostic] = []
    for each in PASSES:
        try:
            outcome = each.run(context, program)
        except NeedsModel as missing:
            return Outcome(
                Driven(program, tuple(finished), "no-model"),
                (*said, _no_model(each.name, str(missing), finished)),
            )
        except Stopped as stop:
            said += [*stop.diagnostics, _stopped(stop.finish, each.name)]
            return Outcome(Driven(program, tuple(finished), stop.finish), tuple(said))
        program = outcome.value
        wrong = verify(program)
        said += [*outcome.diagnostics, *wrong]
        finished.append(each.name)
        if keep is not None:
            keep(each.name, program)
        if wrong or any(d.severity is Severity.ERROR for d in outcome.diagnostics):
            return Outcome(Driven(program, tuple(finished), each.name), tuple(said))
        if each.name == stop_after:
            break
    return Outcome(Driven(program, tuple(finished)), tuple(said))


def pass_named(name: str) -> str:
    """The name of a pass.

    Raises:
        NotecError: there is none.
    """
    names = [p.name for p in PASSES]
    if name not in names:
        raise NotecError(f"no pass {name!r}", "one of: " + ", ".join(names))
    return name


def _no_model(name: str, missing: str, finished: list[str]) -> Diagnostic:
    message = f"{name} needs a model (for {missing}), and none is configured; finished without one: "
    way = "set `model.url` or `model.path` in notec.toml, and run the same command again"
    return Diagnostic("no-model", Severity.WARNING, message + ", ".join(finished), "", notes=(way,))


def _stopped(finish: str, name: str) -> Diagnostic:
    why = {
        "cancelled": "stopped as you asked",
        "stalled": "the model wrote nothing for too long",
        "cut": "the connection to the model broke",
        "failed": "the model's server reported an error",
    }.get(finish, f"the reply ended with {finish}")
    message = f"{name}: {why}; what was finished is kept, and the same command goes on from there"
    return Diagnostic("stopped", Severity.WARNING, message, "")
