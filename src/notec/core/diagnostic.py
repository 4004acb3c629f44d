"""One type for everything that notec has to say about a place in a note."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from notec.core.text import Doc, Span


class Severity(StrEnum):
    """How bad a finding is; `error` makes a check fail."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class Label:
    """A further place that explains a finding."""

    note: str
    line: int
    span: Span
    message: str


@dataclass(frozen=True)
class Edit:
    """Put `text` in the place of `span`."""

    span: Span
    text: str


@dataclass(frozen=True)
class Fix:
    """A mend for a finding. Text that a model wrote is never `safe`."""

    message: str
    edits: tuple[Edit, ...]
    grade: Literal["safe", "unsafe", "display-only"] = "display-only"


@dataclass(frozen=True)
class Diagnostic:
    """A finding.

    Args:
        code: short kebab name of the rule, such as `bad-encoding`.
        severity: error, warning or info.
        message: one line.
        note: path inside the vault.
        line: from 1; 0 when the finding is about the whole file.
        span: character offsets of the primary place, where there is one.
    """

    code: str
    severity: Severity
    message: str
    note: str
    line: int = 0
    span: Span | None = None
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    fix: Fix | None = None

    @staticmethod
    def at(doc: Doc, span: Span, code: str, severity: Severity, message: str) -> Diagnostic:
        """A finding at a place of a text."""
        return Diagnostic(code, severity, message, doc.path, doc.line(span.start), span)

    def to_json(self) -> dict[str, Any]:
        """Plain data for `--json`, without what is empty."""
        out: dict[str, Any] = {
            "code": self.code,
            "severity": str(self.severity),
            "message": self.message,
            "note": self.note,
            "line": self.line,
        }
        if self.span:
            out["span"] = list(self.span)
        if self.labels:
            out["labels"] = [
                {"note": la.note, "line": la.line, "span": list(la.span), "message": la.message}
                for la in self.labels
            ]
        if self.notes:
            out["notes"] = list(self.notes)
        if self.fix:
            edits = [{"span": list(edit.span), "text": edit.text} for edit in self.fix.edits]
            out["fix"] = {"message": self.fix.message, "grade": self.fix.grade, "edits": edits}
        return out
