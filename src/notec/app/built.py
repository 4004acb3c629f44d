"""The folder of a build: who may write there, what a run writes last, and what the build shows of itself."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from notec.core import NotecError, digest

if TYPE_CHECKING:
    from notec.core import Diagnostic, Doc
    from notec.passes.ir import Program
    from notec.passes.output import Output, Written
    from notec.passes.trace import Trace


class Shown(NamedTuple):
    """`trace.json`, `TRACE.html` and `REPORT.md`, and the trace as a value."""

    files: dict[str, str]
    trace: Trace


def alone(home: Path, place: Path, stack: ExitStack) -> None:
    """Keep every other notec of this home out of a build folder until `stack` ends, or this process does.

    Raises:
        NotecError: another one builds there.
    """
    from notec.index.lock import BusyError, WriterLock

    try:
        stack.enter_context(WriterLock(home / "builds" / digest(str(place))))
    except BusyError:
        way = "wait for it to end, or stop it: `notec jobs` lists those in the background"
        raise NotecError(f"another notec builds in {place}", way) from None


def coming(output: Output, files: dict[str, str], ended: str) -> dict[str, str]:
    """The files of the project that are to be written after a run.

    One that broke off has not come to all bodies and tests: what lies there from the last run stays.

    Args:
        ended: the pass that the run was to end with, and did; empty where it broke off.
    """
    if ended not in ("", "tests"):
        return files
    mine = {path for path in files if ended and path.startswith("tests/")}
    return {path: text for path, text in files.items() if path in mine or output.made(path) is None}


def show(
    program: Program,
    output: Output,
    written: Sequence[Written],
    docs: Sequence[Doc],
    *,
    title: str,
    language: str,
    said: Sequence[Diagnostic],
) -> Shown:
    """Trace and report.

    Args:
        program: what lies in the folder. written: by this run, in order.
        docs: the notes that were compiled.
        said: of the whole run.
    """
    from notec.passes import python, report, trace_page
    from notec.passes.pages import NAMES, pages
    from notec.passes.trace import trace

    made = {path: text for name in NAMES for path, text in pages(name, program, title, language).items()}
    code = python.project(program, python.package_name(title))
    texts = {path: output.read(path) for path in (*made, *(file.path for file in code))}
    there = {path: text for path, text in texts.items() if text is not None}
    made = {path: text for path, text in made.items() if path in there}
    traced = trace(program, [file for file in code if file.path in there], made, there)
    files = trace_page.files(traced, there, docs, title, language)
    conflicts = {path for one in written for path in one.conflicts}
    edited = {path for one in written for path in one.edited} - conflicts
    page = report.page(
        program, title, language, edited=sorted(edited), conflicts=sorted(conflicts), said=said
    )
    return Shown(files | {report.PATH: page}, traced)
