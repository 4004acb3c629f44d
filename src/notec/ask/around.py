"""What a note says, and what other notes say about the same: the material of a brief.

Other notes come in by three doors: the note links to them, they link to it, or a search for the note's own
words finds them. How much a statement is about the note is read off the words that both share, by rarity.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from notec.ask.parts import PartName, is_task, sections, weigh_parts
from notec.ask.plain import plain
from notec.ask.topics import is_telling
from notec.core import Citation, Span
from notec.facts.morphology import is_cyrillic, readings
from notec.facts.units import unit_of
from notec.facts.words import Analyzer, language, stop_terms, tokens
from notec.index import Index, StatementRow

Tie = Literal["links-to", "linked-from", "like"]

MOST_OWN = 3_000  # statements of the note that are weighed; a longer note is cut, and that is said
_LEAST_SHARED = 3  # telling terms in common that make an unlinked statement one about the note
_LINKED = 0.3  # relevance that a link alone gives
_LONGEST = 420  # characters; what is longer does not read as one sentence of a paragraph
_MOST_LINKED = 24  # notes on either side of a link
_OF_LINKED = 200  # statements of one linked note
_PROFILE = 160  # terms that say what a note is about
_PASSAGES = 10  # of one search
_LEANS = re.compile(
    r"\W*(?:это|этот|эта|эти|этого|этой|этому|этим|он|она|оно|они|его|е[её]|их|ему|им|там|туда|тогда|поэтому|однако|но|и|а|или|также|тоже|кроме\s+того"
    r"|при\s+этом|так|такой|такая|такое|такие|тем\s+самым|наприм\w+|it|its|this|that|these|those|they|their|he|she|there|then|however|but|and|or|so|also|too|therefore"
    r"|в\s+противном\s+случае|вместо\s+этого|otherwise|instead|additionally|in\s+addition|moreover|thus|for\s+example|in\s+this\s+case|в\s+этом\s+случае|см|see)\b(?!\s+(?:ли|же\s+самое)\b)",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?=[^:]*\d)[^\s:]{1,12}(?: [^\s:]{1,6})?: "
)  # "512 GB: ..." is a row of a list, not a sentence
_OWNED = re.compile(r"(?:\S+\s+){0,3}(?:its|their|his|her|его|её|ее|их)\b", re.IGNORECASE)
_SEE = re.compile(r"[,;.]?\s*\(?\b(?:см|see)\b\.?\s[^.]*[.)]*$", re.IGNORECASE)
_LOWER = re.compile(r"(?<!\w)(?:[a-z]|[а-яё])[^\W\d_]")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, eq=False)
class Said:
    """A statement with all that choosing needs.

    Args:
        text: its readable words; `row` has them as they stand in the note.
        weights: how clearly it speaks for each part of a brief.
        relevance: 0 to 1, how much it is about the note of the brief; 1 for the note's own statements.
        tie: how its note is connected with the note of the brief; `""` for the note itself.
        shared: words that it shares with the note, the rarest first.
        targets: notes that it links to, where it is one of the note's own.
        sections: the parts that the headings above it announce.
        leans: whether it begins with a word that points to the statement before it.
        reads: whether it can stand in a paragraph: a sentence, neither too long nor a row of a table.
    """

    row: StatementRow
    text: str
    bag: frozenset[str]
    weights: dict[PartName, float]
    language: str
    relevance: float = 1.0
    tie: Tie | Literal[""] = ""
    shared: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    sections: frozenset[PartName] = frozenset()
    leans: bool = False
    reads: bool = True

    @property
    def citation(self) -> Citation:
        row = self.row
        return Citation(row.note, row.line, row.text, Span(row.start, row.end), row.id, row.heading)


@dataclass
class About:
    """What a note is about: its telling terms with their weights."""

    index: Index
    weights: dict[str, float] = field(default_factory=dict)
    _idf: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, index: Index, title: str, own: Iterable[Said]) -> About:
        about = cls(index)
        counts = Counter(term for said in own for term in said.bag)
        for term in frozenset(index.analyzer.terms(title)) - stop_terms():
            counts[term] += 3
        rated = {
            term: about.idf(term) * (1 + math.log(count))
            for term, count in counts.most_common(20 * _PROFILE)
            if len(term) > 1
        }
        about.weights = dict(sorted(rated.items(), key=lambda item: -item[1])[:_PROFILE])
        return about

    def idf(self, term: str) -> float:
        if term not in self._idf:
            self._idf[term] = self.index.idf(term)
        return self._idf[term]

    def shared(self, bag: frozenset[str]) -> list[str]:
        """The terms of `bag` that tell what the note is about, the weightiest first."""
        return sorted((t for t in bag if t in self.weights), key=lambda t: (-self.weights[t], t))

    def share(self, bag: frozenset[str]) -> float:
        """The part of what `bag` says that is about the note: 0 to 1, by idf."""
        telling = [t for t in bag if len(t) > 1]
        total = sum(self.idf(t) for t in telling)
        return sum(self.idf(t) for t in telling if t in self.weights) / total if total else 0.0


def own_statements(index: Index, path: str, title: str) -> tuple[list[Said], bool]:
    """The statements of the note in its order, and whether the note has more than are weighed."""
    rows = index.statements(path)
    links = [link for link in index.links(path) if link.resolved and link.resolved != path]
    text = index.text(path)
    out: list[Said] = []
    at = 0
    for row in rows[:MOST_OWN]:
        while at < len(links) and links[at].start < row.start:
            at += 1
        first = at
        while at < len(links) and links[at].start < row.end:
            at += 1
        targets = dict.fromkeys(link.resolved for link in links[first:at])
        before = text[max(row.start - 80, 0) : row.start].rpartition("\n")[2]
        out.append(replace(_said(index, row, title, before), targets=tuple(targets)))
    return out, len(rows) > MOST_OWN


def others(index: Index, path: str, about: About, queries: Sequence[str]) -> list[Said]:
    """Statements of other notes that are about the same, each once, the most relevant first."""
    found: dict[tuple[str, str], Said] = {}
    ties: dict[str, Tie] = {}
    places: dict[str, list[int]] = {}  # where other notes link to this one
    wanted: dict[str, list[StatementRow]] = {}
    for link in index.backlinks(path):
        if link.source != path:
            ties.setdefault(link.source, "linked-from")
            places.setdefault(link.source, []).append(link.start)
    for link in index.links(path):
        if link.resolved and link.resolved != path:
            ties[link.resolved] = "links-to"
    order = sorted(ties, key=lambda note: ties[note] != "links-to")  # stable: the note's own links first
    for note in order[: 2 * _MOST_LINKED]:
        wanted[note] = index.statements(note)[:_OF_LINKED]
    for query in queries:
        hits = index.search(query, limit=_PASSAGES) if query.strip() else []
        passages = index.statements_of([hit.passage for hit in hits])
        for rows in passages.values():
            for row in rows:
                if row.note != path:
                    wanted.setdefault(row.note, []).append(row)
    for note, rows in wanted.items():
        tie = ties.get(note, "like")
        known = index.note(note)
        title = known.title if known else ""
        above: dict[tuple[str, ...], float] = {}
        reach = _reach(rows, places.get(note, ())) if tie == "linked-from" else None
        for row in rows:
            if (note, row.id) in found:
                continue
            said = _said(index, row, title)
            context = above.get(row.heading)
            if context is None:
                bag = frozenset(index.analyzer.terms(" ".join((title, *row.heading)))) - stop_terms()
                context = above[row.heading] = about.share(bag)
            floor = 0.0 if tie == "like" or (reach is not None and row.heading not in reach) else _LINKED
            if rated := _rate(said, about, context, tie, floor):
                found[note, row.id] = rated
    return sorted(found.values(), key=lambda said: -said.relevance)


def _said(index: Index, row: StatementRow, title: str, before: str = "") -> Said:
    """A statement, weighed; `before`: what stands on its line before it, as far as it is known."""
    text = plain(row.text) if row.end - row.start <= 8 * _LONGEST else ""
    said = _SEE.sub("", text)  # where else to look is no part of what it says
    words = len(text.split())
    reads = (
        words >= 4
        and len(text) <= _LONGEST
        and row.kind != "row"
        and not text.endswith((":", ",", ";", "—"))
        and text.count("(") == text.count(")")
        and len(_LETTER.findall(text)) > 0.6 * len(text.replace(" ", ""))
        and len(_LOWER.findall(text)) > 1  # a list of names is no sentence
    )
    heading = row.heading[1:] if row.heading[:1] == (title,) else row.heading  # a title is no section
    return Said(
        row=row,
        text=text,
        bag=frozenset(index.analyzer.terms(said)) - stop_terms(),
        weights=weigh_parts(text, heading, task=is_task(before)),
        language=language(said),
        sections=sections(heading),
        leans=bool(_LEANS.match(text) or _OWNED.match(text) or _LABEL.match(text)),
        reads=reads,
    )


def _reach(rows: Sequence[StatementRow], links: Sequence[int]) -> set[tuple[str, ...]]:
    """The sections of another note that its links here speak for; a link above all sections, for each."""
    at = {row.heading for row in rows for link in links if row.start <= link < row.end}
    return {row.heading for row in rows} if any(len(heading) <= 1 for heading in at) else at


def _rate(said: Said, about: About, context: float, tie: Tie, floor: float) -> Said | None:
    """The statement with its relevance, `floor` at least; None where it shares too little with the note."""
    shared = about.shared(said.bag)
    if not floor and len(shared) < _LEAST_SHARED:
        return None
    relevance = min(1.0, max(floor, 0.75 * about.share(said.bag) + 0.25 * context))
    return replace(
        said, relevance=relevance, tie=tie, shared=_things(said.text, shared, about.index.analyzer)
    )


def _things(text: str, shared: Sequence[str], analyzer: Analyzer) -> tuple[str, ...]:
    """The shared terms that name a thing, as words: Russian nouns in their dictionary form."""
    forms = {term: token.form for token in tokens(text) for term in analyzer.sequence(token.form)}
    out: dict[str, None] = {}
    for term in shared:
        form = forms.get(term, "")
        if unit_of(form):
            continue
        if is_cyrillic(form):
            first = readings(form)[:1]
            if first and "NOUN" in first[0].marks:
                out[first[0].lemma] = None
        elif len(form) > 3 and not form[0].isdigit() and is_telling(form):
            out[form] = None
    return tuple(out)
