"""Which statements make up the three parts of a brief, without a model.

A note that names a problem, or says strongly what follows from one, fills its parts from clear signs, then
from hints. A page that merely explains something has no such place: its parts stay empty. A statement stands
in one part only, and what has been said, there or in another part, is not said again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from notec.ask.around import Said
from notec.ask.parts import PART_NAMES, PartName

CLEAR, HINT = 0.9, 0.5  # weights from which a statement speaks for a part, or may join others that do
STRONG = 1.5  # weight from which what follows tells of a problem by itself
OWN, OTHERS, RELATED = 3, 2, 3  # statements of the note, of other notes, and relevant notes in one part
_SAME = 0.5  # share of its words said before from which a statement says nothing new
_ABOUT = 0.5  # relevance from which a statement of another note counts, and of one that is linked
_ABOUT_LINKED = 0.25
_NEAR = 0.35  # relevance from which a linked note may join with a mere hint


@dataclass(frozen=True)
class Chosen:
    """One part: statements of the note in its order, then those of others; `beside`: notes worth a look."""

    own: tuple[Said, ...] = ()
    others: tuple[Said, ...] = ()
    beside: tuple[Said, ...] = ()

    @property
    def pointed_to(self) -> tuple[str, ...]:
        """Notes that the note's own statements link to here, and that say nothing in this part themselves."""
        shown = {said.row.note for said in (*self.others, *self.beside)}
        targets = dict.fromkeys(target for said in self.own for target in said.targets)
        return tuple(t for t in targets if t not in shown)[: max(RELATED + 1 - len(shown), 0)]


def choose_own(own: Sequence[Said]) -> dict[PartName, list[Said]]:
    """The note's own statements for each part, in the note's order."""
    places = {id(said): number for number, said in enumerate(own)}
    most = {part: max((s.weights[part] for s in own if s.reads), default=0.0) for part in PART_NAMES}
    named = most["problem"] >= CLEAR or most["consequences"] >= STRONG
    out: dict[PartName, list[Said]] = {part: [] for part in PART_NAMES}
    taken: list[Said] = []
    for part in PART_NAMES:
        rated = [said for said in own if said.reads and _belongs(said, part)]
        if not named:  # advice without a problem counts only where a heading says that it is one
            rated = [said for said in rated if part in said.sections]
        chosen: list[Said] = []
        for said in sorted(rated, key=lambda said: -said.weights[part]):
            before = _leans_on(said, own, places)
            if before is None or len(chosen) + len(before) >= OWN or _said_before(said, [*taken, *chosen]):
                continue
            chosen += [*(b for b in before if b not in chosen and b not in taken), said]
        out[part] = sorted(chosen, key=lambda said: places[id(said)])
        taken += chosen
    return out


def choose_others(
    part: PartName, found: Sequence[Said], said_already: list[Said], spoken: str, *, linked_only: bool
) -> tuple[list[Said], list[Said]]:
    """Statements of other notes for the paragraph of a part, and some worth a look beside it.

    The paragraph keeps to the language of the note; a note in another language may still be worth a look.

    Args:
        said_already: what the brief says so far; what is chosen is added.
        linked_only: leave out notes that are only alike.
    """
    rated = sorted(
        (said for said in found if _is_about(said, linked_only) and said.reads and _belongs(said, part)),
        key=lambda said: -_worth(said, part),
    )
    cited: list[Said] = []
    beside: list[Said] = []
    notes: set[str] = set()
    for said in rated:
        if said.leans or said.row.note in notes or _said_before(said, said_already):
            continue
        near = said.tie != "like" and not linked_only and said.relevance >= _NEAR
        clear = said.weights[part] >= (HINT if near else CLEAR)
        tells = clear and said.language == spoken and not said.text.endswith("?")
        if tells and len(cited) < OTHERS:
            cited.append(said)
        elif len(cited) + len(beside) < RELATED and (clear or not linked_only):
            beside.append(said)
        else:
            continue
        notes.add(said.row.note)
        said_already.append(said)
    return cited, beside


def _belongs(said: Said, part: PartName) -> bool:
    """Whether a statement speaks for this part, and for no other part more."""
    weight = said.weights[part]
    return weight >= HINT and weight >= max(said.weights.values())


def _is_about(said: Said, linked_only: bool) -> bool:
    if said.tie == "like":
        return not linked_only and said.relevance >= _ABOUT
    return said.relevance >= _ABOUT_LINKED


def _worth(said: Said, part: PartName) -> float:
    linked = {"links-to": 0.6, "linked-from": 0.4}.get(said.tie, 0.0)
    return 2 * said.relevance + min(said.weights[part], 2.0) / 2 + linked


def _leans_on(said: Said, own: Sequence[Said], places: dict[int, int]) -> list[Said] | None:
    """What one that begins with "it" or "otherwise" needs before it; None where that is not there."""
    if not said.leans:
        return []
    here = places[id(said)]
    before = own[here - 1] if here else None
    near = before is not None and before.row.heading == said.row.heading and before.row.turn == said.row.turn
    return [before] if before is not None and near and before.reads and not before.leans else None


def _said_before(said: Said, before: Iterable[Said]) -> bool:
    return any(
        other.text == said.text or len(said.bag & other.bag) >= _SAME * min(len(said.bag), len(other.bag))
        for other in before
        if other.bag and said.bag
    )
