"""Answers from the vault: a question becomes claims, each the user's own words with their place.

A question is read (its kind, its terms), the index finds passages, and the statements in them are the
candidates. *Select* chooses and orders statements that exist: a built-in ranker by ten readable features,
or a model that may only name numbers from a list. *Compose* lets a model write, and keeps what `ground`
verifies. Whether the vault answers at all is decided before anything is shown: a weak find is refused.

Must not know: files, SQL, how an index is stored, who asks, or how an answer is printed.
"""

from notec.ask.answer import answer_question
from notec.ask.types import Answer, Dropped, Mode

__all__ = ["Answer", "Dropped", "Mode", "answer_question"]
