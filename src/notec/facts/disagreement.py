"""One thing on which a claim and its source do not agree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from notec.core import Span


class Kind(StrEnum):
    """What differs. `OPPOSITE` is a word against its contrary: rose and fell, before and after."""

    NUMBER = "number"
    UNIT = "unit"
    DATE = "date"
    NAME = "name"
    NEGATION = "negation"
    MODALITY = "modality"
    VERSION = "version"
    OPPOSITE = "opposite"


@dataclass(frozen=True)
class Disagreement:
    """A value of the claim that the source states otherwise, or does not state.

    Args:
        claim_value: the words of the claim.
        source_value: the words of the source that stand against them; empty where it says nothing.
        claim_span: where in the claim.
        source_span: where in the source, or None.
        contradicts: True when the source says otherwise, False when it just does not say it.
    """

    kind: Kind
    claim_value: str
    source_value: str
    claim_span: Span
    source_span: Span | None
    contradicts: bool

    def __str__(self) -> str:
        against = (
            f'the source says "{self.source_value}"' if self.source_value else "the source does not say it"
        )
        return f'{self.kind}: "{self.claim_value}"; {against}'
