"""The nouns that every part of notec shares.

A `Doc` is a text with a name; a `Span` is a place in it, in characters. A `Diagnostic` says what
was found at a place. An `Outcome` is a best value together with its diagnostics: stages return
outcomes, exceptions are for bugs and lost disks. A `Claim` is a sentence that rests on `Citation`s.

Must not know: files, notes, models, databases, or anything outside the standard library.
"""

from notec.core.diagnostic import Diagnostic, Edit, Fix, Label, Severity
from notec.core.digest import digest, short_id
from notec.core.evidence import Citation, Claim
from notec.core.outcome import NotecError, Outcome
from notec.core.text import Doc, Span, whole

__all__ = [
    "Citation",
    "Claim",
    "Diagnostic",
    "Doc",
    "Edit",
    "Fix",
    "Label",
    "NotecError",
    "Outcome",
    "Severity",
    "Span",
    "digest",
    "short_id",
    "whole",
]
