"""Drafts and sources in, verified claims out; what fails is handed back with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from notec.core import Citation, Claim, Diagnostic, Outcome
from notec.facts.profile import profile
from notec.facts.words import language as language_of
from notec.ground.align import find
from notec.ground.drafts import Draft
from notec.ground.judge import ModelJudge, Verdict
from notec.ground.reasons import differs, reason, word
from notec.ground.source import Source
from notec.ground.support import support

_SHOWN = 5  # missing words named in a reason


@dataclass(frozen=True)
class Rejected:
    """A draft that did not stand, and why, in one line of the reader's language."""

    draft: Draft
    reason: str


@dataclass(frozen=True)
class Verified:
    """What became of the drafts, each list in their order."""

    claims: tuple[Claim, ...]
    rejected: tuple[Rejected, ...]


def verify(
    drafts: Sequence[Draft],
    sources: Sequence[Source],
    *,
    language: str = "en",
    judge: ModelJudge | None = None,
) -> Outcome[Verified]:
    """Check each draft against the sources that it names.

    Every quote must stand in them word for word, every number, date, name, version, denial and obligation
    must agree with them, and they must hold the claim's words. A second judge may reject what the rules
    let pass, never the reverse, but for one case: whether a claim follows from a source in another
    language is for that judge alone to say. Where the judge cannot be heard, the rules decide.

    Args:
        language: of the reasons: `ru` or `en`.
    """
    numbered = {source.number: source for source in sources}
    claims: list[Claim] = []
    rejected: list[Rejected] = []
    diagnostics: list[Diagnostic] = []
    for draft in drafts:
        outcome = _verify(draft, numbered, language, judge)
        diagnostics += outcome.diagnostics
        if isinstance(outcome.value, Claim):
            claims.append(outcome.value)
        else:
            rejected.append(Rejected(draft, outcome.value))
    return Outcome(Verified(tuple(claims), tuple(rejected)), tuple(dict.fromkeys(diagnostics)))


def _verify(
    draft: Draft, numbered: dict[int, Source], language: str, judge: ModelJudge | None
) -> Outcome[Claim | str]:
    """A claim, or the reason why it is none."""
    if not draft.sources:
        return Outcome(reason("no-source", language))
    cited = [numbered[number] for number in draft.sources if number in numbered]
    if not cited:
        return Outcome(reason("unknown-source", language))
    quoted: dict[int, list[Citation]] = {}
    for quote in draft.quotes:
        places = [(source.number, place) for source in cited if (place := _locate(quote, source))]
        if not places:
            return Outcome(reason("no-quote", language, quote))
        quoted.setdefault(places[0][0], []).append(places[0][1])
    text = "\n".join(source.text for source in cited)
    context = "\n".join(dict.fromkeys(source.context for source in cited if source.context))
    found = support(draft.text, text, context)
    foreign = all({language_of(draft.text), language_of(source.text)} == {"ru", "en"} for source in cited)
    if found.differs:
        return Outcome(differs(found.differs[0], language))
    if not found.holds and not foreign:
        missing = ", ".join(dict.fromkeys(found.missing[:_SHOWN]))
        return Outcome(reason("unsupported", language, missing) if missing else reason("weak", language))
    verdict = judge.verdict(draft.text, cited) if judge else Outcome[Verdict | None](None)
    if verdict.value not in (None, "supported"):
        return Outcome(reason("judge", language, word(verdict.value, language)), verdict.diagnostics)
    if foreign and verdict.value is None:
        return Outcome(reason("language", language), verdict.diagnostics)
    because = tuple(dict.fromkeys(_because(draft.text, cited, quoted)))
    return Outcome(Claim(draft.text, because, found.score), verdict.diagnostics)


def _locate(quote: str, source: Source) -> Citation | None:
    """The place of quoted words; the whole statement where they stand in its readable form alone."""
    span = find(quote, source.citation.quote)
    if span:
        return source.narrow(span)
    return source.citation if find(quote, source.text) else None


def _because(claim: str, cited: Sequence[Source], quoted: dict[int, list[Citation]]) -> Iterator[Citation]:
    """The places to show: quotes, where they carry the claim by themselves, else whole statements.

    A source that says otherwise than the others, or nothing of the claim, is no reason for it.
    """
    context = "\n".join(source.context for source in cited)
    quotes = "\n".join(citation.quote for places in quoted.values() for citation in places)
    if quotes and support(claim, quotes, context).holds:
        yield from (citation for places in quoted.values() for citation in places)
        return
    stems = {term.stem for term in profile(claim).terms}
    against = [any(d.contradicts for d in support(claim, s.text, s.context).differs) for s in cited]
    useful = [
        source
        for source, contradicts in zip(cited, against, strict=True)
        if not contradicts and stems & profile(source.text).stems
    ]
    yield from (source.citation for source in useful or cited)
