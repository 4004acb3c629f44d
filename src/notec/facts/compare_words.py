"""Does the source deny, oblige and direct as the claim does?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from notec.core import Span
from notec.facts.disagreement import Disagreement, Kind
from notec.facts.inflection import related
from notec.facts.opposites import bare, opposite
from notec.facts.profile import Profile, Term
from notec.facts.tokens import Word, words
from notec.facts.values import Modal, Modality

_CLASH = frozenset(
    frozenset(pair)
    for pair in (
        (Modal.MUST, Modal.MUST_NOT), (Modal.MAY, Modal.MUST_NOT), (Modal.MUST, Modal.NEED_NOT),
        (Modal.SHOULD, Modal.SHOULD_NOT), (Modal.SHOULD, Modal.MUST_NOT), (Modal.MUST, Modal.SHOULD_NOT),
    )
)  # fmt: skip
_WEAKER = frozenset(
    ((Modal.SHOULD, Modal.MUST), (Modal.SHOULD_NOT, Modal.MUST_NOT), (Modal.MAY, Modal.NEED_NOT))
)
"""A claim may say less than its source, or the same in other words: (claim, source)."""
_AMOUNTS = {
    word: rank
    for rank, line in enumerate(
        (
            "few little hardly немногие немногих немногим мало единицы",
            "",
            "some several certain некоторые некоторых некоторым несколько часть",
            "many much most многие многих многим большинство большинства большинству большинстве много",
            "all every each все всех всем всеми каждый каждая каждое каждого каждой любой любая любые любых",
        )
    )
    for word in line.split()
}
"""Quantifiers by how much they say; what says less than its source, but not the contrary, is fine."""
_ONLY = frozenset(("only", "solely", "exclusively", "только", "лишь", "исключительно"))
_MOST = 30  # clauses of a claim that are compared
_UNDER_NO = {Modal.MUST: Modal.NEED_NOT, Modal.MAY: Modal.MUST_NOT, Modal.SHOULD: Modal.SHOULD_NOT}
_FUNCTION_PAIRS = {
    word: frozenset(contrary.split())
    for line in (
        "до перед before/после after", "above над/below под", "over/under", "inside внутри/outside снаружи",
    )
    for sides in (line.split("/"), line.split("/")[::-1])
    for word, contrary in [(word, sides[1]) for word in sides[0].split()]
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
    for number, mine in islice(_group(claim).items(), _MOST):
        clause = _Clause(number, mine, source, clauses)
        if not clause.theirs:
            continue
        opposites = list(_opposites(clause, claim, source))
        yield from opposites
        yield from _negation(clause, claim, source, len(opposites))
    yield from _comparison(claim, source)
    yield from _function_words(claim, source)
    yield from _quantifiers(claim, source)
    yield from _modality(claim, source)


def _opposites(clause: _Clause, claim: Profile, source: Profile) -> Iterator[Disagreement]:
    """A word of the claim whose contrary stands in the source's clause instead of it."""
    swapped = _swapped(claim, source)
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
            if (term.denied == other.denied) != swapped and shared >= max(1, 0.34 * len(rest)):
                yield _found(Kind.OPPOSITE, claim, source, term, other, contradicts=True)
            break


def _swapped(claim: Profile, source: Profile) -> bool:
    """Whether two comparisons set their sides the other way round: "A is more than B", "B is less than A"."""
    mine, theirs = _sides(claim), _sides(source)
    if mine is None or theirs is None:
        return False
    (left, right), (their_left, their_right) = mine, theirs
    return bool(left & their_right) and bool(right & their_left) and not right & their_right


def _sides(profile: Profile) -> tuple[frozenset[str], frozenset[str]] | None:
    """What stands before and after the one "than" of a statement, without what stands on both sides."""
    than = [word.start for word in words(profile.text) if word.low in ("than", "чем")]
    if len(than) != 1:
        return None
    left = frozenset(t.stem for t in profile.terms if t.start < than[0])
    right = frozenset(t.stem for t in profile.terms if t.start > than[0])
    return left - right, right - left


def _comparison(claim: Profile, source: Profile) -> Iterator[Disagreement]:
    """ "A is faster than B" against "B is faster than A"."""
    if not _swapped(claim, source):
        return
    moved = {t.stem for t in source.terms if t.name}
    if any(opposite(low, other) for low in claim.lows - source.lows for other in source.lows - claim.lows):
        return  # "A is more than B", "B is less than A"
    for term in claim.terms:
        same = [other for other in source.terms if other.stem == term.stem]
        if same and term.stem not in moved and len({t.denied for t in (term, *same)}) == 1:
            yield _found(Kind.OPPOSITE, claim, source, term, same[0], contradicts=True)
            return


def _denials(profile: Profile, number: int) -> int:
    return sum(clause == number for clause in profile.denials)


def _negation(clause: _Clause, claim: Profile, source: Profile, opposites: int) -> Iterator[Disagreement]:
    """A word that one side denies and the other affirms."""
    flagged: list[tuple[Term, Term]] = []
    turned = 0
    own = {term.stem for term in clause.mine}
    for term in clause.mine:
        matches = [(other, _match(term, other)) for other in clause.theirs]
        matches = [
            (other, (same, turn))
            for other, (same, turn) in matches
            if same and (other.stem == term.stem or other.stem not in own)
        ]
        if not matches:
            continue
        other, (_, turn) = min(matches, key=lambda m: (m[0].stem != term.stem, m[1][1]))
        if (term.denied != other.denied) != turn:
            flagged.append((term, other))
        turned += turn
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
        yield _found(Kind.NEGATION, claim, source, term, other, contradicts=True)
    elif theirs > mine and not opposites and not contrary:
        told = [t for t in clause.mine if any(_match(t, o)[0] for o in clause.theirs)]
        denied = [o for o in clause.theirs if o.denied and not any(_match(t, o)[0] for t in clause.mine)]
        new = [t for t in clause.mine if t not in told]
        if (
            denied and len(told) >= 2 and len(new) == 1
        ):  # "found nothing wrong" against "spotted something wrong"
            yield _found(Kind.NEGATION, claim, source, new[0], denied[0], contradicts=False)
    elif mine > theirs and not opposites and not contrary:
        denied = [term for term in clause.mine if term.denied]
        if denied:
            yield _found(Kind.NEGATION, claim, source, denied[0], None, contradicts=False)


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
            and (other.low in contrary or other.low in _FUNCTION_PAIRS)
        ]
        rest = [term for term in claim.terms if term.stem != target]
        told = sum(any(_match(term, other)[0] for other in source.terms) for term in rest)
        if found and all(other.low in contrary for other in found) and told >= 0.7 * len(rest):
            spans = Span(word.start, word.end), Span(found[0].start, found[0].end)
            yield Disagreement(Kind.OPPOSITE, word.form, found[0].form, *spans, True)


def _quantifiers(claim: Profile, source: Profile) -> Iterator[Disagreement]:
    """ "most users" against "few users"; "only" where the source sets no such limit."""
    mine, theirs = _amounts(claim), _amounts(source)
    for target, (rank, word) in mine.items():
        if target not in theirs:
            continue
        other_rank, other = theirs[target]
        if rank != other_rank and not (2 <= rank < other_rank):
            contradicts = min(rank, other_rank) < 2 <= max(rank, other_rank)
            spans = Span(word.start, word.end), Span(other.start, other.end)
            yield Disagreement(Kind.OPPOSITE, word.form, other.form, *spans, contradicts)
    if not source.lows & _ONLY:
        for word in words(claim.text):
            if word.low in _ONLY:
                yield Disagreement(Kind.OPPOSITE, word.form, "", Span(word.start, word.end), None, False)


def _amounts(profile: Profile) -> dict[str, tuple[int, Word]]:
    """How much of what a statement speaks of: the stem of the word after each quantifier."""
    all_words = words(profile.text)
    stems = {term.start: term.stem for term in profile.terms}
    out: dict[str, tuple[int, Word]] = {}
    for index, word in enumerate(all_words):
        rank = _AMOUNTS.get(word.low)
        target = next((stems[w.start] for w in all_words[index + 1 : index + 4] if w.start in stems), None)
        if rank is not None and target:
            out.setdefault(target, (rank, word))
    return out


def _modality(claim: Profile, source: Profile) -> Iterator[Disagreement]:
    """What must be done in the claim may, or must not, be done in the source."""
    theirs = [(_denied(source, m), _governed(source, m)) for m in source.facts.modalities]
    for mine in (_denied(claim, m) for m in claim.facts.modalities):
        scope = _governed(claim, mine)
        fits = [
            sum(any(_match(t, o)[0] for o in terms) for t in scope) - 0.05 * len(terms) for _, terms in theirs
        ]
        best = max(fits, default=0.0)
        if best < 0.5 or 2 * best + 0.5 < len(scope):
            continue
        rivals = [modality for (modality, _), fit in zip(theirs, fits, strict=True) if fit == best]
        if any(mine.kind is r.kind or (mine.kind, r.kind) in _WEAKER for r in rivals):
            continue
        other = rivals[0]
        clash = frozenset((mine.kind, other.kind)) in _CLASH
        values = mine.span.of(claim.text), other.span.of(source.text)
        yield Disagreement(Kind.MODALITY, *values, mine.span, other.span, clash)


def _denied(profile: Profile, modality: Modality) -> Modality:
    """The modality with a "no" of its clause: "no phone is needed" needs none."""
    kind = _UNDER_NO.get(modality.kind)
    clause = profile.clause_at(modality.start)
    denials = (n for n in profile.facts.negations if profile.clause_at(n.start) == clause)
    return (
        replace(modality, kind=kind)
        if kind and any(n.span.of(profile.text) in ("no", "No") for n in denials)
        else modality
    )


def _governed(profile: Profile, modality: Modality) -> list[Term]:
    """What a modal word is about: its clause, without the words of the modal itself."""
    clause = profile.clause_at(modality.start)
    return [t for t in profile.terms if t.clause == clause and not modality.start <= t.start < modality.end]


def _found(
    kind: Kind, claim: Profile, source: Profile, mine: Term, theirs: Term | None, *, contradicts: bool
) -> Disagreement:
    return Disagreement(
        kind,
        claim.text[mine.start : mine.end],
        source.text[theirs.start : theirs.end] if theirs else "",
        Span(mine.start, mine.end),
        Span(theirs.start, theirs.end) if theirs else None,
        contradicts,
    )
