"""`notec brief`."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notec.front.session import Session

NAME = "brief"
EXAMPLE = "notec --vault ~/vault brief 'Ideas/Giant at home.md'\nnotec brief 'Giant at home' --save"

_WORDS = re.compile(r"(?:\[\[[^\]\n]*\]\]|\[(?:[^\]\\\n]|\\.)*\]\([^)\s]*\)|\S)+")  # a link is not broken
_OPENS = re.compile(r"[-+*>#=|~`]|\d{1,9}[.)]$|\[\^")  # would begin a block at the start of a line
_ITEM = re.compile(r"- |\[\^\d+\]: ")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("note", help="path inside the vault, or the note's name")
    parser.add_argument(
        "--save", action="store_true", help="also write the brief into notec's folder of the vault"
    )


def run(session: Session) -> int:
    brief = session.workspace.brief(session.options.note)
    saved = session.workspace.save(brief) if session.options.save else ""
    if session.json:
        session.data({**brief.to_json(), **({"saved": saved} if saved else {})})
    else:
        from notec.front.render import WIDTH, printable

        lines = printable(brief.markdown()).splitlines()
        session.out("\n".join(folded for line in lines for folded in _folded(line, WIDTH)))
    session.warn(brief.diagnostics)
    if saved:
        session.say(f"saved as {saved}")
    return 1 if brief.refused else 0


def _folded(line: str, width: int) -> Iterator[str]:
    """A line of Markdown as lines that fit a terminal; it is the same Markdown, and no link is broken."""
    words = _WORDS.findall(line)
    if line.startswith("#") or not words:
        yield line
        return
    item = _ITEM.match(line)
    indent = " " * ((2 if line.startswith("- ") else 4) if item else 0)
    row = words[0]
    for word in words[1:]:
        if len(row) + 1 + len(word) <= width or _OPENS.match(word):
            row += f" {word}"
        else:
            yield row
            row = indent + word
    yield row
