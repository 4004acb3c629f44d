"""The command line: `notec [--vault PATH] [--home PATH] VERB ...`.

Exit codes: 0 fine; 1 findings, refused or unverified; 2 could not run; 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

# Name -> one line. The line stands here, not in the verb's file, so that help and completion need
# not import every verb.
VERBS = {
    "index": "read the vault and bring the index up to date",
    "search": "find passages",
    "ask": "answer a question from the vault, with checked sources",
    "brief": "the problem of a note, what follows from it, and how to solve it",
    "chat": "ask in a conversation, and save it as a note when asked",
    "research": "write a search brief for use outside, with nothing private in it",
    "show": "show a statement or a note",
    "links": "what a note links to, and what links to it",
    "check": "what is wrong in the vault, at note and line",
    "compile": "an idea to requirements, architecture, pseudo-code and tested code",
    "jobs": "compilations in the background: list, show, cancel, run",
    "explain": "why a finding of `check` is bad, and how to mend it",
    "status": "what is indexed, and whether it is up to date",
    "doctor": "check this installation, the vault and the index",
    "privacy": "what leaves this machine: nothing, and the proof of it on your own vault",
    "machine": "what this machine has, and how fast its memory really is",
    "plan": "which model a machine can run, in which precision, how fast, and what more memory buys",
    "models": "models on this disk, with fit and speed for each",
    "get": "fetch a model: says host, files, size and licence, and asks first",
    "serve": "one address on this machine for your tools: the model, with the vault behind it",
    "mcp": "the vault as tools and resources for an agent, on standard input and output",
    "launch": "serve a model on this machine, supervised, and show what it really does",
}
_VALUE_OPTIONS = ("--vault", "--home")
_DESCRIPTION = """\
A compiler for notes: answers whose every line can be checked.
Nothing leaves this machine."""
_EPILOG = """\
exit codes: 0 fine, 1 findings or refused, 2 could not run, 130 interrupted
environment: NOTEC_VAULT and NOTEC_HOME stand in for --vault and --home

example:
  notec --vault ~/vault index
  notec --vault ~/vault ask 'what did we decide about the GPU?'"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    _use_utf8()
    if args in (["--version"], ["-V"]):  # answered before anything else is imported
        from notec.version import __version__

        print(f"notec {__version__}")
        return 0
    verb = _find_verb(args)
    try:
        return _run(verb, args)
    except KeyboardInterrupt:
        print(
            "notec: interrupted; what was finished is kept, the same command goes on from there",
            file=sys.stderr,
        )
        return 130
    except BrokenPipeError:  # the reader of a pipe went away: not our failure
        _close_quietly()
        return 0


def _run(verb: str | None, args: list[str]) -> int:
    parser = build_parser([verb] if verb in VERBS else list(VERBS))
    try:
        options = parser.parse_args(args)
    except SystemExit as end:
        return int(end.code or 0)
    if not getattr(options, "run", None):
        parser.print_help()
        return 0 if not args else 2
    from notec.core import NotecError
    from notec.front.session import Session

    session = Session(options)
    try:
        code: int = options.run(session)
        sys.stdout.flush()
    except NotecError as error:
        print(f"notec: error: {error}", file=sys.stderr)
        return 2
    except UnicodeDecodeError as error:
        print(f"notec: error: standard input is not UTF-8 at byte {error.start}", file=sys.stderr)
        return 2
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        where = f"{error.filename}: " if error.filename else ""
        print(f"notec: error: {where}{error.strerror or error}", file=sys.stderr)
        return 2
    finally:
        session.close()
    return code


def build_parser(verbs: Sequence[str]) -> argparse.ArgumentParser:
    """The argument parser for some verbs; only their files are imported."""
    import argparse
    from importlib import import_module

    from notec.version import __version__

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> None:  # type: ignore[override]  # exits like the original
            self.exit(2, f"notec: error: {message}\n  help: {self.prog} --help\n")

    parser = Parser(
        prog="notec",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", "-V", action="version", version=f"notec {__version__}")
    _add_common(parser, default=None)
    choices = parser.add_subparsers(metavar="VERB", title="verbs", parser_class=Parser)
    for name in verbs:
        module = import_module(f"notec.front.verbs.{name}")
        verb = choices.add_parser(
            name,
            help=VERBS[name],
            description=VERBS[name][0].upper() + VERBS[name][1:] + ".",
            epilog="example:\n" + "\n".join(f"  {line}" for line in module.EXAMPLE.splitlines()),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        _add_common(verb, default=argparse.SUPPRESS)
        verb.add_argument("--json", action="store_true", help="plain data: one object, or one line an item")
        module.add_arguments(verb)
        verb.set_defaults(run=module.run, verb=name)
    return parser


def _add_common(parser: argparse.ArgumentParser, default: str | None) -> None:
    parser.add_argument(
        "--vault", metavar="PATH", default=default, help="folder of the notes (default: here)"
    )
    parser.add_argument(
        "--home",
        metavar="PATH",
        default=default,
        help="where the index and the memo live (default: user data)",
    )


def _find_verb(args: Sequence[str]) -> str | None:
    """The first word that is no option and no option's value."""
    skip = False
    for word in args:
        if skip:
            skip = False
        elif word in _VALUE_OPTIONS:
            skip = True
        elif not word.startswith("-"):
            return word
    return None


def _use_utf8() -> None:
    """Names of notes can be anything: never fail while printing one."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def _close_quietly() -> None:
    import os

    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
