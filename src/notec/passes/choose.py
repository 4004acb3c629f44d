"""Which of a model's candidates is taken: drawn one at a time, judged by what they do when they run.

With examples the first candidate that passes them all wins. On recorded solutions of a real model four of
five that pass three examples are right; a second opinion about the fifth would cost more draws than what it
corrects is worth, while draws after failures keep paying. So more are drawn only after failures: repairs
first, since they know the failing assertion, then blind draws up to `cap`. Where no candidate has passed a
single example by the seventh, the statement is out of the model's reach, and draws stop.

Without examples candidates are grouped by what they answer, and the groups weighed by how many candidates
are of one mind and how many of the model's own tests they pass: the dual agreement of CodeT (Chen et al.,
2022), with the answers to generated inputs as part of the behaviour, and with tests smoothed, so that groups
are told apart where no test is right.

Must not know: models, sandboxes, what a candidate is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Generic, NamedTuple, TypeVar

C = TypeVar("C")

RUNGS = (2, 3, 5, 10)  # how many candidates are looked at together, when fewer left a doubt
CAP = 10
PATIENCE = 7
MOST_REPAIRS = 2


class Verdict(NamedTuple):
    """What a candidate did on the examples.

    Attributes:
        failure: the failing assertion, as a repair is shown it; the same text is the same failure.
        share: of the examples that it passed.
    """

    passed: bool
    failure: str = ""
    share: float = 0.0


@dataclass(frozen=True)
class Choice(Generic[C]):
    """The candidate that is taken; None where none is good enough.

    Attributes:
        closest: of those that failed, the one that passed most.
        verdict: on `candidate`, or else on `closest`.
        drawn, repaired: how often a new one, or a better one, was asked for.
        why: in one sentence.
    """

    candidate: C | None
    closest: C | None = None
    verdict: Verdict | None = None
    drawn: int = 0
    repaired: int = 0
    why: str = ""


class Seen(NamedTuple):
    """What a candidate does.

    Attributes:
        answers: to each input, in the same order for all candidates; empty where it gave none.
        passes: of the model's tests, in the same order for all.
    """

    answers: tuple[str, ...]
    passes: tuple[bool, ...] = ()


class Group(NamedTuple):
    """Candidates that do the same, by their numbers, and how much speaks for them."""

    members: tuple[int, ...]
    score: float
    tests: int


def choose(
    draw: Callable[[int], C | None],
    judge: Callable[[C], Verdict],
    *,
    repair: Callable[[C, Verdict], C | None] | None = None,
    cap: int = CAP,
    patience: int = PATIENCE,
) -> Choice[C]:
    """The first candidate that passes the examples.

    Args:
        draw: the candidate of that number, from 0; None when there is no further one.
        judge: runs it on the examples.
        repair: a better one, from one that failed and what it failed on; None when there is none.
        patience: after as many candidates that pass no example at all, no further one is drawn.
    """
    closest: C | None = None
    best: Verdict | None = None
    drawn = repaired = 0
    while drawn < cap:
        candidate = draw(drawn)
        if candidate is None:
            break
        drawn += 1
        verdict = judge(candidate)
        failures = {verdict.failure}
        while True:
            if verdict.passed:
                return Choice(candidate, None, verdict, drawn, repaired, "it passes the examples")
            if best is None or verdict.share > best.share:
                closest, best = candidate, verdict
            if repair is None or drawn > 1 or repaired == MOST_REPAIRS:
                break
            better = repair(candidate, verdict)
            repaired += 1
            if better is None:
                break
            candidate, verdict = better, judge(better)
            if not verdict.passed and verdict.failure in failures:
                break  # it fails as before: another repair would not see more
            failures.add(verdict.failure)
        if drawn >= patience and best is not None and not best.share:
            break
    why = f"none of {drawn} candidates passes the examples" if drawn else "there is no candidate"
    return Choice(None, closest, best, drawn, repaired, why)


def choose_by_agreement(
    draw: Callable[[int], C | None], observe: Callable[[Sequence[C]], Sequence[Seen]], *, cap: int = CAP
) -> Choice[C]:
    """The candidate that others and the tests agree with; more are drawn while they disagree.

    Args:
        draw: as in `choose`.
        observe: runs candidates on the same inputs and tests.
    """
    candidates: list[C] = []
    groups: tuple[Group, ...] = ()
    for rung in (r for r in (*RUNGS, cap) if r <= cap):
        before = len(candidates)
        while len(candidates) < rung and (candidate := draw(len(candidates))) is not None:
            candidates.append(candidate)
        if len(candidates) == before:
            break
        groups = agree(observe(candidates))
        if settled(groups) or len(candidates) < rung:
            break
    if not groups:
        return Choice(None, drawn=len(candidates), why="no candidate gives an answer to any input")
    first = groups[0]
    why = f"{len(first.members)} of {len(candidates)} candidates do the same and pass {first.tests} tests"
    return Choice(candidates[first.members[0]], drawn=len(candidates), why=why)


def agree(seen: Sequence[Seen]) -> tuple[Group, ...]:
    """Groups of one behaviour, the best first; candidates that answer nothing are in none."""
    members: dict[Seen, list[int]] = {}
    for number, one in enumerate(seen):
        if any(one.answers) or any(one.passes):
            members.setdefault(one, []).append(number)
    groups = [
        Group(tuple(numbers), sqrt(len(numbers)) * (1 + sum(one.passes)), sum(one.passes))
        for one, numbers in members.items()
    ]
    return tuple(sorted(groups, key=lambda g: (-g.score, g.members[0])))


def settled(groups: Sequence[Group]) -> bool:
    """Whether another draw would hardly change the choice: the first group leads in members and in tests."""
    if not groups or len(groups[0].members) < 2:
        return False
    first, *others = groups
    return all(len(g.members) < len(first.members) and g.tests <= first.tests for g in others)


def pick(seen: Sequence[Seen], passed: Sequence[bool]) -> tuple[Group, ...]:
    """Agreement among the candidates that pass the examples; among all where none does."""
    chosen = [n for n, fine in enumerate(passed) if fine] or list(range(len(seen)))
    groups = agree([seen[n] for n in chosen])
    return tuple(g._replace(members=tuple(chosen[m] for m in g.members)) for g in groups)
