"""Keeps values under keys: what a step once found out, what a model once said, which jobs are still to do.

One SQLite file in write-ahead mode, shared by any number of processes. Every change is one short
transaction, so a kill at any moment leaves either all of it or nothing. A step's key holds everything
that the step may see, and its value comes back together with the diagnostics of that time.

Must not know: notes, models, prompts, or what the stored bytes mean.
"""

from notec.store.database import Database, Migration, move_aside
from notec.store.jobs import Job, Jobs
from notec.store.memo import Memo, MemoStats, StepKey, Why, step_key
from notec.store.replies import Replies
from notec.store.store import Store

__all__ = [
    "Database",
    "Job",
    "Jobs",
    "Memo",
    "MemoStats",
    "Migration",
    "Replies",
    "StepKey",
    "Store",
    "Why",
    "move_aside",
    "step_key",
]
