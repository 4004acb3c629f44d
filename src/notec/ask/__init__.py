"""Answers from the vault: a question becomes claims, each the user's own words with their place.

A question is read (its kind, its terms), the index finds passages, and the statements in them are the
candidates. *Select* chooses and orders statements that exist: a built-in ranker by ten readable features,
or a model that may only name numbers from a list. *Compose* lets a model write, and keeps what `ground`
verifies. Whether the vault answers at all is decided before anything is shown: a weak find is refused.

A *brief* sorts what a note and the notes around it say into problem, consequences and solution; a *chat* asks
in the light of what was asked before; *research* is what may be asked outside. Each can be saved as a note.

Must not know: SQL, how an index is stored, who asks, or how an answer is printed.
"""

from notec.ask.answer import answer_question
from notec.ask.brief import Brief, Part, Related, brief_note
from notec.ask.chat import Chat
from notec.ask.research import Aspect, Research, research_note
from notec.ask.save import save_page, saved_page
from notec.ask.types import Answer, Dropped, Mode

__all__ = [
    "Answer",
    "Aspect",
    "Brief",
    "Chat",
    "Dropped",
    "Mode",
    "Part",
    "Related",
    "Research",
    "answer_question",
    "brief_note",
    "research_note",
    "save_page",
    "saved_page",
]
