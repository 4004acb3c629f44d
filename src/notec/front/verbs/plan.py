"""`notec plan`."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notec.app.planning import Board, Machine
    from notec.front.session import Session

NAME = "plan"
EXAMPLE = """notec plan
notec plan --gpu 'RTX PRO 6000' --ram 132 --what-if ram=192,256,512,1000
notec plan --gpu 'RTX PRO 6000' --ram 132 --explain Qwen3-235B-A22B Qwen3-Coder-480B:Q4_K_M
notec plan ~/models/Qwen3-32B-Q4_K_M.gguf --write launch.py"""

_IN_TABLE = ("does-not-fit", "slow", "unknown-architecture")  # said there already


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("models", nargs="*", metavar="MODEL", help="names, NAME:QUANT, files or folders")
    parser.add_argument(
        "--gpu", metavar="NAME", help="cards, such as '2x RTX 3090'; '' for none; default: this machine's"
    )
    parser.add_argument("--ram", type=float, metavar="GB", help="RAM of the machine to plan for")
    parser.add_argument("--cpu", default="", metavar="NAME", help="its processor, such as 'EPYC 9355'")
    parser.add_argument(
        "--platform", default="", metavar="KEY", help="its memory platform; --platform list shows them"
    )
    parser.add_argument(
        "--bandwidth", type=float, default=0.0, metavar="GB/s", help="measured bandwidth of its RAM"
    )
    parser.add_argument(
        "--what-if", metavar="ram=A,B,...", help="the same with other RAM, to see what it buys"
    )
    parser.add_argument(
        "--context", type=int, default=32768, metavar="TOKENS", help="context that must fit (32768)"
    )
    parser.add_argument("--floor", type=float, default=2.0, metavar="T/S", help="least tokens per second (2)")
    parser.add_argument(
        "--kv", default="", metavar="TYPE", help="type of the cache, such as q8_0; default: chosen"
    )
    parser.add_argument(
        "--quant", action="append", default=[], metavar="NAME", help="only this precision (repeatable)"
    )
    parser.add_argument("--engine", default="", metavar="NAME", help="only this engine")
    parser.add_argument("--disk", action="store_true", help="allow weights on the disk: slow")
    parser.add_argument("--explain", action="store_true", help="reasons, and what was refused")
    parser.add_argument("--write", metavar="FILE", help="write a start script for the best plan")


def run(session: Session) -> int:
    """Exit code 1 when the best plan does not fit, or is below the floor."""
    from notec.app.planning import Wishes, board, build_machine, platforms, resolve
    from notec.front.plan_text import board_text, explain_text, platforms_text, what_if_text

    options = session.options
    if options.platform == "list":
        session.out(platforms_text(platforms()))
        return 0
    wishes = Wishes(
        options.context, options.floor, options.kv, options.engine, options.disk, tuple(options.quant)
    )
    sizes = _sizes(options.what_if)
    models = [resolve(model, wishes) for model in options.models]
    machine = build_machine(
        options.gpu, options.ram, cpu=options.cpu, platform=options.platform, bandwidth=options.bandwidth
    )
    first = board(machine, models, wishes, explained=options.explain)
    others = [board(_with_ram(machine, options, size), models, wishes) for size in sizes]
    if session.json:
        session.data({**first.to_json(), "what_if": [other.to_json() for other in others]})
    else:
        session.out(board_text(first, wishes))
        if others:
            session.out(what_if_text([first, *others]))
        if options.explain:
            session.out(explain_text(first))
        for item in first.plans:
            session.warn(tuple(d for d in item.diagnostics if d.code not in _IN_TABLE))
    if options.write:
        _write(session, first, options.write)
    best = first.best
    return 0 if best and best.fits and best.decode.mid >= wishes.floor else 1


def _sizes(text: str | None) -> list[float]:
    from notec.core import NotecError

    if not text:
        return []
    key, _, values = text.partition("=")
    try:
        sizes = [float(value.lower().removesuffix("gb")) for value in values.split(",") if value.strip()]
    except ValueError:
        sizes = []
    if key.strip() != "ram" or not sizes:
        raise NotecError(f"--what-if {text}: not understood", "write it like --what-if ram=192,256,512,1000")
    return sizes


def _with_ram(machine: Machine, options: argparse.Namespace, size: float) -> Machine:
    """The machine with other RAM: on the platform named, else on the simplest that holds it."""
    from notec.app.planning import build_machine

    if any(card.unified for card in machine.gpus):  # its memory is the card's
        return build_machine(options.gpu or machine.gpus[0].name, size)
    other = build_machine("", size, cpu=options.cpu, platform=options.platform, bandwidth=options.bandwidth)
    return replace(other, gpus=machine.gpus)


def _write(session: Session, shown: Board, name: str) -> None:
    from pathlib import Path

    from notec.core import NotecError
    from notec.front.launch_script import script

    best = shown.best
    if best is None:
        raise NotecError(
            "nothing runs on this machine, so there is nothing to start", "lower --floor or --context"
        )
    path = Path(name).expanduser()
    try:
        path.write_text(script(best), encoding="utf-8")
    except OSError as error:
        raise NotecError(f"{path}: {error.strerror}", "name a file that can be written") from None
    session.say(f"written: {path}")
