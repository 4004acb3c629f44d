"""Does the source deny, oblige and direct as the claim does?"""

from __future__ import annotations

from collections.abc import Iterator

from notec.core import Span
from notec.facts.disagreement import Disagreement, Kind
from notec.facts.inflection import related
from notec.facts.opposites import bare, opposite
from notec.facts.profile import Profile, Term
from notec.facts.tokens import words
from notec.facts.values import Modal

_CLASH = frozenset(
    frozenset(pair)
    for pair in (
        (Modal.MUST, Modal.MUST_NOT), (Modal.MAY, Modal.MUST_NOT), (Modal.MUST, Modal.NEED_NOT),
        (Modal.SHOULD, Modal.SHOULD_NOT), (Modal.SHOULD, Modal.MUST_NOT), (Modal.MUST, Modal.SHOULD_NOT),
    )
)  # fmt: skip
_STRONGER = {Modal.MUST: (Modal.MAY, Modal.SHOULD)}
_FUNCTION_PAIRS = {
    "до": "после", "после": "до", "before": "after", "after": "before", "above": "below", "below": "above",
    "over": "under", "under": "over", "inside": "outside", "outside": "inside", "внутри": "снаружи",
    "снаружи": "внутри", "перед": "после",
}  # fmt: skip


def _match(term: Term, other: Term) -> tuple[bool, bool]:
    """Whether two words are one word, and whether a prefix turns one round ("недоступен", "доступен")."""
    if term.stem == other.stem or term.low == other.low:
        return True, False
    mine, theirs = bare(term.stem), bare(other.stem)
    if (mine and mine == other.stem) or (theirs and theirs == term.stem):
        return True, True
    if len(term.stem) >= 5 and len(other.stem) >= 5 and related(term.stem, other.stem):
        return not opposite(term.low, other.low), False
    return False, False


class _Clause:
    """A clause of a claim beside the clause of the source that says most of it."""

    def __init__(
        self, number: int, mine: list[Term], source: Profile, clauses: dict[int, list[Term]]
    ) -> None:
        self.number = number
        self.mine = mine
        best: tuple[float, int] = (0.0, -1)
        for key, theirs in clauses.items():
            score = sum(
                1.0 if any(t.stem == o.stem for o in theirs) else 0.5 * any(_match(t, o)[0] for o in theirs)
                for t in mine
            )
            score += 0.25 * sum(any(opposite(t.low, o.low) for o in theirs) for t in mine)
            score -= 0.001 * len(theirs)
            if score > best[0]:
                best = (score, key)
        self.score, self.their_number = best
        self.theirs = clauses.get(self.their_number, [])


def _group(profile: Profile) -> dict[int, list[Term]]:
    clauses: dict[int, list[Term]] = {}
    for term in profile.terms:
        clauses.setdefault(term.clause, []).append(term)
    return clauses


def word_disagreements(claim: Profile, source: Profile) -> Iterator[Disagreement]:
    """Denials, directions and obligations that differ, clause by clause of the claim."""
    clauses = _group(source)
    for number, mine in _group(claim).items():
        clause = _Clause(number, mine, source, clauses)
        if not clause.theirs:
            continue
        opposites = list(_opposites(clause, claim, source))
        yield from opposites
        yield from _negation(clause, claim, source, len(opposites))
    yield from _function_words(claim, source)
    yield from _modality(claim, source)


def _opposites(clause: _Clause, claim: Profile, source: Profile) -> Iterator[Disagreement]:
    """A word of the claim whose contrary stands in the source's clause instead of it."""
    sentence = clause.theirs[0].sentence
    wide = [term for term in source.terms if term.sentence == sentence]
    for term in clause.mine:
        if any(_match(term, other)[0] for other in wide):
            continue
        for other in clause.theirs or wide:
            if not opposite(term.low, other.low) or any(_match(t, other)[0] for t in clause.mine):
                continue
            rest = [t for t in clause.mine if t is not term]
            shared = sum(any(_match(t, o)[0] for o in clause.theirs) for t in rest)
            if term.denied == other.denied and shared >= max(1, 0.34 * len(rest)):
                yield _found(Kind.OPPOSITE, claim, source, term, other, True)
            break


def _denials(profile: Profile, number: int) -> int:
    return sum(clause == number for clause in profile.denials)


def _negation(clause: _Clause, claim: Profile, source: Profile, opposites: int) -> Iterator[Disagreement]:
    """A word that one side denies and the other affirms."""
    flagged: list[tuple[Term, Term]] = []
    agreed = turned = 0
    for term in clause.mine:
        for other in clause.theirs:
            same, turn = _match(term, other)
            if not same:
                continue
            if (term.denied != other.denied) != turn:
                flagged.append((term, other))
            elif term.denied or turn:
                agreed += 1
            turned += turn
            break
    contrary = sum(
        term.denied != other.denied and opposite(term.low, other.low)
        for term in clause.mine
        for other in clause.theirs
    )
    mine, theirs = _denials(claim, clause.number), _denials(source, clause.their_number)
    if (mine + theirs + turned + min(contrary, 1)) % 2 == 0:
        return
    if flagged:
        term, other = flagged[0]
        yield _found(Kind.NEGATION, claim, source, term, other, True)
    elif mine > theirs and not opposites and not contrary:
        denied = [term for term in clause.mine if term.denied]
        if denied:
            yield _found(Kind.NEGATION, claim, source, denied[0], None, False)


def _function_words(claim: Profile, source: Profile) -> Iterator[Disagreement]:
    """ "before the build" against "after the build": small words with one word after both."""
    if not claim.lows & _FUNCTION_PAIRS.keys():
        return
    mine, theirs = words(claim.text), words(source.text)
    stems = {term.start: term.stem for term in claim.terms}
    their_stems = {term.start: term.stem for term in source.terms}
    for index, word in enumerate(mine[:-1]):
        contrary = _FUNCTION_PAIRS.get(word.low)
        target = next((stems[w.start] for w in mine[index + 1 : index + 4] if w.start in stems), "")
        if not contrary or not target:
            continue
        found = [
            other
            for place, other in enumerate(theirs[:-1])
            if target in {their_stems.get(w.start) for w in theirs[place + 1 : place + 4]}
            and other.low in (contrary, word.low)
        ]
        if found and all(other.low == contrary for other in found):
            other = found[0]
            yield Disagreement(
                Kind.OPPOSITE,
                word.form,
                other.form,
                Span(word.start, word.end),
                Span(other.start, other.end),
                True,
            )


def _modality(claim: Profile, source: Profile) -> Iterator[Disagreement]:
    """What must be done in the claim may, or must not, be done in the source."""
    for mine in claim.facts.modalities:
        governed = next((t for t in claim.terms if t.start >= mine.end), None)
        for theirs in source.facts.modalities:
            verb = next((t for t in source.terms if t.start >= theirs.end), None)
            if governed is None or verb is None or not _match(governed, verb)[0]:
                continue
            pair = frozenset((mine.kind, theirs.kind))
            if pair in _CLASH:
                yield Disagreement(
                    Kind.MODALITY,
                    mine.span.of(claim.text),
                    theirs.span.of(source.text),
                    mine.span,
                    theirs.span,
                    True,
                )
            elif theirs.kind in _STRONGER.get(mine.kind, ()):
                yield Disagreement(
                    Kind.MODALITY,
                    mine.span.of(claim.text),
                    theirs.span.of(source.text),
                    mine.span,
                    theirs.span,
                    False,
                )
            break


def _found(
    kind: Kind, claim: Profile, source: Profile, mine: Term, theirs: Term | None, contradicts: bool
) -> Disagreement:
    return Disagreement(
        kind,
        claim.text[mine.start : mine.end],
        source.text[theirs.start : theirs.end] if theirs else "",
        Span(mine.start, mine.end),
        Span(theirs.start, theirs.end) if theirs else None,
        contradicts,
    )
