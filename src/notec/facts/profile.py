"""A statement as a list of words that carry content, each with its clause and whether it is denied."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from notec.facts.opposites import denies
from notec.facts.reader import read
from notec.facts.stems import stem
from notec.facts.tokens import words
from notec.facts.values import Facts
from notec.facts.words import STOPWORDS

_SENTENCE = re.compile(r"(?<=[.!?…])[\"»”)]*\s+|\n+")
_CLAUSE = re.compile(
    r"[,;:()]|\s[—–-]\s|(?<!\w)(?:но|а|однако|зато|хотя|если|когда|потому|поскольку|чтобы|тогда"
    r"|but|while|whereas|however|although|though|because|when|if|since|unless)(?!\w)",
    re.IGNORECASE,
)
_PLAIN = frozenset(
    (
        "быть есть являться является являются явля стать стал стала стало стали have has had would could"
        " should may might can must will shall need нужно надо может могут можно мог могла должен должна"
        " должно должны очень very свой весь это который также тоже said says say"
    ).split()
)


class Term(NamedTuple):
    """A word of content.

    Args:
        sentence: number of its sentence in the text.
        clause: number of its clause in the text.
        denied: whether an odd number of denials covers it.
        name: whether it is part of a name.
    """

    stem: str
    low: str
    start: int
    end: int
    sentence: int
    clause: int
    denied: bool
    name: bool


@dataclass(frozen=True)
class Profile:
    """A statement, its facts and its terms.

    Args:
        stems: the stems of all words, stopwords included.
        denials: clause of each denial.
    """

    text: str
    facts: Facts
    terms: tuple[Term, ...]
    stems: frozenset[str]
    lows: frozenset[str]
    denials: tuple[int, ...]
    sentences: int
    clause_starts: tuple[int, ...]

    def clause_at(self, offset: int) -> int:
        """Number of the clause in which a character stands."""
        return sum(start <= offset for start in self.clause_starts) - 1


@lru_cache(maxsize=2048)
def profile(text: str) -> Profile:
    """The profile of a statement or of a few sentences."""
    facts = read(text)
    all_words = words(text[:20_000])
    sentence_starts = [0] + [match.end() for match in _SENTENCE.finditer(text)]
    clause_starts = sorted({*sentence_starts, *(match.end() for match in _CLAUSE.finditer(text))})
    covered: dict[int, int] = {}
    denials: list[int] = []
    spoken = {negation.start for negation in facts.negations}
    for negation in facts.negations:
        covered[negation.scope_start] = covered.get(negation.scope_start, 0) + 1
    name_places = {
        offset for name in facts.names if name.kind != "initial" for offset in range(name.start, name.end)
    }
    lexical = [index for index, word in enumerate(all_words) if word.start not in spoken and denies(word.low)]
    for index in lexical:
        follow = next((w for w in all_words[index + 1 : index + 5] if w.low not in STOPWORDS), None)
        if follow:
            covered[follow.start] = covered.get(follow.start, 0) + 1
    out: list[Term] = []
    sentence = clause = 0
    starts_of_denials = spoken | {all_words[index].start for index in lexical}
    for word in all_words:
        while sentence + 1 < len(sentence_starts) and sentence_starts[sentence + 1] <= word.start:
            sentence += 1
        while clause + 1 < len(clause_starts) and clause_starts[clause + 1] <= word.start:
            clause += 1
        if word.start in starts_of_denials and not (word.low == "nor" and clause in denials):
            denials.append(clause)  # "neither ... nor" denies once
        in_name = word.start in name_places
        if (word.low in STOPWORDS or word.low in _PLAIN or len(word.low) < 2) and not in_name:
            continue
        if word.start in spoken:
            continue
        denied = covered.get(word.start, 0) % 2 == 1
        out.append(Term(stem(word.form), word.low, word.start, word.end, sentence, clause, denied, in_name))
    return Profile(
        text,
        facts,
        tuple(out),
        frozenset(stem(word.form) for word in all_words),
        frozenset(word.low for word in all_words),
        tuple(denials),
        len(sentence_starts),
        tuple(clause_starts),
    )
