"""A note in three parts: what the problem is, what follows if it stays unsolved, and how to solve it.

*Select* only: the paragraph of a part is made of statements that stand in the vault. The note's own come
first and carry no footnote, since a note is no source of itself; those of other notes carry one each. A
model, where there is one, only names numbers from a list. What the vault does not say is said to be missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from notec.ask.around import MOST_OWN, About, Said, others, own_statements
from notec.ask.brief_choose import Chosen, choose_others, choose_own
from notec.ask.brief_pick import pick_parts
from notec.ask.brief_texts import say
from notec.ask.escape import escape, marked, quoted, shorten
from notec.ask.linking import linker_of
from notec.ask.parts import PART_NAMES, PartName
from notec.ask.sources import Footnotes, Linker
from notec.ask.types import Dropped
from notec.core import Citation, Claim, Diagnostic, NotecError, Severity
from notec.facts.words import language
from notec.index import Index
from notec.models import Cancel, Model, Sink

_QUOTE = 150  # characters of a relevant note's words in its line
_SHARED = 4  # words that a note is said to share
_END = tuple(".!?…:;»”)\"'")


@dataclass(frozen=True)
class Related:
    """A note that bears on a part, with one line on why.

    Args:
        link: to the note, as Obsidian writes it.
        why: how the two notes are connected.
        quote: what it says, where the paragraph does not have it already; the words of `because`.
    """

    note: str
    link: str
    why: str
    quote: str = ""
    because: tuple[Citation, ...] = ()

    def to_json(self) -> dict[str, Any]:
        because = [c.to_json() for c in self.because]
        return {"note": self.note, "why": self.why, "quote": self.quote, "because": because}


@dataclass(frozen=True)
class Part:
    """One part. Claims without a citation are the note's own words; `missing` says why there are none."""

    claims: tuple[Claim, ...] = ()
    related: tuple[Related, ...] = ()
    missing: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "claims": [claim.to_json() for claim in self.claims],
            "related": [related.to_json() for related in self.related],
            "missing": self.missing,
        }


@dataclass(frozen=True)
class Brief:
    """The brief of a note.

    Args:
        note: path inside the vault; `title`: its title; `link`: a link to it.
        language: of the note, `ru`, `en` or `other`; the brief speaks it, English for `other`.
        parts: the three of them, under their names.
        links: for each place that is cited, the link that leads there.
        dropped: what a model named beyond what it was offered.
    """

    note: str
    title: str
    link: str
    language: str
    parts: Mapping[PartName, Part]
    links: Mapping[Citation, str] = field(default_factory=dict)
    dropped: tuple[Dropped, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def problem(self) -> tuple[Claim, ...]:
        """What the problem is."""
        return self.parts["problem"].claims

    @property
    def consequences(self) -> tuple[Claim, ...]:
        """What follows if it stays unsolved."""
        return self.parts["consequences"].claims

    @property
    def solution(self) -> tuple[Claim, ...]:
        """How to solve it."""
        return self.parts["solution"].claims

    @property
    def refused(self) -> bool:
        """Whether the vault fills none of the parts."""
        return not any(part.claims for part in self.parts.values())

    def markdown(self) -> str:
        """The brief as Obsidian shows it: a section for each part, footnotes at the end."""
        return "\n\n".join(self.body()) + "\n"

    def body(self) -> list[str]:
        """Its paragraphs."""
        footnotes = Footnotes(self.links.__getitem__, self.language, own=self.note)
        out = [f"# {escape(self.title)}"]
        for name, part in self.parts.items():
            out.append(f"## {say(name, self.language)}")
            out.append(_paragraph(part, footnotes) or part.missing)
            if part.related:
                items = "\n".join(self._item(related, footnotes) for related in part.related)
                out.append(f"{say('relevant', self.language)}\n\n{items}")
        if definitions := footnotes.definitions():
            out.append("\n".join(definitions))
        return out

    def _item(self, related: Related, footnotes: Footnotes) -> str:
        words = f": {quoted(related.quote, self.language)}" if related.quote else ""
        return marked(f"- {related.link} — {escape(related.why)}{words}", footnotes.marks(related.because))

    def to_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return {
            "note": self.note,
            "title": self.title,
            "language": self.language,
            "refused": self.refused,
            **{name: part.to_json() for name, part in self.parts.items()},
            "markdown": self.markdown(),
            "dropped": [item.to_json() for item in self.dropped],
            "diagnostics": [diagnostic.to_json() for diagnostic in self.diagnostics],
        }


def brief_note(
    index: Index,
    path: str,
    *,
    model: Model | None = None,
    on_text: Sink | None = None,
    cancel: Cancel | None = None,
) -> Brief:
    """The brief of the note at `path`.

    Args:
        model: chooses the statements, by number. on_text: is given what it writes. cancel: whether to stop.

    Raises:
        NotecError: there is no such note in the index.
    """
    known = index.note(path)
    if known is None:
        raise NotecError(f"no note {path!r} in the index", "run `notec index` if it is new")
    own, cut = own_statements(index, path, known.title)
    spoken = known.language if known.language != "other" else language(known.title)
    diagnostics: list[Diagnostic] = []
    if cut:
        said = say("long", spoken, count=f"{MOST_OWN:,}")
        diagnostics.append(Diagnostic("long-note", Severity.INFO, said, path))
    about = About.of(index, known.title, own)
    chosen_own = choose_own(own)
    queries = [_query(known.title, about, chosen_own[part]) for part in PART_NAMES]
    found = others(index, path, about, list(dict.fromkeys(queries)))
    dropped: tuple[Dropped, ...] = ()
    picked: dict[PartName, Chosen] | None = None
    if model is not None:
        outcome = pick_parts(known.title, spoken, own, found, model, on_text=on_text, cancel=cancel)
        diagnostics += outcome.diagnostics
        if outcome.value is not None:
            picked, dropped = outcome.value
    if picked is None:
        picked = _select(chosen_own, found, spoken)
    linker = linker_of(index)
    parts = {name: _part(name, picked[name], spoken, linker) for name in PART_NAMES}
    cited = {c for part in parts.values() for c in _citations(part)}
    links = {citation: linker.to_place(citation) for citation in cited}
    return Brief(path, known.title, linker.to_note(path), spoken, parts, links, dropped, tuple(diagnostics))


def _select(own: Mapping[PartName, list[Said]], found: Sequence[Said], spoken: str) -> dict[PartName, Chosen]:
    """The built-in choice; what the note says in any part, other notes do not say again."""
    said_already = [said for part in own.values() for said in part]
    by_itself = bool(own["problem"] or own["consequences"])
    named = by_itself
    out: dict[PartName, Chosen] = {}
    for name in PART_NAMES:
        cited: list[Said] = []
        beside: list[Said] = []
        if named or name == "problem":
            cited, beside = choose_others(name, found, said_already, spoken, linked_only=not by_itself)
        named = named or bool(
            cited
        )  # what has no problem, here or in the notes around, has no solution either
        out[name] = Chosen(tuple(own[name]), tuple(cited), tuple(beside))
    return out


def _query(title: str, about: About, chosen: Sequence[Said]) -> str:
    """What to search for a part: the note's title and its words on it, or else what the note is about."""
    words = " ".join(said.text for said in chosen)
    if not words:
        words = " ".join(list(about.weights)[:12])
    return f"{title} {words}".replace('"', " ").replace(":", " ")


def _part(name: PartName, chosen: Chosen, spoken: str, linker: Linker) -> Part:
    claims = [Claim(said.text, (), said.weights[name]) for said in chosen.own]
    claims += [Claim(said.text, (said.citation,), said.relevance) for said in chosen.others]
    related = [_related(said, spoken, linker, told=True) for said in chosen.others]
    related += [_related(said, spoken, linker, told=False) for said in chosen.beside]
    above = say("above", spoken)
    related += [Related(note, linker.to_note(note), above) for note in chosen.pointed_to]
    missing = "" if claims else say(f"no-{name}", spoken)  # type: ignore[arg-type]  # one of the keys
    return Part(tuple(claims), tuple(related), missing)


def _related(said: Said, spoken: str, linker: Linker, *, told: bool) -> Related:
    words = ", ".join(said.shared[:_SHARED])
    common = [say("common", spoken, words=words)] if words else []
    tie = said.tie or "like"
    if tie == "like":
        why = common[0] if common else say(tie, spoken)
    else:
        why = "; ".join([say(tie, spoken), *(common if told else [])])
    quote = "" if told else shorten(said.text, _QUOTE)
    return Related(said.row.note, linker.to_note(said.row.note), why, quote, (said.citation,))


def _paragraph(part: Part, footnotes: Footnotes) -> str:
    """The statements one after another, each ended as a sentence, with its mark."""
    return " ".join(marked(_ended(escape(c.text)), footnotes.marks(c.because)) for c in part.claims)


def _ended(text: str) -> str:
    return text if text.endswith(_END) else f"{text}."


def _citations(part: Part) -> list[Citation]:
    because = [claim.because for claim in part.claims] + [related.because for related in part.related]
    return [citation for citations in because for citation in citations]
