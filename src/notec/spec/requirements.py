"""What a note demands: what obliges in an `.idea` or `.pseudo`, and in a note that says it is one.

A note of another kind speaks of requirements under a heading or title of that name alone: a manual is full of
"you must", and demands nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from notec.facts import Modal, read
from notec.facts.values import Facts
from notec.vault import Note
from notec.vault.note import Statement

_OBLIGES = (Modal.MUST, Modal.MUST_NOT, Modal.SHOULD, Modal.SHOULD_NOT)
_TITLE = re.compile(
    r"(?:(?:non-?)?functional |acceptance |product |system )?requirements?\b|acceptance criteria\b|wanted$|"
    r"(?:(?:не)?функциональные |общие |основные |технические )?требовани[ея]\b|техническое задание\b|тз\b|"
    r"критерии при[её]мки\b|что нужно$|хочу$",
    re.IGNORECASE,
)
_NOT_WANTED = re.compile(
    r"(?:system|hardware|software|minimum|install\w*|prerequisites|build)\b|(?:системн|аппаратн|минимальн|установ)|"
    r"requirements? (?:for|to) (?:run|install|build|us[ei])|"
    r"требования к (?:сред|оборудовани|аппаратн|установк|компьютер|запуск|сборк)",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"\?[\s»\")*_]*$")
_TALK = re.compile(r"^(?:we|i|you|мы|я|вы|мне|нам|вам|надо бы|нужно бы)\b", re.IGNORECASE)
_EXAMPLE_HEADING = re.compile(r"\bexamples?\b|\bпример|\btests?\b|\bтест", re.IGNORECASE)


class Requirement(NamedTuple):
    """A statement that demands something.

    Args:
        words: as a reader sees it. facts: what it says, with places in `words`.
        explicit: it has a word that obliges; an item under "Requirements" needs none.
    """

    statement: Statement
    words: str
    facts: Facts
    explicit: bool


def is_idea(note: Note) -> bool:
    """Whether the whole note is there to say what is wanted."""
    return note.path.lower().endswith((".idea", ".pseudo"))


_last: tuple[Note | None, tuple[Requirement, ...]] = (None, ())


def requirements_of(note: Note) -> tuple[Requirement, ...]:
    """The requirements of a note, in its order. Those of the note asked last are kept: many rules ask."""
    global _last  # noqa: PLW0603  one value, replaced as a whole
    before, found = _last
    if before is not note:
        found = tuple(_requirements(note))
        _last = (note, found)
    return found


def _requirements(note: Note) -> Iterator[Requirement]:
    whole = is_idea(note) or any(map(names_requirements, (note.title, PurePosixPath(note.path).stem)))
    if not whole and not any(names_requirements(h.text) for h in note.headings):
        return
    listed_under = [any(map(names_requirements, chain)) for chain in note.heading_chains]
    shown_under = [any(map(_EXAMPLE_HEADING.search, chain)) for chain in note.heading_chains]
    for statement in note.statements:
        listed = statement.heading >= 0 and listed_under[statement.heading]
        shown = statement.heading >= 0 and shown_under[statement.heading]
        if not (whole or listed) or shown or statement.turn >= 0:
            continue
        kind = note.blocks[statement.block].kind
        if kind not in ("paragraph", "item", "table") or statement.kind == "row":
            continue
        words = note.plain(statement)
        if _QUESTION.search(words) or _TALK.match(words):
            continue
        facts = read(words)
        explicit = any(m.kind in _OBLIGES for m in facts.modalities)
        if explicit or (listed and kind == "item" and not facts.modalities):
            yield Requirement(statement, words, facts, explicit)


def names_requirements(title: str) -> bool:
    return bool(_TITLE.match(title.strip())) and not _NOT_WANTED.match(title.strip())


def obliges(requirement: Requirement) -> int:
    """Where its first word that bids ends, in `words`; 0 when it bids nothing."""
    return next((m.end for m in requirement.facts.modalities if m.kind in (Modal.MUST, Modal.SHOULD)), 0)


def is_measured(facts: Facts) -> bool:
    """Whether something in it can be counted or timed."""
    return bool(facts.moments) or any(not q.weak or q.unit for q in facts.quantities)
