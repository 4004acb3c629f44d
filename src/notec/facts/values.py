"""What a statement can say: typed values, each with its place in characters of the statement."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from notec.core import Span
from notec.facts.units import dimension, to_base


class Relation(StrEnum):
    """How a stated number bounds the thing that it is about."""

    EQUAL = "="
    ABOUT = "~"
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="

    @property
    def direction(self) -> int:
        """-1 for an upper bound, 1 for a lower bound, 0 for neither."""
        if self in (Relation.LESS, Relation.AT_MOST):
            return -1
        return 1 if self in (Relation.MORE, Relation.AT_LEAST) else 0


class Modal(StrEnum):
    """What a statement obliges to."""

    MUST = "must"
    MUST_NOT = "must-not"
    SHOULD = "should"
    SHOULD_NOT = "should-not"
    MAY = "may"
    NEED_NOT = "need-not"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with what it counts or measures.

    Args:
        low: lower end; equal to `high` unless this is a range ("5-10") or a vague plural
            ("thousands"). A bound ("at least 5") keeps its number in both and says so in `relation`.
        high: upper end.
        relation: how the number bounds the thing.
        unit: name of the unit as pint knows it (`gigabyte`, `kilometer/hour`), or one of `percent`,
            `ratio`, `times`, `ordinal`, `currency:RUB`; empty when nothing was said.
        nouns: stems of the words that follow a bare number and may be what it counts ("20,000
            pages"), nearest first.
        digits: digits after the decimal point, as written.
        weak: the number may be a mere article or pronoun ("one of", "один из").
    """

    low: float
    high: float
    relation: Relation
    unit: str
    nouns: tuple[str, ...]
    digits: int
    weak: bool
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)

    @property
    def dimension(self) -> str:
        """What kind of thing this measures: only values of one dimension can be compared."""
        return dimension(self.unit)

    def to_base(self) -> tuple[float, float]:
        """Both ends in the base unit of the dimension (second, metre, byte, ...), for comparison.

        A lower bound ends in infinity, an upper bound starts at minus infinity.
        """
        low, high = to_base(self.low, self.unit), to_base(self.high, self.unit)
        if self.relation.direction > 0:
            return low, math.inf
        return (-math.inf, high) if self.relation.direction < 0 else (low, high)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, a part of a date, or a time of day. What was not said is `None`.

    Args:
        weekday: 0 for Monday.
        quarter: 1 to 4.
        century: 19 for the nineteenth.
        decade: the year is the first of a decade ("the 1990s").
        relation: before, after, since, until; `EQUAL` when the moment stands by itself.
    """

    year: int | None
    month: int | None
    day: int | None
    start: int
    end: int
    hour: int | None = None
    minute: int | None = None
    second: int | None = None
    weekday: int | None = None
    quarter: int | None = None
    century: int | None = None
    decade: bool = False
    relation: Relation = Relation.EQUAL

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)

    @property
    def fields(self) -> dict[str, int]:
        """The parts that were said."""
        names = ("year", "month", "day", "hour", "minute", "second", "weekday", "quarter", "century")
        return {name: value for name in names if (value := getattr(self, name)) is not None}

    def agrees(self, other: Moment) -> bool:
        """Whether both can be the same moment, and have something in common to tell by."""
        mine, theirs = self.fields, other.fields
        shared = mine.keys() & theirs.keys()
        if "year" in shared and self.decade != other.decade:
            return mine["year"] // 10 == theirs["year"] // 10
        if not shared and "century" in mine | theirs and "year" in mine | theirs:
            year, century = (mine | theirs)["year"], (mine | theirs)["century"]
            return (year - 1) // 100 + 1 == century
        if not shared and "quarter" in mine | theirs and "month" in mine | theirs:
            return ((mine | theirs)["month"] - 1) // 3 + 1 == (mine | theirs)["quarter"]
        return bool(shared) and all(mine[name] == theirs[name] for name in shared)


@dataclass(frozen=True, slots=True)
class Version:
    """A version, with the name that it belongs to in lower case where one stands before it."""

    subject: str
    parts: tuple[int, ...]
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Name:
    """A name.

    Args:
        words: its words, folded (lower case, no ё, no possessive ending), in order.
        kind: `proper` (capitalised words), `identifier` (`Qwen3-235B`, `read_file`), `acronym`,
            `title` (in quotation marks), `initial` (one capitalised word at the start of a
            sentence, which may be a name).
    """

    words: tuple[str, ...]
    kind: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Modality:
    """A word or phrase that obliges, allows or forbids."""

    kind: Modal
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Negation:
    """A word that denies, and the word that it denies.

    Args:
        kind: `not`, `none` (ни, no, nobody), `never`, `without`.
        scope_start: start of the denied word; equal to `scope_end` where none was found.
    """

    kind: str
    start: int
    end: int
    scope_start: int
    scope_end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a statement says, in the order of the text."""

    quantities: tuple[Quantity, ...] = ()
    moments: tuple[Moment, ...] = ()
    versions: tuple[Version, ...] = ()
    names: tuple[Name, ...] = ()
    modalities: tuple[Modality, ...] = ()
    negations: tuple[Negation, ...] = ()
    language: str = "other"
