"""What leads to a note and away from it, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from notec.index import LinkRow


@dataclass(frozen=True)
class NoteLinks:
    """What a note links to, and what links to it."""

    note: str
    outgoing: tuple[LinkRow, ...]
    incoming: tuple[LinkRow, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "note": self.note,
            "outgoing": [link._asdict() for link in self.outgoing],
            "incoming": [link._asdict() for link in self.incoming],
        }
