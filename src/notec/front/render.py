"""Results as text for a terminal: plain, the same with and without colour, one place for each form."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from notec.core import Citation, Claim, Diagnostic

if TYPE_CHECKING:
    from notec.app import NoteLinks
    from notec.ask import Answer
    from notec.index import Hit, IndexReport, StatementRow

WIDTH = 96
_LABELS = {
    "ru": {"nearest": "Ближе всего по словам, но это не ответ:", "dropped": "Отброшено при проверке:"},
    "en": {"nearest": "Nearest in words, but no answer:", "dropped": "Dropped by the check:"},
}


def diagnostic_line(item: Diagnostic) -> str:
    """`warning[bad-encoding] note.md:3: message`."""
    place = f"{item.note}:{item.line}" if item.line else item.note
    lines = [f"{item.severity}[{item.code}]{' ' + place if place else ''}: {item.message}"]
    lines += [f"  note: {note}" for note in item.notes]
    return "\n".join(lines)


def place_of(citation: Citation) -> str:
    """`Folder/Note.md:12 › Heading`, with what a terminal would obey made visible."""
    place = f"{citation.note}:{citation.line}"
    return printable(" › ".join((place, *citation.heading[-1:])))


def printable(text: str) -> str:
    """The text without characters that move a terminal's cursor or change its colours."""
    if text.isprintable():  # nearly every text, at the speed of C
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" for c in text)


def _wrapped(text: str, first: str, rest: str) -> str:
    flat = printable(" ".join(text.split()))
    return textwrap.fill(
        flat,
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def hit_text(rank: int, hit: Hit) -> str:
    """A search hit: its place, then its words from there on, as a reader sees them."""
    from notec.vault import parse_markdown

    place = printable(" › ".join((f"{hit.note}:{hit.line}", *hit.heading[-1:])))
    note = parse_markdown(hit.note, hit.text).value
    wanted = hit.line - hit.first_line + 1
    said = [note.plain(s) for s in note.statements if s.line >= wanted]
    words = " ".join(said or (note.plain(s) for s in note.statements))
    if not words:  # front matter: the properties that are words; else code, a formula
        words = " · ".join(v for v in note.properties.values() if isinstance(v, str) and " " in v)
    words = words or " ".join(hit.text.split())
    return f"{rank:>3}. {place}\n" + _wrapped(
        textwrap.shorten(words, 300, placeholder=" …"), "     ", "     "
    )


def claim_text(number: int, claim: Claim) -> str:
    """A claim with the places it rests on."""
    lines = [_wrapped(claim.text, f"{number:>3}. ", "     ")]
    lines += [f"     {place_of(c)}" for c in claim.because]
    return "\n".join(lines)


def answer_text(answer: Answer) -> str:
    """An answer, or the refusal with what came nearest."""
    labels = _LABELS.get(answer.language, _LABELS["en"])
    parts = [printable(answer.question), ""]
    if answer.refused:
        parts.append(printable(answer.reason))
        if answer.nearest:
            parts += ["", labels["nearest"], *(claim_text(n, c) for n, c in enumerate(answer.nearest, 1))]
    parts += [claim_text(n, c) for n, c in enumerate(answer.claims, 1)]
    if answer.dropped:
        parts += ["", labels["dropped"]]
        parts += [_wrapped(f"{item.text} ({item.reason})", "  - ", "    ") for item in answer.dropped]
    return "\n".join(parts)


def report_text(report: IndexReport) -> str:
    """What one run of `notec index` did."""
    changes = ", ".join(
        f"{count} {name}"
        for name, count in (
            ("new", report.added),
            ("changed", report.changed),
            ("renamed", report.renamed),
            ("removed", report.removed),
        )
        if count
    )
    return (
        f"{report.notes:,} notes, {report.statements:,} statements, {report.links:,} links"
        f" ({changes or 'nothing changed'}) in {report.seconds:.1f} s"
    )


def status_text(status: dict[str, Any]) -> str:
    """`key: value` lines, nested ones indented."""
    lines: list[str] = []

    def walk(data: dict[str, Any], depth: int) -> None:
        width = max((len(str(key)) for key in data), default=0)
        for key, value in data.items():
            if isinstance(value, dict):
                lines.append(f"{'  ' * depth}{key}")
                walk(value, depth + 1)
            else:
                shown = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value
                lines.append(f"{'  ' * depth}{key:<{width}}  {printable(str(shown))}")

    walk(status, 0)
    return "\n".join(lines)


def statement_text(row: StatementRow) -> str:
    """A statement with its id and place."""
    place = printable(" › ".join((f"{row.note}:{row.line}", *row.heading[-1:])))
    return f"{row.id}  {place}\n" + _wrapped(row.text, "    ", "    ")


def links_text(links: NoteLinks) -> str:
    """Links of a note, both ways."""
    lines = [printable(links.note), f"links to {len(links.outgoing)}:"]
    for link in links.outgoing:
        inside = (
            "#" + (f"^{link.block}" if link.block else link.heading) if link.block or link.heading else ""
        )
        target = f"{link.resolved or link.target}{inside}"
        lines.append(
            printable(f"  {link.line:>5}  {target}{'' if link.resolved else '  (not in the vault)'}")
        )
    lines.append(f"linked from {len(links.incoming)}:")
    lines += [printable(f"  {link.source}:{link.line}") for link in links.incoming]
    return "\n".join(lines)
