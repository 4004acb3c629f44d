"""Do the numbers, units, dates and versions of a claim stand in its source?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from notec.core import Span
from notec.facts.disagreement import Disagreement, Kind
from notec.facts.inflection import related
from notec.facts.judge import bare, comparable, judge
from notec.facts.profile import Profile
from notec.facts.units import unit_of
from notec.facts.values import Moment, Quantity, Version

Placed = Quantity | Moment | Version
_CHANGE_WORDS = frozenset(("to", "до", "instead", "вместо", "против", "-", "–", "—", "→", "->", "by", "по"))
_ANYTHING = frozenset(("человек", "люд", "штук", "peopl", "person", "piec", "item", "time"))
"""Stems of words that may stand for whatever is counted."""
MOST = 50  # values of one kind that a claim may state; beyond that it is no claim, and none is believed
_TABLE = 20  # values; where there are more of them, words beside them say little


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
    return [q for q in profile.facts.quantities if comparable(value, q) or bare(q)]


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
