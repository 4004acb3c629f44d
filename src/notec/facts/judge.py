"""How one quantity stands to another: the same, looser, different, of another unit, or of another kind."""

from __future__ import annotations

import math
from typing import Literal

from notec.facts.units import to_base
from notec.facts.values import Quantity, Relation

Verdict = Literal["same", "loose", "differs", "unit", "apart"]

_CALENDAR = ("day", "week", "month", "year", "century")


def _significant(value: float) -> int:
    """Significant digits of a number as people write it: 2 for 1500."""
    text = f"{abs(value):.10g}".replace(".", "")
    if "e" in text:
        text = text.partition("e")[0]
    return len(text.strip("0")) or 1


def _round_to(value: float, digits: int) -> float:
    if value == 0:
        return 0.0
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def _near(claim: Quantity, source: Quantity, left: float, right: float) -> bool:
    """Whether two base values are one value, as written or as rounded."""
    if math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12):
        return True
    if claim.unit != source.unit and math.isclose(left, right, rel_tol=_conversion(claim, source)):
        return True
    if claim.unit != source.unit and _binary(left, right, claim, source):
        return True
    about = Relation.ABOUT in (claim.relation, source.relation)
    if about and math.isclose(left, right, rel_tol=0.06 if claim.relation is Relation.ABOUT else 1e-9):
        return True
    finer = source.digits > claim.digits or (
        abs(right) >= 1e5 and _significant(right) >= _significant(left) + 2
    )
    if finer and claim.unit == source.unit and _significant(left) >= 2:
        return math.isclose(_round_to(right, _significant(left)), left, rel_tol=1e-9)
    return False


def _conversion(claim: Quantity, source: Quantity) -> float:
    """How far a converted value may be off: units of the calendar are uneven, others are rounded."""
    if claim.unit in _CALENDAR and source.unit in _CALENDAR:
        return 0.02
    return 0.006


def _binary(left: float, right: float, claim: Quantity, source: Quantity) -> bool:
    """Whether "1024 MB" and "1 GB" were meant by powers of 1024."""
    if claim.dimension != "information" or claim.low == source.low or not left or not right:
        return False
    ratio = max(left, right) / min(left, right)
    return any(math.isclose(ratio, 1.024**step, rel_tol=1e-6) for step in (1, 2, 3))


def comparable(claim: Quantity, source: Quantity) -> bool:
    """Whether two quantities measure things of one dimension."""
    mine, theirs = claim.dimension, source.dimension
    if mine == theirs:
        return True
    if {mine, theirs} == {"temperature", "angle"}:
        return "degree" in (claim.unit, source.unit)
    return {mine, theirs} == {"currency:GBP", "mass"} and "pound" in (claim.unit, source.unit)


def bare(quantity: Quantity) -> bool:
    """Whether a number takes its unit from another one: "350 roubles, for students 200"."""
    return not quantity.unit and not quantity.nouns and not quantity.weak


def judge(claim: Quantity, source: Quantity) -> Verdict:
    """How a quantity of a claim stands to one of the source.

    `same`: the source says it. `loose`: it may be so, the claim says more. `differs`: it cannot be so.
    `unit`: the same figure of another unit. `apart`: different things.
    """
    if not comparable(claim, source):
        figures = (claim.low, claim.high) == (source.low, source.high)
        if not figures:
            return "differs" if bare(source) else "apart"
        if _without_period(claim.unit, source.unit) or _without_period(source.unit, claim.unit):
            return _bounds(claim.relation, source.relation)  # "20 dollars", "20 dollars a month"
        if not claim.unit or not source.unit:
            return "same" if "ordinal" not in (claim.unit, source.unit) else "apart"
        return "unit"
    temperature = claim.unit != source.unit and "degree" in (claim.unit, source.unit)
    if temperature or (claim.dimension != source.dimension):
        same = claim.low == source.low
        return "same" if same else "differs"
    if claim.unit == source.unit:  # without pint, which takes a second to load
        low, high, source_low, source_high = claim.low, claim.high, source.low, source.high
    else:
        (low, high), (source_low, source_high) = _values(claim), _values(source)
    equal = _near(claim, source, low, source_low) and _near(claim, source, high, source_high)
    if equal:
        return _bounds(claim.relation, source.relation)
    if claim.low == source.low and claim.high == source.high and claim.unit != source.unit:
        return "unit"
    mine, theirs = claim.relation.direction, source.relation.direction
    if mine and theirs:
        return "differs"
    if mine > 0:
        return "same" if source_low > low or _near(claim, source, low, source_low) else "differs"
    if mine < 0:
        return "same" if source_high < high or _near(claim, source, high, source_high) else "differs"
    if theirs > 0:
        return "loose" if high > source_low else "differs"
    if theirs < 0:
        return "loose" if low < source_high else "differs"
    if claim.low != claim.high and low <= source_low and source_high <= high and source.low == source.high:
        return "same"
    ends = (source_low, source_high) if source.low != source.high else ()
    if claim.low == claim.high and any(_near(claim, source, low, end) for end in ends):
        return "same"
    if claim.low == claim.high and ends and source_low <= low <= source_high:
        return "loose"
    if source.relation is Relation.ABOUT and math.isclose(low, source_low, rel_tol=0.06):
        return "loose"
    return "differs"


def _without_period(unit: str, rate: str) -> bool:
    """Whether a rate is the same with its period left out. A speed is never the thing itself: GB/s and GB."""
    whole, _, period = rate.partition("/")
    return unit == whole and (period in _CALENDAR or whole.startswith(("currency:", "cent:")))


def _values(quantity: Quantity) -> tuple[float, float]:
    return to_base(quantity.low, quantity.unit), to_base(quantity.high, quantity.unit)


def _bounds(claim: Relation, source: Relation) -> Verdict:
    """The same number on both sides: do the words around it agree?"""
    if claim is source or (claim.direction == source.direction and claim.direction):
        return "same"
    if claim.direction * source.direction < 0:
        return "differs"
    if claim in (Relation.EQUAL, Relation.ABOUT) and source in (Relation.LESS, Relation.MORE):
        return "loose" if source is Relation.LESS else "differs"
    if claim in (Relation.LESS, Relation.MORE):
        return "differs"
    if claim.direction == 0 and source.direction == 0:
        return "same"
    return "loose" if source.direction else "same"
