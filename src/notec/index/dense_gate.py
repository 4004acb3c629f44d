"""Does the vector list help in this language? Measured on the vault itself, not believed.

An inverse cloze test: a sentence is taken out of a passage and searched for, in its place, among other
passages of the language; the passage without it is what should be found. It is ranked by words alone
(BM25), by vectors alone, and by both fused as the search fuses them. The vectors are let in where they
raise the mean reciprocal rank by more than chance would. Where words alone find nearly everything, there
is no gain to be seen; then vectors that find as much are let in.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from notec.facts.words import STOPWORDS, Analyzer, tokens
from notec.index.fusion import DENSE, fuse
from notec.index.quantised import Floats, dot, unit

POOL = 1000  # passages among which is searched
PROBES = 120
_FEWEST = 8  # probes, for a verdict
_DEPTH = 100  # of each list that is fused, as in the search
_TOP = 10
_CEILING = 0.9  # of words alone: above it there is hardly a gain to be seen
_ERRORS = 2.0  # a gain counts that is so many standard errors above chance
_SENTENCE = re.compile(r"[^\n.!?…]{30,300}[.!?…](?=\s|$)")
_K1, _B = 1.2, 0.75


@dataclass(frozen=True)
class Verdict:
    """What was measured for a language.

    Args:
        helps: whether the list is used.
        lexical, dense, fused: mean reciprocal rank of the first ten.
        passages: how many the language had then.
    """

    helps: bool
    probes: int
    lexical: float
    dense: float
    fused: float
    passages: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def hushes(self) -> bool:
        """Whether it is known that vectors do not help; too little to measure is not to know."""
        return not self.helps and self.probes >= _FEWEST

    def words(self) -> str:
        if self.probes < _FEWEST:
            return "off: too little text to measure whether it helps"
        figures = f"{self.lexical:.2f} with words alone, {self.fused:.2f} with vectors too"
        state = "on" if self.helps else "off: no gain"
        return f"{state} ({figures}; mean reciprocal rank on {self.probes} probes)"


def probes(texts: Sequence[str], limit: int = PROBES) -> list[tuple[int, str, str]]:
    """Up to `limit` probes as (number of the text, sentence taken out, rest), spread over the texts."""
    seen = Counter(s.strip() for text in texts for s in set(_SENTENCE.findall(text)))
    by_text: list[list[str]] = []
    for text in texts:
        found = [s.strip() for s in _SENTENCE.findall(text)]
        fit = [s for s in found[1:] if seen[s] == 1 and text.count(s) == 1 and _content(s) >= 4]
        by_text.append(fit if len(found) >= 2 else [])
    out: list[tuple[int, str, str]] = []
    for turn in range(3):  # at most so many of one text
        for number, found in enumerate(by_text):
            if turn < len(found) and len(out) < limit:
                sentence = found[(len(found) // 2 + turn) % len(found)]
                out.append((number, sentence, texts[number].replace(sentence, " ", 1)))
    return out


def measure(
    texts: Sequence[str],
    vectors: Floats,
    encode: Callable[[Sequence[str]], Floats],
    ask: Callable[[str], Floats],
    *,
    analyzer: Analyzer,
    passages: int,
) -> Verdict:
    """The verdict on a language.

    Args:
        texts, vectors: a sample of its passages.
        encode, ask: give the vectors of passages and of a query.
        passages: how many it has.
    """
    asked = probes(texts)
    if len(asked) < _FEWEST:
        return Verdict(False, len(asked), 0.0, 0.0, 0.0, passages)
    pool = unit(vectors)
    rests = unit(
        np.concatenate(
            [encode([rest for _, _, rest in asked[at : at + 16]]) for at in range(0, len(asked), 16)]
        )
    )
    words = _Words([analyzer.terms(text) for text in texts])
    ranks = np.zeros((len(asked), 3))
    for n, (number, sentence, rest) in enumerate(asked):
        query = unit(ask(sentence).reshape(1, -1))[0]
        cosines = dot(pool, query)
        cosines[number] = rests[n] @ query
        scores = words.scores(analyzer.terms(sentence), number, analyzer.terms(rest))
        lists = [_best(scores, only_positive=True), _best(cosines)]
        lists.append([passage for passage, _ in fuse(lists, [1.0, DENSE])])
        ranks[n] = [_reciprocal(ranked, number) for ranked in lists]
    lexical, dense, fused = (float(x) for x in ranks.mean(axis=0))
    gains = ranks[:, 2] - ranks[:, 0]
    error = float(gains.std(ddof=1)) / math.sqrt(len(gains))
    chance = sum(1 / rank for rank in range(1, _TOP + 1)) / len(texts)  # what blind vectors would reach
    helps = float(gains.mean()) > chance + _ERRORS * error
    if not helps and lexical >= _CEILING:
        helps = dense >= _CEILING and fused >= lexical
    rounded = (round(lexical, 4), round(dense, 4), round(fused, 4))
    return Verdict(bool(helps), len(asked), *rounded, passages)


def sample(count: int, seed: int = 7) -> NDArray[np.int64]:
    """Which of `count` passages are looked at: the same in every run."""
    return np.array(sorted(Random(seed).sample(range(count), min(count, POOL))), np.int64)  # noqa: S311


def _content(sentence: str) -> int:
    return sum(t.form.lower() not in STOPWORDS for t in tokens(sentence))


class _Words:
    """BM25 over the pool."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        self.lengths = np.array([len(d) for d in documents], np.float64)
        self.mean = float(self.lengths.mean()) or 1.0
        self.where: dict[str, list[tuple[int, int]]] = {}
        for number, document in enumerate(documents):
            for term, count in Counter(document).items():
                self.where.setdefault(term, []).append((number, count))

    def scores(self, query: Sequence[str], number: int, instead: Sequence[str]) -> NDArray[np.float64]:
        """Of each text for a query, where text `number` has the terms `instead`."""
        out = np.zeros(len(self.lengths))
        counts = Counter(instead)
        for term in set(query):
            found = [(n, c) for n, c in self.where.get(term, ()) if n != number]
            if counts[term]:
                found.append((number, counts[term]))
            idf = math.log(1 + (len(out) - len(found) + 0.5) / (len(found) + 0.5))
            for n, count in found:
                length = len(instead) if n == number else self.lengths[n]
                out[n] += idf * count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * length / self.mean))
        return out


def _best(scores: NDArray[Any], *, only_positive: bool = False) -> list[int]:
    order = np.argsort(-scores, kind="stable")[:_DEPTH]
    return [int(n) for n in order if scores[n] > 0 or not only_positive]


def _reciprocal(ranked: Sequence[int], number: int) -> float:
    rank = ranked.index(number) + 1 if number in ranked else 0
    return 1 / rank if 0 < rank <= _TOP else 0.0
