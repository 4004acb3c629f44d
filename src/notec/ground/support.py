"""Does a source support a claim? No model: facts must agree, and the words must be there.

The facts decide first: a number, date, name, denial or obligation that the source states otherwise, or
does not state, is enough for a no. Then a logistic of four readable features weighs the words. Its weights
were fitted by `bench/support.py --fit` on pairs of premise and hypothesis, and rounded.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from notec.facts import Disagreement, disagreements
from notec.facts.inflection import related, same_name
from notec.facts.profile import Profile, Term, profile
from notec.facts.tokens import words
from notec.facts.values import Modality, Moment, Quantity, Relation, Version


class Features(NamedTuple):
    """What the words say.

    Args:
        missing: share of the claim's words of content that the source has in no form; values left out.
        ending: how much worse the last of them is found than the first: what a sentence says anew
            stands at its end. -1 to 0.
        absolute: words such as "all", "never", "certainly" that the source does not use; at most 2.
        near: share of the claim's neighbouring words that stand near one another in the source, too.
        hedged: 1 where the source only supposes, asks, hopes or makes conditional what the claim states.
    """

    missing: float
    ending: float
    absolute: float
    near: float
    hedged: float


WEIGHTS = Features(missing=-1.2, ending=0.4, absolute=-1.2, near=0.3, hedged=-1.0)
BIAS = 0.55
THRESHOLD = 0.5

_KIN = 0.7  # what a word of the same root counts for
_NEAR = 2  # words
_BOUND = 12  # characters before a number that may say how it bounds
_ABSOLUTE = (
    "все всех всем всеми весь вся всю каждый каждая каждое каждого каждой каждому каждую любой любая любые"
    "/всегда постоянно ежегодно ежедневно неизменно/часто обычно/много многие многих/никогда/никто/ничего"
    "/только лишь единственный единственная исключительно/самый самая самое самые/иногда редко/уже/еще"
    "/снова опять/теперь сейчас/несомненно точно безусловно обязательно конечно/совсем полностью абсолютно"
    "/целиком/больше/all every each everyone everything any/always constantly/often usually frequently"
    "/many most/never/nobody none/nothing/only solely exclusively/sometimes rarely/already/still/again/now"
    "/certainly surely definitely undoubtedly/completely totally absolutely entirely"
)
_HEDGE = re.compile(
    r"(?<!\w)(?:дума(?=[юлетв])|счита(?=[юлетв])|вери(?=[лтмш])|верю|каж(?=ется|утся)|казал(?=ось|ся|ась)|надея|надею|наде(?=ется|ют)"
    r"|предполага|полага(?=[юлетв])|уверен|сомнева|якобы|будто|вероятно|возможно|наверное|пожалуй|если(?!\w)|бы(?!\w)"
    r"|вряд|едва|хоте[лт]|хоч|хотят|обеща|собира(?=[юлетв])|планиру|боится|боюсь|чтобы(?!\w)|неужели"
    r"|thinks?(?!\w)|thought|believe|suppose|hope[sd]?(?!\w)|claims?(?!\w)|maybe|perhaps|probabl|possibl|if(?!\w)"
    r"|unless|whether|would(?!\w)|seems?(?!\w)|seemed|appears?(?!\w)|alleged|reported|doubt"
    r"|wants?(?!\w)|plans?(?= to))"
)
_GROUP = {word: number for number, line in enumerate(_ABSOLUTE.split("/")) for word in line.split()}


@dataclass(frozen=True)
class Support:
    """How a source stands to a claim.

    Args:
        score: estimated chance that the words of the source carry the claim, 0 to 1.
        differs: facts of the claim that the source states otherwise or does not state.
        missing: the claim's words of content that the source does not have.
    """

    score: float
    differs: tuple[Disagreement, ...]
    missing: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """The verdict: no fact differs, and the words are there."""
        return not self.differs and self.score >= THRESHOLD


@lru_cache(maxsize=4096)
def support(claim: str, source: str, context: str = "") -> Support:
    """Judge a claim by its source.

    Args:
        context: titles and headings above the source. A date, name or word that stands there counts as
            said; it cannot excuse what the source itself states otherwise.
    """
    differs = disagreements(claim, source)
    told = source
    if context:
        told = f"{context}\n{source}"
        still = {(d.kind, d.claim_span) for d in disagreements(claim, told)}
        differs = tuple(d for d in differs if (d.kind, d.claim_span) in still)
    found, missing = features(claim, told)
    total = BIAS + sum(w * f for w, f in zip(WEIGHTS, found, strict=True))
    return Support(1 / (1 + math.exp(-total)), differs, missing)


def features(claim: str, source: str) -> tuple[Features, tuple[str, ...]]:
    """The features of a pair, and the claim's words that the source does not have."""
    mine, theirs = profile(claim), profile(source)
    judged = _judged(mine)
    terms = [t for t in mine.terms if not any(start <= t.start < end for start, end in judged)]
    hits = [_hit(term, theirs) for term in terms]
    said = {_GROUP[low] for low in theirs.lows if low in _GROUP}
    absolute = sum(
        _GROUP[word.low] not in said
        for word in words(claim)
        if word.low in _GROUP and not any(start <= word.start < end for start, end in judged)
    )
    found = Features(
        1 - sum(hits) / len(hits) if hits else 0.0,
        min(0.0, hits[-1] - hits[0]) if hits else 0.0,
        float(min(absolute, 2)),
        _near(terms, theirs),
        float(_hedged(terms, mine, theirs)),
    )
    return found, tuple(t.low for t, hit in zip(terms, hits, strict=True) if not hit)


def _judged(claim: Profile) -> list[tuple[int, int]]:
    """What the comparison of facts has judged: values with the words before them ("no more than"), modals."""
    facts = claim.facts
    values: tuple[Quantity | Moment, ...] = (*facts.quantities, *facts.moments)
    plain: tuple[Version | Modality, ...] = (*facts.versions, *facts.modalities)
    bounds = [_BOUND if value.relation is not Relation.EQUAL else 0 for value in values]
    judged = [(value.start - bound, value.end) for value, bound in zip(values, bounds, strict=True)]
    return judged + [(value.start, value.end) for value in plain]


def _hit(term: Term, source: Profile) -> float:
    """1 where the source has the word in any form, less for a word of its root, 0 where it has neither."""
    if term.stem in source.stems or term.low in source.lows:
        return 1.0
    if term.name and any(same_name(term.low, low) for low in source.lows if low[:2] == term.low[:2]):
        return 1.0
    return _KIN if any(related(term.stem, stem) for stem in source.stems) else 0.0


def _near(terms: list[Term], source: Profile) -> float:
    places: dict[str, list[int]] = {}
    for place, term in enumerate(source.terms):
        places.setdefault(term.stem, []).append(place)
    pairs = list(pairwise(terms))
    near = sum(
        any(abs(i - j) <= _NEAR for i in places.get(left.stem, ()) for j in places.get(right.stem, ()))
        for left, right in pairs
    )
    return near / len(pairs) if pairs else 0.0


def _hedged(terms: list[Term], claim: Profile, source: Profile) -> bool:
    """Whether the clause that says most of the claim is itself said with reserve."""
    stems = {term.stem for term in terms}
    clauses = Counter(term.clause for term in source.terms if term.stem in stems)
    if not clauses:
        return False
    best = max(clauses, key=lambda clause: clauses[clause])
    sentence = next(term.sentence for term in source.terms if term.clause == best)
    first = min(term.start for term in source.terms if term.sentence == sentence)
    starts = [*source.clause_starts, len(source.text)]
    said = source.text[min(first, starts[best]) : starts[best + 1]]
    if said.rstrip(' \n"»”)').endswith("?"):
        return True
    mine = set(_HEDGE.findall(claim.text.lower()))
    return any(cue not in mine for cue in _HEDGE.findall(said.lower()))
