"""What an answer is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from notec.core import Claim, Diagnostic

Mode = Literal["select", "compose"]


@dataclass(frozen=True)
class Dropped:
    """Something that a model offered and that did not stand the check, with the reason.

    Args:
        text: its words, or the id that it named.
        reason: one line, in the language of the question.
    """

    text: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        return {"text": self.text, "reason": self.reason}


@dataclass(frozen=True)
class Answer:
    """What the vault says to a question.

    Args:
        question: as asked.
        mode: `select` (statements of the notes, chosen and ordered) or `compose` (prose by a model,
            each claim verified).
        claims: best first; those of one note stand together, in the note's order, behind its best.
        refused: the vault does not say; `claims` is then empty.
        reason: why it was refused, one line in the language of the question; empty otherwise.
        nearest: the statements that came nearest, when refused; they do not answer the question.
        dropped: what a model offered and what failed the check.
        diagnostics: what happened on the way, such as a model that did not answer.
        language: of the question: `ru`, `en` or `other`.
        confidence: estimated chance that the vault answers the question, 0 to 1; see `notec.ask.refuse`.
    """

    question: str
    mode: Mode
    claims: tuple[Claim, ...] = ()
    refused: bool = False
    reason: str = ""
    nearest: tuple[Claim, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    language: str = "other"
    confidence: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return {
            "question": self.question,
            "mode": self.mode,
            "language": self.language,
            "refused": self.refused,
            "reason": self.reason,
            "confidence": round(self.confidence, 3),
            "claims": [claim.to_json() for claim in self.claims],
            "nearest": [claim.to_json() for claim in self.nearest],
            "dropped": [item.to_json() for item in self.dropped],
            "diagnostics": [diagnostic.to_json() for diagnostic in self.diagnostics],
        }
