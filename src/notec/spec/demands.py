"""What an idea demands: every sentence that obliges, forbids, limits or says what the program does.

A whole note is read as one that says what is wanted, in plain words as people write them: it need not say
"must". Of a chat only what the user says counts; what a model proposed in it obliges nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from notec.facts import read
from notec.facts.values import Facts
from notec.spec import wording
from notec.spec.examples import HEADING as EXAMPLE_HEADING
from notec.spec.literals import Literal, literals
from notec.vault import Note
from notec.vault.note import Statement

_I = re.IGNORECASE
_WANTED = re.compile(
    r"requirement|features?\b|functional|goals?\b|wanted|must|scope|acceptance|criteria|constraint|"
    r"limits?\b|rules?\b|"
    r"use cases?|user stor|interface|dependenc|storage|security|performance|todo|deliverable|"
    r"требовани|функци|возможност|что нужно|хочу|хотим|цел[ьи]|ограничени|правил|критери|интерфейс|данны|"
    r"задач|"
    r"умеет|должн|зависимост|сделать|техническое задание|\bтз\b",
    _I,
)
_NOT_WANTED = re.compile(
    r"^(?:not (?:wanted|needed|in scope)|out of scope|non-?goals?|won'?t|не (?:нужно|надо|делаем|цел\w+|"
    r"требуется)|"
    r"чего не|вне рамок|не хочу)",
    _I,
)
_ASIDE = re.compile(
    r"^(?:background|motivation|history|links?|references?|see also|sources?|glossary|terms?|definitions?|"
    r"log|diary|"
    r"changelog|authors?|introduction|what we (?:found|learn)|"
    r"контекст|мотивация|история|ссылки|источники|см\. также|словарь|термины|определения|журнал|дневник|"
    r"авторы|"
    r"введение|предыстория)\b",
    _I,
)
_USER = re.compile(r"^(?:user|you|human|me|вы|я|пользователь)\b", _I)
_MODEL = re.compile(
    r"^(?:assistant|chatgpt|claude|gemini|copilot|deepseek|llama|ai|bot|ассистент|модель|бот)\b", _I
)
_LATER = re.compile(
    r"^(?:later|maybe|some ?day|nice to have|could have|ideas? for later|потом|позже|когда-нибудь|"
    r"может быть|необязательно|по желанию)\b",
    _I,
)
_SHOULD = re.compile(r"^(?:should have|желательно)\b", _I)
_OPEN = re.compile(r"^(?:open )?questions?\b|^(?:открытые )?вопросы\b|^неясно\b|^unclear\b", _I)
_UNSURE = re.compile(
    r"\b(?:tbd|to be (?:decided|defined|discussed|determined)|not (?:yet )?decided|unclear|open question|"
    r"decide later|"
    r"\?\?+|не решен\w*|не решил\w*|уточнить|непонятно|неясно|под вопросом|обсудить|надо подумать|"
    r"решить позже)(?!\w)",
    _I,
)
_ID = r"((?:[A-Z]{2,6}|R|US|ТЗ|ТР|НФТ|ФТ|Т|Р)[- ._]?\d{1,4}(?:\.\d{1,3})*)"
_OWN_ID = re.compile(rf"^[\W_]*{_ID}[*_`\])]*\s*[:.)—–-]+\s*(?=\S)")
_ID_ALONE = re.compile(rf"{_ID}[.):]?")
_BLOCK_ID = re.compile(r"(?:req|r|т|тр|р)-?\d[\w-]*", _I)
_ROW_IDS = re.compile(r"^((?:[A-Z]{1,6}|ТЗ|ТР|Т|Р)[- ]?\d{1,4}(?:\.\d{1,3})*)\s*\|\s*")
_SPEAKS_FOR = re.compile(
    r"\b(?:must|should|shall|may|can|will|needs? to|has to|have to|долж\w+|нужно|надо|следует|необходимо|"
    r"обязан\w*|может|умеет)(?: not| be able to| не| уметь)?:$",
    _I,
)
_LABEL = re.compile(r"^[*_]*[\w -]{1,40}[*_]*:\s*$")


class Demand(NamedTuple):
    """One demand; `statement` is its place.

    Args:
        words: as a reader sees it, on one line, without the user's own id.
        own_id: the id that the user gave it, or empty.
        heading: the chain of headings above it.
        values: items of a list below it that are its values, or the line above it that speaks for it.
    """

    statement: Statement
    words: str
    facts: Facts
    kind: wording.Kind
    priority: wording.Priority
    own_id: str
    literals: tuple[Literal, ...]
    heading: tuple[str, ...]
    values: tuple[Statement, ...] = ()


class Open(NamedTuple):
    """A question that the idea itself leaves open."""

    statement: Statement
    words: str


def demands(note: Note) -> Iterator[Demand | Open]:
    """The demands and the open questions of a note, in its order."""
    ids = {i.block: i.id for i in note.block_ids if _BLOCK_ID.fullmatch(i.id)}
    seen_ids: set[int] = set()
    pending = (-1, "")
    lead: Statement | None = None  # "The tool must:", which speaks for each item of the list below it
    values = _value_items(note)
    for index, statement in enumerate(note.statements):
        if by_model(note, statement):
            continue
        if index in values.children:
            continue
        chain = note.heading_chains[statement.heading] if statement.heading >= 0 else ()
        words = note.plain(statement)
        if not any(c.isalpha() for c in words):
            continue
        block = note.blocks[statement.block]
        item = block.kind == "item"
        if any(_OPEN.match(h) for h in chain[-1:]) or wording.is_question(words) or _UNSURE.search(words):
            if statement.kind != "row":
                yield Open(statement, words)
            if not _UNSURE.search(words):
                continue
        if alone := _ID_ALONE.fullmatch(words):  # "R-1. The program must ..." is two sentences
            pending = (statement.block, alone[1])
            continue
        own, words = _own_id(words, row=statement.kind == "row")
        if statement.kind == "row":  # the cell that says it; others hold its id, its priority, its state
            words = max((cell.strip() for cell in words.split(" | ")), key=len)
        if not own and pending[0] == statement.block:
            own = _tidy(pending[1])
            pending = (-1, "")
        if not own and statement.block in ids and statement.block not in seen_ids:
            own = ids[statement.block]
            seen_ids.add(statement.block)
        below = values.of.get(index, ())
        children = tuple(_value(note, s) for s in below)
        if lead and not (
            item and statement.heading == lead.heading and _depth(note, statement) > _depth(note, lead)
        ):
            lead = None
        if lead and not below:
            words = f"{note.plain(lead)} {words}"
        facts = read(words)
        if (
            is_lead := words.endswith(":")
            and not below
            and any(m.kind in wording.OBLIGES for m in facts.modalities)
        ):
            lead = statement
        section = chain[-1] if chain else ""
        refused = bool(_NOT_WANTED.match(section))
        aside = any(_ASIDE.match(h) for h in chain[-1:]) or any(map(EXAMPLE_HEADING.search, chain))
        listed = refused or any(_WANTED.search(h) for h in chain[1:] or chain) or bool(_LATER.match(section))
        if statement.kind == "row":
            wanted = bool(own) or any(m.kind in wording.OBLIGES for m in facts.modalities)
        elif aside:
            wanted = any(m.kind in wording.OBLIGES for m in facts.modalities) and wording.asks(
                words, facts, listed=False, item=item
            )
        else:
            wanted = (
                bool(own)
                or bool(children)
                or bool(lead)
                or wording.asks(words, facts, listed=listed, item=item)
            )
        if not wanted or is_lead or (_LABEL.match(words) and not children):
            continue
        default = priority_of(chain)
        yield Demand(
            statement,
            " ".join((words, ", ".join(children))).strip(),
            facts,
            "prohibition" if refused else wording.kind(words, facts),
            wording.priority(words, facts, default),
            own,
            literals(note.text_of(statement), words, facts, children),
            chain,
            below or ((lead,) if lead else ()),
        )


def by_model(note: Note, statement: Statement) -> bool:
    """Whether it is what a model said in a chat: an export, or a copy with headings for who speaks."""
    if statement.turn >= 0:
        return note.turns[statement.turn].role != "user"
    chain = note.heading_chains[statement.heading] if statement.heading >= 0 else ()
    return any(map(_MODEL.match, chain)) and any(_USER.match(h.text) for h in note.headings)


def models_parts(note: Note) -> list[tuple[int, int]]:
    """Where in a chat a model speaks, as ranges of the text."""
    out = [(t.start, t.end) for t in note.turns if t.role != "user"]
    if any(_USER.match(h.text) for h in note.headings):
        for index, heading in enumerate(note.headings):
            if _MODEL.match(heading.text):
                after = (h.start for h in note.headings[index + 1 :] if h.level <= heading.level)
                out.append((heading.start, next(after, len(note.doc.text))))
    return out


def priority_of(chain: Sequence[str]) -> wording.Priority:
    """How much a section asks: "Later" is less than "must"."""
    section = chain[-1] if chain else ""
    return "may" if _LATER.match(section) else "should" if _SHOULD.match(section) else "must"


def _own_id(words: str, *, row: bool) -> tuple[str, str]:
    """The id that the user wrote before a demand, with a hyphen for a blank, and the rest."""
    match = (_ROW_IDS if row else _OWN_ID).match(words)
    if match is None:
        return "", words
    return _tidy(match[1]), words[match.end() :]


def without_id(words: str) -> str:
    """A demand without the id that its writer put before it."""
    return next((rest for row in (False, True) for own, rest in [_own_id(words, row=row)] if own), words)


def _tidy(name: str) -> str:
    return name.replace(" ", "-").replace("_", "-")


class _Values(NamedTuple):
    """Items of lists that are values: by the index of the statement above them; and their own indexes."""

    of: dict[int, tuple[Statement, ...]]
    children: frozenset[int]


def _value_items(note: Note) -> _Values:
    of: dict[int, tuple[Statement, ...]] = {}
    children: set[int] = set()
    index = 0
    statements = note.statements
    while index < len(statements):
        statement = statements[index]
        raw = note.text_of(statement).rstrip().rstrip("*_")
        last = index
        heads = raw.endswith(":") and not _SPEAKS_FOR.search(raw) and not EXAMPLE_HEADING.search(raw)
        if heads and statement.kind in ("sentence", "item"):
            depth = _depth(note, statement)
            while last + 1 < len(statements):
                item = statements[last + 1]
                if item.kind != "item" or _depth(note, item) <= depth or item.heading != statement.heading:
                    break
                last += 1
            below = tuple(statements[index + 1 : last + 1])
            if len(below) >= 2 and all(_is_value(_value(note, s)) for s in below):
                of[index] = below
                children.update(range(index + 1, last + 1))
        index = max(last, index) + 1 if index in of else index + 1
    return _Values(of, frozenset(children))


def _value(note: Note, statement: Statement) -> str:
    return note.text_of(statement).strip().rstrip(";,.").strip("`")


def _depth(note: Note, statement: Statement) -> int:
    """How many list items it stands in."""
    depth, at = 0, note.blocks[statement.block].container
    while at >= 0:
        depth += note.containers[at].kind == "list_item"
        at = note.containers[at].parent
    return depth


def _is_value(text: str) -> bool:
    """A value and no sentence: few words, none of which asks for anything."""
    bare = text.strip('`*_"«» ')
    if not bare or len(bare.split()) > 4 or text.endswith((":", "?")):
        return False
    return not wording.asks(bare, read(bare), listed=False, item=True)
