"""What a compilation would ask of the model, and for how long; and why a step would run again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from notec.core import NotecError

if TYPE_CHECKING:
    from notec.app.measured import Speed
    from notec.models import Request
    from notec.passes.ir import Program
    from notec.store import Memo, StepKey

_CHARACTERS = 3.5  # of a token, about: 4 of English, 3 of Russian
_PART = re.compile(r"^(F\d+|[\w-]*\d)\.E?\d+$", re.IGNORECASE)  # a step of a function, an example
_USUAL = 3  # a reply takes a third of what it may


@dataclass(frozen=True)
class Forecast:
    """What is still to be asked. What comes after a reply that is not there yet is a guess.

    Args:
        requests: how many, by step.
        known: steps that are answered already.
        speed: as measured on this machine, or None.
    """

    requests: Counter[str] = field(default_factory=Counter)
    known: int = 0
    prompt_tokens: int = 0
    reply_tokens: int = 0
    speed: Speed | None = None

    @property
    def minutes(self) -> float | None:
        """None where the speed is not known."""
        if self.speed is None:
            return None
        return (self.prompt_tokens / self.speed.prefill + self.reply_tokens / self.speed.decode) / 60

    def to_json(self) -> dict[str, Any]:
        return {
            "requests": dict(self.requests),
            "known": self.known,
            "prompt_tokens": self.prompt_tokens,
            "reply_tokens": self.reply_tokens,
            "minutes": None if self.minutes is None else round(self.minutes, 1),
        }


def forecast(wanted: Sequence[tuple[StepKey, Request]], known: int, speed: Speed | None) -> Forecast:
    """The forecast for slots that would be asked."""
    once: dict[tuple[str, str], tuple[StepKey, Request]] = {}
    for key, request in wanted:  # of several draws for one thing the first usually does
        once.setdefault((key.step, key.subject), (key, request))
    read = sum(len(m.content) for _, request in once.values() for m in request.messages)
    write = sum((request.settings.max_tokens or 600) // _USUAL for _, request in once.values())
    counts = Counter(key.step for key, _ in once.values())
    return Forecast(counts, known, round(read / _CHARACTERS), write, speed)


def why(node: str, keys: Sequence[StepKey], memo: Memo, program: Program) -> tuple[str, ...]:
    """One line for each step about a node: why it would run again, or that it would not.

    Args:
        node: an id (`R3`, `C1`, `F2`, `F2.1`, `X4`) or a place (`Idea.md:12`).
        keys: of all steps of this run.

    Raises:
        NotecError: there is no such node.
    """
    test = next((t for t in program.tests if t.id.casefold() == node.casefold()), None)
    if test is not None:  # a test rests on what its function rests on, and a step of pseudo-code too
        node = test.function
    elif all(node.casefold() != r.id.casefold() for r in program.requirements):
        node = _PART.sub(r"\1", node)
    names = {node.casefold()}
    for requirement in program.requirements:
        if requirement.id.casefold() in names:
            names |= {f"{c.note}:{c.line}".casefold() for c in requirement.because}
    about = {k.digest: k for k in keys if names & {k.subject.casefold(), *k.subject.casefold().split()}}
    lines = tuple(f"{key.step} {key.subject}: {memo.why(key)}" for key in about.values())
    ids = {r.id.casefold() for r in program.requirements}
    ids |= {c.id.casefold() for c in program.architecture.components}
    ids |= {f.id.casefold() for f in program.architecture.functions}
    if not lines and node.casefold() not in ids:
        raise NotecError(
            f"no requirement, component, function, step or test {node!r}",
            "name one by its id, such as R1 or F2",
        )
    return lines or (f"{node}: nothing that it rests on changed; it would not run",)
