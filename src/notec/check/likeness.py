"""How likely two values are told of one thing: a weighted sum of what binds them and what parts them.

`features.py` measures what two statements share and what stands in one alone. The weights were learned from
notes written for that (`bench/fit_conflicts.py`); no weight was set by hand.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from notec.check.features import features
from notec.check.said import Said
from notec.check.seen import seen, total
from notec.check.verdicts import MOST, verdicts

_OWN, _ALL = 0.35, 0.28  # of the words of one value and its statement that the other must have


def may_be_one(a: Said, b: Said) -> bool:
    """Whether two statements share so much that they may be looked at.

    Of pairs that the weights call one thing, 1 in 100 share less; of all, three in four.
    """
    x, y = seen(a), seen(b)
    own = total(x.own & y.every) >= _OWN * x.weighs > 0 or total(y.own & x.every) >= _OWN * y.weighs > 0
    if not own:
        return False
    return total(x.all & y.every) >= _ALL * x.all_weigh or total(y.all & x.every) >= _ALL * y.all_weigh


@cache
def _weights() -> Mapping[str, float]:
    lines = files("notec.check").joinpath("weights.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if line and line[0] != "#")
    return {name: float(weight) for name, weight in pairs}


Met = tuple[Said, Said, bool, bool]
"""Two values, whether both stand in one note, and whether they are one thing by all rules."""


def compared(pairs: Sequence[Met], crowd: int) -> list[dict[str, float]]:
    """The features of all pairs that met under one key, what the rules say, and how many rivals each has.

    Args:
        crowd: values under the key.
    """
    return [row | _judged(pair) for row, pair in zip(_rows(pairs, crowd), pairs, strict=True)]


def _judged(pair: Met) -> dict[str, float]:
    a, b, beside, plain = pair
    return _also_beside(verdicts(a, b, beside=beside, plain=plain), beside=beside)


def _also_beside(row: dict[str, float], *, beside: bool) -> dict[str, float]:
    """In one note other things count."""
    return row | {f"beside: {name}": value for name, value in row.items()} if beside else row


def _rows(pairs: Sequence[Met], crowd: int) -> list[dict[str, float]]:
    rows = [features(a, b, crowd, beside=beside) for a, b, beside, _ in pairs]
    strong = [r["own dice"] + r["all dice"] + r["own met, least"] + 0.3 * r.get("near", 0.0) for r in rows]
    of: dict[int, list[float]] = {}
    for (a, b, *_), strength in zip(pairs, strong, strict=True):
        of.setdefault(id(a), []).append(strength)
        of.setdefault(id(b), []).append(strength)
    for (a, b, *_), row, strength in zip(pairs, rows, strong, strict=True):
        beaten = sorted(min(sum(s > strength for s in of[id(x)]), 5) for x in (a, b))
        row["beaten, least"], row["beaten, most"] = map(float, beaten)
        rivals = [s for x in (a, b) for s in of[id(x)] if s != strength]
        row["lead"] = strength - max(rivals, default=0.0)
        row["rivals"] = math.log(max(len(of[id(a)]), len(of[id(b)])))
    return [_also_beside(row, beside=beside) for (_, _, beside, _), row in zip(pairs, rows, strict=True)]


@cache
def _reach(*, beside: bool) -> float:
    """The most that the rules can add for two values of which they do not say that they are one thing."""
    weights = _weights()
    sides = ("", "beside: ") if beside else ("",)
    some = (MOST[name] * weights.get(side + name, 0.0) for side in sides for name in MOST if name != "plain")
    return sum(weight for weight in some if weight > 0)


def likenesses(pairs: Sequence[Met], crowd: int) -> list[float]:
    """From 0 to 1 for each pair: how likely both values are of one thing; exact above an even chance."""
    weights = _weights()
    out: list[float] = []
    for pair, row in zip(pairs, _rows(pairs, crowd), strict=True):
        _, _, beside, plain = pair
        told = sum(weights.get(name, 0.0) * value for name, value in row.items())
        if plain or told + _reach(beside=beside) >= 0:  # the rules are asked where they may turn it
            told += sum(weights.get(name, 0.0) * value for name, value in _judged(pair).items())
        out.append(1 / (1 + math.exp(-max(-30.0, min(30.0, told)))))
    return out
