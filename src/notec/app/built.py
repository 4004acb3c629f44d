"""What a build shows of itself: the trace and the report of what lies in its folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from notec.core import Diagnostic, Doc
    from notec.passes.ir import Program
    from notec.passes.output import Written
    from notec.passes.trace import Trace


class Shown(NamedTuple):
    """`trace.json`, `TRACE.html` and `REPORT.md`, and the trace as a value."""

    files: dict[str, str]
    trace: Trace


def show(
    program: Program,
    written: Sequence[Written],
    docs: Sequence[Doc],
    *,
    title: str,
    language: str,
    said: Sequence[Diagnostic],
) -> Shown:
    """Trace and report.

    Args:
        written: by each pass, in their order.
        docs: the notes that were compiled.
        said: of the whole run.
    """
    from notec.passes import python, report, trace_page
    from notec.passes.pages import NAMES, pages
    from notec.passes.trace import trace

    texts = {path: text for one in written for path, text in one.texts.items()}
    made = {p: t for name in NAMES for p, t in pages(name, program, title, language).items() if p in texts}
    code = [file for file in python.project(program, python.package_name(title)) if file.path in texts]
    traced = trace(program, code, made, texts)
    files = trace_page.files(traced, texts, docs, title, language)
    conflicts = {path for one in written for path in one.conflicts if path in traced.lines}
    edited = {path for one in written for path in one.edited if path in traced.lines} - conflicts
    page = report.page(
        program, title, language, edited=sorted(edited), conflicts=sorted(conflicts), said=said
    )
    return Shown(files | {report.PATH: page}, traced)
