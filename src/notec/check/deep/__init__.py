"""What only a model can see: contradictions, gaps, and names of a spec that do not agree.

    statements -> candidates (plain code, never all pairs) -> one small question each -> quotes -> findings

A model only answers about places that it is shown, and must copy the words of each: what it quotes has to
stand there word for word, or its finding is dropped and counted. Every answer is kept under a key of all that
it could see, so that a run that was stopped goes on where it was and nothing is asked twice.

Must not know: where statements come from, how they are found again, who asks, how findings are shown.
"""

from notec.check.deep.asking import Asker, Question, Spent
from notec.check.deep.contradiction import contradiction_questions
from notec.check.deep.gap import gap_questions
from notec.check.deep.inconsistency import inconsistency_questions
from notec.check.deep.pairs import Pairs, pairs_of
from notec.check.deep.place import Library, Place

__all__ = [
    "Asker",
    "Library",
    "Pairs",
    "Place",
    "Question",
    "Spent",
    "contradiction_questions",
    "gap_questions",
    "inconsistency_questions",
    "pairs_of",
]
