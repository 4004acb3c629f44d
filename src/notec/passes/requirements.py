"""The first pass: notes -> requirements and the questions that are worth an answer before anything is built.

Rules read every statement and are the floor; a model, where there is one, may add demands and word them
better, and never loses one. Each requirement quotes its note word for word.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from notec.core import Citation, Diagnostic, Outcome, Severity, Span
from notec.facts import read
from notec.passes.context import Context
from notec.passes.extract import Proposed, propose
from notec.passes.identity import identified, paired, says_the_same
from notec.passes.ir import Exact, Example, Program, Question, Requirement
from notec.passes.shown import Owner, owner_of
from notec.spec.demands import Demand, by_model, demands, models_parts, priority_of, without_id
from notec.spec.examples import Shown, examples
from notec.spec.literals import literals
from notec.spec.pseudo import functions
from notec.spec.wording import OBLIGES
from notec.vault import Note
from notec.vault.note import Statement

NAME = "requirements"
MOST_READ = 600  # statements that a model reads; of a longer idea the likeliest, and the rules read it all
_ASKED = {
    "missing-example": "missing-example",
    "unmeasurable-adjective": "unmeasured",
    "undefined-term": "undefined-term",
}
_ALIKE = 0.4  # share of words that a reworded statement has in common with what it was


@dataclass(frozen=True)
class _Found:
    """A demand on its way to a requirement, with its place."""

    requirement: Requirement
    statement: Statement
    note: Note


def run(context: Context, program: Program) -> Outcome[Program]:
    """Requirements and questions."""
    said: list[Diagnostic] = []
    found: list[_Found] = []
    questions: list[Question] = []
    left = MOST_READ
    for note in context.notes:
        if note.path.lower().endswith(".pseudo"):
            found += _with_examples(note, _functions(note), examples(note))
            continue
        told = list(demands(note))
        mine = [d for d in told if isinstance(d, Demand)]
        questions += [
            Question("open-question", d.words, (), (_cite(note, d.statement),))
            for d in told
            if not isinstance(d, Demand)
        ]
        theirs = models_parts(note)
        shown = [e for e in examples(note) if not any(a <= e.start < b for a, b in theirs)]
        mine = [d for d in mine if not _only_shown(note, d, shown)]
        outcome = _read_note(context, note, mine, shown, left)
        left -= len(note.statements)
        said += outcome.diagnostics
        found += _with_examples(note, outcome.value, shown)
    found, twice = _once(found)
    said += twice
    requirements, was = identified(
        [f.requirement for f in found], context.made.requirements, [r.id for r in context.last.requirements]
    )
    kept = []
    for new in requirements:
        old = was.get(new.id)
        text = old.text if old is not None and says_the_same(new, old) else new.text
        numbered = (replace(e, id=f"{new.id}.E{i}") for i, e in enumerate(new.examples, 1))
        kept.append(replace(new, text=text, examples=tuple(numbered)))
    if not kept:
        said.append(_nothing(context))
    questions = _asked_once(_questions(context, kept, questions))
    return Outcome(replace(program, requirements=tuple(kept), questions=tuple(questions)), tuple(said))


def _once(found: list[_Found]) -> tuple[list[_Found], list[Diagnostic]]:
    """Each id of the user's at one requirement; where he gave it twice, the later one gets another."""
    seen: dict[str, _Found] = {}
    out, said = [], []
    for item in found:
        name = item.requirement.id
        first = seen.setdefault(name, item) if name else item
        if first is item:
            out.append(item)
            continue
        here, there = item.requirement.because[0], first.requirement.because[0]
        message = (
            f"{name} is the id of two requirements: {there.note}:{there.line} has it, this one gets another"
        )
        said.append(Diagnostic.at(item.note.doc, here.span, "double-id", Severity.WARNING, message))
        out.append(replace(item, requirement=replace(item.requirement, id="")))
    return out, said


def _functions(note: Note) -> list[_Found]:
    """A requirement for each function of the user's own pseudo-code."""
    out = []
    for item in functions(note.doc):
        span = Span(item.start, max(item.end, item.start + 1)) if item.end > item.start else None
        place = span or Span(item.start, item.body_end)
        quote = place.of(note.doc.text)
        inside = ", ".join(name for name, _ in item.parameters)
        head = f"{item.name}({inside})"
        text = f"{head}: {item.about}" if item.about else head
        line = note.doc.line(place.start)
        cite = Citation(note.path, line, quote, place, f"{note.path}#{item.name}")
        statement = Statement("", item.start, item.body_end, line, "sentence", -1, 0, -1)
        out.append(_Found(Requirement("", " ".join(text.split()), because=(cite,)), statement, note))
    return out


def _read_note(
    context: Context, note: Note, mine: list[Demand], shown: list[Shown], most: int
) -> Outcome[list[_Found]]:
    """The demands of a note, as rules read them, and a model where there is one."""
    by_statement = {d.statement.start: d for d in mine}
    if context.asker.model is None and not context.asker.dry:
        return Outcome([_found(note, d, None, "") for d in mine])
    asked = [s for s in note.statements if s.start in by_statement or _may_demand(note, s, shown)]
    said: list[Diagnostic] = []
    if len(asked) > max(most, 0):
        likely = [s for s in asked if s.start in by_statement]
        rest = [s for s in asked if s.start not in by_statement]
        message = (
            f"{len(asked):,} statements could demand something; the model reads {max(most, 0):,} of them, "
            "the rest is read by rules alone"
        )
        said.append(Diagnostic("long-idea", Severity.INFO, message, note.path))
        asked = sorted((likely + rest)[: max(most, 0)], key=lambda s: s.start)
    wanted = {s.start for s in asked}
    before = _before(context, note)
    out: list[_Found] = []
    for statement in note.statements:
        demand = by_statement.get(statement.start)
        proposed: tuple[Proposed, ...] | None = None
        text = ""
        if statement.start in wanted:
            text = before.get(statement.id, "")
            context.progress(f"requirements: {note.path}:{statement.line}")
            outcome = propose(context, note, statement, text)
            proposed = outcome.value
            said += outcome.diagnostics
        if proposed:
            out += [_found(note, demand, p, text, statement) for p in proposed]
        elif demand is not None:
            out.append(_found(note, demand, None, text))
    return Outcome(out, tuple(said))


def _may_demand(note: Note, statement: Statement, shown: list[Shown]) -> bool:
    """Whether a model is asked about a statement in which rules see no demand."""
    if by_model(note, statement):
        return False
    words = note.plain(statement)
    if statement.kind == "row" or len(words.split()) < 3 or words.endswith("?"):
        return False
    return not any(
        s.start <= statement.start < s.end or statement.start <= s.start < statement.end for s in shown
    )


def _before(context: Context, note: Note) -> dict[str, str]:
    """For the statements of a note, by id: what they demanded before they were reworded.

    A statement that stands as it did in the last build has what that build knew, so that the question to the
    model stays the same.
    """
    last: dict[str, list[Requirement]] = {}
    for requirement in context.made.requirements:
        for citation in requirement.because[:1]:
            if citation.note == note.path:
                last.setdefault(citation.statement, []).append(requirement)
    now = {s.id for s in note.statements}
    old = list(last)
    gone = [(i, "", last[id_][0].because[0].quote) for i, id_ in enumerate(old) if id_ not in now]
    new = [(i, "", note.plain(s)) for i, s in enumerate(note.statements) if s.id not in last] if gone else []
    out = {s.id: last[s.id][0].before for s in note.statements if s.id in last}
    for index, place in paired(new, gone, _ALIKE).items():
        out[note.statements[index].id] = "\n".join(r.text for r in last[old[place]])
    return out


def _found(
    note: Note,
    demand: Demand | None,
    proposed: Proposed | None,
    before: str,
    statement: Statement | None = None,
) -> _Found:
    place = demand.statement if demand else statement
    assert place is not None
    if proposed is None:
        assert demand is not None
        requirement = Requirement(
            demand.own_id,
            demand.words,
            demand.kind,
            demand.priority,
            tuple(Exact(*lit) for lit in demand.literals),
            because=(_cite(note, place), *(_cite(note, value) for value in demand.values)),
            before=before,
        )
        return _Found(requirement, place, note)
    raw = note.doc.text[proposed.quote.start : proposed.quote.end]
    words = note.plain(place._replace(start=proposed.quote.start, end=proposed.quote.end))
    exact = literals(raw, words, read(words))
    if demand is not None:
        lists = tuple(lit for lit in demand.literals if lit.kind == "list" and lit not in exact)
        exact = (*exact, *lists)
    explicit = demand is not None and any(m.kind in OBLIGES for m in demand.facts.modalities)
    ranked = demand is not None and (explicit or priority_of(demand.heading) != "must")
    requirement = Requirement(
        demand.own_id if demand else "",
        without_id(proposed.text) if demand and demand.own_id else proposed.text,
        "prohibition" if demand and demand.kind == "prohibition" else proposed.kind,
        demand.priority if ranked and demand else proposed.priority,
        tuple(Exact(*lit) for lit in exact),
        because=(
            _cite(note, place, proposed.quote),
            *(_cite(note, value) for value in (demand.values if demand else ())),
        ),
        before=before,
    )
    return _Found(requirement, place, note)


def _cite(note: Note, statement: Statement, place: Span | None = None) -> Citation:
    span = place or Span(statement.start, statement.end)
    chain = note.heading_chains[statement.heading] if statement.heading >= 0 else ()
    return Citation(note.path, note.doc.line(span.start), span.of(note.doc.text), span, statement.id, chain)


def _only_shown(note: Note, demand: Demand, shown: list[Shown]) -> bool:
    """Whether a statement is an example and asks for nothing besides."""
    s = demand.statement
    inside = [e for e in shown if e.start < s.end and s.start < e.end]
    if not inside or demand.own_id:
        return False
    covered = sum(min(e.end, s.end) - max(e.start, s.start) for e in inside)
    return 2 * covered > s.end - s.start and not demand.facts.modalities


def _with_examples(note: Note, found: list[_Found], shown: list[Shown]) -> list[_Found]:
    """Examples given to the demands that they show; one that shows none is a demand of its own."""
    owners = [
        Owner(
            f.statement.start,
            f.statement.end,
            note.text_of(f.statement),
            f.statement.heading,
            f.requirement.kind == "function",
        )
        for f in found
    ]
    given: dict[int, list[Example]] = {}
    alone: list[_Found] = []
    for item in shown:
        index = owner_of(note, item, owners)
        example = _example(note, item)
        if index is not None:
            given.setdefault(index, []).append(example)
            continue
        statement = Statement("", item.start, item.end, note.doc.line(item.start), "sentence", -1, 0, -1)
        requirement = Requirement("", item.text, examples=(example,), because=example.because)
        alone.append(_Found(requirement, statement, note))
    return [
        replace(f, requirement=replace(f.requirement, examples=tuple(given.get(i, ()))))
        for i, f in enumerate(found)
    ] + alone


def _example(note: Note, shown: Shown) -> Example:
    span = Span(shown.start, shown.end)
    cite = Citation(note.path, note.doc.line(span.start), span.of(note.doc.text), span, "")
    return Example("", shown.text, shown.call, shown.expected, (cite,), shown.raises)


def _questions(context: Context, requirements: list[Requirement], asked: list[Question]) -> list[Question]:
    """Open questions of the notes, then what rules find missing."""
    out = list(asked)
    for finding in context.findings:
        code = _ASKED.get(finding.code)
        if code is None:
            continue
        about = tuple(
            r.id
            for r in requirements
            if any(
                c.note == finding.note and finding.span and c.span.start <= finding.span.start < c.span.end
                for c in r.because
            )
        )
        out.append(Question(code, finding.message, about))
    silent = [r.id for r in requirements if r.kind == "function" and not r.examples]
    if silent and not any(q.code == "missing-example" for q in out):
        text = {
            "ru": "что должно получиться, если дать …? Ни одного примера",
            "en": "what comes out when it is given ...? There is no example",
        }[context.language]
        out.append(Question("missing-example", text, tuple(silent)))
    return out


def _asked_once(questions: list[Question]) -> list[Question]:
    """Questions of the same words as one, about all that they are about."""
    out: dict[tuple[str, str], Question] = {}
    for each in questions:
        first = out.setdefault((each.code, each.text), each)
        if first is not each:
            about = tuple(dict.fromkeys((*first.requirements, *each.requirements)))
            because = tuple(dict.fromkeys((*first.because, *each.because)))
            out[each.code, each.text] = replace(first, requirements=about, because=because)
    return list(out.values())


def _nothing(context: Context) -> Diagnostic:
    names = ", ".join(n.path for n in context.notes) or "the idea"
    return Diagnostic(
        "no-requirement",
        Severity.ERROR,
        f"{names}: nothing in it says what a program shall do",
        context.notes[0].path if context.notes else "",
        notes=("write one sentence such as `The program must count the words of a note.`",),
    )
