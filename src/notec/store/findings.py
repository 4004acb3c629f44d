"""Diagnostics as JSON and back, without loss."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from notec.core import Diagnostic, Edit, Fix, Label, Severity, Span


def dump(diagnostics: Iterable[Diagnostic]) -> str:
    """One JSON list; empty text for none, which is the usual case."""
    rows = [{k: v for k, v in asdict(d).items() if v not in (None, ())} for d in diagnostics]
    return json.dumps(rows) if rows else ""


def load(text: str) -> tuple[Diagnostic, ...]:
    """What `dump` wrote."""
    return tuple(_diagnostic(row) for row in json.loads(text)) if text else ()


def _diagnostic(row: dict[str, Any]) -> Diagnostic:
    labels = (Label(**(label | {"span": Span(*label["span"])})) for label in row.get("labels", ()))
    fix = row.get("fix")
    if fix:
        edits = (Edit(Span(*edit["span"]), edit["text"]) for edit in fix["edits"])
        fix = Fix(fix["message"], tuple(edits), fix["grade"])
    return Diagnostic(
        code=row["code"],
        severity=Severity(row["severity"]),
        message=row["message"],
        note=row["note"],
        line=row["line"],
        span=Span(*row["span"]) if "span" in row else None,
        labels=tuple(labels),
        notes=tuple(row.get("notes", ())),
        fix=fix,
    )
