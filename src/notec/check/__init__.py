"""What is wrong in the vault, at note:line, as a compiler says it.

One rule, one file: its code, why the thing is bad, how to mend it, an example, and the code that finds it.
A rule *looks* at one note by itself, *judges* what several notes have told under one key, or *surveys* the
whole vault. What a note tells is kept; when it changes, only the keys that it told under are judged again.

    note -> sheet (findings, and what it tells) -> keys -> verdicts -> diagnostics

Must not know: who asks, how findings are shown, or what is configured beyond the values it is given.
"""

from notec.check.checker import Checker
from notec.check.rule import Entry, Rule, Topic
from notec.check.rules import RULES

__all__ = ["RULES", "Checker", "Entry", "Rule", "Topic"]
