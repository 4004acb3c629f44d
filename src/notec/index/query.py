"""What a query asks for: words, "exact phrases", `title:word`, and filters such as `tag:word`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

from notec.facts.words import STOPWORDS, Analyzer, tokens
from notec.index.extract import iso_day
from notec.index.values import Filters

_OPERATOR = re.compile(
    r"(?<!\S)(?P<field>title|tag|path|folder|lang|language|role|since|until):(?:\"(?P<quoted>[^\"]*)\"|(?P<word>\S+))"
    r"|(?<![^\s(])\"(?P<phrase>[^\"]+)\"",
    re.IGNORECASE,
)
LANGUAGES = ("ru", "en", "other")
ROLES = ("user", "assistant", "system")
_YEAR_OR_MONTH = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2]))?")
_FEW_WORDS = 4  # beside a phrase; with more of them the quotes are those of a sentence
_EXTRA_WEIGHT = 0.5  # of the pieces of an identifier, beside its whole


@dataclass(frozen=True)
class Query:
    """A query, analysed.

    Args:
        text: the query without its filters.
        terms: what is looked for, each once, with its weight; stopwords only where nothing else is said.
        sequence: the terms in their order, stopwords left out; `words`: all of them.
        phrases: sequences of terms that stand beside one another.
        strict: whether every phrase must be found.
        title: terms that the title must have.
        filters: those that were given, narrowed by those in the text.
    """

    text: str
    terms: dict[str, float]
    sequence: tuple[str, ...]
    words: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    strict: bool = False
    title: tuple[str, ...] = ()
    filters: Filters = field(default_factory=Filters)

    def mended(self, instead: Mapping[str, Sequence[str]]) -> Query:
        """The query with other terms in the place of some, the first of them also in the order of words."""
        terms: dict[str, float] = {}
        for term, weight in self.terms.items():
            for other in instead.get(term, (term,)):
                terms[other] = max(terms.get(other, 0.0), weight)

        def ordered(words: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(instead[word][0] if word in instead else word for word in words)

        return replace(self, terms=terms, sequence=ordered(self.sequence), words=ordered(self.words))

    @cached_property
    def said(self) -> frozenset[str]:
        """All terms, with those of stopwords."""
        return frozenset(self.words)

    @cached_property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Neighbours among `words`, each once."""
        return tuple(dict.fromkeys(pairwise(self.words)))

    @cached_property
    def after(self) -> dict[tuple[str, str], set[str]]:
        """For each pair of neighbours the words that follow it."""
        out: dict[tuple[str, str], set[str]] = {}
        for first, second, third in zip(self.words, self.words[1:], self.words[2:], strict=False):
            out.setdefault((first, second), set()).add(third)
        return out


def read_query(text: str, analyzer: Analyzer, filters: Filters | None = None) -> Query:
    """Understand a query; what is no operator is words. `filters` are joined by those in the text."""
    filters = filters or Filters()
    phrases: list[tuple[str, ...]] = []
    title: list[str] = []
    rest: list[str] = []
    at = 0
    for m in _OPERATOR.finditer(text):
        rest.append(text[at : m.start()])
        at = m.end()
        if m["phrase"] is not None:
            if terms := tuple(analyzer.sequence(m["phrase"])):
                phrases.append(terms)
            rest.append(f" {m['phrase']} ")
            continue
        value = m["quoted"] if m["quoted"] is not None else m["word"]
        operator = m["field"].lower()
        if operator == "title":
            title += analyzer.sequence(value)
            rest.append(f" {value} ")
        elif (narrowed := _narrowed(filters, operator, value)) is not None:
            filters = narrowed
        else:
            rest.append(m.group())  # no such language, role or day: words of a sentence
    rest.append(text[at:])
    words = "".join(rest).strip()
    weights, sequence = _weights(words, analyzer)
    beside = len(tokens(words)) - sum(len(p) for p in phrases)
    return Query(
        words,
        weights,
        sequence,
        tuple(analyzer.sequence(words)),
        tuple(phrases),
        beside <= _FEW_WORDS,
        tuple(title),
        filters,
    )


def _narrowed(filters: Filters, operator: str, value: str) -> Filters | None:
    """The filters with one more, or None where the value is none."""
    if operator in ("path", "folder"):
        return replace(filters, folder=value)
    if operator == "tag":
        return replace(filters, tag=value)
    if operator in ("lang", "language"):
        return replace(filters, language=value.lower()) if value.lower() in LANGUAGES else None
    if operator == "role":
        return replace(filters, role=value.lower()) if value.lower() in ROLES else None
    if _YEAR_OR_MONTH.fullmatch(value):
        day = value if operator == "since" else f"{value}-12-31" if len(value) == 4 else f"{value}-31"
    else:
        day = iso_day(value)
    return replace(filters, **{operator: day}) if day else None


def _weights(words: str, analyzer: Analyzer) -> tuple[dict[str, float], tuple[str, ...]]:
    """Terms with their weights, and the terms of the content words in their order."""
    forms = [token.form for token in tokens(words)]
    content = [form for form in forms if form.lower() not in STOPWORDS]
    weights: dict[str, float] = {}
    sequence: list[str] = []
    for form in content or forms:
        parts = analyzer.parts(form)
        sequence += parts.terms
        for term in parts.terms:
            weights[term] = weights.get(term, 0.0) + 1.0
        for term in parts.extras:
            weights[term] = max(weights.get(term, 0.0), _EXTRA_WEIGHT)
    return weights, tuple(sequence)
