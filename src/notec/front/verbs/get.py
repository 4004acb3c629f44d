"""`notec get`: the one command that leaves the machine."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notec.app.launching import Offer, Progress
    from notec.front.session import Session

NAME = "get"
EXAMPLE = """notec get Qwen/Qwen3-8B-GGUF Q4_K_M
notec get Qwen/Qwen3-8B --yes"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("repository", metavar="OWNER/NAME")
    parser.add_argument("wanted", nargs="*", metavar="FILE", help="names, patterns, or parts such as Q4_K_M")
    parser.add_argument("--folder", default="", metavar="PATH", help="folder of the models")
    parser.add_argument("--revision", default="", metavar="NAME", help="branch, tag or commit")
    parser.add_argument("--yes", action="store_true", help="fetch without asking")


def run(session: Session) -> int:
    """Exit code 1 when the answer was no."""
    from notec.app.launching import configuration, fetch, look_up

    options = session.options
    found = look_up(
        configuration(options.vault),
        options.repository,
        options.wanted,
        folder=options.folder,
        revision=options.revision,
    )
    if not session.json:
        session.out(_listed(found))
    if not options.yes and not _agreed(found):
        if session.json:
            session.data({**found.to_json(), "fetched": []})
        session.say("nothing was fetched")
        return 1
    with _bars() as tell:
        paths = fetch(found, tell)
    if session.json:
        session.data({**found.to_json(), "fetched": [str(path) for path in paths]})
    else:
        session.out(f"fetched and verified: {found.folder}")
    return 0


def _listed(found: Offer) -> str:
    lines = [f"host      {found.host}", f"model     {found.repository} at {found.commit[:12]}"]
    lines += [f"licence   {found.licence}" + (", after an agreement with its owner" if found.gated else "")]
    lines += [f"folder    {found.folder}"]
    lines += [f"          {_size(file.size):>10}  {file.name}" for file in found.files]
    here = found.size - found.missing
    lines += [f"to fetch  {_size(found.missing)}" + (f" ({_size(here)} are here already)" if here else "")]
    return "\n".join(lines)


def _agreed(found: Offer) -> bool:
    """No answer is a no."""
    if not found.missing:
        return True
    print(f"fetch this from {found.host}? [y/N] ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline() if sys.stdin else ""
    if not answer.endswith("\n"):
        print(file=sys.stderr)
    return answer.strip().casefold() in ("y", "yes", "д", "да")


def _size(count: int) -> str:
    return f"{count / 1e9:.2f} GB" if count >= 1e7 else f"{count / 1e3:.0f} kB"


@contextmanager
def _bars() -> Iterator[Progress | None]:
    """A bar for each file on standard error, where a person looks."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich import progress as rich
    from rich.console import Console

    columns = (
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.DownloadColumn(),
        rich.TimeRemainingColumn(),
    )
    tasks: dict[str, rich.TaskID] = {}
    with rich.Progress(*columns, console=Console(stderr=True)) as bars:

        def tell(name: str, here: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=here)

        yield tell
