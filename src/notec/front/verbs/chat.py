"""`notec chat`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from notec.core import NotecError

if TYPE_CHECKING:
    from notec.ask import Chat
    from notec.front.session import Session

NAME = "chat"
EXAMPLE = """notec --vault ~/vault chat
notec chat --continue 'notec/What did we decide - chat.md'
printf 'what is a KV cache?\\nand what does it cost?\\n' | notec chat --save"""
_HELP = "a question a line; /save writes the conversation into notec's folder, /quit or Ctrl-D ends it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--continue", dest="continued", metavar="NOTE", help="go on with a saved conversation"
    )
    parser.add_argument("--save", action="store_true", help="save the conversation when it ends")
    parser.add_argument(
        "--mode",
        choices=("select", "compose"),
        default="select",
        help="how answers are made; see `notec ask`",
    )


def run(session: Session) -> int:
    from notec.front.render import answer_text

    options = session.options
    chat = session.workspace.chat(options.continued, mode=options.mode)
    session.say(_HELP)
    asked = answered = failed = False
    try:
        for line in _lines():
            word = line.lower()
            if word in ("/quit", "/exit", "/q"):
                break
            if word == "/save":
                failed = not _save(session, chat) or failed
            elif line.startswith("/"):
                print(f"no such command: {line.split()[0]}; {_HELP}", file=sys.stderr)
            else:
                asked = True
                answer = chat.say(line)
                answered = answered or not answer.refused
                if session.json:
                    session.data(answer.to_json())
                else:
                    session.out(answer_text(answer).rstrip() + "\n")
                sys.stdout.flush()
                session.warn(answer.diagnostics)
    finally:  # an interrupted conversation is saved all the same
        if options.save and chat.new:
            failed = not _save(session, chat) or failed
    if failed:
        return 2
    return 0 if answered or not asked else 1


def _save(session: Session, chat: Chat) -> bool:
    """Save, and say where; a conversation that cannot be saved goes on, so that it is not lost."""
    if not chat.new:
        print("nothing new to save", file=sys.stderr)
        return True
    try:
        place = session.workspace.save(chat)
    except NotecError as error:
        print(f"notec: error: {error}", file=sys.stderr)
        return False
    print(f"saved as {place}", file=sys.stderr)
    return True


def _lines() -> Iterator[str]:
    """Questions: with a prompt where a person types, else the lines that come in."""
    typed = sys.stdin.isatty() and sys.stdout.isatty()
    if typed:
        import readline  # noqa: F401  lines can be edited and called back
    else:
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace")  # type: ignore[union-attr]
    while True:
        try:
            line = input("> ") if typed else sys.stdin.readline()
        except EOFError:
            print()
            return
        if not line and not typed:
            return
        if line.strip():
            yield line.strip()
