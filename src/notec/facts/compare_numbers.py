"""Do the numbers, units, dates and versions of a claim stand in its source?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal

from notec.core import Span
from notec.facts.disagreement import Disagreement, Kind
from notec.facts.inflection import related
from notec.facts.profile import Profile
from notec.facts.units import to_base, unit_of
from notec.facts.values import Moment, Quantity, Relation, Version

Verdict = Literal["same", "loose", "differs", "unit", "apart"]

Placed = Quantity | Moment | Version
_CHANGE_WORDS = frozenset(("to", "до", "instead", "вместо", "против", "-", "–", "—", "→", "->", "by", "по"))
_ANYTHING = frozenset(("человек", "люд", "штук", "peopl", "person", "piec", "item", "time"))
"""Stems of words that may stand for whatever is counted."""
MOST = 50  # values of one kind that a claim may state; beyond that it is no claim, and none is believed
_TABLE = 20  # values; where there are more of them, words beside them say little
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


def _bare(quantity: Quantity) -> bool:
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
            return "differs" if _bare(source) else "apart"
        if claim.unit == source.unit.partition("/")[0] or source.unit == claim.unit.partition("/")[0]:
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


def _context(profile: Profile, quantity: Placed, rivals: Sequence[Placed]) -> dict[str, float]:
    """Stems near a quantity, nearer to it than to its rivals in the same sentence, with weights."""
    sentence = [t for t in profile.terms if t.sentence == _sentence(profile, quantity.start)]
    near: dict[str, float] = dict.fromkeys(quantity.nouns if isinstance(quantity, Quantity) else (), 2.0)
    for term in sentence:
        if any(v.start <= term.start < v.end for v in (quantity, *rivals)):
            continue
        own = _distance(profile.text, term.start, term.end, quantity)
        if all(own <= _distance(profile.text, term.start, term.end, rival) for rival in rivals):
            near[term.stem] = max(near.get(term.stem, 0.0), 2.0 if term.name else 1.0)
    return near


def _sentence(profile: Profile, offset: int) -> int:
    before = [t for t in profile.terms if t.start <= offset]
    after = [t for t in profile.terms if t.start >= offset]
    chosen = (
        after[0] if after and (not before or after[0].start - offset < offset - before[-1].start) else None
    )
    return (chosen or (before[-1] if before else after[0])).sentence if before or after else 0


def _distance(text: str, start: int, end: int, quantity: Placed) -> float:
    gap = text[end : quantity.start] if end <= quantity.start else text[quantity.end : start]
    joins = sum(gap.count(sign) for sign in ",;.") + (" и " in gap) + (" and " in gap) + (" а " in gap)
    return gap.count(" ") + 3 * joins


def quantity_disagreements(claim: Profile, source: Profile) -> Iterator[Disagreement]:
    """Quantities of the claim that the source states otherwise or not at all."""
    theirs = source.facts.quantities
    for quantity in claim.facts.quantities[:MOST]:
        if _stated_elsewhere(quantity, source):
            continue
        verdicts = [(judge(quantity, other), other) for other in theirs]
        good = [other for verdict, other in verdicts if verdict == "same"]
        loose = [other for verdict, other in verdicts if verdict == "loose"]
        bad = [
            other
            for verdict, other in verdicts
            if verdict == "differs" and _may_replace(quantity, other, claim)
        ]
        if good or loose:
            wrong = _misplaced(claim, source, quantity, good or loose, bad)
            if wrong is not None:
                yield _found(Kind.NUMBER, claim, source, quantity, wrong, contradicts=True)
            elif good and _other_noun(quantity, good, source):
                yield _found(Kind.UNIT, claim, source, quantity, good[0], contradicts=True)
            continue
        units = [other for verdict, other in verdicts if verdict == "unit"]
        if units:
            yield _found(Kind.UNIT, claim, source, quantity, units[0], contradicts=True)
        elif bad:
            yield _found(
                Kind.NUMBER, claim, source, quantity, _closest(claim, source, quantity, bad), contradicts=True
            )
        elif not quantity.weak and not (quantity.unit == "ordinal" and quantity.low <= 1):
            yield _found(Kind.NUMBER, claim, source, quantity, None, contradicts=False)


def _may_replace(quantity: Quantity, other: Quantity, claim: Profile) -> bool:
    """Whether a differing number is about the same thing; bare numbers need a noun in common."""
    if quantity.unit and other.unit and quantity.weak and other.weak:
        return True  # "within an hour", "within a day"
    if quantity.weak and quantity.unit and quantity.unit != "ordinal":
        return False
    if quantity.unit or other.unit:
        if quantity.unit == "ordinal":
            return bool(set(quantity.nouns[:1]) & set(other.nouns[:1]))
        return not other.weak or bool(set(quantity.nouns) & set(other.nouns))
    if quantity.weak or other.weak:
        return bool(set(quantity.nouns[:1]) & set(other.nouns[:1]))
    return not quantity.nouns or not other.nouns or bool(set(quantity.nouns) & set(other.nouns))


def _other_noun(quantity: Quantity, good: Sequence[Quantity], source: Profile) -> bool:
    """Whether the claim counts something that the source does not speak of ("20 chapters" for "20 pages")."""
    if (
        not quantity.nouns
        or quantity.weak
        or quantity.unit not in ("", "count/second", "count/minute", "count/hour")
    ):
        return False
    if quantity.nouns[0] in _ANYTHING or any(
        related(n, stem) for n in quantity.nouns for stem in source.stems
    ):
        return False
    return all(other.nouns and not other.unit for other in good)


def _misplaced(
    claim: Profile, source: Profile, mine: Placed, good: Sequence[Placed], bad: Sequence[Placed]
) -> Placed | None:
    """A differing value of the source that stands where the claim puts this one, the equal one not.

    "The first run took 40 seconds, the second 25" does not say that the second took 40.
    """
    same, rivals = _alike(mine, claim), _alike(mine, source)
    if not bad or len(rivals) > _TABLE or len(same) > _TABLE:
        return None
    wanted = _context(claim, mine, [v for v in same if v is not mine])
    wanted = {stem: weight for stem, weight in wanted.items() if stem in source.stems}

    def near(other: Placed) -> set[str]:
        return wanted.keys() & _context(source, other, [v for v in rivals if v is not other]).keys()

    def fit(other: Placed) -> float:
        return sum(wanted[stem] for stem in near(other))

    best = max(bad, key=fit)
    nearest = max(good, key=fit)
    if any(_one_change(source.text, best, other) for other in good):
        return None
    if any(
        v is not mine and _equal(v, best) and (v.start < mine.start) == (best.start < nearest.start)
        for v in same
    ):
        return None  # the claim has both, in the same order
    here, there = near(nearest), near(best)
    carried = best.start > nearest.start and all(  # "a ticket costs 350, for students 200"
        term.end <= nearest.start for term in source.terms if term.stem in here - there
    )
    if there - here and (not here - there or carried):
        return best
    return None


def _alike(value: Placed, profile: Profile) -> list[Placed]:
    """The values of a statement that could stand in the place of this one."""
    if isinstance(value, Moment):
        return list(profile.facts.moments)
    if isinstance(value, Version):
        return list(profile.facts.versions)
    return [q for q in profile.facts.quantities if comparable(value, q) or _bare(q)]


def _equal(one: Placed, other: Placed) -> bool:
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        return judge(one, other) == "same"
    if isinstance(one, Version) and isinstance(other, Version):
        return _same_version(one, other)
    return isinstance(one, Moment) and isinstance(other, Moment) and one.agrees(other)


def _one_change(text: str, one: Placed, other: Placed) -> bool:
    """Whether two values are the ends of one change: "from 7.5 to 9", "1.2 instead of 3.6"."""
    gap = text[min(one.end, other.end) : max(one.start, other.start)].split()
    return bool(gap) and len(gap) <= 3 and not _CHANGE_WORDS.isdisjoint(word.lower() for word in gap)


def _closest(claim: Profile, source: Profile, quantity: Quantity, bad: Sequence[Quantity]) -> Quantity:
    if len(bad) > _TABLE:
        return bad[0]
    mine = _context(claim, quantity, [])
    return max(bad, key=lambda other: len(mine.keys() & _context(source, other, []).keys()))


def _stated_elsewhere(quantity: Quantity, source: Profile) -> bool:
    """Whether the source has the number as a version, a year or inside a name; or "an hour" for one."""
    if quantity.low == quantity.high == 1 and quantity.unit:
        return any(unit_of(low) == quantity.unit for low in source.lows)
    if quantity.low != quantity.high or quantity.unit not in ("", "ordinal"):
        return False
    value = quantity.low
    if any(value in (moment.year, moment.day, moment.century) for moment in source.facts.moments):
        return True
    return any(
        version.parts[0] == value or float(f"{version.parts[0]}.{version.parts[1]}") == value
        if len(version.parts) == 2
        else version.parts == (value,)
        for version in source.facts.versions
    )


def moment_disagreements(claim: Profile, source: Profile) -> Iterator[Disagreement]:
    """Dates and times of the claim that the source states otherwise or not at all."""
    theirs = source.facts.moments
    for moment in claim.facts.moments[:MOST]:
        good = [other for other in theirs if moment.agrees(other)]
        said = moment.fields.keys()
        bad = [other for other in theirs if said & other.fields.keys() and not moment.agrees(other)]
        wrong = _misplaced(claim, source, moment, good, bad) if good else None
        if wrong is not None:
            yield _found(Kind.DATE, claim, source, moment, wrong, contradicts=True)
        elif good:
            if all(moment.relation.direction * other.relation.direction < 0 for other in good):
                yield _found(Kind.DATE, claim, source, moment, good[0], contradicts=True)
            elif (
                not moment.fields.keys() <= {key for other in theirs for key in other.fields}
                and len(good) == 1
            ):
                yield _found(Kind.DATE, claim, source, moment, None, contradicts=False)
        elif not _numbers_say(moment, source):
            yield _found(Kind.DATE, claim, source, moment, bad[0] if bad else None, contradicts=bool(bad))


def _numbers_say(moment: Moment, source: Profile) -> bool:
    """Whether a bare number of the source is the year of the claim."""
    numbers = {q.low for q in source.facts.quantities if not q.unit}
    numbers |= {part for version in source.facts.versions for part in version.parts}
    return set(moment.fields) == {"year"} and moment.year in numbers


def version_disagreements(claim: Profile, source: Profile) -> Iterator[Disagreement]:
    """Versions of the claim that the source states otherwise or not at all."""
    theirs = source.facts.versions
    numbers = {q.low for q in source.facts.quantities if not q.unit}
    numbers |= {float(m.year) for m in source.facts.moments if m.year is not None}
    for version in claim.facts.versions[:MOST]:
        same = [other for other in theirs if _same_version(version, other)]
        rivals = [o for o in theirs if o.subject == version.subject and not _same_version(version, o)]
        wrong = _misplaced(claim, source, version, same, rivals) if same else None
        if wrong is not None:
            yield _found(Kind.VERSION, claim, source, version, wrong, contradicts=True)
        if same or _written(version, claim, source):
            continue
        plain = float(".".join(map(str, version.parts[:2])))
        if len(version.parts) <= 2 and plain in numbers:
            continue
        subject = [o for o in theirs if o.subject == version.subject or not o.subject or not version.subject]
        against = subject or (list(theirs) if theirs else [])
        yield _found(
            Kind.VERSION, claim, source, version, against[0] if against else None, contradicts=bool(against)
        )


def _same_version(one: Version, other: Version) -> bool:
    short = min(len(one.parts), len(other.parts))
    subjects = not one.subject or not other.subject or one.subject.split()[-1] == other.subject.split()[-1]
    return subjects and one.parts[:short] == other.parts[:short]


def _written(version: Version, claim: Profile, source: Profile) -> bool:
    """Whether the version stands in the source in the same signs, or joined to its name ("GPT4", "GPT-4")."""
    words = version.span.of(claim.text).casefold()
    squeezed = words.replace(" ", "").replace("-", "")
    there = source.text.casefold()
    return words in there or (bool(version.subject) and squeezed in there.replace(" ", "").replace("-", ""))


def _found(
    kind: Kind, claim: Profile, source: Profile, mine: Placed, theirs: Placed | None, *, contradicts: bool
) -> Disagreement:
    return Disagreement(
        kind,
        mine.span.of(claim.text),
        theirs.span.of(source.text) if theirs else "",
        mine.span,
        Span(*theirs.span) if theirs else None,
        contradicts,
    )
