"""Finds: passages, full text and links of a whole vault.

SQLite holds the truth: notes with their texts, statements, passages, links, tags and turns. The full
text is derived from it, carries its generation number, and is brought up to date where it lags, so that
no crash can part the two. One process writes, any number read.

    update:  scan -> what differs -> read, cut, analyse (workers) -> truth -> full text -> links
    search:  query -> candidates -> ranking -> fusion -> graph -> hits

Must not know: what is asked of the hits, what a model writes (it embeds and reranks through `models`), or how
anything is printed.
"""

from notec.index.index import Index
from notec.index.values import (
    Cancel,
    DenseLeg,
    Filters,
    Hit,
    IndexReport,
    LinkRow,
    NoteRow,
    PassageRow,
    Progress,
    ProgressSink,
    Reranker,
    Settings,
    StatementRow,
    TurnRow,
)
from notec.index.watch import watch

__all__ = [
    "Cancel",
    "DenseLeg",
    "Filters",
    "Hit",
    "Index",
    "IndexReport",
    "LinkRow",
    "NoteRow",
    "PassageRow",
    "Progress",
    "ProgressSink",
    "Reranker",
    "Settings",
    "StatementRow",
    "TurnRow",
    "watch",
]
