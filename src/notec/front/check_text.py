"""Findings as text: with their lines and marks below them as rustc shows them, or on a line each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from notec.core import Diagnostic, Doc, Fix, Span
from notec.front.render import printable

if TYPE_CHECKING:
    from notec.app.deep import DeepForecast
    from notec.check import Rule

WIDTH = 120
_GRADES = {
    "safe": "--fix does it",
    "unsafe": "--unsafe-fixes does it",
    "display-only": "to be done by hand",
}


class Source:
    """The notes that findings point into.

    Args:
        text_of: the text of a note.
    """

    def __init__(self, text_of: Callable[[str], str]) -> None:
        self._doc = lru_cache(64)(lambda note: Doc(note, text_of(note)))

    def line_text(self, note: str, line: int) -> str:
        return self._doc(note).line_text(line) if note and line else ""

    def columns(self, note: str, line: int, span: Span | None) -> tuple[int, int]:
        """The first column of a place and the one past its last on its first line, from 1; (0, 0): none."""
        if span is None or not note or not line:
            return 0, 0
        doc = self._doc(note)
        if doc.line(span.start) != line:
            return 0, 0
        first = doc.column(span.start)
        stop = min(first + span.end - span.start, len(doc.line_text(line)) + 1)
        return first, max(stop, first + 1)


def place_of(item: Diagnostic, source: Source) -> str:
    """`note:line:column`."""
    parts = [item.note] if item.note else []
    if item.line:
        parts.append(str(item.line))
        if column := source.columns(item.note, item.line, item.span)[0]:
            parts.append(str(column))
    return printable(":".join(parts))


def concise(item: Diagnostic, source: Source) -> str:
    """A finding on one line."""
    place = place_of(item, source)
    return f"{place + ': ' if place else ''}{item.severity}[{item.code}] {_flat(item.message)}"


def full(item: Diagnostic, source: Source) -> str:
    """A finding with its lines."""
    gutter = " " * len(str(max([item.line, *(label.line for label in item.labels)])))
    lines = [f"{item.severity}[{item.code}]: {_flat(item.message)}"]
    if place := place_of(item, source):
        lines.append(f"{gutter}--> {place}")
    if item.line and (words := source.line_text(item.note, item.line)):
        lines += _marked(gutter, item.line, words, source.columns(item.note, item.line, item.span), "^")
    for label in item.labels:
        lines.append(f"{gutter}::: {printable(label.note)}:{label.line}")
        words = source.line_text(label.note, label.line)
        columns = source.columns(label.note, label.line, label.span)
        lines += _marked(gutter, label.line, words, columns, "-", message=_flat(label.message))
    lines += [f"{gutter} = note: {_flat(note)}" for note in item.notes]
    if item.fix and item.fix.message:
        lines.append(f"{gutter} = help: {_flat(item.fix.message)} ({_GRADES[item.fix.grade]})")
    return "\n".join(lines)


def _marked(
    gutter: str, number: int, words: str, columns: tuple[int, int], mark: str, *, message: str = ""
) -> list[str]:
    """A line of a note, cut to what can be read, with marks below its place."""
    from rich.cells import cell_len

    first, stop = columns
    start = max(first - 41, 0) if len(words) > WIDTH else 0
    shown = printable(words[start : start + WIDTH].replace("\t", " "))
    before = "… " if start else ""
    after = " …" if start + WIDTH < len(words) else ""
    lines = [f"{gutter} |", f"{number:>{len(gutter)}} | {before}{shown}{after}"]
    if first:
        end = min(stop - 1, start + WIDTH)
        indent = cell_len(before + printable(words[start : first - 1].replace("\t", " ")))
        width = max(cell_len(printable(words[first - 1 : end].replace("\t", " "))), 1)
        lines.append(f"{gutter} | {' ' * indent}{mark * width}{' ' + message if message else ''}")
    elif message:
        lines.append(f"{gutter} | {mark * 3} {message}")
    return lines


def summary(found: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`."""
    counts = {"error": 0, "warning": 0, "info": 0}
    for item in found:
        counts[item.severity] += 1
    words = {"error": "error", "warning": "warning", "info": "remark"}
    said = [f"{n:,} {words[kind]}{'s' * (n > 1)}" for kind, n in counts.items() if n]
    return ", ".join(said) or "nothing to say against it"


def rule_page(rule: Rule) -> str:
    """The page of a rule in Markdown; `notec explain` prints it, `docs/rules/` holds it."""
    example = rule.example.rstrip().encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return (
        f"# {rule.code}\n\n{rule.summary[0].upper()}{rule.summary[1:]}. Level: {rule.severity}.\n\n"
        f"## Why it is bad\n\n{rule.why}\n\n## How to mend it\n\n{rule.mend}\n\n"
        "## Example\n\nEach `## path` begins a note of a small vault.\n\n"
        f"````markdown\n{example}\n````\n\n"
        f"To silence it write `%% notec: ignore {rule.code} %%` on that line or the end of the line above;\n"
        "on a line of its own it holds for the whole note.\n"
    )


def rule_line(rule: Rule, width: int = 24) -> str:
    """A rule in the list of `notec check --list`."""
    return f"{rule.code:<{width}} {rule.severity:<8} {rule.summary}"


def forecast_text(told: DeepForecast) -> str:
    """What a deep check would take."""
    asked = told.questions
    beyond = f"; {told.left_out:,} more are alike, beyond --pairs" if told.left_out else ""
    left = asked.total() - told.known
    lines = [
        f"a deep check of {told.notes:,} notes ({told.statements:,} statements) would ask about",
        f"  pairs of statements that may contradict each other: {asked['contradiction']:,}{beyond}",
        f"  places that wait for something: {asked['gap']:,}",
        f"  pairs of names in specs: {asked['inconsistency']:,}",
        f"answered already: {told.known:,}; left: {left:,}, about {told.prompt_tokens:,} tokens to read"
        f" and {told.reply_tokens:,} to write",
    ]
    if not told.model:
        lines.append("no model is configured: set `model.url` or `model.path`; so nothing would be asked")
    elif told.speed is None or told.seconds is None:
        lines.append("how long that takes is not known: no reply of this model was timed on this machine yet")
    else:
        rate = (
            f"{told.speed.prefill:,.0f} tokens/s read and {told.speed.decode:,.1f} written, as measured here"
        )
        lines.append(f"at {rate}: about {_duration(told.seconds)}")
    return "\n".join(lines)


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return "a minute"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def diff(note: str, before: str, after: str) -> str:
    """What fixes change in a note, as a unified diff."""
    from difflib import unified_diff

    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    lines = []
    for line in unified_diff(old, new, f"a/{note}", f"b/{note}", n=2):
        ended = line.endswith("\n")
        lines.append(printable(line.rstrip("\r\n")) + ("\n" if ended else "\n\\ No newline at end of file\n"))
    return "".join(lines).rstrip("\n")


def fix_line(note: str, fix: Fix) -> str:
    """A fix that was put in."""
    return f"{printable(note)}: {_flat(fix.message)}"


def _flat(text: str) -> str:
    return printable(" ".join(text.split()))
